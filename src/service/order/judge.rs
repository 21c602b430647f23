use std::collections::HashMap;

use entity::{Cents, Instant, OrderId, Points, order, order_line};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::DETAIL_PATIENCE;
use super::categories::{categories_of, product_key};
use crate::domain::category::Categories;
use crate::domain::earning::{EarningRules, LineFacts, OrderFacts, Worth, worth};
use crate::platform::OrderLine;

/// A line of an order, as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    sku: Option<String>,
    name: String,
    total: Cents,
}

/// Orders' lines, as far as rules look at them.
pub type Lines = HashMap<OrderId, Vec<Sold>>;

impl From<&order_line::Model> for Sold {
    fn from(row: &order_line::Model) -> Self {
        Self {
            sku: row.sku.clone(),
            name: row.name.clone(),
            total: row.total_cents,
        }
    }
}

impl From<&OrderLine> for Sold {
    fn from(line: &OrderLine) -> Self {
        Self {
            sku: line.sku.clone(),
            name: line.name.clone(),
            total: Cents(line.total),
        }
    }
}

/// What an order is worth under rules, and why. Importing, explanations and previews all ask here, so
/// they cannot differ.
pub fn judge(order: &order::Model, lines: Vec<Sold>, rules: &EarningRules, now: Instant) -> Worth {
    let categories = if rules.category_rates.is_empty() {
        Categories::default()
    } else {
        categories_of(order)
    };
    let line = |line: Sold| LineFacts {
        category: categories.of(product_key(line.sku.as_deref(), &line.name)).cloned(),
        sku: line.sku,
        total: line.total,
    };
    let facts = OrderFacts {
        shop_number: order.shop_number.clone(),
        counts_elsewhere: order.counted_as_id.is_some(),
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
        lines: lines.into_iter().map(line).collect(),
    };
    worth(&facts, rules)
}

/// Whether points wait for the order's detail, which tells whether it was sold on a marketplace and
/// what was paid with store credit: points that are told of and then taken back are worse than late.
pub(super) fn waits_for_detail(order: &order::Model, now: Instant) -> bool {
    !order.complete && order.points == Points::ZERO && now - order.created_at < DETAIL_PATIENCE
}

/// The stored lines of orders, with one statement; none for no orders.
pub async fn lines_of(db: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<Lines, DbErr> {
    let mut lines = Lines::new();
    if orders.is_empty() {
        return Ok(lines);
    }
    let theirs = order_line::Column::OrderId.is_in(orders);
    for row in order_line::Entity::find().filter(theirs).all(db).await? {
        lines.entry(row.order_id).or_default().push((&row).into());
    }
    Ok(lines)
}
