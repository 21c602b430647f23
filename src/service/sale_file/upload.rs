//! Places for files, and their addresses.

use chrono::TimeDelta;
use entity::{CouponPoolId, Instant, IntegrationId, StoreId, UploadId, import_run, upload};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    Select,
};

use crate::app::App;
use crate::db::begin;
use crate::secrets::{from_url_safe, url_safe};
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::order::{RegisterError, pushed_source};

/// How long a file that nobody imports is kept, and one that was imported after the import's end.
pub(super) const KEPT: TimeDelta = TimeDelta::days(1);

/// How long an address takes a file.
pub const ADDRESS_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// Most files of a store that wait to be imported.
pub(in crate::service) const MOST_WAITING: u64 = 20;

/// What an address is sealed for: nothing else that is sealed opens as one.
const SEALED_AS: &str = "the address of an upload";

/// What a file is of, and who sends it.
pub(in crate::service) struct Place {
    pub(in crate::service) store: StoreId,
    pub(in crate::service) integration: IntegrationId,
    /// The pool that its codes are for; none: it is of sales.
    pub(in crate::service) pool: Option<CouponPoolId>,
    pub(in crate::service) actor: String,
}

/// Who wants to send a file of which source.
#[derive(Debug, Clone)]
pub struct UploadRequest {
    /// The store.
    pub store: StoreId,
    /// The source.
    pub integration: IntegrationId,
    /// Who asks.
    pub actor: String,
}

/// Why there is no place for a file.
#[derive(Debug, thiserror::Error)]
pub enum UploadRequestError {
    /// Its source takes no sales.
    #[error(transparent)]
    Source(#[from] RegisterError),
    /// Many wait.
    #[error(
        "{MOST_WAITING} files of the store wait to be imported; import them, or wait until they are removed a day after they were asked for"
    )]
    TooMany,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes a place for a file; the same key gives the same place again.
pub async fn create(app: &App, request: UploadRequest, key: Key) -> Result<UploadId, UploadRequestError> {
    let txn = begin(&app.db).await?;
    let id: UploadId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(UploadId(id));
    }
    pushed_source(&txn, request.store, request.integration).await?;
    let place = Place {
        store: request.store,
        integration: request.integration,
        pool: None,
        actor: request.actor,
    };
    insert(&txn, app, place, id).await?.ok_or(UploadRequestError::TooMany)?;
    audit::record(&txn, app, request.store, ("upload.create", id), Changes::none()).await?;
    txn.commit().await?;
    Ok(id)
}

/// Writes a place for a file, if not too many wait.
pub(in crate::service) async fn insert(
    db: &impl ConnectionTrait,
    app: &App,
    place: Place,
    id: UploadId,
) -> Result<Option<upload::Model>, DbErr> {
    let now = app.clock.now();
    if waiting(place.store, now).count(db).await? >= MOST_WAITING {
        return Ok(None);
    }
    let row = upload::Model {
        id,
        store_id: place.store,
        integration_id: place.integration,
        pool_id: place.pool,
        actor: place.actor,
        file: None,
        bytes: 0,
        parts: 0,
        sha256: None,
        created_at: now,
        stored_at: None,
    };
    row.clone().into_active_model().insert(db).await?;
    Ok(Some(row))
}

/// A store's files that nobody has imported, and that are not to be removed yet.
fn waiting(store: StoreId, now: Instant) -> Select<upload::Entity> {
    upload::Entity::in_store(store)
        .filter(upload::Column::CreatedAt.gt(now - KEPT))
        .filter(Expr::exists(runs()).not())
}

/// The runs of an upload, within a query of uploads.
pub(super) fn runs() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(import_run::Entity)
        .and_where(
            Expr::col((import_run::Entity, import_run::Column::UploadId)).equals((upload::Entity, upload::Column::Id)),
        )
        .to_owned()
}

/// What stands in the address that takes the file, and until when it does: it names the upload and its own end, and
/// nobody can make one up. None for an upload that is gone or has its file.
pub async fn ticket(app: &App, id: UploadId) -> Result<Option<(String, Instant)>, DbErr> {
    let Some(row) = upload::Entity::find_by_id(id).one(&app.db).await? else {
        return Ok(None);
    };
    let now = app.clock.now();
    let until = std::cmp::min(now + ADDRESS_HOLDS, row.created_at + KEPT);
    if row.file.is_some() || until <= now {
        return Ok(None);
    }
    let plain = format!("{} {}", row.id, until.timestamp());
    let sealed = app.vault.seal(SEALED_AS, plain.as_bytes());
    let sealed = sealed.map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(Some((url_safe(&sealed), until)))
}

/// The upload that an address names, while the address holds.
pub(super) async fn of_ticket(app: &App, ticket: &str) -> Result<Option<upload::Model>, DbErr> {
    let opened = from_url_safe(ticket).and_then(|sealed| app.vault.unseal(SEALED_AS, &sealed).ok());
    let plain = opened.and_then(|plain| String::from_utf8(plain).ok());
    let named = plain.as_deref().and_then(|plain| plain.split_once(' '));
    match named.map(|(id, until)| (id.parse::<UploadId>(), until.parse::<i64>())) {
        Some((Ok(id), Ok(until))) if until > app.clock.now().timestamp() => {
            upload::Entity::find_by_id(id).one(&app.db).await
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn files_that_wait_are_found_by_their_store() {
        let found = plan(waiting(StoreId(uuid::Uuid::nil()), Instant::UNIX_EPOCH)).await;
        assert_eq!(
            found[0],
            "SEARCH uploads USING INDEX uploads_by_store_id_created_at (store_id=? AND created_at>?)"
        );
        assert!(
            found.iter().any(|step| step.contains("import_runs_by_upload_id")),
            "{found:?}"
        );
    }
}
