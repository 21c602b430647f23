//! The lists: for each its input, its mutation and the permission that its connection needs too.

use async_graphql::{Context, ID, Object};
use macros::permissions;

use super::input::{input, inputs_of_ledger, inputs_of_store};
use super::{Asked, ExportRunPayload, Whose, start};
use crate::graphql::access_lists::{Invitations, Members, Tokens};
use crate::graphql::audit_lists::Audited;
use crate::graphql::exports::{StoreEntries, StoreLots};
use crate::graphql::job_lists::Jobs;
use crate::graphql::lists::{Coupons, Customers, Integrations, Orders, Redemptions, Rewards};
use crate::graphql::run_lists::{ImportRejects, ImportRuns};
use crate::graphql::webhook_lists::{Deliveries, Webhooks};

inputs_of_store! {
    ExportOrdersInput of Orders;
    ExportCustomersInput of Customers;
    ExportRewardsInput of Rewards;
    ExportRedemptionsInput of Redemptions;
    ExportCouponsInput of Coupons;
    ExportIntegrationsInput of Integrations;
    ExportWebhooksInput of Webhooks;
    ExportJobsInput of Jobs;
    ExportMembersInput of Members;
    ExportInvitationsInput of Invitations;
    ExportApiTokensInput of Tokens;
    ExportAuditLogInput of Audited;
}

inputs_of_ledger! {
    ExportLedgerEntriesInput of StoreEntries;
    ExportPointLotsInput of StoreLots;
}

input! {
    /// What of an integration's import runs to export, and how.
    ExportImportRunsInput of ImportRuns {
        /// The integration.
        integration_id: ID,
    } = Whose::Integration
}

input! {
    /// What of the records that an import kept aside to export, and how.
    ExportImportRejectsInput of ImportRejects {
        /// The run.
        import_run_id: ID,
    } = Whose::ImportRun
}

input! {
    /// What of a webhook's deliveries to export, and how.
    ExportWebhookDeliveriesInput of Deliveries {
        /// The webhook.
        webhook_id: ID,
    } = Whose::Webhook
}

/// Declares the mutations: each with its input, its name in the API, and what the list's connection needs.
macro_rules! exports {
    ($($(#[$doc:meta])* $name:ident($input:ident of $list:ty) = $operation:literal, $permission:tt;)*) => {
        #[permissions]
        #[Object]
        impl ListExports {$(
            $(#[$doc])*
            #[requires($permission)]
            async fn $name(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What to do.")] input: $input,
            ) -> async_graphql::Result<ExportRunPayload> {
                start(ctx, Asked::<$list>::from(input), REQUIRED, $operation).await
            }
        )*}
    };
}

#[derive(Default)]
pub(super) struct ListExports;

exports! {
    /// Writes a store's orders to a file, as they are at one moment: whatever changes while it is written does not show.
    /// The answer has the export; ask for it until its `url` is there. At most 3 of a store are under way at once.
    export_orders(ExportOrdersInput of Orders) = "exportOrders", "orders:read";

    /// Writes a store's customers to a file, as they are at one moment, with their points. The file holds personal data:
    /// keep it as you keep theirs.
    export_customers(ExportCustomersInput of Customers) = "exportCustomers", "customers:read";

    /// Writes a store's rewards to a file, as they are at one moment.
    export_rewards(ExportRewardsInput of Rewards) = "exportRewards", "store:read";

    /// Writes a store's redemptions to a file, as they are at one moment.
    export_redemptions(ExportRedemptionsInput of Redemptions) = "exportRedemptions", "coupons:read";

    /// Writes a store's coupons to a file, as they are at one moment. Their codes are worth money.
    export_coupons(ExportCouponsInput of Coupons) = "exportCoupons", "coupons:read";

    /// Writes the statement of a store, or of one customer, to a file, as it is at one moment.
    export_ledger_entries(ExportLedgerEntriesInput of StoreEntries) = "exportLedgerEntries", "customers:read";

    /// Writes a store's lots of points, or one customer's, to a file, as they are at one moment.
    export_point_lots(ExportPointLotsInput of StoreLots) = "exportPointLots", "customers:read";

    /// Writes a store's integrations to a file, with their settings and without their credentials.
    export_integrations(ExportIntegrationsInput of Integrations) = "exportIntegrations", "integrations:read";

    /// Writes the import runs of an integration to a file, as they are at one moment.
    export_import_runs(ExportImportRunsInput of ImportRuns) = "exportImportRuns", "integrations:read";

    /// Writes the records that an import kept aside to a file, with their reasons.
    export_import_rejects(ExportImportRejectsInput of ImportRejects) = "exportImportRejects", "integrations:read";

    /// Writes a store's webhooks to a file, without their secrets.
    export_webhooks(ExportWebhooksInput of Webhooks) = "exportWebhooks", "integrations:read";

    /// Writes what a webhook was told or is to be told to a file, as it is at one moment.
    export_webhook_deliveries(ExportWebhookDeliveriesInput of Deliveries) = "exportWebhookDeliveries", "integrations:read";

    /// Writes a store's jobs to a file, as they are at one moment; its own is among them.
    export_jobs(ExportJobsInput of Jobs) = "exportJobs", "integrations:read";

    /// Writes who works in a store to a file.
    export_members(ExportMembersInput of Members) = "exportMembers", "access:read";

    /// Writes a store's invitations to a file, those that were accepted or taken back too.
    export_invitations(ExportInvitationsInput of Invitations) = "exportInvitations", "access:read";

    /// Writes the API tokens that open a store to a file, without their secrets.
    export_api_tokens(ExportApiTokensInput of Tokens) = "exportApiTokens", "access:read";

    /// Writes who changed what in a store to a file. That this export was asked for is in it too.
    export_audit_log(ExportAuditLogInput of Audited) = "exportAuditLog", "audit:read";
}
