//! Files of sales: where they are kept until they are imported, and which line a reject stands on.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str); 2] = [
    ("uploads_by_store_id_created_at", "uploads (store_id, created_at)"),
    ("uploads_by_created_at", "uploads (created_at)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(uploads()).await?;
        manager.create_table(parts()).await?;
        let changes = [
            ("import_runs", uuid_null("upload_id")),
            ("import_rejects", big_integer_null("line")),
        ];
        for (table, column) in changes {
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        let db = manager.get_connection();
        for (name, on) in INDEXES {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {on}")).await?;
        }
        db.execute_unprepared(
            "CREATE INDEX import_runs_by_upload_id ON import_runs (upload_id) WHERE upload_id IS NOT NULL",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("DROP INDEX import_runs_by_upload_id")
            .await?;
        for (table, column) in [("import_rejects", "line"), ("import_runs", "upload_id")] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).to_owned())
                .await?;
        }
        for table in ["upload_parts", "uploads"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn uploads() -> TableCreateStatement {
    Table::create()
        .table("uploads")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("integration_id"))
        .col(text("actor"))
        .col(uuid_null("file"))
        .col(big_integer("bytes"))
        .col(integer("parts"))
        .col(text_null("sha256"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("stored_at"))
        .foreign_key(ForeignKey::create().from("uploads", "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("uploads", "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("upload_parts")
        .col(uuid("upload_id"))
        .col(uuid("file"))
        .col(integer("position"))
        .col(blob("content"))
        .primary_key(Index::create().col("upload_id").col("file").col("position"))
        .foreign_key(
            ForeignKey::create()
                .from("upload_parts", "upload_id")
                .to("uploads", "id"),
        )
        .to_owned()
}
