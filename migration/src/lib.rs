//! The schema of fidelidade, one file per change. Never imports the entities: a migration that was
//! released is frozen, an entity moves on.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait of sea-orm-migration elides them, and an implementation must do the same"
)]

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

mod m20261121_000001_access;
mod m20261121_000002_integrations;
mod m20261121_000003_sales;
mod m20261121_000004_ledger;
mod m20261121_000005_rewards;
mod m20261122_000006_expiry;
mod m20261122_000007_by_hand;
mod m20261122_000008_programme_rules;
mod m20261122_000009_sale_sources;
mod m20261122_000010_category_rates;
mod m20261122_000011_coupon_requests;
mod m20261122_000012_sessions;
mod m20261122_000013_events;
mod m20261122_000013_webhooks;
mod m20261122_000014_lists;
mod m20261122_000016_people;
mod m20261122_000017_audit;
mod m20261122_000018_tokens;
mod m20261122_000019_exports;
mod m20261122_000020_uploads;
mod m20261122_000021_more_lists;
mod m20261122_000022_pauses;
mod m20261122_000024_membership_versions;
mod m20261122_000026_fulfilments;
mod m20261122_000026_pools;
mod m20261122_000027_hooks;
mod m20261122_000029_customers_orders;
mod m20261122_000030_consents;
mod m20261122_000032_reconciliation;
mod m20261122_000033_feeds;
mod m20261122_000034_reward_limits;
mod m20261123_000036_hook_proofs;
mod m20261123_000037_redemption_codes;
mod m20261123_000038_sale_periods;
mod m20261123_000039_hook_arrivals;
mod m20261123_000040_sale_batches_end;

/// Brings a database up to date, or back.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_access::Migration),
            Box::new(m20261121_000002_integrations::Migration),
            Box::new(m20261121_000003_sales::Migration),
            Box::new(m20261121_000004_ledger::Migration),
            Box::new(m20261121_000005_rewards::Migration),
            Box::new(m20261122_000006_expiry::Migration),
            Box::new(m20261122_000007_by_hand::Migration),
            Box::new(m20261122_000008_programme_rules::Migration),
            Box::new(m20261122_000009_sale_sources::Migration),
            Box::new(m20261122_000010_category_rates::Migration),
            Box::new(m20261122_000011_coupon_requests::Migration),
            Box::new(m20261122_000012_sessions::Migration),
            Box::new(m20261122_000014_lists::Migration),
            Box::new(m20261122_000013_events::Migration),
            Box::new(m20261122_000013_webhooks::Migration),
            Box::new(m20261122_000016_people::Migration),
            Box::new(m20261122_000017_audit::Migration),
            Box::new(m20261122_000018_tokens::Migration),
            Box::new(m20261122_000019_exports::Migration),
            Box::new(m20261122_000020_uploads::Migration),
            Box::new(m20261122_000021_more_lists::Migration),
            Box::new(m20261122_000022_pauses::Migration),
            Box::new(m20261122_000024_membership_versions::Migration),
            Box::new(m20261122_000026_pools::Migration),
            Box::new(m20261122_000029_customers_orders::Migration),
            Box::new(m20261122_000027_hooks::Migration),
            Box::new(m20261122_000026_fulfilments::Migration),
            Box::new(m20261122_000033_feeds::Migration),
            Box::new(m20261122_000034_reward_limits::Migration),
            Box::new(m20261122_000030_consents::Migration),
            Box::new(m20261122_000032_reconciliation::Migration),
            Box::new(m20261123_000036_hook_proofs::Migration),
            Box::new(m20261123_000037_redemption_codes::Migration),
            Box::new(m20261123_000038_sale_periods::Migration),
            Box::new(m20261123_000039_hook_arrivals::Migration),
            Box::new(m20261123_000040_sale_batches_end::Migration),
        ]
    }
}
