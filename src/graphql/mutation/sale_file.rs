use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ImportRunId, IntegrationId, StoreId, UploadId, import_run};
use macros::permissions;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::sale::refusal;
use super::{key, key_error, permit};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Url;
use crate::graphql::types::ImportRun;
use crate::service::sale_file::{
    self, FileError, FileRequest, FileSource, ImportFileError, UploadRequest, UploadRequestError,
};

#[derive(Default)]
pub(super) struct SaleFileMutation;

/// For `createSalesUpload`.
#[derive(InputObject, Serialize)]
struct CreateSalesUploadInput {
    /// The source whose sales are in the file: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// A new key for each intent: the same request again gives the same upload, with a fresh address.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `importSales`.
#[derive(InputObject, Serialize)]
struct ImportSalesInput {
    /// The source whose sales are in the file: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// The upload with the file. Give this or `content`.
    upload_id: Option<ID>,
    /// The file itself, where it is small enough for a request. Give this or `uploadId`.
    content: Option<String>,
    /// A new key for each intent: the same request again gives the same run and changes nothing.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// A place for a file of sales.
#[derive(SimpleObject)]
struct SalesUpload {
    /// Opaque and global; for `importSales`.
    id: ID,
    /// Where the file is sent to, by `PUT`, without a header: `curl -T sales.csv ADDRESS`. A path of this server; whoever
    /// knows it can send the file. None when the file is there already, or the upload was removed.
    url: Option<Url>,
    /// Until when the address takes a file; ask again for another.
    expires_at: Option<DateTime<Utc>>,
    /// The largest file that it takes, in bytes. Packed with gzip, more fits in.
    max_bytes: i64,
}

/// What came of `createSalesUpload`.
#[derive(SimpleObject)]
struct CreateSalesUploadPayload {
    /// The place for the file.
    upload: Option<SalesUpload>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What came of `importSales`.
#[derive(SimpleObject)]
struct ImportSalesPayload {
    /// The run; none without the permission `integrations:read`.
    import_run: Option<ImportRun>,
    /// What was wrong. Nothing was imported then.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl SaleFileMutation {
    /// Makes a place for a file of sales, and tells the address that takes it. The file is CSV or JSON Lines, as it is or
    /// packed with gzip; `importSales` imports it. A file that nobody imports is removed after a day.
    #[requires("orders:write")]
    async fn create_sales_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateSalesUploadInput,
    ) -> async_graphql::Result<CreateSalesUploadPayload> {
        let refuse = |error| {
            Ok(CreateSalesUploadPayload {
                upload: None,
                user_errors: vec![error],
            })
        };
        let (store, integration) = match source(ctx, &input.integration_id, REQUIRED).await? {
            Ok(found) => found,
            Err(error) => return refuse(error),
        };
        let key = match key(ctx, &input.idempotency_key, "createSalesUpload", &input)? {
            Ok(key) => key,
            Err(error) => return refuse(error),
        };
        let request = UploadRequest {
            store,
            integration,
            actor: ctx.requester().actor(),
        };
        let id = match sale_file::create(ctx.app(), request, key).await {
            Ok(id) => id,
            Err(UploadRequestError::Source(error)) => return refuse(refusal(error)?),
            Err(UploadRequestError::Key(error)) => return refuse(key_error(error)?),
            Err(error @ UploadRequestError::TooMany) => {
                return refuse(UserError::new(UserErrorCode::TooManyUploads, error, &["integrationId"]));
            }
            Err(UploadRequestError::Database(error)) => return Err(fault(error)),
        };
        let ticket = sale_file::ticket(ctx.app(), id).await.map_err(fault)?;
        let (url, expires_at) = ticket
            .map(|(ticket, until)| (Url(format!("/uploads/{ticket}")), until))
            .unzip();
        Ok(CreateSalesUploadPayload {
            upload: Some(SalesUpload {
                id: id.to_string().into(),
                url,
                expires_at,
                max_bytes: i64::try_from(ctx.app().config.uploads.max_bytes).unwrap_or(i64::MAX),
            }),
            user_errors: Vec::new(),
        })
    }

    /// Imports sales from a file, in the background: new ones, and changes of known ones, as `registerSales` does. A line
    /// that cannot be used is kept in the run's `rejects` with its number, its column and how to mend it, and stops no
    /// other; a file whose header cannot be used is refused as a whole. The same file again changes nothing. One file of a
    /// source is imported at a time.
    #[requires("orders:write")]
    async fn import_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ImportSalesInput,
    ) -> async_graphql::Result<ImportSalesPayload> {
        let (store, integration) = match source(ctx, &input.integration_id, REQUIRED).await? {
            Ok(found) => found,
            Err(error) => return Ok(refused(error)),
        };
        let key = match key(ctx, &input.idempotency_key, "importSales", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let (file, place) = match (input.upload_id, input.content) {
            (Some(id), None) => match id.parse::<UploadId>() {
                Ok(id) => (FileSource::Upload(id), "uploadId"),
                Err(_) => return Ok(refused(UserError::not_found("upload", &["uploadId"]))),
            },
            (None, Some(content)) => (FileSource::Content(content), "content"),
            _ => {
                let message = "give uploadId or content, and not both";
                return Ok(refused(UserError::new(UserErrorCode::Required, message, &["uploadId"])));
            }
        };
        let request = FileRequest {
            store,
            integration,
            file,
            actor: ctx.requester().actor(),
        };
        match sale_file::begin_import(ctx.app(), request, key).await {
            Ok(id) => Ok(ImportSalesPayload {
                import_run: run(ctx, store, id).await?,
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(ImportSalesPayload {
                import_run: None,
                user_errors: wrong_with_file(ctx, store, error, place)?,
            }),
        }
    }
}

/// The source that is named, where the requester may push sales into it.
async fn source(
    ctx: &Context<'_>,
    id: &ID,
    permission: crate::access::Permission,
) -> async_graphql::Result<Result<(StoreId, IntegrationId), UserError>> {
    let row = match id.parse::<IntegrationId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    let permitted = permit(ctx, store, permission, ("integration", "integrationId"))?;
    Ok(match (permitted, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Err(error), _) => Err(error),
        (Ok(_), None) => Err(UserError::not_found("integration", &["integrationId"])),
    })
}

/// A run, for those who may see it.
async fn run(ctx: &Context<'_>, store: StoreId, id: ImportRunId) -> async_graphql::Result<Option<ImportRun>> {
    if ctx.demand(store, ImportRun::REQUIRED).is_err() {
        return Ok(None);
    }
    let row = import_run::Entity::find_by_id(id).one(&ctx.app().db).await;
    Ok(row.map_err(fault)?.map(ImportRun))
}

fn refused(error: UserError) -> ImportSalesPayload {
    ImportSalesPayload {
        import_run: None,
        user_errors: vec![error],
    }
}

fn wrong_with_file(
    ctx: &Context<'_>,
    store: StoreId,
    error: ImportFileError,
    place: &str,
) -> async_graphql::Result<Vec<UserError>> {
    let invalid = |message: String| UserError::new(UserErrorCode::Invalid, message, &[place]);
    let one = match error {
        ImportFileError::Source(error) => refusal(error)?,
        ImportFileError::NoUpload => UserError::new(UserErrorCode::NotFound, error, &[place]),
        ImportFileError::NotSent => UserError::new(UserErrorCode::Required, error, &[place]),
        ImportFileError::File(FileError::Io(error)) => return Err(fault(error)),
        ImportFileError::File(FileError::Header(problems)) => return Ok(problems.into_iter().map(invalid).collect()),
        ImportFileError::File(error) => invalid(error.to_string()),
        ImportFileError::TooMany(message) => UserError::new(UserErrorCode::TooManyUploads, message, &["integrationId"]),
        ImportFileError::UnderWay(run) => {
            let message = "a file of this source is being imported; wait until it has ended, or cancel it".to_owned();
            if ctx.demand(store, ImportRun::REQUIRED).is_ok() {
                UserError::under_way(message, ImportRun(*run))
            } else {
                UserError::new(UserErrorCode::ImportUnderWay, message, &[])
            }
        }
        ImportFileError::Key(error) => key_error(error)?,
        ImportFileError::Database(error) => return Err(fault(error)),
    };
    Ok(vec![one])
}
