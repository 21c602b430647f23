//! Rules of programmes beyond the rate: exclusions, multipliers, products' own rates, bonuses.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 6] = [
    "excluded_statuses",
    "excluded_channels",
    "multipliers",
    "product_rates",
    "sign_up_bonus",
    "birthday_bonus",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let lists = [
            ("excluded_statuses", "[]"),
            // What was so before there was a choice.
            ("excluded_channels", r#"["marketplace"]"#),
            ("multipliers", "[]"),
            ("product_rates", "[]"),
        ];
        let lists = lists.map(|(column, default)| json_binary(column).default(default).to_owned());
        let bonuses = ["sign_up_bonus", "birthday_bonus"].map(|column| big_integer(column).default(0).to_owned());
        for column in lists.into_iter().chain(bonuses) {
            let table = Table::alter().table("programme_versions").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // Customers by the month and day of their birth.
        let index = match manager.get_database_backend() {
            DbBackend::Postgres => {
                "CREATE INDEX customers_by_birthday ON customers \
                 (store_id, (EXTRACT(MONTH FROM birth_date) * 100 + EXTRACT(DAY FROM birth_date)), id) \
                 WHERE birth_date IS NOT NULL"
            }
            _ => {
                "CREATE INDEX customers_by_birthday ON customers (store_id, substr(birth_date, 6, 5), id) \
                 WHERE birth_date IS NOT NULL"
            }
        };
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DROP INDEX customers_by_birthday")
            .await?;
        for column in COLUMNS {
            let table = Table::alter()
                .table("programme_versions")
                .drop_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
