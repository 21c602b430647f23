use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::export_run;
use macros::plain;

use super::Store;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::scalar::Url;
use crate::service::export;

#[derive(Debug, Clone)]
pub(in crate::graphql) struct ExportRun(pub(in crate::graphql) export_run::Model);

/// A list that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "entity::export_run::ExportList")]
pub(in crate::graphql) enum ExportList {
    /// Sales. Needs `orders:read`.
    Orders,
    /// Customers. Needs `customers:read`.
    Customers,
    /// Rewards. Needs `store:read`.
    Rewards,
    /// Redemptions. Needs `coupons:read`.
    Redemptions,
    /// Coupons. Needs `coupons:read`.
    Coupons,
    /// Lines of statements. Needs `customers:read`.
    LedgerEntries,
    /// Lots of points. Needs `customers:read`.
    PointLots,
    /// Records that an import kept aside. Needs `integrations:read`.
    ImportRejects,
    /// Integrations, without credentials. Needs `integrations:read`.
    Integrations,
    /// The import runs of an integration. Needs `integrations:read`.
    ImportRuns,
    /// Webhooks, without secrets. Needs `integrations:read`.
    Webhooks,
    /// The deliveries of a webhook. Needs `integrations:read`.
    WebhookDeliveries,
    /// Jobs. Needs `integrations:read`.
    Jobs,
    /// Who works in the store. Needs `access:read`.
    Members,
    /// Invitations. Needs `access:read`.
    Invitations,
    /// API tokens, without secrets. Needs `access:read`.
    ApiTokens,
    /// Who changed what. Needs `audit:read`.
    AuditLog,
}

/// What an exported file looks like; UTF-8 in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::export_run::ExportFormat")]
pub(in crate::graphql) enum ExportFormat {
    /// An object of JSON on each line, exactly as the API writes its values.
    JsonLines,
    /// A table by RFC 4180, with the names of its columns in the first line, and a mark that tells spreadsheets that it
    /// is UTF-8. A text that a spreadsheet would take for a formula has an apostrophe before it.
    Csv,
}

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "ExportState", remote = "entity::export_run::ExportState")]
pub(in crate::graphql) enum ExportStateName {
    /// Waiting for a worker.
    Queued,
    /// Being written.
    Running,
    /// Done: the file is there until it expires.
    Succeeded,
    /// Given up.
    Failed,
    /// Ended by somebody.
    Cancelled,
}

/// A list that is written to a file, as it was at one moment, with its progress. Whoever may see the list sees its
/// exports, and nobody else.
#[plain]
#[Object]
impl ExportRun {
    /// Opaque and global.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Store>> {
        Ok(load(ctx, self.0.store_id).await?.map(Store))
    }

    /// What is exported.
    async fn list(&self) -> ExportList {
        self.0.list.into()
    }

    /// What the file looks like.
    async fn format(&self) -> ExportFormat {
        self.0.format.into()
    }

    /// The names of the file's columns, in their order. A list has at most a few dozen.
    async fn columns(&self) -> Vec<String> {
        serde_json::from_value(self.0.columns.clone()).unwrap_or_default()
    }

    /// Who asked for it: the id of a user or of an API token.
    async fn actor_id(&self) -> ID {
        self.0.actor.clone().into()
    }

    /// Where it stands.
    async fn state(&self) -> ExportStateName {
        self.0.state.into()
    }

    /// Rows written so far. They are counted from the beginning again when a worker was lost and another took it over.
    async fn done(&self) -> i64 {
        self.0.done
    }

    /// Rows in all; none before they were counted.
    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    /// Size of the file so far, in bytes.
    async fn bytes(&self) -> i64 {
        self.0.bytes
    }

    /// Where the file is, for 15 minutes: ask again for a new address. It needs no sign-in, so give it to nobody who may
    /// not see what is in the file. Relative to the API's own address; none while there is no file.
    async fn url(&self, ctx: &Context<'_>) -> Option<Url> {
        export::ticket(ctx.app(), &self.0).map(|ticket| Url(format!("/exports/{ticket}")))
    }

    /// Somebody asked for it to be cancelled.
    async fn cancel_requested(&self) -> bool {
        self.0.cancel_requested_at.is_some()
    }

    /// Why it failed, in words, and what to do.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When a worker first took it.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// From when on the file is gone: a day after its end.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}
