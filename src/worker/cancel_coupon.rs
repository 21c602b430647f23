//! `cancel_coupon`: makes a completed redemption's coupon unusable in the shop, and only then gives its
//! points back.
//!
//! Ending a coupon can be repeated, so a lost answer is asked for again by ending it again. A use shows in
//! the shop's own count, where it has one, and in the sales: the points wait until an import that began
//! after the end has seen them all.

use async_trait::async_trait;
use entity::coupon::CouponState;
use entity::import_run::{ImportKind, ImportTrigger};
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::platform::{Platform, PlatformError};
use crate::queue::CancelCoupon;
use crate::service::import::{self, StartError};
use crate::service::integration::{SessionError, session};
use crate::service::redemption::{self, Ending};

#[async_trait]
impl Work for CancelCoupon {
    /// With delays doubling to an hour: some two days of a shop that does not answer.
    const MAX_ATTEMPTS: u32 = 60;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(mut ending) = redemption::find_ending(app, self.redemption).await? else {
            return Ok(());
        };
        if ending.coupon.state == CouponState::Used {
            return used(app, &ending).await;
        }
        let shop = match session(app, &ending.integration) {
            Ok(shop) => shop,
            Err(SessionError::Platform(error)) => return Err(JobError::retry(error)),
            Err(error) => return Err(JobError::fail(error)),
        };
        if ending.coupon.state == CouponState::Active {
            if is_used(shop.as_ref(), &ending).await? {
                return used(app, &ending).await;
            }
            if let Some(refusal) = end(app, shop.as_ref(), &ending).await? {
                return Ok(ending.keep(app, "CANNOT_DISABLE", &refusal).await?);
            }
            if !ending.note_disabled(app).await? {
                return Err(JobError::retry("the coupon changed meanwhile"));
            }
        }
        settle(app, shop.as_ref(), &ending).await
    }

    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        // The coupon may be unusable already: neither end would be right. The schedule tries again.
        Ok(())
    }
}

/// Nobody can use the coupon any more: whether somebody has decides.
async fn settle(app: &App, shop: &dyn Platform, ending: &Ending) -> Result<(), JobError> {
    if is_used(shop, ending).await? {
        return used(app, ending).await;
    }
    if !ending.all_sales_seen(app).await? {
        let (store, integration) = (ending.integration.store_id, ending.integration.id);
        match import::start(app, store, integration, ImportKind::Shop, ImportTrigger::Schedule).await {
            Ok(_) | Err(StartError::UnderWay(_)) => {}
            Err(StartError::Database(error)) => return Err(error.into()),
            Err(error) => return Err(JobError::retry(error)),
        }
        return Err(JobError::retry("sales up to the coupon's end are still to be imported"));
    }
    if ending.complete(app).await? {
        Ok(())
    } else {
        used(app, ending).await
    }
}

async fn used(app: &App, ending: &Ending) -> Result<(), JobError> {
    if ending.coupon.state != CouponState::Used {
        ending.note_used(app).await?;
    }
    let message = "the coupon was used before it could be made unusable";
    Ok(ending.keep(app, "COUPON_USED", message).await?)
}

/// Whether the shop counts a use. Some do not count.
async fn is_used(shop: &dyn Platform, ending: &Ending) -> Result<bool, JobError> {
    let found = shop.find_coupon(&ending.coupon.code).await.map_err(JobError::retry)?;
    Ok(found
        .and_then(|coupon| coupon.times_used)
        .is_some_and(|times| times > 0))
}

/// Ends the coupon; a text when the shop will not and the coupon can still be used.
async fn end(app: &App, shop: &dyn Platform, ending: &Ending) -> Result<Option<String>, JobError> {
    let now = app.clock.now();
    if ending.coupon.valid_until < now {
        return Ok(None);
    }
    match shop.disable_coupon(&ending.coupon.code).await {
        Ok(()) | Err(PlatformError::NotFound { .. }) => Ok(None),
        Err(error @ (PlatformError::Unsupported { .. } | PlatformError::Refused { .. })) => {
            // An earlier attempt, or somebody in the shop's panel, may have ended it all the same.
            let found = shop.find_coupon(&ending.coupon.code).await.map_err(JobError::retry)?;
            let is_alive = |until: Option<entity::Instant>| until.is_none_or(|until| until > now);
            let lives = found.is_some_and(|coupon| coupon.active && is_alive(coupon.valid_until));
            Ok(lives.then(|| error.to_string()))
        }
        Err(PlatformError::RateLimited { retry_after }) => Err(PlatformError::RateLimited { retry_after }.into()),
        Err(error) => Err(JobError::retry(error)),
    }
}
