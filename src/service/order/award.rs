//! Posting what orders are worth: the bridge from the rules to the ledger.

use chrono::TimeDelta;
use entity::{Points, order, programme_version};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::judge::{Lines, judge, lines_of};
use crate::app::App;
use crate::domain::earning::{EarningRules, Rule, Worth};
use crate::domain::expiry;
use crate::service::email::{self, PointsEarned};
use crate::service::import::ImportContext;
use crate::service::points::{Cause, OrderPosting, Unwritten, post_orders};

/// How long an order whose detail cannot be had waits for it, before its list row has to do.
pub const DETAIL_PATIENCE: TimeDelta = TimeDelta::days(1);

/// Works out, for each order with a known customer, the difference between its worth and what was
/// posted, notes the result in the rows, and causes the e-mails. The caller saves the rows and then
/// writes the postings, which refer to them. `lines` are those that are newer than the stored ones.
pub(super) async fn award(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    orders: &mut [order::Model],
    mut lines: Lines,
) -> Result<Unwritten, DbErr> {
    let now = app.clock.now();
    let cause = Cause {
        actor: "import".to_owned(),
        request_id: Some(context.run.id.to_string()),
        at: now,
    };
    let stored = orders
        .iter()
        .filter(|order| !lines.contains_key(&order.id))
        .filter(|order| version_of(context, order).is_some_and(|(_, rules)| rules.count_lines()));
    lines.extend(lines_of(db, stored.map(|order| order.id).collect()).await?);
    let mut postings = Vec::new();
    let mut places = Vec::new();
    for (place, order) in orders.iter().enumerate() {
        let Some(customer) = order.customer_id else { continue };
        let Some((version, rules)) = version_of(context, order) else {
            continue;
        };
        let value = judge(order, lines.remove(&order.id).unwrap_or_default(), rules, now);
        let difference = value.points - order.points;
        if difference == Points::ZERO {
            continue;
        }
        let available_at = expiry::available_at(order.placed_at, version.hold_days);
        postings.push(OrderPosting {
            order: order.id,
            customer,
            difference,
            version,
            inputs: inputs(order, &value),
            postings: order.postings,
            occurred_at: order.changed_at.unwrap_or(order.placed_at).min(now),
            available_at,
            expires_at: expiry::expires_at(available_at, version.expiry_months, context.zone),
        });
        places.push(place);
    }
    let unwritten = post_orders(db, app, context.store.id, &cause, &postings).await?;
    let mut earned = Vec::new();
    for ((place, posting), count) in places.into_iter().zip(postings).zip(&unwritten.counts) {
        let Some(order) = orders.get_mut(place) else { continue };
        if order.points == Points::ZERO && posting.difference.is_positive() {
            earned.push(PointsEarned {
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
    email::points_earned(db, app, &context.integration, earned).await?;
    Ok(unwritten)
}

/// The rules that judge an order. One that was never awarding has none: it is worth nothing under any.
fn version_of<'a>(
    context: &'a ImportContext,
    order: &order::Model,
) -> Option<(&'a programme_version::Model, &'a EarningRules)> {
    let id = order.programme_version_id?;
    let version = context.versions.iter().find(|version| version.id == id)?;
    Some((version, context.rules.get(&id)?))
}

fn inputs(order: &order::Model, value: &Worth) -> serde_json::Value {
    let applied = value.steps.iter().filter_map(|step| match &step.rule {
        Rule::ProductRate { milli, money, skus } if !skus.is_empty() => {
            Some(json!({ "points_per_real_milli": milli, "cents": money.0, "skus": skus }))
        }
        Rule::Multiplier {
            period: Some(period), ..
        } => Some(json!({ "factor_milli": period.factor_milli })),
        _ => None,
    });
    json!({
        "status": order.status_code,
        "products_cents": order.products_cents.0,
        "discount_cents": order.discount_cents.0,
        "refunded_cents": order.refunded_cents.0,
        "credit_cents": order.credit_cents.0,
        "base_cents": value.base.0,
        "worth": value.points.0,
        "applied": applied.collect::<Vec<_>>(),
    })
}
