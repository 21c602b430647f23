//! API tokens that open several stores, and that are replaced while the one before still works for a while.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text_null("previous_hash"),
            timestamp_with_time_zone_null("previous_until"),
        ] {
            let change = Table::alter().table("api_tokens").add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("api_token_stores")
                    .col(uuid("token_id"))
                    .col(uuid("store_id"))
                    .primary_key(Index::create().col("token_id").col("store_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("api_token_stores", "token_id")
                            .to("api_tokens", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("api_token_stores", "store_id")
                            .to("stores", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let db = manager.get_connection();
        db.execute_unprepared("INSERT INTO api_token_stores (token_id, store_id) SELECT id, store_id FROM api_tokens")
            .await?;
        for (name, table, columns) in INDEXES {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {table} ({columns})"))
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (name, ..) in INDEXES {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        manager
            .drop_table(Table::drop().table("api_token_stores").to_owned())
            .await?;
        for column in ["previous_hash", "previous_until"] {
            let change = Table::alter().table("api_tokens").drop_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: [(&str, &str, &str); 3] = [
    ("api_tokens_previous_hash", "api_tokens", "previous_hash"),
    ("api_tokens_by_maker", "api_tokens", "created_by, id"),
    ("api_token_stores_by_store", "api_token_stores", "store_id, token_id"),
];
