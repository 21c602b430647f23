//! Beginning to bring codes into a pool.

use std::io::Cursor;

use entity::import_run::{self, ImportKind, ImportTrigger};
use entity::{CouponPoolId, ImportRunId, StoreId, UploadId, coupon_pool, integration, upload};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::read::CodesReader;
use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::import::{self, StartError};
use crate::service::sale_file::{self, FileError, Judge, MOST_WAITING, Place};

/// Who wants to send a file for which pool.
#[derive(Debug, Clone)]
pub struct UploadForPool {
    /// The store.
    pub store: StoreId,
    /// The pool.
    pub pool: CouponPoolId,
    /// Who asks.
    pub actor: String,
}

/// Why there is no place for a file of codes.
#[derive(Debug, thiserror::Error)]
pub enum UploadCodesError {
    /// There is no such pool in the store.
    #[error("there is no such pool")]
    NotFound,
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

/// Where the codes are.
#[derive(Debug, Clone)]
pub enum CodesSource {
    /// In a file that was sent.
    Upload(UploadId),
    /// They came with the request.
    Content(String),
}

/// Codes that are to be brought into a pool.
#[derive(Debug, Clone)]
pub struct CodesRequest {
    /// The store.
    pub store: StoreId,
    /// The pool.
    pub pool: CouponPoolId,
    /// The codes.
    pub codes: CodesSource,
    /// Who asks.
    pub actor: String,
}

/// Why codes are not brought in.
#[derive(Debug, thiserror::Error)]
pub enum AddCodesError {
    /// There is no such pool, or the file cannot be kept.
    #[error(transparent)]
    Place(#[from] UploadCodesError),
    /// There is no such upload for the pool, or not any more.
    #[error("there is no such upload for this pool; files are removed after a day")]
    NoUpload,
    /// The file has not come.
    #[error("the file has not come yet; send it to the upload's address first")]
    NotSent,
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// One is under way.
    #[error("codes are being brought into a pool of this integration; wait until that has ended, or cancel it")]
    UnderWay(Box<import_run::Model>),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes a place for a file of codes; the same key gives the same place again. Its address is that of any upload.
pub async fn create_upload(app: &App, request: UploadForPool, key: Key) -> Result<UploadId, UploadCodesError> {
    let txn = begin(&app.db).await?;
    let id: UploadId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(UploadId(id));
    }
    let pool = find(&txn, request.store, request.pool).await?;
    place(&txn, app, &pool, request.actor, id).await?;
    let changes = Changes::none().field("pool", (), pool.id.to_string());
    audit::record(&txn, app, request.store, ("upload.create", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

/// Begins to bring codes into a pool; a worker reads them. The same key gives the same run again. Two files for the
/// pools of an integration are never read at once.
pub async fn begin_add(app: &App, request: CodesRequest, key: Key) -> Result<ImportRunId, AddCodesError> {
    let txn = begin(&app.db).await?;
    let id: ImportRunId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(ImportRunId(id));
    }
    let pool = find(&txn, request.store, request.pool).await?;
    let upload = match request.codes {
        CodesSource::Upload(id) => {
            let own = upload::Column::PoolId.eq(pool.id);
            let row = upload::Entity::find_by_id(id).filter(own).one(&txn).await?;
            let row = row.ok_or(AddCodesError::NoUpload)?;
            let head = sale_file::head(&txn, &row).await?.ok_or(AddCodesError::NotSent)?;
            check(app, head)?;
            row
        }
        CodesSource::Content(content) => {
            check(app, content.clone().into_bytes())?;
            let row = place(&txn, app, &pool, request.actor, app.id()).await?;
            sale_file::store(&txn, app, row, content.as_bytes()).await?
        }
    };
    let integration = integration::Entity::find_by_id(pool.integration_id)
        .one(&txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the integration of {}", pool.id)))?;
    let asked = import::NewRun {
        id,
        kind: ImportKind::CodesFile,
        trigger: ImportTrigger::Manual,
        upload: Some(upload.id),
    };
    let run = import::start_of_file(&txn, app, &integration, asked)
        .await
        .map_err(|error| match error {
            StartError::UnderWay(run) => AddCodesError::UnderWay(run),
            StartError::Database(error) => AddCodesError::Database(error),
            other => AddCodesError::Database(DbErr::Custom(other.to_string())),
        })?;
    let changes = Changes::none()
        .field("upload", (), upload.id.to_string())
        .field("run", (), run.id.to_string())
        .field("bytes", (), upload.bytes);
    audit::record(&txn, app, request.store, ("pool.addCodes", pool.id), changes).await?;
    txn.commit().await?;
    Ok(run.id)
}

/// Whether the beginning of a file can be that of a list of codes.
fn check(app: &App, head: Vec<u8>) -> Result<(), FileError> {
    let judge = Judge {
        zone: chrono_tz::UTC,
        currency: String::new(),
        now: app.clock.now(),
    };
    CodesReader::open(Cursor::new(head), sale_file::limits(app), &judge).map(|_| ())
}

async fn find(
    db: &impl ConnectionTrait,
    store: StoreId,
    id: CouponPoolId,
) -> Result<coupon_pool::Model, UploadCodesError> {
    coupon_pool::Entity::in_store(store)
        .filter(coupon_pool::Column::Id.eq(id))
        .one(db)
        .await?
        .ok_or(UploadCodesError::NotFound)
}

async fn place(
    db: &impl ConnectionTrait,
    app: &App,
    pool: &coupon_pool::Model,
    actor: String,
    id: UploadId,
) -> Result<upload::Model, UploadCodesError> {
    let place = Place {
        store: pool.store_id,
        integration: pool.integration_id,
        pool: Some(pool.id),
        actor,
    };
    sale_file::insert(db, app, place, id)
        .await?
        .ok_or(UploadCodesError::TooMany)
}
