//! The jobs of stores, as people see them.

use sea_orm::entity::prelude::*;

use crate::{Instant, JobId, StoreId};

/// What is done.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum JobKind {
    /// A shop's data or its feed is walked over.
    #[sea_orm(string_value = "run_import")]
    RunImport,
    /// An export's file is written.
    #[sea_orm(string_value = "run_export")]
    RunExport,
    /// A redemption's coupon is made in the shop.
    #[sea_orm(string_value = "issue_coupon")]
    IssueCoupon,
    /// A cancelled redemption's coupon is ended in the shop.
    #[sea_orm(string_value = "cancel_coupon")]
    CancelCoupon,
    /// An e-mail is sent.
    #[sea_orm(string_value = "send_email")]
    SendEmail,
    /// A webhook is told of an event.
    #[sea_orm(string_value = "deliver_webhook")]
    DeliverWebhook,
    /// An order is read that a platform's webhook told of.
    #[sea_orm(string_value = "read_order")]
    ReadOrder,
    /// A platform's consent is renewed.
    #[sea_orm(string_value = "renew_consent")]
    RenewConsent,
    /// The birthday bonuses that are due are given.
    #[sea_orm(string_value = "give_birthday_bonuses")]
    GiveBirthdayBonuses,
    /// The repair of a difference between a shop and the books is carried out.
    #[sea_orm(string_value = "repair_difference")]
    RepairDifference,
}

/// Where a job stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum JobState {
    /// To be done, or to be tried again.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// A worker has it.
    #[sea_orm(string_value = "running")]
    Running,
    /// Done.
    #[sea_orm(string_value = "done")]
    Done,
    /// Given up.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// A job of a store, however often it is tried. The queue's own rows are the runner's, one for each attempt.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store_jobs")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// The store.
    pub store_id: StoreId,
    /// What is done.
    pub kind: JobKind,
    /// The id of what it is done for.
    pub object_id: String,
    /// Where it stands.
    pub state: JobState,
    /// The how-manieth attempt is next, or under way, or was the last.
    pub attempt: i32,
    /// Not before this instant.
    pub run_at: Instant,
    /// Why the last attempt failed, without personal data.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When anything of it last changed.
    pub updated_at: Instant,
    /// When it was done or given up.
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
