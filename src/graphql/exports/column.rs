//! Columns of exported files: how they are declared, and how values are written, as the API writes them.

use async_graphql::InputType;
use async_graphql::resolver_utils::{EnumType, enum_value};
use entity::{Cents, Instant};
use serde_json::Value;

use crate::graphql::types;

/// A column of a list's files: an enum of the API.
pub(in crate::graphql) trait Column<Row>: EnumType + InputType {
    /// A row's value.
    fn value(self, row: &Row) -> Value;
}

/// Declares the columns of a list.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident of $row:ty { $($(#[$about:meta])* $column:ident = $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        pub(in crate::graphql) enum $name { $($(#[$about])* $column,)* }

        impl $crate::graphql::exports::Column<$row> for $name {
            fn value(self, row: &$row) -> serde_json::Value {
                match self {
                    $(Self::$column => {
                        let value: fn(&$row) -> serde_json::Value = $value;
                        value(row)
                    })*
                }
            }
        }
    };
}
pub(super) use columns;

/// Declares that a list's rows have all that their columns need.
macro_rules! as_they_are {
    () => {
        async fn complete(
            _: &DatabaseTransaction,
            rows: Vec<Self::Row>,
            _: &[Self::Column],
            _: Instant,
        ) -> Result<Vec<Self::Row>, DbErr> {
            Ok(rows)
        }
    };
}
pub(super) use as_they_are;

/// What the file calls a column: `PLACED_AT` is `placedAt`, the name of the field.
fn name<C: EnumType>(column: C) -> String {
    let item = C::items().iter().find(|item| item.value == column);
    let mut words = item.map_or("", |item| item.name).split('_');
    let first = words.next().unwrap_or_default().to_lowercase();
    words.fold(first, |mut name, word| {
        let (head, tail) = word.split_at(1.min(word.len()));
        name.push_str(head);
        name.push_str(&tail.to_lowercase());
        name
    })
}

/// The names of the columns that are asked for; of all where none are named.
pub(in crate::graphql) fn names<C: EnumType>(columns: Option<Vec<C>>) -> Vec<String> {
    match columns {
        Some(columns) => columns.into_iter().map(name).collect(),
        None => C::items().iter().map(|item| name(item.value)).collect(),
    }
}

/// The columns with these names; none where one is not known.
pub(super) fn named<C: EnumType>(names: &[String]) -> Option<Vec<C>> {
    let find = |wanted: &String| {
        C::items()
            .iter()
            .map(|item| item.value)
            .find(|column| name(*column) == *wanted)
    };
    names.iter().map(find).collect()
}

/// A global id.
pub(super) fn id(id: impl std::fmt::Display) -> Value {
    id.to_string().into()
}

/// An instant.
pub(super) fn at(at: impl Into<Option<Instant>>) -> Value {
    at.into().map(|at| at.to_rfc3339()).into()
}

/// An amount of the store's currency.
pub(super) fn money(cents: impl Into<Option<Cents>>) -> Value {
    cents.into().map(Cents::to_decimal).into()
}

/// Hundredths of a per cent, as a decimal.
pub(super) fn percent(hundredths: Option<i32>) -> Value {
    hundredths.map(|hundredths| types::percent(hundredths).0).into()
}

/// One of a few values, by its name.
pub(super) fn choice<T: EnumType>(value: impl Into<T>) -> Value {
    enum_value(value.into()).into_json().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::exports::OrderColumn;

    #[test]
    fn columns_are_called_like_the_fields() {
        let all = names::<OrderColumn>(None);
        assert_eq!(all[..3], ["id", "number", "externalId"]);
        let some = names(Some(vec![OrderColumn::PlacedAt, OrderColumn::Id]));
        assert_eq!(some, ["placedAt", "id"]);
        assert_eq!(named(&some), Some(vec![OrderColumn::PlacedAt, OrderColumn::Id]));
        assert_eq!(named::<OrderColumn>(&["unheard".to_owned()]), None);
    }
}
