//! Beginning to import a file.

use std::io::Cursor;

use entity::import_run::{self, ImportKind, ImportTrigger};
use entity::{ImportRunId, IntegrationId, StoreId, UploadId, upload, upload_part};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::import::{judge, limits};
use super::read::{FileError, Reader};
use super::receive;
use super::upload::{Place, UploadRequestError, insert};
use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::import::{self, StartError};
use crate::service::order::{RegisterError, pushed_source};

/// Where the file is.
#[derive(Debug, Clone)]
pub enum FileSource {
    /// It was sent.
    Upload(UploadId),
    /// It came with the request.
    Content(String),
}

/// A file that is to be imported.
#[derive(Debug, Clone)]
pub struct FileRequest {
    /// The store.
    pub store: StoreId,
    /// The source whose sales they are.
    pub integration: IntegrationId,
    /// The file.
    pub file: FileSource,
    /// Who asks.
    pub actor: String,
}

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportFileError {
    /// The source takes no sales.
    #[error(transparent)]
    Source(#[from] RegisterError),
    /// There is no such upload of the source, or not any more.
    #[error("there is no such upload of this source; files are removed after a day")]
    NoUpload,
    /// The file has not come.
    #[error("the file has not come yet; send it to the upload's address first")]
    NotSent,
    /// The file cannot be imported.
    #[error(transparent)]
    File(#[from] FileError),
    /// Many files wait.
    #[error("{0}")]
    TooMany(String),
    /// One is under way.
    #[error("a file of this source is being imported; wait until it has ended, or cancel it")]
    UnderWay(Box<import_run::Model>),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<UploadRequestError> for ImportFileError {
    fn from(error: UploadRequestError) -> Self {
        match error {
            UploadRequestError::Source(error) => Self::Source(error),
            UploadRequestError::Key(error) => Self::Key(error),
            UploadRequestError::Database(error) => Self::Database(error),
            error @ UploadRequestError::TooMany => Self::TooMany(error.to_string()),
        }
    }
}

/// Begins to import a file whose header can be used; a worker reads the rest. The same key gives the same run
/// again. Two files of a source are never imported at once.
pub async fn begin_import(app: &App, request: FileRequest, key: Key) -> Result<ImportRunId, ImportFileError> {
    let txn = begin(&app.db).await?;
    let id: ImportRunId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(ImportRunId(id));
    }
    let source = pushed_source(&txn, request.store, request.integration).await?;
    let store = entity::store::Entity::find_by_id(source.store_id)
        .one(&txn)
        .await?
        .ok_or(RegisterError::NotFound)?;
    let check =
        |head: Vec<u8>| Reader::open(Cursor::new(head), limits(app), judge(&store, app.clock.now())).map(|_| ());
    let upload = match request.file {
        FileSource::Upload(id) => {
            let own = upload::Column::IntegrationId
                .eq(source.id)
                .and(upload::Column::PoolId.is_null());
            let row = upload::Entity::find_by_id(id).filter(own).one(&txn).await?;
            let row = row.ok_or(ImportFileError::NoUpload)?;
            let head = head(&txn, &row).await?.ok_or(ImportFileError::NotSent)?;
            check(head)?;
            row
        }
        FileSource::Content(content) => {
            if let Err(error) = check(content.clone().into_bytes()) {
                return Err(error.into());
            }
            let place = Place {
                store: request.store,
                integration: request.integration,
                pool: None,
                actor: request.actor,
            };
            let row = insert(&txn, app, place, app.id()).await?;
            let row = row.ok_or(UploadRequestError::TooMany)?;
            receive::store(&txn, app, row, content.as_bytes()).await?
        }
    };
    let asked = import::NewRun {
        id,
        kind: ImportKind::SalesFile,
        trigger: ImportTrigger::Manual,
        upload: Some(upload.id),
    };
    let run = import::start_of_file(&txn, app, &source, asked)
        .await
        .map_err(|error| match error {
            StartError::UnderWay(run) => ImportFileError::UnderWay(run),
            StartError::Database(error) => ImportFileError::Database(error),
            other => ImportFileError::Database(DbErr::Custom(other.to_string())),
        })?;
    let changes = Changes::none()
        .field("upload", (), upload.id.to_string())
        .field("bytes", (), upload.bytes);
    audit::record(&txn, app, request.store, ("sales.import", run.id), changes).await?;
    txn.commit().await?;
    Ok(run.id)
}

/// The beginning of a file, if it has come.
pub(in crate::service) async fn head(
    db: &impl ConnectionTrait,
    upload: &upload::Model,
) -> Result<Option<Vec<u8>>, DbErr> {
    let Some(file) = upload.file else { return Ok(None) };
    let part = upload_part::Entity::find_by_id((upload.id, file, 0)).one(db).await?;
    let part = part.ok_or_else(|| DbErr::RecordNotFound(format!("the first part of {}", upload.id)))?;
    Ok(Some(part.content))
}
