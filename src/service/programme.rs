//! The programme: a store's rules of points, in versions that are never changed.

use chrono::DateTime;
use entity::programme_version::{self, DebtPolicy};
use entity::{Cents, Instant, StoreId, UserId, ledger_entry, store};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::app::App;
use crate::db::begin;
use crate::domain::settings::Problem;

/// A set of rules.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Points for one real, as a decimal with at most three places.
    pub points_per_real: String,
    /// Whether shipping earns points.
    pub include_shipping: bool,
    /// Sales with a smaller base give nothing.
    pub minimum_order: Cents,
    /// Days until points can be spent.
    pub hold_days: i32,
    /// Months until points expire.
    pub expiry_months: Option<i32>,
    /// What happens when points already spent must be taken back.
    pub debt_policy: DebtPolicy,
}

/// Why rules cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum ProgrammeError {
    /// Values that cannot be used.
    #[error("some rules cannot be used")]
    Invalid(Vec<Problem>),
    /// Somebody changed the rules meanwhile.
    #[error("the programme was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i32,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

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
    let rate = check(&rules)?;
    let txn = begin(&app.db).await?;
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
        points_per_real_milli: rate,
        include_shipping: rules.include_shipping,
        minimum_order_cents: rules.minimum_order,
        hold_days: rules.hold_days,
        expiry_months: rules.expiry_months,
        grace_days: newest.map_or(30, |row| row.grace_days),
        debt_policy: rules.debt_policy,
        created_by: by,
        created_at: now,
    };
    let row = row.into_active_model().insert(&txn).await?;
    txn.commit().await?;
    Ok(row)
}

/// The version in force at an instant.
pub async fn in_force(
    db: &impl ConnectionTrait,
    store: StoreId,
    at: Instant,
) -> Result<Option<programme_version::Model>, DbErr> {
    programme_version::Entity::in_store(store)
        .filter(programme_version::Column::StartsAt.lte(at))
        .order_by_desc(programme_version::Column::StartsAt)
        .order_by_desc(programme_version::Column::Number)
        .one(db)
        .await
}

fn check(rules: &Rules) -> Result<i64, ProgrammeError> {
    let mut problems = Vec::new();
    let mut wrong = |field, message: &str| {
        problems.push(Problem {
            field,
            code: "OUT_OF_RANGE",
            message: message.to_owned(),
        });
    };
    let rate = thousandths(&rules.points_per_real).filter(|rate| (0..=1_000_000).contains(rate));
    if rate.is_none() {
        wrong(
            "pointsPerReal",
            "must be 0 to 1000 with at most three decimals, for instance \"1\" or \"0.5\"",
        );
    }
    if rules.minimum_order < Cents::ZERO {
        wrong("minimumOrder", "cannot be negative");
    }
    if !(0..=365).contains(&rules.hold_days) {
        wrong("holdDays", "must be 0 to 365 days");
    }
    if rules.expiry_months.is_some_and(|months| !(1..=120).contains(&months)) {
        wrong(
            "expiryMonths",
            "must be 1 to 120 months; leave it out for points that never expire",
        );
    }
    match rate {
        Some(rate) if problems.is_empty() => Ok(rate),
        _ => Err(ProgrammeError::Invalid(problems)),
    }
}

/// A decimal as thousandths, exactly; none when it has more than three places.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::thousandths;

    #[test]
    fn rates_are_exact_thousandths() {
        assert_eq!(thousandths("1"), Some(1000));
        assert_eq!(thousandths("0.5"), Some(500));
        assert_eq!(thousandths("2.125"), Some(2125));
        for wrong in ["", "1.2345", "-1", "1,5", "x"] {
            assert_eq!(thousandths(wrong), None, "{wrong}");
        }
    }
}
