use std::collections::{BTreeMap, HashMap};

use entity::{Cents, CustomerId, Instant, IntegrationId, OrderId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::{Lines, award, merge, write};
use crate::app::App;
use crate::db::begin;
use crate::domain::earning::LineFacts;
use crate::platform::{OrderLine, PageToken, PlatformOrder, Reject};
use crate::service::customer::{Person, identify};
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::redemption;

/// An order of a page, with the fingerprint of its list row.
#[derive(Debug, Clone)]
pub struct ImportedOrder {
    /// The order.
    pub order: PlatformOrder,
    /// Its list row's fingerprint.
    pub fingerprint: String,
}

/// A page of orders, details fetched.
#[derive(Debug, Clone, Default)]
pub struct OrderPage {
    /// The orders that are new or changed.
    pub orders: Vec<ImportedOrder>,
    /// How many rows of the page were known already.
    pub unchanged: i64,
    /// The rows that could not be used.
    pub rejects: Vec<Reject>,
    /// The latest change on the page, by the platform's clock, where its list tells changes.
    pub newest_change: Option<Instant>,
    /// Where the walk goes on.
    pub next: Option<PageToken>,
    /// How many orders the walk has.
    pub total: Option<u64>,
}

/// The fingerprints of orders that are known, of these external ids.
pub async fn known_fingerprints(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    external_ids: Vec<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let rows: Vec<(String, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::ExternalId, order::Column::Fingerprint])
        .filter(
            order::Column::IntegrationId
                .eq(integration)
                .and(order::Column::ExternalId.is_in(external_ids)),
        )
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Writes a page of orders: buyers are recognised, orders saved, what they are worth is posted,
/// coupons that they used are noticed, e-mails caused, progress recorded — all in one transaction
/// with a number of statements that does not grow with the page.
pub async fn import(app: &App, context: &ImportContext, lease: &Lease, page: OrderPage) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    let context = &context.with_versions_of_now(&txn).await?;
    let snapshots = page.orders.as_slice();
    let customers = recognise(&txn, app, context, snapshots).await?;
    let known = load(&txn, context.integration.id, snapshots).await?;

    let Folded { mut orders, lines } = fold(app, context, snapshots, customers, &known);
    let updated = orders
        .iter()
        .filter(|order| known.contains_key(&order.external_id))
        .count();
    let counts = Counts {
        created: i64::try_from(orders.len() - updated).unwrap_or(i64::MAX),
        updated: i64::try_from(updated).unwrap_or(i64::MAX),
        unchanged: page.unchanged,
    };
    let facts: Lines = if context.count_lines() {
        lines.iter().map(|(order, lines)| (*order, line_facts(lines))).collect()
    } else {
        Lines::new()
    };
    let lag_seconds = lag(app.clock.now(), &known, &orders);

    let postings = award::award(&txn, app, context, &mut orders, facts).await?;
    let used = redemption::used_coupons(&orders);
    write::save(&txn, orders).await?;
    postings.write(&txn).await?;
    redemption::notice_used(&txn, context.store.id, used).await?;
    write::replace_lines(&txn, known.values().map(|order| order.id), lines).await?;
    let progress = PageProgress {
        next: page.next,
        total: page.total,
        rejects: page.rejects,
        resource: "order",
        newest_change: page.newest_change,
        lag_seconds,
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

fn line_facts(lines: &[OrderLine]) -> Vec<LineFacts> {
    let fact = |line: &OrderLine| LineFacts {
        sku: line.sku.clone(),
        total: Cents(line.total),
    };
    lines.iter().map(fact).collect()
}

/// A page's orders, each once, and the lines that are new.
struct Folded<'a> {
    orders: Vec<order::Model>,
    lines: BTreeMap<OrderId, &'a [OrderLine]>,
}

/// Merges snapshots into what is known, one after the other: a page whose rows move may tell of an order
/// twice, and that is as good as two pages.
fn fold<'a>(
    app: &App,
    context: &ImportContext,
    snapshots: &'a [ImportedOrder],
    customers: Vec<Option<CustomerId>>,
    known: &HashMap<String, order::Model>,
) -> Folded<'a> {
    let mut folded = Folded {
        orders: Vec::with_capacity(snapshots.len()),
        lines: BTreeMap::new(),
    };
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (snapshot, customer) in snapshots.iter().zip(customers) {
        let id = snapshot.order.external_id.as_str();
        let place = *places.entry(id).or_insert(folded.orders.len());
        let before = folded.orders.get(place).or_else(|| known.get(id));
        let order = merge::merge(app, context, before, &snapshot.order, &snapshot.fingerprint, customer);
        let has_newer = before.is_some_and(|before| before.complete && merge::is_outdated(before, &snapshot.order));
        if !snapshot.order.lines.is_empty() && !has_newer {
            folded.lines.insert(order.id, snapshot.order.lines.as_slice());
        }
        match folded.orders.get_mut(place) {
            Some(earlier) => *earlier = order,
            None => folded.orders.push(order),
        }
    }
    folded
}

async fn recognise(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    snapshots: &[ImportedOrder],
) -> Result<Vec<Option<CustomerId>>, DbErr> {
    let judged: Vec<Option<Person>> = snapshots
        .iter()
        .map(|snapshot| Person::from_buyer(&snapshot.order.buyer))
        .collect();
    let people: Vec<Person> = judged.iter().flatten().cloned().collect();
    let mut found = identify(db, app, (context.store.id, context.integration.id), &people)
        .await?
        .into_iter();
    Ok(judged
        .iter()
        .map(|person| person.as_ref().and_then(|_| found.next()).map(|one| one.customer))
        .collect())
}

async fn load(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    snapshots: &[ImportedOrder],
) -> Result<HashMap<String, order::Model>, DbErr> {
    if snapshots.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = snapshots.iter().map(|snapshot| snapshot.order.external_id.as_str());
    let own = order::Column::IntegrationId
        .eq(integration)
        .and(order::Column::ExternalId.is_in(ids));
    let rows = order::Entity::find().filter(own).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// How long the newest of the orders seen for the first time had been in the shop.
fn lag(now: Instant, known: &HashMap<String, order::Model>, orders: &[order::Model]) -> Option<i64> {
    orders
        .iter()
        .filter(|order| !known.contains_key(&order.external_id))
        .map(|order| std::cmp::max((now - order.placed_at).num_seconds(), 0))
        .min()
}
