//! Webhooks: who is told of events, what became of each delivery, and up to where events were handed out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(webhooks()).await?;
        manager.create_table(deliveries()).await?;
        let readers = Table::create()
            .table("event_readers")
            .col(string_len("name", 32).primary_key())
            .col(big_integer("place"))
            .to_owned();
        manager.create_table(readers).await?;
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["event_readers", "webhook_deliveries", "webhooks"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: &[&str] = &[
    "CREATE INDEX webhooks_by_store_id_id ON webhooks (store_id, id)",
    "CREATE UNIQUE INDEX webhook_deliveries_webhook_id_event_id ON webhook_deliveries (webhook_id, event_id)",
    "CREATE INDEX webhook_deliveries_by_webhook_id_id ON webhook_deliveries (webhook_id, id)",
    "CREATE INDEX webhook_deliveries_open ON webhook_deliveries (webhook_id, object_id, event_id) \
     WHERE state IN ('pending', 'waiting')",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'pending'",
];

fn webhooks() -> TableCreateStatement {
    Table::create()
        .table("webhooks")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(text("url"))
        .col(json_binary("kinds"))
        .col(json_binary("scopes"))
        .col(text_null("payload"))
        .col(string_len("ordering", 16))
        .col(string_len("state", 16))
        .col(text_null("paused_because"))
        .col(timestamp_with_time_zone_null("failing_since"))
        .col(binary("secret"))
        .col(binary_null("previous_secret"))
        .col(timestamp_with_time_zone_null("previous_until"))
        .col(big_integer("since"))
        .col(text("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().from("webhooks", "store_id").to("stores", "id"))
        .to_owned()
}

fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("webhook_deliveries")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("webhook_id"))
        .col(big_integer("event_id"))
        .col(string_len("kind", 32))
        .col(uuid("object_id"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(string_len("state", 16))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("attempted_at"))
        .col(integer_null("status"))
        .col(text_null("answer"))
        .col(text_null("error"))
        .col(big_integer_null("duration_ms"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .foreign_key(
            ForeignKey::create()
                .from("webhook_deliveries", "webhook_id")
                .to("webhooks", "id"),
        )
        .to_owned()
}
