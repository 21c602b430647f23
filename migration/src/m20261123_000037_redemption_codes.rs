//! Codes that customers are sent, to redeem with at a till.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(redemption_codes()).await?;
        let db = manager.get_connection();
        db.execute_unprepared("CREATE UNIQUE INDEX redemption_codes_id ON redemption_codes (id)")
            .await?;
        db.execute_unprepared("CREATE INDEX redemption_codes_by_expiry ON redemption_codes (expires_at)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("redemption_codes").to_owned())
            .await
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// By the customer: a new code takes the place of the one before.
fn redemption_codes() -> TableCreateStatement {
    Table::create()
        .table("redemption_codes")
        .col(uuid("customer_id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("id"))
        .col(integer("tries"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(
            ForeignKey::create()
                .from("redemption_codes", "customer_id")
                .to("customers", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("redemption_codes", "store_id")
                .to("stores", "id"),
        )
        .to_owned()
}
