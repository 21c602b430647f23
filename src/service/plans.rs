//! Tests that hot queries find their rows by an index: a query that reads a whole table is right in
//! every other test and slow in every large store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use entity::{CustomerId, StoreId, UserId, audit_entry, customer, email, letter, point_lot, redemption, session};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QueryTrait, Select, Statement,
};
use uuid::Uuid;

/// The steps by which SQLite would find a query's rows.
pub(crate) async fn plan<E: EntityTrait>(query: Select<E>) -> Vec<String> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let Statement { sql, values, .. } = query.build(DbBackend::Sqlite);
    let explained = Statement {
        sql: format!("EXPLAIN QUERY PLAN {sql}"),
        values,
        db_backend: DbBackend::Sqlite,
    };
    let rows = db.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn rows_in_a_state_are_found_by_the_index_of_just_these_rows() {
    let now = chrono::DateTime::UNIX_EPOCH;
    let theirs = point_lot::Column::CustomerId.is_in([CustomerId(Uuid::nil())]);
    let found = plan(point_lot::Entity::unspent().filter(theirs)).await;
    assert_eq!(
        found,
        ["SEARCH point_lots USING INDEX point_lots_unspent (customer_id=?)"]
    );
    let due = point_lot::Entity::expiring().filter(point_lot::Column::ExpiresAt.lte(now));
    let found = plan(due.order_by_asc(point_lot::Column::ExpiresAt)).await;
    assert_eq!(
        found,
        ["SEARCH point_lots USING INDEX point_lots_expiring (expires_at>? AND expires_at<?)"]
    );
    let theirs = customer::Column::MergedIntoId.is_in([CustomerId(Uuid::nil())]);
    let found = plan(customer::Entity::find().filter(theirs)).await;
    assert_eq!(
        found,
        ["SEARCH customers USING INDEX customers_merged (merged_into_id=?)"]
    );
    let woken = redemption::Column::WokenAt
        .is_null()
        .or(redemption::Column::WokenAt.lt(now));
    let requested = redemption::Entity::requested().filter(redemption::Column::RequestedAt.lt(now));
    let found = plan(requested.filter(woken)).await;
    assert_eq!(
        found,
        ["SEARCH redemptions USING INDEX redemptions_open (requested_at<?)"]
    );
    let found = plan(redemption::Entity::cancelling().filter(redemption::Column::CancelRequestedAt.lt(now))).await;
    assert_eq!(
        found,
        ["SEARCH redemptions USING INDEX redemptions_cancelling (cancel_requested_at<?)"]
    );
    let found = plan(letter::Entity::queued().filter(letter::Column::CreatedAt.lt(now))).await;
    assert_eq!(found, ["SEARCH letters USING INDEX letters_queued (created_at<?)"]);
    let found = plan(email::Entity::queued().filter(email::Column::CreatedAt.lt(now))).await;
    assert_eq!(found, ["SEARCH emails USING INDEX emails_queued (created_at<?)"]);
}

/// Sorted by the index too: no list of access and of the log is sorted by itself.
#[tokio::test]
async fn lists_of_access_and_of_the_log_are_read_along_their_indexes() {
    let now = chrono::DateTime::UNIX_EPOCH;
    let log = |by: Option<sea_orm::sea_query::Expr>| {
        let log = audit_entry::Entity::in_store(StoreId(Uuid::nil()));
        let log = by.into_iter().fold(log, QueryFilter::filter);
        log.order_by_desc(audit_entry::Column::At)
            .order_by_desc(audit_entry::Column::Id)
    };
    for (by, index) in [
        (None, "audit_entries_of_stores (store_id=?)"),
        (
            Some(audit_entry::Column::Actor.eq("x")),
            "audit_entries_by_actor (store_id=? AND actor=?)",
        ),
        (
            Some(audit_entry::Column::Action.eq("x")),
            "audit_entries_by_action (store_id=? AND action=?)",
        ),
        (
            Some(audit_entry::Column::ObjectId.eq("x")),
            "audit_entries_by_object_id (store_id=? AND object_id=?)",
        ),
        (
            Some(audit_entry::Column::At.lt(now)),
            "audit_entries_of_stores (store_id=? AND at<?)",
        ),
    ] {
        let found = plan(log(by)).await;
        assert_eq!(found, [format!("SEARCH audit_entries USING INDEX {index}")]);
    }
    let sessions = session::Entity::open(now).filter(session::Column::UserId.eq(UserId(Uuid::nil())));
    let found = plan(sessions.order_by_desc(session::Column::Id)).await;
    assert_eq!(found, ["SEARCH sessions USING INDEX sessions_of_users (user_id=?)"]);
}
