//! What happened, for those who follow: an append-only table, written with each change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::create()
            .table("events")
            .col(big_integer("id").auto_increment().primary_key())
            .col(big_integer_null("position"))
            .col(uuid("store_id"))
            .col(string_len("kind", 32))
            .col(uuid("object_id"))
            .col(text_null("request_id"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(ForeignKey::create().from("events", "store_id").to("stores", "id"))
            .to_owned();
        manager.create_table(events).await?;
        run(manager, up(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("events").to_owned()).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => run(manager, DOWN_POSTGRES).await,
            _ => Ok(()),
        }
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn up(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => UP_POSTGRES,
        _ => UP_SQLITE,
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Writers come one after the other, so the id tells the order of commits. It is part of every index.
const UP_SQLITE: &[&str] = &[
    "CREATE INDEX events_by_store_id ON events (store_id)",
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events
     BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
];

/// Writers overlap: an event gets its position after its commit, and whoever waits is told at the commit.
const UP_POSTGRES: &[&str] = &[
    "CREATE SEQUENCE event_positions",
    "CREATE UNIQUE INDEX events_position ON events (position)",
    "CREATE INDEX events_by_store_id_position ON events (store_id, position)",
    "CREATE INDEX events_unplaced ON events (id) WHERE position IS NULL",
    "CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
    "CREATE TRIGGER events_no_update
     BEFORE UPDATE OF id, store_id, kind, object_id, request_id, created_at ON events
     FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()",
    "CREATE FUNCTION events_notify() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_notify('fidelidade_events', ''); RETURN NULL; END $$",
    "CREATE TRIGGER events_notify AFTER INSERT ON events
     FOR EACH STATEMENT EXECUTE FUNCTION events_notify()",
];

const DOWN_POSTGRES: &[&str] = &[
    "DROP FUNCTION events_notify()",
    "DROP FUNCTION events_refuse()",
    "DROP SEQUENCE event_positions",
];
