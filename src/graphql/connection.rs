//! Relay connections over keyset pages.
//!
//! A page is read by the keys of the row it goes on from, so rows that come or go meanwhile neither
//! repeat nor hide others. One of `first` and `last` is required, 1 to 100.

use async_graphql::connection::{Connection, CursorType, Edge, OpaqueCursor};
use async_graphql::{Context, Object, OutputType};
use sea_orm::sea_query::{Expr, IntoValueTuple, SelectStatement};
use sea_orm::{ConnectionTrait, EntityTrait, IntoIdentity, QueryTrait, Select};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::ContextExt;
use super::error::{coded, fault};

/// Largest page.
pub(super) const MAX_PAGE: u64 = 100;

/// What a caller asks of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct PageArgs {
    pub(super) first: Option<i32>,
    pub(super) last: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) before: Option<String>,
}

/// A page's direction, size and place.
#[derive(Debug, Clone)]
pub(super) struct PageRequest<K> {
    pub(super) size: u64,
    pub(super) backward: bool,
    pub(super) after: Option<K>,
    pub(super) before: Option<K>,
}

impl PageArgs {
    /// Checks the arguments.
    pub(super) fn parse<K: DeserializeOwned + Serialize>(self) -> async_graphql::Result<PageRequest<K>> {
        let (size, backward) = match (self.first, self.last) {
            (Some(first), None) => (first, false),
            (None, Some(last)) => (last, true),
            _ => return Err(coded("BAD_PAGE", "give either first or last, from 1 to 100")),
        };
        let size = u64::try_from(size).ok().filter(|size| (1..=MAX_PAGE).contains(size));
        let size = size.ok_or_else(|| coded("BAD_PAGE", "first and last must be from 1 to 100"))?;
        let cursor = |text: Option<String>| {
            text.map(|text| OpaqueCursor::<K>::decode_cursor(&text).map(|cursor| cursor.0))
                .transpose()
                .map_err(|_| coded("BAD_CURSOR", "this cursor is not one of this connection"))
        };
        Ok(PageRequest {
            size,
            backward,
            after: cursor(self.after)?,
            before: cursor(self.before)?,
        })
    }
}

/// What a connection has beside its page.
pub(super) struct Totals {
    count: SelectStatement,
}

#[Object(name = "ConnectionTotals")]
impl Totals {
    /// How many there are in all, whatever the page. Counted when asked for: it costs a query.
    async fn total_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        let db = &ctx.app().db;
        let row = db.query_one(&self.count).await.map_err(fault)?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0)).map_err(fault)
    }
}

/// A connection of nodes.
pub(super) type Nodes<K, N> = Connection<OpaqueCursor<K>, N, Totals>;

/// How a list is ordered: the columns, which an index serves and which tell every row apart, and
/// the key that a row has by them.
pub(super) struct Order<C, M, K> {
    pub(super) columns: C,
    pub(super) descending: bool,
    pub(super) key: fn(&M) -> K,
}

/// Reads a page.
pub(super) async fn page<E, C, K, N>(
    ctx: &Context<'_>,
    select: Select<E>,
    order: Order<C, E::Model, K>,
    args: PageArgs,
    node: impl Fn(E::Model) -> N,
) -> async_graphql::Result<Nodes<K, N>>
where
    E: EntityTrait,
    E::Model: sea_orm::FromQueryResult + Sized + Send + Sync,
    C: IntoIdentity,
    K: IntoValueTuple + Serialize + DeserializeOwned + Send + Sync,
    N: OutputType,
{
    let request = args.parse::<K>()?;
    let count = SelectStatement::new()
        .expr(Expr::cust("COUNT(*)"))
        .from_subquery(select.clone().into_query(), "rows")
        .to_owned();
    let going_on = request.after.is_some() || request.before.is_some();
    let mut cursor = select.cursor_by(order.columns);
    if order.descending {
        cursor.desc();
    }
    if let Some(after) = request.after {
        cursor.after(after);
    }
    if let Some(before) = request.before {
        cursor.before(before);
    }
    // One more than asked for tells whether there are more.
    if request.backward {
        cursor.last(request.size + 1)
    } else {
        cursor.first(request.size + 1)
    };
    let mut rows = cursor.all(&ctx.app().db).await.map_err(fault)?;
    let more = rows.len() as u64 > request.size;
    if more {
        let surplus = if request.backward { 0 } else { rows.len() - 1 };
        rows.remove(surplus);
    }
    let (has_previous, has_next) = if request.backward {
        (more, going_on)
    } else {
        (going_on, more)
    };
    let mut connection = Connection::with_additional_fields(has_previous, has_next, Totals { count });
    connection.edges.extend(
        rows.into_iter()
            .map(|row| Edge::new(OpaqueCursor((order.key)(&row)), node(row))),
    );
    Ok(connection)
}
