use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::store_job;
use macros::{permissions, plain};

use super::{Node, resolve};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Job(pub(in crate::graphql) store_job::Model);

/// What a job does. New kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::store_job::JobKind")]
pub(in crate::graphql) enum JobKind {
    /// Walks over a shop's data or its feed; the object is the import run.
    RunImport,
    /// Writes an export's file; the object is the export run.
    RunExport,
    /// Makes a redemption's coupon in the shop; the object is the redemption.
    IssueCoupon,
    /// Ends a cancelled redemption's coupon in the shop; the object is the redemption.
    CancelCoupon,
    /// Sends an e-mail; the object is what caused it: a sale, a redemption or an invitation.
    SendEmail,
    /// Tells a webhook of an event, once: another attempt is another job, and what came of it stands in the delivery,
    /// which is the object.
    DeliverWebhook,
    /// Reads an order that a platform's webhook told of; the object is that hint, which is nothing of the API's.
    ReadOrder,
    /// Renews what an integration's consent gives, before it ends; the object is the integration.
    RenewConsent,
    /// Gives the birthday bonuses that are due; the object is the store.
    GiveBirthdayBonuses,
    /// Mends a difference between a shop and the books; the object is the difference.
    RepairDifference,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::store_job::JobState")]
pub(in crate::graphql) enum JobState {
    /// To be done, or to be tried again, when `runAt` has come.
    Waiting,
    /// A worker has it; also while it is not known yet that its worker is gone, until another takes it.
    Running,
    /// Done. What came of it stands in its object.
    Done,
    /// Given up: by itself it is not tried again. What it was about was put in order: a redemption got its points
    /// back, an import run its reason.
    Failed,
}

impl Job {
    /// How often it was tried, an attempt under way included.
    pub(in crate::graphql) fn tried(&self) -> i32 {
        match self.0.state {
            store_job::JobState::Waiting => self.0.attempt - 1,
            _ => self.0.attempt,
        }
    }
}

/// Something that is done after the request that asked for it, and tried again when it fails. It is seen for 30 days.
#[plain]
#[permissions("integrations:read")]
#[Object]
impl Job {
    /// Opaque and global; also in the log of the program.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What is done.
    async fn kind(&self) -> JobKind {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn state(&self) -> JobState {
        self.0.state.into()
    }

    /// How often it was tried, an attempt under way included.
    async fn attempts(&self) -> i32 {
        self.tried()
    }

    /// Why the last attempt that failed did, without personal data; none: none failed.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When it is done, at the earliest, or could be done first for the last attempt.
    async fn run_at(&self) -> DateTime<Utc> {
        self.0.run_at
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was done or given up.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// The id of what it is done for.
    async fn object_id(&self) -> ID {
        self.0.object_id.clone().into()
    }

    /// What it is done for; none where that is no node, is gone, or needs a permission that the caller has not.
    async fn object(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Node>> {
        resolve(ctx, &self.0.object_id).await
    }
}
