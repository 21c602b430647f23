//! Refresh tokens that were used, what their successors are made from, what users call their sessions, and
//! the indexes by which old sessions and idempotency keys are found and removed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            timestamp_with_time_zone_null("refreshed_at"),
            text_null("successor_salt"),
            text_null("device"),
        ] {
            let change = Table::alter().table("sessions").add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("used_refresh_tokens")
                    .col(text("token_hash").primary_key())
                    .col(uuid("session_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("used_refresh_tokens", "session_id")
                            .to("sessions", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "INSERT INTO used_refresh_tokens (token_hash, session_id) \
             SELECT DISTINCT previous_refresh_hash, id FROM sessions WHERE previous_refresh_hash IS NOT NULL",
        )
        .await?;
        for name in ["sessions_by_previous_refresh_hash", "sessions_by_user_id"] {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
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
        for (name, column) in [
            ("sessions_by_previous_refresh_hash", "previous_refresh_hash"),
            ("sessions_by_user_id", "user_id"),
        ] {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON sessions ({column})"))
                .await?;
        }
        manager
            .drop_table(Table::drop().table("used_refresh_tokens").to_owned())
            .await?;
        for column in ["refreshed_at", "successor_salt", "device"] {
            let change = Table::alter().table("sessions").drop_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: [(&str, &str, &str); 5] = [
    ("sessions_of_users", "sessions", "user_id, id"),
    ("sessions_by_end", "sessions", "ended_at"),
    ("sessions_by_expiry", "sessions", "refresh_expires_at"),
    ("used_refresh_tokens_of_sessions", "used_refresh_tokens", "session_id"),
    ("idempotency_keys_by_age", "idempotency_keys", "created_at"),
];
