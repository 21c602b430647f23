//! Posting what orders are worth: the bridge from the rules to the ledger.

use chrono::TimeDelta;
use entity::{CustomerId, Points, integration, order, programme_version};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter};
use serde_json::json;

use super::judge::{Lines, judge, lines_of};
use super::link::Links;
use super::source::Source;
use crate::app::App;
use crate::domain::earning::{EarningRules, Rule, Worth};
use crate::domain::expiry;
use crate::service::email::{self, PointsEarned};
use crate::service::points::{Cause, OrderPosting, Unwritten, post_orders};

/// How long an order whose detail cannot be had waits for it, before its list row has to do.
pub const DETAIL_PATIENCE: TimeDelta = TimeDelta::days(1);

/// Works out, for each order with a known customer, the difference between its worth and what was
/// posted, notes the result in the rows, and causes the e-mails. The caller saves the rows and then
/// writes the postings, which refer to them. `lines` are those that are newer than the stored ones.
pub(super) async fn award(
    db: &impl ConnectionTrait,
    app: &App,
    source: &Source,
    cause: &Cause,
    (orders, linked): (&mut [order::Model], &Links),
    mut lines: Lines,
) -> Result<Unwritten, DbErr> {
    let stored = orders
        .iter()
        .filter(|order| !lines.contains_key(&order.id))
        .filter(|order| version_of(source, order).is_some_and(|(_, rules)| rules.count_lines()));
    lines.extend(lines_of(db, stored.map(|order| order.id).collect()).await?);
    let mut differences = Vec::new();
    for (place, order) in orders.iter().enumerate() {
        let Some((version, rules)) = version_of(source, order) else {
            continue;
        };
        let value = judge(order, lines.remove(&order.id).unwrap_or_default(), rules, cause.at);
        for (turn, customer, difference) in due(order, linked, value.points) {
            let posting = posting(
                source,
                cause,
                (order, linked),
                (version, &value),
                (customer, difference),
            );
            differences.push((turn, place, posting));
        }
    }
    differences.sort_by_key(|(turn, ..)| *turn);
    let (places, postings): (Vec<usize>, Vec<_>) = differences
        .into_iter()
        .map(|(_, place, posting)| (place, posting))
        .unzip();
    let unwritten = post_orders(db, app, source.store.id, cause, &postings).await?;
    let mut earned = Vec::new();
    for ((place, posting), count) in places.into_iter().zip(postings).zip(&unwritten.counts) {
        let Some(order) = orders.get_mut(place) else { continue };
        if order.points == Points::ZERO && posting.difference.is_positive() && !linked.told.contains(&order.id) {
            earned.push(PointsEarned {
                integration: order.integration_id,
                order: order.id,
                customer: posting.customer,
                number: order.number.clone(),
                points: posting.difference,
                placed_at: order.placed_at,
            });
        }
        order.points += posting.difference;
        order.postings = *count;
    }
    tell(db, app, source, earned).await?;
    Ok(unwritten)
}

/// When a posting has its turn. Points that change hands within a sale come in before they go out, so that
/// whoever has spent them owes nothing in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Taken from somebody who turned out not to be the customer, who gets them next.
    Moves,
    /// Anything.
    Any,
    /// Taken from a sale that counts as another one.
    HandsOver,
}

/// What is to be posted for an order: mostly nothing or one difference, and two where its points go from one
/// customer to another.
fn due(order: &order::Model, links: &Links, worth: Points) -> Vec<(Turn, CustomerId, Points)> {
    let takes = |turn, difference: Points| {
        let hands_over = difference < Points::ZERO && links.akin.contains_key(&order.id);
        if hands_over { Turn::HandsOver } else { turn }
    };
    let posted = order.points;
    match (links.holders.get(&order.id), order.customer_id) {
        (Some(holder), Some(customer)) => {
            let both = [(Turn::Moves, *holder, -posted), (Turn::Any, customer, worth)];
            both.into_iter()
                .filter(|(.., points)| *points != Points::ZERO)
                .collect()
        }
        (Some(holder), None) => vec![(takes(Turn::Any, -posted), *holder, -posted)],
        (None, Some(customer)) if worth != posted => {
            vec![(takes(Turn::Any, worth - posted), customer, worth - posted)]
        }
        (None, _) => Vec::new(),
    }
}

fn posting<'a>(
    source: &Source,
    cause: &Cause,
    (order, links): (&order::Model, &Links),
    (version, value): (&'a programme_version::Model, &Worth),
    (customer, difference): (CustomerId, Points),
) -> OrderPosting<'a> {
    let available_at = expiry::available_at(order.placed_at, version.hold_days);
    let is_second = difference.is_positive() && links.holders.contains_key(&order.id);
    OrderPosting {
        order: order.id,
        akin: links.akin.get(&order.id).cloned().unwrap_or_default(),
        customer,
        difference,
        version,
        inputs: inputs(order, value),
        postings: order.postings + i32::from(is_second),
        occurred_at: order.changed_at.unwrap_or(order.placed_at).min(cause.at),
        available_at,
        expires_at: expiry::expires_at(available_at, version.expiry_months, source.zone),
    }
}

/// Causes the e-mails, those of orders of other sources by their own integrations.
async fn tell(db: &impl ConnectionTrait, app: &App, source: &Source, earned: Vec<PointsEarned>) -> Result<(), DbErr> {
    let mut integrations = vec![source.integration.clone()];
    let others = earned.iter().map(|earned| earned.integration);
    let others: Vec<_> = others.filter(|id| *id != source.integration.id).collect();
    if !others.is_empty() {
        let own = integration::Entity::in_store(source.store.id).filter(integration::Column::Id.is_in(others));
        integrations.extend(own.all(db).await?);
    }
    email::points_earned(db, app, &integrations, earned).await
}

/// The rules that judge an order. One that was never awarding has none: it is worth nothing under any.
fn version_of<'a>(
    source: &'a Source,
    order: &order::Model,
) -> Option<(&'a programme_version::Model, &'a EarningRules)> {
    let id = order.programme_version_id?;
    let version = source.versions.iter().find(|version| version.id == id)?;
    Some((version, source.rules.get(&id)?))
}

fn inputs(order: &order::Model, value: &Worth) -> serde_json::Value {
    let applied = value.steps.iter().filter_map(|step| match &step.rule {
        Rule::ProductRate { milli, money, skus } if !skus.is_empty() => {
            Some(json!({ "points_per_real_milli": milli, "cents": money.0, "skus": skus }))
        }
        Rule::CategoryRate {
            milli,
            money,
            category: Some(category),
            skus,
        } => Some(json!({
            "points_per_real_milli": milli, "cents": money.0, "category": category, "skus": skus,
        })),
        Rule::Multiplier {
            period: Some(period), ..
        } => Some(json!({ "factor_milli": period.factor_milli })),
        _ => None,
    });
    let mut inputs = json!({
        "status": order.status_code,
        "products_cents": order.products_cents.0,
        "discount_cents": order.discount_cents.0,
        "refunded_cents": order.refunded_cents.0,
        "credit_cents": order.credit_cents.0,
        "base_cents": value.base.0,
        "worth": value.points.0,
        "applied": applied.collect::<Vec<_>>(),
    });
    if let Some(counted) = order.counted_as_id {
        inputs["counted_as"] = json!(counted.to_string());
    }
    inputs
}
