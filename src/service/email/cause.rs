use entity::email::{self, EmailKind, EmailState};
use entity::{CustomerId, Instant, OrderId, Points, coupon, integration, redemption};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::queue::{Enqueue, SendEmail, enqueue_all};
use crate::service::rows;

/// Points that a sale gave for the first time.
#[derive(Debug, Clone)]
pub struct PointsEarned {
    /// The sale.
    pub order: OrderId,
    /// Who earned them.
    pub customer: CustomerId,
    /// The sale's number.
    pub number: String,
    /// How many.
    pub points: Points,
    /// When the sale was made.
    pub placed_at: Instant,
}

/// Tells customers of points earned. Sales from before the integration was switched on cause none.
pub async fn points_earned(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    earned: Vec<PointsEarned>,
) -> Result<(), DbErr> {
    let Some(since) = integration.activated_at.filter(|_| integration.active) else {
        return Ok(());
    };
    let messages = earned
        .into_iter()
        .filter(|earned| earned.placed_at >= since)
        .map(|earned| Caused {
            customer: earned.customer,
            cause: earned.order.0,
            data: json!({ "order_number": earned.number, "points": earned.points.0 }),
        });
    write(db, app, integration, EmailKind::PointsEarned, messages.collect()).await
}

/// Tells a customer that the coupon can be used.
pub async fn coupon_issued(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    coupon: &coupon::Model,
) -> Result<(), DbErr> {
    let message = Caused {
        customer: coupon.customer_id,
        cause: coupon.redemption_id.0,
        data: json!({ "redemption": coupon.redemption_id }),
    };
    write(db, app, integration, EmailKind::CouponIssued, vec![message]).await
}

/// Tells a customer that a redemption failed and the points are back.
pub async fn redemption_failed(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    redemption: &redemption::Model,
) -> Result<(), DbErr> {
    let message = Caused {
        customer: redemption.customer_id,
        cause: redemption.id.0,
        data: json!({ "redemption": redemption.id }),
    };
    write(db, app, integration, EmailKind::RedemptionFailed, vec![message]).await
}

struct Caused {
    customer: CustomerId,
    cause: Uuid,
    data: serde_json::Value,
}

/// Writes messages of a kind and their jobs, with three statements. A cause that has its message already gets
/// no second one.
async fn write(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    kind: EmailKind,
    messages: Vec<Caused>,
) -> Result<(), DbErr> {
    if messages.is_empty() || !integration.active {
        return Ok(());
    }
    let now = app.clock.now();
    let causes: Vec<Uuid> = messages.iter().map(|message| message.cause).collect();
    let rows = messages.into_iter().map(|message| {
        email::Model {
            id: app.id(),
            store_id: integration.store_id,
            integration_id: integration.id,
            customer_id: message.customer,
            kind,
            cause_id: message.cause,
            data: message.data,
            state: EmailState::Queued,
            error: None,
            created_at: now,
            sent_at: None,
        }
        .into_active_model()
    });
    let once = OnConflict::columns([email::Column::StoreId, email::Column::Kind, email::Column::CauseId])
        .do_nothing()
        .to_owned();
    rows::insert(db, rows.collect(), Some(once)).await?;
    // With the kind, by the index of the natural key.
    let queued = email::Column::Kind
        .eq(kind)
        .and(email::Column::CauseId.is_in(causes))
        .and(email::Column::State.eq(EmailState::Queued));
    let ids: Vec<entity::EmailId> = email::Entity::in_store(integration.store_id)
        .select_only()
        .column(email::Column::Id)
        .filter(queued)
        .into_tuple()
        .all(db)
        .await?;
    let jobs = ids
        .into_iter()
        .map(|email| Enqueue::now(app, SendEmail { email }, email.to_string()));
    enqueue_all(db, app, jobs.collect()).await
}
