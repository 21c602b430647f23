//! `cancel_coupon`: makes a completed redemption's coupon unusable in the shop, and only then gives its
//! points back.
//!
//! Ending a coupon can be repeated, so a lost answer is asked for again by ending it again. A use shows in
//! the shop's own count, where it has one, and in the sales: the points wait until an import that began
//! after the end has seen them all. What is done next is decided by `domain::saga::ending`; here it is
//! carried out.

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::import_run::{ImportKind, ImportTrigger};
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::domain::saga::ending::{self, Answer, Found, Step};
use crate::platform::{Platform, PlatformError};
use crate::queue::CancelCoupon;
use crate::service::import::{self, StartError};
use crate::service::integration::{SessionError, session};
use crate::service::redemption::{self, Ending};

/// How much longer than promised a coupon may live in a shop that only knows days.
const LONGER_THAN_PROMISED: TimeDelta = TimeDelta::days(2);

#[async_trait]
impl Work for CancelCoupon {
    /// With delays doubling to an hour: some two days of a shop that does not answer.
    const MAX_ATTEMPTS: u32 = 60;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(mut coupon) = redemption::find_ending(app, self.redemption).await? else {
            return Ok(());
        };
        let mut ending = ending::Ending::begin(coupon.known(app));
        if ending.step() == Step::KeepUsed {
            return keep_used(app, &coupon).await;
        }
        let shop = match session(app, &coupon.integration) {
            Ok(shop) => shop,
            Err(SessionError::Platform(error)) => return Err(JobError::retry(error)),
            Err(error) => return Err(JobError::fail(error)),
        };
        let mut told = None;
        loop {
            ending = match ending.step() {
                Step::Look => ending.looked(look(app, shop.as_ref(), &coupon).await?),
                Step::Send => {
                    if !coupon.about_to_send(app).await? {
                        return Err(JobError::retry("another worker is at this coupon"));
                    }
                    ending.answered(send(shop.as_ref(), &coupon, &mut told).await)
                }
                Step::NoteDisabled if coupon.note_disabled(app).await? => ending.disabled(),
                Step::CheckSales if coupon.all_sales_seen(app).await? => ending.all_sales_seen(),
                Step::CheckSales => return import_sales(app, &coupon).await,
                Step::Refund if coupon.complete(app).await? => return Ok(()),
                Step::Refund => ending.used(),
                step => return conclude(app, &coupon, step, told).await,
            };
        }
    }

    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        // The coupon may be unusable already: neither end would be right. The schedule tries again.
        Ok(())
    }
}

/// Carries out the last step of an attempt that does not give the points back.
async fn conclude(app: &App, coupon: &Ending, step: Step, told: Option<PlatformError>) -> Result<(), JobError> {
    let why = told.as_ref().map_or_else(String::new, ToString::to_string);
    match step {
        Step::Stop => Ok(()),
        Step::KeepUsed => keep_used(app, coupon).await,
        Step::KeepAlive if coupon.keep_alive(app, &why).await? => Ok(()),
        Step::Settle => {
            let settled = TimeDelta::seconds(app.config.jobs.coupon_settle_seconds.into());
            let reason = format!("what an earlier request did is still to show: {why}");
            Err(JobError::retry_after(reason, settled))
        }
        _ => Err(match told {
            Some(error @ PlatformError::RateLimited { .. }) => error.into(),
            Some(error) => JobError::retry(error),
            None => JobError::retry("the coupon changed meanwhile"),
        }),
    }
}

async fn keep_used(app: &App, coupon: &Ending) -> Result<(), JobError> {
    let message = "the coupon was used before it could be made unusable";
    Ok(coupon.keep_used(app, message).await?)
}

/// Sales are still to be seen: lets them be imported, and is done again after that.
async fn import_sales(app: &App, coupon: &Ending) -> Result<(), JobError> {
    let (store, integration) = (coupon.integration.store_id, coupon.integration.id);
    match import::start(app, store, integration, ImportKind::Shop, ImportTrigger::Schedule).await {
        Ok(_) | Err(StartError::UnderWay(_)) => {}
        Err(StartError::Database(error)) => return Err(error.into()),
        Err(error) => return Err(JobError::retry(error)),
    }
    Err(JobError::retry("sales up to the coupon's end are still to be imported"))
}

/// What the shop shows of the coupon.
async fn look(app: &App, shop: &dyn Platform, coupon: &Ending) -> Result<Found, JobError> {
    let now = app.clock.now();
    let found = match shop.find_coupon(&coupon.coupon.code).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Found::Nothing),
        // It shows no coupons: what was noted of this one, and its end, have to do.
        Err(PlatformError::Unsupported { .. }) if coupon.coupon.valid_until > now => return Ok(Found::Alive),
        Err(PlatformError::Unsupported { .. }) => return Ok(Found::Dead),
        Err(error) => return Err(JobError::retry(error)),
    };
    let until = found
        .valid_until
        .unwrap_or(coupon.coupon.valid_until + LONGER_THAN_PROMISED);
    Ok(if found.times_used.is_some_and(|times| times > 0) {
        Found::Used
    } else if found.active && until > now {
        Found::Alive
    } else {
        Found::Dead
    })
}

async fn send(shop: &dyn Platform, coupon: &Ending, told: &mut Option<PlatformError>) -> Answer {
    let error = match shop.disable_coupon(&coupon.coupon.code).await {
        Ok(()) => return Answer::Ended,
        Err(error) => error,
    };
    let answer = match &error {
        PlatformError::NotFound { .. } => Answer::NotFound,
        PlatformError::Unsupported { .. } | PlatformError::Refused { .. } => Answer::Refused,
        _ => Answer::Lost,
    };
    *told = Some(error);
    answer
}
