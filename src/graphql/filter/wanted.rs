//! What is asked of fields, as conditions on columns.

use async_graphql::{ID, InputType};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, Value};

use super::{DateTimeFilter, EnumFilter, IdFilter, IntFilter, StringFilter};

/// An id of any kind, as it is written.
pub(in crate::graphql) struct AnyId(String);

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
pub(in crate::graphql) fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

/// What is asked of some fields, as it is gathered.
#[derive(Default)]
pub(in crate::graphql) struct Wanted {
    /// What has to hold.
    pub(super) exprs: Vec<Expr>,
    /// How many values that asks for.
    pub(super) values: usize,
}

impl Wanted {
    fn add(&mut self, values: usize, expr: Expr) {
        self.exprs.push(expr);
        self.values += values;
    }

    /// That a condition holds, if it is asked for.
    pub(in crate::graphql) fn when(&mut self, expr: Option<Expr>) {
        if let Some(expr) = expr {
            self.add(1, expr);
        }
    }

    /// That a column is, or is not.
    pub(in crate::graphql) fn is(&mut self, column: impl ColumnTrait, wanted: Option<bool>) {
        self.when(wanted.map(|wanted| column.eq(wanted)));
    }

    /// That a column has a value, or has none.
    pub(in crate::graphql) fn is_set(&mut self, column: impl ColumnTrait, wanted: Option<bool>) {
        self.when(wanted.map(|wanted| if wanted { column.is_not_null() } else { column.is_null() }));
    }

    /// That a condition on another table's fields holds; `within` says how that table's rows belong to these.
    pub(in crate::graphql) fn elsewhere(
        &mut self,
        fields: impl FnOnce(&mut Self),
        within: impl FnOnce(Condition) -> Expr,
    ) {
        let mut there = Self::default();
        fields(&mut there);
        if !there.exprs.is_empty() {
            let all = there.exprs.into_iter().fold(Condition::all(), Condition::add);
            self.add(there.values, within(all));
        }
    }

    /// That a column has one of the ids.
    pub(in crate::graphql) fn id<T>(&mut self, column: impl ColumnTrait, filter: Option<&IdFilter>)
    where
        T: std::str::FromStr + Into<Value>,
    {
        self.ids(filter, |ids: Vec<T>| column.is_in(ids));
    }

    /// That a condition on ids holds. Texts that are no id of the kind are left out.
    pub(in crate::graphql) fn ids<T: std::str::FromStr>(
        &mut self,
        filter: Option<&IdFilter>,
        condition: impl Fn(Vec<T>) -> Expr,
    ) {
        let Some(filter) = filter else { return };
        let parsed = |ids: &[ID]| ids.iter().filter_map(|id| id.parse().ok()).collect();
        let one = filter.eq.as_ref().map(std::slice::from_ref);
        for ids in [one, filter.any.as_deref()].into_iter().flatten() {
            self.add(ids.len(), condition(parsed(ids)));
        }
    }

    /// That a text is what is asked for. Texts are brought into the column's form first; one that has none
    /// is not there.
    pub(in crate::graphql) fn text(
        &mut self,
        column: impl ColumnTrait,
        filter: Option<&StringFilter>,
        form: impl Fn(&str) -> Option<String>,
    ) {
        self.text_or_beginning(column, filter, &form, &form);
    }

    /// The same, where a beginning is brought into form otherwise than a whole text.
    pub(in crate::graphql) fn text_or_beginning(
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
    pub(in crate::graphql) fn at(&mut self, column: impl ColumnTrait, filter: Option<&DateTimeFilter>) {
        let Some(filter) = filter else { return };
        self.when(filter.gte.map(|at| column.gte(at)));
        self.when(filter.gt.map(|at| column.gt(at)));
        self.when(filter.lt.map(|at| column.lt(at)));
        self.when(filter.lte.map(|at| column.lte(at)));
    }

    /// That a number is in a range.
    pub(in crate::graphql) fn number(&mut self, column: impl ColumnTrait, filter: Option<&IntFilter>) {
        let Some(filter) = filter else { return };
        self.when(filter.eq.map(|number| column.eq(number)));
        self.when(filter.gte.map(|number| column.gte(number)));
        self.when(filter.gt.map(|number| column.gt(number)));
        self.when(filter.lt.map(|number| column.lt(number)));
        self.when(filter.lte.map(|number| column.lte(number)));
    }

    /// That a column has one of a few values.
    pub(in crate::graphql) fn choice<T, V>(
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
