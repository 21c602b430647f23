//! Webhooks that platforms send in: where they are sent to, and what they hinted at.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str); 3] = [
    ("UNIQUE INDEX hook_addresses_token_hash", "hook_addresses (token_hash)"),
    (
        "UNIQUE INDEX received_hooks_integration_id_event_key",
        "received_hooks (integration_id, event_key)",
    ),
    ("INDEX received_hooks_by_received_at", "received_hooks (received_at)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(addresses()).await?;
        manager.create_table(received()).await?;
        let db = manager.get_connection();
        for (index, on) in INDEXES {
            db.execute_unprepared(&format!("CREATE {index} ON {on}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["received_hooks", "hook_addresses"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn addresses() -> TableCreateStatement {
    let table = "hook_addresses";
    Table::create()
        .table(table)
        .col(uuid("integration_id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("key"))
        .col(string_len("token_hash", 64))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}

fn received() -> TableCreateStatement {
    let table = "received_hooks";
    Table::create()
        .table(table)
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("integration_id"))
        .col(string_len("event_key", 64))
        .col(text("event"))
        .col(text("external_id"))
        .col(timestamp_with_time_zone("received_at"))
        .col(timestamp_with_time_zone_null("read_at"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}
