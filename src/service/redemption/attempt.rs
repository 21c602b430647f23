use chrono::TimeDelta;
use entity::coupon::{self, CouponState};
use entity::redemption::{self, RedemptionState};
use entity::{CouponId, RedemptionId, customer_source, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::request::new_code;
use crate::app::App;
use crate::queue::{CancelCoupon, Enqueue, IssueCoupon, enqueue, enqueue_all};

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
    /// Notes, before the shop is asked to create the coupon, that it may exist from now on. False
    /// when another worker noted that first or the coupon is no longer pending.
    pub async fn about_to_send(&self, app: &App) -> Result<bool, DbErr> {
        let pending = coupon::Column::Id
            .eq(self.coupon.id)
            .and(coupon::Column::State.eq(CouponState::Pending))
            .and(coupon::Column::Attempts.eq(self.coupon.attempts));
        let noted = coupon::Entity::update_many()
            .col_expr(coupon::Column::OutcomeUnknown, Expr::value(true))
            .col_expr(coupon::Column::Attempts, Expr::value(self.coupon.attempts + 1))
            .filter(pending)
            .exec(&app.db)
            .await?;
        Ok(noted.rows_affected == 1)
    }
}

/// Notes that the shop certainly did not create the coupon.
pub async fn clear_attempt(app: &App, coupon: CouponId) -> Result<(), DbErr> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .filter(
            coupon::Column::Id
                .eq(coupon)
                .and(coupon::Column::State.eq(CouponState::Pending)),
        )
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Draws another code for a coupon whose code somebody else's coupon has in the shop.
pub async fn replace_code(app: &App, coupon: &coupon::Model) -> Result<(), DbErr> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::Code, Expr::value(new_code()?))
        .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
        .filter(
            coupon::Column::Id
                .eq(coupon.id)
                .and(coupon::Column::State.eq(CouponState::Pending))
                .and(coupon::Column::Code.eq(&coupon.code)),
        )
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Enqueues redemptions again that have been under way for long: their job ended in the dead
/// letters while the shop could not be asked. Once an hour each, so nothing stays stuck for ever.
pub async fn wake_stuck(app: &App) -> Result<(), DbErr> {
    let now = app.clock.now();
    let stuck = redemption::Column::RequestedAt.lt(now - TimeDelta::hours(1));
    let found = redemption::Entity::requested()
        .filter(stuck)
        .limit(100)
        .all(&app.db)
        .await?;
    let hour = now.timestamp() / 3600;
    for redemption in found {
        let key = format!("{}:{hour}", redemption.id);
        enqueue(
            &app.db,
            app,
            Enqueue::now(
                app,
                IssueCoupon {
                    redemption: redemption.id,
                },
                key,
            ),
        )
        .await?;
    }
    let stuck = redemption::Column::CancelRequestedAt.lt(now - TimeDelta::hours(1));
    let found = redemption::Entity::cancelling()
        .filter(stuck)
        .limit(100)
        .all(&app.db)
        .await?;
    let jobs = found.into_iter().map(|row| {
        let key = format!("{}:{hour}", row.id);
        Enqueue::now(app, CancelCoupon { redemption: row.id }, key)
    });
    enqueue_all(&app.db, app, jobs.collect()).await
}
