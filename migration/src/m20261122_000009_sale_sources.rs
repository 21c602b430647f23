//! Sales that are pushed in, several sources of them in a store, and one sale told by two sources.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in added() {
            let change = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        let connection = manager.get_connection();
        for statement in UP {
            connection.execute_unprepared(statement).await?;
        }
        manager.create_table(sale_batches()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sale_batches").to_owned())
            .await?;
        let connection = manager.get_connection();
        for statement in DOWN {
            connection.execute_unprepared(statement).await?;
        }
        for (table, column) in added() {
            let change = Table::alter()
                .table(table)
                .drop_column(column.get_column_name())
                .to_owned();
            manager.alter_table(change).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Columns that tables of earlier changes get.
fn added() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("integrations", text("name").default("").to_owned()),
        ("orders", text_null("shop_number")),
        ("orders", uuid_null("counted_as_id")),
        ("orders", uuid_null("customer_of_id")),
    ]
}

const UP: [&str; 6] = [
    // A store may have several sources of pushed sales; of a shop's platform it still has one, without a name.
    "DROP INDEX integrations_store_id_platform",
    "CREATE UNIQUE INDEX integrations_store_id_platform_name ON integrations (store_id, platform, name)",
    "CREATE INDEX orders_by_store_id_shop_number ON orders (store_id, shop_number) WHERE shop_number IS NOT NULL",
    "CREATE INDEX orders_by_counted_as_id ON orders (counted_as_id) WHERE counted_as_id IS NOT NULL",
    // Who is known from another source only is looked for like who is not known at all.
    "DROP INDEX orders_unclaimed",
    "CREATE INDEX orders_unclaimed ON orders (integration_id, buyer_external_id) \
     WHERE customer_id IS NULL OR customer_of_id IS NOT NULL",
];

const DOWN: [&str; 6] = [
    "DROP INDEX orders_unclaimed",
    "CREATE INDEX orders_unclaimed ON orders (integration_id, buyer_external_id) WHERE customer_id IS NULL",
    "DROP INDEX orders_by_counted_as_id",
    "DROP INDEX orders_by_store_id_shop_number",
    "DROP INDEX integrations_store_id_platform_name",
    "CREATE UNIQUE INDEX integrations_store_id_platform ON integrations (store_id, platform)",
];

fn sale_batches() -> TableCreateStatement {
    let key =
        |from: &'static str, to: &'static str| ForeignKey::create().from("sale_batches", from).to(to, "id").to_owned();
    Table::create()
        .table("sale_batches")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("integration_id"))
        .col(json_binary("results"))
        .col(text("actor"))
        .col(text_null("request_id"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut key("store_id", "stores"))
        .foreign_key(&mut key("integration_id", "integrations"))
        .to_owned()
}
