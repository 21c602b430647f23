//! Consents that merchants give on platforms, and those that are waited for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str); 2] = [
    ("INDEX consents_by_look_at", "consents (look_at) WHERE ended_at IS NULL"),
    ("INDEX consent_requests_by_expires_at", "consent_requests (expires_at)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(consents()).await?;
        manager.create_table(requests()).await?;
        let db = manager.get_connection();
        for (index, on) in INDEXES {
            db.execute_unprepared(&format!("CREATE {index} ON {on}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["consent_requests", "consents"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn consents() -> TableCreateStatement {
    let table = "consents";
    Table::create()
        .table(table)
        .col(uuid("integration_id").primary_key())
        .col(uuid("store_id"))
        .col(blob("access_token"))
        .col(blob("refresh_token"))
        .col(timestamp_with_time_zone("access_ends_at"))
        .col(timestamp_with_time_zone("refresh_ends_at"))
        .col(timestamp_with_time_zone("renewed_at"))
        .col(timestamp_with_time_zone("look_at"))
        .col(big_integer("number"))
        .col(text_null("holder"))
        .col(timestamp_with_time_zone_null("held_until"))
        .col(timestamp_with_time_zone_null("failing_since"))
        .col(text_null("problem"))
        .col(timestamp_with_time_zone_null("warned_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(string_len_null("end_reason", 16))
        .col(timestamp_with_time_zone("given_at"))
        .col(text("given_by"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}

fn requests() -> TableCreateStatement {
    let table = "consent_requests";
    Table::create()
        .table(table)
        .col(string_len("state_hash", 64).primary_key())
        .col(uuid("integration_id"))
        .col(uuid("store_id"))
        .col(text("actor"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(ForeignKey::create().from(table, "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from(table, "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}
