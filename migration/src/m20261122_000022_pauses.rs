//! Who answers for a webhook, why it was paused, and letters to one of several people.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let change = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE webhooks SET granted_by = created_by")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("letters", "recipient_id"),
            ("webhooks", "pause_reason"),
            ("webhooks", "granted_by"),
        ] {
            let change = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn columns() -> [(&'static str, ColumnDef); 3] {
    [
        ("webhooks", text("granted_by").default("").take()),
        ("webhooks", string_len_null("pause_reason", 16).take()),
        ("letters", uuid_null("recipient_id").take()),
    ]
}
