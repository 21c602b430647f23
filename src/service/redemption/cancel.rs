use entity::coupon::{self, CouponState};
use entity::event::EventKind;
use entity::redemption::{self, RedemptionState};
use entity::reward::Fulfilment;
use entity::{Instant, RedemptionId, StoreId, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::by_hand;
use crate::app::App;
use crate::db::begin;
use crate::platform::Kind;
use crate::queue::{CancelCoupon, Enqueue, Whose, enqueue};
use crate::service::audit::{self, Changes};
use crate::service::event::{self, Origin};
use crate::service::idempotency::{self, Claim, Key, KeyError};
use crate::service::points::{self, Cause};
use crate::service::reward;

/// Longest reason.
const REASON: usize = 500;

/// A wish to have a redemption undone.
#[derive(Debug, Clone)]
pub struct CancelRequest {
    /// The store.
    pub store: StoreId,
    /// What is to be undone.
    pub redemption: RedemptionId,
    /// Why, in words.
    pub reason: Option<String>,
    /// Whether somebody made the coupon unusable in the shop already: counts where its code came from a pool or from people.
    pub coupon_ended: bool,
    /// Who asks.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Why a redemption cannot be cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such redemption in the store.
    #[error("there is no such redemption")]
    NotFound,
    /// The reason is too long.
    #[error("a reason has at most {REASON} characters")]
    Reason,
    /// The shop refused it before: the points are back.
    #[error("this redemption failed and its points are back already; there is nothing to cancel")]
    Failed,
    /// The customer has used the coupon.
    #[error("the coupon was used already, so its points stay spent")]
    CouponUsed,
    /// The shop cannot make a coupon unusable.
    #[error("the platform cannot make a coupon unusable; cancel after {valid_until}, when nobody can use it any more")]
    CannotDisable {
        /// When the coupon ends by itself.
        valid_until: Instant,
    },
    /// Nobody but people can make a coupon unusable whose code came from a pool or from people.
    #[error(
        "the platform cannot make a coupon unusable; end it in the shop by hand and say so with couponEnded, or cancel \
         after {valid_until}, when nobody can use it any more"
    )]
    EndByHand {
        /// When the coupon ends by itself.
        valid_until: Instant,
    },
    /// Whether the coupon was used cannot be known.
    #[error(
        "whether the coupon was used shows in the shop's sales, which are not imported; activate the integration \
         and switch its sales on first"
    )]
    UsesUnseen,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Cancels a redemption, or begins to. Asked for again while it is being cancelled, or after it was,
/// nothing happens.
pub async fn cancel(app: &App, request: CancelRequest, key: Key) -> Result<RedemptionId, CancelError> {
    if request
        .reason
        .as_ref()
        .is_some_and(|text| text.chars().count() > REASON)
    {
        return Err(CancelError::Reason);
    }
    let txn = begin(&app.db).await?;
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, request.redemption.0).await? {
        return Ok(RedemptionId(id));
    }
    let row = redemption::Entity::in_store(request.store)
        .filter(redemption::Column::Id.eq(request.redemption))
        .lock_exclusive()
        .one(&txn)
        .await?
        .ok_or(CancelError::NotFound)?;
    // Whether the redemption is cancelled with this, and not only begun to be.
    let is_over = match row.state {
        RedemptionState::Failed => return Err(CancelError::Failed),
        RedemptionState::Cancelling | RedemptionState::Cancelled => false,
        RedemptionState::Requested if row.fulfilment == Fulfilment::Manual => {
            note_wish(&txn, app, &request).await?;
            by_hand::cancel_waiting(&txn, app, &cause_of(app, &request), &row).await?;
            true
        }
        RedemptionState::Requested => withdraw(&txn, app, &row, &request).await?,
        RedemptionState::Completed if row.fulfilment == Fulfilment::Manual && !has_coupon(&txn, row.id).await? => {
            note_wish(&txn, app, &request).await?;
            let wished = (&row, request.reason.clone());
            by_hand::cancel_fulfilled(&txn, app, &cause_of(app, &request), wished).await?;
            true
        }
        RedemptionState::Completed => {
            let coupon = coupon_of(&txn, row.id).await?;
            match check(&txn, app, &coupon).await {
                Err(CancelError::CannotDisable { valid_until }) if row.fulfilment != Fulfilment::Automatic => {
                    if !request.coupon_ended {
                        return Err(CancelError::EndByHand { valid_until });
                    }
                    note_ended(&txn, app, &coupon).await?;
                }
                checked => checked?,
            }
            note_wish(&txn, app, &request).await?;
            begin_ending(&txn, app, (row.store_id, row.id)).await?;
            false
        }
    };
    if matches!(row.state, RedemptionState::Requested | RedemptionState::Completed) {
        audit::record(&txn, app, request.store, ("redemption.cancel", row.id), Changes::none()).await?;
    }
    if is_over {
        reward::give_back(&txn, row.reward_id).await?;
    }
    txn.commit().await?;
    Ok(row.id)
}

/// Cancels a redemption that is under way. A coupon that the shop was certainly never asked for never
/// will be: the same row tells a worker that is about to ask. Otherwise the wish is kept, and heard when
/// it is known what became of the coupon, and the answer is false.
async fn withdraw(
    db: &impl ConnectionTrait,
    app: &App,
    row: &redemption::Model,
    request: &CancelRequest,
) -> Result<bool, CancelError> {
    let now = app.clock.now();
    note_wish(db, app, request).await?;
    points::hold(db, row.store_id, row.customer_id).await?;
    let untouched = coupon::Column::RedemptionId
        .eq(row.id)
        .and(coupon::Column::State.eq(CouponState::Pending))
        .and(coupon::Column::OutcomeUnknown.eq(false));
    let withdrawn = coupon::Entity::update_many()
        .col_expr(coupon::Column::State, Expr::value(CouponState::Disabled))
        .col_expr(coupon::Column::DisabledAt, Expr::value(Some(now)))
        .filter(untouched)
        .exec(db)
        .await?;
    if withdrawn.rows_affected == 0 {
        let coupon = coupon_of(db, row.id).await?;
        return check(db, app, &coupon).await.map(|()| false);
    }
    change(db, row.id, RedemptionState::Requested, RedemptionState::Cancelled, now).await?;
    let cause = Cause {
        actor: request.actor.clone(),
        request_id: request.request_id.clone(),
        at: now,
    };
    let whose = (row.store_id, row.customer_id, row.points);
    points::release(db, app, &cause, row.id, whose).await?;
    let coupon = coupon_of(db, row.id).await?;
    let happened = [
        (EventKind::CouponDisabled, coupon.id.0),
        (EventKind::RedemptionCancelled, row.id.0),
    ];
    event::write(db, &Origin::of(&cause, row.store_id), happened).await?;
    Ok(true)
}

/// Whether a coupon that exists can be made unusable, as far as that can be told beforehand.
async fn check(db: &impl ConnectionTrait, app: &App, coupon: &coupon::Model) -> Result<(), CancelError> {
    if coupon.state == CouponState::Used {
        return Err(CancelError::CouponUsed);
    }
    let integration = integration::Entity::find_by_id(coupon.integration_id)
        .one(db)
        .await?
        .ok_or(CancelError::NotFound)?;
    let has_ended = coupon.valid_until < app.clock.now();
    let kind = integration.platform.parse::<Kind>();
    let can_end = kind.is_ok_and(|kind| kind.descriptor().capabilities.disable_coupons);
    if !can_end && !has_ended {
        let valid_until = coupon.valid_until;
        return Err(CancelError::CannotDisable { valid_until });
    }
    if imports_sales(&integration) {
        Ok(())
    } else {
        Err(CancelError::UsesUnseen)
    }
}

pub(super) fn imports_sales(integration: &integration::Model) -> bool {
    integration.active && integration.register_sales
}

/// Notes that people made a coupon unusable. A sale that used it before is still waited for.
async fn note_ended(db: &impl ConnectionTrait, app: &App, coupon: &coupon::Model) -> Result<(), CancelError> {
    let integration = integration::Entity::find_by_id(coupon.integration_id).one(db).await?;
    if !integration.is_some_and(|integration| imports_sales(&integration)) {
        return Err(CancelError::UsesUnseen);
    }
    let now = app.clock.now();
    let ended = coupon::Entity::update_many()
        .col_expr(coupon::Column::State, Expr::value(CouponState::Disabled))
        .col_expr(coupon::Column::DisabledAt, Expr::value(Some(now)))
        .filter(
            coupon::Column::Id
                .eq(coupon.id)
                .and(coupon::Column::State.eq(CouponState::Active)),
        )
        .exec(db)
        .await?;
    if ended.rows_affected == 0 {
        return Err(CancelError::CouponUsed);
    }
    let disabled = (EventKind::CouponDisabled, coupon.id.0);
    Ok(event::write(db, &Origin::asked(app, coupon.store_id), [disabled]).await?)
}

async fn note_wish(db: &impl ConnectionTrait, app: &App, request: &CancelRequest) -> Result<(), DbErr> {
    let (actor, reason) = (Some(request.actor.clone()), request.reason.clone());
    redemption::Entity::update_many()
        .col_expr(
            redemption::Column::CancelRequestedAt,
            Expr::value(Some(app.clock.now())),
        )
        .col_expr(redemption::Column::CancelActor, Expr::value(actor))
        .col_expr(redemption::Column::CancelReason, Expr::value(reason))
        .filter(redemption::Column::Id.eq(request.redemption))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets the ending of a completed redemption's coupon begin.
pub(super) async fn begin_ending(
    db: &impl ConnectionTrait,
    app: &App,
    (store, id): (StoreId, RedemptionId),
) -> Result<(), DbErr> {
    let begun = redemption::Entity::update_many()
        .col_expr(redemption::Column::State, Expr::value(RedemptionState::Cancelling))
        .col_expr(redemption::Column::FailureCode, Expr::value(Option::<String>::None))
        .col_expr(redemption::Column::FailureMessage, Expr::value(Option::<String>::None))
        .filter(
            redemption::Column::Id
                .eq(id)
                .and(redemption::Column::State.eq(RedemptionState::Completed)),
        )
        .exec_with_returning(db)
        .await?;
    if let Some(row) = begun.first() {
        let origin = Origin::work(row.store_id, app.clock.now());
        event::write(db, &origin, [(EventKind::RedemptionCancelling, row.id.0)]).await?;
    }
    let key = format!("{id}:{}", app.clock.now().timestamp_micros());
    let whose = Whose::of(store, id);
    enqueue(db, app, Enqueue::now(app, whose, CancelCoupon { redemption: id }, key)).await
}

fn cause_of(app: &App, request: &CancelRequest) -> Cause {
    Cause {
        actor: request.actor.clone(),
        request_id: request.request_id.clone(),
        at: app.clock.now(),
    }
}

async fn has_coupon(db: &impl ConnectionTrait, id: RedemptionId) -> Result<bool, DbErr> {
    let own = coupon::Column::RedemptionId.eq(id);
    Ok(coupon::Entity::find().filter(own).one(db).await?.is_some())
}

pub(super) async fn coupon_of(db: &impl ConnectionTrait, id: RedemptionId) -> Result<coupon::Model, DbErr> {
    coupon::Entity::find()
        .filter(coupon::Column::RedemptionId.eq(id))
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the coupon of {id}")))
}

/// Moves a redemption from one state to its end; false when it is not in that state.
pub(super) async fn change(
    db: &impl ConnectionTrait,
    id: RedemptionId,
    from: RedemptionState,
    to: RedemptionState,
    now: Instant,
) -> Result<bool, DbErr> {
    let changed = redemption::Entity::update_many()
        .col_expr(redemption::Column::State, Expr::value(to))
        .col_expr(redemption::Column::FinishedAt, Expr::value(Some(now)))
        .col_expr(redemption::Column::CancelledAt, Expr::value(Some(now)))
        .filter(redemption::Column::Id.eq(id).and(redemption::Column::State.eq(from)))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}
