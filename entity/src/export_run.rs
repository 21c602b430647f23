//! Export runs.

use sea_orm::entity::prelude::*;

use crate::{ExportRunId, Instant, StoreId};

/// What a run exports.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum ExportList {
    /// Sales.
    #[sea_orm(string_value = "orders")]
    Orders,
    /// Customers.
    #[sea_orm(string_value = "customers")]
    Customers,
    /// Rewards.
    #[sea_orm(string_value = "rewards")]
    Rewards,
    /// Redemptions.
    #[sea_orm(string_value = "redemptions")]
    Redemptions,
    /// Coupons.
    #[sea_orm(string_value = "coupons")]
    Coupons,
    /// Entries of the ledger.
    #[sea_orm(string_value = "ledger_entries")]
    LedgerEntries,
    /// Lots of points.
    #[sea_orm(string_value = "point_lots")]
    PointLots,
    /// Records that an import kept aside.
    #[sea_orm(string_value = "import_rejects")]
    ImportRejects,
    /// Integrations.
    #[sea_orm(string_value = "integrations")]
    Integrations,
    /// An integration's import runs.
    #[sea_orm(string_value = "import_runs")]
    ImportRuns,
    /// Webhooks.
    #[sea_orm(string_value = "webhooks")]
    Webhooks,
    /// A webhook's deliveries.
    #[sea_orm(string_value = "webhook_deliveries")]
    WebhookDeliveries,
    /// Jobs.
    #[sea_orm(string_value = "jobs")]
    Jobs,
    /// Members.
    #[sea_orm(string_value = "members")]
    Members,
    /// Invitations.
    #[sea_orm(string_value = "invitations")]
    Invitations,
    /// API tokens.
    #[sea_orm(string_value = "api_tokens")]
    ApiTokens,
    /// The audit log.
    #[sea_orm(string_value = "audit_log")]
    AuditLog,
}

/// What the file looks like.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ExportFormat {
    /// An object of JSON on each line.
    #[sea_orm(string_value = "json_lines")]
    JsonLines,
    /// A table, with the names of its columns in the first line.
    #[sea_orm(string_value = "csv")]
    Csv,
}

/// Where a run stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ExportState {
    /// Waiting for a worker.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// Being written.
    #[sea_orm(string_value = "running")]
    Running,
    /// The file is there, until it expires.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Given up.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Ended by somebody.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// A list that is written to a file, with its progress.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_runs")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExportRunId,
    /// The store.
    pub store_id: StoreId,
    /// What is exported.
    pub list: ExportList,
    /// The global id of what the list belongs to, where that is not the store.
    pub of_id: Option<String>,
    /// What the file looks like.
    pub format: ExportFormat,
    /// Which rows, as the API was asked.
    pub filter: Json,
    /// In which order, by the API's name of it.
    pub sort: String,
    /// Which columns, in their order, by the names that the file has for them.
    pub columns: Json,
    /// Where it stands.
    pub state: ExportState,
    /// Rows written.
    pub done: i64,
    /// Rows there are; none before it was counted.
    pub total: Option<i64>,
    /// Size of the file, unpacked.
    pub bytes: i64,
    /// Size of all its parts, packed.
    pub packed_bytes: i64,
    /// CRC-32 of the file so far, unpacked.
    pub checksum: i64,
    /// Parts of the file.
    pub parts: i32,
    /// Who asked for it.
    pub actor: String,
    /// The worker that writes it renews this; past it, another begins anew.
    pub lease_until: Option<Instant>,
    /// Which worker that is.
    pub lease_holder: Option<String>,
    /// When somebody asked to cancel it.
    pub cancel_requested_at: Option<Instant>,
    /// Why it failed, in words.
    pub error_message: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// From when on the file is gone.
    pub expires_at: Option<Instant>,
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

impl ExportState {
    /// Whether nothing more will happen to the run.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}
