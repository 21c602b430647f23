use std::collections::BTreeMap;

use entity::{Cents, OrderId, order, order_line};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable, QueryFilter};

use crate::platform::OrderLine;
use crate::service::rows;

/// Saves orders, new and changed, with one statement.
pub(super) async fn save(db: &impl ConnectionTrait, orders: Vec<order::Model>) -> Result<(), DbErr> {
    let keys = [order::Column::IntegrationId, order::Column::ExternalId];
    let fixed = [order::Column::Id, order::Column::StoreId, order::Column::CreatedAt];
    let rest = order::Column::iter().filter(|column| {
        !keys
            .iter()
            .chain(&fixed)
            .any(|kept| std::mem::discriminant(kept) == std::mem::discriminant(column))
    });
    let update = OnConflict::columns(keys).update_columns(rest).to_owned();
    rows::insert(
        db,
        orders.into_iter().map(IntoActiveModel::into_active_model).collect(),
        Some(update),
    )
    .await
}

/// Replaces the lines of orders: those of orders seen before are removed first.
pub(super) async fn replace_lines(
    db: &impl ConnectionTrait,
    seen_before: impl Iterator<Item = OrderId>,
    lines: BTreeMap<OrderId, &[OrderLine]>,
) -> Result<(), DbErr> {
    let replaced: Vec<OrderId> = seen_before.filter(|order| lines.contains_key(order)).collect();
    if !replaced.is_empty() {
        order_line::Entity::delete_many()
            .filter(order_line::Column::OrderId.is_in(replaced))
            .exec(db)
            .await?;
    }
    let rows = lines.into_iter().flat_map(|(order_id, lines)| {
        lines.iter().zip(1..).map(move |(line, position)| {
            order_line::Model {
                order_id,
                position,
                sku: line.sku.clone(),
                name: line.name.clone(),
                quantity_milli: line.quantity_milli,
                unit_cents: Cents(line.unit_price),
                total_cents: Cents(line.total),
            }
            .into_active_model()
        })
    });
    rows::insert(db, rows.collect(), None).await
}
