use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use entity::{ExportRunId, StoreId};
use macros::permissions;

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::exports::{self, CustomerColumn, Exported, OrderColumn, Scope, kept, names};
use crate::graphql::filter::checked;
use crate::graphql::lists::{CustomerFilter, CustomerSort, Customers, OrderFilter, OrderSort, Orders};
use crate::graphql::types::{ExportFormat, ExportRun, typed};
use crate::service::export::{self, NewExport, StartError};

#[derive(Default)]
pub(super) struct ExportMutation;

/// What of a store's list to export, and how.
#[derive(InputObject)]
#[graphql(concrete(name = "ExportOrdersInput", params(OrderFilter, OrderSort, OrderColumn)))]
#[graphql(concrete(name = "ExportCustomersInput", params(CustomerFilter, CustomerSort, CustomerColumn)))]
struct ExportInput<F: InputType, S: InputType + Default, C: InputType> {
    /// The store.
    store_id: ID,
    /// Which rows; all when left out.
    #[graphql(name = "where")]
    filter: Option<F>,
    /// How they are sorted.
    #[graphql(default)]
    order_by: S,
    /// What the file looks like.
    format: ExportFormat,
    /// Which columns, in their order; all when left out.
    columns: Option<Vec<C>>,
    /// A new key for each intent: the same request again starts nothing, and answers with the first export.
    /// It is remembered for 30 days.
    idempotency_key: String,
}

/// For `cancelExport`.
#[derive(InputObject)]
struct CancelExportInput {
    /// The export.
    id: ID,
}

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

#[permissions]
#[Object]
impl ExportMutation {
    /// Writes a store's orders to a file, as they are at one moment: whatever changes while it is written does not show.
    /// The answer has the export; ask for it until its `url` is there. At most 3 of a store are under way at once.
    #[requires("orders:read")]
    async fn export_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportInput<OrderFilter, OrderSort, OrderColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_store::<Orders>(ctx, input, REQUIRED, "exportOrders").await
    }

    /// Writes a store's customers to a file, as they are at one moment, with their points. The file holds personal data:
    /// keep it as you keep theirs.
    #[requires("customers:read")]
    async fn export_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportInput<CustomerFilter, CustomerSort, CustomerColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_store::<Customers>(ctx, input, REQUIRED, "exportCustomers").await
    }

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

/// Exports a list of a store.
async fn of_store<L: Exported>(
    ctx: &Context<'_>,
    input: ExportInput<L::Filter, L::Sort, L::Column>,
    required: Permission,
    operation: &'static str,
) -> async_graphql::Result<ExportRunPayload> {
    let store = typed::<StoreId, _>(ctx, &input.store_id).await?.map(|row| row.id);
    let store = match permit(ctx, store, required, ("store", "storeId"))? {
        Ok(store) => store,
        Err(error) => return Ok(refused(error)),
    };
    let asked = Asked {
        of: None,
        filter: input.filter,
        sort: input.order_by,
        format: input.format,
        columns: input.columns,
        key: &input.idempotency_key,
    };
    start::<L>(ctx, store, asked, operation).await
}

/// An export as it was asked for.
struct Asked<'a, L: Exported> {
    of: Option<String>,
    filter: Option<L::Filter>,
    sort: L::Sort,
    format: ExportFormat,
    columns: Option<Vec<L::Column>>,
    key: &'a str,
}

/// Starts an export of what the requester may see.
async fn start<L: Exported>(
    ctx: &Context<'_>,
    store: StoreId,
    asked: Asked<'_, L>,
    operation: &'static str,
) -> async_graphql::Result<ExportRunPayload> {
    let filter = checked(asked.filter, Scope::of(store))?;
    let new = NewExport {
        store,
        list: L::LIST,
        of: asked.of,
        format: asked.format.into(),
        filter: kept(&filter),
        sort: kept(&asked.sort).as_str().unwrap_or_default().to_owned(),
        columns: names(asked.columns),
        actor: ctx.requester().actor(),
    };
    let format = kept(&asked.format);
    let same = (store.to_string(), &new.of, &new.filter, &new.sort, &new.columns, format);
    let key = match key(ctx, asked.key, operation, &same)? {
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
