//! `issue_coupon`: makes a redemption's coupon exist in the shop, exactly once.
//!
//! The code is drawn beforehand and is the key. Before the shop is asked to create it, the database
//! notes that it may exist from now on; an attempt that finds that note asks the shop first. What is done
//! next is decided by `domain::saga::issuing`; here it is carried out.

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::coupon;
use entity::reward::RewardKind;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::domain::saga::issuing::{Answer, Found, Issuing, Step};
use crate::platform::{Discount, NewCoupon, Platform, PlatformCoupon, PlatformError, RefusalReason};
use crate::queue::IssueCoupon;
use crate::service::integration::{SessionError, session};
use crate::service::redemption::{self, Attempt};

#[async_trait]
impl Work for IssueCoupon {
    /// With delays doubling to an hour: some two days of a shop that does not answer.
    const MAX_ATTEMPTS: u32 = 60;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let Some(mut attempt) = redemption::begin_attempt(app, self.redemption).await? else {
            return Ok(());
        };
        let mut issuing = Issuing::begin(attempt.known(app));
        if issuing.step() == Step::Complete {
            return Ok(redemption::complete_used(app, &attempt).await?);
        }
        let shop = match session(app, &attempt.integration) {
            Ok(shop) => shop,
            // Credentials that cannot be used may be typed again; nothing was sent.
            Err(SessionError::Platform(error)) => return Err(JobError::retry(error)),
            Err(error) => return Err(JobError::fail(error)),
        };
        let mut told = Told::default();
        loop {
            issuing = match issuing.step() {
                Step::Look => {
                    let found = look(shop.as_ref(), &attempt, &mut told).await?;
                    issuing.looked(found)
                }
                Step::Send => {
                    if !attempt.about_to_send(app).await? {
                        return Err(JobError::retry("another worker is at this coupon"));
                    }
                    let answer = send(shop.as_ref(), &attempt, &mut told).await;
                    issuing.answered(answer)
                }
                step => return conclude(app, &attempt, step, told).await,
            };
        }
    }

    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr> {
        let Some(attempt) = redemption::begin_attempt(app, self.redemption).await? else {
            return Ok(());
        };
        if Issuing::begin(attempt.known(app)).step() == Step::Send {
            redemption::fail(app, &attempt, "SHOP_UNAVAILABLE", reason).await?;
        }
        // Otherwise the coupon may exist: giving the points back could hand out both. The schedule asks the
        // shop again every hour.
        Ok(())
    }
}

/// What the shop said in the course of an attempt.
#[derive(Default)]
struct Told {
    coupon: Option<PlatformCoupon>,
    error: Option<PlatformError>,
}

/// Carries out the last step of an attempt.
async fn conclude(app: &App, attempt: &Attempt, step: Step, told: Told) -> Result<(), JobError> {
    let why = told.error.as_ref().map_or_else(String::new, ToString::to_string);
    match step {
        Step::Stop | Step::Look | Step::Send => Ok(()),
        Step::Complete => match told.coupon {
            Some(made) => Ok(redemption::complete(app, attempt, &made).await?),
            None => Ok(redemption::complete_used(app, attempt).await?),
        },
        Step::Fail if redemption::fail(app, attempt, "SHOP_REFUSED", &why).await? => Ok(()),
        Step::Fail => Err(JobError::retry("another worker is at this coupon")),
        Step::ReplaceCode => {
            redemption::replace_code(app, attempt).await?;
            Err(JobError::retry("the code was taken; another one was drawn"))
        }
        Step::TakeBack => {
            redemption::clear_attempt(app, attempt).await?;
            Err(later(told.error))
        }
        Step::Wait => Err(later(told.error)),
        Step::Settle => {
            let settled = TimeDelta::seconds(app.config.jobs.coupon_settle_seconds.into());
            let reason = format!("what an earlier request did is still to show: {why}");
            Err(JobError::retry_after(reason, settled))
        }
    }
}

fn later(error: Option<PlatformError>) -> JobError {
    match error {
        Some(error @ PlatformError::RateLimited { .. }) => error.into(),
        Some(error) => JobError::retry(error),
        None => JobError::retry("the shop has not made the coupon yet"),
    }
}

async fn send(shop: &dyn Platform, attempt: &Attempt, told: &mut Told) -> Answer {
    let error = match shop.create_coupon(&wanted(attempt)).await {
        Ok(made) => {
            told.coupon = Some(made);
            return Answer::Created;
        }
        Err(error) => error,
    };
    let answer = match &error {
        PlatformError::Refused {
            reason: RefusalReason::DuplicateCode,
            ..
        } => Answer::DuplicateCode,
        PlatformError::Refused { .. } | PlatformError::Unsupported { .. } => Answer::Refused,
        PlatformError::Unknown { .. } | PlatformError::Malformed { .. } => Answer::Lost,
        // Refused before anything was done: limits, credentials, no connection.
        _ => Answer::NotSent,
    };
    told.error = Some(error);
    answer
}

/// Our coupon in the shop, if it is there. One with the same code but another description is not ours.
async fn look(shop: &dyn Platform, attempt: &Attempt, told: &mut Told) -> Result<Found, JobError> {
    let Some(found) = shop.find_coupon(&attempt.coupon.code).await.map_err(JobError::retry)? else {
        return Ok(Found::Nothing);
    };
    let ours = description(&attempt.coupon);
    if found.description.as_ref().is_some_and(|text| *text != ours) {
        return Ok(Found::Anothers);
    }
    told.coupon = Some(found);
    Ok(Found::Ours)
}

fn description(coupon: &coupon::Model) -> String {
    format!("Resgate {}", coupon.redemption_id)
}

fn wanted(attempt: &Attempt) -> NewCoupon {
    let coupon = &attempt.coupon;
    let discount = match coupon.kind {
        RewardKind::AmountOff | RewardKind::Product => Discount::Amount(coupon.amount_cents.unwrap_or_default().0),
        RewardKind::PercentOff => Discount::Percent(
            coupon
                .percent_hundredths
                .and_then(|percent| u32::try_from(percent).ok())
                .unwrap_or(0),
        ),
        RewardKind::FreeShipping => Discount::FreeShipping,
    };
    NewCoupon {
        code: coupon.code.clone(),
        description: description(coupon),
        discount,
        minimum_order: coupon.minimum_order_cents.map(|cents| cents.0),
        valid_from: coupon.valid_from,
        valid_until: coupon.valid_until,
        customer_external_id: attempt.customer_external_id.clone(),
        shop_id: attempt.integration.shop_id.clone(),
    }
}
