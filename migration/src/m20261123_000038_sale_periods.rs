//! When sale prices of products hold.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 3] = ["sale_from", "sale_until", "price_changes_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let at = match db.get_database_backend() {
            DbBackend::Postgres => "timestamp with time zone",
            _ => "timestamp_with_timezone_text",
        };
        for column in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE products ADD COLUMN {column} {at}"))
                .await?;
        }
        db.execute_unprepared(
            "CREATE INDEX products_whose_price_changes ON products (price_changes_at) WHERE price_changes_at IS NOT NULL",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared("DROP INDEX products_whose_price_changes").await?;
        for column in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE products DROP COLUMN {column}"))
                .await?;
        }
        Ok(())
    }
}
