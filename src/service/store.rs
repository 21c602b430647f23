//! Stores: the tenants, with their owner and the first version of their programme.

use chrono::DateTime;
use entity::membership::{self, Role};
use entity::order::Channel;
use entity::programme_version::{self, DebtPolicy};
use entity::{Cents, Points, StoreId, UserId, store};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::json;

use super::audit::{self, Changes};
use super::idempotency::{self, Claim, Key, KeyError};
use crate::app::App;
use crate::db::begin;

/// A store to be created.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its name.
    pub name: String,
    /// IANA zone of its days.
    pub time_zone: String,
    /// ISO 4217 code of its money.
    pub currency: String,
}

/// Why a store cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateStoreError {
    /// The name is empty or too long.
    #[error("the name must have 1 to 120 characters")]
    Name,
    /// There is no such zone.
    #[error("'{0}' is not an IANA time zone; for most of Brazil it is America/Sao_Paulo")]
    TimeZone(String),
    /// There is no such currency code.
    #[error("'{0}' is not an ISO 4217 code of three capitals; for Brazil it is BRL")]
    Currency(String),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Creates a store with its owner and its first programme: 1 point for R$ 1.00 of products less
/// discounts, at once spendable, never expiring.
pub async fn create(app: &App, owner: UserId, new: NewStore, key: Key) -> Result<StoreId, CreateStoreError> {
    let name = checked(&new.name).ok_or(CreateStoreError::Name)?;
    if new.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(CreateStoreError::TimeZone(new.time_zone));
    }
    if new.currency.len() != 3 || !new.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(CreateStoreError::Currency(new.currency));
    }
    let txn = begin(&app.db).await?;
    let id: StoreId = app.id();
    if let Claim::Done(id) = idempotency::claim(&txn, app, &key, id.0).await? {
        return Ok(StoreId(id));
    }
    let now = app.clock.now();
    let row = store::Model {
        id,
        name,
        time_zone: new.time_zone,
        currency: new.currency,
        created_at: now,
        version: 1,
    };
    row.into_active_model().insert(&txn).await?;
    membership::Model {
        store_id: id,
        user_id: owner,
        role: Role::Owner,
        created_at: now,
        version: 1,
    }
    .into_active_model()
    .insert(&txn)
    .await?;
    first_programme(&txn, app, id, owner).await?;
    audit::record(&txn, app, id, ("store.create", id), Changes::none()).await?;
    txn.commit().await?;
    Ok(id)
}

/// Why a store cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateStoreError {
    /// The name is empty or too long.
    #[error("the name must have 1 to 120 characters")]
    Name,
    /// Somebody changed the store meanwhile.
    #[error("the store was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Gives a store another name, based on the version that the caller read. Its time zone and currency stay: what was
/// given, promised and written down counts on them.
pub async fn rename(app: &App, id: StoreId, version: i64, name: &str) -> Result<(), UpdateStoreError> {
    let name = checked(name).ok_or(UpdateStoreError::Name)?;
    let txn = begin(&app.db).await?;
    let known = store::Entity::find_by_id(id).one(&txn).await?;
    let known = known.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?;
    let renamed = store::Entity::update_many()
        .col_expr(store::Column::Name, Expr::value(&name))
        .col_expr(store::Column::Version, Expr::value(version + 1))
        .filter(store::Column::Id.eq(id).and(store::Column::Version.eq(version)))
        .exec(&txn)
        .await?;
    if renamed.rows_affected == 0 {
        return Err(UpdateStoreError::Conflict { current: known.version });
    }
    let changes = Changes::none().field("name", known.name, name);
    audit::record(&txn, app, id, ("store.update", id), changes).await?;
    Ok(txn.commit().await?)
}

/// A name as it is kept, if it can be one.
fn checked(name: &str) -> Option<String> {
    let name = name.trim();
    (1..=120).contains(&name.chars().count()).then(|| name.to_owned())
}

async fn first_programme(db: &impl ConnectionTrait, app: &App, store: StoreId, owner: UserId) -> Result<(), DbErr> {
    let version = programme_version::Model {
        id: app.id(),
        store_id: store,
        number: 1,
        // Since always: the sales that the first import finds are judged by it.
        starts_at: DateTime::UNIX_EPOCH,
        points_per_real_milli: 1000,
        include_shipping: false,
        minimum_order_cents: Cents::ZERO,
        hold_days: 0,
        expiry_months: None,
        grace_days: 30,
        debt_policy: DebtPolicy::AllowDebt,
        excluded_statuses: json!([]),
        // Buyers on a marketplace are its customers, not the shop's.
        excluded_channels: json!([Channel::Marketplace.to_value()]),
        multipliers: json!([]),
        product_rates: json!([]),
        category_rates: json!([]),
        sign_up_bonus: Points::ZERO,
        birthday_bonus: Points::ZERO,
        created_by: Some(owner),
        created_at: app.clock.now(),
    };
    version.into_active_model().insert(db).await?;
    Ok(())
}
