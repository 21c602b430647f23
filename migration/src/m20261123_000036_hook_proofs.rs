//! What webhooks of platforms are known by, and which account a consent opens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Table, column and type.
const COLUMNS: [(&str, &str, &str); 3] = [
    ("hook_addresses", "secret", BYTES),
    ("hook_addresses", "registered_at", AT),
    ("consents", "account", "text"),
];

/// Stands for the database's type of bytes.
const BYTES: &str = "bytes";
/// Stands for the database's type of an instant.
const AT: &str = "at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = db.get_database_backend() == DbBackend::Postgres;
        for (table, name, kind) in COLUMNS {
            let kind = match (kind, is_postgres) {
                (BYTES, true) => "bytea",
                (BYTES, false) => "blob",
                (AT, true) => "timestamp with time zone",
                (AT, false) => "timestamp_with_timezone_text",
                (kind, _) => kind,
            };
            db.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN {name} {kind}"))
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (table, name, _) in COLUMNS.into_iter().rev() {
            db.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {name}"))
                .await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
