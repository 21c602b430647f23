//! Integrations, what they import and the pace at which platforms are called.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(clippy::too_many_lines, reason = "a list of tables, read from top to bottom")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("integrations")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(text("platform"))
                    .col(blob("credentials"))
                    .col(string_len("credentials_state", 24))
                    .col(text_null("credentials_error"))
                    .col(text_null("shop_id"))
                    .col(text_null("site_url"))
                    .col(text_null("sign_up_url"))
                    .col(text_null("feed_url"))
                    .col(integer("coupon_validity_days"))
                    .col(json_binary("reward_skus"))
                    .col(integer("reward_points_per_hundred"))
                    .col(json_binary("awarding_statuses"))
                    .col(boolean("register_customers"))
                    .col(boolean("register_sales"))
                    .col(boolean("active"))
                    .col(timestamp_with_time_zone_null("activated_at"))
                    .col(integer("import_days_back"))
                    .col(timestamp_with_time_zone_null("customers_cursor"))
                    .col(timestamp_with_time_zone_null("orders_cursor"))
                    .col(timestamp_with_time_zone_null("deep_import_at"))
                    .col(timestamp_with_time_zone_null("import_due_at"))
                    .col(timestamp_with_time_zone_null("catalogue_due_at"))
                    .col(timestamp_with_time_zone_null("synced_at"))
                    .col(big_integer_null("order_lag_seconds"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(big_integer("version"))
                    .foreign_key(ForeignKey::create().from("integrations", "store_id").to("stores", "id"))
                    .check(Expr::cust("coupon_validity_days > 0"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("integrations_store_id_platform")
                    .table("integrations")
                    .col("store_id")
                    .col("platform")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("integrations_by_import_due_at")
                    .table("integrations")
                    .col("import_due_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("order_statuses")
                    .col(uuid("integration_id"))
                    .col(text("code"))
                    .col(text("name"))
                    .col(string_len("class", 24))
                    .col(integer("position"))
                    .primary_key(Index::create().col("integration_id").col("code"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("order_statuses", "integration_id")
                            .to("integrations", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("import_runs")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(string_len("kind", 24))
                    .col(string_len("trigger", 24))
                    .col(string_len("state", 24))
                    .col(string_len("phase", 24))
                    .col(timestamp_with_time_zone_null("since"))
                    .col(boolean("by_creation"))
                    .col(text_null("page_token"))
                    .col(big_integer_null("total"))
                    .col(big_integer("phase_offset"))
                    .col(big_integer("done"))
                    .col(big_integer("created"))
                    .col(big_integer("updated"))
                    .col(big_integer("unchanged"))
                    .col(big_integer("rejected"))
                    .col(timestamp_with_time_zone_null("newest_change"))
                    .col(big_integer_null("lag_seconds"))
                    .col(timestamp_with_time_zone_null("lease_until"))
                    .col(text_null("lease_holder"))
                    .col(timestamp_with_time_zone_null("cancel_requested_at"))
                    .col(text_null("error_code"))
                    .col(text_null("error_message"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("started_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .foreign_key(ForeignKey::create().from("import_runs", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("import_runs", "integration_id")
                            .to("integrations", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("import_runs_by_integration_id_created_at")
                    .table("import_runs")
                    .col("integration_id")
                    .col("created_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("import_runs_by_store_id_id")
                    .table("import_runs")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager.get_connection().execute_unprepared("CREATE UNIQUE INDEX import_runs_one_active ON import_runs (integration_id, kind) WHERE state IN ('queued', 'running')").await?;
        manager
            .create_table(
                Table::create()
                    .table("import_rejects")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("import_run_id"))
                    .col(text("resource"))
                    .col(text_null("external_id"))
                    .col(text_null("field"))
                    .col(text("message"))
                    .col(json_binary("record"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("import_rejects", "store_id")
                            .to("stores", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("import_rejects", "import_run_id")
                            .to("import_runs", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("import_rejects_by_import_run_id_id")
                    .table("import_rejects")
                    .col("import_run_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("paces")
                    .col(text("account").primary_key())
                    .col(big_integer("tat_ms"))
                    .col(big_integer("blocked_until_ms"))
                    .col(big_integer("busy_until_ms"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "paces",
            "import_rejects",
            "import_runs",
            "order_statuses",
            "integrations",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
