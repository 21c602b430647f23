use chrono::TimeDelta;
use entity::hook_address::{self, Column};
use entity::{Instant, integration, received_hook};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::address::PREFIX;
use super::proof::is_proven;
use crate::app::App;
use crate::db::begin;
use crate::platform::{Hook, Kind};
use crate::queue::{Enqueue, ReadOrder, Whose, enqueue};
use crate::secrets::sha256_hex;
use crate::service::integration::account;

/// Days that a hint is kept.
pub const KEPT_DAYS: i64 = 7;

/// A repeat that comes sooner, while the first one still waits to be read, is the same delivery. Later, or when that was
/// read, it may be news that looks alike: some bodies tell no more than an order and a second.
const REPEAT: TimeDelta = TimeDelta::seconds(30);

/// How often it is noted that webhooks come, at most: whoever knows the address may send many.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A token's length: the prefix, an underscore, and 32 bytes in base64.
const TOKEN_LENGTH: usize = PREFIX.len() + 1 + 43;

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Nobody has this address.
    NoSuch,
    /// It does not show what the platform shows with each: a signature, or a token.
    Forged,
    /// It will be looked at, or was not worth it. Whoever sent it is not told which.
    Taken,
    /// So many came for the integration that this one is not looked at.
    TooMany,
}

/// Takes a webhook in: keeps what it hints at, with its job, unless that is known. `allow` says whether the
/// integration may be sent another one now; `header` gives what came with it.
pub async fn receive(
    app: &App,
    token: &str,
    (body, header): (&[u8], impl Fn(&str) -> Option<String> + Send),
    allow: impl FnOnce(entity::IntegrationId) -> bool + Send,
) -> Result<Taken, DbErr> {
    if token.len() != TOKEN_LENGTH {
        return Ok(Taken::NoSuch);
    }
    let address = hook_address::Entity::find()
        .filter(Column::TokenHash.eq(sha256_hex(token)))
        .one(&app.db)
        .await?;
    let Some(address) = address else {
        return Ok(Taken::NoSuch);
    };
    if !allow(address.integration_id) {
        return Ok(Taken::TooMany);
    }
    let known = integration::Entity::find_by_id(address.integration_id)
        .one(&app.db)
        .await?;
    let Some(integration) = known else {
        return Ok(Taken::Taken);
    };
    let kind = integration.platform.parse::<Kind>().ok();
    if kind.is_some_and(|kind| !is_proven(app, kind, (&address, &integration), (body, header))) {
        tracing::warn!(integration.id = %integration.id, "a webhook was sent away that does not show it is the platform's");
        note(app, &address, (Column::RefusedAt, address.refused_at)).await?;
        return Ok(Taken::Forged);
    }
    note(app, &address, (Column::TakenAt, address.taken_at)).await?;
    if !integration.active || !integration.register_sales {
        return Ok(Taken::Taken);
    }
    let account = match kind {
        Some(kind) => account(&app.db, kind, &integration).await?,
        None => None,
    };
    let hook = kind.map_or(Hook::Nothing, |kind| kind.hook(body, account.as_deref()));
    if let Hook::Order {
        external_id,
        event,
        key,
    } = hook
    {
        let row = received_hook::Model {
            id: app.id(),
            store_id: integration.store_id,
            integration_id: integration.id,
            event_key: key,
            event,
            external_id,
            received_at: app.clock.now(),
            read_at: None,
        };
        keep(app, row).await?;
    }
    Ok(Taken::Taken)
}

/// Notes when webhooks come, for the merchant who sets them up.
async fn note(
    app: &App,
    address: &hook_address::Model,
    (column, before): (Column, Option<Instant>),
) -> Result<(), DbErr> {
    let now = app.clock.now();
    if before.is_some_and(|before| now - before < NOTED_EVERY) {
        return Ok(());
    }
    hook_address::Entity::update_many()
        .col_expr(column, Expr::value(Some(now)))
        .filter(Column::IntegrationId.eq(address.integration_id))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Keeps a hint and the job that reads its order, in one transaction. Of a repeat, nothing.
async fn keep(app: &App, row: received_hook::Model) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    let by_key = received_hook::Column::IntegrationId
        .eq(row.integration_id)
        .and(received_hook::Column::EventKey.eq(&row.event_key));
    let columns = [received_hook::Column::IntegrationId, received_hook::Column::EventKey];
    let known = OnConflict::columns(columns).do_nothing().to_owned();
    let written = received_hook::Entity::insert(row.clone().into_active_model())
        .on_conflict(known)
        .exec_without_returning(&txn)
        .await?;
    let id = if written == 1 {
        Some(row.id)
    } else {
        come_again(&txn, &row, by_key).await?
    };
    if let Some(hook) = id {
        let key = format!("{hook}:{}", row.received_at.timestamp_millis());
        let whose = Whose::of(row.store_id, hook);
        enqueue(&txn, app, Enqueue::now(app, whose, ReadOrder { hook }, key)).await?;
    }
    txn.commit().await
}

/// A hint that was followed, or was there long ago, comes to life again.
async fn come_again(
    db: &impl ConnectionTrait,
    row: &received_hook::Model,
    by_key: sea_orm::sea_query::SimpleExpr,
) -> Result<Option<entity::ReceivedHookId>, DbErr> {
    let is_over = received_hook::Column::ReceivedAt
        .lt(row.received_at - REPEAT)
        .or(received_hook::Column::ReadAt.is_not_null());
    let again = received_hook::Entity::update_many()
        .col_expr(received_hook::Column::ReceivedAt, Expr::value(row.received_at))
        .col_expr(
            received_hook::Column::ReadAt,
            Expr::value(Option::<entity::Instant>::None),
        )
        .filter(by_key.and(is_over))
        .exec_with_returning(db)
        .await?;
    Ok(again.first().map(|known| known.id))
}
