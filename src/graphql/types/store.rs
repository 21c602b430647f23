use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::{
    CustomerId, IntegrationId, StoreId, coupon, customer, order, product, programme_version, redemption, reward, store,
};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::{Coupon, Customer, Integration, Order, PlatformKind, Product, Programme, Redemption, Reward, RewardKind};
use crate::access::{Permission, Requester};
use crate::domain::document::Document;
use crate::graphql::connection::{Nodes, Order as Sorting, PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::fault;
use crate::graphql::loaders::IntegrationsOf;
use crate::platform::Kind;

/// A store: the tenant of everything else.
#[derive(Debug, Clone)]
pub(in crate::graphql) struct Store(pub(in crate::graphql) store::Model);

/// What a member of a store may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::membership::Role")]
pub(in crate::graphql) enum Role {
    /// Everything, members and API tokens included.
    Owner,
    /// Settings, rewards and points.
    Manager,
    /// Looks customers up and redeems.
    Attendant,
    /// Reads.
    Analyst,
}

/// Which customers.
#[derive(InputObject, Default)]
pub(in crate::graphql) struct CustomerFilter {
    /// With exactly this e-mail address, whatever its case.
    email: Option<String>,
    /// With exactly this CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// First seen at or after.
    created_since: Option<DateTime<Utc>>,
}

/// Which orders.
#[derive(InputObject, Default)]
pub(in crate::graphql) struct OrderFilter {
    /// With exactly this number.
    number: Option<String>,
    /// Of this customer.
    customer_id: Option<ID>,
    /// In one of these statuses (platform codes).
    status_codes: Option<Vec<String>>,
    /// Made at or after.
    placed_since: Option<DateTime<Utc>>,
    /// Made before.
    placed_before: Option<DateTime<Utc>>,
}

/// Which rewards.
#[derive(InputObject, Default)]
pub(in crate::graphql) struct RewardFilter {
    /// Offered at present, or not.
    active: Option<bool>,
    /// Of this kind.
    kind: Option<RewardKind>,
    /// Costing at most this.
    max_points: Option<i64>,
    /// Of one integration.
    integration_id: Option<ID>,
}

/// Which coupons.
#[derive(InputObject, Default)]
pub(in crate::graphql) struct CouponFilter {
    /// In one of these states.
    states: Option<Vec<super::coupon::CouponState>>,
    /// Of this customer.
    customer_id: Option<ID>,
}

/// How orders are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Default)]
pub(in crate::graphql) enum OrderSort {
    /// Newest sale first.
    #[default]
    PlacedAtDesc,
    /// Oldest sale first.
    PlacedAtAsc,
}

#[Object]
impl Store {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// IANA zone of its days.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// ISO 4217 code of its money.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The caller's role; none for API tokens.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Option<Role> {
        match ctx.requester() {
            Requester::User { stores, .. } => stores
                .iter()
                .find(|(id, _)| *id == self.0.id)
                .map(|(_, role)| (*role).into()),
            Requester::Token { .. } | Requester::Anonymous => None,
        }
    }

    /// The rules in force. Permission: `store:read`.
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Programme>> {
        ctx.demand(self.0.id, Permission::ReadStore)?;
        let row = programme_version::Entity::in_store(self.0.id)
            .filter(programme_version::Column::StartsAt.lte(ctx.app().clock.now()))
            .order_by_desc(programme_version::Column::StartsAt)
            .order_by_desc(programme_version::Column::Number)
            .one(&ctx.app().db)
            .await
            .map_err(fault)?;
        Ok(row.map(|row| Programme::new(row, &self.0.currency)))
    }

    /// Its connections to platforms, one per platform. Permission: `integrations:read`.
    async fn integrations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Integration>> {
        ctx.demand(self.0.id, Permission::ReadIntegrations)?;
        let rows = load(ctx, IntegrationsOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Integration).collect())
    }

    /// Its connection to one platform. Permission: `integrations:read`.
    async fn integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which platform.")] platform: PlatformKind,
    ) -> async_graphql::Result<Option<Integration>> {
        ctx.demand(self.0.id, Permission::ReadIntegrations)?;
        let kind = Kind::from(platform).to_string();
        let rows = load(ctx, IntegrationsOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().find(|row| row.platform == kind).map(Integration))
    }

    /// A customer by what people know: e-mail address, or CPF or CNPJ. Give one of them. Permission:
    /// `customers:read`.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "E-mail address, in any case.")] email: Option<String>,
        #[graphql(desc = "CPF or CNPJ, with or without punctuation.")] document: Option<String>,
    ) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.id, Permission::ReadCustomers)?;
        let filter = CustomerFilter {
            email,
            document,
            created_since: None,
        };
        let row = customers(self.0.id, &filter)
            .order_by_asc(customer::Column::Id)
            .one(&ctx.app().db)
            .await;
        Ok(row.map_err(fault)?.map(Customer))
    }

    /// Its customers, newest first. Permission: `customers:read`.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which customers.")] filter: Option<CustomerFilter>,
    ) -> async_graphql::Result<Nodes<Uuid, Customer>> {
        ctx.demand(self.0.id, Permission::ReadCustomers)?;
        let select = customers(self.0.id, &filter.unwrap_or_default());
        let order = Sorting {
            columns: customer::Column::Id,
            descending: true,
            key: |row: &customer::Model| row.id.0,
        };
        page(
            ctx,
            select,
            order,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Customer,
        )
        .await
    }

    /// A sale by its number. Permission: `orders:read`.
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number that people know it by.")] number: String,
    ) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.id, Permission::ReadOrders)?;
        let filter = OrderFilter {
            number: Some(number),
            ..OrderFilter::default()
        };
        let row = orders(self.0.id, filter)
            .order_by_asc(order::Column::Id)
            .one(&ctx.app().db)
            .await;
        Ok(row.map_err(fault)?.map(Order))
    }

    /// Its sales. Permission: `orders:read`.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: OrderSort,
    ) -> async_graphql::Result<Nodes<(DateTime<Utc>, Uuid), Order>> {
        ctx.demand(self.0.id, Permission::ReadOrders)?;
        let select = orders(self.0.id, filter.unwrap_or_default());
        let sorting = Sorting {
            columns: (order::Column::PlacedAt, order::Column::Id),
            descending: order_by == OrderSort::PlacedAtDesc,
            key: |row: &order::Model| (row.placed_at, row.id.0),
        };
        page(
            ctx,
            select,
            sorting,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Order,
        )
        .await
    }

    /// What points can be exchanged for, newest first. Permission: `store:read`.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn rewards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which rewards.")] filter: Option<RewardFilter>,
    ) -> async_graphql::Result<Nodes<Uuid, Reward>> {
        ctx.demand(self.0.id, Permission::ReadStore)?;
        let filter = filter.unwrap_or_default();
        let mut only = Condition::all();
        if let Some(active) = filter.active {
            only = only.add(reward::Column::Active.eq(active));
        }
        if let Some(kind) = filter.kind {
            only = only.add(reward::Column::Kind.eq(entity::reward::RewardKind::from(kind)));
        }
        if let Some(points) = filter.max_points {
            only = only.add(reward::Column::Points.lte(points));
        }
        if let Some(id) = filter.integration_id {
            only = only.add(
                id.parse::<IntegrationId>()
                    .map_or_else(|_| nothing(), |id| reward::Column::IntegrationId.eq(id)),
            );
        }
        let select = reward::Entity::in_store(self.0.id).filter(only);
        let order = Sorting {
            columns: reward::Column::Id,
            descending: true,
            key: |row: &reward::Model| row.id.0,
        };
        page(
            ctx,
            select,
            order,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Reward,
        )
        .await
    }

    /// A product of the shop's feed by its SKU. Permission: `store:read`.
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id in the feed.")] sku: String,
    ) -> async_graphql::Result<Option<Product>> {
        ctx.demand(self.0.id, Permission::ReadStore)?;
        let by_sku = product::Entity::in_store(self.0.id).filter(product::Column::Sku.eq(sku));
        Ok(by_sku
            .order_by_asc(product::Column::Id)
            .one(&ctx.app().db)
            .await
            .map_err(fault)?
            .map(Product))
    }

    /// Its redemptions, newest first. Permission: `coupons:read`.
    async fn redemptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Nodes<Uuid, Redemption>> {
        ctx.demand(self.0.id, Permission::ReadCoupons)?;
        let select = redemption::Entity::in_store(self.0.id);
        let order = Sorting {
            columns: redemption::Column::Id,
            descending: true,
            key: |row: &redemption::Model| row.id.0,
        };
        page(
            ctx,
            select,
            order,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Redemption,
        )
        .await
    }

    /// A coupon by its code, in any case. Permission: `coupons:read`.
    async fn coupon(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the shopper types.")] code: String,
    ) -> async_graphql::Result<Option<Coupon>> {
        ctx.demand(self.0.id, Permission::ReadCoupons)?;
        let by_code = coupon::Column::Code.eq(code.trim().to_uppercase());
        let row = coupon::Entity::in_store(self.0.id)
            .filter(by_code)
            .one(&ctx.app().db)
            .await;
        Ok(row.map_err(fault)?.map(Coupon))
    }

    /// Its coupons, newest first: those that redemptions made. Permission: `coupons:read`.
    #[expect(clippy::too_many_arguments, reason = "a connection's arguments")]
    async fn coupons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which coupons.")] filter: Option<CouponFilter>,
    ) -> async_graphql::Result<Nodes<Uuid, Coupon>> {
        ctx.demand(self.0.id, Permission::ReadCoupons)?;
        let filter = filter.unwrap_or_default();
        let mut only = Condition::all();
        if let Some(states) = filter.states {
            let states = states.into_iter().map(entity::coupon::CouponState::from);
            only = only.add(coupon::Column::State.is_in(states));
        }
        if let Some(id) = filter.customer_id {
            only = only.add(
                id.parse::<CustomerId>()
                    .map_or_else(|_| nothing(), |id| coupon::Column::CustomerId.eq(id)),
            );
        }
        let select = coupon::Entity::in_store(self.0.id).filter(only);
        let order = Sorting {
            columns: coupon::Column::Id,
            descending: true,
            key: |row: &coupon::Model| row.id.0,
        };
        page(
            ctx,
            select,
            order,
            PageArgs {
                first,
                last,
                after,
                before,
            },
            Coupon,
        )
        .await
    }
}

/// A condition that nothing meets: an id of the wrong kind is nobody's.
fn nothing() -> sea_orm::sea_query::SimpleExpr {
    sea_orm::sea_query::Expr::cust("1 = 0")
}

fn customers(store: StoreId, filter: &CustomerFilter) -> Select<customer::Entity> {
    let mut only = Condition::all();
    if let Some(email) = &filter.email {
        only = only.add(customer::Column::Email.eq(email.trim().to_lowercase()));
    }
    if let Some(text) = &filter.document {
        let document = Document::parse(text, None).map(|document| document.as_str().to_owned());
        only = only.add(document.map_or_else(nothing, |document| customer::Column::Document.eq(document)));
    }
    if let Some(since) = filter.created_since {
        only = only.add(customer::Column::CreatedAt.gte(since));
    }
    customer::Entity::in_store(store).filter(only)
}

fn orders(store: StoreId, filter: OrderFilter) -> Select<order::Entity> {
    let mut only = Condition::all();
    if let Some(number) = filter.number {
        only = only.add(order::Column::Number.eq(number.trim().to_owned()));
    }
    if let Some(id) = filter.customer_id {
        only = only.add(
            id.parse::<CustomerId>()
                .map_or_else(|_| nothing(), |id| order::Column::CustomerId.eq(id)),
        );
    }
    if let Some(codes) = filter.status_codes {
        only = only.add(order::Column::StatusCode.is_in(codes));
    }
    if let Some(since) = filter.placed_since {
        only = only.add(order::Column::PlacedAt.gte(since));
    }
    if let Some(before) = filter.placed_before {
        only = only.add(order::Column::PlacedAt.lt(before));
    }
    order::Entity::in_store(store).filter(only)
}
