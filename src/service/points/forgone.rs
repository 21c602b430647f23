//! What a policy without debt let a customer keep while points were away, and lets nobody keep when they
//! come back.
//!
//! A sale is cancelled while a redemption holds its points, or after it has spent them. Under such a policy
//! what nothing covers is forgone and not owed. When the redemption ends without a coupon, its points come
//! back, and they cover it: else whoever redeems, cancels the sale and cancels the redemption keeps points
//! of a sale that never was. The same goes for points that were taken by hand and are given back.

use std::collections::{BTreeMap, HashMap};

use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::programme_version::{self, DebtPolicy};
use entity::{AdjustmentId, CustomerId, EntryId, LotId, OrderId, Points, ProgrammeVersionId, StoreId};
use entity::{adjustment, customer, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Cause;
use super::batch::Batch;
use super::by_hand::Own;
use super::grant::KEPT;
use crate::app::App;
use crate::domain::allocation::Taken;

/// The input of a revocation that tells how much of it a policy let the customer keep; negative where that
/// was taken later.
pub(super) const FORGONE: &str = "forgone";

/// What causes a revocation: a sale, or the reversal of an adjustment.
type Source = (SourceKind, Uuid);

/// Takes what revocations since an entry left to the customer from what comes back of that entry: `back` are
/// the lots that the batch has just given it to. One statement where nothing was forgone.
pub(super) async fn claim(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    batch: &mut Batch,
    (store, customer): (StoreId, CustomerId),
    (away, back): (EntryId, &[(LotId, Points)]),
) -> Result<(), DbErr> {
    let revocations = since(db, store, batch.account(customer), away).await?;
    if revocations.is_empty() {
        return Ok(());
    }
    let books = Books::load(db, &revocations).await?;
    let mut back: Vec<(LotId, Points)> = back.to_vec();
    for (source, revocations) in by_source(revocations) {
        let forgone: Points = revocations.iter().map(|entry| input(entry, FORGONE)).sum();
        let due = forgone.min(books.left(source));
        let Some(last) = revocations.last().filter(|_| due.is_positive()) else {
            continue;
        };
        let only_own = books.policy(last) == DebtPolicy::OnlyUnspent;
        let own = match source {
            (SourceKind::Order, id) => books.lots_of_sale(batch, customer, OrderId(id)),
            (_, id) if only_own => lots_of_reversed(db, AdjustmentId(id)).await?,
            _ => Vec::new(),
        };
        let taken = take(batch, customer, &mut back, &own, (due, only_own));
        let points: Points = taken.iter().map(|(_, points)| *points).sum();
        if !points.is_positive() {
            continue;
        }
        let id: EntryId = app.id();
        batch.entry(ledger_entry::Model {
            id,
            customer_id: customer,
            // What the source is worth does not change: only what was let go is taken after all.
            points: Points::ZERO,
            balance_delta: -points,
            debt_delta: Points::ZERO,
            // Downwards, since whoever judges the sale numbers upwards and need not hold its customer yet.
            sequence: books.lowest(source) - 1,
            inputs: json!({ FORGONE: -points.0, "came_back": away }),
            actor: cause.actor.clone(),
            reason: None,
            request_id: cause.request_id.clone(),
            occurred_at: cause.at,
            recorded_at: cause.at,
            ..last.clone()
        });
        batch.allocate(customer, id, &taken);
    }
    Ok(())
}

/// Revocations after an entry that left something to the customer, or to who was merged into them.
async fn since(
    db: &impl ConnectionTrait,
    store: StoreId,
    account: CustomerId,
    away: EntryId,
) -> Result<Vec<ledger_entry::Model>, DbErr> {
    let same = customer::Column::Id
        .eq(account)
        .or(customer::Column::MergedIntoId.eq(account));
    let people = customer::Entity::in_store(store)
        .select_only()
        .column(customer::Column::Id)
        .filter(same);
    let entries = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::CustomerId.in_subquery(sea_orm::QueryTrait::into_query(people)))
        .filter(ledger_entry::Column::Id.gt(away))
        .filter(ledger_entry::Column::Kind.eq(EntryKind::Revoke))
        .order_by_asc(ledger_entry::Column::Id)
        .all(db)
        .await?;
    let left = |entry: &ledger_entry::Model| input(entry, FORGONE).is_positive();
    Ok(entries.into_iter().filter(left).collect())
}

fn by_source(entries: Vec<ledger_entry::Model>) -> Vec<(Source, Vec<ledger_entry::Model>)> {
    let mut sources: Vec<(Source, Vec<ledger_entry::Model>)> = Vec::new();
    for entry in entries {
        let source = (entry.source_kind, entry.source_id);
        match sources.iter_mut().find(|(known, _)| *known == source) {
            Some((_, entries)) => entries.push(entry),
            None => sources.push((source, vec![entry])),
        }
    }
    sources
}

fn input(entry: &ledger_entry::Model, name: &str) -> Points {
    Points(entry.inputs.get(name).and_then(Value::as_i64).unwrap_or(0))
}

/// Takes from what came back, own lots first, and notes there what is left of it.
fn take(
    batch: &Batch,
    customer: CustomerId,
    back: &mut [(LotId, Points)],
    own: &[LotId],
    (due, only_own): (Points, bool),
) -> Taken {
    back.sort_by_key(|(lot, _)| {
        let expires_at = batch.known_lot(customer, *lot).and_then(|lot| lot.expires_at);
        (!own.contains(lot), expires_at.is_none(), expires_at, *lot)
    });
    let mut missing = due;
    let mut taken = Taken::new();
    for (lot, points) in back.iter_mut().filter(|(lot, _)| !only_own || own.contains(lot)) {
        let remaining = batch
            .known_lot(customer, *lot)
            .map_or(Points::ZERO, |row| row.remaining);
        let part = missing.min(*points).min(remaining);
        if part.is_positive() {
            *points -= part;
            missing -= part;
            taken.push((*lot, part));
        }
    }
    taken
}

/// What the ledger says of the sources of revocations.
struct Books {
    /// Orders that are one sale, by each of them.
    sales: HashMap<OrderId, Vec<OrderId>>,
    /// What policies left to customers, less what was not given again or was taken later, and the lowest
    /// sequence number.
    sources: HashMap<Source, (Points, i32)>,
    policies: HashMap<ProgrammeVersionId, DebtPolicy>,
}

impl Books {
    async fn load(db: &impl ConnectionTrait, revocations: &[ledger_entry::Model]) -> Result<Self, DbErr> {
        let of = |kind| {
            let those = revocations.iter().filter(move |entry| entry.source_kind == kind);
            those.map(|entry| entry.source_id).collect::<Vec<Uuid>>()
        };
        let sales = sales(db, of(SourceKind::Order)).await?;
        let orders = sales.values().flatten().map(|order| order.0);
        let by = |kind, ids: Vec<Uuid>| {
            let of_kind = ledger_entry::Column::SourceKind.eq(kind);
            of_kind.and(ledger_entry::Column::SourceId.is_in(ids))
        };
        let theirs = by(SourceKind::Order, orders.collect()).or(by(SourceKind::Adjustment, of(SourceKind::Adjustment)));
        let mut sources: HashMap<Source, (Points, i32)> = HashMap::new();
        for entry in ledger_entry::Entity::find().filter(theirs).all(db).await? {
            let (left, lowest) = sources.entry((entry.source_kind, entry.source_id)).or_default();
            *left += input(&entry, FORGONE) - input(&entry, KEPT);
            *lowest = Ord::min(entry.sequence, *lowest);
        }
        let versions = revocations.iter().filter_map(|entry| entry.programme_version_id);
        let policies = programme_version::Entity::find()
            .filter(programme_version::Column::Id.is_in(versions))
            .all(db)
            .await?;
        Ok(Self {
            sales,
            sources,
            policies: (policies.into_iter()).map(|row| (row.id, row.debt_policy)).collect(),
        })
    }

    /// What is left to the customer of a source, or of all by which its sale was told: points that change
    /// hands between these are kept by one and not given again by another.
    fn left(&self, source: Source) -> Points {
        let of = |source: Source| self.sources.get(&source).map_or(Points::ZERO, |(left, _)| *left);
        match source {
            (SourceKind::Order, id) => {
                let sale = self.sales.get(&OrderId(id)).into_iter().flatten();
                sale.map(|order| of((SourceKind::Order, order.0))).sum()
            }
            _ => of(source),
        }
    }

    fn lowest(&self, source: Source) -> i32 {
        self.sources.get(&source).map_or(0, |(_, lowest)| *lowest)
    }

    fn policy(&self, entry: &ledger_entry::Model) -> DebtPolicy {
        let version = entry.programme_version_id;
        let policy = version.and_then(|version| self.policies.get(&version));
        policy.copied().unwrap_or(DebtPolicy::AllowDebt)
    }

    /// The lots that came from a sale, by whichever order it was told.
    fn lots_of_sale(&self, batch: &Batch, customer: CustomerId, order: OrderId) -> Vec<LotId> {
        let sale = self.sales.get(&order);
        let is_own = |order: OrderId| sale.is_some_and(|sale| sale.contains(&order));
        let lots = batch.lots(customer).into_iter();
        let own = lots.filter(|lot| lot.order.is_some_and(is_own));
        own.map(|lot| lot.id).collect()
    }
}

/// The lots that hold what an adjustment gave, which another one undid.
async fn lots_of_reversed(db: &impl ConnectionTrait, reversal: AdjustmentId) -> Result<Vec<LotId>, DbErr> {
    let reversal = adjustment::Entity::find_by_id(reversal).one(db).await?;
    let Some(undone) = reversal.and_then(|reversal| reversal.reverses_id) else {
        return Ok(Vec::new());
    };
    let gave = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::SourceKind.eq(SourceKind::Adjustment))
        .filter(ledger_entry::Column::SourceId.eq(undone.0))
        .filter(ledger_entry::Column::BalanceDelta.gt(Points::ZERO))
        .one(db)
        .await?;
    match gave {
        Some(gave) => Ok(Own::load(db, gave.id, &[]).await?.lots),
        None => Ok(Vec::new()),
    }
}

/// All orders that tell of the sales of these, by each of these.
async fn sales(db: &impl ConnectionTrait, orders: Vec<Uuid>) -> Result<HashMap<OrderId, Vec<OrderId>>, DbErr> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(OrderId, Option<OrderId>)> = links()
        .filter(order::Column::Id.is_in(orders))
        .into_tuple()
        .all(db)
        .await?;
    let shops: BTreeMap<OrderId, OrderId> = rows
        .into_iter()
        .map(|(id, counted_as)| (id, counted_as.unwrap_or(id)))
        .collect();
    let told = order::Column::CountedAsId.is_in(shops.values().copied());
    let told: Vec<(OrderId, Option<OrderId>)> = links().filter(told).into_tuple().all(db).await?;
    let sale = |shop: OrderId| {
        let told = told.iter().filter(|(_, counted_as)| *counted_as == Some(shop));
        [shop].into_iter().chain(told.map(|(id, _)| *id)).collect()
    };
    Ok(shops.into_iter().map(|(id, shop)| (id, sale(shop))).collect())
}

fn links() -> sea_orm::Select<order::Entity> {
    order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::CountedAsId])
}
