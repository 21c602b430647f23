//! What more lists are sorted and filtered by, with an index for each sort; and the jobs of stores, as people see
//! them: one row for a job however often it is tried.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Texts that are asked for by their beginnings.
const BY_BYTES: [(&str, &str); 9] = [
    ("users", "email"),
    ("invitations", "email"),
    ("api_tokens", "name"),
    ("sessions", "device"),
    ("webhooks", "url"),
    ("audit_entries", "action"),
    ("import_rejects", "resource"),
    ("import_rejects", "field"),
    ("import_rejects", "external_id"),
];

const INDEXES: [(&str, &str, &str); 9] = [
    (
        "orders_by_store_id_status_code_updated_at",
        "orders",
        "store_id, status_code, updated_at, id",
    ),
    (
        "memberships_by_store_id_created_at",
        "memberships",
        "store_id, created_at, user_id",
    ),
    (
        "webhook_deliveries_by_webhook_id_state",
        "webhook_deliveries",
        "webhook_id, state, id",
    ),
    (
        "webhook_deliveries_by_webhook_id_object_id",
        "webhook_deliveries",
        "webhook_id, object_id, id",
    ),
    (
        "store_jobs_by_store_id_created_at",
        "store_jobs",
        "store_id, created_at, id",
    ),
    (
        "store_jobs_by_store_id_state",
        "store_jobs",
        "store_id, state, created_at, id",
    ),
    (
        "store_jobs_by_store_id_kind",
        "store_jobs",
        "store_id, kind, created_at, id",
    ),
    ("store_jobs_by_object_id", "store_jobs", "object_id, created_at, id"),
    ("store_jobs_by_updated_at", "store_jobs", "updated_at"),
];

const MERGED: [&str; 2] = [
    "CREATE INDEX customers_merged ON customers (merged_into_id) WHERE merged_into_id IS NOT NULL",
    "CREATE INDEX customers_merged ON customers (merged_into_id, id) WHERE merged_into_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(store_jobs()).await?;
        collate(manager, "\"C\"").await?;
        let db = manager.get_connection();
        for (name, table, columns) in INDEXES {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {table} ({columns})"))
                .await?;
        }
        let [_, merged] = MERGED;
        index_merged(db, merged).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let [merged, _] = MERGED;
        index_merged(db, merged).await?;
        for (name, ..) in INDEXES {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        collate(manager, "\"default\"").await?;
        manager.drop_table(Table::drop().table("store_jobs").to_owned()).await
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Has PostgreSQL compare the texts in a way; SQLite compares all by bytes.
async fn collate(manager: &SchemaManager<'_>, collation: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        for (table, column) in BY_BYTES {
            let change = format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE {collation}");
            manager.get_connection().execute_unprepared(&change).await?;
        }
    }
    Ok(())
}

async fn index_merged(db: &SchemaManagerConnection<'_>, index: &str) -> Result<(), DbErr> {
    db.execute_unprepared("DROP INDEX customers_merged").await?;
    db.execute_unprepared(index).await?;
    Ok(())
}

fn store_jobs() -> TableCreateStatement {
    Table::create()
        .table("store_jobs")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(string_len("kind", 32))
        .col(text("object_id"))
        .col(string_len("state", 16))
        .col(integer("attempt"))
        .col(timestamp_with_time_zone("run_at"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .foreign_key(ForeignKey::create().from("store_jobs", "store_id").to("stores", "id"))
        .to_owned()
}
