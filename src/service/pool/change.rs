//! Making pools and changing them.

use entity::{CouponPoolId, IntegrationId, StoreId, coupon_pool, integration};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::stock;
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;
use crate::platform::Kind;
use crate::service::audit::{self, Changes};
use crate::service::event::Origin;
use crate::service::idempotency::{self, Claim, Key, KeyError};

/// The highest threshold: so many rows of an index are read with each code that is handed out.
const MOST_LOW_STOCK: i32 = 10_000;

/// A pool to be made.
#[derive(Debug, Clone)]
pub struct NewPool {
    /// The shop in which its codes can be used.
    pub integration: IntegrationId,
    /// Its name.
    pub name: String,
    /// The owners are told when fewer codes than this are left; 0: never.
    pub low_stock: i32,
}

/// Changes of a pool; `None` leaves something as it is.
#[derive(Debug, Clone, Default)]
pub struct PoolChanges {
    /// Its name.
    pub name: Option<String>,
    /// The owners are told when fewer codes than this are left; 0: never.
    pub low_stock: Option<i32>,
}

/// Why a pool cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    IntegrationNotFound,
    /// There is no such pool in the store.
    #[error("there is no such pool")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("the pool was changed meanwhile (version {current}); read it again")]
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

/// What the audit log tells of a pool.
const TOLD: [coupon_pool::Column; 3] = [
    coupon_pool::Column::IntegrationId,
    coupon_pool::Column::Name,
    coupon_pool::Column::LowStock,
];

/// Makes a pool, with nothing in it.
pub async fn create(app: &App, store: StoreId, new: NewPool, key: Key) -> Result<CouponPoolId, PoolError> {
    let txn = begin(&app.db).await?;
    let id: CouponPoolId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(CouponPoolId(id));
    }
    let integration = integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(new.integration))
        .one(&txn)
        .await?
        .ok_or(PoolError::IntegrationNotFound)?;
    let mut problems = problems(Some(&new.name), Some(new.low_stock));
    if integration.platform.parse().is_ok_and(Kind::is_pushed) {
        problems.push(Problem {
            field: "integrationId",
            code: "UNSUPPORTED",
            message: "no coupon can be used there; name the integration with the shop's platform".to_owned(),
        });
    }
    if !problems.is_empty() {
        return Err(PoolError::Invalid(problems));
    }
    let now = app.clock.now();
    let row = coupon_pool::Model {
        id,
        store_id: store,
        integration_id: integration.id,
        name: new.name.trim().to_owned(),
        low_stock: new.low_stock,
        warned_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let changes = Changes::between(None, &row, &TOLD);
    row.into_active_model().insert(&txn).await?;
    audit::record(&txn, app, store, ("pool.create", id), changes).await?;
    txn.commit().await?;
    Ok(id)
}

/// Changes a pool, based on the version that the caller read.
pub async fn update(
    app: &App,
    (store, id): (StoreId, CouponPoolId),
    version: i64,
    changes: PoolChanges,
) -> Result<(), PoolError> {
    let problems = problems(changes.name.as_deref(), changes.low_stock);
    if !problems.is_empty() {
        return Err(PoolError::Invalid(problems));
    }
    let txn = begin(&app.db).await?;
    let known = coupon_pool::Entity::in_store(store)
        .filter(coupon_pool::Column::Id.eq(id))
        .one(&txn)
        .await?
        .ok_or(PoolError::NotFound)?;
    let now = app.clock.now();
    let after = coupon_pool::Model {
        name: changes.name.map_or(known.name.clone(), |name| name.trim().to_owned()),
        low_stock: changes.low_stock.unwrap_or(known.low_stock),
        updated_at: now,
        version: version + 1,
        ..known.clone()
    };
    let unchanged = coupon_pool::Column::Id
        .eq(id)
        .and(coupon_pool::Column::Version.eq(version));
    let updated = coupon_pool::Entity::update_many()
        .col_expr(coupon_pool::Column::Name, Expr::value(after.name.clone()))
        .col_expr(coupon_pool::Column::LowStock, Expr::value(after.low_stock))
        .col_expr(coupon_pool::Column::UpdatedAt, Expr::value(now))
        .col_expr(coupon_pool::Column::Version, Expr::value(after.version))
        .filter(unchanged)
        .exec(&txn)
        .await?;
    if updated.rows_affected == 0 {
        return Err(PoolError::Conflict { current: known.version });
    }
    // Who has warned before has done so for another threshold; a pool that never had a code is no news.
    if after.low_stock != known.low_stock && known.warned_at.is_some() {
        let origin = Origin::asked(app, store);
        stock::watch(&txn, app, &origin, &after).await?;
    }
    let changes = Changes::between(Some(&known), &after, &TOLD);
    audit::record(&txn, app, store, ("pool.update", id), changes).await?;
    txn.commit().await?;
    Ok(())
}

fn problems(name: Option<&str>, low_stock: Option<i32>) -> Vec<Problem> {
    let name = name.filter(|name| !(1..=120).contains(&name.trim().chars().count()));
    let name = name.map(|_| Problem {
        field: "name",
        code: "OUT_OF_RANGE",
        message: "the name must have 1 to 120 characters".to_owned(),
    });
    let low_stock = low_stock.filter(|codes| !(0..=MOST_LOW_STOCK).contains(codes));
    let low_stock = low_stock.map(|_| Problem {
        field: "lowStock",
        code: "OUT_OF_RANGE",
        message: format!("the threshold must be from 0 (never warn) to {MOST_LOW_STOCK}"),
    });
    name.into_iter().chain(low_stock).collect()
}
