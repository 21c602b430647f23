//! Adjustments by hand, lots that continue others, redemptions that are cancelled, and customers who are merged.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        adjustments(manager).await?;
        merges(manager).await?;
        for (table, column) in added() {
            let change = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        for index in PARTIAL {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["adjustments", "customer_merges"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (name, table) in [
            ("redemptions_cancelling", "redemptions"),
            ("point_lots_by_continues_lot_id", "point_lots"),
            ("customers_merged", "customers"),
        ] {
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
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

/// Indexes of few rows of many.
const PARTIAL: [&str; 2] = [
    "CREATE INDEX redemptions_cancelling ON redemptions (cancel_requested_at) WHERE state = 'cancelling'",
    "CREATE INDEX customers_merged ON customers (merged_into_id) WHERE merged_into_id IS NOT NULL",
];

/// Columns that tables of earlier changes get.
fn added() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("point_lots", uuid_null("continues_lot_id")),
        ("customers", uuid_null("merged_into_id")),
        ("redemptions", timestamp_with_time_zone_null("cancel_requested_at")),
        ("redemptions", text_null("cancel_actor")),
        ("redemptions", text_null("cancel_reason")),
        ("redemptions", timestamp_with_time_zone_null("cancelled_at")),
        ("coupons", timestamp_with_time_zone_null("disabled_at")),
    ]
}

async fn adjustments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let key =
        |from: &'static str, to: &'static str| ForeignKey::create().from("adjustments", from).to(to, "id").to_owned();
    let table = Table::create()
        .table("adjustments")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("customer_id"))
        .col(string_len("kind", 24))
        .col(big_integer("points"))
        .col(text("reason"))
        .col(text("actor"))
        .col(uuid_null("reverses_id"))
        .col(uuid_null("lot_id"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut key("store_id", "stores"))
        .foreign_key(&mut key("customer_id", "customers"))
        .foreign_key(&mut key("reverses_id", "adjustments"))
        .foreign_key(&mut key("lot_id", "point_lots"))
        .to_owned();
    manager.create_table(table).await
}

async fn merges(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let key = |from: &'static str, to: &'static str| {
        ForeignKey::create()
            .from("customer_merges", from)
            .to(to, "id")
            .to_owned()
    };
    let table = Table::create()
        .table("customer_merges")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("from_id"))
        .col(uuid("into_id"))
        .col(big_integer("debt"))
        .col(text("reason"))
        .col(text("actor"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("undone_at"))
        .col(text_null("undone_by"))
        .foreign_key(&mut key("store_id", "stores"))
        .foreign_key(&mut key("from_id", "customers"))
        .foreign_key(&mut key("into_id", "customers"))
        .to_owned();
    manager.create_table(table).await
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, table: &'static str, column: &'static str| {
        Index::create().name(name).table(table).col(column).to_owned()
    };
    vec![
        // Undone once: two that undo at the same time meet here.
        index("adjustments_reverses_id", "adjustments", "reverses_id")
            .unique()
            .to_owned(),
        index("adjustments_by_lot_id", "adjustments", "lot_id"),
        index("adjustments_by_customer_id", "adjustments", "customer_id"),
        index("point_lots_by_continues_lot_id", "point_lots", "continues_lot_id"),
        index("customer_merges_by_from_id", "customer_merges", "from_id"),
    ]
}
