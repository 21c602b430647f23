use std::collections::BTreeMap;

use entity::{Instant, IntegrationId, ProductId, integration, product};
use sea_orm::sea_query::{CaseStatement, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::page::by_ids;
use crate::app::App;
use crate::db::begin;
use crate::service::import::hold_store;
use crate::service::order::Source;
use crate::service::reward;

/// Products whose rewards are brought up to date with one transaction, at most.
const PAGE: u64 = 500;

/// Brings rewards up to date whose product's sale has begun or ended, whatever became of the feed meanwhile. For the
/// schedule; any number of processes may do so at once. Gives how many products there were.
pub async fn reprice_due(app: &App) -> Result<u64, DbErr> {
    let mut repriced = 0;
    loop {
        let rows: Vec<(ProductId, IntegrationId)> = due(app.clock.now()).into_tuple().all(&app.db).await?;
        let found = rows.len() as u64;
        let mut by_feed: BTreeMap<IntegrationId, Vec<ProductId>> = BTreeMap::new();
        for (id, integration) in rows {
            by_feed.entry(integration).or_default().push(id);
        }
        for (integration, products) in by_feed {
            reprice(app, integration, products).await?;
        }
        repriced += found;
        if found < PAGE {
            return Ok(repriced);
        }
    }
}

fn due(now: Instant) -> Select<product::Entity> {
    product::Entity::find()
        .select_only()
        .columns([product::Column::Id, product::Column::IntegrationId])
        .filter(product::Column::PriceChangesAt.lte(now))
        .order_by_asc(product::Column::PriceChangesAt)
        .limit(PAGE)
}

async fn reprice(app: &App, integration: IntegrationId, products: Vec<ProductId>) -> Result<(), DbErr> {
    let integration = integration::Entity::find_by_id(integration)
        .one(&app.db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the integration {integration}")))?;
    let source = Source::load(&app.db, integration).await?;
    let txn = begin(&app.db).await?;
    // Nor does an import of the feed write meanwhile: it holds the store too.
    hold_store(&txn, source.store.id).await?;
    product::Entity::update_many()
        .col_expr(product::Column::PriceChangesAt, next_change(app.clock.now()))
        .filter(product::Column::Id.is_in(products.clone()))
        .exec(&txn)
        .await?;
    let products = by_ids(&txn, products).await?;
    reward::offer(&txn, app, &source, &products).await?;
    txn.commit().await
}

/// [`price_changes_at`] for the database.
fn next_change(now: Instant) -> SimpleExpr {
    let [from, until] = [product::Column::SaleFrom, product::Column::SaleUntil];
    CaseStatement::new()
        .case(from.gt(now), Expr::col(from))
        .case(until.gt(now), Expr::col(until))
        .finally(Expr::value(Option::<Instant>::None))
        .into()
}

/// When what a product costs changes next, by the period of its sale.
pub(super) fn price_changes_at(from: Option<Instant>, until: Option<Instant>, now: Instant) -> Option<Instant> {
    from.filter(|from| *from > now).or(until.filter(|until| *until > now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn what_is_due_is_found_along_an_index() {
        let found = plan(due(Instant::UNIX_EPOCH)).await;
        assert_eq!(
            found,
            ["SEARCH products USING INDEX products_whose_price_changes (price_changes_at<?)"]
        );
    }
}
