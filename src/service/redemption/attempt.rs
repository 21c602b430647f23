use chrono::TimeDelta;
use entity::coupon;
use entity::redemption::{self, RedemptionState};
use entity::{RedemptionId, customer_source, integration};
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::request::new_code;
use crate::app::App;
use crate::db::begin;
use crate::domain::saga::Known;
use crate::queue::{CancelCoupon, Enqueue, IssueCoupon, Job, Whose, enqueue_all};

/// A redemption whose coupon is to be made.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The redemption.
    pub redemption: redemption::Model,
    /// Its coupon, as it was before this attempt: `outcome_unknown` tells whether the shop must be
    /// asked first.
    pub coupon: coupon::Model,
    /// The shop.
    pub integration: integration::Model,
    /// The customer's id in the shop, where known.
    pub customer_external_id: Option<String>,
}

/// What an attempt needs; `None` when the redemption has ended.
pub async fn begin_attempt(app: &App, id: RedemptionId) -> Result<Option<Attempt>, DbErr> {
    let Some(redemption) = redemption::Entity::find_by_id(id).one(&app.db).await? else {
        return Ok(None);
    };
    if redemption.state != RedemptionState::Requested {
        return Ok(None);
    }
    let missing = |what: &str| DbErr::RecordNotFound(format!("{what} of {id}"));
    let coupon = coupon::Entity::find()
        .filter(coupon::Column::RedemptionId.eq(id))
        .one(&app.db)
        .await?
        .ok_or_else(|| missing("the coupon"))?;
    let integration = integration::Entity::find_by_id(coupon.integration_id)
        .one(&app.db)
        .await?
        .ok_or_else(|| missing("the integration"))?;
    let source = customer_source::Entity::find()
        .filter(
            customer_source::Column::CustomerId
                .eq(redemption.customer_id)
                .and(customer_source::Column::IntegrationId.eq(integration.id)),
        )
        .one(&app.db)
        .await?;
    Ok(Some(Attempt {
        redemption,
        coupon,
        integration,
        customer_external_id: source.map(|row| row.external_id),
    }))
}

impl Attempt {
    /// What decides what is done next.
    pub fn known(&self, app: &App) -> Known {
        known(app, &self.coupon)
    }

    /// Notes, before the shop is asked to create the coupon, that it may exist from now on. False
    /// when another worker noted that first or the coupon is no longer pending.
    pub async fn about_to_send(&mut self, app: &App) -> Result<bool, DbErr> {
        note_request(app, &mut self.coupon).await
    }

    /// The coupon as this attempt left it: still pending, and nobody else has asked the shop since.
    pub(super) fn is_still_mine(&self) -> SimpleExpr {
        is_still(&self.coupon)
    }
}

/// What the database knows of a coupon.
pub(super) fn known(app: &App, coupon: &coupon::Model) -> Known {
    let now = app.clock.now();
    let settled = TimeDelta::seconds(app.config.jobs.coupon_settle_seconds.into());
    Known {
        coupon: coupon.state,
        outcome_unknown: coupon.outcome_unknown,
        is_settled: now - coupon.requested_at.unwrap_or(coupon.created_at) >= settled,
        is_listed: now - coupon.activated_at.unwrap_or(coupon.created_at) >= settled,
    }
}

/// Notes that a request about a coupon is about to be sent, whose outcome is unknown until it is answered.
/// False when the coupon is not what it was.
pub(super) async fn note_request(app: &App, coupon: &mut coupon::Model) -> Result<bool, DbErr> {
    let now = app.clock.now();
    let noted = coupon::Entity::update_many()
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(true))
        .col_expr(coupon::Column::RequestedAt, Expr::value(Some(now)))
        .col_expr(coupon::Column::Attempts, Expr::value(coupon.attempts + 1))
        .filter(is_still(coupon))
        .exec(&app.db)
        .await?;
    coupon.attempts += 1;
    coupon.outcome_unknown = true;
    Ok(noted.rows_affected == 1)
}

/// The coupon is what it was: the number of the last request says that it is still the last, and the note
/// about its outcome that nobody has drawn a conclusion from it.
pub(super) fn is_still(coupon: &coupon::Model) -> SimpleExpr {
    coupon::Column::Id
        .eq(coupon.id)
        .and(coupon::Column::State.eq(coupon.state))
        .and(coupon::Column::Code.eq(&coupon.code))
        .and(coupon::Column::Attempts.eq(coupon.attempts))
        .and(coupon::Column::OutcomeUnknown.eq(coupon.outcome_unknown))
}

/// Notes that the shop certainly did not create the coupon; unless another worker has asked it since.
pub async fn clear_attempt(app: &App, attempt: &Attempt) -> Result<(), DbErr> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .filter(attempt.is_still_mine())
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Draws another code for a coupon whose code somebody else's coupon has in the shop; unless another worker
/// has asked for the old one since.
pub async fn replace_code(app: &App, attempt: &Attempt) -> Result<(), DbErr> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::Code, Expr::value(new_code()?))
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .filter(attempt.is_still_mine())
        .exec(&app.db)
        .await?;
    Ok(())
}

/// How long a redemption is under way before it is looked after, and how long before it is again.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// Redemptions looked after at once.
const AT_ONCE: u64 = 100;

/// Enqueues redemptions again that have been under way for long: their job ended in the dead letters while
/// the shop could not be asked. Once an hour each, those that have waited longest first, so nothing stays
/// stuck for ever, however many of one shop do.
pub async fn wake_stuck(app: &App) -> Result<(), DbErr> {
    let (requested, cancelling) = (redemption::Entity::requested(), redemption::Entity::cancelling());
    wake(app, requested, redemption::Column::RequestedAt, |redemption| {
        IssueCoupon { redemption }
    })
    .await?;
    wake(app, cancelling, redemption::Column::CancelRequestedAt, |redemption| {
        CancelCoupon { redemption }
    })
    .await
}

async fn wake<J: Job>(
    app: &App,
    under_way: Select<redemption::Entity>,
    since: redemption::Column,
    job: impl Fn(RedemptionId) -> J,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let woken = redemption::Column::WokenAt;
    let stuck = under_way
        .filter(since.lt(now - PATIENCE))
        .filter(woken.is_null().or(woken.lt(now - PATIENCE)))
        .order_by_asc(Func::coalesce([Expr::col(woken), Expr::col(since)]))
        .limit(AT_ONCE)
        .all(&app.db)
        .await?;
    if stuck.is_empty() {
        return Ok(());
    }
    let hour = now.timestamp() / PATIENCE.num_seconds();
    let jobs = stuck.iter().map(|row| {
        let whose = Whose::of(row.store_id, row.id);
        Enqueue::now(app, whose, job(row.id), format!("{}:{hour}", row.id))
    });
    let txn = begin(&app.db).await?;
    enqueue_all(&txn, app, jobs.collect()).await?;
    redemption::Entity::update_many()
        .col_expr(woken, Expr::value(Some(now)))
        .filter(redemption::Column::Id.is_in(stuck.iter().map(|row| row.id)))
        .exec(&txn)
        .await?;
    txn.commit().await
}
