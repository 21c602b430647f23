use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{coupon_sighting, difference};
use macros::{permissions, plain};

use super::reward::percent;
use super::{Coupon, ImportRun, Order, Store};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::currencies::currency;
use crate::graphql::scalar::{Decimal, Money, Points};
use crate::service::reconcile::Told;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Difference(pub(in crate::graphql) difference::Model);

/// What differs between a shop and the books. New kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::difference::DifferenceKind")]
pub(in crate::graphql) enum DifferenceKind {
    /// The shop has a sale that is not here.
    OrderNotHere,
    /// A sale is here that the shop has no more, as it says when it is asked for it.
    OrderNotInShop,
    /// The shop says that a sale was cancelled, or that its money was given back; here it stands.
    OrderUndone,
    /// A sale has another status.
    OrderStatus,
    /// A sale has another value.
    OrderValue,
    /// The shop counts a use of a coupon that was not used by any sale that is known here.
    CouponUsed,
    /// Nobody can use a coupon in the shop any more, though nobody has used it: it was switched off, or its time was
    /// shortened.
    CouponEnded,
    /// The shop does not have a coupon that can be used, as it says when it is asked for it.
    CouponNotInShop,
    /// A coupon takes off something else in the shop, or ends at another time, or demands another order.
    CouponChanged,
    /// A coupon can be used in the shop though its points are back.
    CouponUsable,
    /// The shop has a coupon whose code looks like one of ours, which nobody here knows, and which can be used.
    CouponUnknown,
}

/// What would mend a difference. New ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::difference::Repair")]
pub(in crate::graphql) enum DifferenceRepair {
    /// The sale is read from the shop again, as an import does, and gives what points it is worth.
    ImportOrder,
    /// The sale is taken to be undone: its points are taken back. Should the shop show it again, it counts again.
    RevokeOrder,
    /// The coupon is noted as used.
    MarkCouponUsed,
    /// The redemption is cancelled: its coupon is ended, and once it is certain that no sale has used it, the points come
    /// back.
    CancelRedemption,
    /// What the shop says of the coupon is taken over.
    AcceptTerms,
    /// The coupon is ended in the shop.
    DisableCoupon,
    /// None: somebody has to look.
    LookByHand,
}

/// Where a difference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::difference::DifferenceState")]
pub(in crate::graphql) enum DifferenceState {
    /// Nothing was done about it, or its repair could not be carried out: then `message` says why.
    Open,
    /// Its repair was asked for and is on its way.
    Applying,
    /// Its repair was carried out.
    Applied,
    /// It differed no more when it was to be mended, or a later run has looked since.
    Obsolete,
}

/// What one side says of a sale or a coupon. What does not belong to it, and what is not told, is none.
#[derive(SimpleObject)]
pub(in crate::graphql) struct DifferenceSide {
    /// A sale's status, as the platform calls it; `removed` here where the shop has it no more.
    status_code: Option<String>,
    /// A sale's products before discounts.
    products_total: Option<Money>,
    /// A sale's discounts, positive.
    discount_total: Option<Money>,
    /// What the customer pays.
    total: Option<Money>,
    /// Product money that was given back.
    refunded_total: Option<Money>,
    /// The points that the sale has given; known here alone.
    points: Option<Points>,
    /// Whether a coupon can be used.
    usable: Option<bool>,
    /// How often it was used, where the shop counts.
    times_used: Option<u32>,
    /// What it takes off.
    amount: Option<Money>,
    /// What it takes off in per cent.
    percent: Option<Decimal>,
    /// The smallest order that it demands, where it is told.
    minimum_order: Option<Money>,
    /// Until when it can be used.
    valid_until: Option<DateTime<Utc>>,
}

/// What the shop said of a coupon when it was last looked.
#[derive(SimpleObject)]
pub(in crate::graphql) struct CouponInShop {
    /// When it was looked.
    seen_at: DateTime<Utc>,
    /// Whether the shop had it.
    present: bool,
    /// Whether the shop says that it is switched on. That it has ended, or was used, need not switch it off.
    active: bool,
    /// How often it was used, where the shop counts.
    times_used: Option<i32>,
    /// What it takes off.
    amount: Option<Money>,
    /// What it takes off in per cent.
    percent: Option<Decimal>,
    /// The smallest order that it demands, where the shop tells.
    minimum_order: Option<Money>,
    /// Until when it can be used, where the shop tells.
    valid_until: Option<DateTime<Utc>>,
}

impl CouponInShop {
    /// As it was noted, in the store's currency.
    pub(in crate::graphql) async fn of(
        ctx: &Context<'_>,
        row: coupon_sighting::Model,
    ) -> async_graphql::Result<Option<Self>> {
        let Some(currency) = currency(ctx, row.store_id).await? else {
            return Ok(None);
        };
        let money = |cents: Option<entity::Cents>| cents.map(|cents| Money::new(cents, &currency));
        Ok(Some(Self {
            seen_at: row.seen_at,
            present: row.present,
            active: row.active,
            times_used: row.times_used,
            amount: money(row.amount_cents),
            percent: row.percent_hundredths.map(percent),
            minimum_order: money(row.minimum_order_cents),
            valid_until: row.valid_until,
        }))
    }
}

impl Difference {
    async fn side(
        &self,
        ctx: &Context<'_>,
        stored: Option<&serde_json::Value>,
    ) -> async_graphql::Result<Option<DifferenceSide>> {
        let Some((stored, currency)) = stored.zip(currency(ctx, self.0.store_id).await?) else {
            return Ok(None);
        };
        let told = Told::read(stored);
        let money = |cents: Option<entity::Cents>| cents.map(|cents| Money::new(cents, &currency));
        Ok(Some(DifferenceSide {
            status_code: told.status,
            products_total: money(told.products),
            discount_total: money(told.discount),
            total: money(told.total),
            refunded_total: money(told.refunded),
            points: told.points.map(Points),
            usable: told.usable,
            times_used: told.times_used,
            amount: money(told.amount),
            percent: told
                .percent
                .and_then(|hundredths| hundredths.try_into().ok())
                .map(percent),
            minimum_order: money(told.minimum_order),
            valid_until: told.valid_until,
        }))
    }
}

/// Something in which a shop and the books differ, as a run found it.
#[plain]
#[permissions("integrations:read")]
#[Object]
impl Difference {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What differs.
    async fn kind(&self) -> DifferenceKind {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn state(&self) -> DifferenceState {
        self.0.state.into()
    }

    /// What would mend it; see `applyRepairs`.
    async fn repair(&self) -> DifferenceRepair {
        self.0.repair.into()
    }

    /// What the shop said; none where it had nothing.
    async fn shop(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DifferenceSide>> {
        self.side(ctx, self.0.shop_says.as_ref()).await
    }

    /// What the books said; none where they had nothing.
    async fn books(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DifferenceSide>> {
        self.side(ctx, self.0.books_say.as_ref()).await
    }

    /// The number that people know the sale by, where it is about one.
    #[requires("orders:read")]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn order_number(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(self.0.order_number.clone())
    }

    /// The sale, where it was here when the difference was found.
    #[requires("orders:read")]
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.order_id {
            Some(id) => Ok(load(ctx, id).await?.map(Order)),
            None => Ok(None),
        }
    }

    /// The coupon's code, where it is about one. It is worth money.
    #[requires("coupons:read")]
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn code(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        let is_coupon = self.0.order_number.is_none();
        Ok(is_coupon.then(|| self.0.subject.clone()))
    }

    /// The coupon, where it is one of ours.
    #[requires("coupons:read")]
    async fn coupon(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Coupon>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.coupon_id {
            Some(id) => Ok(load(ctx, id).await?.map(Coupon)),
            None => Ok(None),
        }
    }

    /// Why its repair could not be carried out, in words.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// When it was found.
    async fn found_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// The run that found it.
    async fn import_run(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ImportRun>> {
        Ok(load(ctx, self.0.import_run_id).await?.map(ImportRun))
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }
}
