use chrono::DateTime;
use entity::programme_version::Column;
use entity::{StoreId, UserId, ledger_entry, programme_version, store};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect};
use serde_json::json;

use super::ProgrammeError;
use super::check::check;
use super::rules::{Rules, channels};
use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};

/// What a version may say otherwise than the one before.
const RULES: [Column; 16] = [
    Column::Number,
    Column::StartsAt,
    Column::PointsPerRealMilli,
    Column::IncludeShipping,
    Column::MinimumOrderCents,
    Column::HoldDays,
    Column::ExpiryMonths,
    Column::GraceDays,
    Column::DebtPolicy,
    Column::ExcludedStatuses,
    Column::ExcludedChannels,
    Column::Multipliers,
    Column::ProductRates,
    Column::CategoryRates,
    Column::SignUpBonus,
    Column::BirthdayBonus,
];

/// Adds a version. It is in force from now on, so yesterday's sales keep their points; in a store
/// whose ledger is empty it is in force since always, so the sales that the first import finds are
/// judged by it.
pub async fn update(
    app: &App,
    store: StoreId,
    by: Option<UserId>,
    based_on: i32,
    rules: Rules,
) -> Result<programme_version::Model, ProgrammeError> {
    let txn = begin(&app.db).await?;
    let earning = check(&txn, store, &rules).await?;
    store::Entity::find_by_id(store)
        .lock(LockType::NoKeyUpdate)
        .one(&txn)
        .await?;
    let newest = programme_version::Entity::in_store(store)
        .order_by_desc(programme_version::Column::Number)
        .one(&txn)
        .await?;
    let current = newest.as_ref().map_or(0, |row| row.number);
    if current != based_on {
        return Err(ProgrammeError::Conflict { current });
    }
    let now = app.clock.now();
    let unused = ledger_entry::Entity::in_store(store).one(&txn).await?.is_none();
    let row = programme_version::Model {
        id: app.id(),
        store_id: store,
        number: current + 1,
        starts_at: if unused { DateTime::UNIX_EPOCH } else { now },
        points_per_real_milli: earning.points_per_real_milli,
        include_shipping: earning.include_shipping,
        minimum_order_cents: earning.minimum_order,
        hold_days: rules.hold_days,
        expiry_months: rules.expiry_months,
        grace_days: rules.grace_days,
        debt_policy: rules.debt_policy,
        excluded_statuses: json!(earning.excluded_statuses),
        excluded_channels: channels(&earning.excluded_channels),
        multipliers: json!(earning.multipliers),
        product_rates: json!(earning.product_rates),
        category_rates: json!(earning.category_rates),
        sign_up_bonus: rules.bonuses.sign_up,
        birthday_bonus: rules.bonuses.birthday,
        created_by: by,
        created_at: now,
    };
    let row = row.into_active_model().insert(&txn).await?;
    let changes = Changes::between(newest.as_ref(), &row, &RULES);
    audit::record(&txn, app, store, ("programme.update", row.id), changes).await?;
    txn.commit().await?;
    Ok(row)
}
