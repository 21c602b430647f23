use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{product, reward};
use macros::{permissions, plain};

use super::reward_limits::RewardLimits;
use super::{CouponPool, Store};
use crate::domain::money_text::percent_machine;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::scalar::{Decimal, Money, Points, Url};
use crate::service::reward::limits_of;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Reward(pub(in crate::graphql) reward::Model);

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Product(pub(in crate::graphql) product::Model);

/// What a reward's coupon takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::reward::RewardKind")]
pub(in crate::graphql) enum RewardKind {
    /// A fixed amount.
    AmountOff,
    /// A percentage.
    PercentOff,
    /// Shipping.
    FreeShipping,
    /// The price of a product of the feed.
    Product,
}

/// How what is redeemed comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::reward::Fulfilment")]
pub(in crate::graphql) enum RewardFulfilment {
    /// The shop is asked to make a coupon; possible where its platform does.
    Automatic,
    /// A code is taken from a pool, at once. The codes exist in the shop already, and say there what they take off.
    Pool,
    /// The store's staff see to it, with a code or with words; the points are reserved until then.
    Manual,
}

/// Hundredths of a per cent as a decimal.
pub(in crate::graphql) fn percent(hundredths: i32) -> Decimal {
    Decimal(percent_machine(hundredths))
}

/// What points can be exchanged for.
#[plain]
#[permissions("store:read")]
#[Object]
impl Reward {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// What its coupon takes off.
    async fn kind(&self) -> RewardKind {
        self.0.kind.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// More about it.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Its picture: the one that the merchant gave it, or else the product's.
    async fn image_url(&self) -> Option<Url> {
        self.0.picture().map(|url| Url(url.to_owned()))
    }

    /// Its category, a path such as `Roupas > Camisetas`: for products as the feed writes it.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// What it costs.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// Amount off, for amounts and products.
    async fn amount(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Money>> {
        let store = load(ctx, self.0.store_id).await?;
        Ok(store
            .zip(self.0.amount_cents)
            .map(|(store, cents)| Money::new(cents, &store.currency)))
    }

    /// Per cent off, 0 to 100.
    async fn percent(&self) -> Option<Decimal> {
        self.0.percent_hundredths.map(percent)
    }

    /// Smallest order for its coupon.
    async fn minimum_order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Money>> {
        let store = load(ctx, self.0.store_id).await?;
        Ok(store
            .zip(self.0.minimum_order_cents)
            .map(|(store, cents)| Money::new(cents, &store.currency)))
    }

    /// How long its coupon is valid, in days; none: as the integration says.
    async fn validity_days(&self) -> Option<i32> {
        self.0.validity_days
    }

    /// The product that it stands for.
    async fn product(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Product>> {
        match self.0.product_id {
            Some(id) => Ok(load(ctx, id).await?.map(Product)),
            None => Ok(None),
        }
    }

    /// How what is redeemed comes into being.
    async fn fulfilment(&self) -> RewardFulfilment {
        self.0.fulfilment.into()
    }

    /// The pool that its codes are taken from, where they are.
    #[requires("coupons:read")]
    async fn pool(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<CouponPool>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.pool_id {
            Some(id) => Ok(load(ctx, id).await?.map(CouponPool)),
            None => Ok(None),
        }
    }

    /// Whether it can be redeemed.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// From when on it can be redeemed; none: since it was created.
    async fn available_from(&self) -> Option<DateTime<Utc>> {
        self.0.available_from
    }

    /// Up to when it can be redeemed, this instant no more; none: without end.
    async fn available_until(&self) -> Option<DateTime<Utc>> {
        self.0.available_until
    }

    /// How often it can be redeemed.
    async fn limits(&self) -> RewardLimits {
        limits_of(&self.0).into()
    }

    /// How many more times it can be redeemed by all customers together; none: without a limit in all.
    async fn remaining(&self) -> Option<i32> {
        self.0.places_left()
    }

    /// Its place in the merchant's order (`orderBy: POSITION_ASC`); new rewards come at the end.
    async fn position(&self) -> i64 {
        self.0.position
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Give it back when changing the reward.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A product of the shop's Google Shopping feed.
#[permissions("store:read")]
#[Object]
impl Product {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its id in the feed.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Its description, plain text.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Its page.
    async fn link(&self) -> Option<Url> {
        self.0.link.clone().map(Url)
    }

    /// Its picture.
    async fn image_url(&self) -> Option<Url> {
        self.0.image_url.clone().map(Url)
    }

    /// Its brand.
    async fn brand(&self) -> Option<&str> {
        self.0.brand.as_deref()
    }

    /// Its category in the shop's own tree, as the feed writes it, for instance `Roupas > Camisetas`.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// Its GTIN, as written in the feed.
    async fn gtin(&self) -> Option<&str> {
        self.0.gtin.as_deref()
    }

    /// Its price.
    async fn price(&self) -> Money {
        Money::new(self.0.price_cents, &self.0.currency)
    }

    /// Its sale price. It holds from `saleFrom` until `saleUntil`.
    async fn sale_price(&self) -> Option<Money> {
        self.0.sale_price_cents.map(|cents| Money::new(cents, &self.0.currency))
    }

    /// When the sale price begins to hold; none: it holds already.
    async fn sale_from(&self) -> Option<DateTime<Utc>> {
        self.0.sale_from
    }

    /// When the sale price holds no more; none: its end is not told.
    async fn sale_until(&self) -> Option<DateTime<Utc>> {
        self.0.sale_until
    }

    /// Whether it can be bought; none when the feed does not tell.
    async fn in_stock(&self) -> Option<bool> {
        self.0.in_stock
    }
}
