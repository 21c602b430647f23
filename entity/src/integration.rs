//! Connections of stores to platforms.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, StoreId};

/// What the platform said to the credentials last.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum CredentialsState {
    /// They work.
    #[sea_orm(string_value = "accepted")]
    Accepted,
    /// They must be typed again.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// They must be renewed.
    #[sea_orm(string_value = "expired")]
    Expired,
    /// They lack a permission.
    #[sea_orm(string_value = "forbidden")]
    Forbidden,
    /// The merchant has to consent on the platform, for the first time or again.
    #[sea_orm(string_value = "awaiting_consent")]
    AwaitingConsent,
}

/// A store's connection to one platform, with the settings that the merchant filled in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "integrations")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IntegrationId,
    /// The store.
    pub store_id: StoreId,
    /// The platform's key, for instance `magazord`.
    pub platform: String,
    /// What tells it from others of its platform in the store: a source of pushed sales has a name. Empty for a
    /// shop, of which there is one per platform.
    pub name: String,
    /// The credentials, sealed. Never leaves the server.
    pub credentials: Vec<u8>,
    /// Whether the platform accepted them last.
    pub credentials_state: CredentialsState,
    /// What the platform said when it refused them last.
    pub credentials_error: Option<String>,
    /// The shop of the account to import from, where there are several.
    pub shop_id: Option<String>,
    /// The shop's address: the link in e-mails.
    pub site_url: Option<String>,
    /// Where a visitor signs up.
    pub sign_up_url: Option<String>,
    /// The shop's Google Shopping XML.
    pub feed_url: Option<String>,
    /// How long a coupon made for a redemption is valid.
    pub coupon_validity_days: i32,
    /// SKUs offered as rewards; empty means the whole feed.
    pub reward_skus: Json,
    /// What a product costs as a reward: points for 100.00 of its price.
    pub reward_points_per_hundred: i32,
    /// Codes of the statuses that award points.
    pub awarding_statuses: Json,
    /// Whether customers are imported.
    pub register_customers: bool,
    /// Whether sales are imported.
    pub register_sales: bool,
    /// The master switch.
    pub active: bool,
    /// When it was switched on last: earlier sales cause no e-mail.
    pub activated_at: Option<Instant>,
    /// How many days the first import goes back.
    pub import_days_back: i32,
    /// Customers changed before this instant are imported.
    pub customers_cursor: Option<Instant>,
    /// Sales changed before this instant are imported.
    pub orders_cursor: Option<Instant>,
    /// When an import last went back several days, to catch what was missed.
    pub deep_import_at: Option<Instant>,
    /// When the schedule starts the next import.
    pub import_due_at: Option<Instant>,
    /// When the schedule reads the feed next.
    pub catalogue_due_at: Option<Instant>,
    /// Start of the last import that succeeded: everything older in the shop is here.
    pub synced_at: Option<Instant>,
    /// How long the newest imported sale had been in the shop when it was imported.
    pub order_lag_seconds: Option<i64>,
    /// When it was connected first.
    pub created_at: Instant,
    /// Raised by every change by people.
    pub version: i64,
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
