//! Redemptions that wait for the store's staff.

use chrono::TimeDelta;
use entity::event::EventKind;
use entity::fulfilment::{self, FulfilmentState};
use entity::letter::LetterKind;
use entity::membership::Role;
use entity::{FulfilmentId, StoreId, fulfilment_notice, redemption};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};

use crate::app::App;
use crate::queue::Whose;
use crate::service::event::{self, Origin};
use crate::service::{email, member};

/// Who is told that something waits: those who may see to it.
pub(crate) const STAFF: [Role; 3] = [Role::Owner, Role::Manager, Role::Attendant];

/// The staff get at most one e-mail in this time.
const NOT_SOONER: TimeDelta = TimeDelta::days(1);

/// Has a redemption wait for the staff, and tells them, at most once a day.
pub(super) async fn wait(
    db: &impl ConnectionTrait,
    app: &App,
    origin: &Origin,
    redemption: &redemption::Model,
) -> Result<(), DbErr> {
    let id: FulfilmentId = app.id();
    let row = fulfilment::Model {
        id,
        store_id: redemption.store_id,
        redemption_id: redemption.id,
        customer_id: redemption.customer_id,
        state: FulfilmentState::Waiting,
        note: None,
        actor: None,
        requested_at: redemption.requested_at,
        done_at: None,
        version: 1,
    };
    row.into_active_model().insert(db).await?;
    event::write(db, origin, [(EventKind::FulfilmentWaiting, id.0)]).await?;
    if !is_notice_due(db, origin).await? {
        return Ok(());
    }
    let staff = member::with_roles(db, redemption.store_id, &STAFF).await?;
    let whose = Whose::of(redemption.store_id, id);
    email::letters(
        db,
        app,
        whose,
        (LetterKind::FulfilmentsWaiting, redemption.store_id.0),
        staff,
    )
    .await
}

/// Whether the staff are to be told now. Of several who ask at once one is told so.
async fn is_notice_due(db: &impl ConnectionTrait, origin: &Origin) -> Result<bool, DbErr> {
    let before = origin.at - NOT_SOONER;
    let told = fulfilment_notice::Entity::find_by_id(origin.store).one(db).await?;
    // Most find that they were: nobody waits for the row then.
    if told.is_some_and(|notice| notice.told_at > before) {
        return Ok(false);
    }
    let told_at = fulfilment_notice::Column::ToldAt;
    let again = OnConflict::column(fulfilment_notice::Column::StoreId)
        .update_column(told_at)
        .action_and_where(Expr::col((fulfilment_notice::Entity, told_at)).lte(before))
        .to_owned();
    let row = fulfilment_notice::Model {
        store_id: origin.store,
        told_at: origin.at,
    };
    let written = fulfilment_notice::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(written == 1)
}

/// Ends what waits, if it still does; false when somebody was first.
pub(super) async fn settle(
    db: &impl ConnectionTrait,
    row: &fulfilment::Model,
    (state, note): (FulfilmentState, Option<String>),
    (actor, now): (&str, entity::Instant),
) -> Result<bool, DbErr> {
    let waiting = fulfilment::Column::Id
        .eq(row.id)
        .and(fulfilment::Column::State.eq(FulfilmentState::Waiting));
    let done = fulfilment::Entity::update_many()
        .col_expr(fulfilment::Column::State, Expr::value(state))
        .col_expr(fulfilment::Column::Note, Expr::value(note))
        .col_expr(fulfilment::Column::Actor, Expr::value(Some(actor.to_owned())))
        .col_expr(fulfilment::Column::DoneAt, Expr::value(Some(now)))
        .col_expr(
            fulfilment::Column::Version,
            Expr::col(fulfilment::Column::Version).add(1),
        )
        .filter(waiting)
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// How many redemptions of a store wait, and since when the first.
pub(crate) async fn queue(db: &impl ConnectionTrait, store: StoreId) -> Result<(u64, Option<entity::Instant>), DbErr> {
    use sea_orm::{PaginatorTrait, QueryOrder};
    let waiting = fulfilment::Entity::in_store(store).filter(fulfilment::Column::State.eq(FulfilmentState::Waiting));
    let first = waiting
        .clone()
        .order_by_asc(fulfilment::Column::RequestedAt)
        .one(db)
        .await?;
    Ok((waiting.count(db).await?, first.map(|row| row.requested_at)))
}
