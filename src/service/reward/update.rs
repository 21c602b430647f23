use entity::reward::{self, Fulfilment, RewardKind};
use entity::{CouponPoolId, Points, RewardId, StoreId, integration};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set, TryIntoModel,
};

use super::create::TOLD;
use super::{RewardError, fulfilment, look, places};
use crate::app::App;
use crate::db::begin;
use crate::domain::category::Category;
use crate::domain::reward_limits::{Availability, Limits, Period};
use crate::domain::settings::{self, Problem};
use crate::service::audit::{self, Changes};

/// Changes of a reward; `None` leaves something as it is. What its coupon takes off never changes:
/// customers were promised it; create another reward instead.
#[derive(Debug, Clone, Default)]
pub struct RewardChanges {
    /// Its name.
    pub name: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// Its picture; empty: the product's, or none.
    pub image_url: Option<String>,
    /// Its category; empty: none.
    pub category: Option<String>,
    /// What it costs.
    pub points: Option<Points>,
    /// Validity of its coupon.
    pub validity_days: Option<i32>,
    /// How what is redeemed comes into being, from now on.
    pub fulfilment: Option<Fulfilment>,
    /// The pool that its codes are taken from.
    pub pool: Option<CouponPoolId>,
    /// Whether it can be redeemed.
    pub active: Option<bool>,
    /// How often it can be redeemed, all limits together.
    pub limits: Option<Limits>,
    /// When it can be redeemed, beginning and end together.
    pub availability: Option<Availability>,
}

impl RewardChanges {
    /// Whether they change what follows the feed, where the reward stands for a product.
    fn change_the_product(&self) -> bool {
        self.name.is_some()
            || self.description.is_some()
            || self.category.is_some()
            || self.points.is_some()
            || self.validity_days.is_some()
            || self.fulfilment.is_some()
            || self.pool.is_some()
            || self.active.is_some()
    }
}

/// Changes a reward, based on the version that the caller read. Of one that stands for a product, the picture, the
/// limits and the time can be changed: the rest follows the feed.
pub async fn update(
    app: &App,
    store: StoreId,
    id: RewardId,
    version: i64,
    changes: RewardChanges,
) -> Result<(), RewardError> {
    let txn = begin(&app.db).await?;
    let by_id = reward::Column::Id.eq(id);
    let known = reward::Entity::in_store(store)
        .filter(by_id.clone())
        .one(&txn)
        .await?
        .ok_or(RewardError::NotFound)?;
    if known.kind == RewardKind::Product && changes.change_the_product() {
        return Err(RewardError::FollowsFeed);
    }
    let current = known.version;
    let mut row = changed(&txn, &known, changes).await?;
    row.version = Set(version + 1);
    row.updated_at = Set(app.clock.now());
    let after = row.clone().try_into_model()?;
    if known.total_limit.is_none() && after.total_limit.is_some() {
        row.places_taken = Set(places::count(&txn, id).await?);
    }
    let updated = reward::Entity::update_many()
        .set(row)
        .filter(by_id.and(reward::Column::Version.eq(version)))
        .exec(&txn)
        .await?;
    if updated.rows_affected == 0 {
        return Err(RewardError::Conflict { current });
    }
    let changes = Changes::between(Some(&known), &after, &TOLD);
    audit::record(&txn, app, store, ("reward.update", id), changes).await?;
    txn.commit().await?;
    Ok(())
}

/// The row with the changes, or everything that is wrong with them.
async fn changed(
    db: &DatabaseTransaction,
    known: &reward::Model,
    changes: RewardChanges,
) -> Result<reward::ActiveModel, RewardError> {
    let mut problems = Vec::new();
    let mut row = known.clone().into_active_model();
    if let Some(name) = changes.name {
        if !(1..=120).contains(&name.trim().chars().count()) {
            problems.push(out_of_range("name", "the name must have 1 to 120 characters"));
        }
        row.name = Set(name.trim().to_owned());
    }
    if let Some(points) = changes.points {
        if !points.is_positive() {
            problems.push(out_of_range("points", "a reward costs at least 1 point"));
        }
        row.points = Set(points);
    }
    if let Some(days) = changes.validity_days {
        problems.extend(settings::check_validity("validityDays", days).err());
        row.validity_days = Set(Some(days));
    }
    if let Some(description) = changes.description {
        row.description = Set(Some(description).filter(|text| !text.is_empty()));
    }
    if let Some(url) = changes.image_url {
        row.own_image_url = Set(look::picture(Some(&url), &mut problems));
    }
    if let Some(path) = changes.category {
        let category = look::category(Some(&path), &mut problems);
        row.category_key = Set(category.as_ref().map(Category::key));
        row.category = Set(category.map(Into::into));
    }
    if changes.fulfilment.is_some() || changes.pool.is_some() {
        let fulfilment = changes.fulfilment.unwrap_or(known.fulfilment);
        // A reward that stays with pools keeps its own; one that leaves them leaves it.
        let kept = known.pool_id.filter(|_| fulfilment == Fulfilment::Pool);
        let pool = changes.pool.or(kept);
        let integration = integration::Entity::find_by_id(known.integration_id)
            .one(db)
            .await?
            .ok_or(RewardError::IntegrationNotFound)?;
        problems.extend(fulfilment::check(db, &integration, (fulfilment, pool)).await?);
        row.fulfilment = Set(fulfilment);
        row.pool_id = Set(pool);
    }
    if let Some(active) = changes.active {
        row.active = Set(active);
    }
    if let Some(limits) = changes.limits {
        row.total_limit = Set(limits.total());
        row.customer_limit = Set(limits.per_customer());
        row.period_limit = Set(limits.per_period().map(Period::times));
        row.period_days = Set(limits.per_period().map(Period::days));
    }
    if let Some(availability) = changes.availability {
        row.available_from = Set(availability.from());
        row.available_until = Set(availability.until());
    }
    if problems.is_empty() {
        Ok(row)
    } else {
        Err(RewardError::Invalid(problems))
    }
}

fn out_of_range(field: &'static str, message: &str) -> Problem {
    Problem {
        field,
        code: "OUT_OF_RANGE",
        message: message.to_owned(),
    }
}
