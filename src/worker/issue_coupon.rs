//! `issue_coupon`: makes a redemption's coupon exist in the shop, exactly once.
//!
//! The code is drawn beforehand and is the key. Before the shop is asked to create it, the database
//! notes that it may exist from now on; an attempt that finds that note asks the shop first.

use async_trait::async_trait;
use entity::coupon;
use entity::reward::RewardKind;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::platform::{Discount, NewCoupon, Platform, PlatformCoupon, PlatformError, RefusalReason};
use crate::queue::IssueCoupon;
use crate::service::integration::{SessionError, session};
use crate::service::redemption::{self, Attempt};

#[async_trait]
impl Work for IssueCoupon {
    /// With delays doubling to an hour: some two days of a shop that does not answer.
    const MAX_ATTEMPTS: u32 = 60;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(attempt) = redemption::begin_attempt(app, self.redemption).await? else {
            return Ok(());
        };
        let shop = match session(app, &attempt.integration) {
            Ok(shop) => shop,
            // Credentials that cannot be used may be typed again; nothing was sent.
            Err(SessionError::Platform(error)) => return Err(JobError::retry(error)),
            Err(error) => return Err(JobError::fail(error)),
        };
        if attempt.coupon.outcome_unknown
            && let Some(made) = find(shop.as_ref(), &attempt).await?
        {
            redemption::complete(app, &attempt, &made).await?;
            return Ok(());
        }
        create(app, shop.as_ref(), &attempt).await
    }

    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr> {
        let Some(attempt) = redemption::begin_attempt(app, self.redemption).await? else {
            return Ok(());
        };
        if attempt.coupon.outcome_unknown {
            // The coupon may exist: giving the points back could hand out both. The schedule asks
            // the shop again every hour.
            return Ok(());
        }
        redemption::fail(app, &attempt, "SHOP_UNAVAILABLE", reason).await
    }
}

async fn create(app: &App, shop: &dyn Platform, attempt: &Attempt) -> Result<(), JobError> {
    if !attempt.about_to_send(app).await? {
        return Err(JobError::retry("another worker is at this coupon"));
    }
    match shop.create_coupon(&wanted(attempt)).await {
        Ok(made) => Ok(redemption::complete(app, attempt, &made).await?),
        Err(PlatformError::Refused {
            reason: RefusalReason::DuplicateCode,
            ..
        }) => resolve_duplicate(app, shop, attempt).await,
        Err(error @ (PlatformError::Refused { .. } | PlatformError::Unsupported { .. })) => {
            Ok(redemption::fail(app, attempt, "SHOP_REFUSED", &error.to_string()).await?)
        }
        Err(error @ (PlatformError::Unknown { .. } | PlatformError::Malformed { .. })) => {
            match find(shop, attempt).await? {
                Some(made) => Ok(redemption::complete(app, attempt, &made).await?),
                // It may still arrive: the next attempt asks again before it creates.
                None => Err(JobError::retry(error)),
            }
        }
        Err(error) => {
            // Refused before anything was done: limits, credentials, no connection.
            redemption::clear_attempt(app, attempt.coupon.id).await?;
            Err(match error {
                error @ PlatformError::RateLimited { .. } => error.into(),
                error => JobError::retry(error),
            })
        }
    }
}

/// The shop has a coupon with this code: ours, from an attempt whose answer was lost, or by a rare
/// chance somebody else's.
async fn resolve_duplicate(app: &App, shop: &dyn Platform, attempt: &Attempt) -> Result<(), JobError> {
    if let Some(made) = find(shop, attempt).await? {
        return Ok(redemption::complete(app, attempt, &made).await?);
    }
    redemption::replace_code(app, &attempt.coupon).await?;
    Err(JobError::retry("the code was taken; another one was drawn"))
}

/// Our coupon in the shop, if it is there. One with the same code but another description is not ours.
async fn find(shop: &dyn Platform, attempt: &Attempt) -> Result<Option<PlatformCoupon>, JobError> {
    let found = shop.find_coupon(&attempt.coupon.code).await.map_err(JobError::retry)?;
    let ours = description(&attempt.coupon);
    Ok(found.filter(|coupon| coupon.description.as_ref().is_none_or(|text| *text == ours)))
}

fn description(coupon: &coupon::Model) -> String {
    format!("Resgate {}", coupon.redemption_id)
}

fn wanted(attempt: &Attempt) -> NewCoupon {
    let coupon = &attempt.coupon;
    let discount = match coupon.kind {
        RewardKind::AmountOff | RewardKind::Product => Discount::Amount(coupon.amount_cents.unwrap_or_default().0),
        RewardKind::PercentOff => Discount::Percent(
            coupon
                .percent_hundredths
                .and_then(|percent| u32::try_from(percent).ok())
                .unwrap_or(0),
        ),
        RewardKind::FreeShipping => Discount::FreeShipping,
    };
    NewCoupon {
        code: coupon.code.clone(),
        description: description(coupon),
        discount,
        minimum_order: coupon.minimum_order_cents.map(|cents| cents.0),
        valid_from: coupon.valid_from,
        valid_until: coupon.valid_until,
        customer_external_id: attempt.customer_external_id.clone(),
        shop_id: attempt.integration.shop_id.clone(),
    }
}
