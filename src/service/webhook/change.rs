use chrono::TimeDelta;
use entity::event::EventKind;
use entity::webhook::{self, Ordering, WebhookState};
use entity::webhook_delivery::{self, DeliveryState};
use entity::{StoreId, WebhookDeliveryId, WebhookId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, NotSet, QueryFilter, QuerySelect, Set,
};

use super::check::{WebhookError, check_kinds, check_payload, check_url};
use super::create::new_secret;
use super::grant::granted;
use super::release::release;
use super::resume::resume;
use super::told;
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

impl Changes {
    /// Whether they change what is sent, or where to, or let it be sent again: whoever does that answers for it.
    pub fn is_grant(&self, known: &webhook::Model) -> bool {
        let is_end = known.state == WebhookState::Paused && self.state == Some(WebhookState::Active);
        is_end || self.url.is_some() || self.kinds.is_some() || self.scopes.is_some() || self.payload.is_some()
    }
}

/// Changes a webhook, based on the version that the caller read, who may see everything that it shows if the changes
/// are a grant. One that is no longer paused is told of everything that happened meanwhile, as far as it is kept.
pub async fn update(
    app: &App,
    store: StoreId,
    id: WebhookId,
    (version, actor): (i64, String),
    changes: Changes,
) -> Result<(), WebhookError> {
    let known = find(&app.db, store, id).await?;
    let current = known.version;
    if current != version {
        return Err(WebhookError::Conflict { current });
    }
    let after = after(app, &known, changes, actor).await?;
    let txn = begin(&app.db).await?;
    let unchanged = webhook::Column::Id.eq(id).and(webhook::Column::Version.eq(version));
    let updated = webhook::Entity::update_many()
        .set(changed(&known, &after))
        .filter(unchanged)
        .exec(&txn)
        .await?;
    if updated.rows_affected == 0 {
        return Err(WebhookError::Conflict { current });
    }
    if known.state == WebhookState::Paused && after.state == WebhookState::Active {
        resume(&txn, app, &known, after.ordering).await?;
    } else if known.ordering != after.ordering {
        // Without an order nothing that ends lets the next go out.
        release(&txn, app, id, after.ordering).await?;
    }
    let told = told::changes(Some(&known), &after);
    audit::record(&txn, app, store, ("webhook.update", id), told).await?;
    txn.commit().await?;
    Ok(())
}

/// The columns that a change writes. How a webhook fares is noted meanwhile, and is none of them but at the end of a pause.
fn changed(known: &webhook::Model, after: &webhook::Model) -> webhook::ActiveModel {
    let after = after.clone();
    let is_end = known.state != after.state && after.state == WebhookState::Active;
    webhook::ActiveModel {
        url: Set(after.url),
        kinds: Set(after.kinds),
        scopes: Set(after.scopes),
        payload: Set(after.payload),
        ordering: Set(after.ordering),
        state: Set(after.state),
        pause_reason: Set(after.pause_reason),
        paused_because: Set(after.paused_because),
        failing_since: if is_end { Set(None) } else { NotSet },
        granted_by: Set(after.granted_by),
        version: Set(after.version),
        updated_at: Set(after.updated_at),
        ..webhook::ActiveModel::default()
    }
}

/// What a webhook is after changes, or what is wrong with them.
async fn after(
    app: &App,
    known: &webhook::Model,
    changes: Changes,
    actor: String,
) -> Result<webhook::Model, WebhookError> {
    let mut after = known.clone();
    if changes.is_grant(known) {
        after.granted_by = actor;
    }
    let mut problems = Vec::new();
    let shapes = changes.scopes.is_some() || changes.payload.is_some();
    if let Some(scopes) = changes.scopes {
        after.scopes = serde_json::json!(scopes);
    }
    if let Some(payload) = changes.payload {
        after.payload = Some(payload).filter(|text| !text.trim().is_empty());
    }
    if shapes {
        let (scopes, _) = granted(&after);
        let checked = check_payload(app, known.store_id, &scopes, after.payload.as_deref()).await;
        problems.extend(checked.err().into_iter().flatten());
    }
    match changes.url.map(|url| check_url(app, &url)).transpose() {
        Ok(url) => after.url = url.unwrap_or(after.url),
        Err(problem) => problems.push(problem),
    }
    match changes.kinds.map(|kinds| check_kinds(&kinds)).transpose() {
        Ok(kinds) => after.kinds = kinds.unwrap_or(after.kinds),
        Err(problem) => problems.push(problem),
    }
    if !problems.is_empty() {
        return Err(WebhookError::Invalid(problems));
    }
    after.ordering = changes.ordering.unwrap_or(after.ordering);
    if let Some(state) = changes.state.filter(|state| *state != known.state) {
        after.state = state;
        after.pause_reason = None;
        after.paused_because = None;
    }
    after.version += 1;
    after.updated_at = app.clock.now();
    Ok(after)
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
    audit::record(
        &txn,
        app,
        store,
        ("webhook.rotateSecret", id),
        audit::Changes::none().hidden("secret", true),
    )
    .await?;
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
/// else waits; one that waits itself is refused, as it would overtake those before it.
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
    } else {
        let waiting = webhook_delivery::Entity::find_by_id(id)
            .filter(webhook_delivery::Column::StoreId.eq(store))
            .filter(webhook_delivery::Column::State.eq(DeliveryState::Waiting));
        if waiting.one(&txn).await?.is_some() {
            return Err(WebhookError::Waits);
        }
    }
    txn.commit().await?;
    Ok(())
}
