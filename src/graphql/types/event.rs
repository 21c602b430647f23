use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::event;

use super::{Node, resolve};
use crate::access::Permission;
use crate::graphql::stream::Place;

/// What happened. In webhooks they are written `order.created` and so on. New types may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::event::EventKind")]
pub(in crate::graphql) enum EventType {
    /// `order.created`: a sale was told for the first time. Permission: `orders:read`.
    OrderCreated,
    /// `order.updated`: something new was told of a sale. Permission: `orders:read`.
    OrderUpdated,
    /// `customer.created`: somebody became a customer. Permission: `customers:read`.
    CustomerCreated,
    /// `customer.updated`: something new was told of a customer. Permission: `customers:read`.
    CustomerUpdated,
    /// `customer.merged`: a customer turned out to be another one. Permission: `customers:read`.
    CustomerMerged,
    /// `customer.unmerged`: a customer turned out not to be another one. Permission: `customers:read`.
    CustomerUnmerged,
    /// `points.earned`: points were given; the object is the ledger entry. Permission: `customers:read`.
    PointsEarned,
    /// `points.expired`: points ran out; the object is the ledger entry. Permission: `customers:read`.
    PointsExpired,
    /// `points.balance_changed`: a customer's points moved; the object is the customer. Points that become
    /// available by the passing of time tell nothing. Permission: `customers:read`.
    PointsBalanceChanged,
    /// `redemption.requested`: a redemption began. Permission: `coupons:read`.
    RedemptionRequested,
    /// `redemption.fulfilled`: its points are spent, and its coupon exists or the staff told how to get it.
    /// Permission: `coupons:read`.
    RedemptionFulfilled,
    /// `redemption.failed`: it failed and its points are back. Permission: `coupons:read`.
    RedemptionFailed,
    /// `redemption.cancelling`: the cancellation of a fulfilled redemption began. Permission: `coupons:read`.
    RedemptionCancelling,
    /// `redemption.cancelled`: it was cancelled and its points are back. Permission: `coupons:read`.
    RedemptionCancelled,
    /// `redemption.kept`: it could not be cancelled and stays as it was. Permission: `coupons:read`.
    RedemptionKept,
    /// `coupon.activated`: a coupon can be used. Permission: `coupons:read`.
    CouponActivated,
    /// `coupon.used`: a sale used a coupon. Permission: `coupons:read`.
    CouponUsed,
    /// `coupon.disabled`: a coupon cannot be used any more. Permission: `coupons:read`.
    CouponDisabled,
    /// `coupon_pool.low`: a pool of codes has fewer left than its store wants to be told of. Permission: `coupons:read`.
    CouponPoolLow,
    /// `fulfilment.waiting`: a redemption waits for the store's staff. Permission: `coupons:read`.
    FulfilmentWaiting,
    /// `import.started`: a worker took an import run. Permission: `integrations:read`.
    ImportStarted,
    /// `import.progressed`: an import run wrote a page or went to its next phase. Permission: `integrations:read`.
    ImportProgressed,
    /// `import.finished`: an import run ended, however. Permission: `integrations:read`.
    ImportFinished,
    /// `consent.ending`: what the merchant consented to on a platform ends soon, since it cannot be renewed; the object is
    /// the integration, and its `consent` says when and why. Once for each time. Permission: `integrations:read`.
    ConsentEnding,
    /// `consent.ended`: what the merchant consented to on a platform is over, and nothing is imported any more; the object is
    /// the integration, and its `consent` says why. Permission: `integrations:read`.
    ConsentEnded,
    /// `webhook.tested`: somebody tries a webhook, which is the object. Permission: `integrations:read`.
    WebhookTested,
}

impl EventType {
    /// What one must be allowed to see to be told of it.
    pub(in crate::graphql) fn permission(self) -> Permission {
        Permission::to_be_told(self.into())
    }
}

#[derive(Debug, Clone)]
pub(in crate::graphql) struct Event(pub(in crate::graphql) Arc<event::Model>);

/// Something that happened in a store.
#[Object]
impl Event {
    /// Its place: give it as `after` to go on behind it.
    async fn cursor(&self) -> String {
        Place::of(&self.0).text()
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn kind(&self) -> EventType {
        self.0.kind.into()
    }

    /// To which object: the id of a node.
    async fn object_id(&self) -> ID {
        self.0.object().into()
    }

    /// The object as it is now, which may be newer than the event; none if it is gone or the requester may not see
    /// it.
    async fn object(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Node>> {
        resolve(ctx, &self.0.object()).await
    }

    /// The request or the import run that did it, where there is one.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// When.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
