//! `repair_difference`: looks at the shop and at the books again, and carries out the repair if it still differs.

use async_trait::async_trait;
use entity::difference::{DifferenceKind, Repair};
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::platform::{OrderListing, Platform, PlatformCoupon, PlatformError};
use crate::queue::RepairDifference;
use crate::service::integration::{SessionError, session};
use crate::service::order::ImportedOrder;
use crate::service::reconcile::{self, Repaired, Task};

/// How a look at the shop goes on.
type Carried = Result<Repaired, JobError>;

#[async_trait]
impl Work for RepairDifference {
    /// With delays doubling, some hours of a shop that does not answer.
    const MAX_ATTEMPTS: u32 = 12;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(task) = reconcile::task(app, self.difference).await? else {
            return Ok(());
        };
        if !task.integration.active {
            let why = "the integration is off; activate it first".to_owned();
            return Ok(reconcile::settle(app, self.difference, Repaired::Refused(why)).await?);
        }
        let shop = match session(app, &task.integration) {
            Ok(shop) => shop,
            Err(SessionError::Platform(error)) => return self.refused(app, error).await,
            Err(error) => return Err(JobError::fail(error)),
        };
        match carry_out(app, shop.as_ref(), &task).await {
            Ok(how) => Ok(reconcile::settle(app, self.difference, how?).await?),
            Err(error) => self.refused(app, error).await,
        }
    }

    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr> {
        reconcile::reopen(app, self.difference, reason).await
    }
}

impl RepairDifference {
    /// What may pass is tried again; what the merchant must mend is told with the difference.
    async fn refused(&self, app: &App, error: PlatformError) -> Result<(), JobError> {
        if error.is_transient() {
            return Err(error.into());
        }
        Ok(reconcile::reopen(app, self.difference, &error.to_string()).await?)
    }
}

async fn carry_out(app: &App, shop: &dyn Platform, task: &Task) -> Result<Carried, PlatformError> {
    match task.difference.repair {
        Repair::ImportOrder | Repair::RevokeOrder => order(app, shop, task).await,
        Repair::MarkCouponUsed | Repair::CancelRedemption | Repair::AcceptTerms | Repair::DisableCoupon => {
            coupon(app, shop, task).await
        }
        Repair::LookByHand => Ok(Ok(Repaired::Refused("people have to look".to_owned()))),
    }
}

/// What the shop has of the sale now.
async fn found(shop: &dyn Platform, task: &Task) -> Result<Option<OrderListing>, PlatformError> {
    let (subject, number) = (&task.difference.subject, task.difference.order_number.as_deref());
    shop.find_order(subject, number.unwrap_or(subject)).await
}

async fn order(app: &App, shop: &dyn Platform, task: &Task) -> Result<Carried, PlatformError> {
    let listing = found(shop, task).await?;
    let (listing, books) = match (task.difference.repair, listing, &task.order) {
        (Repair::ImportOrder, Some(listing), books) => (listing, books),
        (Repair::RevokeOrder, None, Some(books)) => {
            return Ok(reconcile::revoke_order(app, task, books)
                .await
                .map(|()| Repaired::Done)
                .map_err(Into::into));
        }
        _ => return Ok(Ok(Repaired::Obsolete)),
    };
    let told = match shop.complete_order(&listing).await? {
        Ok(told) => told,
        Err(reject) => {
            let field = reject.field.unwrap_or_default();
            let why = format!("the sale cannot be used: {field}: {}", reject.message);
            return Ok(Ok(Repaired::Refused(why)));
        }
    };
    let class = task.source.class_of(&told.status);
    if books
        .as_ref()
        .is_some_and(|row| reconcile::judge_order(row, &told, class).is_none())
    {
        return Ok(Ok(Repaired::Obsolete));
    }
    let told = ImportedOrder {
        order: told,
        fingerprint: listing.fingerprint,
    };
    Ok(reconcile::import_order(app, task, told)
        .await
        .map(|()| Repaired::Done)
        .map_err(Into::into))
}

async fn coupon(app: &App, shop: &dyn Platform, task: &Task) -> Result<Carried, PlatformError> {
    let Some((ours, redemption)) = &task.coupon else {
        return Ok(Ok(Repaired::Obsolete));
    };
    let told = shop.find_coupon(&ours.code).await?;
    let now = app.clock.now();
    let verdict = match &told {
        Some(told) => reconcile::judge_coupon(ours, told, now),
        None => reconcile::judge_missing_coupon(ours, now),
    };
    let wanted = task.difference.repair;
    if verdict.is_none_or(|(_, repair)| repair != wanted) && !is_half_done(task) {
        return Ok(Ok(Repaired::Obsolete));
    }
    let written = match (wanted, &told) {
        (Repair::MarkCouponUsed, _) => reconcile::mark_used(app, task, ours).await.map(|()| Repaired::Done),
        (Repair::AcceptTerms, Some(told)) => reconcile::accept_terms(app, task, ours, told)
            .await
            .map(|()| Repaired::Done),
        (Repair::CancelRedemption, _) => reconcile::cancel_redemption(app, task, redemption).await,
        (Repair::DisableCoupon, Some(told)) => return disable(shop, told).await.map(Ok),
        _ => Ok(Repaired::Obsolete),
    };
    Ok(written.map_err(Into::into))
}

/// Whether an earlier attempt has cancelled the redemption and stopped before it could say so.
fn is_half_done(task: &Task) -> bool {
    let ended = task.coupon.as_ref().is_some_and(|(_, redemption)| {
        use entity::redemption::RedemptionState::{Cancelled, Cancelling};
        matches!(redemption.state, Cancelling | Cancelled)
    });
    let kinds = [DifferenceKind::CouponEnded, DifferenceKind::CouponNotInShop];
    ended && kinds.contains(&task.difference.kind)
}

/// Ends the coupon in the shop. It may be asked again after any answer.
async fn disable(shop: &dyn Platform, told: &PlatformCoupon) -> Result<Repaired, PlatformError> {
    match shop.disable_coupon(&told.code).await {
        Ok(()) => Ok(Repaired::Done),
        Err(PlatformError::NotFound { .. }) => Ok(Repaired::Obsolete),
        Err(error) => Err(error),
    }
}
