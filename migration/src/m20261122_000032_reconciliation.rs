//! What shops say of coupons and sales, and where that differs from the books.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MADE: [&str; 6] = [
    // Whatever page is read twice, a difference is written once.
    "CREATE UNIQUE INDEX differences_import_run_id_kind_subject ON differences (import_run_id, kind, subject)",
    "CREATE INDEX differences_by_import_run_id_id ON differences (import_run_id, id)",
    "CREATE INDEX differences_by_import_run_id_state ON differences (import_run_id, state, id)",
    "CREATE INDEX differences_by_import_run_id_kind ON differences (import_run_id, kind, id)",
    "CREATE INDEX differences_open ON differences (integration_id) WHERE state = 'open'",
    "CREATE INDEX coupons_active ON coupons (integration_id, id) WHERE state = 'active'",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(differences()).await?;
        manager.create_table(coupon_sightings()).await?;
        manager.create_table(order_sightings()).await?;
        for made in MADE {
            manager.get_connection().execute_unprepared(made).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("DROP INDEX coupons_active")
            .await?;
        for table in ["order_sightings", "coupon_sightings", "differences"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn differences() -> TableCreateStatement {
    Table::create()
        .table("differences")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("integration_id"))
        .col(uuid("import_run_id"))
        .col(string_len("kind", 24))
        .col(text("subject"))
        .col(text_null("order_number"))
        .col(uuid_null("order_id"))
        .col(uuid_null("coupon_id"))
        .col(json_binary_null("shop_says"))
        .col(json_binary_null("books_say"))
        .col(string_len("repair", 24))
        .col(string_len("state", 16))
        .col(text_null("actor"))
        .col(text_null("message"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("changed_at"))
        .foreign_key(ForeignKey::create().from("differences", "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("differences", "integration_id")
                .to("integrations", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("differences", "import_run_id")
                .to("import_runs", "id"),
        )
        .foreign_key(ForeignKey::create().from("differences", "order_id").to("orders", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("differences", "coupon_id")
                .to("coupons", "id"),
        )
        .to_owned()
}

fn coupon_sightings() -> TableCreateStatement {
    Table::create()
        .table("coupon_sightings")
        .col(uuid("coupon_id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("import_run_id"))
        .col(timestamp_with_time_zone("seen_at"))
        .col(boolean("present"))
        .col(boolean("active"))
        .col(integer_null("times_used"))
        .col(big_integer_null("amount_cents"))
        .col(integer_null("percent_hundredths"))
        .col(big_integer_null("minimum_order_cents"))
        .col(timestamp_with_time_zone_null("valid_until"))
        .foreign_key(
            ForeignKey::create()
                .from("coupon_sightings", "coupon_id")
                .to("coupons", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("coupon_sightings", "store_id")
                .to("stores", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("coupon_sightings", "import_run_id")
                .to("import_runs", "id"),
        )
        .to_owned()
}

fn order_sightings() -> TableCreateStatement {
    Table::create()
        .table("order_sightings")
        .col(uuid("order_id").primary_key())
        .col(uuid("import_run_id"))
        .foreign_key(
            ForeignKey::create()
                .from("order_sightings", "order_id")
                .to("orders", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("order_sightings", "import_run_id")
                .to("import_runs", "id"),
        )
        .to_owned()
}
