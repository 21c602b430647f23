use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{Cents, order};
use macros::{permissions, plain};
use serde::Serialize;

use super::explanation::OrderExplanation;
use super::platform::StatusClass;
use super::{Customer, Integration, Store};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::currencies::currency;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{LinesOf, ToldAs};
use crate::graphql::scalar::{Decimal, Money, Points};
use crate::platform;
use crate::service::order::{categories_of, category_of};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Order(pub(in crate::graphql) order::Model);

/// Where a sale was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "entity::order::Channel")]
pub(in crate::graphql) enum SalesChannel {
    /// The shop's own site.
    Site,
    /// A marketplace; gives no points unless the programme takes it out of `excludedChannels`.
    Marketplace,
    /// Typed in by the shop's staff.
    Manual,
    /// A till.
    PointOfSale,
    /// Not told.
    Unknown,
}

/// A line of a sale.
#[derive(SimpleObject)]
pub(in crate::graphql) struct OrderLine {
    /// Its place, from 1.
    position: i32,
    /// The SKU.
    sku: Option<String>,
    /// What the customer saw.
    name: String,
    /// The category that it was sold in, as a path such as `Roupas > Camisetas`: what the platform told, or else
    /// what the shop's feed said when the sale was first read. Later changes of the shop's categories change
    /// nothing.
    category: Option<String>,
    /// How many.
    quantity: Decimal,
    /// Price of one, before discounts.
    unit_price: Money,
    /// The line's total after discounts.
    total: Money,
}

impl SalesChannel {
    /// As sources tell it.
    pub(in crate::graphql) fn into_platform(self) -> platform::SalesChannel {
        match self {
            Self::Site => platform::SalesChannel::Site,
            Self::Marketplace => platform::SalesChannel::Marketplace,
            Self::Manual => platform::SalesChannel::Manual,
            Self::PointOfSale => platform::SalesChannel::PointOfSale,
            Self::Unknown => platform::SalesChannel::Unknown,
        }
    }
}

impl Order {
    /// Money of the store. Loaded at most once per request however many amounts are shown.
    async fn money(&self, ctx: &Context<'_>, cents: Cents) -> async_graphql::Result<Option<InPlace<Money>>> {
        let currency = currency(ctx, self.0.store_id).await?;
        Ok(currency.map(|currency| InPlace(Money::new(cents, &currency))))
    }
}

/// A sale of the shop.
#[plain]
#[permissions("orders:read")]
#[Object]
impl Order {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// Where it was imported from, or who pushed it in.
    #[requires("integrations:read")]
    async fn integration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Integration>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        Ok(load(ctx, self.0.integration_id).await?.map(Integration))
    }

    /// The number of the shop's order that it is, where another source than the shop tells of it.
    async fn shop_order_number(&self) -> Option<&str> {
        self.0.shop_number.as_deref()
    }

    /// The order that counts instead of this sale: both are one, told by two sources. It is the shop's, or that of the
    /// integration connected last where two are of one account.
    async fn counted_as(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        match self.0.counted_as_id {
            Some(id) => Ok(load(ctx, id).await?.map(Order)),
            None => Ok(None),
        }
    }

    /// What other sources tell of this same sale; only this order counts. One for each source, more where a
    /// source tells of it in parts.
    async fn also_told_as(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Order>>> {
        let rows = load(ctx, ToldAs(self.0.id)).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(Order).collect()))
    }

    /// The number that people know it by.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The sale of another source that tells who bought, where this order's own source does not.
    async fn customer_told_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        match self.0.customer_of_id {
            Some(id) => Ok(load(ctx, id).await?.map(Order)),
            None => Ok(None),
        }
    }

    /// Who bought; none while nobody is recognised.
    #[requires("customers:read")]
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        match self.0.customer_id {
            Some(id) => Ok(load(ctx, id).await?.map(Customer)),
            None => Ok(None),
        }
    }

    /// Its status on the platform, by code.
    async fn status_code(&self) -> &str {
        &self.0.status_code
    }

    /// What its status means for points.
    async fn status_class(&self) -> StatusClass {
        self.0.status_class.into()
    }

    /// When the sale was made.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.0.placed_at
    }

    /// When anything of it last changed here.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Product money given back, where the source tells it apart; elsewhere the other amounts shrink with it.
    #[at_hand]
    async fn refunded_total(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<InPlace<Money>>> {
        self.money(ctx, self.0.refunded_cents).await
    }

    /// When the platform last changed it, where known.
    async fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.0.changed_at
    }

    /// Where it was sold.
    async fn channel(&self) -> SalesChannel {
        self.0.channel.into()
    }

    /// Products before discounts.
    #[at_hand]
    async fn products_total(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<InPlace<Money>>> {
        self.money(ctx, self.0.products_cents).await
    }

    /// Discounts, as a positive amount.
    #[at_hand]
    async fn discount_total(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<InPlace<Money>>> {
        self.money(ctx, self.0.discount_cents).await
    }

    /// Shipping.
    #[at_hand]
    async fn shipping_total(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<InPlace<Money>>> {
        self.money(ctx, self.0.shipping_cents).await
    }

    /// What the customer pays in all.
    #[at_hand]
    async fn total(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<InPlace<Money>>> {
        self.money(ctx, self.0.total_cents).await
    }

    /// The coupon code that it used, upper case, ours or not.
    async fn coupon_code(&self) -> Option<&str> {
        self.0.coupon_code.as_deref()
    }

    /// Points posted for it so far.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// When it first reached a status that awards points.
    async fn awarded_at(&self) -> Option<DateTime<Utc>> {
        self.0.awarded_at
    }

    /// Why it gives these points, or none: every rule that was looked at, by the programme in force when it
    /// first reached a status that awards points (or now, if it has not yet).
    async fn explanation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<OrderExplanation>> {
        OrderExplanation::of(ctx, &self.0).await
    }

    /// False while its details could not be read: lines, e-mail address and coupon may be missing.
    async fn complete(&self) -> bool {
        self.0.complete
    }

    /// What was sold.
    async fn lines(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<OrderLine>>> {
        let currency = currency(ctx, self.0.store_id).await?.unwrap_or_default();
        let rows = load(ctx, LinesOf(self.0.id)).await?.unwrap_or_default();
        let categories = categories_of(&self.0);
        let line = |row: entity::order_line::Model| OrderLine {
            category: category_of(&row, &categories).map(ToString::to_string),
            position: row.position,
            sku: row.sku,
            name: row.name,
            quantity: Decimal(quantity(row.quantity_milli)),
            unit_price: Money::new(row.unit_cents, &currency),
            total: Money::new(row.total_cents, &currency),
        };
        Ok(Some(rows.into_iter().map(line).collect()))
    }
}

/// Thousandths as a decimal without needless zeros.
fn quantity(milli: i64) -> String {
    let text = format!("{}.{:03}", milli / 1000, (milli % 1000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
