use entity::adjustment::{self, AdjustmentKind};
use entity::ledger_entry::SourceKind;
use entity::{AdjustmentId, CustomerId, Instant, Points, StoreId, store};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde_json::json;

use super::By;
use super::record::{insert, posting};
use crate::app::App;
use crate::db::begin;
use crate::domain::expiry;
use crate::domain::settings::Problem;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::points::{self, Grant};
use crate::service::programme;

/// Most points that one adjustment moves: a mistyped number must not exhaust what integers hold.
const MOST: i64 = 1_000_000_000;

/// Points to be given or taken.
#[derive(Debug, Clone)]
pub struct NewAdjustment {
    /// The store.
    pub store: StoreId,
    /// Whose points.
    pub customer: CustomerId,
    /// A correction or a present.
    pub kind: AdjustmentKind,
    /// How many; negative to take.
    pub points: Points,
    /// When given points run out; none: as the programme says.
    pub expires_at: Option<Instant>,
    /// Who and why.
    pub by: By,
}

/// Why points cannot be adjusted.
#[derive(Debug, thiserror::Error)]
pub enum AdjustError {
    /// There is no such customer in the store.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// Values that cannot be used.
    #[error("some values cannot be used")]
    Invalid(Vec<Problem>),
    /// The points do not suffice.
    #[error("{required} points were to be taken, {available} can be spent; nothing was changed")]
    NotEnoughPoints {
        /// What can be spent now.
        available: Points,
        /// What was to be taken.
        required: Points,
    },
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Gives or takes points by hand. What is taken must be there: nobody gets into debt by hand.
pub async fn adjust(app: &App, new: NewAdjustment, key: Key) -> Result<AdjustmentId, AdjustError> {
    let now = app.clock.now();
    check(&new, now)?;
    let txn = begin(&app.db).await?;
    let id: AdjustmentId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(AdjustmentId(id));
    }
    if !points::hold(&txn, new.store, new.customer).await? {
        return Err(AdjustError::CustomerNotFound);
    }
    let row = new.by.row(id, (new.store, new.customer), new.kind, new.points, now);
    insert(&txn, row.clone()).await?;
    if new.points.is_positive() {
        give(&txn, app, &new, &row).await?;
    } else {
        let required = -new.points;
        let cause = new.by.cause(now);
        if let Err(short) = points::take(&txn, app, &cause, &posting(&row, None), required).await? {
            let available = short.available;
            return Err(AdjustError::NotEnoughPoints { available, required });
        }
    }
    let changes = Changes::none().field("points", (), new.points.0);
    audit::record(&txn, app, new.store, ("points.adjust", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

async fn give(db: &impl ConnectionTrait, app: &App, new: &NewAdjustment, row: &adjustment::Model) -> Result<(), DbErr> {
    let now = row.created_at;
    let (version, expires_at) = validity(db, row.store_id, now).await?;
    let posting = posting(row, version);
    let grant = Grant {
        customer: row.customer_id,
        points: row.points,
        kind: posting.kind,
        source: (SourceKind::Adjustment, row.id.0),
        postings: 0,
        version,
        inputs: json!({}),
        reason: posting.reason,
        occurred_at: now,
        available_at: now,
        expires_at: new.expires_at.or(expires_at),
    };
    points::grant(db, app, row.store_id, &new.by.cause(now), vec![grant]).await
}

/// The rules in force, and when points that are given now run out by them.
pub(super) async fn validity(
    db: &impl ConnectionTrait,
    store: StoreId,
    now: Instant,
) -> Result<(Option<entity::ProgrammeVersionId>, Option<Instant>), DbErr> {
    let version = programme::find_in_force(db, store, now).await?;
    let store = store::Entity::find_by_id(store).one(db).await?;
    let zone = store.and_then(|store| store.time_zone.parse().ok());
    let zone = zone.unwrap_or(chrono_tz::America::Sao_Paulo);
    let months = version.as_ref().and_then(|version| version.expiry_months);
    Ok((version.map(|version| version.id), expiry::expires_at(now, months, zone)))
}

fn check(new: &NewAdjustment, now: Instant) -> Result<(), AdjustError> {
    let mut problems: Vec<Problem> = new.by.check().into_iter().collect();
    let mut wrong = |field, message: &str| {
        problems.push(Problem {
            field,
            code: "INVALID",
            message: message.to_owned(),
        });
    };
    let points = new.points.0;
    if points == 0 || !(-MOST..=MOST).contains(&points) {
        wrong("points", "must not be 0, and at most 1000000000 to give or to take");
    }
    if new.kind == AdjustmentKind::Bonus && points < 0 {
        wrong("points", "a bonus gives points; use an adjustment to take some");
    }
    if new.expires_at.is_some() && points < 0 {
        wrong("expiresAt", "points that are taken do not expire; leave it out");
    } else if new.expires_at.is_some_and(|end| end <= now) {
        wrong("expiresAt", "must lie in the future");
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(AdjustError::Invalid(problems))
    }
}
