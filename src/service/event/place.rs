use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::db::begin;

/// Events that get their places at once.
const AT_ONCE: u64 = 10_000;

/// Gives places to events that are committed and have none, on PostgreSQL.
///
/// One process at a time: the lock is taken in a statement of its own, so that the next one sees everything that
/// was placed before, and is let go when these places can be seen. A place is therefore never given before one
/// that somebody has read. The events of an object keep their order, since each was written after the one before
/// it had been committed.
pub async fn place(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    loop {
        let waiting = "SELECT 1 AS one FROM events WHERE position IS NULL LIMIT 1";
        if db.query_one_raw(statement(waiting.to_owned())).await?.is_none() {
            return Ok(());
        }
        let txn = begin(db).await?;
        txn.execute_unprepared("SELECT pg_advisory_xact_lock(7036874417767)")
            .await?;
        let placed = txn
            .execute_unprepared(&format!(
                "UPDATE events SET position = placed.position FROM (SELECT id, nextval('event_positions') AS position \
                 FROM (SELECT id FROM events WHERE position IS NULL ORDER BY id LIMIT {AT_ONCE}) AS waiting) \
                 AS placed WHERE events.id = placed.id"
            ))
            .await?;
        txn.commit().await?;
        if placed.rows_affected() < AT_ONCE {
            return Ok(());
        }
    }
}

fn statement(sql: String) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}
