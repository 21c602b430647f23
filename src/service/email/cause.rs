use entity::email::{self, EmailKind, EmailState};
use entity::{
    CustomerId, EmailId, Instant, IntegrationId, OrderId, Points, RedemptionCodeId, RedemptionId, coupon, integration,
    redemption,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::queue::{Enqueue, SendEmail, Whose, enqueue_all};
use crate::service::rows;

/// Points that a sale gave for the first time.
#[derive(Debug, Clone)]
pub struct PointsEarned {
    /// Where the sale was told.
    pub integration: IntegrationId,
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

/// Tells customers of points earned from sales of a store's integrations. Sales from before an integration
/// was switched on cause none.
pub async fn points_earned(
    db: &impl ConnectionTrait,
    app: &App,
    integrations: &[integration::Model],
    earned: Vec<PointsEarned>,
) -> Result<(), DbErr> {
    let messages = earned.into_iter().filter_map(|earned| {
        let integration = integrations.iter().find(|row| row.id == earned.integration)?;
        let since = integration.activated_at.filter(|_| integration.active)?;
        (earned.placed_at >= since).then(|| Caused {
            integration,
            customer: earned.customer,
            cause: earned.order.0,
            data: json!({ "order_number": earned.number, "points": earned.points.0 }),
        })
    });
    write(db, app, EmailKind::PointsEarned, messages.collect()).await
}

/// Tells a customer that the coupon can be used.
pub async fn coupon_issued(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    coupon: &coupon::Model,
) -> Result<(), DbErr> {
    let message = Caused {
        integration,
        customer: coupon.customer_id,
        cause: coupon.redemption_id.0,
        data: json!({ "redemption": coupon.redemption_id }),
    };
    write(db, app, EmailKind::CouponIssued, vec![message]).await
}

/// Tells a customer how to get what was redeemed, which is no coupon.
pub async fn reward_fulfilled(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    redemption: &redemption::Model,
) -> Result<(), DbErr> {
    let message = Caused {
        integration,
        customer: redemption.customer_id,
        cause: redemption.id.0,
        data: json!({ "redemption": redemption.id }),
    };
    write(db, app, EmailKind::RewardFulfilled, vec![message]).await
}

/// Tells a customer that a redemption failed and the points are back.
pub async fn redemption_failed(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    redemption: &redemption::Model,
) -> Result<(), DbErr> {
    let message = Caused {
        integration,
        customer: redemption.customer_id,
        cause: redemption.id.0,
        data: json!({ "redemption": redemption.id }),
    };
    write(db, app, EmailKind::RedemptionFailed, vec![message]).await
}

/// Tells a customer the code to redeem with.
pub async fn redemption_code(
    db: &impl ConnectionTrait,
    app: &App,
    integration: &integration::Model,
    (customer, code): (CustomerId, RedemptionCodeId),
) -> Result<(), DbErr> {
    let message = Caused {
        integration,
        customer,
        cause: code.0,
        data: json!({}),
    };
    write(db, app, EmailKind::RedemptionCode, vec![message]).await
}

struct Caused<'a> {
    integration: &'a integration::Model,
    customer: CustomerId,
    cause: Uuid,
    data: serde_json::Value,
}

/// Writes one store's messages of a kind and their jobs, with four statements. A cause that has its message
/// already gets no second one, and what is switched off sends none.
async fn write(
    db: &impl ConnectionTrait,
    app: &App,
    kind: EmailKind,
    mut messages: Vec<Caused<'_>>,
) -> Result<(), DbErr> {
    messages.retain(|message| message.integration.active);
    let Some(store) = messages.first().map(|message| message.integration.store_id) else {
        return Ok(());
    };
    let now = app.clock.now();
    let causes: Vec<Uuid> = messages.iter().map(|message| message.cause).collect();
    let rows = messages.into_iter().map(|message| {
        email::Model {
            id: app.id(),
            store_id: store,
            integration_id: message.integration.id,
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
    let waiting: Vec<(EmailId, Uuid)> = email::Entity::in_store(store)
        .select_only()
        .columns([email::Column::Id, email::Column::CauseId])
        .filter(queued)
        .into_tuple()
        .all(db)
        .await?;
    let jobs = waiting.into_iter().map(|(email, cause)| {
        let whose = Whose::of(store, cause_of(kind, cause));
        Enqueue::now(app, whose, SendEmail { email }, email.to_string())
    });
    enqueue_all(db, app, jobs.collect()).await
}

/// The id of what caused a message.
pub(super) fn cause_of(kind: EmailKind, cause: Uuid) -> String {
    match kind {
        EmailKind::PointsEarned => OrderId(cause).to_string(),
        EmailKind::RedemptionCode => RedemptionCodeId(cause).to_string(),
        EmailKind::CouponIssued | EmailKind::RedemptionFailed | EmailKind::RewardFulfilled => {
            RedemptionId(cause).to_string()
        }
    }
}
