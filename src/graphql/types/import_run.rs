use async_graphql::{Context, Enum, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{import_reject, import_run};
use macros::{paged, permissions, plain};
use uuid::Uuid;

use super::{Difference, FeedReport, Integration};
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::load;
use crate::graphql::difference_lists::{DifferenceFilter, Differences};
use crate::graphql::feed_loaders::FeedReportOf;
use crate::graphql::filter::checked;
use crate::graphql::in_place::{Plain, Way};
use crate::graphql::nodes::Nodes;
use crate::graphql::run_lists::{ImportRejectFilter, ImportRejects};
use crate::graphql::sort::{DifferenceSort, ImportRejectSort};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct ImportRun(pub(in crate::graphql) import_run::Model);

/// What a run imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::import_run::ImportKind")]
pub(in crate::graphql) enum ImportKind {
    /// Customers and sales.
    Shop,
    /// Products of the Google Shopping feed, which become rewards.
    Catalogue,
    /// Sales of a file; see `importSales`.
    SalesFile,
    /// Coupon codes of a file; see `addCodes`.
    CodesFile,
    /// What the shop says of the coupons that redemptions made; it shows in `Coupon.inShop`. Nothing else changes.
    Coupons,
    /// What differs between the shop and the books; see `reconcile`.
    Reconciliation,
}

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::import_run::ImportTrigger")]
pub(in crate::graphql) enum ImportTrigger {
    /// The schedule.
    Schedule,
    /// Somebody, through the API.
    Manual,
    /// Switching the integration on.
    Activation,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::import_run::ImportState")]
pub(in crate::graphql) enum ImportState {
    /// Waiting for a worker.
    Queued,
    /// At work; also while it waits to go on after an error that may pass.
    Running,
    /// Done.
    Succeeded,
    /// Ended by an error that will not mend itself.
    Failed,
    /// Ended by somebody.
    Cancelled,
}

/// What a run is reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::import_run::ImportPhase")]
pub(in crate::graphql) enum ImportPhase {
    /// Customers.
    Customers,
    /// Sales.
    Orders,
    /// The feed.
    Feed,
    /// A file of sales or of codes.
    File,
    /// Sales that the shop's list did not have, one by one.
    MissingOrders,
    /// Coupons.
    Coupons,
    /// Coupons that the shop's list did not have, one by one.
    MissingCoupons,
}

/// A record that a run kept aside.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ImportReject {
    /// Opaque and global.
    id: ID,
    /// What kind of record: `customer`, `order`, `product`, `code`.
    resource: String,
    /// The line of the file that it begins on, from 1; none for what no file told.
    line: Option<i64>,
    /// Its id on the platform, where it could be read; in a file of sales, its `externalId`; of a code its last characters.
    external_id: Option<String>,
    /// The field at fault, as the platform names it; in a file the column, as its header calls it. Of several, the first.
    field: Option<String>,
    /// What is wrong and how to mend it.
    message: String,
    /// The record, personal data masked. Of a code its `reason`: `MALFORMED`, `ENDED`, `DUPLICATE_IN_FILE`, `ALREADY_KNOWN`,
    /// `ALREADY_USED` or `WITHDRAWN`.
    record: Json<serde_json::Value>,
}

impl Plain for ImportReject {
    fn way(_: &str) -> Way<Self> {
        Way::AtHand
    }
}

impl From<import_reject::Model> for ImportReject {
    fn from(row: import_reject::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            resource: row.resource,
            line: row.line,
            external_id: row.external_id,
            field: row.field,
            message: row.message,
            record: Json(row.record),
        }
    }
}

/// One walk over a shop's data, or a file's, with its progress.
#[plain]
#[permissions("integrations:read")]
#[paged]
#[Object]
impl ImportRun {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The integration.
    async fn integration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Integration>> {
        Ok(load(ctx, self.0.integration_id).await?.map(Integration))
    }

    /// What is imported.
    async fn kind(&self) -> ImportKind {
        self.0.kind.into()
    }

    /// What started it.
    async fn trigger(&self) -> ImportTrigger {
        self.0.trigger.into()
    }

    /// Where it stands.
    async fn state(&self) -> ImportState {
        self.0.state.into()
    }

    /// What it is reading now, or read last.
    async fn phase(&self) -> ImportPhase {
        self.0.phase.into()
    }

    /// How many records there are, over the phases begun so far; none until the platform says so.
    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    /// Records looked at so far.
    async fn done(&self) -> i64 {
        self.0.done
    }

    /// Records that were new.
    async fn created(&self) -> i64 {
        self.0.created
    }

    /// Records that had changed.
    async fn updated(&self) -> i64 {
        self.0.updated
    }

    /// Records that were known already.
    async fn unchanged(&self) -> i64 {
        self.0.unchanged
    }

    /// Records that the shop no longer has. A feed tells; of customers and sales nothing is ever taken to be gone.
    async fn gone(&self) -> i64 {
        self.0.gone
    }

    /// Records kept aside. Of a feed's items that cannot be used the first thousand are; the others are only counted.
    async fn rejected(&self) -> i64 {
        self.0.rejected
    }

    /// The records kept aside, with their reasons.
    async fn rejects(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which records.")] filter: Option<ImportRejectFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: ImportRejectSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, ImportReject>>> {
        let wanted = ImportRejects(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, ImportReject::from).await.map(Some)
    }

    /// What was found in the Google Shopping feed; none before the feed was read, and in imports of anything else.
    async fn feed_report(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<FeedReport>> {
        Ok(load(ctx, FeedReportOf(self.0.id)).await?.map(FeedReport::from))
    }

    /// What it found to differ, in a reconciliation.
    async fn differences(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which differences.")] filter: Option<DifferenceFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: DifferenceSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, Difference>>> {
        let wanted = Differences(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Difference).await.map(Some)
    }

    /// Somebody asked for it to be cancelled.
    async fn cancel_requested(&self) -> bool {
        self.0.cancel_requested_at.is_some()
    }

    /// Why it failed, for programs.
    async fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// Why it failed, in words, and what to do.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When a worker first took it.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}
