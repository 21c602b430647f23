//! The end of a consent, and the warning before it: the integration's state, and letters to the store's owners, and events.

use entity::consent::{self, ConsentEnd};
use entity::event::EventKind;
use entity::integration::{self, CredentialsState};
use entity::letter::LetterKind;
use entity::membership::Role;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::keep;
use crate::app::App;
use crate::db::begin;
use crate::queue::Whose;
use crate::service::event::{self, Origin};
use crate::service::{email, member};

/// The platform no longer knows it.
pub(super) async fn revoked(app: &App, row: &consent::Model, detail: &str) -> Result<(), DbErr> {
    end(
        app,
        row,
        (ConsentEnd::Revoked, detail),
        CredentialsState::AwaitingConsent,
    )
    .await
}

/// It was not renewed in time.
pub(super) async fn expired(app: &App, row: &consent::Model) -> Result<(), DbErr> {
    let detail = "it was not renewed in time";
    end(
        app,
        row,
        (ConsentEnd::Expired, detail),
        CredentialsState::AwaitingConsent,
    )
    .await
}

/// The platform refuses the app: its secret has to be typed again, and consent given again.
pub(super) async fn app_refused(app: &App, row: &consent::Model, detail: &str) -> Result<(), DbErr> {
    end(app, row, (ConsentEnd::AppRefused, detail), CredentialsState::Refused).await
}

/// Ends a consent once: the tokens are forgotten, imports stop, and the owners are told.
async fn end(
    app: &App,
    row: &consent::Model,
    (why, detail): (ConsentEnd, &str),
    state: CredentialsState,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let txn = begin(&app.db).await?;
    let ended = consent::Entity::update_many()
        .col_expr(consent::Column::EndedAt, Expr::value(Some(now)))
        .col_expr(consent::Column::EndReason, Expr::value(Some(why)))
        .col_expr(consent::Column::Problem, Expr::value(Some(detail)))
        .col_expr(consent::Column::AccessToken, Expr::value(Vec::<u8>::new()))
        .col_expr(consent::Column::RefreshToken, Expr::value(Vec::<u8>::new()))
        .col_expr(consent::Column::Holder, Expr::value(Option::<String>::None))
        .filter(keep::as_read(row))
        .exec(&txn)
        .await?;
    if ended.rows_affected == 0 {
        return txn.rollback().await;
    }
    integration::Entity::update_many()
        .col_expr(integration::Column::CredentialsState, Expr::value(state))
        .col_expr(
            integration::Column::CredentialsError,
            Expr::value(Some(format!("the consent is over: {detail}"))),
        )
        .filter(integration::Column::Id.eq(row.integration_id))
        .exec(&txn)
        .await?;
    tracing::warn!(integration.id = %row.integration_id, store.id = %row.store_id, ?why, "a consent is over");
    tell(&txn, app, row, (LetterKind::ConsentEnded, EventKind::ConsentEnded)).await?;
    txn.commit().await
}

/// Tells the owners, once, that a consent will end since it cannot be renewed.
pub(super) async fn warn(app: &App, row: &consent::Model) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    let warned = consent::Entity::update_many()
        .col_expr(consent::Column::WarnedAt, Expr::value(Some(app.clock.now())))
        .filter(keep::as_read(row).and(consent::Column::WarnedAt.is_null()))
        .exec(&txn)
        .await?;
    if warned.rows_affected == 0 {
        return txn.rollback().await;
    }
    tell(&txn, app, row, (LetterKind::ConsentEnding, EventKind::ConsentEnding)).await?;
    txn.commit().await
}

/// Tells the owners by letter, and whoever follows the store's events, in the transaction of the change.
async fn tell(
    db: &impl ConnectionTrait,
    app: &App,
    row: &consent::Model,
    (letter, event): (LetterKind, EventKind),
) -> Result<(), DbErr> {
    let owners = member::with_roles(db, row.store_id, &[Role::Owner]).await?;
    let whose = Whose::of(row.store_id, row.integration_id);
    email::letters(db, app, whose, (letter, row.integration_id.0), owners).await?;
    let origin = Origin::work(row.store_id, app.clock.now());
    event::write(db, &origin, [(event, row.integration_id.0)]).await
}
