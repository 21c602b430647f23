use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{export_run, store};
use macros::{paged, permissions, plain};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{
    ApiToken, AuditEntry, Coupon, CouponPool, Customer, ExportRun, Fulfilment, Integration, Invitation, Job, Member,
    Order, PlatformKind, PointsReport, PoolCode, Product, Programme, Redemption, Reward, Webhook,
};
use crate::access::Requester;
use crate::graphql::access_lists::{
    ApiTokenFilter, InvitationFilter, Invitations, MemberFilter, Members, Tokens, TokensOf,
};
use crate::graphql::audit_lists::{AuditFilter, Audited};
use crate::graphql::connection::{PageArgs, oldest, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::fault;
use crate::graphql::exports::{self, ExportRunFilter, ExportRuns};
use crate::graphql::filter::checked;
use crate::graphql::fulfilment_lists::{FulfilmentFilter, FulfilmentSort, Fulfilments};
use crate::graphql::job_lists::{JobFilter, Jobs};
use crate::graphql::lists::{
    CouponFilter, CouponSort, Coupons, CustomerFilter, CustomerSort, Customers, IntegrationFilter, Integrations,
    OrderFilter, OrderSort, Orders, RedemptionFilter, Redemptions, RewardFilter, RewardSort, Rewards,
};
use crate::graphql::loaders::{IntegrationsOf, ProductBy, ProgrammeOf, RewardOf};
use crate::graphql::nodes::Nodes;
use crate::graphql::place::Place;
use crate::graphql::pool_lists::{CouponPoolFilter, CouponPools};
use crate::graphql::sort::{
    ApiTokenSort, AuditSort, CouponPoolSort, ExportRunSort, IntegrationSort, InvitationSort, JobSort, MemberSort,
    RedemptionSort, WebhookSort,
};
use crate::graphql::webhook_lists::{WebhookFilter, Webhooks};
use crate::platform::Kind;
use crate::service::{points, pool};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Store(pub(in crate::graphql) store::Model);

/// What a member of a store may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
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

/// A store: the tenant of everything else.
#[plain]
#[permissions]
#[paged]
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

    /// Raised by every change: give it to `updateStore`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The caller's role; none for API tokens.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Option<Role> {
        match ctx.requester() {
            Requester::User { stores, .. } => stores.role_in(self.0.id).map(Into::into),
            Requester::Token { .. } | Requester::Anonymous => None,
        }
    }

    /// The rules in force.
    #[requires("store:read")]
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Programme>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let row = load(ctx, ProgrammeOf(self.0.id)).await?;
        Ok(row.map(|row| Programme::new(row, &self.0.currency)))
    }

    /// What became of all its points, by month and by cohort.
    #[requires("customers:read")]
    async fn points_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An instant: what was true then. Left out: now.")] at: Option<DateTime<Utc>>,
    ) -> async_graphql::Result<Option<PointsReport>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let at = at.unwrap_or_else(|| ctx.app().clock.now());
        let report = points::report(ctx.app(), self.0.id, at).await.map_err(fault)?;
        Ok(Some(PointsReport::new(&report, at, &self.0.currency)))
    }

    /// Its connections to platforms, one per platform of a shop, and its sources of pushed sales.
    #[requires("integrations:read")]
    async fn integrations(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which integrations.")] filter: Option<IntegrationFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: IntegrationSort,
    ) -> async_graphql::Result<Nodes<Uuid, Integration>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Integrations(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Integration).await
    }

    /// Its connection to one platform; of several sources of pushed sales the oldest.
    #[requires("integrations:read")]
    async fn integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which platform.")] platform: PlatformKind,
    ) -> async_graphql::Result<Option<Integration>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let kind = Kind::from(platform).to_string();
        let rows = load(ctx, IntegrationsOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().find(|row| row.platform == kind).map(Integration))
    }

    /// A customer by what people know: e-mail address, or CPF or CNPJ. Give one of them.
    #[requires("customers:read")]
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "E-mail address, in any case.")] email: Option<String>,
        #[graphql(desc = "CPF or CNPJ, with or without punctuation.")] document: Option<String>,
    ) -> async_graphql::Result<Option<Customer>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Customers::known_by(self.0.id, email, document);
        match oldest(ctx, wanted).await? {
            Some(row) if row.merged_into_id.is_some() => Ok(load(ctx, row.id).await?.map(Customer)),
            row => Ok(row.map(Customer)),
        }
    }

    /// Its customers.
    #[requires("customers:read")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which customers.")] filter: Option<CustomerFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: CustomerSort,
    ) -> async_graphql::Result<Nodes<Place, Customer>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Customers(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Customer).await
    }

    /// A sale by its number.
    #[requires("orders:read")]
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number that people know it by.")] number: String,
    ) -> async_graphql::Result<Option<Order>> {
        ctx.demand(self.0.id, REQUIRED)?;
        Ok(oldest(ctx, Orders::with_number(self.0.id, number)).await?.map(Order))
    }

    /// Its sales.
    #[requires("orders:read")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: OrderSort,
    ) -> async_graphql::Result<Nodes<Place, Order>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Orders {
            store: self.0.id,
            customer: None,
            filter: checked(filter, self.0.id)?,
            sort: order_by,
        };
        page(ctx, wanted, args, Order).await
    }

    /// What points can be exchanged for.
    #[requires("store:read")]
    async fn rewards(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which rewards.")] filter: Option<RewardFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: RewardSort,
    ) -> async_graphql::Result<Nodes<Place, Reward>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Rewards(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Reward).await
    }

    /// Exports of its lists, of those that the caller may see. They are told of for 90 days.
    async fn export_runs(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which exports.")] filter: Option<ExportRunFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: ExportRunSort,
    ) -> async_graphql::Result<Nodes<Place, ExportRun>> {
        let seen = |list: &export_run::ExportList| {
            let needed = exports::permission(*list);
            ctx.requester().demand(self.0.id, needed).is_ok()
        };
        let wanted = ExportRuns {
            store: self.0.id,
            lists: export_run::ExportList::iter().filter(seen).collect(),
            filter: checked(filter, ())?,
            sort: order_by,
        };
        page(ctx, wanted, args, ExportRun).await
    }

    /// The reward that a product of the shop's feed became, by its SKU.
    #[requires("store:read")]
    async fn reward(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id in the feed.")] sku: String,
    ) -> async_graphql::Result<Option<Reward>> {
        ctx.demand(self.0.id, REQUIRED)?;
        match load(ctx, ProductBy(self.0.id, sku)).await? {
            Some(product) => Ok(load(ctx, RewardOf(product.id)).await?.map(Reward)),
            None => Ok(None),
        }
    }

    /// A product of the shop's feed by its SKU.
    #[requires("store:read")]
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id in the feed.")] sku: String,
    ) -> async_graphql::Result<Option<Product>> {
        ctx.demand(self.0.id, REQUIRED)?;
        Ok(load(ctx, ProductBy(self.0.id, sku)).await?.map(Product))
    }

    /// Its redemptions.
    #[requires("coupons:read")]
    async fn redemptions(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which redemptions.")] filter: Option<RedemptionFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: RedemptionSort,
    ) -> async_graphql::Result<Nodes<Place, Redemption>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Redemptions(self.0.id, checked(filter, self.0.id)?, order_by);
        page(ctx, wanted, args, Redemption).await
    }

    /// The addresses that are told of its events.
    #[requires("integrations:read")]
    async fn webhooks(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which webhooks.")] filter: Option<WebhookFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: WebhookSort,
    ) -> async_graphql::Result<Nodes<Uuid, Webhook>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Webhooks(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Webhook).await
    }

    /// A coupon by its code, in any case.
    #[requires("coupons:read")]
    async fn coupon(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the shopper types.")] code: String,
    ) -> async_graphql::Result<Option<Coupon>> {
        ctx.demand(self.0.id, REQUIRED)?;
        Ok(oldest(ctx, Coupons::with_code(self.0.id, &code)).await?.map(Coupon))
    }

    /// Its coupons: those that redemptions made.
    #[requires("coupons:read")]
    async fn coupons(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which coupons.")] filter: Option<CouponFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: CouponSort,
    ) -> async_graphql::Result<Nodes<Place, Coupon>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Coupons {
            store: self.0.id,
            customer: None,
            filter: checked(filter, self.0.id)?,
            sort: order_by,
        };
        page(ctx, wanted, args, Coupon).await
    }

    /// Its redemptions that the staff see to, those that wait and those that were dealt with.
    #[requires("coupons:read")]
    async fn fulfilments(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which redemptions.")] filter: Option<FulfilmentFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: FulfilmentSort,
    ) -> async_graphql::Result<Nodes<Place, Fulfilment>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Fulfilments(self.0.id, checked(filter, self.0.id)?, order_by);
        page(ctx, wanted, args, Fulfilment).await
    }

    /// Its pools of coupon codes.
    #[requires("coupons:read")]
    async fn coupon_pools(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which pools.")] filter: Option<CouponPoolFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: CouponPoolSort,
    ) -> async_graphql::Result<Nodes<Place, CouponPool>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = CouponPools(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, CouponPool).await
    }

    /// A code of one of its pools, in any case: also one that nobody has been given yet.
    #[requires("rewards:write")]
    async fn pool_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the shopper types.")] code: String,
    ) -> async_graphql::Result<Option<PoolCode>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let found = pool::find_code(ctx.app(), self.0.id, &code).await;
        Ok(found.map_err(fault)?.map(PoolCode))
    }

    /// What is done for it after the requests that asked for it: imports, coupons, e-mails, deliveries. Seen for 30
    /// days.
    #[requires("integrations:read")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which jobs.")] filter: Option<JobFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: JobSort,
    ) -> async_graphql::Result<Nodes<Place, Job>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Jobs(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Job).await
    }

    /// Who works there.
    #[requires("access:read")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which members.")] filter: Option<MemberFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: MemberSort,
    ) -> async_graphql::Result<Nodes<Place, Member>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Members(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Member).await
    }

    /// Its invitations, those that were accepted or taken back too.
    #[requires("access:read")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which invitations.")] filter: Option<InvitationFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: InvitationSort,
    ) -> async_graphql::Result<Nodes<Uuid, Invitation>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Invitations(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, Invitation::from).await
    }

    /// The API tokens that open it, those that were revoked too.
    #[requires("access:read")]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which tokens.")] filter: Option<ApiTokenFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: ApiTokenSort,
    ) -> async_graphql::Result<Nodes<Uuid, ApiToken>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Tokens(TokensOf::Store(self.0.id), checked(filter, ())?, order_by);
        page(ctx, wanted, args, ApiToken).await
    }

    /// Who changed what in it.
    #[requires("audit:read")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which entries.")] filter: Option<AuditFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: AuditSort,
    ) -> async_graphql::Result<Nodes<Place, AuditEntry>> {
        ctx.demand(self.0.id, REQUIRED)?;
        let wanted = Audited(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, AuditEntry).await
    }
}
