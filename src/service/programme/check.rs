use std::collections::{BTreeSet, HashSet};

use entity::{Cents, Points, StoreId, integration, order_status};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::rules::{Period, Rate, Rules};
use crate::domain::earning::{EarningRules, Multiplier, ProductRate};
use crate::domain::settings::Problem;

/// Largest rate and factor, in thousandths.
const MAX_RATE: i64 = 1_000_000;
const MAX_FACTOR: i64 = 100_000;
/// Largest bonus.
const MAX_BONUS: i64 = 1_000_000;
/// Longest lists.
const MAX_PERIODS: usize = 100;
const MAX_RATES: usize = 100;
const MAX_SKUS: usize = 10_000;

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

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(Problem {
            field,
            code: "OUT_OF_RANGE",
            message: message.into(),
        });
    }
}

/// Checks rules, all of them at once, and gives what they say about earning.
pub(super) async fn check(
    db: &impl ConnectionTrait,
    store: StoreId,
    rules: &Rules,
) -> Result<EarningRules, ProgrammeError> {
    let mut problems = Problems::default();
    let rate = thousandths(&rules.points_per_real).filter(|rate| (0..=MAX_RATE).contains(rate));
    if rate.is_none() {
        problems.add(
            "pointsPerReal",
            "must be 0 to 1000 with at most three decimals, for instance \"1\" or \"0.5\"",
        );
    }
    numbers(rules, &mut problems);
    let earning = EarningRules {
        points_per_real_milli: rate.unwrap_or_default(),
        include_shipping: rules.include_shipping,
        minimum_order: rules.minimum_order,
        excluded_statuses: statuses(db, store, &rules.excluded_statuses, &mut problems).await?,
        excluded_channels: rules.excluded_channels.clone(),
        multipliers: multipliers(&rules.multipliers, &mut problems),
        product_rates: product_rates(&rules.product_rates, &mut problems),
    };
    if problems.0.is_empty() {
        Ok(earning)
    } else {
        Err(ProgrammeError::Invalid(problems.0))
    }
}

fn numbers(rules: &Rules, problems: &mut Problems) {
    if rules.minimum_order < Cents::ZERO {
        problems.add("minimumOrder", "cannot be negative");
    }
    if !(0..=365).contains(&rules.hold_days) {
        problems.add("holdDays", "must be 0 to 365 days");
    }
    if rules.expiry_months.is_some_and(|months| !(1..=120).contains(&months)) {
        problems.add(
            "expiryMonths",
            "must be 1 to 120 months; leave it out for points that never expire",
        );
    }
    if !(0..=365).contains(&rules.grace_days) {
        problems.add("graceDays", "must be 0 to 365 days");
    }
    let bonuses = [
        ("signUpBonus", rules.bonuses.sign_up),
        ("birthdayBonus", rules.bonuses.birthday),
    ];
    for (field, points) in bonuses {
        if !(Points::ZERO..=Points(MAX_BONUS)).contains(&points) {
            problems.add(field, format!("must be 0 to {MAX_BONUS} points; 0 gives none"));
        }
    }
}

/// The statuses must be of a shop of the store: a code that is mistyped would exclude nothing.
async fn statuses(
    db: &impl ConnectionTrait,
    store: StoreId,
    codes: &[String],
    problems: &mut Problems,
) -> Result<BTreeSet<String>, DbErr> {
    let codes: BTreeSet<String> = codes.iter().map(|code| code.trim().to_owned()).collect();
    if codes.is_empty() {
        return Ok(codes);
    }
    let shops = integration::Entity::in_store(store)
        .select_only()
        .column(integration::Column::Id)
        .into_query();
    let known: Vec<String> = order_status::Entity::find()
        .select_only()
        .column(order_status::Column::Code)
        .filter(order_status::Column::IntegrationId.in_subquery(shops))
        .into_tuple()
        .all(db)
        .await?;
    for code in codes.iter().filter(|code| !known.contains(code)) {
        problems.add(
            "excludedStatuses",
            format!("no shop of the store has a status '{code}'; read the integration's orderStatuses"),
        );
    }
    Ok(codes)
}

fn multipliers(periods: &[Period], problems: &mut Problems) -> Vec<Multiplier> {
    let field = "multipliers";
    if periods.len() > MAX_PERIODS {
        problems.add(field, format!("at most {MAX_PERIODS} periods"));
        return Vec::new();
    }
    let mut multipliers = Vec::with_capacity(periods.len());
    for (period, place) in periods.iter().zip(1..) {
        let factor = thousandths(&period.factor).filter(|factor| (1..=MAX_FACTOR).contains(factor));
        if factor.is_none() {
            problems.add(
                field,
                format!(
                    "the factor of period {place} must be more than 0 and at most 100, with at most three decimals"
                ),
            );
        }
        if period.starts_at >= period.ends_at {
            problems.add(field, format!("period {place} must end after it starts"));
        }
        multipliers.push(Multiplier {
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            factor_milli: factor.unwrap_or_default(),
        });
    }
    multipliers
}

fn product_rates(rates: &[Rate], problems: &mut Problems) -> Vec<ProductRate> {
    let field = "productRates";
    let count: usize = rates.iter().map(|rate| rate.skus.len()).sum();
    if rates.len() > MAX_RATES || count > MAX_SKUS {
        problems.add(field, format!("at most {MAX_RATES} rates and {MAX_SKUS} SKUs in all"));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(rates.len());
    for (rate, place) in rates.iter().zip(1..) {
        let milli = thousandths(&rate.points_per_real).filter(|milli| (0..=MAX_RATE).contains(milli));
        if milli.is_none() {
            problems.add(
                field,
                format!("the points of rate {place} must be 0 to 1000 with at most three decimals"),
            );
        }
        let skus: BTreeSet<String> = rate.skus.iter().map(|sku| sku.trim().to_owned()).collect();
        if skus.is_empty() || skus.iter().any(|sku| sku.is_empty() || sku.len() > 100) {
            problems.add(field, format!("rate {place} needs SKUs of 1 to 100 characters"));
        }
        for sku in &skus {
            if !seen.insert(sku.clone()) {
                problems.add(field, format!("SKU '{sku}' has two rates; name it once"));
            }
        }
        checked.push(ProductRate {
            skus,
            points_per_real_milli: milli.unwrap_or_default(),
        });
    }
    checked
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
