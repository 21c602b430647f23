//! Users, their sessions, stores, memberships and API tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

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
                    .table("users")
                    .col(uuid("id").primary_key())
                    .col(text("email").unique_key())
                    .col(text("name"))
                    .col(text("password_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("disabled_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(uuid("id").primary_key())
                    .col(uuid("user_id"))
                    .col(text("access_hash"))
                    .col(timestamp_with_time_zone("access_expires_at"))
                    .col(text("refresh_hash"))
                    .col(timestamp_with_time_zone("refresh_expires_at"))
                    .col(text_null("previous_refresh_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .foreign_key(ForeignKey::create().from("sessions", "user_id").to("users", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_access_hash")
                    .table("sessions")
                    .col("access_hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_refresh_hash")
                    .table("sessions")
                    .col("refresh_hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_by_user_id")
                    .table("sessions")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_by_previous_refresh_hash")
                    .table("sessions")
                    .col("previous_refresh_hash")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("stores")
                    .col(uuid("id").primary_key())
                    .col(text("name"))
                    .col(text("time_zone"))
                    .col(text("currency"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(big_integer("version"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("memberships")
                    .col(uuid("store_id"))
                    .col(uuid("user_id"))
                    .col(string_len("role", 24))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("store_id").col("user_id"))
                    .foreign_key(ForeignKey::create().from("memberships", "store_id").to("stores", "id"))
                    .foreign_key(ForeignKey::create().from("memberships", "user_id").to("users", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("memberships_by_user_id")
                    .table("memberships")
                    .col("user_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("api_tokens")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(uuid("created_by"))
                    .col(text("name"))
                    .col(text("token_hash"))
                    .col(text("hint"))
                    .col(json_binary("scopes"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .foreign_key(ForeignKey::create().from("api_tokens", "store_id").to("stores", "id"))
                    .foreign_key(ForeignKey::create().from("api_tokens", "created_by").to("users", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_tokens_token_hash")
                    .table("api_tokens")
                    .col("token_hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_tokens_by_store_id")
                    .table("api_tokens")
                    .col("store_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("idempotency_keys")
                    .col(text("scope"))
                    .col(text("key"))
                    .col(text("operation"))
                    .col(text("input_hash"))
                    .col(uuid("result_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("scope").col("key"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "idempotency_keys",
            "api_tokens",
            "memberships",
            "stores",
            "sessions",
            "users",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
