//! How often and how long rewards can be redeemed, what they are shown with, and in which order.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of rewards, dropped in the opposite order: a check may name a column before it.
const COLUMNS: [(&str, &str); 11] = [
    ("own_image_url", "text"),
    ("category", "text"),
    ("category_key", "text"),
    ("position", "bigint NOT NULL DEFAULT 0"),
    ("available_from", AT),
    ("available_until", AT),
    ("total_limit", "integer CHECK (total_limit > 0)"),
    ("places_taken", "integer NOT NULL DEFAULT 0 CHECK (places_taken >= 0)"),
    ("customer_limit", "integer CHECK (customer_limit > 0)"),
    ("period_limit", "integer CHECK (period_limit > 0)"),
    (
        "period_days",
        "integer CHECK (period_days > 0 AND (period_days IS NULL) = (period_limit IS NULL))",
    ),
];

/// Stands for the database's type of an instant.
const AT: &str = "at";

const INDEXES: [(&str, &str); 4] = [
    ("rewards_by_store_id_position", "rewards (store_id, position, id)"),
    (
        "rewards_by_store_id_category",
        "rewards (store_id, category_key, position, id)",
    ),
    (
        "redemptions_that_stand_of_customers",
        "redemptions (customer_id, reward_id, requested_at) WHERE state NOT IN ('failed', 'cancelled')",
    ),
    (
        "redemptions_that_stand_of_rewards",
        "redemptions (reward_id) WHERE state NOT IN ('failed', 'cancelled')",
    ),
];

/// Those that are there come in the order in which they came.
const PLACE: &str = "UPDATE rewards SET position = placed.place FROM (SELECT id, row_number() OVER \
    (PARTITION BY store_id ORDER BY created_at, id) AS place FROM rewards) AS placed WHERE placed.id = rewards.id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = db.get_database_backend() == DbBackend::Postgres;
        for (name, kind) in COLUMNS {
            let kind = match (kind, is_postgres) {
                (AT, true) => "timestamp with time zone",
                (AT, false) => "timestamp_with_timezone_text",
                (kind, _) => kind,
            };
            db.execute_unprepared(&format!("ALTER TABLE rewards ADD COLUMN {name} {kind}"))
                .await?;
        }
        if is_postgres {
            // By bytes, as SQLite compares, so that an index finds what a category holds.
            db.execute_unprepared("ALTER TABLE rewards ALTER COLUMN category_key TYPE text COLLATE \"C\"")
                .await?;
        }
        db.execute_unprepared(PLACE).await?;
        sort_into_categories(db).await?;
        for (name, on) in INDEXES {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {on}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (name, _) in INDEXES {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for (name, _) in COLUMNS.into_iter().rev() {
            db.execute_unprepared(&format!("ALTER TABLE rewards DROP COLUMN {name}"))
                .await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Rewards of products get the categories of these, one after the other.
async fn sort_into_categories(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let known = "SELECT DISTINCT category FROM products WHERE category IS NOT NULL";
    let (p1, p2) = if backend == DbBackend::Postgres {
        ("$1", "$2")
    } else {
        ("?1", "?2")
    };
    let sql = format!(
        "UPDATE rewards SET category = {p1}, category_key = {p2} WHERE product_id IN \
         (SELECT id FROM products WHERE category = {p1})"
    );
    for row in db.query_all_raw(Statement::from_string(backend, known)).await? {
        let category: String = row.try_get("", "category")?;
        let values = [category.clone().into(), key(&category).into()];
        db.execute_raw(Statement::from_sql_and_values(backend, sql.clone(), values))
            .await?;
    }
    Ok(())
}

/// A path as it is looked for. As the program made it when this was written.
fn key(path: &str) -> Option<String> {
    let names: Vec<String> = path
        .split('>')
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty())
        .collect();
    let path = names.join(" > ");
    (1..=500).contains(&path.chars().count()).then(|| {
        path.to_lowercase()
            .nfd()
            .filter(|letter| !is_combining_mark(*letter))
            .collect()
    })
}
