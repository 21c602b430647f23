//! Integrations, without their credentials; their import runs, and what these kept aside.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, import_reject, import_run, integration};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Value, json};

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id};
use crate::graphql::lists::{IntegrationFilter, Integrations};
use crate::graphql::run_lists::{ImportRejectFilter, ImportRejects, ImportRunFilter, ImportRuns};
use crate::graphql::sort::{ImportRejectSort, ImportRunSort, IntegrationSort};
use crate::graphql::types::{
    CredentialsState, ImportKind, ImportPhase, ImportState, ImportTrigger, Integration, PlatformKind,
};
use crate::platform::Kind;

columns! {
    /// A column of exported integrations. In the file it is called like the field of an integration.
    IntegrationColumn of integration::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// The platform; none when this version of the program does not know it.
        Platform = |row| row.platform.parse::<Kind>().map_or(Value::Null, choice::<PlatformKind>),
        /// What to call it: the name of a source of pushed sales, or of the shop's platform.
        Name = |row| json!(Integration(row.clone()).called()),
        /// What the platform said to the credentials last.
        CredentialsState = |row| choice::<CredentialsState>(row.credentials_state),
        /// What it said when it refused them.
        CredentialsError = |row| json!(row.credentials_error),
        /// The shop of the account to import from.
        ShopId = |row| json!(row.shop_id),
        /// The shop's address.
        SiteUrl = |row| json!(row.site_url),
        /// Where a visitor signs up.
        SignUpUrl = |row| json!(row.sign_up_url),
        /// The Google Shopping XML.
        FeedUrl = |row| json!(row.feed_url),
        /// How long the coupons of redemptions are valid, in days.
        CouponValidityDays = |row| json!(row.coupon_validity_days),
        /// SKUs offered as rewards; empty: the whole feed. In a table it is JSON.
        RewardSkus = |row| row.reward_skus.clone(),
        /// What a product costs as a reward: points for 100.00 of its price.
        RewardPointsPerHundred = |row| json!(row.reward_points_per_hundred),
        /// Codes of the statuses that award points; in a table it is JSON.
        AwardingStatuses = |row| row.awarding_statuses.clone(),
        /// Customers are imported.
        RegisterCustomers = |row| json!(row.register_customers),
        /// Sales are imported.
        RegisterSales = |row| json!(row.register_sales),
        /// The master switch.
        Active = |row| json!(row.active),
        /// When it was switched on last.
        ActivatedAt = |row| at(row.activated_at),
        /// How many days the first import goes back.
        ImportDaysBack = |row| json!(row.import_days_back),
        /// Everything that was in the shop before this instant is here.
        SyncedAt = |row| at(row.synced_at),
        /// How long the newest sale had been in the shop when it was imported, in seconds.
        NewestSaleSeconds = |row| json!(row.order_lag_seconds),
        /// When the schedule imports next; none while it is off.
        NextImportAt = |row| at(Integration(row.clone()).due_at()),
        /// When it was connected first.
        CreatedAt = |row| at(row.created_at),
    }
}

impl Exported for Integrations {
    const LIST: ExportList = ExportList::Integrations;
    type Filter = IntegrationFilter;
    type Sort = IntegrationSort;
    type Row = integration::Model;
    type Column = IntegrationColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: IntegrationFilter, sort: IntegrationSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported import runs. In the file it is called like the field of a run.
    ImportRunColumn of import_run::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// The integration.
        IntegrationId = |row| id(row.integration_id),
        /// What is imported.
        Kind = |row| choice::<ImportKind>(row.kind),
        /// What started it.
        Trigger = |row| choice::<ImportTrigger>(row.trigger),
        /// Where it stands.
        State = |row| choice::<ImportState>(row.state),
        /// What it is reading now, or read last.
        Phase = |row| choice::<ImportPhase>(row.phase),
        /// How many records there are; none until the platform says so.
        Total = |row| json!(row.total),
        /// Records looked at so far.
        Done = |row| json!(row.done),
        /// Records that were new.
        Created = |row| json!(row.created),
        /// Records that had changed.
        Updated = |row| json!(row.updated),
        /// Records that were known already.
        Unchanged = |row| json!(row.unchanged),
        /// Records that the shop no longer has.
        Gone = |row| json!(row.gone),
        /// Records kept aside.
        Rejected = |row| json!(row.rejected),
        /// Somebody asked for it to be cancelled.
        CancelRequested = |row| json!(row.cancel_requested_at.is_some()),
        /// Why it failed, for programs.
        ErrorCode = |row| json!(row.error_code),
        /// Why it failed, in words, and what to do.
        ErrorMessage = |row| json!(row.error_message),
        /// When it was asked for.
        CreatedAt = |row| at(row.created_at),
        /// When a worker first took it.
        StartedAt = |row| at(row.started_at),
        /// When it ended.
        FinishedAt = |row| at(row.finished_at),
    }
}

impl Exported for ImportRuns {
    const LIST: ExportList = ExportList::ImportRuns;
    type Filter = ImportRunFilter;
    type Sort = ImportRunSort;
    type Row = import_run::Model;
    type Column = ImportRunColumn;
    as_they_are!();

    fn exported(_: StoreId, of: Option<&str>, filter: ImportRunFilter, sort: ImportRunSort) -> Option<Self> {
        Some(Self(of?.parse().ok()?, filter, sort))
    }
}

columns! {
    /// A column of the exported records that an import kept aside. In the file it is called like the field of one.
    ImportRejectColumn of import_reject::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// What kind of record: `customer`, `order`, `product`.
        Resource = |row| json!(row.resource),
        /// The line of the file that it begins on, from 1; none for what no file told.
        Line = |row| json!(row.line),
        /// Its id on the platform, where it could be read.
        ExternalId = |row| json!(row.external_id),
        /// The field at fault, as the platform names it.
        Field = |row| json!(row.field),
        /// What is wrong and how to mend it.
        Message = |row| json!(row.message),
        /// The record, personal data masked; in a table it is JSON.
        Record = |row| row.record.clone(),
        /// When it was met.
        MetAt = |row| at(row.created_at),
    }
}

impl Exported for ImportRejects {
    const LIST: ExportList = ExportList::ImportRejects;
    type Filter = ImportRejectFilter;
    type Sort = ImportRejectSort;
    type Row = import_reject::Model;
    type Column = ImportRejectColumn;
    as_they_are!();

    fn exported(_: StoreId, of: Option<&str>, filter: ImportRejectFilter, sort: ImportRejectSort) -> Option<Self> {
        Some(Self(of?.parse().ok()?, filter, sort))
    }
}
