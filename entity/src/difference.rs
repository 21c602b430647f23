//! Differences between a shop and the books.

use sea_orm::entity::prelude::*;

use crate::{CouponId, DifferenceId, ImportRunId, Instant, IntegrationId, OrderId, StoreId};

/// What differs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))")]
pub enum DifferenceKind {
    /// The shop has a sale that the books have not.
    #[sea_orm(string_value = "order_not_here")]
    OrderNotHere,
    /// The books have a sale that the shop has not any more.
    #[sea_orm(string_value = "order_not_in_shop")]
    OrderNotInShop,
    /// The shop says that a sale was cancelled or given back; in the books it stands.
    #[sea_orm(string_value = "order_undone")]
    OrderUndone,
    /// A sale has another status.
    #[sea_orm(string_value = "order_status")]
    OrderStatus,
    /// A sale has another value.
    #[sea_orm(string_value = "order_value")]
    OrderValue,
    /// The shop counts a use of a coupon that can be used by the books.
    #[sea_orm(string_value = "coupon_used")]
    CouponUsed,
    /// A coupon that can be used by the books cannot be used in the shop.
    #[sea_orm(string_value = "coupon_ended")]
    CouponEnded,
    /// The shop has not a coupon that can be used by the books.
    #[sea_orm(string_value = "coupon_not_in_shop")]
    CouponNotInShop,
    /// A coupon takes off something else in the shop, or on other terms.
    #[sea_orm(string_value = "coupon_changed")]
    CouponChanged,
    /// A coupon whose points are back can be used in the shop.
    #[sea_orm(string_value = "coupon_usable")]
    CouponUsable,
    /// The shop has a coupon with a code like ours that the books do not know.
    #[sea_orm(string_value = "coupon_unknown")]
    CouponUnknown,
}

/// What would mend a difference.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))")]
pub enum Repair {
    /// Read the sale from the shop, as an import does.
    #[sea_orm(string_value = "import_order")]
    ImportOrder,
    /// Take the sale to be undone: it is worth nothing.
    #[sea_orm(string_value = "revoke_order")]
    RevokeOrder,
    /// Note that the coupon was used.
    #[sea_orm(string_value = "mark_coupon_used")]
    MarkCouponUsed,
    /// Cancel the redemption: the points come back once it is certain that nobody used the coupon.
    #[sea_orm(string_value = "cancel_redemption")]
    CancelRedemption,
    /// Take over what the shop says of the coupon.
    #[sea_orm(string_value = "accept_terms")]
    AcceptTerms,
    /// End the coupon in the shop.
    #[sea_orm(string_value = "disable_coupon")]
    DisableCoupon,
    /// None: people have to look.
    #[sea_orm(string_value = "look_by_hand")]
    LookByHand,
}

/// Where a difference stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum DifferenceState {
    /// Found.
    #[sea_orm(string_value = "open")]
    Open,
    /// Its repair was asked for and is on its way.
    #[sea_orm(string_value = "applying")]
    Applying,
    /// Its repair was carried out.
    #[sea_orm(string_value = "applied")]
    Applied,
    /// It was no more when it was looked at again, or a later run has looked since.
    #[sea_orm(string_value = "obsolete")]
    Obsolete,
}

/// Something that a run found to differ.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "differences")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DifferenceId,
    /// The store.
    pub store_id: StoreId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The run that found it.
    pub import_run_id: ImportRunId,
    /// What differs.
    pub kind: DifferenceKind,
    /// The sale's key on the platform, or the coupon's code. With the run and the kind its natural key.
    pub subject: String,
    /// The number that people know the sale by.
    pub order_number: Option<String>,
    /// The sale, where the books have it.
    pub order_id: Option<OrderId>,
    /// The coupon, where the books have it.
    pub coupon_id: Option<CouponId>,
    /// What the shop says; none where it has nothing.
    pub shop_says: Option<Json>,
    /// What the books say; none where they have nothing.
    pub books_say: Option<Json>,
    /// What would mend it.
    pub repair: Repair,
    /// Where it stands.
    pub state: DifferenceState,
    /// Who asked for its repair.
    pub actor: Option<String>,
    /// Why its repair was not carried out, in words.
    pub message: Option<String>,
    /// When it was found.
    pub created_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
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

    /// Those that nobody did anything about. The condition is written out: a bound value would keep either database from
    /// using the index of just these rows.
    pub fn open() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'open'"))
    }
}
