//! Carrying out repairs: each once, on the condition that the difference still is as the shop says now. The job asks the
//! shop; what is here writes, in one transaction with the difference's own end wherever the use case allows.

use entity::coupon::{self, CouponState};
use entity::difference::{self, DifferenceState};
use entity::event::EventKind;
use entity::redemption::{self, RedemptionState};
use entity::reward::RewardKind;
use entity::{Cents, CouponId, DifferenceId, integration, order};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::app::App;
use crate::db::begin;
use crate::platform::{Discount, PlatformCoupon};
use crate::service::event::{self, Origin};
use crate::service::idempotency::Key;
use crate::service::order::{self as orders, ImportedOrder, Source};
use crate::service::points::Cause;
use crate::service::redemption::{CancelError, CancelRequest, cancel};

/// A repair to be carried out, with what the books say now.
#[derive(Debug, Clone)]
pub struct Task {
    /// The difference.
    pub difference: difference::Model,
    /// Its shop.
    pub integration: integration::Model,
    /// The sale, where the books have it.
    pub order: Option<order::Model>,
    /// The coupon and its redemption, where the books have them.
    pub coupon: Option<(coupon::Model, redemption::Model)>,
    /// What the shop's sales are judged by.
    pub source: Source,
}

/// How a repair ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repaired {
    /// Carried out.
    Done,
    /// It differs no more.
    Obsolete,
    /// It cannot be carried out, with the reason.
    Refused(String),
}

/// What a repair needs; none when nobody waits for it any more.
pub async fn task(app: &App, id: DifferenceId) -> Result<Option<Task>, DbErr> {
    let found = difference::Entity::find_by_id(id).one(&app.db).await?;
    let Some(difference) = found.filter(|row| row.state == DifferenceState::Applying) else {
        return Ok(None);
    };
    let lost = |what: &str| DbErr::RecordNotFound(format!("the {what} of {id}"));
    let integration = integration::Entity::find_by_id(difference.integration_id)
        .one(&app.db)
        .await?
        .ok_or_else(|| lost("integration"))?;
    let key = order::Column::IntegrationId
        .eq(integration.id)
        .and(order::Column::ExternalId.eq(&difference.subject));
    let order = match difference.coupon_id {
        Some(_) => None,
        None => order::Entity::find().filter(key).one(&app.db).await?,
    };
    let coupon = match difference.coupon_id {
        Some(id) => coupon_and_redemption(&app.db, id).await?,
        None => None,
    };
    let source = Source::load(&app.db, integration.clone()).await?;
    Ok(Some(Task {
        difference,
        integration,
        order,
        coupon,
        source,
    }))
}

async fn coupon_and_redemption(
    db: &impl ConnectionTrait,
    id: CouponId,
) -> Result<Option<(coupon::Model, redemption::Model)>, DbErr> {
    let Some(coupon) = coupon::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let redemption = redemption::Entity::find_by_id(coupon.redemption_id).one(db).await?;
    Ok(redemption.map(|redemption| (coupon, redemption)))
}

impl Task {
    fn cause(&self, app: &App) -> Cause {
        Cause {
            actor: self
                .difference
                .actor
                .clone()
                .unwrap_or_else(|| "reconciliation".to_owned()),
            request_id: Some(self.difference.id.to_string()),
            at: app.clock.now(),
        }
    }
}

/// Reads the sale as an import does, with what the shop told just now.
pub async fn import_order(app: &App, task: &Task, told: ImportedOrder) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    if !end(&txn, app, task.difference.id, DifferenceState::Applied, None).await? {
        return txn.rollback().await;
    }
    orders::save_one(&txn, app, &task.integration, &task.cause(app), told).await?;
    txn.commit().await
}

/// Takes the sale to be gone from the shop, which said so just now.
pub async fn revoke_order(app: &App, task: &Task, order: &order::Model) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    if !end(&txn, app, task.difference.id, DifferenceState::Applied, None).await? {
        return txn.rollback().await;
    }
    orders::remove(&txn, app, &task.integration, &task.cause(app), order.id).await?;
    txn.commit().await
}

/// Notes that the coupon was used, which the shop counts. The sale that used it may still be to be imported.
pub async fn mark_used(app: &App, task: &Task, ours: &coupon::Model) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    if !end(&txn, app, task.difference.id, DifferenceState::Applied, None).await? {
        return txn.rollback().await;
    }
    let marked = coupon::Entity::update_many()
        .col_expr(coupon::Column::State, Expr::value(CouponState::Used))
        .filter(still(ours))
        .exec(&txn)
        .await?;
    if marked.rows_affected == 1 {
        let used = [(EventKind::CouponUsed, ours.id.0)];
        event::write(&txn, &Origin::of(&task.cause(app), ours.store_id), used).await?;
    }
    txn.commit().await
}

/// Takes over what the shop says of the coupon, which it said just now.
pub async fn accept_terms(app: &App, task: &Task, ours: &coupon::Model, told: &PlatformCoupon) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    if !end(&txn, app, task.difference.id, DifferenceState::Applied, None).await? {
        return txn.rollback().await;
    }
    let mut update = coupon::Entity::update_many().filter(still(ours));
    update = match told.discount {
        Some(Discount::Amount(cents)) => {
            let kind = match ours.kind {
                RewardKind::Product => RewardKind::Product,
                _ => RewardKind::AmountOff,
            };
            terms(update, kind, Some(Cents(cents)), None)
        }
        Some(Discount::Percent(hundredths)) => {
            terms(update, RewardKind::PercentOff, None, i32::try_from(hundredths).ok())
        }
        Some(Discount::FreeShipping) => terms(update, RewardKind::FreeShipping, None, None),
        None => update,
    };
    if let Some(until) = told.valid_until {
        update = update.col_expr(coupon::Column::ValidUntil, Expr::value(until));
    }
    if let Some(minimum) = told.minimum_order {
        let minimum = Some(Cents(minimum)).filter(|cents| cents.0 > 0);
        update = update.col_expr(coupon::Column::MinimumOrderCents, Expr::value(minimum));
    }
    // At least one column, whatever is told.
    update = update.col_expr(coupon::Column::State, Expr::value(CouponState::Active));
    update.exec(&txn).await?;
    txn.commit().await
}

fn terms(
    update: sea_orm::UpdateMany<coupon::Entity>,
    kind: RewardKind,
    amount: Option<Cents>,
    percent: Option<i32>,
) -> sea_orm::UpdateMany<coupon::Entity> {
    update
        .col_expr(coupon::Column::Kind, Expr::value(kind))
        .col_expr(coupon::Column::AmountCents, Expr::value(amount))
        .col_expr(coupon::Column::PercentHundredths, Expr::value(percent))
}

/// The coupon, unless it was used or ended meanwhile.
fn still(ours: &coupon::Model) -> sea_orm::sea_query::SimpleExpr {
    coupon::Column::Id
        .eq(ours.id)
        .and(coupon::Column::State.eq(CouponState::Active))
}

/// Cancels the redemption, as its own mutation does; then its job ends the coupon and gives the points back. Done again
/// after the process stopped in between, it does nothing the second time.
pub async fn cancel_redemption(app: &App, task: &Task, redemption: &redemption::Model) -> Result<Repaired, DbErr> {
    let ended = [RedemptionState::Cancelling, RedemptionState::Cancelled];
    if ended.contains(&redemption.state) {
        return Ok(Repaired::Done);
    }
    let cause = task.cause(app);
    let input = task.difference.id.to_string();
    let key = Key::new(cause.actor.clone(), format!("repair {input}"), "applyRepairs", &input);
    let key = key.map_err(|error| DbErr::Custom(error.to_string()))?;
    let request = CancelRequest {
        store: redemption.store_id,
        redemption: redemption.id,
        reason: None,
        coupon_ended: false,
        actor: cause.actor,
        request_id: cause.request_id,
    };
    match cancel(app, request, key).await {
        Ok(_) => Ok(Repaired::Done),
        Err(CancelError::Database(error)) => Err(error),
        Err(error) => Ok(Repaired::Refused(error.to_string())),
    }
}

/// Notes how a repair ended that was carried out by others, or not at all.
pub async fn settle(app: &App, id: DifferenceId, how: Repaired) -> Result<(), DbErr> {
    match how {
        Repaired::Done => end(&app.db, app, id, DifferenceState::Applied, None).await,
        Repaired::Obsolete => end(&app.db, app, id, DifferenceState::Obsolete, None).await,
        Repaired::Refused(why) => end(&app.db, app, id, DifferenceState::Open, Some(why)).await,
    }
    .map(|_| ())
}

/// It differs no more.
pub async fn obsolete(app: &App, id: DifferenceId) -> Result<(), DbErr> {
    settle(app, id, Repaired::Obsolete).await
}

/// The repair was given up; it can be asked for again.
pub async fn reopen(app: &App, id: DifferenceId, why: &str) -> Result<(), DbErr> {
    settle(app, id, Repaired::Refused(why.to_owned())).await
}

/// Ends a repair that is on its way; false when somebody else ended it.
async fn end(
    db: &impl ConnectionTrait,
    app: &App,
    id: DifferenceId,
    state: DifferenceState,
    message: Option<String>,
) -> Result<bool, DbErr> {
    let applying = difference::Column::Id
        .eq(id)
        .and(difference::Column::State.eq(DifferenceState::Applying));
    let ended = difference::Entity::update_many()
        .col_expr(difference::Column::State, Expr::value(state))
        .col_expr(difference::Column::Message, Expr::value(message))
        .col_expr(difference::Column::ChangedAt, Expr::value(app.clock.now()))
        .filter(applying)
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}
