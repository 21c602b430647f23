//! Words for types that the library makes and leaves without, or with words for programmers of it.

use async_graphql::{ObjectType, SchemaBuilder, SubscriptionType};
use chrono::{DateTime, Utc};

use super::merged_lists::MergedCustomer;
use super::nodes::Nodes;
use super::types::{
    ApiToken, AuditEntry, Coupon, CouponPool, Customer, Difference, ExportRun, Fulfilment, ImportReject, ImportRun,
    Integration, Invitation, Job, LedgerEntry, Member, Order, PointAllocation, PointLot, PoolCode, Redemption, Reward,
    Store, UserSession, Webhook, WebhookDelivery,
};

/// A connection of these nodes: what its keys are makes no difference to its name.
type Of<N> = Nodes<String, N>;

/// Adds the words.
pub(super) fn describe<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder
        .override_output_type_description::<DateTime<Utc>>(
            "An instant as RFC 3339 writes it, for instance `2026-11-22T14:05:00-03:00`. Answers are in UTC.",
        )
        .override_output_type_description::<Of<ApiToken>>("A page of API tokens.")
        .override_output_type_description::<Of<AuditEntry>>("A page of the audit log.")
        .override_output_type_description::<Of<Coupon>>("A page of coupons.")
        .override_output_type_description::<Of<CouponPool>>("A page of pools of codes.")
        .override_output_type_description::<Of<Customer>>("A page of customers.")
        .override_output_type_description::<Of<Difference>>("A page of what a run found to differ.")
        .override_output_type_description::<Of<ExportRun>>("A page of exports.")
        .override_output_type_description::<Of<Fulfilment>>("A page of redemptions that people see to.")
        .override_output_type_description::<Of<ImportReject>>("A page of records that a run kept aside.")
        .override_output_type_description::<Of<ImportRun>>("A page of import runs.")
        .override_output_type_description::<Of<Integration>>("A page of integrations.")
        .override_output_type_description::<Of<Invitation>>("A page of invitations.")
        .override_output_type_description::<Of<Job>>("A page of a store's jobs.")
        .override_output_type_description::<Of<LedgerEntry>>("A page of a statement.")
        .override_output_type_description::<Of<Member>>("A page of a store's members.")
        .override_output_type_description::<Of<MergedCustomer>>("A page of those who were merged into a customer.")
        .override_output_type_description::<Of<Order>>("A page of sales.")
        .override_output_type_description::<Of<PointAllocation>>("A page of parts that a movement took of lots.")
        .override_output_type_description::<Of<PointLot>>("A page of lots of points.")
        .override_output_type_description::<Of<PoolCode>>("A page of a pool's codes.")
        .override_output_type_description::<Of<Redemption>>("A page of redemptions.")
        .override_output_type_description::<Of<Reward>>("A page of rewards.")
        .override_output_type_description::<Of<Store>>("A page of stores.")
        .override_output_type_description::<Of<UserSession>>("A page of a user's sessions.")
        .override_output_type_description::<Of<Webhook>>("A page of webhooks.")
        .override_output_type_description::<Of<WebhookDelivery>>("A page of a webhook's deliveries.")
}
