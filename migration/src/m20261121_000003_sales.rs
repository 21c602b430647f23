//! Programme rules, customers and sales.

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
                    .table("programme_versions")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(integer("number"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(big_integer("points_per_real_milli"))
                    .col(boolean("include_shipping"))
                    .col(big_integer("minimum_order_cents"))
                    .col(integer("hold_days"))
                    .col(integer_null("expiry_months"))
                    .col(integer("grace_days"))
                    .col(string_len("debt_policy", 24))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("programme_versions", "store_id")
                            .to("stores", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("programme_versions", "created_by")
                            .to("users", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("programme_versions_store_id_number")
                    .table("programme_versions")
                    .col("store_id")
                    .col("number")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("customers")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(text_null("name"))
                    .col(text_null("email"))
                    .col(text_null("document"))
                    .col(boolean("document_invalid"))
                    .col(text_null("phone"))
                    .col(date_null("birth_date"))
                    .col(timestamp_with_time_zone_null("signed_up_at"))
                    .col(boolean_null("newsletter"))
                    .col(big_integer("points_balance"))
                    .col(big_integer("points_reserved"))
                    .col(big_integer("points_debt"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().from("customers", "store_id").to("stores", "id"))
                    .check(Expr::cust("points_reserved >= 0"))
                    .check(Expr::cust("points_debt >= 0"))
                    .check(Expr::cust("points_balance >= 0"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("customers_by_store_id_id")
                    .table("customers")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("customers_by_store_id_email")
                    .table("customers")
                    .col("store_id")
                    .col("email")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX customers_document ON customers (store_id, document) WHERE document IS NOT NULL",
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("customer_sources")
                    .col(uuid("integration_id"))
                    .col(text("external_id"))
                    .col(uuid("store_id"))
                    .col(uuid("customer_id"))
                    .col(text("fingerprint"))
                    .primary_key(Index::create().col("integration_id").col("external_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("customer_sources", "integration_id")
                            .to("integrations", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("customer_sources", "store_id")
                            .to("stores", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("customer_sources", "customer_id")
                            .to("customers", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("customer_sources_by_customer_id")
                    .table("customer_sources")
                    .col("customer_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("orders")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("integration_id"))
                    .col(text("external_id"))
                    .col(text("number"))
                    .col(uuid_null("customer_id"))
                    .col(text_null("buyer_external_id"))
                    .col(text("status_code"))
                    .col(string_len("status_class", 24))
                    .col(timestamp_with_time_zone("placed_at"))
                    .col(timestamp_with_time_zone_null("changed_at"))
                    .col(big_integer("products_cents"))
                    .col(big_integer("discount_cents"))
                    .col(big_integer("shipping_cents"))
                    .col(big_integer("surcharge_cents"))
                    .col(big_integer("total_cents"))
                    .col(big_integer("refunded_cents"))
                    .col(big_integer("credit_cents"))
                    .col(string_len("channel", 24))
                    .col(text_null("shop_id"))
                    .col(text_null("coupon_code"))
                    .col(boolean("complete"))
                    .col(text("fingerprint"))
                    .col(timestamp_with_time_zone_null("awarded_at"))
                    .col(uuid_null("programme_version_id"))
                    .col(big_integer("points"))
                    .col(integer("postings"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().from("orders", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("orders", "integration_id")
                            .to("integrations", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("orders", "customer_id").to("customers", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("orders", "programme_version_id")
                            .to("programme_versions", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("orders_integration_id_external_id")
                    .table("orders")
                    .col("integration_id")
                    .col("external_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("orders_by_store_id_placed_at_id")
                    .table("orders")
                    .col("store_id")
                    .col("placed_at")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("orders_by_store_id_number")
                    .table("orders")
                    .col("store_id")
                    .col("number")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("orders_by_customer_id_placed_at")
                    .table("orders")
                    .col("customer_id")
                    .col("placed_at")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX orders_unclaimed ON orders (integration_id, buyer_external_id) WHERE customer_id IS NULL",
            )
            .await?;
        // Orders whose detail is still to be read have no fingerprint.
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX orders_unfinished ON orders (integration_id) WHERE fingerprint = ''")
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("order_lines")
                    .col(uuid("order_id"))
                    .col(integer("position"))
                    .col(text_null("sku"))
                    .col(text("name"))
                    .col(big_integer("quantity_milli"))
                    .col(big_integer("unit_cents"))
                    .col(big_integer("total_cents"))
                    .primary_key(Index::create().col("order_id").col("position"))
                    .foreign_key(ForeignKey::create().from("order_lines", "order_id").to("orders", "id"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "order_lines",
            "orders",
            "customer_sources",
            "customers",
            "programme_versions",
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
