use entity::event::EventKind;
use entity::webhook::{self, Ordering, WebhookState};
use entity::{StoreId, WebhookId, event_reader};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, Set};
use serde_json::json;

use super::check::{MAX_WEBHOOKS, WebhookError, check_kinds, check_payload, check_url};
use super::hand_out::READER;
use super::told::changes;
use crate::app::App;
use crate::db::begin;
use crate::secrets::{VaultError, random_bytes};
use crate::service::idempotency::{self, Claim, Key};
use crate::service::import::hold_store;
use crate::service::{audit, event};
use crate::webhook::Secret;

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where deliveries are sent.
    pub url: String,
    /// Of which kinds of events it is told.
    pub kinds: Vec<EventKind>,
    /// What its payload may show; the caller has all of it.
    pub scopes: Vec<String>,
    /// The query that shapes the payload.
    pub payload: Option<String>,
    /// Whether deliveries wait for each other.
    pub ordering: Ordering,
    /// Who makes it, and answers for it.
    pub actor: String,
}

/// Makes a webhook, which is told of what happens from now on.
pub async fn create(app: &App, store: StoreId, new: NewWebhook, key: Key) -> Result<WebhookId, WebhookError> {
    let (url, kinds) = (check_url(app, &new.url), check_kinds(&new.kinds));
    let payload = check_payload(app, store, &new.scopes, new.payload.as_deref()).await;
    let (url, kinds) = match (url, kinds, payload) {
        (Ok(url), Ok(kinds), Ok(())) => (url, kinds),
        (url, kinds, payload) => {
            let problems = [url.err(), kinds.err()].into_iter().flatten();
            let problems = problems.chain(payload.err().into_iter().flatten());
            return Err(WebhookError::Invalid(problems.collect()));
        }
    };
    let id: WebhookId = app.id();
    let secret = new_secret(app, id)?;
    let end = event::end(&app.db).await?;
    let txn = begin(&app.db).await?;
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(WebhookId(id));
    }
    hold_store(&txn, store).await?;
    if webhook::Entity::in_store(store).count(&txn).await? >= MAX_WEBHOOKS {
        return Err(WebhookError::TooMany);
    }
    // The first webhook of all need not be preceded by everything that ever happened.
    let reader = event_reader::ActiveModel {
        name: Set(READER.to_owned()),
        place: Set(end),
    };
    event_reader::Entity::insert(reader)
        .on_conflict(OnConflict::column(event_reader::Column::Name).do_nothing().to_owned())
        .exec_without_returning(&txn)
        .await?;
    let now = app.clock.now();
    let row = webhook::Model {
        id,
        store_id: store,
        url,
        kinds,
        scopes: json!(new.scopes),
        payload: new.payload,
        ordering: new.ordering,
        state: WebhookState::Active,
        pause_reason: None,
        paused_because: None,
        failing_since: None,
        secret,
        previous_secret: None,
        previous_until: None,
        since: end,
        created_by: new.actor.clone(),
        granted_by: new.actor,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let told = changes(None, &row);
    row.into_active_model().insert(&txn).await?;
    audit::record(&txn, app, store, ("webhook.create", id), told).await?;
    txn.commit().await?;
    Ok(id)
}

/// A new secret, sealed for its webhook.
pub(super) fn new_secret(app: &App, id: WebhookId) -> Result<Vec<u8>, VaultError> {
    let secret = Secret::new(random_bytes()?);
    app.vault.seal(&id.to_string(), secret.reveal().as_bytes())
}

/// Opens a sealed secret.
pub(super) fn open(app: &App, id: WebhookId, sealed: &[u8]) -> Result<Secret, VaultError> {
    let text = app.vault.unseal(&id.to_string(), sealed)?;
    let text = String::from_utf8(text).map_err(|_| VaultError::Sealed)?;
    Secret::parse(&text).map_err(|_| VaultError::Sealed)
}

/// The secret that a webhook signs with, for whoever made it or changed it just now; none when it was deleted since.
pub async fn secret_of(app: &App, id: WebhookId) -> Result<Option<String>, WebhookError> {
    let row = webhook::Entity::find_by_id(id).one(&app.db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?;
    if row.state == WebhookState::Deleted {
        return Ok(None);
    }
    Ok(Some(open(app, id, &row.secret)?.reveal()))
}
