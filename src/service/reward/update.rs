use entity::reward::{self, Fulfilment, RewardKind};
use entity::{CouponPoolId, Points, RewardId, StoreId, integration};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set, TryIntoModel};

use super::create::TOLD;
use super::{RewardError, fulfilment};
use crate::app::App;
use crate::db::begin;
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
}

/// Changes a reward, based on the version that the caller read.
pub async fn update(
    app: &App,
    store: StoreId,
    id: RewardId,
    version: i64,
    changes: RewardChanges,
) -> Result<(), RewardError> {
    let by_id = reward::Column::Id.eq(id);
    let known = reward::Entity::in_store(store)
        .filter(by_id.clone())
        .one(&app.db)
        .await?
        .ok_or(RewardError::NotFound)?;
    if known.kind == RewardKind::Product {
        return Err(RewardError::FollowsFeed);
    }
    let current = known.version;
    let mut problems = Vec::new();
    let mut row = known.clone().into_active_model();
    if let Some(name) = changes.name {
        if !(1..=120).contains(&name.trim().chars().count()) {
            let message = "the name must have 1 to 120 characters".to_owned();
            problems.push(Problem {
                field: "name",
                code: "OUT_OF_RANGE",
                message,
            });
        }
        row.name = Set(name.trim().to_owned());
    }
    if let Some(points) = changes.points {
        if !points.is_positive() {
            let message = "a reward costs at least 1 point".to_owned();
            problems.push(Problem {
                field: "points",
                code: "OUT_OF_RANGE",
                message,
            });
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
    if changes.fulfilment.is_some() || changes.pool.is_some() {
        let fulfilment = changes.fulfilment.unwrap_or(known.fulfilment);
        // A reward that stays with pools keeps its own; one that leaves them leaves it.
        let kept = known.pool_id.filter(|_| fulfilment == Fulfilment::Pool);
        let pool = changes.pool.or(kept);
        let integration = integration::Entity::find_by_id(known.integration_id)
            .one(&app.db)
            .await?
            .ok_or(RewardError::IntegrationNotFound)?;
        problems.extend(fulfilment::check(&app.db, &integration, (fulfilment, pool)).await?);
        row.fulfilment = Set(fulfilment);
        row.pool_id = Set(pool);
    }
    if let Some(active) = changes.active {
        row.active = Set(active);
    }
    if !problems.is_empty() {
        return Err(RewardError::Invalid(problems));
    }
    row.version = Set(version + 1);
    row.updated_at = Set(app.clock.now());
    let after = row.clone().try_into_model()?;
    let unchanged = by_id.and(reward::Column::Version.eq(version));
    let txn = begin(&app.db).await?;
    let updated = reward::Entity::update_many()
        .set(row)
        .filter(unchanged)
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
