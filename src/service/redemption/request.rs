use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::redemption::{self, RedemptionState};
use entity::reward::Fulfilment;
use entity::{CustomerId, Instant, Points, RedemptionId, RewardId, StoreId, integration};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, IntoActiveModel};

use super::check::{Subject, Terms};
use super::finish::hand_over;
use super::{limits, waiting};
use crate::app::App;
use crate::db::begin;
use crate::domain::coupon_code::CouponCode;
use crate::domain::expiry::end_of_day_after;
use crate::domain::reward_limits::Used;
use crate::queue::{Enqueue, IssueCoupon, Whose, enqueue};
use crate::service::audit::{self, Changes};
use crate::service::event::{self, Origin};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::order::RegisterError;
use crate::service::points::{self, Cause};
use crate::service::{pool, reward};

/// What codes of this program begin with, so that a merchant knows them in the shop's list.
pub(crate) const CODE_PREFIX: &str = "FIEL";

/// A wish to redeem.
#[derive(Debug, Clone)]
pub struct RedeemRequest {
    /// The store.
    pub store: StoreId,
    /// Whose points.
    pub customer: CustomerId,
    /// For what.
    pub reward: RewardId,
    /// Who asks.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Why a redemption cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// There is no such customer in the store.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// There is no such reward in the store.
    #[error("there is no such reward")]
    RewardNotFound,
    /// The reward is switched off.
    #[error("the reward is not offered at present")]
    RewardInactive,
    /// It is not its time.
    #[error("the reward cannot be redeemed at this time{}", when(*from, *until))]
    NotAvailable {
        /// From when on it can be.
        from: Option<Instant>,
        /// Up to when it can be.
        until: Option<Instant>,
    },
    /// As many redemptions stand as there may be.
    #[error("the reward is sold out")]
    SoldOut,
    /// The customer has redeemed it as often as one may.
    #[error("the customer has redeemed this reward as often as allowed{}", how_often(*.0))]
    LimitReached(Used),
    /// The points do not suffice.
    #[error("the reward costs {required} points, {available} can be spent")]
    NotEnoughPoints {
        /// What can be spent now.
        available: Points,
        /// What the reward costs.
        required: Points,
    },
    /// The integration that would make the coupon is off.
    #[error("the reward's integration is not active, so no coupon can be made")]
    IntegrationInactive,
    /// The platform makes no such coupon.
    #[error("the platform cannot make this kind of coupon")]
    Unsupported,
    /// The pool that its codes are taken from has none.
    #[error("the codes of this reward have all been handed out; bring more into its pool")]
    PoolEmpty,
    /// The customer's code is another, or there is none.
    #[error(
        "this is not the customer's code, or it was used, replaced, is too old, or was tried too often; ask for another"
    )]
    Code,
    /// The till that asks cannot be used.
    #[error(transparent)]
    Source(#[from] RegisterError),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

fn when(from: Option<Instant>, until: Option<Instant>) -> String {
    let from = from.map(|at| format!(", from {}", at.to_rfc3339()));
    let until = until.map(|at| format!(", until {}", at.to_rfc3339()));
    from.into_iter().chain(until).collect()
}

fn how_often(used: Used) -> String {
    match used {
        Used::OfCustomer { times, .. } => format!(": {times} times in all"),
        Used::OfPeriod {
            times, days, again_at, ..
        } => {
            let again = again_at.map_or_else(String::new, |at| format!("; again from {} on", at.to_rfc3339()));
            format!(": {times} times within {days} days{again}")
        }
    }
}

/// Begins a redemption: in one transaction the points are reserved, the redemption and its coupon's
/// code are written, and the job that makes the coupon is enqueued. A code of a pool is handed out at once, and the
/// points are spent with it; what people see to waits for them.
pub async fn request(app: &App, request: RedeemRequest, key: Key) -> Result<RedemptionId, RedeemError> {
    let txn = begin(&app.db).await?;
    let id = begin_in(&txn, app, &request, &key).await?;
    txn.commit().await?;
    Ok(id)
}

/// The same in a transaction that the caller commits, unless it is refused.
pub(super) async fn begin_in(
    txn: &DatabaseTransaction,
    app: &App,
    request: &RedeemRequest,
    key: &Key,
) -> Result<RedemptionId, RedeemError> {
    let id: RedemptionId = app.id();
    if let Claim::Done(id) = idempotency::claim(txn, app, key, id.0).await? {
        return Ok(RedemptionId(id));
    }
    let subject = (request.store, request.customer, request.reward);
    let now = app.clock.now();
    let terms = Subject::load(txn, subject, now).await?.terms()?;
    let cause = Cause {
        actor: request.actor.clone(),
        request_id: request.request_id.clone(),
        at: now,
    };
    let subject = (request.store, request.customer, terms.reward.points);
    if let Err(short) = points::reserve(txn, app, &cause, id, subject).await? {
        return Err(RedeemError::NotEnoughPoints {
            available: short.available,
            required: terms.reward.points,
        });
    }
    // Now that the customer is held, nobody else's look at the limits is older than what is written here.
    let whose = (request.customer, &terms.reward);
    if let Some(used) = limits::reached(txn, request.store, whose, now, terms.zone).await? {
        return Err(RedeemError::LimitReached(used));
    }
    let redemption = new_redemption(id, request, &terms, now);
    redemption.clone().into_active_model().insert(txn).await?;
    let origin = Origin::of(&cause, request.store);
    event::write(txn, &origin, [(EventKind::RedemptionRequested, id.0)]).await?;
    if let Some(pool) = &terms.pool {
        let taken = pool::take(txn, app, &origin, pool, id).await?;
        let taken = taken.ok_or(RedeemError::PoolEmpty)?;
        let coupon = of_pool(
            new_coupon(app, &redemption, of(&terms), (taken.code, now)),
            taken.ends_at,
        );
        hand_over(txn, app, &cause, (&redemption, &terms.integration), coupon).await?;
    } else if terms.reward.fulfilment == Fulfilment::Manual {
        waiting::wait(txn, app, &origin, &redemption).await?;
    } else {
        let coupon = new_coupon(app, &redemption, of(&terms), (new_code()?, now));
        coupon.into_active_model().insert(txn).await?;
        let whose = Whose::of(request.store, id);
        let job = Enqueue::now(app, whose, IssueCoupon { redemption: id }, id.to_string());
        enqueue(txn, app, job).await?;
    }
    let changes = Changes::none().field("points", (), terms.reward.points.0);
    audit::record(txn, app, request.store, ("redemption.request", id), changes).await?;
    if !reward::take(txn, terms.reward.id).await? {
        return Err(RedeemError::SoldOut);
    }
    Ok(id)
}

fn new_redemption(id: RedemptionId, request: &RedeemRequest, terms: &Terms, now: Instant) -> redemption::Model {
    // What is handed over in the same transaction never waits.
    let is_done = terms.pool.is_some();
    redemption::Model {
        id,
        store_id: request.store,
        customer_id: request.customer,
        reward_id: terms.reward.id,
        points: terms.reward.points,
        fulfilment: terms.reward.fulfilment,
        state: if is_done {
            RedemptionState::Completed
        } else {
            RedemptionState::Requested
        },
        failure_code: None,
        failure_message: None,
        actor: request.actor.clone(),
        requested_at: now,
        finished_at: is_done.then_some(now),
        cancel_requested_at: None,
        cancel_actor: None,
        cancel_reason: None,
        cancelled_at: None,
        woken_at: None,
    }
}

fn of(terms: &Terms) -> (&entity::reward::Model, &integration::Model, chrono_tz::Tz) {
    (&terms.reward, &terms.integration, terms.zone)
}

/// A coupon that is still to be made, with a code, valid from an instant on.
pub(super) fn new_coupon(
    app: &App,
    redemption: &redemption::Model,
    (reward, integration, zone): (&entity::reward::Model, &integration::Model, chrono_tz::Tz),
    (code, now): (String, Instant),
) -> coupon::Model {
    let days = reward.validity_days.unwrap_or(integration.coupon_validity_days);
    coupon::Model {
        id: app.id(),
        store_id: reward.store_id,
        integration_id: integration.id,
        redemption_id: redemption.id,
        customer_id: redemption.customer_id,
        code,
        state: CouponState::Pending,
        kind: reward.kind,
        amount_cents: reward.amount_cents,
        percent_hundredths: reward.percent_hundredths,
        minimum_order_cents: reward.minimum_order_cents,
        valid_from: now,
        valid_until: end_of_day_after(now, days, zone),
        external_id: None,
        attempts: 0,
        outcome_unknown: false,
        requested_at: None,
        used_order_id: None,
        used_at: None,
        created_at: now,
        activated_at: None,
        disabled_at: None,
    }
}

/// The same as one whose code the shop made beforehand: it is valid as long as the shop says, where that is known.
fn of_pool(coupon: coupon::Model, ends_at: Option<Instant>) -> coupon::Model {
    coupon::Model {
        state: CouponState::Active,
        activated_at: Some(coupon.created_at),
        valid_until: ends_at.unwrap_or(coupon.valid_until),
        ..coupon
    }
}

/// A code that cannot be guessed: some 49 random bits after the prefix.
pub(super) fn new_code() -> Result<String, DbErr> {
    CouponCode::generate(Some(CODE_PREFIX), &mut rand::rng())
        .map(|code| code.as_str().to_owned())
        .map_err(|error| DbErr::Custom(error.to_string()))
}
