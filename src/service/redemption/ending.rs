use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::redemption::{self, RedemptionState};
use entity::{Instant, RedemptionId, integration, order};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::attempt::{is_still, known, note_request};
use super::cancel::{change, coupon_of, imports_sales};
use crate::app::App;
use crate::db::begin;
use crate::domain::saga::Known;
use crate::service::event::{self, Origin};
use crate::service::points::{self, Cause};
use crate::service::{programme, reward};

/// A redemption whose coupon is to be made unusable.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The redemption.
    pub redemption: redemption::Model,
    /// Its coupon.
    pub coupon: coupon::Model,
    /// The shop.
    pub integration: integration::Model,
}

/// What the ending of a coupon needs; `None` when the redemption is not being cancelled.
pub async fn find_ending(app: &App, id: RedemptionId) -> Result<Option<Ending>, DbErr> {
    let found = redemption::Entity::find_by_id(id).one(&app.db).await?;
    let Some(redemption) = found.filter(|row| row.state == RedemptionState::Cancelling) else {
        return Ok(None);
    };
    let coupon = coupon_of(&app.db, id).await?;
    let integration = integration::Entity::find_by_id(coupon.integration_id)
        .one(&app.db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the integration of {id}")))?;
    Ok(Some(Ending {
        redemption,
        coupon,
        integration,
    }))
}

impl Ending {
    /// What decides what is done next.
    pub fn known(&self, app: &App) -> Known {
        known(app, &self.coupon)
    }

    /// Notes, before the shop is asked to end the coupon, that it may be dead from now on. False when another
    /// worker noted that first or the coupon is no longer active.
    pub async fn about_to_send(&mut self, app: &App) -> Result<bool, DbErr> {
        note_request(app, &mut self.coupon).await
    }

    /// Notes that nobody can use the coupon from now on. False when a sale that used it came first.
    pub async fn note_disabled(&mut self, app: &App) -> Result<bool, DbErr> {
        let now = app.clock.now();
        let active = coupon::Column::Id
            .eq(self.coupon.id)
            .and(coupon::Column::State.eq(CouponState::Active));
        let txn = begin(&app.db).await?;
        let noted = coupon::Entity::update_many()
            .col_expr(coupon::Column::State, Expr::value(CouponState::Disabled))
            .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
            .col_expr(coupon::Column::DisabledAt, Expr::value(Some(now)))
            .filter(active)
            .exec(&txn)
            .await?;
        if noted.rows_affected == 1 {
            let disabled = (EventKind::CouponDisabled, self.coupon.id.0);
            event::write(&txn, &Origin::work(self.coupon.store_id, now), [disabled]).await?;
        }
        txn.commit().await?;
        self.coupon.state = CouponState::Disabled;
        self.coupon.disabled_at = Some(now);
        Ok(noted.rows_affected == 1)
    }

    /// Whether every sale that could have used the coupon is known here: an import began after the coupon
    /// had ended, and no sale made since the coupon existed still waits for its detail.
    pub async fn all_sales_seen(&self, app: &App) -> Result<bool, DbErr> {
        let Some(ended) = self.coupon.disabled_at else {
            return Ok(false);
        };
        let has_walked = self.integration.synced_at.is_some_and(|synced| synced > ended);
        if !has_walked || !imports_sales(&self.integration) {
            return Ok(false);
        }
        let since = self.coupon.activated_at.unwrap_or(self.coupon.created_at);
        let waiting = order::Column::IntegrationId
            .eq(self.integration.id)
            .and(order::Column::PlacedAt.gte(since));
        let waiting = order::Entity::unfinished().filter(waiting).one(&app.db).await?;
        Ok(waiting.is_none())
    }

    /// The coupon was not used and cannot be: the points come back. False when a sale used it after all.
    pub async fn complete(&self, app: &App) -> Result<bool, DbErr> {
        let now = app.clock.now();
        let txn = begin(&app.db).await?;
        let (cancelling, cancelled) = (RedemptionState::Cancelling, RedemptionState::Cancelled);
        if !change(&txn, self.redemption.id, cancelling, cancelled, now).await? {
            txn.rollback().await?;
            return Ok(true);
        }
        // In the order in which an import takes hold of them.
        points::hold(&txn, self.redemption.store_id, self.redemption.customer_id).await?;
        let coupon = coupon::Entity::find_by_id(self.coupon.id)
            .lock_exclusive()
            .one(&txn)
            .await?;
        if coupon.is_none_or(|coupon| coupon.state != CouponState::Disabled) {
            txn.rollback().await?;
            return Ok(false);
        }
        refund(&txn, app, &self.redemption, now).await?;
        let origin = Origin::work(self.redemption.store_id, now);
        event::write(&txn, &origin, [(EventKind::RedemptionCancelled, self.redemption.id.0)]).await?;
        reward::give_back(&txn, self.redemption.reward_id).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// The coupon was used: the redemption stays as it was, and says so. The sale is perhaps still to be imported.
    pub async fn keep_used(&self, app: &App, message: &str) -> Result<(), DbErr> {
        let txn = begin(&app.db).await?;
        keep(&txn, app, self.redemption.id, "COUPON_USED", message).await?;
        coupon::Entity::update_many()
            .col_expr(coupon::Column::State, Expr::value(CouponState::Used))
            .filter(coupon::Column::Id.eq(self.coupon.id))
            .exec(&txn)
            .await?;
        txn.commit().await
    }

    /// The shop will not end the coupon: the redemption stays as it was, with the reason. False when another
    /// worker has asked the shop since, and the coupon may be dead after all.
    pub async fn keep_alive(&self, app: &App, message: &str) -> Result<bool, DbErr> {
        let txn = begin(&app.db).await?;
        keep(&txn, app, self.redemption.id, "CANNOT_DISABLE", message).await?;
        let kept = coupon::Entity::update_many()
            .col_expr(coupon::Column::OutcomeUnknown, Expr::value(false))
            .filter(is_still(&self.coupon))
            .exec(&txn)
            .await?;
        if kept.rows_affected == 0 {
            txn.rollback().await?;
            return Ok(false);
        }
        txn.commit().await?;
        Ok(true)
    }
}

async fn keep(db: &impl ConnectionTrait, app: &App, id: RedemptionId, code: &str, message: &str) -> Result<(), DbErr> {
    let kept = redemption::Entity::update_many()
        .col_expr(redemption::Column::State, Expr::value(RedemptionState::Completed))
        .col_expr(redemption::Column::FailureCode, Expr::value(Some(code.to_owned())))
        .col_expr(
            redemption::Column::FailureMessage,
            Expr::value(Some(message.to_owned())),
        )
        .filter(
            redemption::Column::Id
                .eq(id)
                .and(redemption::Column::State.eq(RedemptionState::Cancelling)),
        )
        .exec_with_returning(db)
        .await?;
    match kept.first() {
        Some(row) => {
            let origin = Origin::work(row.store_id, app.clock.now());
            event::write(db, &origin, [(EventKind::RedemptionKept, row.id.0)]).await
        }
        None => Ok(()),
    }
}

pub(super) async fn refund(
    db: &impl ConnectionTrait,
    app: &App,
    row: &redemption::Model,
    now: Instant,
) -> Result<(), DbErr> {
    let version = programme::find_in_force(db, row.store_id, now).await?;
    let cause = Cause {
        actor: row.cancel_actor.clone().unwrap_or_else(|| "cancel_coupon".to_owned()),
        request_id: None,
        at: now,
    };
    let why = (version.map(|version| version.id), row.cancel_reason.clone());
    points::refund(db, app, &cause, row.id, (row.store_id, row.customer_id), why).await
}
