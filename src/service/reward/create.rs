use entity::reward::{self, Fulfilment, RewardKind};
use entity::{Cents, CouponPoolId, IntegrationId, Points, RewardId, StoreId, integration};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, IntoActiveModel, QueryFilter};

use super::{fulfilment, look, position};
use crate::app::App;
use crate::db::begin;
use crate::domain::category::Category;
use crate::domain::reward_limits::{Availability, Limits, Period};
use crate::domain::settings::{self, Problem};
use crate::platform::Kind;
use crate::service::audit::{self, Changes};
use crate::service::idempotency::{self, Claim, Key, KeyError};

/// A reward to be created by hand.
#[derive(Debug, Clone)]
pub struct NewReward {
    /// The shop in which its coupon is made.
    pub integration: IntegrationId,
    /// What its coupon takes off.
    pub kind: RewardKind,
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// Its category, a path.
    pub category: Option<String>,
    /// What it costs.
    pub points: Points,
    /// Amount off.
    pub amount: Option<Cents>,
    /// Per cent off, in hundredths of a per cent.
    pub percent_hundredths: Option<i32>,
    /// Smallest order for its coupon.
    pub minimum_order: Option<Cents>,
    /// Validity of its coupon.
    pub validity_days: Option<i32>,
    /// How what is redeemed comes into being.
    pub fulfilment: Fulfilment,
    /// The pool that its codes are taken from.
    pub pool: Option<CouponPoolId>,
    /// How often it can be redeemed.
    pub limits: Limits,
    /// When.
    pub availability: Availability,
}

/// Why a reward cannot be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum RewardError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    IntegrationNotFound,
    /// There is no such reward in the store.
    #[error("there is no such reward")]
    NotFound,
    /// There is no such pool in the store.
    #[error("there is no such pool")]
    PoolNotFound,
    /// It stands for a product and follows the feed.
    #[error("this reward follows the shop's feed; change the feed, the SKUs or the points per real instead")]
    FollowsFeed,
    /// Somebody changed it meanwhile.
    #[error("the reward was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// Values that cannot be used.
    #[error("some values cannot be used")]
    Invalid(Vec<Problem>),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// What the audit log tells of a reward.
pub(super) const TOLD: [reward::Column; 20] = [
    reward::Column::IntegrationId,
    reward::Column::Kind,
    reward::Column::Name,
    reward::Column::Description,
    reward::Column::Points,
    reward::Column::AmountCents,
    reward::Column::PercentHundredths,
    reward::Column::MinimumOrderCents,
    reward::Column::ValidityDays,
    reward::Column::Fulfilment,
    reward::Column::PoolId,
    reward::Column::Active,
    reward::Column::OwnImageUrl,
    reward::Column::Category,
    reward::Column::AvailableFrom,
    reward::Column::AvailableUntil,
    reward::Column::TotalLimit,
    reward::Column::CustomerLimit,
    reward::Column::PeriodLimit,
    reward::Column::PeriodDays,
];

/// Creates a reward.
pub async fn create(app: &App, store: StoreId, new: NewReward, key: Key) -> Result<RewardId, RewardError> {
    let txn = begin(&app.db).await?;
    let id: RewardId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(RewardId(id));
    }
    let integration = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(new.integration))
        .one(&txn)
        .await?
        .ok_or(RewardError::IntegrationNotFound)?;
    let mut problems = problems(&new, &integration);
    problems.extend(no_coupons(&integration));
    problems.extend(fulfilment::check(&txn, &integration, (new.fulfilment, new.pool)).await?);
    let picture = look::picture(new.image_url.as_deref(), &mut problems);
    let category = look::category(new.category.as_deref(), &mut problems);
    if !problems.is_empty() {
        return Err(RewardError::Invalid(problems));
    }
    let now = app.clock.now();
    let row = reward::Model {
        id,
        store_id: store,
        integration_id: integration.id,
        kind: new.kind,
        name: new.name.trim().to_owned(),
        description: new.description,
        image_url: None,
        own_image_url: picture,
        category_key: category.as_ref().map(Category::key),
        category: category.map(Into::into),
        points: new.points,
        amount_cents: new.amount,
        percent_hundredths: new.percent_hundredths,
        minimum_order_cents: new.minimum_order,
        validity_days: new.validity_days,
        product_id: None,
        fulfilment: new.fulfilment,
        pool_id: new.pool,
        active: true,
        available_from: new.availability.from(),
        available_until: new.availability.until(),
        total_limit: new.limits.total(),
        places_taken: 0,
        customer_limit: new.limits.per_customer(),
        period_limit: new.limits.per_period().map(Period::times),
        period_days: new.limits.per_period().map(Period::days),
        position: position::end(&txn, store).await?,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let changes = Changes::between(None, &row, &TOLD);
    row.into_active_model().insert(&txn).await?;
    audit::record(&txn, app, store, ("reward.create", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

/// A source of pushed sales has no shop in which a coupon could be used.
fn no_coupons(integration: &integration::Model) -> Option<Problem> {
    let kind = integration.platform.parse::<Kind>().ok()?;
    kind.is_pushed().then(|| Problem {
        field: "integrationId",
        code: "UNSUPPORTED",
        message: "this integration makes no coupons; offer the reward at the one with the shop's platform".to_owned(),
    })
}

fn problems(new: &NewReward, integration: &integration::Model) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut need = |holds: bool, field, code, message: &str| {
        if !holds {
            found.push(Problem {
                field,
                code,
                message: message.to_owned(),
            });
        }
    };
    let name = new.name.trim().chars().count();
    need(
        (1..=120).contains(&name),
        "name",
        "OUT_OF_RANGE",
        "the name must have 1 to 120 characters",
    );
    need(
        new.points.is_positive(),
        "points",
        "OUT_OF_RANGE",
        "a reward costs at least 1 point",
    );
    let amount = new.amount.map_or(0, |amount| amount.0);
    let percent = new.percent_hundredths.unwrap_or(0);
    match new.kind {
        RewardKind::AmountOff => {
            need(
                amount > 0,
                "amount",
                "REQUIRED",
                "an amount off needs an amount above zero",
            );
            need(
                new.percent_hundredths.is_none(),
                "percent",
                "NOT_ALLOWED",
                "an amount off has no percentage",
            );
        }
        RewardKind::PercentOff => {
            need(
                (1..=10_000).contains(&percent),
                "percent",
                "OUT_OF_RANGE",
                "the percentage must be above 0, at most 100",
            );
            need(
                new.amount.is_none(),
                "amount",
                "NOT_ALLOWED",
                "a percentage off has no amount",
            );
        }
        RewardKind::FreeShipping => {
            let bare = new.amount.is_none() && new.percent_hundredths.is_none();
            need(
                bare,
                "amount",
                "NOT_ALLOWED",
                "free shipping has neither amount nor percentage",
            );
            let can = integration
                .platform
                .parse::<Kind>()
                .map(|kind| kind.descriptor().capabilities);
            let can = new.fulfilment != Fulfilment::Automatic || can.is_ok_and(|can| can.free_shipping_coupons);
            need(
                can,
                "kind",
                "UNSUPPORTED",
                "the platform makes no coupons with free shipping",
            );
        }
        RewardKind::Product => {
            need(
                false,
                "kind",
                "NOT_ALLOWED",
                "rewards of products follow the shop's feed; start a catalogue import",
            );
        }
    }
    let minimum = new.minimum_order.is_none_or(|minimum| minimum.0 >= 0);
    need(
        minimum,
        "minimumOrder",
        "OUT_OF_RANGE",
        "the smallest order cannot be negative",
    );
    if let Some(Err(problem)) = new
        .validity_days
        .map(|days| settings::check_validity("validityDays", days))
    {
        found.push(problem);
    }
    found
}
