//! The schema's way up, back to nothing, and up again.

use std::collections::BTreeSet;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::support::database::{Engine, TestDatabase};

/// Everything that a schema is made of, a line each: tables with their columns, indexes, constraints.
async fn schema(db: &DatabaseConnection) -> BTreeSet<String> {
    let queries: &[&str] = match Engine::of_tests() {
        Engine::Sqlite => &["SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_master"],
        Engine::Postgres => &[
            "SELECT table_name || '.' || column_name || ': ' || data_type || ' ' || is_nullable || ' ' || \
             COALESCE(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace",
        ],
    };
    let mut lines = BTreeSet::new();
    for query in queries {
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), *query))
            .await
            .unwrap();
        lines.extend(rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()));
    }
    lines
        .into_iter()
        .filter(|line| !line.contains("seaql_migrations") && !line.contains("sqlite_"))
        .collect()
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    let database = TestDatabase::empty().await;
    let db = database.connect().await;
    Migrator::up(&db, None).await.unwrap();
    let first = schema(&db).await;
    assert!(first.iter().any(|line| line.contains("ledger_entries")), "{first:#?}");

    Migrator::down(&db, None).await.unwrap();
    assert_eq!(schema(&db).await, BTreeSet::new(), "something is left behind");

    Migrator::up(&db, None).await.unwrap();
    assert_eq!(schema(&db).await, first);
}

#[tokio::test]
async fn a_database_that_is_up_to_date_stays_as_it_is() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    let before = schema(&db).await;
    fidelidade::db::migrate(&database.config(), &db).await.unwrap();
    assert_eq!(schema(&db).await, before);
    assert!(Migrator::get_pending_migrations(&db).await.unwrap().is_empty());
}
