//! Products of shops' feeds.

use sea_orm::entity::prelude::*;

use crate::{Cents, Instant, IntegrationId, ProductId, StoreId};

/// A product of the shop's Google Shopping feed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// The store.
    pub store_id: StoreId,
    /// Whose feed.
    pub integration_id: IntegrationId,
    /// Its id in the feed.
    pub sku: String,
    /// Its title.
    pub title: String,
    /// Its description, plain text.
    pub description: Option<String>,
    /// Its page.
    pub link: Option<String>,
    /// Its image.
    pub image_url: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// Its category, a path in the shop's own tree.
    pub category: Option<String>,
    /// Its GTIN.
    pub gtin: Option<String>,
    /// Its price.
    pub price_cents: Cents,
    /// Its sale price.
    pub sale_price_cents: Option<Cents>,
    /// When the sale price begins to hold; none: it holds from ever.
    pub sale_from: Option<Instant>,
    /// The first instant at which it holds no more; none: it holds for ever.
    pub sale_until: Option<Instant>,
    /// When what the product costs changes next, by its sale.
    pub price_changes_at: Option<Instant>,
    /// ISO 4217 code of the prices.
    pub currency: String,
    /// Whether it can be bought; none: not told.
    pub in_stock: Option<bool>,
    /// Hash of what was last read.
    pub fingerprint: String,
    /// Set when the feed no longer had it.
    pub removed_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }
}
