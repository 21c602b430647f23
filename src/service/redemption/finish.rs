use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::redemption::{self, RedemptionState};
use entity::{Instant, RedemptionId, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};

use super::Attempt;
use super::cancel::begin_ending;
use crate::app::App;
use crate::db::begin;
use crate::platform::PlatformCoupon;
use crate::service::event::{self, Origin};
use crate::service::points::{self, Cause};
use crate::service::{email, reward};

/// The coupon exists: the points are spent and the customer is told. Doing it twice does nothing
/// the second time.
pub async fn complete(app: &App, attempt: &Attempt, made: &PlatformCoupon) -> Result<(), DbErr> {
    spend(app, attempt, Some(made.external_id.clone())).await
}

/// The coupon exists, since a sale has used it before the shop's answer was read.
pub async fn complete_used(app: &App, attempt: &Attempt) -> Result<(), DbErr> {
    spend(app, attempt, None).await
}

async fn spend(app: &App, attempt: &Attempt, external_id: Option<String>) -> Result<(), DbErr> {
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    if !end(&txn, attempt.redemption.id, RedemptionState::Completed, None, now).await? {
        return txn.rollback().await;
    }
    let unwanted = is_unwanted(&txn, attempt.redemption.id).await?;
    if !unwanted {
        email::coupon_issued(&txn, app, &attempt.integration, &attempt.coupon).await?;
    }
    // Late, since the customer's row is held by one transaction at a time; before the coupon's, as imports do.
    points::capture(&txn, app, &cause(now), attempt.redemption.id, subject(attempt)).await?;
    // An import may have met the sale that used it before the shop's answer was read.
    let used = coupon::Column::State.eq(CouponState::Used);
    let state = Expr::case(used, CouponState::Used).finally(CouponState::Active);
    coupon::Entity::update_many()
        .col_expr(coupon::Column::State, state.into())
        .col_expr(coupon::Column::ExternalId, Expr::value(external_id))
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .col_expr(coupon::Column::ActivatedAt, Expr::value(Some(now)))
        .filter(coupon::Column::Id.eq(attempt.coupon.id))
        .exec(&txn)
        .await?;
    let happened = [
        (EventKind::CouponActivated, attempt.coupon.id.0),
        (EventKind::RedemptionFulfilled, attempt.redemption.id.0),
    ];
    event::write(&txn, &Origin::work(attempt.redemption.store_id, now), happened).await?;
    if unwanted {
        let whose = (attempt.redemption.store_id, attempt.redemption.id);
        begin_ending(&txn, app, whose).await?;
    }
    txn.commit().await
}

/// Spends the points that a redemption holds for a coupon that exists already, writes the coupon, and tells the customer.
/// The redemption is completed in the same transaction, by its caller.
pub(super) async fn hand_over(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    (redemption, integration): (&redemption::Model, &integration::Model),
    coupon: coupon::Model,
) -> Result<(), DbErr> {
    email::coupon_issued(db, app, integration, &coupon).await?;
    let whose = (redemption.store_id, redemption.customer_id, redemption.points);
    points::capture(db, app, cause, redemption.id, whose).await?;
    let happened = [
        (EventKind::CouponActivated, coupon.id.0),
        (EventKind::RedemptionFulfilled, redemption.id.0),
    ];
    coupon.into_active_model().insert(db).await?;
    event::write(db, &Origin::of(cause, redemption.store_id), happened).await
}

/// Whether somebody asked to cancel the redemption while it was unknown what became of its coupon.
async fn is_unwanted(db: &impl ConnectionTrait, id: RedemptionId) -> Result<bool, DbErr> {
    let row = redemption::Entity::find_by_id(id).one(db).await?;
    Ok(row.is_some_and(|row| row.cancel_requested_at.is_some()))
}

/// The shop refuses for good: the points go back to the lots they came from, with the reason. False when
/// another worker has asked the shop since, and the coupon may come into being after all.
pub async fn fail(app: &App, attempt: &Attempt, code: &str, message: &str) -> Result<bool, DbErr> {
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    if !end(
        &txn,
        attempt.redemption.id,
        RedemptionState::Failed,
        Some((code, message)),
        now,
    )
    .await?
    {
        txn.rollback().await?;
        return Ok(true);
    }
    points::release(&txn, app, &cause(now), attempt.redemption.id, subject(attempt)).await?;
    let failed = coupon::Entity::update_many()
        .col_expr(coupon::Column::State, Expr::value(CouponState::Failed))
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .filter(attempt.is_still_mine())
        .exec(&txn)
        .await?;
    if failed.rows_affected == 0 {
        txn.rollback().await?;
        return Ok(false);
    }
    email::redemption_failed(&txn, app, &attempt.integration, &attempt.redemption).await?;
    let failed = (EventKind::RedemptionFailed, attempt.redemption.id.0);
    event::write(&txn, &Origin::work(attempt.redemption.store_id, now), [failed]).await?;
    reward::give_back(&txn, attempt.redemption.reward_id).await?;
    txn.commit().await?;
    Ok(true)
}

fn cause(at: Instant) -> Cause {
    Cause {
        actor: "issue_coupon".to_owned(),
        request_id: None,
        at,
    }
}

fn subject(attempt: &Attempt) -> (entity::StoreId, entity::CustomerId, entity::Points) {
    (
        attempt.redemption.store_id,
        attempt.redemption.customer_id,
        attempt.redemption.points,
    )
}

/// Ends a redemption that is under way; false when it has ended already.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    id: RedemptionId,
    state: RedemptionState,
    failure: Option<(&str, &str)>,
    now: Instant,
) -> Result<bool, DbErr> {
    let ended = redemption::Entity::update_many()
        .col_expr(redemption::Column::State, Expr::value(state))
        .col_expr(redemption::Column::FinishedAt, Expr::value(Some(now)))
        .col_expr(
            redemption::Column::FailureCode,
            Expr::value(failure.map(|(code, _)| code.to_owned())),
        )
        .col_expr(
            redemption::Column::FailureMessage,
            Expr::value(failure.map(|(_, message)| message.to_owned())),
        )
        .filter(
            redemption::Column::Id
                .eq(id)
                .and(redemption::Column::State.eq(RedemptionState::Requested)),
        )
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}
