use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{integration, order_status};
use macros::{paged, permissions, plain};

use super::consent::Consent;
use super::platform::{StatusClass, Text};
use super::{ImportRun, Platform, Store};
use crate::graphql::connection::{PageArgs, page};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::filter::checked;
use crate::graphql::loaders::{ConsentOf, HookAddressOf, StatusesOf};
use crate::graphql::nodes::Nodes;
use crate::graphql::place::Place;
use crate::graphql::run_lists::{ImportRunFilter, ImportRuns};
use crate::graphql::scalar::Url;
use crate::graphql::sort::ImportRunSort;
use crate::platform::Kind;
use crate::service::hook;
use crate::service::integration::{Missing, missing};

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Integration(pub(in crate::graphql) integration::Model);

/// What the platform said to the credentials last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::integration::CredentialsState")]
pub(in crate::graphql) enum CredentialsState {
    /// They work.
    Accepted,
    /// They must be typed again.
    Refused,
    /// They must be renewed on the platform.
    Expired,
    /// They lack a permission.
    Forbidden,
    /// The merchant has to consent on the platform, for the first time or again: `authorizeIntegration`.
    AwaitingConsent,
}

/// A status of the shop's catalogue.
#[derive(SimpleObject)]
pub(in crate::graphql) struct OrderStatus {
    /// Its code on the platform, for `awardingStatuses`.
    code: String,
    /// Its name as the merchant knows it.
    name: String,
    /// What it means for points.
    class: StatusClass,
    /// Orders in it award points.
    awards: bool,
}

/// A setting that is missing before activation.
#[derive(Debug, Clone, SimpleObject)]
pub(in crate::graphql) struct MissingSetting {
    /// The setting's key.
    field: String,
    /// What to do, in Portuguese.
    help_pt: String,
    /// What to do, in English.
    help_en: String,
}

impl From<Missing> for MissingSetting {
    fn from(missing: Missing) -> Self {
        let (pt, en) = missing.help();
        Self {
            field: missing.field().to_owned(),
            help_pt: pt.to_owned(),
            help_en: en.to_owned(),
        }
    }
}

/// How far the programme is behind the shop.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ImportLag {
    /// Everything that was in the shop before this instant is here.
    synced_at: Option<DateTime<Utc>>,
    /// Seconds since then.
    seconds: Option<i64>,
    /// How long the newest sale had been in the shop when it was imported, in seconds.
    newest_sale_seconds: Option<i64>,
}

impl Integration {
    /// The name of a source of pushed sales, or of the shop's platform.
    pub(in crate::graphql) fn called(&self) -> &str {
        match self.0.platform.parse::<Kind>() {
            Ok(kind) if self.0.name.is_empty() => kind.descriptor().name,
            _ => &self.0.name,
        }
    }

    /// When the schedule imports next; none while it is off.
    pub(in crate::graphql) fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.import_due_at.filter(|_| self.0.active)
    }
}

/// A store's connection to a platform. The credentials are never
/// returned.
#[plain]
#[permissions("integrations:read")]
#[paged]
#[Object]
impl Integration {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// The platform; none when this version of the program does not know it.
    async fn platform(&self) -> Option<Platform> {
        self.0.platform.parse::<Kind>().ok().map(Platform)
    }

    /// What to call it: the name of a source of pushed sales, or of the shop's platform.
    async fn name(&self) -> &str {
        self.called()
    }

    /// What the platform said to the credentials last.
    async fn credentials_state(&self) -> CredentialsState {
        self.0.credentials_state.into()
    }

    /// What it said when it refused them.
    async fn credentials_error(&self) -> Option<&str> {
        self.0.credentials_error.as_deref()
    }

    /// What the merchant consented to, on a platform with `byConsent`; none before that.
    async fn consent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Consent>> {
        if !self.0.platform.parse().is_ok_and(Kind::by_consent) {
            return Ok(None);
        }
        Ok(load(ctx, ConsentOf(self.0.id)).await?.map(Consent::from))
    }

    /// The shop of the account to import from.
    async fn shop_id(&self) -> Option<&str> {
        self.0.shop_id.as_deref()
    }

    /// The shop's address: the link in every e-mail.
    async fn site_url(&self) -> Option<Url> {
        self.0.site_url.clone().map(Url)
    }

    /// Where a visitor signs up.
    async fn sign_up_url(&self) -> Option<Url> {
        self.0.sign_up_url.clone().map(Url)
    }

    /// The Google Shopping XML.
    async fn feed_url(&self) -> Option<Url> {
        self.0.feed_url.clone().map(Url)
    }

    /// How long the coupons of redemptions are valid, in days.
    async fn coupon_validity_days(&self) -> i32 {
        self.0.coupon_validity_days
    }

    /// SKUs offered as rewards; empty: the whole feed.
    async fn reward_skus(&self) -> Vec<String> {
        serde_json::from_value(self.0.reward_skus.clone()).unwrap_or_default()
    }

    /// What a product costs as a reward: points for 100.00 of its price.
    async fn reward_points_per_hundred(&self) -> i32 {
        self.0.reward_points_per_hundred
    }

    /// The statuses of the shop, with what they mean and whether they award points.
    async fn order_statuses(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<OrderStatus>>> {
        let awarding: Vec<String> = serde_json::from_value(self.0.awarding_statuses.clone()).unwrap_or_default();
        let rows = load(ctx, StatusesOf(self.0.id)).await?.unwrap_or_default();
        let status = |row: order_status::Model| OrderStatus {
            awards: awarding.contains(&row.code),
            code: row.code,
            name: row.name,
            class: row.class.into(),
        };
        Ok(Some(rows.into_iter().map(status).collect()))
    }

    /// Customers are imported.
    async fn register_customers(&self) -> bool {
        self.0.register_customers
    }

    /// Sales are imported.
    async fn register_sales(&self) -> bool {
        self.0.register_sales
    }

    /// The master switch.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// When it was switched on last. Earlier sales cause no e-mails.
    async fn activated_at(&self) -> Option<DateTime<Utc>> {
        self.0.activated_at
    }

    /// How many days the first import goes back.
    async fn import_days_back(&self) -> i32 {
        self.0.import_days_back
    }

    /// What is missing before it can be switched on; empty: nothing.
    async fn missing(&self) -> Vec<MissingSetting> {
        missing(&self.0).into_iter().map(MissingSetting::from).collect()
    }

    /// What switching it on causes, to be shown before `activateIntegration`.
    async fn activation_warning(&self) -> Text {
        Text::new(
            "Ao ativar, o programa começa a enviar e-mails aos clientes da loja sobre vendas feitas a partir de agora.",
            "Activating starts e-mails to the shop's customers about sales made from now on.",
        )
    }

    /// The address to paste into the platform's panel, where it sends webhooks: orders are then read within seconds.
    /// None for a platform that sends none that could be used, or before `replaceHookAddress` gave it one. Whoever
    /// knows it can hint that an order has changed, and nothing else. It stands behind this API's own origin.
    async fn hook_url(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Url>> {
        if !self.0.platform.parse().is_ok_and(Kind::sends_hooks) {
            return Ok(None);
        }
        let address = load(ctx, HookAddressOf(self.0.id)).await?;
        Ok(address.map(|address| Url(hook::path_of(ctx.app(), &address))))
    }

    /// Whether what comes to `hookUrl` has to be signed with the secret of `setHookSecret`, which nothing gives back. None for
    /// a platform that signs with no secret of its own.
    async fn hook_secret_set(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<bool>> {
        let Ok(kind) = self.0.platform.parse::<Kind>() else {
            return Ok(None);
        };
        let address = load(ctx, HookAddressOf(self.0.id)).await?;
        Ok(hook::is_set(kind, address.as_ref()))
    }

    /// When a webhook came last that showed what it has to, to the minute. Polling goes on beside them.
    async fn hook_taken_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        let address = load(ctx, HookAddressOf(self.0.id)).await?;
        Ok(address.and_then(|address| address.taken_at))
    }

    /// When a webhook was sent away last because its signature or its token was missing or wrong, to the minute. When it is
    /// later than `hookTakenAt`, the secret here is not the one that the platform signs with.
    async fn hook_refused_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        let address = load(ctx, HookAddressOf(self.0.id)).await?;
        Ok(address.and_then(|address| address.refused_at))
    }

    /// How far the programme is behind the shop.
    async fn lag(&self, ctx: &Context<'_>) -> ImportLag {
        let now = ctx.app().clock.now();
        ImportLag {
            synced_at: self.0.synced_at,
            seconds: self.0.synced_at.map(|at| (now - at).num_seconds()),
            newest_sale_seconds: self.0.order_lag_seconds,
        }
    }

    /// When the schedule imports next; none while it is off.
    async fn next_import_at(&self) -> Option<DateTime<Utc>> {
        self.due_at()
    }

    /// Its import runs.
    async fn import_runs(
        &self,
        ctx: &Context<'_>,
        args: PageArgs,
        #[graphql(name = "where", desc = "Which runs.")] filter: Option<ImportRunFilter>,
        #[graphql(default, desc = "How they are sorted.")] order_by: ImportRunSort,
    ) -> async_graphql::Result<Option<Nodes<Place, ImportRun>>> {
        ctx.demand(self.0.store_id, Self::REQUIRED)?;
        let wanted = ImportRuns(self.0.id, checked(filter, ())?, order_by);
        page(ctx, wanted, args, ImportRun).await.map(Some)
    }

    /// When it was connected first.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Give it back when changing the settings.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
