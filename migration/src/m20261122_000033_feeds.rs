//! What feeds were found to be when they were read last, and what each reading found.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(readings()).await?;
        manager.create_table(reports()).await?;
        let db = manager.get_connection();
        // Nobody reads it: which products a reading saw is known while it reads.
        db.execute_unprepared("ALTER TABLE products DROP COLUMN seen_in")
            .await?;
        db.execute_unprepared("ALTER TABLE import_runs ADD COLUMN gone bigint NOT NULL DEFAULT 0")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared("ALTER TABLE import_runs DROP COLUMN gone")
            .await?;
        let none = match manager.get_database_backend() {
            sea_orm_migration::sea_orm::DbBackend::Postgres => {
                "uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'"
            }
            _ => "uuid_text NOT NULL DEFAULT x'00000000000000000000000000000000'",
        };
        db.execute_unprepared(&format!("ALTER TABLE products ADD COLUMN seen_in {none}"))
            .await?;
        for table in ["feed_reports", "feed_readings"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn readings() -> TableCreateStatement {
    let table = "feed_readings";
    Table::create()
        .table(table)
        .col(uuid("integration_id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("import_run_id"))
        .col(string_len("judged_by", 64))
        .col(string_len("digest", 64))
        .col(text_null("etag"))
        .col(text_null("last_modified"))
        .col(timestamp_with_time_zone("fetched_at"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "integration_id")
                .to("integrations", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from(table, "import_run_id")
                .to("import_runs", "id"),
        )
        .to_owned()
}

fn reports() -> TableCreateStatement {
    let table = "feed_reports";
    Table::create()
        .table(table)
        .col(uuid("import_run_id").primary_key())
        .col(uuid("store_id"))
        .col(string_len("outcome", 16))
        .col(big_integer("items"))
        .col(big_integer("usable"))
        .col(big_integer("rejected"))
        .col(boolean("is_complete"))
        .col(json_binary("warnings"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "import_run_id")
                .to("import_runs", "id"),
        )
        .to_owned()
}
