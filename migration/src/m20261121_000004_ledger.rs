//! The ledger: entries that the database refuses to change, lots and allocations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(clippy::too_many_lines, reason = "a list of tables, read from top to bottom")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("ledger_entries")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("customer_id"))
                    .col(string_len("kind", 24))
                    .col(big_integer("points"))
                    .col(big_integer("balance_delta"))
                    .col(big_integer("reserved_delta"))
                    .col(big_integer("debt_delta"))
                    .col(string_len("source_kind", 24))
                    .col(uuid("source_id"))
                    .col(integer("sequence"))
                    .col(uuid_null("programme_version_id"))
                    .col(json_binary("inputs"))
                    .col(text("actor"))
                    .col(text_null("reason"))
                    .col(text_null("request_id"))
                    .col(timestamp_with_time_zone("occurred_at"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("ledger_entries", "store_id")
                            .to("stores", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("ledger_entries", "customer_id")
                            .to("customers", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("ledger_entries", "programme_version_id")
                            .to("programme_versions", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ledger_entries_source_kind_source_id_sequence")
                    .table("ledger_entries")
                    .col("source_kind")
                    .col("source_id")
                    .col("sequence")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ledger_entries_by_customer_id_id")
                    .table("ledger_entries")
                    .col("customer_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ledger_entries_by_store_id_id")
                    .table("ledger_entries")
                    .col("store_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("point_lots")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("customer_id"))
                    .col(uuid("entry_id"))
                    .col(uuid_null("order_id"))
                    .col(big_integer("points"))
                    .col(big_integer("remaining"))
                    .col(timestamp_with_time_zone("available_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .foreign_key(ForeignKey::create().from("point_lots", "store_id").to("stores", "id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("point_lots", "customer_id")
                            .to("customers", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("point_lots", "entry_id")
                            .to("ledger_entries", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("point_lots", "order_id").to("orders", "id"))
                    .check(Expr::cust("remaining >= 0 AND remaining <= points"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("point_lots_by_order_id")
                    .table("point_lots")
                    .col("order_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("point_lots_by_entry_id")
                    .table("point_lots")
                    .col("entry_id")
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX point_lots_unspent ON point_lots (customer_id) WHERE remaining > 0")
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("point_allocations")
                    .col(uuid("entry_id"))
                    .col(uuid("lot_id"))
                    .col(big_integer("points"))
                    .primary_key(Index::create().col("entry_id").col("lot_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("point_allocations", "entry_id")
                            .to("ledger_entries", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("point_allocations", "lot_id")
                            .to("point_lots", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("point_allocations_by_lot_id")
                    .table("point_allocations")
                    .col("lot_id")
                    .to_owned(),
            )
            .await?;
        refuse_changes(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        accept_changes(manager).await?;
        for table in ["point_allocations", "point_lots", "ledger_entries"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The ledger is append-only: the database itself refuses to change or delete an entry.
async fn refuse_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let statements: &[&str] = match manager.get_database_backend() {
        DbBackend::Postgres => &[
            "CREATE FUNCTION ledger_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'ledger entries are append-only'; END $$",
            "CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
             FOR EACH ROW EXECUTE FUNCTION ledger_entries_refuse()",
        ],
        _ => &[
            "CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
             BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END",
            "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
             BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END",
        ],
    };
    for statement in statements {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

async fn accept_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DROP TRIGGER ledger_entries_append_only ON ledger_entries")
            .await?;
        connection
            .execute_unprepared("DROP FUNCTION ledger_entries_refuse()")
            .await?;
    }
    Ok(())
}
