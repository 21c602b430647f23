//! Renewing tokens, one at a time for each integration, whatever the number of processes.
//!
//! What a platform gives in exchange for a refresh token may end that token: an answer that is lost, because the
//! process dies or the connection does, may be the only copy. So the renewal goes on to its end when its caller goes
//! away, and its write is tried again; and whoever finds the lease of one that died shows the token that is kept, which
//! serves where the platform did not change it or bears it a second time. Where it does not, the consent is over and
//! the owners are told.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{Instant, IntegrationId, consent, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use secrecy::SecretString;
use tokio::time::Instant as Moment;

use super::ask::{AppError, app_of};
use super::{end, keep};
use crate::app::App;
use crate::platform::PlatformError;
use crate::platform::consent::Grant;
use crate::secrets::VaultError;

/// The longest that somebody waits for another's renewal.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often is looked whether the other is done.
const LOOK: Duration = Duration::from_millis(60);
/// How often tokens are tried to be written, with growing pauses: they may be the only copy.
const WRITES: u32 = 8;
/// When to come back where there was no end.
const LATER: Duration = Duration::from_secs(15);

/// A token, and until when it serves.
#[derive(Clone)]
pub(super) struct Fresh {
    pub(super) token: SecretString,
    pub(super) until: Instant,
}

/// The token of a consent for which `serves` holds; when it does not, the tokens are renewed first, by this caller or
/// by whoever is at it.
pub(super) async fn fresh(
    app: &App,
    id: IntegrationId,
    serves: impl Fn(&consent::Model, &SecretString) -> bool + Send,
) -> Result<Fresh, PlatformError> {
    let give_up = Moment::now() + PATIENCE;
    let mut first = None;
    loop {
        let row = live(app, id).await?;
        let token = keep::open(app, id, &row.access_token).map_err(unsealed)?;
        // What came meanwhile is the best there is, whatever it is.
        let is_newer = *first.get_or_insert(row.number) != row.number;
        if is_newer || serves(&row, &token) {
            let until = row.access_ends_at - margin(&row);
            return Ok(Fresh { token, until });
        }
        if row.refresh_token.is_empty() {
            end::expired(app, &row).await.map_err(unavailable)?;
            continue;
        }
        if hold(app, &row).await.map_err(unavailable)? {
            let app = app.clone();
            // On its own: what the platform gives must be written even if nobody waits for it any more.
            let renewal = tokio::spawn(async move { with_signs_of_life(&app, &row).await });
            renewal.await.map_err(unavailable)??;
            continue;
        }
        if Moment::now() >= give_up {
            return Err(PlatformError::RateLimited {
                retry_after: Some(LATER),
            });
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// How long before its end a token is no longer used: the request has to arrive.
pub(super) fn margin(row: &consent::Model) -> TimeDelta {
    ((row.access_ends_at - row.renewed_at) / 5).min(TimeDelta::minutes(1))
}

async fn live(app: &App, id: IntegrationId) -> Result<consent::Model, PlatformError> {
    let row = consent::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .map_err(unavailable)?;
    match row {
        Some(row) if row.ended_at.is_none() => Ok(row),
        Some(row) => Err(PlatformError::ConsentNeeded {
            detail: row.problem.unwrap_or_else(|| "the consent is over".to_owned()),
        }),
        None => Err(PlatformError::ConsentNeeded {
            detail: "nobody has consented yet".into(),
        }),
    }
}

/// Takes the renewal, unless it is another's who still shows signs of life.
async fn hold(app: &App, row: &consent::Model) -> Result<bool, DbErr> {
    let now = app.clock.now();
    let free = consent::Column::HeldUntil
        .is_null()
        .or(consent::Column::HeldUntil.lt(now));
    let held = consent::Entity::update_many()
        .col_expr(consent::Column::Holder, Expr::value(Some(app.process.clone())))
        .col_expr(consent::Column::HeldUntil, Expr::value(Some(now + lease(app))))
        .filter(keep::as_read(row).and(free))
        .exec(&app.db)
        .await?;
    Ok(held.rows_affected == 1)
}

fn lease(app: &App) -> TimeDelta {
    TimeDelta::seconds(app.config.jobs.lease_seconds.into())
}

/// Renews, and shows signs of life meanwhile: a turn at the token address may take longer than a lease.
async fn with_signs_of_life(app: &App, row: &consent::Model) -> Result<(), PlatformError> {
    let pause = lease(app).to_std().unwrap_or(Duration::from_mins(1)) / 3;
    let signs = async {
        loop {
            tokio::time::sleep(pause).await;
            let until = Some(app.clock.now() + lease(app));
            let shown = consent::Entity::update_many()
                .col_expr(consent::Column::HeldUntil, Expr::value(until))
                .filter(keep::as_read(row).and(consent::Column::Holder.eq(&app.process)))
                .exec(&app.db)
                .await;
            if let Err(error) = shown {
                tracing::warn!(integration.id = %row.integration_id, %error, "a renewal of tokens could not show a sign of life");
            }
        }
    };
    tokio::select! {
        done = renew(app, row) => done,
        () = signs => Ok(()),
    }
}

/// Exchanges the refresh token that is kept, and keeps what it gives.
async fn renew(app: &App, row: &consent::Model) -> Result<(), PlatformError> {
    let id = row.integration_id;
    let known = integration::Entity::find_by_id(id)
        .one(&app.db)
        .await
        .map_err(unavailable)?;
    let known = known.ok_or_else(|| unavailable("its integration is gone"))?;
    let given = match app_of(app, &known) {
        Ok(Some(given)) => given,
        Ok(None) => return Err(unavailable("its platform does not ask for consent")),
        Err(AppError::Platform(error)) => return Err(error),
        Err(AppError::Vault(error)) => return Err(unsealed(error)),
    };
    let shown = keep::open(app, id, &row.refresh_token).map_err(unsealed)?;
    match app.platforms.exchange_token(&given, Grant::Refresh(&shown)).await {
        Ok(granted) => {
            let sealed = keep::Sealed::new(app, id, &granted, Some(&shown)).map_err(unsealed)?;
            write(app, row, &sealed).await?;
            tracing::info!(integration.id = %id, "the tokens of a consent were renewed");
            Ok(())
        }
        Err(error) => Err(failed(app, row, error).await.unwrap_or_else(unavailable)),
    }
}

/// Writes tokens, again and again if need be. When they were changed meanwhile, the merchant has consented anew: those
/// that were given then count.
async fn write(app: &App, row: &consent::Model, sealed: &keep::Sealed) -> Result<(), PlatformError> {
    let mut tries = 1;
    loop {
        match keep::renewed(&app.db, row, sealed).await {
            Ok(_) => return Ok(()),
            Err(error) if tries >= WRITES => return Err(unavailable(error)),
            Err(error) => {
                tracing::warn!(integration.id = %row.integration_id, %error, "renewed tokens could not be written; it is tried again");
            }
        }
        tokio::time::sleep(Duration::from_millis(250) * 2_u32.pow(tries)).await;
        tries += 1;
    }
}

/// Notes why tokens were not renewed: what is over is ended, what may pass is tried again.
async fn failed(app: &App, row: &consent::Model, error: PlatformError) -> Result<PlatformError, DbErr> {
    match &error {
        PlatformError::ConsentNeeded { detail } => {
            let lost = row.holder.is_some() || row.failing_since.is_some();
            let detail = if lost {
                format!("{detail}; the answer to an earlier renewal may have been lost")
            } else {
                detail.clone()
            };
            if app.clock.now() >= row.refresh_ends_at {
                end::expired(app, row).await?;
            } else {
                end::revoked(app, row, &detail).await?;
            }
            return Ok(PlatformError::ConsentNeeded { detail });
        }
        PlatformError::Unauthorized { detail } => end::app_refused(app, row, detail).await?,
        // No turn: nothing was met that would tell of the consent.
        PlatformError::RateLimited { .. } => let_go(app, row, row.failing_since, row.problem.clone()).await?,
        other => {
            let since = row.failing_since.unwrap_or_else(|| app.clock.now());
            let_go(app, row, Some(since), Some(other.to_string())).await?;
        }
    }
    Ok(error)
}

async fn let_go(
    app: &App,
    row: &consent::Model,
    failing_since: Option<Instant>,
    problem: Option<String>,
) -> Result<(), DbErr> {
    consent::Entity::update_many()
        .col_expr(consent::Column::Holder, Expr::value(Option::<String>::None))
        .col_expr(consent::Column::HeldUntil, Expr::value(Option::<Instant>::None))
        .col_expr(consent::Column::FailingSince, Expr::value(failing_since))
        .col_expr(consent::Column::Problem, Expr::value(problem))
        .filter(keep::as_read(row))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// The record of tokens cannot be used now.
fn unavailable(error: impl std::fmt::Display) -> PlatformError {
    PlatformError::Unreachable {
        detail: format!("the record of tokens cannot be used: {error}"),
    }
}

fn unsealed(error: VaultError) -> PlatformError {
    unavailable(error)
}
