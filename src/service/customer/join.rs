use std::collections::HashSet;

use entity::event::EventKind;
use entity::ledger_entry::{EntryKind, SourceKind};
use entity::{CustomerId, CustomerMergeId, Instant, LotId, OrderId, Points, StoreId};
use entity::{customer, customer_merge, order, point_lot};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use crate::app::App;
use crate::db::begin;
use crate::service::adjustment::By;
use crate::service::audit::{self, Changes};
use crate::service::event::{self, Origin};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::import::hold_store;
use crate::service::points::{self, Posting};

/// Sequence numbers of a merge's entries: out, in, and a debt's payment, there and back again.
const THERE: i32 = 1;
const BACK: i32 = 4;

/// Why customers cannot be merged, or separated.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// There is no such customer in the store.
    #[error("there is no such customer")]
    NotFound(&'static str),
    /// No reason was given, or a very long one.
    #[error("{0}")]
    Reason(String),
    /// A customer is merged with another.
    #[error("a customer cannot be merged with itself")]
    Same,
    /// One of them was merged into another, or others into the one that would go.
    #[error("a customer who was merged already, or into whom others were, is not merged again; separate them first")]
    AlreadyMerged(&'static str),
    /// The customer was not merged into another.
    #[error("this customer was not merged into another")]
    NotMerged,
    /// Points are held.
    #[error("a redemption of the customer is under way; try again when it has ended, in a moment")]
    UnderWay(&'static str),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes one customer of two. Whoever asks for the first means the second from now on; the first keeps its
/// sales and platform records as its own, and its points move.
pub async fn merge(
    app: &App,
    store: StoreId,
    (from, into): (CustomerId, CustomerId),
    by: By,
    key: Key,
) -> Result<CustomerMergeId, JoinError> {
    check_reason(&by)?;
    let txn = begin(&app.db).await?;
    let id: CustomerMergeId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(CustomerMergeId(id));
    }
    // No import identifies, and nobody else merges, meanwhile.
    hold_store(&txn, store).await?;
    check(&txn, store, from, into).await?;
    let now = app.clock.now();
    let row = customer_merge::Model {
        id,
        store_id: store,
        from_id: from,
        into_id: into,
        debt: Points::ZERO,
        reason: by.reason.trim().to_owned(),
        actor: by.actor.clone(),
        created_at: now,
        undone_at: None,
        undone_by: None,
    };
    let posting = posting(&row, from, THERE);
    let moved = points::transfer(&txn, app, &by.cause(now), (&posting, into), |_| true, Points(i64::MAX)).await?;
    let debt = moved.map_err(|_| JoinError::UnderWay("fromCustomerId"))?;
    customer_merge::Model { debt, ..row }
        .into_active_model()
        .insert(&txn)
        .await?;
    point(&txn, from, Some(into), now).await?;
    let origin = Origin::of(&by.cause(now), store);
    event::write(&txn, &origin, [(EventKind::CustomerMerged, from.0)]).await?;
    let changes = Changes::none().field("mergedInto", (), into.to_string());
    audit::record(&txn, app, store, ("customer.merge", from), changes).await?;
    txn.commit().await?;
    Ok(id)
}

/// Undoes a merge. What is left of the points that came along, and of those that its own sales gave since,
/// goes back, and so does what is left of the debt that it brought. What was spent meanwhile stays spent.
pub async fn unmerge(
    app: &App,
    store: StoreId,
    from: CustomerId,
    by: By,
    key: Key,
) -> Result<CustomerMergeId, JoinError> {
    check_reason(&by)?;
    let txn = begin(&app.db).await?;
    let last = customer_merge::Entity::in_store(store)
        .filter(customer_merge::Column::FromId.eq(from))
        .order_by_desc(customer_merge::Column::Id)
        .one(&txn)
        .await?
        .ok_or(JoinError::NotMerged)?;
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, last.id.0).await? {
        return Ok(CustomerMergeId(id));
    }
    hold_store(&txn, store).await?;
    let now = app.clock.now();
    let undone = customer_merge::Entity::update_many()
        .col_expr(customer_merge::Column::UndoneAt, Expr::value(Some(now)))
        .col_expr(customer_merge::Column::UndoneBy, Expr::value(Some(by.actor.clone())))
        .filter(
            customer_merge::Column::Id
                .eq(last.id)
                .and(customer_merge::Column::UndoneAt.is_null()),
        )
        .exec(&txn)
        .await?;
    if undone.rows_affected == 0 {
        return Err(JoinError::NotMerged);
    }
    let own = own_lots(&txn, &last).await?;
    point(&txn, from, None, now).await?;
    let row = customer_merge::Model {
        reason: by.reason.trim().to_owned(),
        ..last
    };
    let posting = posting(&row, row.into_id, BACK);
    let moved = points::transfer(
        &txn,
        app,
        &by.cause(now),
        (&posting, from),
        |lot| own.contains(&lot.id),
        row.debt,
    )
    .await?;
    moved.map_err(|_| JoinError::UnderWay("customerId"))?;
    let origin = Origin::of(&by.cause(now), store);
    event::write(&txn, &origin, [(EventKind::CustomerUnmerged, from.0)]).await?;
    let changes = Changes::none().field("mergedInto", row.into_id.to_string(), ());
    audit::record(&txn, app, store, ("customer.unmerge", from), changes).await?;
    txn.commit().await?;
    Ok(row.id)
}

fn check_reason(by: &By) -> Result<(), JoinError> {
    by.check()
        .map_or(Ok(()), |problem| Err(JoinError::Reason(problem.message)))
}

async fn check(db: &DatabaseTransaction, store: StoreId, from: CustomerId, into: CustomerId) -> Result<(), JoinError> {
    if from == into {
        return Err(JoinError::Same);
    }
    let any = customer::Column::Id
        .is_in([from, into])
        .or(customer::Column::MergedIntoId.eq(from));
    let rows = customer::Entity::in_store(store).filter(any).all(db).await?;
    for (id, name) in [(from, "fromCustomerId"), (into, "intoCustomerId")] {
        let row = rows.iter().find(|row| row.id == id);
        let row = row.ok_or(JoinError::NotFound(name))?;
        if row.merged_into_id.is_some() {
            return Err(JoinError::AlreadyMerged(name));
        }
    }
    if rows.iter().any(|row| row.merged_into_id == Some(from)) {
        return Err(JoinError::AlreadyMerged("fromCustomerId"));
    }
    Ok(())
}

/// The survivor's lots that hold points of the other's: those that continue lots of the other's, and those
/// of the other's sales.
async fn own_lots(db: &impl ConnectionTrait, merge: &customer_merge::Model) -> Result<HashSet<LotId>, DbErr> {
    let theirs = point_lot::Column::CustomerId.eq(merge.into_id);
    let lots = point_lot::Entity::unspent().filter(theirs).all(db).await?;
    let first: Vec<LotId> = lots.iter().filter_map(|lot| lot.continues_lot_id).collect();
    let own = point_lot::Column::Id
        .is_in(first)
        .and(point_lot::Column::CustomerId.eq(merge.from_id));
    let first: HashSet<LotId> = ids(point_lot::Entity::find()
        .select_only()
        .column(point_lot::Column::Id)
        .filter(own)
        .into_tuple()
        .all(db)
        .await?);
    let sales = order::Column::Id
        .is_in(lots.iter().filter_map(|lot| lot.order_id))
        .and(order::Column::CustomerId.eq(merge.from_id));
    let sales: HashSet<OrderId> = ids(order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .filter(sales)
        .into_tuple()
        .all(db)
        .await?);
    let is_own = |lot: &point_lot::Model| {
        lot.continues_lot_id.is_some_and(|id| first.contains(&id)) || lot.order_id.is_some_and(|id| sales.contains(&id))
    };
    Ok(lots.iter().filter(|lot| is_own(lot)).map(|lot| lot.id).collect())
}

fn ids<T: std::hash::Hash + Eq>(found: Vec<T>) -> HashSet<T> {
    found.into_iter().collect()
}

fn posting(merge: &customer_merge::Model, from: CustomerId, sequence: i32) -> Posting {
    Posting {
        store: merge.store_id,
        customer: from,
        kind: EntryKind::Transfer,
        source: (SourceKind::Merge, merge.id.0),
        sequence,
        version: None,
        reason: Some(merge.reason.clone()),
    }
}

async fn point(
    db: &impl ConnectionTrait,
    from: CustomerId,
    into: Option<CustomerId>,
    now: Instant,
) -> Result<(), DbErr> {
    customer::Entity::update_many()
        .col_expr(customer::Column::MergedIntoId, Expr::value(into))
        .col_expr(customer::Column::UpdatedAt, Expr::value(now))
        .filter(customer::Column::Id.eq(from))
        .exec(db)
        .await?;
    Ok(())
}
