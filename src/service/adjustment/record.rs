use entity::adjustment::{self, AdjustmentKind};
use entity::ledger_entry::{EntryKind, SourceKind};
use entity::{AdjustmentId, CustomerId, Instant, Points, ProgrammeVersionId, StoreId};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, IntoActiveModel};

use crate::domain::settings::Problem;
use crate::service::points::{Cause, Posting};

/// Longest reason.
const REASON: usize = 500;

/// The sequence number of an adjustment's own entry: it has one, and perhaps a debt's payment.
const ONLY: i32 = 1;

/// Who does something by hand, and why.
#[derive(Debug, Clone)]
pub struct By {
    /// `user_…` or `token_…`.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
    /// Why, in words.
    pub reason: String,
}

impl By {
    /// Checks the reason.
    pub(crate) fn check(&self) -> Option<Problem> {
        let length = self.reason.trim().chars().count();
        (!(1..=REASON).contains(&length)).then(|| Problem {
            field: "reason",
            code: "INVALID",
            message: format!("say why, in 1 to {REASON} characters; the customer's statement shows it"),
        })
    }

    pub(crate) fn cause(&self, at: Instant) -> Cause {
        Cause {
            actor: self.actor.clone(),
            request_id: self.request_id.clone(),
            at,
        }
    }

    /// A row without reference to others.
    pub(super) fn row(
        &self,
        id: AdjustmentId,
        (store, customer): (StoreId, CustomerId),
        kind: AdjustmentKind,
        points: Points,
        at: Instant,
    ) -> adjustment::Model {
        adjustment::Model {
            id,
            store_id: store,
            customer_id: customer,
            kind,
            points,
            reason: self.reason.trim().to_owned(),
            actor: self.actor.clone(),
            reverses_id: None,
            lot_id: None,
            created_at: at,
        }
    }
}

/// The posting of a row.
pub(super) fn posting(row: &adjustment::Model, version: Option<ProgrammeVersionId>) -> Posting {
    Posting {
        store: row.store_id,
        customer: row.customer_id,
        kind: EntryKind::Adjust,
        source: (SourceKind::Adjustment, row.id.0),
        sequence: ONLY,
        version,
        reason: Some(row.reason.clone()),
    }
}

pub(super) async fn insert(db: &impl ConnectionTrait, row: adjustment::Model) -> Result<(), DbErr> {
    row.into_active_model().insert(db).await.map(drop)
}
