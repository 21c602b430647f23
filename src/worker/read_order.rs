//! `read_order`: asks the shop for an order that a webhook told of, and saves it as an import does.
//!
//! The webhook may come before the shop's own API knows the order, and may be about an order that is not there at
//! all: after a few readings it is let go, and the import is what is left.

use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::platform::{OrderListing, Platform, PlatformError};
use crate::queue::ReadOrder;
use crate::service::hook::{self, Hint};
use crate::service::integration::{SessionError, session};
use crate::service::order::ImportedOrder;

/// How often an order is asked for that is not there.
const READINGS: u32 = 4;
/// How long is waited in between.
const PAUSE: TimeDelta = TimeDelta::seconds(3);

#[async_trait]
impl Work for ReadOrder {
    /// With growing delays, some hours: the shop may be down that long.
    const MAX_ATTEMPTS: u32 = 12;

    async fn work(&self, app: &App, attempt: u32) -> Result<(), JobError> {
        let Some(hint) = hook::hint(app, self.hook).await? else {
            return Ok(());
        };
        let shop = session(app, &hint.integration).map_err(|error| match error {
            SessionError::Platform(error) => error.into(),
            error => JobError::fail(error),
        })?;
        let id = &hint.hook.external_id;
        match shop.order(id).await {
            Ok(listing) => self.save(app, hint, shop.as_ref(), &listing).await,
            Err(PlatformError::NotFound { .. }) if attempt < READINGS => {
                Err(JobError::retry_after("the shop does not know the order yet", PAUSE))
            }
            Err(error @ PlatformError::NotFound { .. }) => {
                tracing::info!(order.external_id = id, %error, "a webhook told of an order that is not there");
                Ok(hook::settle(app, self.hook).await?)
            }
            Err(error) => Err(refused(app, &hint, error).await),
        }
    }

    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        // The import is what is left, where the platform has a list.
        Ok(())
    }
}

impl ReadOrder {
    async fn save(&self, app: &App, hint: Hint, shop: &dyn Platform, listing: &OrderListing) -> Result<(), JobError> {
        if hook::is_known(app, &hint, listing).await? {
            return Ok(hook::settle(app, self.hook).await?);
        }
        match shop.complete_order(listing).await {
            Ok(Ok(order)) => {
                let fingerprint = listing.fingerprint.clone();
                Ok(hook::save(app, &hint, ImportedOrder { order, fingerprint }).await?)
            }
            Ok(Err(reject)) => {
                let field = reject.field.unwrap_or_default();
                Err(JobError::fail(format!(
                    "the order cannot be used: {field}: {}",
                    reject.message
                )))
            }
            Err(error) => Err(refused(app, &hint, error).await),
        }
    }
}

/// What a platform's error means: what the merchant must mend is noted with the integration.
async fn refused(app: &App, hint: &Hint, error: PlatformError) -> JobError {
    match hook::note_refusal(app, hint, &error).await {
        Ok(()) => error.into(),
        Err(database) => database.into(),
    }
}
