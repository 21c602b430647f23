//! Expiry written down: lots that are due, lots whose expiry was put off, and lots by customer.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lot_extensions")
                    .col(uuid("entry_id"))
                    .col(uuid("lot_id"))
                    .col(timestamp_with_time_zone("expires_before"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .primary_key(Index::create().col("entry_id").col("lot_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("lot_extensions", "entry_id")
                            .to("ledger_entries", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("lot_extensions", "lot_id")
                            .to("point_lots", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("lot_extensions_by_lot_id")
                    .table("lot_extensions")
                    .col("lot_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("point_lots_by_customer_id_id")
                    .table("point_lots")
                    .col("customer_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX point_lots_expiring ON point_lots (expires_at) \
                 WHERE remaining > 0 AND expires_at IS NOT NULL",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["point_lots_expiring", "point_lots_by_customer_id_id"] {
            manager
                .drop_index(Index::drop().name(index).table("point_lots").to_owned())
                .await?;
        }
        manager
            .drop_table(Table::drop().table("lot_extensions").to_owned())
            .await
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
