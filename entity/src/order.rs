//! Sales.

use macros::Sparse;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::{
    Cents, CustomerId, Instant, IntegrationId, OrderId, Points, ProgrammeVersionId, StoreId, order_status::StatusClass,
};

/// Where a sale was made.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Channel {
    /// The shop's own site.
    #[sea_orm(string_value = "site")]
    Site,
    /// A marketplace.
    #[sea_orm(string_value = "marketplace")]
    Marketplace,
    /// Typed in by staff.
    #[sea_orm(string_value = "manual")]
    Manual,
    /// A till.
    #[sea_orm(string_value = "point_of_sale")]
    PointOfSale,
    /// Not told.
    #[sea_orm(string_value = "unknown")]
    Unknown,
}

crate::sparse::unread! { Channel = Self::Unknown }

/// A sale in the shop, as last seen, and what it is worth in points.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Sparse)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// The store.
    pub store_id: StoreId,
    /// Where it came from.
    pub integration_id: IntegrationId,
    /// Its key there; with the integration its natural key.
    pub external_id: String,
    /// The number that people know it by.
    pub number: String,
    /// The number of the shop's order that this sale is, where another source tells of it: an ERP's sale of what
    /// was sold in the shop. A shop's own orders have none.
    pub shop_number: Option<String>,
    /// The shop's order as which this sale counts: itself it is worth nothing.
    pub counted_as_id: Option<OrderId>,
    /// Who bought; none while not recognisable.
    pub customer_id: Option<CustomerId>,
    /// The sale of another source that tells who bought, where this one's own does not.
    pub customer_of_id: Option<OrderId>,
    /// The buyer's id on the platform.
    pub buyer_external_id: Option<String>,
    /// Its status on the platform.
    pub status_code: String,
    /// What that means for points.
    pub status_class: StatusClass,
    /// When the sale was made.
    pub placed_at: Instant,
    /// When the platform last changed it, as of the newest snapshot.
    pub changed_at: Option<Instant>,
    /// Products before discounts.
    pub products_cents: Cents,
    /// Discounts, positive.
    pub discount_cents: Cents,
    /// Shipping.
    pub shipping_cents: Cents,
    /// Interest and surcharges.
    pub surcharge_cents: Cents,
    /// What the customer pays.
    pub total_cents: Cents,
    /// Product money given back.
    pub refunded_cents: Cents,
    /// Paid with store credit or the platform's cashback.
    pub credit_cents: Cents,
    /// Where it was sold.
    pub channel: Channel,
    /// The shop of the account.
    pub shop_id: Option<String>,
    /// The coupon code used, upper case.
    pub coupon_code: Option<String>,
    /// The categories that its products were sold in, by SKU; also of products that it no longer has.
    pub categories: Json,
    /// Whether its details could be read.
    pub complete: bool,
    /// Hash of its list row when last read.
    pub fingerprint: String,
    /// When it was first seen in a status that awards points, by the platform's clock.
    pub awarded_at: Option<Instant>,
    /// The programme in force then.
    pub programme_version_id: Option<ProgrammeVersionId>,
    /// Points posted for it so far.
    pub points: Points,
    /// How many ledger entries it caused.
    pub postings: i32,
    /// When it was first seen.
    pub created_at: Instant,
    /// When it last changed here.
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

    /// Those whose own source does not tell who bought. The condition is that of their index.
    pub fn unclaimed() -> Select<Self> {
        Self::find().filter(Expr::cust("(customer_id IS NULL OR customer_of_id IS NOT NULL)"))
    }

    /// Those whose detail is still to be read: they have no fingerprint. The condition is written out: a
    /// bound value would keep either database from using the index of just these rows.
    pub fn unfinished() -> Select<Self> {
        Self::find().filter(Expr::cust("fingerprint = ''"))
    }
}
