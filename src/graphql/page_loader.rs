//! Reads pages of many lists with one statement: a `UNION ALL` of a limited query for each.
//!
//! Each part reads no more rows than its page has, along its index; a window function over all
//! parents' rows would read them all. Parts may differ in everything, cursors and filters included. On PostgreSQL,
//! those that differ in nothing but the customer are one part (`lateral`): its text is as short for a hundred
//! customers as for two, and it is planned once.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::Loader;
use entity::Columns;
use sea_orm::sea_query::{
    Asterisk, BinOper, Expr, ExprTrait, IntoColumnRef, IntoValueTuple, Order, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, FromQueryResult, Iterable,
    QueryResult, QuerySelect, QueryTrait, Select,
};

use super::connection::{List, PageRequest, RowOf};
use super::context::load;
use super::lateral::{Parts, of_customers};
use super::loaders::{Found, Loaders};

/// Parts of one statement. SQLite takes 500; a page has at most 100 parents.
const TOGETHER: usize = 100;

/// Names the part that a row comes from.
pub(super) const PART: &str = "part";

/// A page of a list, and one row more where there are more.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PageOf<L: List> {
    pub(super) list: L,
    pub(super) request: PageRequest<L::Key>,
    /// What is read of each row.
    pub(super) columns: Columns,
}

/// A page as loaders know it: they copy and hash their keys many times over, and a filter is large.
#[derive(Clone)]
pub(super) struct PageKey<L: List> {
    page: Arc<PageOf<L>>,
    hash: u64,
}

impl<L: List> PageKey<L> {
    fn new(page: Arc<PageOf<L>>) -> Self {
        let mut hasher = DefaultHasher::new();
        page.hash(&mut hasher);
        Self {
            hash: hasher.finish(),
            page,
        }
    }
}

impl<L: List> PartialEq for PageKey<L> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && (Arc::ptr_eq(&self.page, &other.page) || self.page == other.page)
    }
}

impl<L: List> Eq for PageKey<L> {}

impl<L: List> Hash for PageKey<L> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// How many rows a list has in all.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CountOf<L>(pub(super) L);

impl<L: List> PageOf<L> {
    /// The rows of the page among those of a list, which is this one's or that of all customers.
    pub(super) fn rows(&self, list: Select<L::Entity>, wanted: Columns) -> SelectStatement {
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
        let mut rows = narrowed::<L>(list, wanted).into_query();
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
        rows
    }

    fn statement(&self, wanted: Columns) -> SelectStatement {
        // SQLite limits a part only within parentheses of its own.
        SelectStatement::new()
            .column(("rows", Asterisk).into_column_ref())
            .from_subquery(self.rows(self.list.select(), wanted), "rows")
            .take()
    }
}

/// A list's rows with no more columns than are wanted.
fn narrowed<L: List>(list: Select<L::Entity>, wanted: Columns) -> Select<L::Entity> {
    if wanted == Columns::ALL {
        return list;
    }
    let all = <L::Entity as EntityTrait>::Column::iter().zip(0..);
    list.select_only()
        .columns(all.filter(|(_, place)| wanted.has(*place)).map(|(column, _)| column))
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
        columns: Columns::ALL,
    };
    let found = db.query_all(&page.statement(Columns::ALL)).await?;
    let rows: Result<Vec<_>, _> = found.iter().map(|row| RowOf::<L>::from_query_result(row, "")).collect();
    Ok(page.page(rows?))
}

/// How many rows a list has in all.
pub(super) async fn count<L: List>(db: &impl ConnectionTrait, list: &L) -> Result<i64, DbErr> {
    let row = db.query_one(&CountOf(list.clone()).statement()).await?;
    row.map_or(Ok(0), |row| row.try_get("", "total"))
}

impl<L: List> Loader<PageKey<L>> for Loaders {
    /// Shared, since it is handed on several times; whoever is its only reader in the end takes it.
    type Value = Arc<Vec<RowOf<L>>>;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[PageKey<L>]) -> Found<PageKey<L>, Self::Value> {
        let mut pages = HashMap::with_capacity(keys.len());
        // Parts of one statement have the same columns.
        let wanted = keys
            .iter()
            .map(|key| key.page.columns)
            .fold(Columns::NONE, Columns::and);
        for keys in keys.chunks(TOGETHER) {
            let all = <L::Entity as EntityTrait>::Column::iter().len();
            let width = wanted.count(all);
            let found = read(&self.0.db, parts(&self.0.db, keys, wanted), width).await?;
            // Rows are large to move: each page has its room from the start.
            let mut sizes = vec![0; keys.len()];
            for (part, _) in &found {
                if let Some(size) = sizes.get_mut(*part) {
                    *size += 1;
                }
            }
            let mut rows: Vec<Vec<RowOf<L>>> = sizes.into_iter().map(Vec::with_capacity).collect();
            for (part, row) in found {
                if let Some(page) = rows.get_mut(part) {
                    page.push(L::row(&row, wanted)?);
                }
            }
            for (key, rows) in keys.iter().zip(rows) {
                pages.insert(key.clone(), Arc::new(key.page.page(rows)));
            }
        }
        Ok(pages)
    }
}

/// Reads a page through the request's loaders.
pub(super) async fn load_page<L: List>(
    ctx: &Context<'_>,
    page: Arc<PageOf<L>>,
) -> async_graphql::Result<Vec<RowOf<L>>> {
    let rows = load(ctx, PageKey::new(page)).await?.unwrap_or_default();
    Ok(Arc::unwrap_or_clone(rows))
}

impl<L: List> PageOf<L> {
    /// The page of the rows that were found, whose order is not promised: they are more where a customer and those who were merged into it have
    /// rows.
    fn page(&self, mut rows: Vec<RowOf<L>>) -> Vec<RowOf<L>> {
        let most = usize::try_from(self.request.size + 1).unwrap_or(usize::MAX);
        let key = |row: &RowOf<L>| self.list.key(row);
        // Mostly they are sorted, and rows are large to move.
        if self.list.descending() {
            if !rows.is_sorted_by_key(|row| Reverse(key(row))) {
                rows.sort_by_cached_key(|row| Reverse(key(row)));
            }
        } else if !rows.is_sorted_by_key(key) {
            rows.sort_by_cached_key(key);
        }
        if self.request.backward {
            rows.drain(..rows.len().saturating_sub(most));
        } else {
            rows.truncate(most);
        }
        rows
    }
}

/// The statements that pages are read with: each for itself, or several customers' together.
fn parts<L: List>(db: &DatabaseConnection, keys: &[PageKey<L>], wanted: Columns) -> Vec<SelectStatement> {
    if db.get_database_backend() != DbBackend::Postgres {
        return numbered(keys.iter().map(|key| key.page.statement(wanted)).zip(0..));
    }
    let mut alone = Vec::new();
    let mut together: Vec<Parts<'_, L>> = Vec::new();
    for (key, part) in keys.iter().zip(0..) {
        match key.page.list.of_one() {
            None => alone.push((key.page.statement(wanted), part)),
            Some(one) => match together.iter_mut().find(|parts| parts.are_like(&key.page)) {
                Some(parts) => parts.add(one.customer, part),
                None => together.push(Parts::new(&key.page, one, part)),
            },
        }
    }
    let mut statements = numbered(alone.into_iter());
    statements.extend(together.iter().map(|parts| of_customers(parts, wanted)));
    statements
}

impl<L: List> Loader<CountOf<L>> for Loaders {
    type Value = i64;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[CountOf<L>]) -> Found<CountOf<L>, i64> {
        let mut totals = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(TOGETHER) {
            let statements = numbered(keys.iter().map(CountOf::statement).zip(0..));
            for (part, row) in read(&self.0.db, statements, 1).await? {
                if let Some(key) = keys.get(part) {
                    totals.insert(key.clone(), row.try_get("", "total")?);
                }
            }
        }
        Ok(totals)
    }
}

/// Statements whose rows tell which part they are of.
fn numbered(parts: impl Iterator<Item = (SelectStatement, i32)>) -> Vec<SelectStatement> {
    let numbered = parts.map(|(mut statement, part)| {
        statement.expr_as(Expr::cust(part.to_string()), PART);
        statement
    });
    numbered.collect()
}

/// Asks for all parts at once; each row comes with the place of its part, which stands after so many columns.
async fn read(
    db: &DatabaseConnection,
    statements: Vec<SelectStatement>,
    width: usize,
) -> Result<Vec<(usize, QueryResult)>, DbErr> {
    let Some(statement) = statements.into_iter().reduce(|mut all, part| {
        all.union(UnionType::All, part);
        all
    }) else {
        return Ok(Vec::new());
    };
    let place = |row: &QueryResult| {
        row.try_get_by_index::<i32>(width)
            .map(|place| usize::try_from(place).unwrap_or(usize::MAX))
    };
    let rows = db.query_all(&statement).await?;
    rows.into_iter().map(|row| Ok((place(&row)?, row))).collect()
}
