use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::customer;
use macros::{paged, permissions, plain};
use uuid::Uuid;

use super::{Coupon, LedgerEntry, Order, PointLot, Store};
use crate::graphql::connection::{PageArgs, beginning, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::filter::checked;
use crate::graphql::ledger_lists::{Entries, LotFilter, Lots, StatementFilter};
use crate::graphql::ledger_loaders::BalanceAt;
use crate::graphql::lists::{CouponFilter, CouponSort, Coupons, OrderFilter, OrderSort, Orders};
use crate::graphql::loaders::{BalanceOf, MergedInto};
use crate::graphql::merged_lists::{MergedCustomer, MergedCustomerFilter, MergedCustomers};
use crate::graphql::nodes::Nodes;
use crate::graphql::place::Place;
use crate::graphql::scalar::{Date, Document, Points};
use crate::graphql::sort::{LotSort, MergedCustomerSort, StatementSort};
use crate::service::points;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Customer(pub(in crate::graphql) customer::Model);

/// A customer's points, exact at the moment of the request or at the instant that was asked for.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Balance {
    /// Can be spent.
    available: Points,
    /// Given, but not spendable yet.
    pending: Points,
    /// Held for redemptions under way.
    reserved: Points,
    /// Owed: taken back after they were spent.
    debt: Points,
}

impl From<points::Balance> for Balance {
    fn from(balance: points::Balance) -> Self {
        Self {
            available: balance.available.into(),
            pending: balance.pending.into(),
            reserved: balance.reserved.into(),
            debt: balance.debt.into(),
        }
    }
}

/// A shop's customer, taking part in the store's programme.
#[plain]
#[permissions("customers:read")]
#[paged]
#[Object]
impl Customer {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// Full name.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// E-mail address, lower-case.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// CPF or CNPJ.
    async fn document(&self) -> Option<Document> {
        self.0.document.as_deref().and_then(Document::parse)
    }

    /// The shop holds a document for the customer that is neither a CPF nor a CNPJ.
    async fn document_invalid(&self) -> bool {
        self.0.document_invalid
    }

    /// Phone, digits only.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Birth date.
    async fn birth_date(&self) -> Option<Date> {
        self.0.birth_date.map(Date)
    }

    /// When the customer signed up in the shop.
    async fn signed_up_at(&self) -> Option<DateTime<Utc>> {
        self.0.signed_up_at
    }

    /// When the customer was first seen here.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Ids of customers who were merged into this one, the first 100; `mergedCustomers` has all of them. Each can be
    /// separated again.
    async fn merged_customer_ids(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ID>> {
        let oldest = MergedCustomers(
            self.0.id,
            MergedCustomerFilter::default(),
            MergedCustomerSort::CreatedAtAsc,
        );
        let rows = beginning(ctx, oldest).await?;
        Ok(rows.into_iter().map(|row| row.id.to_string().into()).collect())
    }

    /// Customers who were merged into this one; each can be separated again.
    async fn merged_customers(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<MergedCustomerFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: MergedCustomerSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, MergedCustomer>>> {
        let wanted = MergedCustomers(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, MergedCustomer::from).await.map(Some)
    }

    /// The customer's points: now, or as they were at an instant.
    async fn balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "An instant: the balance that was true then. In the future: what becomes true if nothing \
                          else happens."
        )]
        at: Option<DateTime<Utc>>,
    ) -> async_graphql::Result<Option<Balance>> {
        let balance = match at {
            None => load(ctx, BalanceOf(self.0.id)).await?,
            Some(at) => load(ctx, BalanceAt(self.0.id, at)).await?,
        };
        Ok(Some(balance.unwrap_or_default().into()))
    }

    /// Every movement of the customer's points, and of those of customers who were merged into this one.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which lines.")] filter: Option<StatementFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: StatementSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, LedgerEntry>>> {
        let merged = load(ctx, MergedInto(self.0.id)).await?.unwrap_or_default();
        let customers = std::iter::once(self.0.id).chain(merged.iter().map(|row| row.id));
        let wanted = Entries(customers.collect(), checked(filter, ())?, order_by);
        page(ctx, wanted, args, LedgerEntry).await.map(Some)
    }

    /// The customer's points by how they came in.
    async fn lots(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which lots.")] filter: Option<LotFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: LotSort,
    ) -> async_graphql::Result<Option<Nodes<Uuid, PointLot>>> {
        let wanted = Lots(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, PointLot).await.map(Some)
    }

    /// The customer's sales.
    #[requires("orders:read")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: OrderSort,
    ) -> async_graphql::Result<Option<Nodes<Place, Order>>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        let wanted = Orders {
            store: self.0.store_id,
            customer: Some(self.0.id),
            filter: checked(filter, self.0.store_id)?,
            sort: order_by,
        };
        page(ctx, wanted, args, Order).await.map(Some)
    }

    /// The customer's coupons.
    #[requires("coupons:read")]
    async fn coupons(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which coupons.")] filter: Option<CouponFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: CouponSort,
    ) -> async_graphql::Result<Option<Nodes<Place, Coupon>>> {
        ctx.demand(self.0.store_id, REQUIRED)?;
        let wanted = Coupons {
            store: self.0.store_id,
            customer: Some(self.0.id),
            filter: checked(filter, self.0.store_id)?,
            sort: order_by,
        };
        page(ctx, wanted, args, Coupon).await.map(Some)
    }
}
