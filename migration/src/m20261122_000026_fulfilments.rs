//! What waits for a store's staff to be fulfilled by hand, and when they were last told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MADE: [&str; 4] = [
    "CREATE UNIQUE INDEX fulfilments_redemption_id ON fulfilments (redemption_id)",
    "CREATE INDEX fulfilments_by_store_id_requested_at ON fulfilments (store_id, requested_at, id)",
    "CREATE INDEX fulfilments_by_store_id_state ON fulfilments (store_id, state, requested_at, id)",
    "CREATE INDEX fulfilments_by_customer_id ON fulfilments (customer_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(fulfilments()).await?;
        manager.create_table(notices()).await?;
        for made in MADE {
            manager.get_connection().execute_unprepared(made).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["fulfilment_notices", "fulfilments"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn fulfilments() -> TableCreateStatement {
    Table::create()
        .table("fulfilments")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("redemption_id"))
        .col(uuid("customer_id"))
        .col(string_len("state", 16))
        .col(text_null("note"))
        .col(text_null("actor"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone_null("done_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().from("fulfilments", "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("fulfilments", "redemption_id")
                .to("redemptions", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("fulfilments", "customer_id")
                .to("customers", "id"),
        )
        .to_owned()
}

fn notices() -> TableCreateStatement {
    Table::create()
        .table("fulfilment_notices")
        .col(uuid("store_id").primary_key())
        .col(timestamp_with_time_zone("told_at"))
        .foreign_key(
            ForeignKey::create()
                .from("fulfilment_notices", "store_id")
                .to("stores", "id"),
        )
        .to_owned()
}
