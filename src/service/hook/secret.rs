use entity::{IntegrationId, StoreId, hook_address, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use secrecy::{ExposeSecret as _, SecretString};

use super::ensure;
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;
use crate::platform::{HookProof, Kind};
use crate::secrets::VaultError;
use crate::service::audit::{self, Changes};

/// The longest secret that is taken, in bytes.
const LONGEST: usize = 1024;

/// Why a secret of webhooks cannot be set or removed.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// What comes from its platform is known by something else, or by nothing.
    #[error("this platform signs no webhooks with a secret of their own; what it shows is checked without any setting")]
    Unsupported,
    /// That is no secret.
    #[error("some values cannot be used")]
    Invalid(Problem),
    /// It cannot be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Whether a platform's webhooks have to be signed with a secret that the merchant told; none where there is no such
/// secret.
pub fn is_set(kind: Kind, address: Option<&hook_address::Model>) -> Option<bool> {
    takes_one(kind).then(|| address.is_some_and(|address| address.secret.is_some()))
}

fn takes_one(kind: Kind) -> bool {
    matches!(kind.hook_proof(), HookProof::Secret { .. })
}

/// Keeps what the platform signs webhooks with, in the place of any before. From then on nothing is taken that is not
/// signed with it.
pub async fn set_secret(
    app: &App,
    store: StoreId,
    id: IntegrationId,
    secret: &SecretString,
) -> Result<(), SecretError> {
    let kind = kind_of(app, store, id).await?;
    let secret = check(secret.expose_secret()).map_err(SecretError::Invalid)?;
    let sealed = app.vault.seal(&owner(id), secret.as_bytes())?;
    let txn = begin(&app.db).await?;
    ensure(&txn, app, kind, store, id).await?;
    hook_address::Entity::update_many()
        .col_expr(hook_address::Column::Secret, Expr::value(Some(sealed)))
        .filter(hook_address::Column::IntegrationId.eq(id))
        .exec(&txn)
        .await?;
    let changes = Changes::none().hidden("hookSecret", true);
    audit::record(&txn, app, store, ("integration.setHookSecret", id), changes).await?;
    Ok(txn.commit().await?)
}

/// Forgets what the platform signs webhooks with: their address alone counts again. Of what is not set, nothing.
pub async fn remove_secret(app: &App, store: StoreId, id: IntegrationId) -> Result<(), SecretError> {
    kind_of(app, store, id).await?;
    let txn = begin(&app.db).await?;
    let is_set = hook_address::Column::IntegrationId
        .eq(id)
        .and(hook_address::Column::Secret.is_not_null());
    let removed = hook_address::Entity::update_many()
        .col_expr(hook_address::Column::Secret, Expr::value(Option::<Vec<u8>>::None))
        .filter(is_set)
        .exec(&txn)
        .await?;
    if removed.rows_affected == 1 {
        let changes = Changes::none().hidden("hookSecret", true);
        audit::record(&txn, app, store, ("integration.removeHookSecret", id), changes).await?;
    }
    Ok(txn.commit().await?)
}

/// The platform of one of the store's integrations, if its webhooks may be signed with a secret of their own.
async fn kind_of(app: &App, store: StoreId, id: IntegrationId) -> Result<Kind, SecretError> {
    let known = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&app.db)
        .await?
        .ok_or(SecretError::NotFound)?;
    let kind = known.platform.parse::<Kind>().ok();
    kind.filter(|kind| takes_one(*kind)).ok_or(SecretError::Unsupported)
}

fn check(typed: &str) -> Result<&str, Problem> {
    let secret = typed.trim();
    let problem = |message: String| Problem {
        field: "secret",
        code: "INVALID",
        message,
    };
    if secret.is_empty() {
        let text = "give the secret that the platform's panel signs with; removeHookSecret does without one";
        return Err(problem(text.to_owned()));
    }
    if secret.len() > LONGEST || secret.chars().any(char::is_control) {
        return Err(problem(format!("it must be one line of at most {LONGEST} characters")));
    }
    Ok(secret)
}

/// Whose a sealed secret is.
fn owner(id: IntegrationId) -> String {
    format!("{id}:hook")
}

/// Opens a sealed secret.
pub(super) fn open(app: &App, id: IntegrationId, sealed: &[u8]) -> Result<SecretString, VaultError> {
    let plain = app.vault.unseal(&owner(id), sealed)?;
    String::from_utf8(plain)
        .map(SecretString::from)
        .map_err(|_| VaultError::Sealed)
}
