//! Exports: runs, and the parts of their files.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(runs()).await?;
        manager.create_table(parts()).await?;
        for index in [
            "CREATE INDEX export_runs_by_store_id_created_at_id ON export_runs (store_id, created_at, id)",
            "CREATE INDEX export_runs_open ON export_runs (store_id) WHERE state IN ('queued', 'running')",
            "CREATE INDEX export_runs_by_finished_at ON export_runs (finished_at)",
            // All of a store's lots, in their order.
            "CREATE INDEX point_lots_by_store_id_id ON point_lots (store_id, id)",
            "CREATE INDEX export_runs_by_expires_at ON export_runs (expires_at) WHERE parts > 0",
        ] {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("point_lots_by_store_id_id")
                    .table("point_lots")
                    .to_owned(),
            )
            .await?;
        for table in ["export_parts", "export_runs"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn runs() -> TableCreateStatement {
    Table::create()
        .table("export_runs")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(string_len("list", 32))
        .col(text_null("of_id"))
        .col(string_len("format", 16))
        .col(json_binary("filter"))
        .col(text("sort"))
        .col(json_binary("columns"))
        .col(string_len("state", 16))
        .col(big_integer("done"))
        .col(big_integer_null("total"))
        .col(big_integer("bytes"))
        .col(big_integer("packed_bytes"))
        .col(big_integer("checksum"))
        .col(integer("parts"))
        .col(text("actor"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(text_null("lease_holder"))
        .col(timestamp_with_time_zone_null("cancel_requested_at"))
        .col(text_null("error_message"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .foreign_key(ForeignKey::create().from("export_runs", "store_id").to("stores", "id"))
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("export_parts")
        .col(uuid("export_run_id"))
        .col(integer("position"))
        .col(big_integer("begins_at"))
        .col(blob("packed"))
        .primary_key(Index::create().col("export_run_id").col("position"))
        .foreign_key(
            ForeignKey::create()
                .from("export_parts", "export_run_id")
                .to("export_runs", "id"),
        )
        .to_owned()
}
