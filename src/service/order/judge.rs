use std::collections::HashMap;

use entity::{Instant, OrderId, Points, order, order_line};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::DETAIL_PATIENCE;
use crate::domain::earning::{EarningRules, LineFacts, OrderFacts, Worth, worth};

/// Orders' lines, as far as rules look at them.
pub type Lines = HashMap<OrderId, Vec<LineFacts>>;

/// What an order is worth under rules, and why. Importing, explanations and previews all ask here, so
/// they cannot differ.
pub fn judge(order: &order::Model, lines: Vec<LineFacts>, rules: &EarningRules, now: Instant) -> Worth {
    let facts = OrderFacts {
        customer_known: order.customer_id.is_some(),
        detail_settled: !waits_for_detail(order, now),
        status: order.status_code.clone(),
        class: order.status_class,
        awarded_at: order.awarded_at,
        placed_at: order.placed_at,
        channel: order.channel,
        products: order.products_cents,
        discount: order.discount_cents,
        shipping: order.shipping_cents,
        refunded: order.refunded_cents,
        credit: order.credit_cents,
        lines,
    };
    worth(&facts, rules)
}

/// Whether points wait for the order's detail, which tells whether it was sold on a marketplace and
/// what was paid with store credit: points that are told of and then taken back are worse than late.
fn waits_for_detail(order: &order::Model, now: Instant) -> bool {
    !order.complete && order.points == Points::ZERO && now - order.created_at < DETAIL_PATIENCE
}

/// A stored line, as far as rules look at it.
pub fn line_facts(line: &order_line::Model) -> LineFacts {
    LineFacts {
        sku: line.sku.clone(),
        total: line.total_cents,
    }
}

/// The stored lines of orders, with one statement; none for no orders.
pub async fn lines_of(db: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<Lines, DbErr> {
    let mut lines = Lines::new();
    if orders.is_empty() {
        return Ok(lines);
    }
    let theirs = order_line::Column::OrderId.is_in(orders);
    for row in order_line::Entity::find().filter(theirs).all(db).await? {
        lines.entry(row.order_id).or_default().push(line_facts(&row));
    }
    Ok(lines)
}
