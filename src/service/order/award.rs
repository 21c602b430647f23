//! Posting what orders are worth: the bridge from the rules to the ledger.

use chrono::TimeDelta;
use entity::{Instant, Points, order, programme_version};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::app::App;
use crate::domain::earning::{EarningRules, OrderFacts, Worth, worth};
use crate::domain::expiry;
use crate::service::email::{self, PointsEarned};
use crate::service::import::ImportContext;
use crate::service::points::{Cause, OrderPosting, Unwritten, post_orders};

/// How long an order whose detail cannot be had waits for it, before its list row has to do.
pub const DETAIL_PATIENCE: TimeDelta = TimeDelta::days(1);

/// Works out, for each order with a known customer, the difference between its worth and what was
/// posted, notes the result in the rows, and causes the e-mails. The caller saves the rows and then
/// writes the postings, which refer to them.
pub(super) async fn award(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    orders: &mut [order::Model],
) -> Result<Unwritten, DbErr> {
    let now = app.clock.now();
    let cause = Cause {
        actor: "import".to_owned(),
        request_id: Some(context.run.id.to_string()),
        at: now,
    };
    let mut postings = Vec::new();
    let mut places = Vec::new();
    for (place, order) in orders.iter().enumerate() {
        let Some(customer) = order.customer_id else { continue };
        if waits_for_detail(order, now) {
            continue;
        }
        let Some(version) = version_of(context, order) else {
            continue;
        };
        let facts = facts(order);
        let value = worth(&facts, &rules(version));
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

/// Whether points wait for the order's detail, which tells whether it was sold on a marketplace and
/// what was paid with store credit: points that are told of and then taken back are worse than late.
fn waits_for_detail(order: &order::Model, now: Instant) -> bool {
    !order.complete && order.points == Points::ZERO && now - order.created_at < DETAIL_PATIENCE
}

fn version_of<'a>(context: &'a ImportContext, order: &order::Model) -> Option<&'a programme_version::Model> {
    match order.programme_version_id {
        Some(id) => context.versions.iter().find(|version| version.id == id),
        // Never awarding: worth nothing under any rules.
        None => None,
    }
}

fn rules(version: &programme_version::Model) -> EarningRules {
    EarningRules {
        points_per_real_milli: version.points_per_real_milli,
        include_shipping: version.include_shipping,
        minimum_order: version.minimum_order_cents,
    }
}

fn facts(order: &order::Model) -> OrderFacts {
    OrderFacts {
        class: order.status_class,
        awarded_at: order.awarded_at,
        channel: order.channel,
        products: order.products_cents,
        discount: order.discount_cents,
        shipping: order.shipping_cents,
        refunded: order.refunded_cents,
        credit: order.credit_cents,
    }
}

fn inputs(order: &order::Model, value: &Worth) -> serde_json::Value {
    json!({
        "status": order.status_code,
        "products_cents": order.products_cents.0,
        "discount_cents": order.discount_cents.0,
        "refunded_cents": order.refunded_cents.0,
        "credit_cents": order.credit_cents.0,
        "base_cents": value.base.0,
        "worth": value.points.0,
    })
}
