//! Seeing to redemptions by hand: fulfilling them with a code or with words, or refusing them.

use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::fulfilment::{self, FulfilmentState};
use entity::redemption::{self, RedemptionState};
use entity::{FulfilmentId, Instant, StoreId, integration, pool_code, reward, store};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::finish::{end, hand_over};
use super::request::new_coupon;
use super::{cancel, ending, waiting};
use crate::app::App;
use crate::db::begin;
use crate::domain::coupon_code::{PoolCode, PoolCodeError};
use crate::service::audit::{self, Changes};
use crate::service::event::{self, Origin};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::points::{self, Cause};
use crate::service::{email, pool};

/// Longest note and longest reason.
const WORDS: usize = 500;

/// What the customer gets.
#[derive(Debug, Clone)]
pub enum Handed {
    /// A code that the staff made in the shop.
    Code {
        /// The code.
        code: String,
        /// Until when it can be used; none: as the reward says.
        ends_at: Option<Instant>,
    },
    /// Something else: how the customer gets it, in words.
    Note(String),
    /// Nothing: why, in words. The points come back.
    Refusal(String),
}

/// Somebody who sees to what waits.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// The store.
    pub store: StoreId,
    /// What waits.
    pub id: FulfilmentId,
    /// The version that was seen.
    pub version: i64,
    /// What the customer gets.
    pub handed: Handed,
    /// Who does it.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ByHandError {
    /// There is no such thing in the store.
    #[error("there is no such fulfilment")]
    NotFound,
    /// Somebody saw to it before.
    #[error("this redemption does not wait any more; read it again")]
    Done,
    /// Somebody changed it meanwhile.
    #[error("it was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// The code cannot be one.
    #[error(transparent)]
    Code(#[from] PoolCodeError),
    /// The code is somebody's, or will be.
    #[error("the code is {0}; make another one in the shop")]
    Taken(&'static str),
    /// The code would have ended.
    #[error("the code cannot be used any more; give a day that is still to come")]
    Ended,
    /// No words, or too many.
    #[error("write 1 to {WORDS} characters")]
    Words,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// What the audit log calls a refusal.
const REFUSE: &str = "fulfilment.refuse";

/// Sees to a redemption that waits, once: the points are spent and the customer is told how to get it, or they come
/// back with the reason. The same key again gives the same answer.
pub async fn see_to(app: &App, request: ByHand, key: Key) -> Result<FulfilmentId, ByHandError> {
    if let Handed::Note(words) | Handed::Refusal(words) = &request.handed
        && !(1..=WORDS).contains(&words.trim().chars().count())
    {
        return Err(ByHandError::Words);
    }
    let txn = begin(&app.db).await?;
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, request.id.0).await? {
        return Ok(FulfilmentId(id));
    }
    let (row, redemption) = hold(&txn, &request).await?;
    let cause = Cause {
        actor: request.actor.clone(),
        request_id: request.request_id.clone(),
        at: app.clock.now(),
    };
    let action = match request.handed {
        Handed::Code { code, ends_at } => {
            let code = PoolCode::parse(&code)?;
            fulfil_with_code(&txn, app, &cause, (&row, &redemption), (code, ends_at)).await?;
            "fulfilment.fulfil"
        }
        Handed::Note(note) => {
            fulfil_with_note(&txn, app, &cause, (&row, &redemption), note).await?;
            "fulfilment.fulfil"
        }
        Handed::Refusal(reason) => {
            refuse(&txn, app, &cause, (&row, &redemption), reason).await?;
            REFUSE
        }
    };
    audit::record(&txn, app, request.store, (action, row.id), Changes::none()).await?;
    if action == REFUSE {
        crate::service::reward::give_back(&txn, redemption.reward_id).await?;
    }
    txn.commit().await?;
    Ok(row.id)
}

/// What waits, with its redemption, which is held: whoever cancels it takes hold of it first, too.
async fn hold(
    db: &DatabaseTransaction,
    request: &ByHand,
) -> Result<(fulfilment::Model, redemption::Model), ByHandError> {
    let own = || fulfilment::Entity::in_store(request.store).filter(fulfilment::Column::Id.eq(request.id));
    let row = own().one(db).await?.ok_or(ByHandError::NotFound)?;
    let redemption = redemption::Entity::find_by_id(row.redemption_id)
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ByHandError::NotFound)?;
    let row = own().one(db).await?.ok_or(ByHandError::NotFound)?;
    if row.state != FulfilmentState::Waiting || redemption.state != RedemptionState::Requested {
        return Err(ByHandError::Done);
    }
    if row.version != request.version {
        return Err(ByHandError::Conflict { current: row.version });
    }
    Ok((row, redemption))
}

async fn fulfil_with_code(
    db: &DatabaseTransaction,
    app: &App,
    cause: &Cause,
    (row, redemption): (&fulfilment::Model, &redemption::Model),
    (code, ends_at): (PoolCode, Option<Instant>),
) -> Result<(), ByHandError> {
    if ends_at.is_some_and(|end| end <= cause.at) {
        return Err(ByHandError::Ended);
    }
    if let Some(why) = taken(db, app, row.store_id, code.as_str()).await? {
        return Err(ByHandError::Taken(why));
    }
    let (reward, integration, zone) = terms(db, redemption).await?;
    let made = new_coupon(
        app,
        redemption,
        (&reward, &integration, zone),
        (code.as_str().to_owned(), cause.at),
    );
    let coupon = coupon::Model {
        state: CouponState::Active,
        activated_at: Some(cause.at),
        valid_until: ends_at.unwrap_or(made.valid_until),
        ..made
    };
    complete(db, cause, (row, redemption), None).await?;
    Ok(hand_over(db, app, cause, (redemption, &integration), coupon).await?)
}

async fn fulfil_with_note(
    db: &DatabaseTransaction,
    app: &App,
    cause: &Cause,
    (row, redemption): (&fulfilment::Model, &redemption::Model),
    note: String,
) -> Result<(), ByHandError> {
    complete(db, cause, (row, redemption), Some(note)).await?;
    let (_, integration, _) = terms(db, redemption).await?;
    email::reward_fulfilled(db, app, &integration, redemption).await?;
    let whose = (redemption.store_id, redemption.customer_id, redemption.points);
    points::capture(db, app, cause, redemption.id, whose).await?;
    let fulfilled = (EventKind::RedemptionFulfilled, redemption.id.0);
    Ok(event::write(db, &Origin::of(cause, redemption.store_id), [fulfilled]).await?)
}

/// Ends what waits and its redemption well.
async fn complete(
    db: &DatabaseTransaction,
    cause: &Cause,
    (row, redemption): (&fulfilment::Model, &redemption::Model),
    note: Option<String>,
) -> Result<(), ByHandError> {
    let fulfilled = (FulfilmentState::Fulfilled, note.map(|note| note.trim().to_owned()));
    if !waiting::settle(db, row, fulfilled, (&cause.actor, cause.at)).await?
        || !end(db, redemption.id, RedemptionState::Completed, None, cause.at).await?
    {
        return Err(ByHandError::Done);
    }
    Ok(())
}

async fn refuse(
    db: &DatabaseTransaction,
    app: &App,
    cause: &Cause,
    (row, redemption): (&fulfilment::Model, &redemption::Model),
    reason: String,
) -> Result<(), ByHandError> {
    let reason = reason.trim().to_owned();
    let refused = (FulfilmentState::Refused, Some(reason.clone()));
    let why = Some((REFUSED, reason.as_str()));
    if !waiting::settle(db, row, refused, (&cause.actor, cause.at)).await?
        || !end(db, redemption.id, RedemptionState::Failed, why, cause.at).await?
    {
        return Err(ByHandError::Done);
    }
    let whose = (redemption.store_id, redemption.customer_id, redemption.points);
    points::release(db, app, cause, redemption.id, whose).await?;
    let (_, integration, _) = terms(db, redemption).await?;
    email::redemption_failed(db, app, &integration, redemption).await?;
    let failed = (EventKind::RedemptionFailed, redemption.id.0);
    Ok(event::write(db, &Origin::of(cause, redemption.store_id), [failed]).await?)
}

/// Why a redemption failed that people refused, for programs.
pub(crate) const REFUSED: &str = "REFUSED_BY_STAFF";

/// Whose a code is already.
async fn taken(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    code: &str,
) -> Result<Option<&'static str>, DbErr> {
    let coupon = coupon::Entity::in_store(store).filter(coupon::Column::Code.eq(code));
    if coupon.one(db).await?.is_some() {
        return Ok(Some("that of another coupon"));
    }
    let print = pool::fingerprint(app, store, code);
    let pooled = pool_code::Entity::in_store(store).filter(pool_code::Column::Fingerprint.eq(print));
    Ok(pooled.one(db).await?.map(|_| "in a pool of the store"))
}

async fn terms(
    db: &impl ConnectionTrait,
    redemption: &redemption::Model,
) -> Result<(reward::Model, integration::Model, chrono_tz::Tz), DbErr> {
    let missing = |what: &str| DbErr::RecordNotFound(format!("{what} of {}", redemption.id));
    let reward = reward::Entity::find_by_id(redemption.reward_id).one(db).await?;
    let reward = reward.ok_or_else(|| missing("the reward"))?;
    let integration = integration::Entity::find_by_id(reward.integration_id).one(db).await?;
    let integration = integration.ok_or_else(|| missing("the integration"))?;
    let store = store::Entity::find_by_id(redemption.store_id).one(db).await?;
    let zone = store.and_then(|store| store.time_zone.parse().ok());
    Ok((reward, integration, zone.unwrap_or(chrono_tz::America::Sao_Paulo)))
}

/// Cancels a redemption that waits for the staff: nobody has anything yet, and the points come back at once.
pub(super) async fn cancel_waiting(
    db: &DatabaseTransaction,
    app: &App,
    cause: &Cause,
    redemption: &redemption::Model,
) -> Result<(), DbErr> {
    let own = fulfilment::Column::RedemptionId.eq(redemption.id);
    let row = fulfilment::Entity::find().filter(own).one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("what waits for {}", redemption.id)))?;
    let cancelled = (FulfilmentState::Cancelled, None);
    let (from, to) = (RedemptionState::Requested, RedemptionState::Cancelled);
    if !waiting::settle(db, &row, cancelled, (&cause.actor, cause.at)).await?
        || !cancel::change(db, redemption.id, from, to, cause.at).await?
    {
        return Err(DbErr::RecordNotUpdated);
    }
    let whose = (redemption.store_id, redemption.customer_id, redemption.points);
    points::release(db, app, cause, redemption.id, whose).await?;
    let cancelled = (EventKind::RedemptionCancelled, redemption.id.0);
    event::write(db, &Origin::of(cause, redemption.store_id), [cancelled]).await
}

/// Cancels a redemption that was fulfilled without a code: what the customer has, people know; the points come back.
pub(super) async fn cancel_fulfilled(
    db: &DatabaseTransaction,
    app: &App,
    cause: &Cause,
    (redemption, reason): (&redemption::Model, Option<String>),
) -> Result<(), DbErr> {
    let (from, to) = (RedemptionState::Completed, RedemptionState::Cancelled);
    if !cancel::change(db, redemption.id, from, to, cause.at).await? {
        return Err(DbErr::RecordNotUpdated);
    }
    let wished = redemption::Model {
        cancel_actor: Some(cause.actor.clone()),
        cancel_reason: reason,
        ..redemption.clone()
    };
    ending::refund(db, app, &wished, cause.at).await?;
    let cancelled = (EventKind::RedemptionCancelled, redemption.id.0);
    event::write(db, &Origin::of(cause, redemption.store_id), [cancelled]).await
}
