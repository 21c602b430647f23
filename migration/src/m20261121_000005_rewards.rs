//! Products, rewards, redemptions, coupons and e-mails.

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
                    .table("products")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(text("sku"))
                    .col(text("title"))
                    .col(text_null("description"))
                    .col(text_null("link"))
                    .col(text_null("image_url"))
                    .col(text_null("brand"))
                    .col(text_null("gtin"))
                    .col(big_integer("price_cents"))
                    .col(big_integer_null("sale_price_cents"))
                    .col(text("currency"))
                    .col(boolean_null("in_stock"))
                    .col(text("fingerprint"))
                    .col(uuid("seen_in"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().from("products", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("products", "integration_id")
                            .to("integrations", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("products_integration_id_sku")
                    .table("products")
                    .col("integration_id")
                    .col("sku")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("products_by_store_id_id")
                    .table("products")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("rewards")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(string_len("kind", 24))
                    .col(text("name"))
                    .col(text_null("description"))
                    .col(text_null("image_url"))
                    .col(big_integer("points"))
                    .col(big_integer_null("amount_cents"))
                    .col(integer_null("percent_hundredths"))
                    .col(big_integer_null("minimum_order_cents"))
                    .col(integer_null("validity_days"))
                    .col(uuid_null("product_id"))
                    .col(boolean("active"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(big_integer("version"))
                    .foreign_key(ForeignKey::create().from("rewards", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("rewards", "integration_id")
                            .to("integrations", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("rewards", "product_id").to("products", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rewards_product_id")
                    .table("rewards")
                    .col("product_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rewards_by_store_id_id")
                    .table("rewards")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("redemptions")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("customer_id"))
                    .col(uuid("reward_id"))
                    .col(big_integer("points"))
                    .col(string_len("state", 24))
                    .col(text_null("failure_code"))
                    .col(text_null("failure_message"))
                    .col(text("actor"))
                    .col(timestamp_with_time_zone("requested_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .foreign_key(ForeignKey::create().from("redemptions", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("redemptions", "customer_id")
                            .to("customers", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("redemptions", "reward_id")
                            .to("rewards", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("redemptions_by_store_id_id")
                    .table("redemptions")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("redemptions_by_customer_id_id")
                    .table("redemptions")
                    .col("customer_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX redemptions_open ON redemptions (requested_at) WHERE state = 'requested'")
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("coupons")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(uuid("redemption_id"))
                    .col(uuid("customer_id"))
                    .col(text("code"))
                    .col(string_len("state", 24))
                    .col(string_len("kind", 24))
                    .col(big_integer_null("amount_cents"))
                    .col(integer_null("percent_hundredths"))
                    .col(big_integer_null("minimum_order_cents"))
                    .col(timestamp_with_time_zone("valid_from"))
                    .col(timestamp_with_time_zone("valid_until"))
                    .col(text_null("external_id"))
                    .col(integer("attempts"))
                    .col(boolean("outcome_unknown"))
                    .col(uuid_null("used_order_id"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("activated_at"))
                    .foreign_key(ForeignKey::create().from("coupons", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("coupons", "integration_id")
                            .to("integrations", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("coupons", "redemption_id")
                            .to("redemptions", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("coupons", "customer_id")
                            .to("customers", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("coupons", "used_order_id").to("orders", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("coupons_store_id_code")
                    .table("coupons")
                    .col("store_id")
                    .col("code")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("coupons_redemption_id")
                    .table("coupons")
                    .col("redemption_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("coupons_by_store_id_id")
                    .table("coupons")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("coupons_by_customer_id_id")
                    .table("coupons")
                    .col("customer_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("emails")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(uuid("customer_id"))
                    .col(string_len("kind", 24))
                    .col(uuid("cause_id"))
                    .col(json_binary("data"))
                    .col(string_len("state", 24))
                    .col(text_null("error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .foreign_key(ForeignKey::create().from("emails", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("emails", "integration_id")
                            .to("integrations", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("emails", "customer_id").to("customers", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("emails_store_id_kind_cause_id")
                    .table("emails")
                    .col("store_id")
                    .col("kind")
                    .col("cause_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("emails_by_customer_id")
                    .table("emails")
                    .col("customer_id")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX emails_queued ON emails (created_at) WHERE state = 'queued'")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["emails", "coupons", "redemptions", "rewards", "products"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
