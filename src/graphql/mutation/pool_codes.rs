//! Bringing codes into pools, and taking them out again.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ImportRunId, StoreId, UploadId, import_run};
use macros::permissions;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::pool::{own, seen};
use super::{key, key_error};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Url;
use crate::graphql::types::{CouponPool, ImportRun};
use crate::service::pool::{
    self, AddCodesError, CodesRequest, CodesSource, UploadCodesError, UploadForPool, Which, WithdrawError,
};
use crate::service::sale_file::{self, FileError};

#[derive(Default)]
pub(super) struct PoolCodesMutation;

/// For `createCodesUpload`.
#[derive(InputObject, Serialize)]
struct CreateCodesUploadInput {
    /// The pool that the codes are for.
    pool_id: ID,
    /// A new key for each intent: the same request again gives the same upload, with a fresh address.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// A place for a file of codes.
#[derive(SimpleObject)]
struct CodesUpload {
    /// Opaque and global; for `addCodes`.
    id: ID,
    /// Where the file is sent to, by `PUT`, without a header: `curl -T codes.csv ADDRESS`. A path of this server; whoever
    /// knows it can send the file. None when the file is there already, or the upload was removed.
    url: Option<Url>,
    /// Until when the address takes a file; ask again for another.
    expires_at: Option<DateTime<Utc>>,
    /// The largest file that it takes, in bytes. Packed with gzip, more fits in.
    max_bytes: i64,
}

/// What came of `createCodesUpload`.
#[derive(SimpleObject)]
struct CreateCodesUploadPayload {
    /// The place for the file.
    upload: Option<CodesUpload>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `addCodes`.
#[derive(InputObject, Serialize)]
struct AddCodesInput {
    /// The pool.
    pool_id: ID,
    /// The upload with the file. Give this or `content`.
    upload_id: Option<ID>,
    /// The codes themselves, where they are few enough for a request: what a file would say. Give this or `uploadId`.
    content: Option<String>,
    /// A new key for each intent: the same request again gives the same run and changes nothing.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of `addCodes`.
#[derive(SimpleObject)]
struct AddCodesPayload {
    /// The run; none without the permission `integrations:read`.
    import_run: Option<ImportRun>,
    /// What was wrong. Nothing was brought in then.
    user_errors: Vec<UserError>,
}

/// For `withdrawCodes`.
#[derive(InputObject)]
struct WithdrawCodesInput {
    /// The pool.
    pool_id: ID,
    /// These codes, at most 500. Give this or `allFree`.
    codes: Option<Vec<String>>,
    /// True: all codes that were not handed out, up to 10000 at a time. Give this or `codes`.
    all_free: Option<bool>,
}

/// A code that was named and stays.
#[derive(SimpleObject)]
struct KeptCode {
    /// Its place among the codes that were named, from 0.
    index: usize,
    /// Why it stays.
    message: String,
}

/// What came of `withdrawCodes`.
#[derive(SimpleObject)]
struct WithdrawCodesPayload {
    /// The pool; none without the permission `coupons:read`.
    pool: Option<CouponPool>,
    /// How many codes were withdrawn.
    withdrawn: i64,
    /// Those that were named and stay.
    kept: Vec<KeptCode>,
    /// Whether codes are left that were meant too: ask again.
    has_more: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl PoolCodesMutation {
    /// Makes a place for a file of codes, and tells the address that takes it. The file is plain text with a code on each
    /// line, or CSV with a column `code` and, if they end, one `validUntil`; as it is or packed with gzip. `addCodes`
    /// brings them in. A file that nobody brings in is removed after a day.
    #[requires("rewards:write")]
    async fn create_codes_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateCodesUploadInput,
    ) -> async_graphql::Result<CreateCodesUploadPayload> {
        let refuse = |error| {
            Ok(CreateCodesUploadPayload {
                upload: None,
                user_errors: vec![error],
            })
        };
        let (store, pool) = match own(ctx, REQUIRED, &input.pool_id, "poolId").await? {
            Ok(own) => own,
            Err(error) => return refuse(error),
        };
        let key = match key(ctx, &input.idempotency_key, "createCodesUpload", &input)? {
            Ok(key) => key,
            Err(error) => return refuse(error),
        };
        let request = UploadForPool {
            store,
            pool,
            actor: ctx.requester().actor(),
        };
        let id = match pool::create_upload(ctx.app(), request, key).await {
            Ok(id) => id,
            Err(error) => return refuse(no_place(error)?),
        };
        let ticket = sale_file::ticket(ctx.app(), id).await.map_err(fault)?;
        let (url, expires_at) = ticket
            .map(|(ticket, until)| (Url(format!("/uploads/{ticket}")), until))
            .unzip();
        Ok(CreateCodesUploadPayload {
            upload: Some(CodesUpload {
                id: id.to_string().into(),
                url,
                expires_at,
                max_bytes: i64::try_from(ctx.app().config.uploads.max_bytes).unwrap_or(i64::MAX),
            }),
            user_errors: Vec::new(),
        })
    }

    /// Brings codes into a pool, in the background. A line that cannot be used – malformed, over, twice in the file, known
    /// in the store, handed out or withdrawn before – is kept in the run's `rejects` with its number and the reason, and
    /// stops no other. The same file again adds nothing. One file of an integration is read at a time.
    #[requires("rewards:write")]
    async fn add_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddCodesInput,
    ) -> async_graphql::Result<AddCodesPayload> {
        let (store, pool) = match own(ctx, REQUIRED, &input.pool_id, "poolId").await? {
            Ok(own) => own,
            Err(error) => return Ok(not_added(vec![error])),
        };
        let key = match key(ctx, &input.idempotency_key, "addCodes", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(not_added(vec![error])),
        };
        let (codes, place) = match (input.upload_id, input.content) {
            (Some(id), None) => match id.parse::<UploadId>() {
                Ok(id) => (CodesSource::Upload(id), "uploadId"),
                Err(_) => return Ok(not_added(vec![UserError::not_found("upload", &["uploadId"])])),
            },
            (None, Some(content)) => (CodesSource::Content(content), "content"),
            _ => {
                let message = "give uploadId or content, and not both";
                let error = UserError::new(UserErrorCode::Required, message, &["uploadId"]);
                return Ok(not_added(vec![error]));
            }
        };
        let request = CodesRequest {
            store,
            pool,
            codes,
            actor: ctx.requester().actor(),
        };
        match pool::begin_add(ctx.app(), request, key).await {
            Ok(id) => Ok(AddCodesPayload {
                import_run: run(ctx, store, id).await?,
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(not_added(wrong_with_codes(ctx, store, error, place)?)),
        }
    }

    /// Takes codes out of a pool that were not handed out, for good: a file that brings them again is told so. Doing it
    /// twice changes nothing. A code that was handed out goes with its redemption.
    #[requires("rewards:write")]
    async fn withdraw_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: WithdrawCodesInput,
    ) -> async_graphql::Result<WithdrawCodesPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.pool_id, "poolId").await? {
            Ok(own) => own,
            Err(error) => return Ok(not_withdrawn(error)),
        };
        let which = match (input.codes, input.all_free) {
            (Some(codes), None | Some(false)) => Which::Named(codes),
            (None, Some(true)) => Which::AllFree,
            _ => {
                let message = "give codes, or allFree as true, and not both";
                let error = UserError::new(UserErrorCode::Required, message, &["codes"]);
                return Ok(not_withdrawn(error));
            }
        };
        match pool::withdraw(ctx.app(), (store, id), which).await {
            Ok(done) => Ok(WithdrawCodesPayload {
                pool: seen(ctx, store, id).await?,
                withdrawn: i64::try_from(done.codes).unwrap_or(i64::MAX),
                kept: done
                    .kept
                    .into_iter()
                    .map(|(index, message)| KeptCode {
                        index,
                        message: message.to_owned(),
                    })
                    .collect(),
                has_more: done.more,
                user_errors: Vec::new(),
            }),
            Err(WithdrawError::NotFound) => Ok(not_withdrawn(UserError::not_found("pool", &["poolId"]))),
            Err(error @ WithdrawError::Named) => {
                Ok(not_withdrawn(UserError::new(UserErrorCode::Invalid, error, &["codes"])))
            }
            Err(WithdrawError::Database(error)) => Err(fault(error)),
        }
    }
}

/// A run, for those who may see it.
async fn run(ctx: &Context<'_>, store: StoreId, id: ImportRunId) -> async_graphql::Result<Option<ImportRun>> {
    if ctx.demand(store, ImportRun::REQUIRED).is_err() {
        return Ok(None);
    }
    let row = import_run::Entity::find_by_id(id).one(&ctx.app().db).await;
    Ok(row.map_err(fault)?.map(ImportRun))
}

fn not_added(user_errors: Vec<UserError>) -> AddCodesPayload {
    AddCodesPayload {
        import_run: None,
        user_errors,
    }
}

fn not_withdrawn(error: UserError) -> WithdrawCodesPayload {
    WithdrawCodesPayload {
        pool: None,
        withdrawn: 0,
        kept: Vec::new(),
        has_more: false,
        user_errors: vec![error],
    }
}

fn no_place(error: UploadCodesError) -> async_graphql::Result<UserError> {
    Ok(match error {
        UploadCodesError::NotFound => UserError::not_found("pool", &["poolId"]),
        error @ UploadCodesError::TooMany => UserError::new(UserErrorCode::TooManyUploads, error, &["poolId"]),
        UploadCodesError::Key(error) => key_error(error)?,
        UploadCodesError::Database(error) => return Err(fault(error)),
    })
}

fn wrong_with_codes(
    ctx: &Context<'_>,
    store: StoreId,
    error: AddCodesError,
    place: &str,
) -> async_graphql::Result<Vec<UserError>> {
    let one = match error {
        AddCodesError::Place(error) => no_place(error)?,
        AddCodesError::NoUpload => UserError::new(UserErrorCode::NotFound, error, &[place]),
        AddCodesError::NotSent => UserError::new(UserErrorCode::Required, error, &[place]),
        AddCodesError::File(FileError::Io(error)) => return Err(fault(error)),
        AddCodesError::File(FileError::Empty) => {
            let message = "the file is empty; write a code on each line";
            UserError::new(UserErrorCode::Invalid, message, &[place])
        }
        AddCodesError::File(FileError::Foreign(what)) => {
            let message = format!("the file is {what}; send plain text with a code on each line, or CSV");
            UserError::new(UserErrorCode::Invalid, message, &[place])
        }
        AddCodesError::File(error) => UserError::new(UserErrorCode::Invalid, error, &[place]),
        AddCodesError::UnderWay(run) => {
            let message =
                "codes are being brought into a pool of this integration; wait until that has ended, or cancel it";
            if ctx.demand(store, ImportRun::REQUIRED).is_ok() {
                UserError::under_way(message.to_owned(), ImportRun(*run))
            } else {
                UserError::new(UserErrorCode::ImportUnderWay, message, &[])
            }
        }
        AddCodesError::Key(error) => key_error(error)?,
        AddCodesError::Database(error) => return Err(fault(error)),
    };
    Ok(vec![one])
}
