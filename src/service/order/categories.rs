//! The categories that orders keep: what snapshots tell of them, and what the catalogue says of products
//! that are seen in an order for the first time.

use std::collections::{HashMap, HashSet};

use entity::{IntegrationId, StoreId, integration, order, order_line, product};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use serde_json::json;

use super::{ImportedOrder, Source};
use crate::domain::category::{Categories, Category};
use crate::platform::{OrderLine, PlatformOrder};

/// Products that one statement asks for.
const PRODUCTS: usize = 10_000;

/// What the catalogue says of products, by SKU.
pub(super) type Catalogue = HashMap<String, Category>;

/// What an order keeps. Written by [`merge`] alone; what cannot be read is nothing.
pub fn categories_of(order: &order::Model) -> Categories {
    serde_json::from_value(order.categories.clone()).unwrap_or_default()
}

/// What a line's category is kept by.
pub(super) fn product_key<'a>(sku: Option<&'a str>, name: &'a str) -> &'a str {
    let sku = sku.map(str::trim).filter(|sku| !sku.is_empty());
    sku.unwrap_or_else(|| name.trim())
}

/// The category that a stored line was sold in.
pub fn category_of<'a>(line: &order_line::Model, categories: &'a Categories) -> Option<&'a Category> {
    categories.of(product_key(line.sku.as_deref(), &line.name))
}

/// The category that a platform tells of a line, if it is one.
fn told(line: &OrderLine) -> Option<Category> {
    line.category.as_deref()?.parse().ok()
}

/// Adds to an order what a snapshot tells of its products, whatever its age.
pub(super) fn merge(order: &mut order::Model, snapshot: &PlatformOrder, catalogue: &Catalogue) {
    if snapshot.lines.is_empty() {
        return;
    }
    let before = categories_of(order);
    let mut categories = before.clone();
    let at = snapshot.changed_at.unwrap_or(snapshot.placed_at);
    for line in &snapshot.lines {
        let product = product_key(line.sku.as_deref(), &line.name);
        match told(line) {
            Some(category) => categories.tell(product, category, at),
            None => categories.find(product, catalogue.get(product).cloned()),
        }
    }
    if categories != before {
        order.categories = json!(categories);
    }
}

/// What the catalogue says of the products of which neither their orders nor the snapshots tell a category.
pub(super) async fn look_up(
    db: &impl ConnectionTrait,
    source: &Source,
    snapshots: &[ImportedOrder],
    known: &HashMap<String, order::Model>,
) -> Result<Catalogue, DbErr> {
    let mut unknown: HashSet<&str> = HashSet::new();
    for ImportedOrder { order, .. } in snapshots {
        let kept = known.get(&order.external_id).map(categories_of).unwrap_or_default();
        let silent = order.lines.iter().filter(|line| told(line).is_none());
        let products = silent.map(|line| product_key(line.sku.as_deref(), &line.name));
        unknown.extend(products.filter(|product| !kept.know(product)));
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    let own = source.integration.id;
    let mut catalogue = Catalogue::new();
    for some in unknown.chunks(PRODUCTS) {
        let mut rows: Vec<(IntegrationId, String, Option<String>)> =
            products(source.store.id, some).into_tuple().all(db).await?;
        // The shop's own feed goes before those of the store's other shops.
        rows.sort_unstable_by_key(|(integration, ..)| (*integration != own, integration.0));
        for (_, sku, category) in rows {
            if let Some(category) = category.and_then(|text| text.parse().ok()) {
                catalogue.entry(sku).or_insert(category);
            }
        }
    }
    Ok(catalogue)
}

/// Products of a store's feeds, by SKU, with their categories.
fn products(store: StoreId, skus: &[&str]) -> Select<product::Entity> {
    let shops = integration::Entity::in_store(store)
        .select_only()
        .column(integration::Column::Id)
        .into_query();
    let theirs = product::Column::IntegrationId
        .in_subquery(shops)
        .and(product::Column::Sku.is_in(skus.iter().copied()));
    product::Entity::find()
        .select_only()
        .columns([
            product::Column::IntegrationId,
            product::Column::Sku,
            product::Column::Category,
        ])
        .filter(theirs)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn products_are_found_by_their_index() {
        let steps = plan(products(StoreId(Uuid::nil()), &["A", "B"])).await;
        assert_eq!(
            steps.first().map(String::as_str),
            Some("SEARCH products USING INDEX products_integration_id_sku (integration_id=? AND sku=?)"),
            "{steps:?}"
        );
    }
}
