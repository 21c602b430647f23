use chrono::TimeDelta;
use entity::event::EventKind;
use entity::webhook::{self, Ordering, WebhookState};
use entity::webhook_delivery::{self, DeliveryState};
use entity::{StoreId, WebhookDeliveryId, WebhookId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use super::check::{WebhookError, check_kinds, check_payload, check_url};
use super::create::new_secret;
use crate::app::App;
use crate::db::begin;
use crate::queue::{DeliverWebhook, Enqueue, Whose, enqueue};
use crate::service::audit;
use crate::service::event::{self, Origin};

/// How long the secret before signs as well.
const BOTH_SIGN: TimeDelta = TimeDelta::days(1);

/// Changes of a webhook; `None` leaves something as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Where deliveries are sent.
    pub url: Option<String>,
    /// Of which kinds of events it is told.
    pub kinds: Option<Vec<EventKind>>,
    /// What its payload may show; the caller has all of it.
    pub scopes: Option<Vec<String>>,
    /// The query that shapes the payload; empty: none.
    pub payload: Option<String>,
    /// Whether deliveries wait for each other.
    pub ordering: Option<Ordering>,
    /// Active or paused.
    pub state: Option<WebhookState>,
}

async fn find(db: &impl ConnectionTrait, store: StoreId, id: WebhookId) -> Result<webhook::Model, WebhookError> {
    let own = webhook::Entity::in_store(store).filter(webhook::Column::Id.eq(id));
    own.one(db).await?.ok_or(WebhookError::NotFound)
}

/// Changes a webhook, based on the version that the caller read. One that is no longer paused is told of everything
/// that happened meanwhile, as far as it is kept.
pub async fn update(
    app: &App,
    store: StoreId,
    id: WebhookId,
    version: i64,
    changes: Changes,
) -> Result<(), WebhookError> {
    let known = find(&app.db, store, id).await?;
    let (current, was) = (known.version, known.state);
    let scopes = changes
        .scopes
        .unwrap_or_else(|| serde_json::from_value(known.scopes.clone()).unwrap_or_default());
    let payload = match changes.payload {
        Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
        None => known.payload.clone(),
    };
    let mut problems = Vec::new();
    problems.extend(check_payload(app, store, &scopes, payload.as_deref()).await.err());
    let mut row = known.into_active_model();
    match changes.url.map(|url| check_url(app, &url)).transpose() {
        Ok(url) => row.url = url.map_or(row.url, Set),
        Err(problem) => problems.push(problem),
    }
    match changes.kinds.map(|kinds| check_kinds(&kinds)).transpose() {
        Ok(kinds) => row.kinds = kinds.map_or(row.kinds, Set),
        Err(problem) => problems.push(problem),
    }
    if !problems.is_empty() {
        return Err(WebhookError::Invalid(problems));
    }
    row.scopes = Set(serde_json::json!(scopes));
    row.payload = Set(payload);
    row.ordering = changes.ordering.map_or(row.ordering, Set);
    if let Some(state) = changes.state {
        row.state = Set(state);
        row.paused_because = Set(None);
        row.failing_since = Set(None);
    }
    row.version = Set(version + 1);
    row.updated_at = Set(app.clock.now());
    let txn = begin(&app.db).await?;
    let unchanged = webhook::Column::Id.eq(id).and(webhook::Column::Version.eq(version));
    let updated = webhook::Entity::update_many()
        .set(row)
        .filter(unchanged)
        .exec(&txn)
        .await?;
    if updated.rows_affected == 0 {
        return Err(WebhookError::Conflict { current });
    }
    if was == WebhookState::Paused && changes.state == Some(WebhookState::Active) {
        make_due(&txn, app, id).await?;
    }
    audit::record(&txn, app, store, ("webhook.update", id), audit::Changes::none()).await?;
    txn.commit().await?;
    Ok(())
}

/// Lets what was kept back be found by [`super::wake_stuck`], with one statement however much it is.
async fn make_due(db: &impl ConnectionTrait, app: &App, id: WebhookId) -> Result<(), WebhookError> {
    webhook_delivery::Entity::update_many()
        .col_expr(
            webhook_delivery::Column::DueAt,
            Expr::value(app.clock.now() - TimeDelta::hours(1)),
        )
        .filter(webhook_delivery::Column::WebhookId.eq(id))
        .filter(Expr::cust("state = 'pending'"))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes a webhook; what was not delivered is not delivered any more. False when it was deleted before.
pub async fn delete(app: &App, store: StoreId, id: WebhookId) -> Result<bool, WebhookError> {
    let own = webhook::Column::Id
        .eq(id)
        .and(webhook::Column::StoreId.eq(store))
        .and(webhook::Column::State.ne(WebhookState::Deleted));
    let txn = begin(&app.db).await?;
    let deleted = webhook::Entity::update_many()
        .col_expr(webhook::Column::State, Expr::value(WebhookState::Deleted))
        .col_expr(webhook::Column::UpdatedAt, Expr::value(app.clock.now()))
        .col_expr(webhook::Column::Secret, Expr::value(Vec::<u8>::new()))
        .col_expr(webhook::Column::PreviousSecret, Expr::value(Option::<Vec<u8>>::None))
        .filter(own)
        .exec(&txn)
        .await?;
    if deleted.rows_affected == 1 {
        audit::record(&txn, app, store, ("webhook.delete", id), audit::Changes::none()).await?;
    }
    txn.commit().await?;
    Ok(deleted.rows_affected == 1)
}

/// Gives a webhook another secret. For a day the one before signs as well.
pub async fn rotate_secret(app: &App, store: StoreId, id: WebhookId) -> Result<(), WebhookError> {
    let txn = begin(&app.db).await?;
    let own = webhook::Entity::in_store(store).filter(webhook::Column::Id.eq(id));
    let known = own.lock_exclusive().one(&txn).await?.ok_or(WebhookError::NotFound)?;
    let version = known.version;
    let now = app.clock.now();
    let previous = known.secret.clone();
    let mut row = known.into_active_model();
    row.secret = Set(new_secret(app, id)?);
    row.previous_secret = Set(Some(previous));
    row.previous_until = Set(Some(now + BOTH_SIGN));
    row.updated_at = Set(now);
    row.version = Set(version + 1);
    webhook::Entity::update(row).exec(&txn).await?;
    audit::record(&txn, app, store, ("webhook.rotateSecret", id), audit::Changes::none()).await?;
    txn.commit().await?;
    Ok(())
}

/// Tells a webhook, and nobody else, that it is being tried.
pub async fn try_out(app: &App, store: StoreId, id: WebhookId, request_id: Option<String>) -> Result<(), WebhookError> {
    let txn = begin(&app.db).await?;
    find(&txn, store, id).await?;
    let origin = Origin {
        store,
        request_id,
        at: app.clock.now(),
    };
    event::write(&txn, &origin, [(EventKind::WebhookTested, id.0)]).await?;
    audit::record(&txn, app, store, ("webhook.test", id), audit::Changes::none()).await?;
    txn.commit().await?;
    Ok(())
}

/// Sends a delivery again that has ended, or now one that is to be sent later. It keeps its id and goes out whatever
/// else waits.
pub async fn replay(app: &App, store: StoreId, id: WebhookDeliveryId) -> Result<(), WebhookError> {
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    let own = webhook_delivery::Column::Id
        .eq(id)
        .and(webhook_delivery::Column::StoreId.eq(store))
        .and(webhook_delivery::Column::State.ne(DeliveryState::Waiting));
    let again = webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::State, Expr::value(DeliveryState::Pending))
        .col_expr(webhook_delivery::Column::Attempts, Expr::value(0))
        .col_expr(webhook_delivery::Column::DueAt, Expr::value(now))
        .col_expr(
            webhook_delivery::Column::FinishedAt,
            Expr::value(Option::<entity::Instant>::None),
        )
        .filter(own)
        .exec(&txn)
        .await?;
    if again.rows_affected == 1 {
        let key = format!("{id}:{}", now.timestamp_micros());
        enqueue(
            &txn,
            app,
            Enqueue::now(app, Whose::of(store, id), DeliverWebhook { delivery: id }, key),
        )
        .await?;
        audit::record(&txn, app, store, ("webhook.replay", id), audit::Changes::none()).await?;
    }
    txn.commit().await?;
    Ok(())
}
