//! Writing snapshots of orders: the way that imported and pushed sales have in common.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::event::EventKind;
use entity::{CustomerId, Instant, IntegrationId, OrderId, Points, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::categories::{self, Catalogue};
use super::link::{as_told, link};
use super::{Lines, Source, award, merge, write};
use crate::app::App;
use crate::platform::{OrderLine, PlatformOrder};
use crate::service::customer::{Person, identify};
use crate::service::event::{self, Origin};
use crate::service::points::Cause;
use crate::service::redemption;

/// An order of a page, with the fingerprint of its list row.
#[derive(Debug, Clone)]
pub struct ImportedOrder {
    /// The order.
    pub order: PlatformOrder,
    /// Its list row's fingerprint.
    pub fingerprint: String,
}

/// What a snapshot did to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is the first.
    Created,
    /// It told something new.
    Updated,
    /// It told nothing new.
    Unchanged,
}

/// What became of a page of snapshots.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// For each snapshot, in their order: which order it is of, and what it did.
    pub(super) told: Vec<(OrderId, Change)>,
    /// The points of each order now.
    pub(super) points: HashMap<OrderId, Points>,
    /// How many orders are new.
    pub(super) created: i64,
    /// How many were known before.
    pub(super) updated: i64,
    /// How long the newest of the new orders had been in the shop.
    pub(super) lag_seconds: Option<i64>,
}

/// Writes snapshots: buyers are recognised, orders saved and linked with what other sources tell of them,
/// what they are worth is posted, coupons that they used are noticed, e-mails caused. The number of
/// statements does not grow with that of the snapshots. The caller holds the store.
pub(super) async fn apply(
    db: &impl ConnectionTrait,
    app: &App,
    source: &Source,
    cause: &Cause,
    snapshots: &[ImportedOrder],
) -> Result<Applied, DbErr> {
    let origin = Origin::of(cause, source.store.id);
    let customers = recognise(db, app, source, &origin, snapshots).await?;
    let known = load(db, source.integration.id, snapshots).await?;
    let catalogue = categories::look_up(db, source, snapshots, &known).await?;
    let Folded {
        mut orders,
        lines,
        told,
    } = fold(app, source, snapshots, customers, (&known, &catalogue));
    let updated = orders.iter().filter(|order| known.contains_key(&order.external_id));
    let updated = updated.count();
    let mut applied = Applied {
        told,
        created: i64::try_from(orders.len() - updated).unwrap_or(i64::MAX),
        updated: i64::try_from(updated).unwrap_or(i64::MAX),
        lag_seconds: lag(cause.at, &known, &orders),
        points: HashMap::new(),
    };
    let facts: Lines = if source.count_lines() {
        let sold = |lines: &[OrderLine]| lines.iter().map(Into::into).collect();
        lines.iter().map(|(order, lines)| (*order, sold(lines))).collect()
    } else {
        Lines::new()
    };
    let used = redemption::used_coupons(&orders);
    let before: HashMap<OrderId, order::Model> = known.into_values().map(|order| (order.id, order)).collect();

    let linked = link(db, source, cause.at, &mut orders, &before).await?;
    let postings = award::award(db, app, source, cause, (&mut orders, &linked), facts).await?;
    applied.points = orders.iter().map(|order| (order.id, order.points)).collect();
    write::save(db, orders).await?;
    postings.write(db).await?;
    redemption::notice_used(db, &origin, used).await?;
    write::replace_lines(db, before.into_keys(), lines).await?;
    event::write(db, &origin, happened(&applied.told)).await?;
    Ok(applied)
}

/// A page's orders, each once, the lines that are new, and what each snapshot did.
struct Folded<'a> {
    orders: Vec<order::Model>,
    lines: BTreeMap<OrderId, &'a [OrderLine]>,
    told: Vec<(OrderId, Change)>,
}

/// Merges snapshots into what is known, one after the other: a page whose rows move may tell of an order
/// twice, and that is as good as two pages.
fn fold<'a>(
    app: &App,
    source: &Source,
    snapshots: &'a [ImportedOrder],
    customers: Vec<Option<CustomerId>>,
    (known, catalogue): (&HashMap<String, order::Model>, &Catalogue),
) -> Folded<'a> {
    let mut folded = Folded {
        orders: Vec::with_capacity(snapshots.len()),
        lines: BTreeMap::new(),
        told: Vec::with_capacity(snapshots.len()),
    };
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (snapshot, customer) in snapshots.iter().zip(customers) {
        let id = snapshot.order.external_id.as_str();
        let place = *places.entry(id).or_insert(folded.orders.len());
        let before = folded.orders.get(place).or_else(|| known.get(id));
        let mut order = merge::merge(app, source, before, &snapshot.order, &snapshot.fingerprint, customer);
        categories::merge(&mut order, &snapshot.order, catalogue);
        let has_newer = before.is_some_and(|before| before.complete && merge::is_outdated(before, &snapshot.order));
        if !snapshot.order.lines.is_empty() && !has_newer {
            folded.lines.insert(order.id, snapshot.order.lines.as_slice());
        }
        folded.told.push((order.id, change(before, &order)));
        match folded.orders.get_mut(place) {
            Some(earlier) => *earlier = order,
            None => folded.orders.push(order),
        }
    }
    folded
}

fn change(before: Option<&order::Model>, after: &order::Model) -> Change {
    let Some(before) = before else { return Change::Created };
    let same = order::Model {
        updated_at: after.updated_at,
        ..as_told(before)
    };
    if same == *after {
        Change::Unchanged
    } else {
        Change::Updated
    }
}

/// What is told of orders: of each once, as what it was first on this page.
fn happened(told: &[(OrderId, Change)]) -> Vec<(EventKind, Uuid)> {
    let mut known = HashSet::new();
    let news = told.iter().filter_map(|(order, change)| match change {
        Change::Created => Some((EventKind::OrderCreated, order.0)),
        Change::Updated => Some((EventKind::OrderUpdated, order.0)),
        Change::Unchanged => None,
    });
    news.filter(|(_, order)| known.insert(*order)).collect()
}

async fn recognise(
    db: &impl ConnectionTrait,
    app: &App,
    source: &Source,
    origin: &Origin,
    snapshots: &[ImportedOrder],
) -> Result<Vec<Option<CustomerId>>, DbErr> {
    let judged: Vec<Option<Person>> = snapshots
        .iter()
        .map(|snapshot| Person::from_buyer(&snapshot.order.buyer))
        .collect();
    let people: Vec<Person> = judged.iter().flatten().cloned().collect();
    let mut found = identify(db, app, (origin, source.integration.id), &people)
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
