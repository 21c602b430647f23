//! What every `where` is made of: operators on fields, and how they combine.
//!
//! Each list has an input of its own that names the fields that can be asked for; the operators are
//! the same everywhere. An operator that is left out, or null, asks for nothing. A value that nothing
//! can have, such as an id of another kind, finds nothing. How large a filter may be is checked
//! before anything is asked; lists turn it into conditions, and know the columns.

mod wanted;

use async_graphql::{ID, InputObject, InputType};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr};

use super::error::coded;
pub(super) use wanted::{AnyId, Wanted, nothing};

/// How deep `and` and `or` go.
const MAX_DEPTH: usize = 3;

/// Most values in a filter, all its parts together.
const MAX_VALUES: usize = 100;

/// Which ids.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct IdFilter {
    /// Exactly this one.
    eq: Option<ID>,
    /// One of these. An empty list finds nothing.
    #[graphql(name = "in")]
    any: Option<Vec<ID>>,
}

/// Which texts.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct StringFilter {
    /// Exactly this one.
    eq: Option<String>,
    /// One of these. An empty list finds nothing.
    #[graphql(name = "in")]
    any: Option<Vec<String>>,
    /// Beginning with this.
    starts_with: Option<String>,
}

/// Which instants.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct DateTimeFilter {
    /// At or after.
    gte: Option<DateTime<Utc>>,
    /// After.
    gt: Option<DateTime<Utc>>,
    /// Before.
    lt: Option<DateTime<Utc>>,
    /// At or before.
    lte: Option<DateTime<Utc>>,
}

/// Which numbers.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct IntFilter {
    /// Exactly this one.
    eq: Option<i64>,
    /// This or more.
    gte: Option<i64>,
    /// More than this.
    gt: Option<i64>,
    /// Less than this.
    lt: Option<i64>,
    /// This or less.
    lte: Option<i64>,
}

/// Which of a few values.
#[derive(InputObject, Debug, Clone, PartialEq, Eq, Hash)]
#[graphql(concrete(name = "CouponStateFilter", params(super::types::CouponState)))]
#[graphql(concrete(name = "DifferenceKindFilter", params(super::types::DifferenceKind)))]
#[graphql(concrete(name = "DifferenceRepairFilter", params(super::types::DifferenceRepair)))]
#[graphql(concrete(name = "DifferenceStateFilter", params(super::types::DifferenceState)))]
#[graphql(concrete(name = "ExportListFilter", params(super::types::ExportList)))]
#[graphql(concrete(name = "ExportStateFilter", params(super::types::ExportStateName)))]
#[graphql(concrete(name = "FulfilmentStateFilter", params(super::types::FulfilmentState)))]
#[graphql(concrete(name = "ImportKindFilter", params(super::types::ImportKind)))]
#[graphql(concrete(name = "ImportStateFilter", params(super::types::ImportState)))]
#[graphql(concrete(name = "ImportTriggerFilter", params(super::types::ImportTrigger)))]
#[graphql(concrete(name = "JobKindFilter", params(super::types::JobKind)))]
#[graphql(concrete(name = "JobStateFilter", params(super::types::JobState)))]
#[graphql(concrete(name = "LedgerEntryKindFilter", params(super::types::LedgerEntryKind)))]
#[graphql(concrete(name = "PlatformKindFilter", params(super::types::PlatformKind)))]
#[graphql(concrete(name = "PoolCodeStateFilter", params(super::types::PoolCodeState)))]
#[graphql(concrete(name = "RedemptionStateFilter", params(super::types::RedemptionState)))]
#[graphql(concrete(name = "RewardKindFilter", params(super::types::RewardKind)))]
#[graphql(concrete(name = "RoleFilter", params(super::types::Role)))]
#[graphql(concrete(name = "WebhookDeliveryStateFilter", params(super::types::DeliveryState)))]
#[graphql(concrete(name = "WebhookStateFilter", params(super::types::WebhookState)))]
pub(super) struct EnumFilter<T: InputType> {
    /// Exactly this one.
    eq: Option<T>,
    /// One of these. An empty list finds nothing.
    #[graphql(name = "in")]
    any: Option<Vec<T>>,
}

/// A `where` of some list.
pub(super) trait Where: Sized {
    /// What its ids are looked up in: a store, or nothing.
    type Scope: Copy;

    /// What is asked of the fields that are named here.
    fn own(&self, scope: Self::Scope, wanted: &mut Wanted);
    /// All of these have to hold too.
    fn and(&self) -> &[Self];
    /// One of these has to hold too; none: whatever.
    fn or(&self) -> Option<&[Self]>;
}

/// The condition that a filter is.
pub(super) fn condition<F: Where>(filter: &F, scope: F::Scope) -> Condition {
    let mut wanted = Wanted::default();
    filter.own(scope, &mut wanted);
    let mut all = Condition::all();
    for expr in wanted.exprs {
        all = all.add(expr);
    }
    for part in filter.and() {
        all = all.add(condition(part, scope));
    }
    if let Some(parts) = filter.or() {
        let mut any = Condition::any().add(nothing());
        for part in parts {
            any = any.add(condition(part, scope));
        }
        all = all.add(any);
    }
    // An empty part is true, and not nothing.
    if all.is_empty() {
        all.add(Expr::cust("1 = 1"))
    } else {
        all
    }
}

/// Refuses a filter that is larger than a database should be asked.
pub(super) fn checked<F: Where + Default>(filter: Option<F>, scope: F::Scope) -> async_graphql::Result<F> {
    let filter = filter.unwrap_or_default();
    match measure(&filter, scope, 1) {
        Some(values) if values <= MAX_VALUES => Ok(filter),
        Some(_) => Err(coded("BAD_FILTER", format!("a filter has at most {MAX_VALUES} values"))),
        None => Err(coded("BAD_FILTER", format!("and and or go at most {MAX_DEPTH} deep"))),
    }
}

/// How many values a filter has; none when it is too deep.
fn measure<F: Where>(filter: &F, scope: F::Scope, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut wanted = Wanted::default();
    filter.own(scope, &mut wanted);
    let parts = filter.and().iter().chain(filter.or().unwrap_or_default());
    // A part without a value is one too: a thousand of them are a large question.
    parts.into_iter().try_fold(wanted.values.max(1), |sum, part| {
        Some(sum + measure(part, scope, depth + 1)?)
    })
}

impl IdFilter {
    /// Whether it asks for anything.
    pub(super) fn names_some(&self) -> bool {
        self.eq.is_some() || self.any.is_some()
    }
}

impl StringFilter {
    /// Exactly one, or one of some, as far as they are asked for.
    pub(super) fn one_of(eq: Option<String>, any: Option<Vec<String>>) -> Self {
        let starts_with = None;
        Self { eq, any, starts_with }
    }

    /// Exactly this one.
    pub(super) fn is(text: impl Into<String>) -> Self {
        Self {
            eq: Some(text.into()),
            ..Self::default()
        }
    }
}
