//! Reads pages of many lists with one statement: a `UNION ALL` of a limited query for each.
//!
//! Each part reads no more rows than its page has, along its index; a window function over all
//! parents' rows would read them all. Parts may differ in everything, cursors and filters included.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{
    Asterisk, BinOper, Expr, ExprTrait, IntoColumnRef, IntoValueTuple, Order, SelectStatement, UnionType,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, QueryResult, QueryTrait};

use super::connection::{List, PageRequest, RowOf};
use super::loaders::{Found, Loaders};

/// Parts of one statement. SQLite takes 500; a page has at most 100 parents.
const TOGETHER: usize = 100;

/// Names the part that a row comes from.
const PART: &str = "part";

/// A page of a list, and one row more where there are more.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PageOf<L: List> {
    pub(super) list: L,
    pub(super) request: PageRequest<L::Key>,
}

/// How many rows a list has in all.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CountOf<L>(pub(super) L);

impl<L: List> PageOf<L> {
    fn statement(&self) -> SelectStatement {
        let descends = self.list.descending();
        let (order, beyond, short_of) = if descends {
            (Order::Desc, BinOper::SmallerThan, BinOper::GreaterThan)
        } else {
            (Order::Asc, BinOper::GreaterThan, BinOper::SmallerThan)
        };
        // The last of a list are the first of it read backward.
        let order = match (self.request.backward, order) {
            (true, Order::Asc) => Order::Desc,
            (true, _) => Order::Asc,
            (false, order) => order,
        };
        let columns = self.list.columns();
        let mut rows = self.list.select().into_query();
        for (key, side) in [(&self.request.after, beyond), (&self.request.before, short_of)] {
            if let Some(key) = key {
                let place = key.clone().into_value_tuple().into_iter().map(Expr::val);
                let row = columns.iter().map(|column| column.into_expr());
                rows.and_where(Expr::tuple(row).binary(side, Expr::tuple(place)));
            }
        }
        for column in columns {
            rows.order_by_expr(column.into_expr(), order.clone());
        }
        rows.limit(self.request.size + 1);
        // SQLite limits a part only within parentheses of its own.
        SelectStatement::new()
            .column(("rows", Asterisk).into_column_ref())
            .from_subquery(rows, "rows")
            .to_owned()
    }
}

impl<L: List> CountOf<L> {
    fn statement(&self) -> SelectStatement {
        let mut rows = self.0.select().into_query();
        rows.clear_selects().expr_as(Expr::cust("COUNT(*)"), "total");
        rows
    }
}

/// The rows that come after a place in a list, in its order, at most so many; from the beginning without a place.
pub(super) async fn rows_after<L: List>(
    db: &impl ConnectionTrait,
    list: &L,
    place: Option<L::Key>,
    most: u64,
) -> Result<Vec<RowOf<L>>, DbErr> {
    let page = PageOf {
        list: list.clone(),
        request: PageRequest {
            // One more is read: see `PageOf`.
            size: most.saturating_sub(1),
            backward: false,
            after: place,
            before: None,
        },
    };
    let found = db.query_all(&page.statement()).await?;
    let rows: Result<Vec<_>, _> = found.iter().map(|row| RowOf::<L>::from_query_result(row, "")).collect();
    Ok(sorted(list, rows?))
}

/// How many rows a list has in all.
pub(super) async fn count<L: List>(db: &impl ConnectionTrait, list: &L) -> Result<i64, DbErr> {
    let row = db.query_one(&CountOf(list.clone()).statement()).await?;
    row.map_or(Ok(0), |row| row.try_get("", "total"))
}

/// Rows in their list's order: that of a subquery is not promised.
fn sorted<L: List>(list: &L, mut rows: Vec<RowOf<L>>) -> Vec<RowOf<L>> {
    rows.sort_by_cached_key(|row| list.key(row));
    if list.descending() {
        rows.reverse();
    }
    rows
}

impl<L: List> Loader<PageOf<L>> for Loaders {
    type Value = Vec<RowOf<L>>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[PageOf<L>]) -> Found<PageOf<L>, Self::Value> {
        let mut pages = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(TOGETHER) {
            let mut rows: Vec<Vec<RowOf<L>>> = keys.iter().map(|_| Vec::new()).collect();
            for (part, row) in read(&self.0.db, keys.iter().map(PageOf::statement)).await? {
                if let Some(page) = rows.get_mut(part) {
                    page.push(RowOf::<L>::from_query_result(&row, "")?);
                }
            }
            for (key, page) in keys.iter().zip(rows) {
                pages.insert(key.clone(), sorted(&key.list, page));
            }
        }
        Ok(pages)
    }
}

impl<L: List> Loader<CountOf<L>> for Loaders {
    type Value = i64;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[CountOf<L>]) -> Found<CountOf<L>, i64> {
        let mut totals = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(TOGETHER) {
            for (part, row) in read(&self.0.db, keys.iter().map(CountOf::statement)).await? {
                if let Some(key) = keys.get(part) {
                    totals.insert(key.clone(), row.try_get("", "total")?);
                }
            }
        }
        Ok(totals)
    }
}

/// Asks for all parts at once; each row comes with the place of its part.
async fn read(
    db: &DatabaseConnection,
    parts: impl Iterator<Item = SelectStatement>,
) -> Result<Vec<(usize, QueryResult)>, DbErr> {
    let numbered = parts.enumerate().map(|(place, mut part)| {
        part.expr_as(Expr::cust(place.to_string()), PART);
        part
    });
    let Some(statement) = numbered.reduce(|mut all, part| {
        all.union(UnionType::All, part);
        all
    }) else {
        return Ok(Vec::new());
    };
    let place = |row: &QueryResult| {
        row.try_get::<i32>("", PART)
            .map(|place| usize::try_from(place).unwrap_or(usize::MAX))
    };
    let rows = db.query_all(&statement).await?;
    rows.into_iter().map(|row| Ok((place(&row)?, row))).collect()
}
