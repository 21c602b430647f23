use std::collections::HashMap;

use entity::{CustomerId, IntegrationId, OrderId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, ExprTrait, QueryFilter, Select};

use super::link::{as_told, link};
use super::{Lines, Source, award, write};
use crate::app::App;
use crate::service::points::Cause;

/// Gives sales whose own source recognised nobody to the customers who became known now, and posts
/// their points.
pub async fn claim(
    db: &impl ConnectionTrait,
    app: &App,
    source: &Source,
    cause: &Cause,
    known: &[(String, CustomerId)],
) -> Result<(), DbErr> {
    if known.is_empty() {
        return Ok(());
    }
    let customers: HashMap<&str, CustomerId> = known.iter().map(|(id, customer)| (id.as_str(), *customer)).collect();
    let waiting = waiting(source.integration.id, customers.keys().copied())
        .all(db)
        .await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let claimed = |order: &order::Model| {
        let buyer = order.buyer_external_id.as_deref();
        order::Model {
            customer_id: buyer.and_then(|id| customers.get(id)).copied(),
            updated_at: cause.at,
            ..as_told(order)
        }
    };
    let mut orders: Vec<order::Model> = waiting.iter().map(claimed).collect();
    let before: HashMap<OrderId, order::Model> = waiting.into_iter().map(|order| (order.id, order)).collect();
    let links = link(db, source, cause.at, &mut orders, &before).await?;
    let postings = award::award(db, app, source, cause, (&mut orders, &links), Lines::new()).await?;
    write::save(db, orders).await?;
    postings.write(db).await
}

/// Sales of buyers whom their own source knew by an id alone.
fn waiting<'a>(integration: IntegrationId, buyers: impl Iterator<Item = &'a str>) -> Select<order::Entity> {
    order::Entity::unclaimed().filter(
        order::Column::IntegrationId
            .eq(integration)
            .and(order::Column::BuyerExternalId.is_in(buyers)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn sales_that_wait_for_their_buyer_are_found_by_the_index_of_just_these() {
        let found = plan(waiting(IntegrationId(Uuid::nil()), ["1", "2"].into_iter())).await;
        assert_eq!(
            found,
            ["SEARCH orders USING INDEX orders_unclaimed (integration_id=? AND buyer_external_id=?)"]
        );
    }
}
