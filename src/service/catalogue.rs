//! The catalogue: products of the shop's Google Shopping feed, and the rewards that they become.

use std::collections::{HashMap, HashSet};

use entity::{Cents, product};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect,
};

use super::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use super::{reward, rows};
use crate::app::App;
use crate::db::begin;
use crate::feed::{Availability, FeedProduct, Rejection};
use crate::platform::Reject;
use crate::secrets::sha256_hex;

/// A piece of a feed.
#[derive(Debug, Clone, Default)]
pub struct FeedPage {
    /// Its products.
    pub products: Vec<FeedProduct>,
    /// Its items that could not be used.
    pub rejections: Vec<Rejection>,
}

/// Writes a piece of a feed: products, the rewards that they become, and the run's progress.
pub async fn import(app: &App, context: &ImportContext, lease: &Lease, page: FeedPage) -> Result<(), DbErr> {
    let mut seen = HashSet::new();
    let products: Vec<&FeedProduct> = page
        .products
        .iter()
        .filter(|product| seen.insert(&product.id))
        .collect();
    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    let own = product::Column::IntegrationId
        .eq(context.integration.id)
        .and(product::Column::Sku.is_in(products.iter().map(|product| product.id.as_str())));
    let known: HashMap<String, product::Model> = product::Entity::find()
        .filter(own)
        .all(&txn)
        .await?
        .into_iter()
        .map(|row| (row.sku.clone(), row))
        .collect();
    let mut counts = Counts::default();
    let mut models = Vec::with_capacity(products.len());
    for product in products {
        let before = known.get(&product.id);
        let after = model(app, context, product, before);
        match before {
            None => counts.created += 1,
            Some(before) if before.fingerprint == after.fingerprint && before.removed_at.is_none() => {
                counts.unchanged += 1;
            }
            Some(_) => counts.updated += 1,
        }
        models.push(after);
    }
    let keys = [product::Column::IntegrationId, product::Column::Sku];
    let rest = product::Column::iter().filter(|column| {
        !matches!(
            column,
            product::Column::Id | product::Column::StoreId | product::Column::IntegrationId | product::Column::Sku
        )
    });
    let update = OnConflict::columns(keys).update_columns(rest).to_owned();
    let actives = models.iter().cloned().map(IntoActiveModel::into_active_model).collect();
    rows::insert(&txn, actives, Some(update)).await?;
    reward::offer(&txn, app, context, &models).await?;
    let rejects = page.rejections.iter().map(reject).collect();
    let progress = PageProgress {
        rejects,
        resource: "product",
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

/// After a whole feed: products that it no longer has are marked, and their rewards withdrawn.
pub async fn withdraw_missing(app: &App, context: &ImportContext) -> Result<(), DbErr> {
    loop {
        let gone = product::Column::IntegrationId
            .eq(context.integration.id)
            .and(product::Column::SeenIn.ne(context.run.id))
            .and(product::Column::RemovedAt.is_null());
        let txn = begin(&app.db).await?;
        let mut products = product::Entity::find()
            .filter(gone)
            .order_by_asc(product::Column::Id)
            .limit(500)
            .all(&txn)
            .await?;
        if products.is_empty() {
            return Ok(());
        }
        for product in &mut products {
            product.removed_at = Some(app.clock.now());
        }
        let update = OnConflict::column(product::Column::Id)
            .update_column(product::Column::RemovedAt)
            .to_owned();
        let actives = products
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model)
            .collect();
        rows::insert(&txn, actives, Some(update)).await?;
        reward::offer(&txn, app, context, &products).await?;
        txn.commit().await?;
    }
}

fn model(app: &App, context: &ImportContext, product: &FeedProduct, before: Option<&product::Model>) -> product::Model {
    let mut fingerprint = sha256_hex(
        serde_json::to_vec(&FeedProduct {
            position: 0,
            ..product.clone()
        })
        .unwrap_or_default(),
    );
    fingerprint.truncate(32);
    product::Model {
        id: before.map_or_else(|| app.id(), |before| before.id),
        store_id: context.store.id,
        integration_id: context.integration.id,
        sku: product.id.clone(),
        title: product.title.clone(),
        description: product.description.clone(),
        link: product.link.clone(),
        image_url: product.image_link.clone(),
        brand: product.brand.clone(),
        category: product.product_type.clone(),
        gtin: product.gtin.clone(),
        price_cents: Cents(product.price.cents),
        sale_price_cents: product.sale_price.as_ref().map(|price| Cents(price.cents)),
        currency: product.price.currency.clone(),
        in_stock: match product.availability {
            Availability::InStock => Some(true),
            Availability::OutOfStock | Availability::Preorder | Availability::Backorder => Some(false),
            Availability::Unknown => None,
        },
        fingerprint,
        seen_in: context.run.id,
        removed_at: None,
        updated_at: app.clock.now(),
    }
}

fn reject(rejection: &Rejection) -> Reject {
    let reasons: Vec<String> = rejection.reasons.iter().map(ToString::to_string).collect();
    Reject {
        external_id: rejection.id.clone(),
        field: None,
        message: format!(
            "item {} (line {}): {}",
            rejection.position,
            rejection.line,
            reasons.join(", ")
        ),
        record: serde_json::json!({ "position": rejection.position, "line": rejection.line, "id": rejection.id }),
    }
}
