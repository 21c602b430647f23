//! Rows of which some columns were read: a list asks the database for what is shown of its rows and for no more.
//!
//! A row read so has, in the columns that were left out, values that say nothing. Who asks for columns must therefore
//! know which of them are looked at; whoever does not know asks for all.

use chrono::{DateTime, NaiveDate};
use sea_orm::{DbErr, QueryResult, TryGetable};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Cents, Instant, Points};

/// Some columns of a table, by their places in it; the first 64 can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// Every column.
    pub const ALL: Self = Self(u64::MAX);
    /// No column.
    pub const NONE: Self = Self(0);

    /// The column at a place, from 0.
    #[must_use]
    pub const fn at(place: u32) -> Self {
        Self(1 << place)
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// How many they are of a table that has so many.
    #[must_use]
    pub fn count(self, all: usize) -> usize {
        all.min(self.0.count_ones() as usize)
    }

    /// Whether the column at a place is one of them.
    #[must_use]
    pub const fn has(self, place: u32) -> bool {
        (self.0 >> place) & 1 == 1
    }
}

/// A table's row that can be read from some of its columns. Derived by `macros::Sparse`.
pub trait Sparse: Sized {
    /// The column with a name, in snake case or in camel case.
    fn column(name: &str) -> Option<Columns>;

    /// Reads a row of a statement that selects these columns first, in the table's order.
    fn read(row: &QueryResult, columns: Columns) -> Result<Self, DbErr>;
}

/// A value for a column that was not read.
pub trait Unread {
    /// It says nothing, and must not be looked at.
    fn unread() -> Self;
}

/// Takes the columns of a row one after the other.
#[derive(Debug)]
pub struct Cells<'a> {
    row: &'a QueryResult,
    columns: Columns,
    place: u32,
    taken: usize,
}

impl<'a> Cells<'a> {
    /// Those of a row in which these columns stand first.
    #[must_use]
    pub fn new(row: &'a QueryResult, columns: Columns) -> Self {
        Self {
            row,
            columns,
            place: 0,
            taken: 0,
        }
    }

    /// The value of the table's next column.
    pub fn take<T: TryGetable + Unread>(&mut self) -> Result<T, DbErr> {
        let place = self.place;
        self.place += 1;
        if !self.columns.has(place) {
            return Ok(T::unread());
        }
        self.taken += 1;
        self.row.try_get_by_index(self.taken - 1)
    }
}

impl<T> Unread for Option<T> {
    fn unread() -> Self {
        None
    }
}

macro_rules! unread {
    ($($kind:ty = $value:expr),* $(,)?) => {$(
        impl $crate::sparse::Unread for $kind {
            fn unread() -> Self {
                $value
            }
        }
    )*};
}
pub(crate) use unread;

unread! {
    bool = false,
    i32 = 0,
    i64 = 0,
    String = Self::new(),
    Json = Self::Null,
    Uuid = Self::nil(),
    Cents = Self::ZERO,
    Points = Self::ZERO,
    Instant = DateTime::UNIX_EPOCH,
    NaiveDate = Self::default(),
}
