//! A row's place in a list that can be sorted in several ways: what it is sorted by, the values, and
//! the id, which tells all rows apart. Its text is the cursor.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use sea_orm::sea_query::ValueTuple;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A value that rows are sorted by. Texts are compared by bytes, as the columns are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum By {
    /// An instant.
    #[serde(rename = "t")]
    At(DateTime<Utc>),
    /// A number.
    #[serde(rename = "n")]
    Number(i64),
    /// A text.
    #[serde(rename = "s")]
    Text(String),
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Place {
    /// What the list is sorted by: a cursor of another sort is not one of this list.
    #[serde(rename = "k")]
    sorted: String,
    #[serde(rename = "v")]
    by: By,
    id: Uuid,
}

impl Place {
    /// The place of the row with an id.
    pub(super) fn new(sorted: &str, by: By, id: Uuid) -> Self {
        Self {
            sorted: sorted.to_owned(),
            by,
            id,
        }
    }

    /// Whether it is a place of a list that is sorted so.
    pub(super) fn is_of(&self, sorted: &str) -> bool {
        // Who makes cursors up must not reach the database with a text that it cannot hold.
        self.sorted == sorted && !matches!(&self.by, By::Text(text) if text.contains('\0'))
    }
}

impl From<Place> for ValueTuple {
    fn from(place: Place) -> Self {
        let by = match place.by {
            By::At(at) => Value::from(at),
            By::Number(number) => Value::from(number),
            By::Text(text) => Value::from(text),
        };
        Self::Two(by, place.id.into())
    }
}
