use async_graphql::{Context, ID, Interface};
use entity::webhook::WebhookState;
use entity::{
    AdjustmentId, CouponId, CouponPoolId, CustomerId, DifferenceId, EntryId, ExportRunId, FulfilmentId, ImportRunId,
    IntegrationId, JobId, LotId, OrderId, ProductId, RedemptionId, RewardId, StoreId, WebhookDeliveryId, WebhookId,
};

use super::{
    Adjustment, Coupon, CouponPool, Customer, Difference, ExportRun, Fulfilment, ImportRun, Integration, Job,
    LedgerEntry, Order, PointLot, Product, Redemption, Reward, Store, Webhook, WebhookDelivery,
};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::exports;

/// Anything with a global id.
#[derive(Interface)]
#[graphql(
    name = "Node",
    field(name = "id", ty = "ID", desc = "Opaque and global; it knows its type.")
)]
pub(in crate::graphql) enum Node {
    Store(Store),
    Integration(Integration),
    ImportRun(ImportRun),
    Difference(Difference),
    ExportRun(ExportRun),
    Customer(Customer),
    Order(Order),
    Product(Product),
    Reward(Reward),
    Redemption(Redemption),
    Coupon(Coupon),
    CouponPool(CouponPool),
    Fulfilment(Fulfilment),
    LedgerEntry(LedgerEntry),
    PointLot(PointLot),
    Adjustment(Adjustment),
    Webhook(Webhook),
    WebhookDelivery(WebhookDelivery),
    Job(Job),
}

/// The interface by its registered name.
pub(in crate::graphql) type NodeInterface = Node;

/// Finds whatever an id names, if the requester may see it. An id of another store, of the wrong
/// kind, or of nothing: none.
pub(in crate::graphql) async fn resolve(ctx: &Context<'_>, id: &str) -> async_graphql::Result<Option<Node>> {
    let seen = |store: StoreId, permission| ctx.requester().demand(store, permission).is_ok();
    let node = match id.split_once('_').map(|(prefix, _)| prefix) {
        Some(StoreId::PREFIX) => {
            // As with `store(id:)`: whoever has any right there sees that it is there.
            let row = typed::<StoreId, _>(ctx, id).await?;
            let own = row.filter(|row| ctx.requester().stores().contains(&row.id));
            return Ok(own.map(|row| Node::Store(Store(row))));
        }
        Some(IntegrationId::PREFIX) => typed::<IntegrationId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Integration::REQUIRED, Node::Integration(Integration(row)))),
        Some(ImportRunId::PREFIX) => typed::<ImportRunId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, ImportRun::REQUIRED, Node::ImportRun(ImportRun(row)))),
        Some(DifferenceId::PREFIX) => typed::<DifferenceId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Difference::REQUIRED, Node::Difference(Difference(row)))),
        Some(ExportRunId::PREFIX) => typed::<ExportRunId, _>(ctx, id).await?.map(|row| {
            (
                row.store_id,
                exports::permission(row.list),
                Node::ExportRun(ExportRun(row)),
            )
        }),
        Some(CustomerId::PREFIX) => typed::<CustomerId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Customer::REQUIRED, Node::Customer(Customer(row)))),
        Some(OrderId::PREFIX) => typed::<OrderId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Order::REQUIRED, Node::Order(Order(row)))),
        Some(ProductId::PREFIX) => typed::<ProductId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Product::REQUIRED, Node::Product(Product(row)))),
        Some(RewardId::PREFIX) => typed::<RewardId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Reward::REQUIRED, Node::Reward(Reward(row)))),
        Some(RedemptionId::PREFIX) => typed::<RedemptionId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Redemption::REQUIRED, Node::Redemption(Redemption(row)))),
        Some(CouponId::PREFIX) => typed::<CouponId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Coupon::REQUIRED, Node::Coupon(Coupon(row)))),
        Some(CouponPoolId::PREFIX) => typed::<CouponPoolId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, CouponPool::REQUIRED, Node::CouponPool(CouponPool(row)))),
        Some(FulfilmentId::PREFIX) => typed::<FulfilmentId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Fulfilment::REQUIRED, Node::Fulfilment(Fulfilment(row)))),
        Some(EntryId::PREFIX) => typed::<EntryId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, LedgerEntry::REQUIRED, Node::LedgerEntry(LedgerEntry(row)))),
        Some(LotId::PREFIX) => typed::<LotId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, PointLot::REQUIRED, Node::PointLot(PointLot(row)))),
        Some(AdjustmentId::PREFIX) => typed::<AdjustmentId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Adjustment::REQUIRED, Node::Adjustment(Adjustment(row)))),
        Some(WebhookId::PREFIX) => typed::<WebhookId, _>(ctx, id)
            .await?
            .filter(|row| row.state != WebhookState::Deleted)
            .map(|row| (row.store_id, Webhook::REQUIRED, Node::Webhook(Webhook(row)))),
        Some(WebhookDeliveryId::PREFIX) => typed::<WebhookDeliveryId, _>(ctx, id).await?.map(|row| {
            (
                row.store_id,
                WebhookDelivery::REQUIRED,
                Node::WebhookDelivery(WebhookDelivery(row)),
            )
        }),
        Some(JobId::PREFIX) => typed::<JobId, _>(ctx, id)
            .await?
            .map(|row| (row.store_id, Job::REQUIRED, Node::Job(Job(row)))),
        _ => None,
    };
    Ok(node
        .filter(|(store, permission, _)| seen(*store, *permission))
        .map(|(.., node)| node))
}

/// Loads a row by the text of its id; a text of another form is nothing.
pub(in crate::graphql) async fn typed<K, V>(ctx: &Context<'_>, id: &str) -> async_graphql::Result<Option<V>>
where
    K: std::str::FromStr + Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    crate::graphql::loaders::Loaders:
        async_graphql::dataloader::Loader<K, Value = V, Error = std::sync::Arc<sea_orm::DbErr>>,
{
    match id.parse::<K>() {
        Ok(id) => load(ctx, id).await,
        Err(_) => Ok(None),
    }
}
