//! What every `where` is made of: operators on fields, and how they combine.
//!
//! Each list has an input of its own that names the fields that can be asked for; the operators are
//! the same everywhere. An operator that is left out, or null, asks for nothing. A value that nothing
//! can have, such as an id of another kind, finds nothing. How large a filter may be is checked
//! before anything is asked; lists turn it into conditions, and know the columns.

use async_graphql::{Enum, ID, InputObject, InputType};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, Value};

use super::error::coded;

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

/// Declares how a list that is sorted by age alone can be sorted.
macro_rules! by_age {
    ($($(#[$doc:meta])* $name:ident { $newest:ident, $oldest:ident })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
        pub(super) enum $name {
            /// The newest first.
            #[default]
            $newest,
            /// The oldest first.
            $oldest,
        }

        impl $name {
            /// Whether the newest come first.
            pub(super) fn descends(self) -> bool {
                self == Self::$newest
            }
        }
    )*};
}

by_age! {
    /// How stores are sorted.
    StoreSort { CreatedAtDesc, CreatedAtAsc }
    /// How integrations are sorted.
    IntegrationSort { CreatedAtDesc, CreatedAtAsc }
    /// How redemptions are sorted.
    RedemptionSort { RequestedAtDesc, RequestedAtAsc }
    /// How pools of codes are sorted.
    CouponPoolSort { CreatedAtDesc, CreatedAtAsc }
    /// How the codes of a pool are sorted: by when they came.
    PoolCodeSort { AddedAtDesc, AddedAtAsc }
    /// How exports are sorted.
    ExportRunSort { CreatedAtDesc, CreatedAtAsc }
    /// How import runs are sorted.
    ImportRunSort { CreatedAtDesc, CreatedAtAsc }
    /// How the lines of a statement are sorted.
    StatementSort { RecordedAtDesc, RecordedAtAsc }
    /// How lots are sorted.
    LotSort { RecordedAtDesc, RecordedAtAsc }
    /// How those who were merged into a customer are sorted: by when they were first seen.
    MergedCustomerSort { CreatedAtDesc, CreatedAtAsc }
    /// How invitations are sorted.
    InvitationSort { CreatedAtDesc, CreatedAtAsc }
    /// How API tokens are sorted.
    ApiTokenSort { CreatedAtDesc, CreatedAtAsc }
    /// How sessions are sorted.
    SessionSort { CreatedAtDesc, CreatedAtAsc }
    /// How the entries of the audit log are sorted.
    AuditSort { AtDesc, AtAsc }
    /// How jobs are sorted.
    JobSort { CreatedAtDesc, CreatedAtAsc }
    /// How webhooks are sorted.
    WebhookSort { CreatedAtDesc, CreatedAtAsc }
    /// How the deliveries of a webhook are sorted: by when they were made of their events.
    WebhookDeliverySort { CreatedAtDesc, CreatedAtAsc }
}

/// How the members of a store are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum MemberSort {
    /// Who came first is first.
    #[default]
    CreatedAtAsc,
    /// Who came last is first.
    CreatedAtDesc,
}

/// How the records that a run kept aside are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum ImportRejectSort {
    /// In the order in which they were met.
    #[default]
    MetAsc,
    /// The last one first.
    MetDesc,
}

/// How the differences that a run found are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum DifferenceSort {
    /// In the order in which they were found.
    #[default]
    FoundAsc,
    /// The last one first.
    FoundDesc,
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

/// An id of any kind, as it is written.
pub(super) struct AnyId(String);

impl std::str::FromStr for AnyId {
    type Err = ();

    /// PostgreSQL's texts have no such character, so it is the id of nothing.
    fn from_str(text: &str) -> Result<Self, ()> {
        if text.contains('\0') {
            Err(())
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl From<AnyId> for Value {
    fn from(id: AnyId) -> Self {
        id.0.into()
    }
}

/// A condition that nothing meets.
pub(super) fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

/// What is asked of some fields, as it is gathered.
#[derive(Default)]
pub(super) struct Wanted {
    exprs: Vec<Expr>,
    values: usize,
}

impl Wanted {
    fn add(&mut self, values: usize, expr: Expr) {
        self.exprs.push(expr);
        self.values += values;
    }

    /// That a condition holds, if it is asked for.
    pub(super) fn when(&mut self, expr: Option<Expr>) {
        if let Some(expr) = expr {
            self.add(1, expr);
        }
    }

    /// That a column is, or is not.
    pub(super) fn is(&mut self, column: impl ColumnTrait, wanted: Option<bool>) {
        self.when(wanted.map(|wanted| column.eq(wanted)));
    }

    /// That a column has a value, or has none.
    pub(super) fn is_set(&mut self, column: impl ColumnTrait, wanted: Option<bool>) {
        self.when(wanted.map(|wanted| if wanted { column.is_not_null() } else { column.is_null() }));
    }

    /// That a condition on another table's fields holds; `within` says how that table's rows belong to these.
    pub(super) fn elsewhere(&mut self, fields: impl FnOnce(&mut Self), within: impl FnOnce(Condition) -> Expr) {
        let mut there = Self::default();
        fields(&mut there);
        if !there.exprs.is_empty() {
            let all = there.exprs.into_iter().fold(Condition::all(), Condition::add);
            self.add(there.values, within(all));
        }
    }

    /// That a column has one of the ids.
    pub(super) fn id<T>(&mut self, column: impl ColumnTrait, filter: Option<&IdFilter>)
    where
        T: std::str::FromStr + Into<Value>,
    {
        self.ids(filter, |ids: Vec<T>| column.is_in(ids));
    }

    /// That a condition on ids holds. Texts that are no id of the kind are left out.
    pub(super) fn ids<T: std::str::FromStr>(&mut self, filter: Option<&IdFilter>, condition: impl Fn(Vec<T>) -> Expr) {
        let Some(filter) = filter else { return };
        let parsed = |ids: &[ID]| ids.iter().filter_map(|id| id.parse().ok()).collect();
        let one = filter.eq.as_ref().map(std::slice::from_ref);
        for ids in [one, filter.any.as_deref()].into_iter().flatten() {
            self.add(ids.len(), condition(parsed(ids)));
        }
    }

    /// That a text is what is asked for. Texts are brought into the column's form first; one that has none
    /// is not there.
    pub(super) fn text(
        &mut self,
        column: impl ColumnTrait,
        filter: Option<&StringFilter>,
        form: impl Fn(&str) -> Option<String>,
    ) {
        self.text_or_beginning(column, filter, &form, &form);
    }

    /// The same, where a beginning is brought into form otherwise than a whole text.
    pub(super) fn text_or_beginning(
        &mut self,
        column: impl ColumnTrait,
        filter: Option<&StringFilter>,
        form: impl Fn(&str) -> Option<String>,
        of_beginning: impl Fn(&str) -> Option<String>,
    ) {
        let Some(filter) = filter else { return };
        // PostgreSQL's texts have no such character.
        let form = |text: &str| form(text).filter(|text| !text.contains('\0'));
        let of_beginning = |text: &str| of_beginning(text).filter(|text| !text.contains('\0'));
        let one = filter.eq.as_ref().map(std::slice::from_ref);
        for texts in [one, filter.any.as_deref()].into_iter().flatten() {
            let texts: Vec<String> = texts.iter().filter_map(|text| form(text)).collect();
            self.add(texts.len(), column.is_in(texts));
        }
        if let Some(beginning) = filter.starts_with.as_deref().filter(|text| !text.is_empty()) {
            match of_beginning(beginning) {
                None => self.add(1, nothing()),
                Some(beginning) => {
                    let end = after_all_that_begin_with(&beginning);
                    self.add(1, column.gte(beginning));
                    self.when(end.map(|end| column.lt(end)));
                }
            }
        }
    }

    /// That an instant is in a range.
    pub(super) fn at(&mut self, column: impl ColumnTrait, filter: Option<&DateTimeFilter>) {
        let Some(filter) = filter else { return };
        self.when(filter.gte.map(|at| column.gte(at)));
        self.when(filter.gt.map(|at| column.gt(at)));
        self.when(filter.lt.map(|at| column.lt(at)));
        self.when(filter.lte.map(|at| column.lte(at)));
    }

    /// That a number is in a range.
    pub(super) fn number(&mut self, column: impl ColumnTrait, filter: Option<&IntFilter>) {
        let Some(filter) = filter else { return };
        self.when(filter.eq.map(|number| column.eq(number)));
        self.when(filter.gte.map(|number| column.gte(number)));
        self.when(filter.gt.map(|number| column.gt(number)));
        self.when(filter.lt.map(|number| column.lt(number)));
        self.when(filter.lte.map(|number| column.lte(number)));
    }

    /// That a column has one of a few values.
    pub(super) fn choice<T, V>(
        &mut self,
        column: impl ColumnTrait,
        filter: Option<&EnumFilter<T>>,
        stored: impl Fn(T) -> V,
    ) where
        T: InputType + Copy,
        V: Into<Value>,
    {
        let Some(filter) = filter else { return };
        let one = filter.eq.as_ref().map(std::slice::from_ref);
        for choices in [one, filter.any.as_deref()].into_iter().flatten() {
            let choices = choices.iter().map(|choice| stored(*choice));
            self.add(choices.len(), column.is_in(choices));
        }
    }
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

/// The least text, compared by bytes, that comes after all that begin with another; none after those that
/// begin with the greatest character only.
fn after_all_that_begin_with(beginning: &str) -> Option<String> {
    let mut letters: Vec<char> = beginning.chars().collect();
    while let Some(last) = letters.pop() {
        // Between these two there are no characters.
        let next = if last == '\u{d7ff}' {
            Some('\u{e000}')
        } else {
            char::from_u32(u32::from(last) + 1)
        };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after_all_that_begin_with as after;

    #[test]
    fn a_beginning_ends_where_other_texts_begin() {
        assert_eq!(after("ana").as_deref(), Some("anb"));
        assert_eq!(after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after("\u{10ffff}"), None);
        for longer in ["ana", "ana lima", "ana\u{10ffff}"] {
            assert!(("ana".to_owned()..after("ana").unwrap_or_default()).contains(&longer.to_owned()));
        }
    }
}
