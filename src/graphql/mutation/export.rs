use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use entity::{CustomerId, ExportRunId, ImportRunId, StoreId};
use macros::permissions;

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::exports::{
    self, CouponColumn, CustomerColumn, Exported, ImportRejectColumn, LedgerEntryColumn, OrderColumn, PointLotColumn,
    RedemptionColumn, RewardColumn, Scope, StoreEntries, StoreLots, kept, names,
};
use crate::graphql::filter::{ImportRejectSort, LotSort, RedemptionSort, StatementSort, checked};
use crate::graphql::ledger_lists::{LotFilter, StatementFilter};
use crate::graphql::lists::{
    CouponFilter, CouponSort, Coupons, CustomerFilter, CustomerSort, Customers, OrderFilter, OrderSort, Orders,
    RedemptionFilter, Redemptions, RewardFilter, RewardSort, Rewards,
};
use crate::graphql::run_lists::{ImportRejectFilter, ImportRejects};
use crate::graphql::types::{ExportFormat, ExportRun, typed};
use crate::service::export::{self, NewExport, StartError};

#[derive(Default)]
pub(super) struct ExportMutation;

/// What of a store's list to export, and how.
#[derive(InputObject)]
#[graphql(concrete(name = "ExportOrdersInput", params(OrderFilter, OrderSort, OrderColumn)))]
#[graphql(concrete(name = "ExportCustomersInput", params(CustomerFilter, CustomerSort, CustomerColumn)))]
#[graphql(concrete(name = "ExportRewardsInput", params(RewardFilter, RewardSort, RewardColumn)))]
#[graphql(concrete(
    name = "ExportRedemptionsInput",
    params(RedemptionFilter, RedemptionSort, RedemptionColumn)
))]
#[graphql(concrete(name = "ExportCouponsInput", params(CouponFilter, CouponSort, CouponColumn)))]
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

/// What of the ledger to export, and how.
#[derive(InputObject)]
#[graphql(concrete(
    name = "ExportLedgerEntriesInput",
    params(StatementFilter, StatementSort, LedgerEntryColumn)
))]
#[graphql(concrete(name = "ExportPointLotsInput", params(LotFilter, LotSort, PointLotColumn)))]
struct ExportLedgerInput<F: InputType, S: InputType + Default, C: InputType> {
    /// The store.
    store_id: ID,
    /// One customer's only, with those of customers who were merged into this one; the whole store's when left out.
    customer_id: Option<ID>,
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

/// What of the records that an import kept aside to export, and how.
#[derive(InputObject)]
struct ExportImportRejectsInput {
    /// The run.
    import_run_id: ID,
    /// Which records; all when left out.
    #[graphql(name = "where")]
    filter: Option<ImportRejectFilter>,
    /// How they are sorted.
    #[graphql(default)]
    order_by: ImportRejectSort,
    /// What the file looks like.
    format: ExportFormat,
    /// Which columns, in their order; all when left out.
    columns: Option<Vec<ImportRejectColumn>>,
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

    /// Writes a store's rewards to a file, as they are at one moment.
    #[requires("store:read")]
    async fn export_rewards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportInput<RewardFilter, RewardSort, RewardColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_store::<Rewards>(ctx, input, REQUIRED, "exportRewards").await
    }

    /// Writes a store's redemptions to a file, as they are at one moment.
    #[requires("coupons:read")]
    async fn export_redemptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportInput<RedemptionFilter, RedemptionSort, RedemptionColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_store::<Redemptions>(ctx, input, REQUIRED, "exportRedemptions").await
    }

    /// Writes a store's coupons to a file, as they are at one moment. Their codes are worth money.
    #[requires("coupons:read")]
    async fn export_coupons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportInput<CouponFilter, CouponSort, CouponColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_store::<Coupons>(ctx, input, REQUIRED, "exportCoupons").await
    }

    /// Writes the statement of a store, or of one customer, to a file, as it is at one moment.
    #[requires("customers:read")]
    async fn export_ledger_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportLedgerInput<StatementFilter, StatementSort, LedgerEntryColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_ledger::<StoreEntries>(ctx, input, REQUIRED, "exportLedgerEntries").await
    }

    /// Writes a store's lots of points, or one customer's, to a file, as they are at one moment.
    #[requires("customers:read")]
    async fn export_point_lots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportLedgerInput<LotFilter, LotSort, PointLotColumn>,
    ) -> async_graphql::Result<ExportRunPayload> {
        of_ledger::<StoreLots>(ctx, input, REQUIRED, "exportPointLots").await
    }

    /// Writes the records that an import kept aside to a file, with their reasons.
    #[requires("integrations:read")]
    async fn export_import_rejects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportImportRejectsInput,
    ) -> async_graphql::Result<ExportRunPayload> {
        let run = typed::<ImportRunId, _>(ctx, &input.import_run_id).await?;
        let store = run.as_ref().map(|run| run.store_id);
        let store = match permit(ctx, store, REQUIRED, ("import run", "importRunId"))? {
            Ok(store) => store,
            Err(error) => return Ok(refused(error)),
        };
        let asked = Asked::<ImportRejects> {
            of: run.map(|run| run.id.to_string()),
            filter: input.filter,
            sort: input.order_by,
            format: input.format,
            columns: input.columns,
            key: &input.idempotency_key,
        };
        start(ctx, store, asked, "exportImportRejects").await
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

/// Exports a list of the ledger.
async fn of_ledger<L: Exported>(
    ctx: &Context<'_>,
    input: ExportLedgerInput<L::Filter, L::Sort, L::Column>,
    required: Permission,
    operation: &'static str,
) -> async_graphql::Result<ExportRunPayload> {
    let store = typed::<StoreId, _>(ctx, &input.store_id).await?.map(|row| row.id);
    let store = match permit(ctx, store, required, ("store", "storeId"))? {
        Ok(store) => store,
        Err(error) => return Ok(refused(error)),
    };
    if let Some(id) = &input.customer_id {
        let customer = typed::<CustomerId, _>(ctx, id).await?;
        if customer.is_none_or(|customer| customer.store_id != store) {
            return Ok(refused(UserError::not_found("customer", &["customerId"])));
        }
    }
    let asked = Asked {
        of: input.customer_id.map(|id| id.to_string()),
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
