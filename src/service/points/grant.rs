use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{CustomerId, Instant, OrderId, Points, ProgrammeVersionId, StoreId, point_lot};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::Cause;
use super::batch::Batch;
use crate::app::App;

/// Points that come in together: they make a lot of their own.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose points.
    pub customer: CustomerId,
    /// How many; positive.
    pub points: Points,
    /// What the statement calls it.
    pub kind: EntryKind,
    /// What caused it.
    pub source: (SourceKind, Uuid),
    /// How many entries the source caused before.
    pub postings: i32,
    /// The rules that say so.
    pub version: Option<ProgrammeVersionId>,
    /// The values that they were applied to.
    pub inputs: serde_json::Value,
    /// In words, where a person gave a reason.
    pub reason: Option<String>,
    /// When it became true.
    pub occurred_at: Instant,
    /// When the points are spendable.
    pub available_at: Instant,
    /// When they run out.
    pub expires_at: Option<Instant>,
}

/// Gives points; debt is paid from them first. The customers' rows are held from here on.
pub async fn grant(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    cause: &Cause,
    grants: Vec<Grant>,
) -> Result<(), DbErr> {
    let mut customers: Vec<_> = grants.iter().map(|grant| grant.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let mut batch = Batch::load(db, store, customers, Vec::new()).await?;
    for grant in grants {
        give(&mut batch, app, store, cause, grant, Points::ZERO);
    }
    batch.write(db).await
}

/// Adds a grant to a batch that holds its customer. Returns how many entries the source has caused now.
///
/// What is `kept` (at most the grant's points) was given before and never came back when it was taken:
/// it is not given again.
pub(super) fn give(batch: &mut Batch, app: &App, store: StoreId, cause: &Cause, mut grant: Grant, kept: Points) -> i32 {
    let (source_kind, source_id) = grant.source;
    let coming = grant.points - kept;
    if kept.is_positive() {
        grant.inputs["kept"] = json!(kept.0);
    }
    let entry = ledger_entry::Model {
        id: app.id(),
        store_id: store,
        customer_id: grant.customer,
        kind: grant.kind,
        points: grant.points,
        balance_delta: coming,
        reserved_delta: Points::ZERO,
        debt_delta: Points::ZERO,
        source_kind,
        source_id,
        sequence: grant.postings + 1,
        programme_version_id: grant.version,
        inputs: grant.inputs,
        actor: cause.actor.clone(),
        reason: grant.reason,
        request_id: cause.request_id.clone(),
        occurred_at: grant.occurred_at,
        recorded_at: cause.at,
    };
    let lot = point_lot::Model {
        id: app.id(),
        store_id: store,
        customer_id: grant.customer,
        entry_id: entry.id,
        order_id: (source_kind == SourceKind::Order).then_some(OrderId(source_id)),
        continues_lot_id: None,
        points: coming,
        remaining: coming,
        available_at: grant.available_at,
        expires_at: grant.expires_at,
    };
    let debt = batch
        .customer(grant.customer)
        .map_or(Points::ZERO, |customer| customer.points_debt);
    let paid = debt.min(coming);
    let payment = paid.is_positive().then(|| ledger_entry::Model {
        id: app.id(),
        kind: EntryKind::DebtPayment,
        points: -paid,
        balance_delta: -paid,
        debt_delta: -paid,
        sequence: entry.sequence + 1,
        reason: None,
        ..entry.clone()
    });
    let (customer, lot_id, mut count) = (grant.customer, lot.id, entry.sequence);
    batch.entry(entry);
    if coming.is_positive() {
        batch.lot(lot);
    }
    if let Some(payment) = payment {
        let id = payment.id;
        count = payment.sequence;
        batch.entry(payment);
        batch.allocate(customer, id, &[(lot_id, paid)]);
    }
    count
}
