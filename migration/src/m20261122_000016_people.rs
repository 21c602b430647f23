//! Invitations, resets of passwords, the e-mails about them, and counts of attempts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [invitations(), password_resets(), letters(), attempt_counts()] {
            manager.create_table(table).await?;
        }
        for (unique, name, table, columns, only) in INDEXES {
            let sql = format!("CREATE {unique}INDEX {name} ON {table} ({columns}){only}");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["attempt_counts", "letters", "password_resets", "invitations"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const INDEXES: [(&str, &str, &str, &str, &str); 6] = [
    ("UNIQUE ", "invitations_token_hash", "invitations", "token_hash", ""),
    (
        "UNIQUE ",
        "invitations_open",
        "invitations",
        "store_id, email",
        " WHERE accepted_at IS NULL AND revoked_at IS NULL",
    ),
    ("", "invitations_of_stores", "invitations", "store_id, id", ""),
    (
        "UNIQUE ",
        "password_resets_token_hash",
        "password_resets",
        "token_hash",
        "",
    ),
    ("", "password_resets_by_expiry", "password_resets", "expires_at", ""),
    ("", "letters_queued", "letters", "created_at", " WHERE state = 'queued'"),
];

fn invitations() -> TableCreateStatement {
    Table::create()
        .table("invitations")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(text("email"))
        .col(string_len("role", 24))
        .col(uuid("invited_by"))
        .col(text("token_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("accepted_at"))
        .col(uuid_null("accepted_by"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .foreign_key(ForeignKey::create().from("invitations", "store_id").to("stores", "id"))
        .foreign_key(ForeignKey::create().from("invitations", "invited_by").to("users", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("invitations", "accepted_by")
                .to("users", "id"),
        )
        .to_owned()
}

fn password_resets() -> TableCreateStatement {
    Table::create()
        .table("password_resets")
        .col(uuid("id").primary_key())
        .col(text("email"))
        .col(text("token_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .to_owned()
}

fn letters() -> TableCreateStatement {
    Table::create()
        .table("letters")
        .col(uuid("id").primary_key())
        .col(string_len("kind", 24))
        .col(uuid("cause_id"))
        .col(string_len("state", 16))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .to_owned()
}

fn attempt_counts() -> TableCreateStatement {
    Table::create()
        .table("attempt_counts")
        .col(text("key").primary_key())
        .col(timestamp_with_time_zone("since"))
        .col(big_integer("seen"))
        .to_owned()
}
