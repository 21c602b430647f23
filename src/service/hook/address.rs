use entity::{IntegrationId, StoreId, hook_address, integration};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretString;
use ulid::Ulid;
use uuid::Uuid;

use crate::app::App;
use crate::db::begin;
use crate::platform::Kind;
use crate::secrets::sha256_hex;
use crate::service::audit::{self, Changes};

/// What a token begins with.
pub(super) const PREFIX: &str = "hook";

/// Why an integration has no address.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// Its platform sends nothing.
    #[error("this platform sends no webhooks that could be used; its orders are imported regularly")]
    Unsupported,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The path of an integration's address, to be put behind the API's origin. Who knows it may send to it.
pub fn path_of(app: &App, address: &hook_address::Model) -> String {
    format!("/hooks/{}", token_of(app, address.key))
}

fn token_of(app: &App, key: Uuid) -> String {
    app.vault.code_of(PREFIX, &key.to_string())
}

/// What a platform is to show that is asked for webhooks to this address: the same whenever it is asked, so that nothing
/// has to be kept before its answer is here; and nothing that the address tells.
pub(super) fn shown_token(app: &App, address: &hook_address::Model) -> SecretString {
    let mut token = sha256_hex(app.vault.code_of("hook_bearer", &address.key.to_string()));
    // As long as a platform is known to take.
    token.truncate(40);
    SecretString::from(token)
}

/// Makes the address of an integration that has none, inside its caller's transaction.
pub async fn ensure(
    db: &impl ConnectionTrait,
    app: &App,
    kind: Kind,
    store: StoreId,
    integration: IntegrationId,
) -> Result<(), DbErr> {
    if !kind.sends_hooks() {
        return Ok(());
    }
    let keep = OnConflict::column(hook_address::Column::IntegrationId)
        .do_nothing()
        .to_owned();
    hook_address::Entity::insert(fresh(app, store, integration).into_active_model())
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Gives an integration another address; the one that it had leads nowhere from then on.
pub async fn replace(app: &App, store: StoreId, id: IntegrationId) -> Result<(), AddressError> {
    let txn = begin(&app.db).await?;
    let known = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&txn)
        .await?
        .ok_or(AddressError::NotFound)?;
    if !known.platform.parse().is_ok_and(Kind::sends_hooks) {
        return Err(AddressError::Unsupported);
    }
    let newer = OnConflict::column(hook_address::Column::IntegrationId)
        .update_columns([
            hook_address::Column::Key,
            hook_address::Column::TokenHash,
            hook_address::Column::CreatedAt,
            // Nobody was asked to send to the new one yet.
            hook_address::Column::RegisteredAt,
            hook_address::Column::TakenAt,
            hook_address::Column::RefusedAt,
        ])
        .to_owned();
    hook_address::Entity::insert(fresh(app, store, id).into_active_model())
        .on_conflict(newer)
        .exec_without_returning(&txn)
        .await?;
    let changes = Changes::none().hidden("hookUrl", true);
    audit::record(&txn, app, store, ("integration.replaceHookAddress", id), changes).await?;
    Ok(txn.commit().await?)
}

fn fresh(app: &App, store_id: StoreId, integration_id: IntegrationId) -> hook_address::Model {
    let now = app.clock.now();
    let key: Ulid = app.ids.next(now);
    let key = Uuid::from_u128(key.0);
    hook_address::Model {
        integration_id,
        store_id,
        key,
        token_hash: sha256_hex(token_of(app, key)),
        created_at: now,
        secret: None,
        registered_at: None,
        taken_at: None,
        refused_at: None,
    }
}
