use std::collections::HashMap;

use entity::{CustomerId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::{Lines, award, write};
use crate::app::App;
use crate::service::import::ImportContext;

/// Gives sales that nobody was recognised for to the customers who became known now, and posts
/// their points.
pub async fn claim(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    known: &[(String, CustomerId)],
) -> Result<(), DbErr> {
    if known.is_empty() {
        return Ok(());
    }
    let customers: HashMap<&str, CustomerId> = known.iter().map(|(id, customer)| (id.as_str(), *customer)).collect();
    let waiting = order::Column::IntegrationId
        .eq(context.integration.id)
        .and(order::Column::CustomerId.is_null())
        .and(order::Column::BuyerExternalId.is_in(customers.keys().copied()));
    let mut orders = order::Entity::find().filter(waiting).all(db).await?;
    if orders.is_empty() {
        return Ok(());
    }
    for order in &mut orders {
        order.customer_id = order
            .buyer_external_id
            .as_deref()
            .and_then(|id| customers.get(id))
            .copied();
        order.updated_at = app.clock.now();
    }
    let postings = award::award(db, app, context, &mut orders, Lines::new()).await?;
    write::save(db, orders).await?;
    postings.write(db).await
}
