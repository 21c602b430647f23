//! One loader per relation, made anew for each request so that nothing crosses users. Each load is
//! one statement, however many parents ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{
    AdjustmentId, CouponId, CouponPoolId, CustomerId, DifferenceId, EntryId, ExportRunId, FulfilmentId, ImportRunId,
    IntegrationId, JobId, LotId, OrderId, ProductId, ProgrammeVersionId, RedemptionId, RewardId, StoreId, UserId,
    WebhookDeliveryId, WebhookId, adjustment, consent, coupon, coupon_pool, coupon_sighting, customer, difference,
    export_run, fulfilment, hook_address, import_run, integration, ledger_entry, order, order_line, order_status,
    point_lot, product, programme_version, redemption, reward, store, store_job, user, webhook, webhook_delivery,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::currencies::Currencies;
use crate::app::App;
use crate::service::points::{Balance, balances};
use crate::service::pool::{Stock, stocks};

/// Loads by key, and notes the currencies of the stores that it meets.
pub(super) struct Loaders(pub(super) App, pub(super) Currencies);

pub(super) type Found<K, V> = Result<HashMap<K, V>, Arc<DbErr>>;

/// A customer's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BalanceOf(pub(super) CustomerId);
/// Those who were merged into a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct MergedInto(pub(super) CustomerId);
/// A sale's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LinesOf(pub(super) OrderId);
/// What other sources tell of a shop's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ToldAs(pub(super) OrderId);
/// A redemption's coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CouponOf(pub(super) RedemptionId);
/// What the shop last said of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SightingOf(pub(super) CouponId);
/// What people do about a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FulfilmentOf(pub(super) RedemptionId);
/// What a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StockOf(pub(super) CouponPoolId);
/// What undid an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ReversalOf(pub(super) AdjustmentId);
/// An integration's statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StatusesOf(pub(super) IntegrationId);
/// Where an integration's webhooks are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct HookAddressOf(pub(super) IntegrationId);
/// What an integration's merchant consented to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConsentOf(pub(super) IntegrationId);
/// A store's integrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct IntegrationsOf(pub(super) StoreId);
/// A store's programme in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ProgrammeOf(pub(super) StoreId);
/// The reward that a product became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RewardOf(pub(super) ProductId);
/// A store's product by its SKU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ProductBy(pub(super) StoreId, pub(super) String);

/// Declares a loader of rows by their id.
macro_rules! by_id {
    ($($id:ident => $entity:ident),* $(,)?) => {$(
        impl Loader<$id> for Loaders {
            type Value = $entity::Model;
            type Error = Arc<DbErr>;
            async fn load(&self, keys: &[$id]) -> Found<$id, Self::Value> {
                let rows = $entity::Entity::find()
                    .filter($entity::Column::Id.is_in(keys.iter().copied()))
                    .all(&self.0.db)
                    .await?;
                Ok(rows.into_iter().map(|row| (row.id, row)).collect())
            }
        }
    )*};
}

by_id! {
    UserId => user,
    IntegrationId => integration,
    ImportRunId => import_run,
    DifferenceId => difference,
    ExportRunId => export_run,
    OrderId => order,
    ProductId => product,
    RewardId => reward,
    RedemptionId => redemption,
    CouponId => coupon,
    CouponPoolId => coupon_pool,
    FulfilmentId => fulfilment,
    EntryId => ledger_entry,
    LotId => point_lot,
    ProgrammeVersionId => programme_version,
    AdjustmentId => adjustment,
    WebhookId => webhook,
    WebhookDeliveryId => webhook_delivery,
    JobId => store_job,
}

impl Loader<StoreId> for Loaders {
    type Value = store::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[StoreId]) -> Found<StoreId, Self::Value> {
        let rows = store::Entity::find()
            .filter(store::Column::Id.is_in(keys.iter().copied()))
            .all(&self.0.db)
            .await?;
        for row in &rows {
            self.1.note(row);
        }
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// One who was merged into another is that other.
impl Loader<CustomerId> for Loaders {
    type Value = customer::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[CustomerId]) -> Found<CustomerId, Self::Value> {
        let find = async |ids: Vec<CustomerId>| {
            let rows = customer::Entity::find().filter(customer::Column::Id.is_in(ids));
            rows.all(&self.0.db).await
        };
        let mut rows: HashMap<CustomerId, customer::Model> = find(keys.to_vec())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let merged: Vec<(CustomerId, CustomerId)> = rows
            .values()
            .filter_map(|row| Some((row.id, row.merged_into_id?)))
            .collect();
        if !merged.is_empty() {
            let others = find(merged.iter().map(|(_, into)| *into).collect()).await?;
            let others: HashMap<CustomerId, customer::Model> = others.into_iter().map(|row| (row.id, row)).collect();
            rows.extend(
                merged
                    .iter()
                    .filter_map(|(from, into)| Some((*from, others.get(into)?.clone()))),
            );
        }
        Ok(rows)
    }
}

impl Loader<MergedInto> for Loaders {
    type Value = Vec<customer::Model>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[MergedInto]) -> Found<MergedInto, Self::Value> {
        let rows = customer::Entity::find()
            .filter(customer::Column::MergedIntoId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(customer::Column::Id)
            .all(&self.0.db)
            .await?;
        Ok(grouped(rows, |row| MergedInto(row.merged_into_id.unwrap_or(row.id))))
    }
}

impl Loader<BalanceOf> for Loaders {
    type Value = Balance;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[BalanceOf]) -> Found<BalanceOf, Balance> {
        let ids: Vec<CustomerId> = keys.iter().map(|key| key.0).collect();
        let found = balances(&self.0.db, &ids, self.0.clock.now()).await?;
        Ok(found
            .into_iter()
            .map(|(id, balance)| (BalanceOf(id), balance))
            .collect())
    }
}

impl Loader<LinesOf> for Loaders {
    type Value = Vec<order_line::Model>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[LinesOf]) -> Found<LinesOf, Self::Value> {
        let rows = order_line::Entity::find()
            .filter(order_line::Column::OrderId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(order_line::Column::OrderId)
            .order_by_asc(order_line::Column::Position)
            .all(&self.0.db)
            .await?;
        Ok(grouped(rows, |row| LinesOf(row.order_id)))
    }
}

impl Loader<ToldAs> for Loaders {
    type Value = Vec<order::Model>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[ToldAs]) -> Found<ToldAs, Self::Value> {
        let rows = order::Entity::find()
            .filter(order::Column::CountedAsId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(order::Column::Id)
            .all(&self.0.db)
            .await?;
        let mut told: HashMap<ToldAs, Vec<order::Model>> = HashMap::new();
        for row in rows {
            if let Some(order) = row.counted_as_id {
                told.entry(ToldAs(order)).or_default().push(row);
            }
        }
        Ok(told)
    }
}

impl Loader<CouponOf> for Loaders {
    type Value = coupon::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[CouponOf]) -> Found<CouponOf, Self::Value> {
        let rows = coupon::Entity::find()
            .filter(coupon::Column::RedemptionId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        Ok(rows.into_iter().map(|row| (CouponOf(row.redemption_id), row)).collect())
    }
}

impl Loader<SightingOf> for Loaders {
    type Value = coupon_sighting::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[SightingOf]) -> Found<SightingOf, Self::Value> {
        let rows = coupon_sighting::Entity::find()
            .filter(coupon_sighting::Column::CouponId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        Ok(rows.into_iter().map(|row| (SightingOf(row.coupon_id), row)).collect())
    }
}

impl Loader<FulfilmentOf> for Loaders {
    type Value = fulfilment::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[FulfilmentOf]) -> Found<FulfilmentOf, Self::Value> {
        let rows = fulfilment::Entity::find()
            .filter(fulfilment::Column::RedemptionId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (FulfilmentOf(row.redemption_id), row))
            .collect())
    }
}

impl Loader<StockOf> for Loaders {
    type Value = Stock;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[StockOf]) -> Found<StockOf, Stock> {
        let ids: Vec<CouponPoolId> = keys.iter().map(|key| key.0).collect();
        let found = stocks(&self.0.db, &ids, self.0.clock.now()).await?;
        Ok(found.into_iter().map(|(id, stock)| (StockOf(id), stock)).collect())
    }
}

impl Loader<ReversalOf> for Loaders {
    type Value = adjustment::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[ReversalOf]) -> Found<ReversalOf, Self::Value> {
        let rows = adjustment::Entity::find()
            .filter(adjustment::Column::ReversesId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let undone = |row: adjustment::Model| Some((ReversalOf(row.reverses_id?), row));
        Ok(rows.into_iter().filter_map(undone).collect())
    }
}

impl Loader<StatusesOf> for Loaders {
    type Value = Vec<order_status::Model>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[StatusesOf]) -> Found<StatusesOf, Self::Value> {
        let rows = order_status::Entity::find()
            .filter(order_status::Column::IntegrationId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(order_status::Column::Position)
            .all(&self.0.db)
            .await?;
        Ok(grouped(rows, |row| StatusesOf(row.integration_id)))
    }
}

impl Loader<HookAddressOf> for Loaders {
    type Value = hook_address::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[HookAddressOf]) -> Found<HookAddressOf, Self::Value> {
        let rows = hook_address::Entity::find()
            .filter(hook_address::Column::IntegrationId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let address = |row: hook_address::Model| (HookAddressOf(row.integration_id), row);
        Ok(rows.into_iter().map(address).collect())
    }
}

impl Loader<ConsentOf> for Loaders {
    type Value = consent::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[ConsentOf]) -> Found<ConsentOf, Self::Value> {
        let rows = consent::Entity::find()
            .filter(consent::Column::IntegrationId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let consent = |row: consent::Model| (ConsentOf(row.integration_id), row);
        Ok(rows.into_iter().map(consent).collect())
    }
}

impl Loader<IntegrationsOf> for Loaders {
    type Value = Vec<integration::Model>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[IntegrationsOf]) -> Found<IntegrationsOf, Self::Value> {
        let rows = integration::Entity::find()
            .filter(integration::Column::StoreId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(integration::Column::Id)
            .all(&self.0.db)
            .await?;
        Ok(grouped(rows, |row| IntegrationsOf(row.store_id)))
    }
}

impl Loader<ProgrammeOf> for Loaders {
    type Value = programme_version::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[ProgrammeOf]) -> Found<ProgrammeOf, Self::Value> {
        // A store has few versions; the last of them that has begun is in force.
        let rows = programme_version::Entity::find()
            .filter(programme_version::Column::StoreId.is_in(keys.iter().map(|key| key.0)))
            .filter(programme_version::Column::StartsAt.lte(self.0.clock.now()))
            .order_by_asc(programme_version::Column::StartsAt)
            .order_by_asc(programme_version::Column::Number)
            .all(&self.0.db)
            .await?;
        Ok(rows.into_iter().map(|row| (ProgrammeOf(row.store_id), row)).collect())
    }
}

impl Loader<RewardOf> for Loaders {
    type Value = reward::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[RewardOf]) -> Found<RewardOf, Self::Value> {
        let rows = reward::Entity::find()
            .filter(reward::Column::ProductId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let of = |row: reward::Model| Some((RewardOf(row.product_id?), row));
        Ok(rows.into_iter().filter_map(of).collect())
    }
}

impl Loader<ProductBy> for Loaders {
    type Value = product::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[ProductBy]) -> Found<ProductBy, Self::Value> {
        // PostgreSQL's texts have no such character.
        let known = || keys.iter().filter(|key| !key.1.contains('\0'));
        let rows = product::Entity::find()
            .filter(product::Column::StoreId.is_in(known().map(|key| key.0)))
            .filter(product::Column::Sku.is_in(known().map(|key| key.1.as_str())))
            // The one that was made first stays where two integrations have the SKU.
            .order_by_desc(product::Column::Id)
            .all(&self.0.db)
            .await?;
        let by_sku = |row: product::Model| (ProductBy(row.store_id, row.sku.clone()), row);
        Ok(rows.into_iter().map(by_sku).collect())
    }
}

fn grouped<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
