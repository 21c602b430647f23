//! A customer's orders in the order in which they are shown, without sorting those of one instant.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NEW: &str = "orders_by_customer_id_placed_at_id";
const OLD: &str = "orders_by_customer_id_placed_at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, OLD, NEW, "customer_id, placed_at, id").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, NEW, OLD, "customer_id, placed_at").await
    }
}

async fn replace(manager: &SchemaManager<'_>, old: &str, new: &str, columns: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_unprepared(&format!("CREATE INDEX {new} ON orders ({columns})"))
        .await?;
    db.execute_unprepared(&format!("DROP INDEX {old}")).await?;
    Ok(())
}
