//! What lists are sorted and filtered by: customers' names as people compare them, an index for each sort,
//! and texts that PostgreSQL compares by bytes, as SQLite does, so that an index finds a beginning.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Customers whose names are read at once.
const BATCH: u64 = 1000;

/// Texts that are asked for by their beginnings, or sorted.
const BY_BYTES: [(&str, &str); 8] = [
    ("stores", "name"),
    ("customers", "email"),
    ("customers", "document"),
    ("customers", "name_key"),
    ("orders", "number"),
    ("orders", "shop_number"),
    ("orders", "status_code"),
    ("coupons", "code"),
];

const INDEXES: [(&str, &str, &str); 13] = [
    (
        "customers_by_store_id_created_at",
        "customers",
        "store_id, created_at, id",
    ),
    ("customers_by_store_id_name_key", "customers", "store_id, name_key, id"),
    ("orders_by_store_id_updated_at", "orders", "store_id, updated_at, id"),
    (
        "orders_by_store_id_status_code",
        "orders",
        "store_id, status_code, placed_at, id",
    ),
    ("products_by_store_id_sku", "products", "store_id, sku"),
    ("rewards_by_store_id_created_at", "rewards", "store_id, created_at, id"),
    ("rewards_by_store_id_points", "rewards", "store_id, points, id"),
    (
        "redemptions_by_store_id_requested_at",
        "redemptions",
        "store_id, requested_at, id",
    ),
    (
        "redemptions_by_store_id_state",
        "redemptions",
        "store_id, state, requested_at, id",
    ),
    ("coupons_by_store_id_created_at", "coupons", "store_id, created_at, id"),
    (
        "coupons_by_store_id_state",
        "coupons",
        "store_id, state, created_at, id",
    ),
    (
        "coupons_by_store_id_valid_until",
        "coupons",
        "store_id, valid_until, id",
    ),
    (
        "import_runs_by_integration_id_created_at_id",
        "import_runs",
        "integration_id, created_at, id",
    ),
];

/// Indexes that the new ones stand in for.
const GONE: [(&str, &str, &str); 4] = [
    ("rewards_by_store_id_id", "rewards", "store_id, id"),
    ("redemptions_by_store_id_id", "redemptions", "store_id, id"),
    ("coupons_by_store_id_id", "coupons", "store_id, id"),
    (
        "import_runs_by_integration_id_created_at",
        "import_runs",
        "integration_id, created_at",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text("name_key").default("").to_owned();
        let table = Table::alter().table("customers").add_column(column).to_owned();
        manager.alter_table(table).await?;
        collate(manager, "\"C\"").await?;
        fold_names(manager.get_connection()).await?;
        swap(manager.get_connection(), &GONE, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        swap(manager.get_connection(), &INDEXES, &GONE).await?;
        collate(manager, "\"default\"").await?;
        let table = Table::alter().table("customers").drop_column("name_key").to_owned();
        manager.alter_table(table).await
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

async fn swap(
    db: &SchemaManagerConnection<'_>,
    old: &[(&str, &str, &str)],
    new: &[(&str, &str, &str)],
) -> Result<(), DbErr> {
    for (name, ..) in old {
        db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
    }
    for (name, table, columns) in new {
        db.execute_unprepared(&format!("CREATE INDEX {name} ON {table} ({columns})"))
            .await?;
    }
    Ok(())
}

/// Names of customers who are there already. As the program folded them when this was written.
async fn fold_names(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let (p1, p2) = if backend == DbBackend::Postgres {
        ("$1", "$2")
    } else {
        ("?", "?")
    };
    let mut after = sea_orm_migration::sea_orm::prelude::Uuid::nil();
    loop {
        let sql =
            format!("SELECT id, name FROM customers WHERE id > {p1} AND name IS NOT NULL ORDER BY id LIMIT {BATCH}");
        let rows = db
            .query_all_raw(Statement::from_sql_and_values(backend, sql, [after.into()]))
            .await?;
        for row in &rows {
            after = row.try_get("", "id")?;
            let name: String = row.try_get("", "name")?;
            let sql = format!("UPDATE customers SET name_key = {p1} WHERE id = {p2}");
            let values = [folded(&name).into(), after.into()];
            db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
                .await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

fn folded(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .to_lowercase()
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}
