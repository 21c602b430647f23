//! What work exists, and how it is asked for.
//!
//! A job's arguments are ids, never data. [`enqueue`] writes the job's row through the caller's
//! transaction, so a job and the change that made it necessary commit together. A job that names its store
//! is seen there ([ADR 28](../../docs/adr/0028-jobs-are-seen.md)). How the work is done is `worker`'s; nothing here
//! knows it.

mod enqueue;

use std::fmt::Debug;

use entity::store_job::JobKind;
use entity::{
    DifferenceId, EmailId, ExportRunId, ImportRunId, IntegrationId, JobId, ReceivedHookId, RedemptionId, StoreId,
    WebhookDeliveryId,
};
use sea_orm::{DatabaseConnection, DbBackend};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use enqueue::{Enqueue, Whose, enqueue, enqueue_all};

/// A kind of work: its arguments and the queue it waits in.
///
/// Arguments are stored: an old row must stay readable by a new program, so fields are only added,
/// with a default.
pub trait Job: Serialize + DeserializeOwned + Debug + Clone + Send + Sync + Unpin + 'static {
    /// The queue's name. Renaming it strands the rows that wait in it.
    const QUEUE: &'static str;

    /// What people see that it is.
    const KIND: JobKind;
}

/// Walks over a shop's data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunImport {
    /// The run.
    pub run: ImportRunId,
}

impl Job for RunImport {
    const QUEUE: &'static str = "run_import";
    const KIND: JobKind = JobKind::RunImport;
}

/// Writes an export's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunExport {
    /// The run.
    pub run: ExportRunId,
}

impl Job for RunExport {
    const QUEUE: &'static str = "run_export";
    const KIND: JobKind = JobKind::RunExport;
}

/// Makes a redemption's coupon exist in the shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueCoupon {
    /// The redemption.
    pub redemption: RedemptionId,
}

impl Job for IssueCoupon {
    const QUEUE: &'static str = "issue_coupon";
    const KIND: JobKind = JobKind::IssueCoupon;
}

/// Makes a cancelled redemption's coupon unusable, then gives its points back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelCoupon {
    /// The redemption.
    pub redemption: RedemptionId,
}

impl Job for CancelCoupon {
    const QUEUE: &'static str = "cancel_coupon";
    const KIND: JobKind = JobKind::CancelCoupon;
}

/// Sends an e-mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendEmail {
    /// The e-mail.
    pub email: EmailId,
}

impl Job for SendEmail {
    const QUEUE: &'static str = "send_email";
    const KIND: JobKind = JobKind::SendEmail;
}

/// Tells a webhook of an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverWebhook {
    /// The delivery.
    pub delivery: WebhookDeliveryId,
}

impl Job for DeliverWebhook {
    const QUEUE: &'static str = "deliver_webhook";
    const KIND: JobKind = JobKind::DeliverWebhook;
}

/// Reads an order that a platform's webhook told of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadOrder {
    /// What the webhook hinted at.
    pub hook: ReceivedHookId,
}

impl Job for ReadOrder {
    const QUEUE: &'static str = "read_order";
    const KIND: JobKind = JobKind::ReadOrder;
}

/// Renews the tokens that an integration's consent gives, before they end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenewConsent {
    /// The integration.
    pub integration: IntegrationId,
}

impl Job for RenewConsent {
    const QUEUE: &'static str = "renew_consent";
    const KIND: JobKind = JobKind::RenewConsent;
}

/// Carries out the repair of a difference between a shop and the books.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepairDifference {
    /// The difference.
    pub difference: DifferenceId,
}

impl Job for RepairDifference {
    const QUEUE: &'static str = "repair_difference";
    const KIND: JobKind = JobKind::RepairDifference;
}

/// Gives a store's birthday bonuses that are due.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GiveBirthdayBonuses {
    /// The store.
    pub store: StoreId,
}

impl Job for GiveBirthdayBonuses {
    const QUEUE: &'static str = "give_birthday_bonuses";
    const KIND: JobKind = JobKind::GiveBirthdayBonuses;
}

/// A job's row: its arguments and the how-manieth attempt it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope<J> {
    /// The arguments.
    pub args: J,
    /// 1 for the first attempt.
    #[serde(default = "first")]
    pub attempt: u32,
    /// The job that people see, of which this is an attempt; none where it is no store's.
    #[serde(default)]
    pub seen_as: Option<JobId>,
}

fn first() -> u32 {
    1
}

/// Makes or updates the job tables.
///
/// On SQLite only the crate's migrations run: its `setup` would also switch off `synchronous`,
/// which is wrong for a ledger.
pub async fn install(db: &DatabaseConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            apalis_postgres::PostgresStorage::setup(db.get_postgres_connection_pool()).await?;
        }
        _ => {
            apalis_sqlite::SqliteStorage::migrations()
                .run(db.get_sqlite_connection_pool())
                .await?;
        }
    }
    Ok(())
}
