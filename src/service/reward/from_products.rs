use std::collections::{HashMap, HashSet};

use entity::reward::{self, Fulfilment, RewardKind};
use entity::{Cents, Instant, ProductId, product};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, IntoActiveModel, QueryFilter};

use super::position;
use crate::app::App;
use crate::domain::category::Category;
use crate::domain::reward_price::product_points;
use crate::platform::Kind;
use crate::service::order::Source;
use crate::service::rows;

/// Makes rewards of products, or brings those that exist up to date: one read and one write for a
/// page. A product that is not allowed, out of stock, free, or priced in foreign money is not
/// offered.
pub async fn offer(
    db: &impl ConnectionTrait,
    app: &App,
    source: &Source,
    products: &[product::Model],
) -> Result<(), DbErr> {
    if products.is_empty() {
        return Ok(());
    }
    let known: HashMap<ProductId, reward::Model> = reward::Entity::in_store(source.store.id)
        .filter(reward::Column::ProductId.is_in(products.iter().map(|product| product.id)))
        .all(db)
        .await?
        .into_iter()
        .filter_map(|row| Some((row.product_id?, row)))
        .collect();
    let allowed: HashSet<String> = serde_json::from_value(source.integration.reward_skus.clone()).unwrap_or_default();
    let mut written = Vec::new();
    let mut end = position::end(db, source.store.id).await?;
    for product in products {
        let before = known.get(&product.id);
        let offered = is_offered(source, &allowed, product);
        if before.is_none() && !offered {
            continue;
        }
        let after = reward_of(app, source, product, before, (offered, end));
        end += i64::from(before.is_none());
        if before.is_none_or(|before| differs(before, &after)) {
            written.push(after.into_active_model());
        }
    }
    let update = OnConflict::column(reward::Column::ProductId)
        .update_columns([
            reward::Column::Name,
            reward::Column::Description,
            reward::Column::ImageUrl,
            reward::Column::Category,
            reward::Column::CategoryKey,
            reward::Column::Points,
            reward::Column::AmountCents,
            reward::Column::MinimumOrderCents,
            reward::Column::Active,
            reward::Column::UpdatedAt,
            reward::Column::Version,
        ])
        .to_owned();
    rows::insert(db, written, Some(update)).await
}

fn is_offered(source: &Source, allowed: &HashSet<String>, product: &product::Model) -> bool {
    (allowed.is_empty() || allowed.contains(&product.sku))
        && product.removed_at.is_none()
        && product.in_stock != Some(false)
        && product.price_cents.0 > 0
        && product.currency == source.store.currency
}

fn reward_of(
    app: &App,
    source: &Source,
    product: &product::Model,
    before: Option<&reward::Model>,
    (offered, end): (bool, i64),
) -> reward::Model {
    let now = app.clock.now();
    let price = price_at(product, now);
    let category = product.category.as_deref();
    reward::Model {
        id: before.map_or_else(|| app.id(), |before| before.id),
        store_id: source.store.id,
        integration_id: source.integration.id,
        kind: RewardKind::Product,
        name: product.title.clone(),
        description: product.description.clone(),
        image_url: product.image_url.clone(),
        own_image_url: before.and_then(|before| before.own_image_url.clone()),
        category: product.category.clone(),
        category_key: category
            .and_then(|category| category.parse().ok())
            .map(|path: Category| path.key()),
        points: product_points(price, source.integration.reward_points_per_hundred.into()),
        amount_cents: Some(price),
        percent_hundredths: None,
        // The coupon pays for the product: an order below its price would waste the rest.
        minimum_order_cents: Some(price),
        validity_days: None,
        product_id: Some(product.id),
        fulfilment: before.map_or(fulfilment(source), |before| before.fulfilment),
        pool_id: before.and_then(|before| before.pool_id),
        active: offered,
        available_from: before.and_then(|before| before.available_from),
        available_until: before.and_then(|before| before.available_until),
        total_limit: before.and_then(|before| before.total_limit),
        places_taken: before.map_or(0, |before| before.places_taken),
        customer_limit: before.and_then(|before| before.customer_limit),
        period_limit: before.and_then(|before| before.period_limit),
        period_days: before.and_then(|before| before.period_days),
        position: before.map_or(end, |before| before.position),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
        version: before.map_or(1, |before| before.version + 1),
    }
}

/// What a customer would pay: the sale price where it is one and while it holds.
fn price_at(product: &product::Model, now: Instant) -> Cents {
    let holds = product.sale_from.is_none_or(|from| from <= now) && product.sale_until.is_none_or(|until| now < until);
    product
        .sale_price_cents
        .filter(|sale| holds && sale.0 > 0)
        .map_or(product.price_cents, |sale| sale.min(product.price_cents))
}

/// A coupon for each product's price is made where the platform makes coupons; elsewhere people see to it.
fn fulfilment(source: &Source) -> Fulfilment {
    let kind = source.integration.platform.parse::<Kind>();
    if kind.is_ok_and(|kind| kind.descriptor().capabilities.create_coupons) {
        Fulfilment::Automatic
    } else {
        Fulfilment::Manual
    }
}

fn differs(before: &reward::Model, after: &reward::Model) -> bool {
    let same = reward::Model {
        updated_at: before.updated_at,
        version: before.version,
        ..after.clone()
    };
    same != *before
}
