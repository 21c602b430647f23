use std::collections::{HashMap, HashSet};

use entity::{Cents, Instant, ProductId, product};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect,
};

use super::reprice::price_changes_at;
use crate::app::App;
use crate::db::begin;
use crate::feed::{Availability, FeedProduct, Rejection};
use crate::platform::{PageToken, Reject};
use crate::secrets::sha256_hex;
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::{reward, rows};

/// A piece of a feed.
#[derive(Debug, Clone, Default)]
pub struct FeedPage {
    /// Its products.
    pub products: Vec<FeedProduct>,
    /// Its items that could not be used.
    pub rejections: Vec<Rejection>,
    /// How many more of those there were, of which nothing is kept.
    pub more_rejected: u32,
    /// Which rewards are looked at.
    pub rewards: Rewards,
    /// Where the reading goes on.
    pub next: Option<PageToken>,
}

/// Which products' rewards are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rewards {
    /// Those of products that are new or changed: nothing else can have changed theirs.
    #[default]
    OfChanged,
    /// All, since what decides about them may have changed.
    OfAll,
}

/// What is known of a product, as far as it has to be known to see whether it changed.
struct Known {
    id: ProductId,
    fingerprint: String,
    removed_at: Option<Instant>,
}

/// Writes a piece of a feed: products that are new, changed or back, the rewards that they become, and the run's
/// progress. Of what is known as it is nothing is written.
pub async fn import(app: &App, context: &ImportContext, lease: &Lease, page: FeedPage) -> Result<(), DbErr> {
    let known = known(&app.db, context, &page.products).await?;
    let mut seen = HashSet::new();
    let mut counts = Counts::default();
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for product in page.products.iter().filter(|product| seen.insert(&product.id)) {
        let fingerprint = fingerprint(product);
        match known.get(&product.id) {
            Some(before) if before.fingerprint == fingerprint && before.removed_at.is_none() => {
                counts.unchanged += 1;
                same.push(before.id);
                continue;
            }
            Some(_) => counts.updated += 1,
            None => counts.created += 1,
        }
        let id = known.get(&product.id).map_or_else(|| app.id(), |before| before.id);
        changed.push(model(app, context, product, id, fingerprint));
    }
    let same = match page.rewards {
        Rewards::OfAll if !same.is_empty() => by_ids(&app.db, same).await?,
        Rewards::OfAll | Rewards::OfChanged => Vec::new(),
    };
    let txn = begin(&app.db).await?;
    if !changed.is_empty() || !same.is_empty() {
        hold_store(&txn, context.store.id).await?;
        write(&txn, &changed).await?;
        changed.extend(same);
        reward::offer(&txn, app, &context.source, &changed).await?;
    }
    let progress = PageProgress {
        next: page.next,
        rejects: page.rejections.iter().map(reject).collect(),
        more_rejected: page.more_rejected.into(),
        resource: "product",
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

async fn known(
    db: &impl ConnectionTrait,
    context: &ImportContext,
    products: &[FeedProduct],
) -> Result<HashMap<String, Known>, DbErr> {
    let own = product::Column::IntegrationId
        .eq(context.integration.id)
        .and(product::Column::Sku.is_in(products.iter().map(|product| product.id.as_str())));
    let found: Vec<(String, ProductId, String, Option<Instant>)> = product::Entity::find()
        .select_only()
        .columns([
            product::Column::Sku,
            product::Column::Id,
            product::Column::Fingerprint,
            product::Column::RemovedAt,
        ])
        .filter(own)
        .into_tuple()
        .all(db)
        .await?;
    let known = |(sku, id, fingerprint, removed_at)| {
        let known = Known {
            id,
            fingerprint,
            removed_at,
        };
        (sku, known)
    };
    Ok(found.into_iter().map(known).collect())
}

/// Products by their ids, which one of our own statements gave.
pub(super) async fn by_ids(db: &impl ConnectionTrait, ids: Vec<ProductId>) -> Result<Vec<product::Model>, DbErr> {
    product::Entity::find()
        .filter(product::Column::Id.is_in(ids))
        .all(db)
        .await
}

async fn write(db: &impl ConnectionTrait, products: &[product::Model]) -> Result<(), DbErr> {
    let keys = [product::Column::IntegrationId, product::Column::Sku];
    let rest = product::Column::iter().filter(|column| {
        !matches!(
            column,
            product::Column::Id | product::Column::StoreId | product::Column::IntegrationId | product::Column::Sku
        )
    });
    let update = OnConflict::columns(keys).update_columns(rest).to_owned();
    let actives = products.iter().cloned().map(IntoActiveModel::into_active_model);
    rows::insert(db, actives.collect(), Some(update)).await
}

/// Tells one state of a product from another. Where it stands in the feed is no matter.
fn fingerprint(product: &FeedProduct) -> String {
    let product = FeedProduct {
        position: 0,
        ..product.clone()
    };
    let mut fingerprint = sha256_hex(serde_json::to_vec(&product).unwrap_or_default());
    fingerprint.truncate(32);
    fingerprint
}

fn model(
    app: &App,
    context: &ImportContext,
    product: &FeedProduct,
    id: ProductId,
    fingerprint: String,
) -> product::Model {
    let (from, until) = product.sale_period.map(|period| (period.from, period.until)).unzip();
    let now = app.clock.now();
    product::Model {
        id,
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
        sale_from: from,
        sale_until: until,
        price_changes_at: price_changes_at(from, until, now),
        currency: product.price.currency.clone(),
        in_stock: match product.availability {
            Availability::InStock => Some(true),
            Availability::OutOfStock | Availability::Preorder | Availability::Backorder => Some(false),
            Availability::Unknown => None,
        },
        fingerprint,
        removed_at: None,
        updated_at: now,
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
