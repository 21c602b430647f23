use entity::{ProductId, product};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::page::by_ids;
use super::reading::Reading;
use crate::app::App;
use crate::db::begin;
use crate::feed::SeenIds;
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::reward;

/// Products looked at by one statement, and withdrawn with one transaction.
const PAGE: u64 = 1_000;

/// After a whole feed: products that it no longer has are marked, and their rewards withdrawn.
pub async fn withdraw_missing(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    reading: &Reading,
    seen: &SeenIds,
) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let page: Vec<(ProductId, String)> = there(context, &after).into_tuple().all(&app.db).await?;
        let Some((_, last)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        let gone = page.into_iter().filter(|(_, sku)| !seen.contains(sku));
        let gone: Vec<ProductId> = gone.map(|(id, _)| id).collect();
        if !gone.is_empty() {
            withdraw(app, context, lease, reading, gone).await?;
        }
    }
}

/// Products that are taken to be in the feed, by their ids in it.
fn there(context: &ImportContext, after: &str) -> Select<product::Entity> {
    product::Entity::find()
        .select_only()
        .columns([product::Column::Id, product::Column::Sku])
        .filter(product::Column::IntegrationId.eq(context.integration.id))
        .filter(product::Column::RemovedAt.is_null())
        .filter(product::Column::Sku.gt(after))
        .order_by_asc(product::Column::Sku)
        .limit(PAGE)
}

async fn withdraw(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    reading: &Reading,
    gone: Vec<ProductId>,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let counts = Counts {
        gone: i64::try_from(gone.len()).unwrap_or(i64::MAX),
        ..Counts::default()
    };
    let mut products = by_ids(&app.db, gone.clone()).await?;
    for product in &mut products {
        product.removed_at = Some(now);
    }
    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    product::Entity::update_many()
        .col_expr(product::Column::RemovedAt, Expr::value(Some(now)))
        .col_expr(product::Column::UpdatedAt, Expr::value(now))
        .filter(product::Column::Id.is_in(gone))
        .exec(&txn)
        .await?;
    reward::offer(&txn, app, &context.source, &products).await?;
    let progress = PageProgress {
        next: Some(reading.end()),
        resource: "product",
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}
