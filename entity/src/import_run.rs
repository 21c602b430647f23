//! Import runs.

use sea_orm::entity::prelude::*;

use crate::{ImportRunId, Instant, IntegrationId, StoreId, UploadId};

/// What a run imports.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ImportKind {
    /// Customers and sales.
    #[sea_orm(string_value = "shop")]
    Shop,
    /// Products of the Google Shopping feed.
    #[sea_orm(string_value = "catalogue")]
    Catalogue,
    /// Sales of a file.
    #[sea_orm(string_value = "sales_file")]
    SalesFile,
    /// Coupon codes of a file, for a pool.
    #[sea_orm(string_value = "codes_file")]
    CodesFile,
    /// What the shop says of the coupons that redemptions made.
    #[sea_orm(string_value = "coupons")]
    Coupons,
    /// What differs between the shop and the books.
    #[sea_orm(string_value = "reconciliation")]
    Reconciliation,
}

/// What started a run.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ImportTrigger {
    /// The schedule.
    #[sea_orm(string_value = "schedule")]
    Schedule,
    /// Somebody, through the API.
    #[sea_orm(string_value = "manual")]
    Manual,
    /// Switching the integration on.
    #[sea_orm(string_value = "activation")]
    Activation,
}

/// Where a run stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ImportState {
    /// Waiting for a worker.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// At work.
    #[sea_orm(string_value = "running")]
    Running,
    /// Done.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Ended by an error that will not mend itself.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Ended by somebody.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// What a run is reading.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ImportPhase {
    /// Customers.
    #[sea_orm(string_value = "customers")]
    Customers,
    /// Sales.
    #[sea_orm(string_value = "orders")]
    Orders,
    /// The feed.
    #[sea_orm(string_value = "feed")]
    Feed,
    /// A file of sales or of codes.
    #[sea_orm(string_value = "file")]
    File,
    /// Sales that the shop's list did not have, one by one.
    #[sea_orm(string_value = "missing_orders")]
    MissingOrders,
    /// Coupons.
    #[sea_orm(string_value = "coupons")]
    Coupons,
    /// Coupons that the shop's list did not have, one by one.
    #[sea_orm(string_value = "missing_coupons")]
    MissingCoupons,
}

/// One walk over a shop's data, or a file's, with its progress; it resumes at the page where it stopped.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_runs")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportRunId,
    /// The store.
    pub store_id: StoreId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// What is imported.
    pub kind: ImportKind,
    /// What started it.
    pub trigger: ImportTrigger,
    /// Where it stands.
    pub state: ImportState,
    /// What it is reading now.
    pub phase: ImportPhase,
    /// The file that it reads, if it reads one.
    pub upload_id: Option<UploadId>,
    /// How far back this phase goes.
    pub since: Option<Instant>,
    /// Whether `since` speaks of creation rather than of change.
    pub by_creation: bool,
    /// Where the phase goes on; none at its start.
    pub page_token: Option<String>,
    /// How many records the platform says there are, over the phases begun.
    pub total: Option<i64>,
    /// Records looked at before the current phase began.
    pub phase_offset: i64,
    /// Records looked at.
    pub done: i64,
    /// Records that were new.
    pub created: i64,
    /// Records that had changed.
    pub updated: i64,
    /// Records that were known already.
    pub unchanged: i64,
    /// Records that the shop no longer has; a feed tells.
    pub gone: i64,
    /// Records kept aside.
    pub rejected: i64,
    /// The latest change seen in this phase, by the platform's clock.
    pub newest_change: Option<Instant>,
    /// How long the newest sale had been in the shop.
    pub lag_seconds: Option<i64>,
    /// The worker that does the run renews this; past it, another may go on.
    pub lease_until: Option<Instant>,
    /// Which worker that is.
    pub lease_holder: Option<String>,
    /// Set when someone asked to cancel it.
    pub cancel_requested_at: Option<Instant>,
    /// Why it failed, as a code.
    pub error_code: Option<String>,
    /// Why it failed, in words, and what to do.
    pub error_message: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}

impl ImportState {
    /// Whether nothing more will happen to the run.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}
