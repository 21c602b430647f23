//! Starting and cancelling exports: a mutation for each list, declared in `lists`, with its input.

mod input;
mod lists;

use async_graphql::{Context, ID, InputObject, MergedObject, Object, SimpleObject};
use entity::webhook::WebhookState;
use entity::{CustomerId, ExportRunId, ImportRunId, IntegrationId, StoreId, WebhookId};

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::exports::{self, Exported, Scope, kept, names};
use crate::graphql::filter::checked;
use crate::graphql::types::{ExportFormat, ExportRun, typed};
use crate::service::export::{self, NewExport, StartError};

/// Everything about exports.
#[derive(MergedObject, Default)]
pub(super) struct ExportMutation(lists::ListExports, Cancelling);

/// What came of a mutation on an export.
#[derive(SimpleObject)]
struct ExportRunPayload {
    /// The export.
    export_run: Option<ExportRun>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

fn refused(error: UserError) -> ExportRunPayload {
    ExportRunPayload {
        export_run: None,
        user_errors: vec![error],
    }
}

/// For `cancelExport`.
#[derive(InputObject)]
struct CancelExportInput {
    /// The export.
    id: ID,
}

#[derive(Default)]
struct Cancelling;

#[Object]
impl Cancelling {
    /// Cancels an export: at once while it waits, else soon. One that has ended stays as it is. It needs what the
    /// exported list needs.
    async fn cancel_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CancelExportInput,
    ) -> async_graphql::Result<ExportRunPayload> {
        let row = typed::<ExportRunId, _>(ctx, &input.id).await?;
        let needed = row
            .as_ref()
            .map_or(Permission::ReadStore, |row| exports::permission(row.list));
        let store = row.as_ref().map(|row| row.store_id);
        match (permit(ctx, store, needed, ("export", "id"))?, row) {
            (Ok(store), Some(row)) => {
                let run = export::cancel(ctx.app(), store, row.id).await.map_err(fault)?;
                Ok(ExportRunPayload {
                    export_run: run.map(ExportRun),
                    user_errors: Vec::new(),
                })
            }
            (Err(error), _) => Ok(refused(error)),
            (Ok(_), None) => Ok(refused(UserError::not_found("export", &["id"]))),
        }
    }
}

/// Whose list is exported, as an input names it.
enum Whose {
    Store(ID),
    /// One customer's, or the whole store's.
    Customer(ID, Option<ID>),
    Integration(ID),
    ImportRun(ID),
    Webhook(ID),
}

/// An export as it was asked for.
struct Asked<L: Exported> {
    whose: Whose,
    filter: Option<L::Filter>,
    sort: L::Sort,
    format: ExportFormat,
    columns: Option<Vec<L::Column>>,
    key: String,
}

/// The store, and what of it the list belongs to where that is not the store itself; both as the requester may see
/// them.
async fn owner(
    ctx: &Context<'_>,
    whose: Whose,
    required: Permission,
) -> async_graphql::Result<Result<(StoreId, Option<String>), UserError>> {
    let (store, of, name) = match &whose {
        Whose::Store(id) | Whose::Customer(id, _) => {
            let row = typed::<StoreId, _>(ctx, id).await?;
            (row.map(|row| row.id), None, ("store", "storeId"))
        }
        Whose::Integration(id) => {
            let row = typed::<IntegrationId, _>(ctx, id).await?;
            (row.map(|row| row.store_id), Some(id), ("integration", "integrationId"))
        }
        Whose::ImportRun(id) => {
            let row = typed::<ImportRunId, _>(ctx, id).await?;
            (row.map(|row| row.store_id), Some(id), ("import run", "importRunId"))
        }
        Whose::Webhook(id) => {
            let row = typed::<WebhookId, _>(ctx, id).await?;
            let row = row.filter(|row| row.state != WebhookState::Deleted);
            (row.map(|row| row.store_id), Some(id), ("webhook", "webhookId"))
        }
    };
    let store = match permit(ctx, store, required, name)? {
        Ok(store) => store,
        Err(error) => return Ok(Err(error)),
    };
    if let Whose::Customer(_, Some(id)) = &whose {
        let customer = typed::<CustomerId, _>(ctx, id).await?;
        if customer.is_none_or(|customer| customer.store_id != store) {
            return Ok(Err(UserError::not_found("customer", &["customerId"])));
        }
        return Ok(Ok((store, Some(id.to_string()))));
    }
    Ok(Ok((store, of.map(|id| id.to_string()))))
}

/// Starts an export of what the requester may see.
async fn start<L: Exported>(
    ctx: &Context<'_>,
    asked: Asked<L>,
    required: Permission,
    operation: &'static str,
) -> async_graphql::Result<ExportRunPayload> {
    let (store, of) = match owner(ctx, asked.whose, required).await? {
        Ok(owner) => owner,
        Err(error) => return Ok(refused(error)),
    };
    let filter = checked(asked.filter, Scope::of(store))?;
    let new = NewExport {
        store,
        list: L::LIST,
        of,
        format: asked.format.into(),
        filter: kept(&filter),
        sort: kept(&asked.sort).as_str().unwrap_or_default().to_owned(),
        columns: names(asked.columns),
        actor: ctx.requester().actor(),
    };
    let format = kept(&asked.format);
    let same = (store.to_string(), &new.of, &new.filter, &new.sort, &new.columns, format);
    let key = match key(ctx, &asked.key, operation, &same)? {
        Ok(key) => key,
        Err(error) => return Ok(refused(error)),
    };
    match export::start(ctx.app(), new, key).await {
        Ok(id) => Ok(ExportRunPayload {
            export_run: load(ctx, id).await?.map(ExportRun),
            user_errors: Vec::new(),
        }),
        Err(error @ StartError::Columns) => Ok(refused(UserError::new(UserErrorCode::Invalid, error, &["columns"]))),
        Err(error @ StartError::TooMany) => Ok(refused(UserError::new(UserErrorCode::TooManyExports, error, &[]))),
        Err(StartError::Key(error)) => Ok(refused(key_error(error)?)),
        Err(StartError::Database(error)) => Err(fault(error)),
    }
}
