//! When platforms' webhooks came last, and when one was sent away.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 2] = ["taken_at", "refused_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let at = match db.get_database_backend() {
            DbBackend::Postgres => "timestamp with time zone",
            _ => "timestamp_with_timezone_text",
        };
        for column in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE hook_addresses ADD COLUMN {column} {at}"))
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for column in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE hook_addresses DROP COLUMN {column}"))
                .await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
