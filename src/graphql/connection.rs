//! Relay connections over keyset pages.
//!
//! A page is read by the keys of the row it goes on from, so rows that come or go meanwhile neither
//! repeat nor hide others. One of `first` and `last` is required, 1 to 100. What is listed, and how
//! it is sorted, is a [`List`]; pages are read through a loader, so a connection below a hundred parents
//! costs what it costs below one.

use std::any::TypeId;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::connection::{CursorType, OpaqueCursor};
use async_graphql::{Context, Object, ObjectType, Pos, SelectionField};
use async_trait::async_trait;
use entity::{Columns, CustomerId, Sparse, StoreId};
use sea_orm::sea_query::IntoValueTuple;
use sea_orm::{DbErr, EntityTrait, FromQueryResult, IdenStatic as _, QueryResult, Select};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::load;
use super::error::coded;
use super::in_place::{InPlace, Plain};
use super::nodes::Nodes;
use super::page_loader::{CountOf, PageOf, load_page};

/// Largest page.
const MAX_PAGE: u64 = 100;

/// Rows of an entity in an order that tells every row apart.
pub(super) trait List: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is listed.
    type Entity: EntityTrait<Model: Sync>;
    /// A row's place in the order; it sorts as the columns do.
    type Key: IntoValueTuple + Serialize + DeserializeOwned + Clone + Ord + Hash + Send + Sync + 'static;

    /// Which rows.
    fn select(&self) -> Select<Self::Entity>;

    /// The columns that it is sorted by, which an index serves.
    fn columns(&self) -> Vec<<Self::Entity as EntityTrait>::Column>;

    /// Whether the greatest come first.
    fn descending(&self) -> bool {
        true
    }

    /// A row's values of the columns.
    fn key(&self, row: &<Self::Entity as EntityTrait>::Model) -> Self::Key;

    /// Whether a cursor's values are of these columns, where their types do not tell.
    fn knows(&self, _key: &Self::Key) -> bool {
        true
    }

    /// Which columns of a row a field of the API looks at, those of the row's place included; all where that is not
    /// known. Only a list that says so here reads less than whole rows.
    fn shown(&self, _field: &str) -> Columns {
        Columns::ALL
    }

    /// Reads a row in which these columns stand first.
    fn row(row: &QueryResult, _columns: Columns) -> Result<RowOf<Self>, DbErr> {
        RowOf::<Self>::from_query_result(row, "")
    }

    /// Whose rows they are, where the same list of many customers is read at once.
    fn of_one(&self) -> Option<OfOne<Self>> {
        None
    }

    /// The same list of all customers.
    fn of_all(&self) -> Self {
        self.clone()
    }

    /// Whether two lists differ in nothing but the customer.
    fn is_like(&self, other: &Self) -> bool {
        self == other
    }
}

/// A customer's part of a list.
pub(super) struct OfOne<L: List> {
    pub(super) store: StoreId,
    pub(super) customer: CustomerId,
    /// Which customer a row is of.
    pub(super) column: <L::Entity as EntityTrait>::Column,
}

/// The columns that a field of a row's own values looks at: the one with its name, or with the name that it has in the
/// table, beside those that tell where the row belongs. A field that is not among them may look at anything.
pub(super) fn shown<L: List>(list: &L, field: &str, names: &[(&str, &str)]) -> Columns
where
    RowOf<L>: Sparse,
{
    let column = |name: &str| RowOf::<L>::column(name);
    let renamed = names
        .iter()
        .find(|(known, _)| *known == field)
        .map(|(_, column)| *column);
    let Some(own) = column(renamed.unwrap_or(field)) else {
        return Columns::ALL;
    };
    let place = list.columns();
    let place = place.iter().filter_map(|one| column(one.as_str()));
    place
        .chain(["id", "store_id"].into_iter().filter_map(column))
        .fold(own, Columns::and)
}

/// What the pages of a request look at, by the place in the document where they are asked for: a list below a hundred
/// parents finds it out once. What stands in one place has the same arguments below each parent.
#[derive(Default)]
pub(super) struct Looks(Mutex<Vec<((Pos, TypeId), Columns)>>);

impl Looks {
    fn at<L: List>(&self, ctx: &Context<'_>, list: &L) -> Columns {
        let place = (ctx.item.pos, TypeId::of::<L>());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, columns)) = known.iter().find(|(one, _)| *one == place) {
            return *columns;
        }
        let columns = looked_at(ctx, list);
        known.push((place, columns));
        columns
    }
}

/// What a page's fields look at in each of its rows.
fn looked_at<L: List>(ctx: &Context<'_>, list: &L) -> Columns {
    let mut columns = list.shown("id");
    for field in ctx.field().selection_set() {
        let below = match field.name() {
            "nodes" => vec![field],
            "edges" => field.selection_set().filter(|one| one.name() == "node").collect(),
            _ => Vec::new(),
        };
        for shown in below.iter().flat_map(SelectionField::selection_set) {
            if shown.name() != "__typename" {
                columns = columns.and(list.shown(shown.name()));
            }
        }
    }
    columns
}

/// What a list is made of.
pub(super) type RowOf<L> = <<L as List>::Entity as EntityTrait>::Model;

/// What a caller asks of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct PageArgs {
    pub(super) first: Option<i32>,
    pub(super) last: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) before: Option<String>,
}

/// A page's direction, size and place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PageRequest<K> {
    pub(super) size: u64,
    pub(super) backward: bool,
    pub(super) after: Option<K>,
    pub(super) before: Option<K>,
}

impl PageArgs {
    /// Checks the arguments.
    fn parse<K: DeserializeOwned + Serialize>(self) -> async_graphql::Result<PageRequest<K>> {
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
pub(super) struct Totals(Box<dyn Count>);

/// Something that can be counted when it is asked for.
#[async_trait]
trait Count: Send + Sync {
    async fn count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64>;
}

#[async_trait]
impl<L: List> Count for Arc<PageOf<L>> {
    async fn count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        Ok(load(ctx, CountOf(self.list.clone())).await?.unwrap_or_default())
    }
}

#[Object(name = "ConnectionTotals")]
impl Totals {
    /// How many there are in all, whatever the page. Counted when asked for: it costs a query.
    async fn total_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        self.0.count(ctx).await
    }
}

/// Reads a page.
pub(super) async fn page<L: List, N: ObjectType + Plain>(
    ctx: &Context<'_>,
    list: L,
    args: PageArgs,
    node: impl Fn(RowOf<L>) -> N,
) -> async_graphql::Result<Nodes<L::Key, N>> {
    let request = args.parse::<L::Key>()?;
    if ![&request.after, &request.before]
        .into_iter()
        .flatten()
        .all(|key| list.knows(key))
    {
        return Err(coded("BAD_CURSOR", "this cursor is not one of this connection"));
    }
    let (size, backward) = (request.size, request.backward);
    let going_on = request.after.is_some() || request.before.is_some();
    let columns = ctx.data_unchecked::<Looks>().at(ctx, &list);
    let wanted = Arc::new(PageOf { list, request, columns });
    let mut rows = load_page(ctx, Arc::clone(&wanted)).await?;
    // One more than asked for is read: it tells whether there are more.
    let more = rows.len() as u64 > size;
    if more {
        rows.remove(if backward { 0 } else { rows.len() - 1 });
    }
    let (has_previous, has_next) = if backward { (more, going_on) } else { (going_on, more) };
    Ok(Nodes {
        keys: rows.iter().map(|row| wanted.list.key(row)).collect(),
        page: rows.into_iter().map(|row| InPlace(node(row))).collect(),
        has_previous,
        has_next,
        totals: Totals(Box::new(wanted)),
    })
}

/// A list's first rows, as many as a page has at most: for fields that are no connections.
pub(super) async fn beginning<L: List>(ctx: &Context<'_>, list: L) -> async_graphql::Result<Vec<RowOf<L>>> {
    let request = PageRequest {
        size: MAX_PAGE,
        backward: false,
        after: None,
        before: None,
    };
    let wanted = PageOf {
        list,
        request,
        columns: Columns::ALL,
    };
    let mut rows = load_page(ctx, Arc::new(wanted)).await?;
    rows.truncate(usize::try_from(MAX_PAGE).unwrap_or(usize::MAX));
    Ok(rows)
}

/// The one row that was made first of those that a lookup finds.
pub(super) async fn oldest<L: List>(ctx: &Context<'_>, list: L) -> async_graphql::Result<Option<RowOf<L>>> {
    let request = PageRequest {
        size: 1,
        backward: list.descending(),
        after: None,
        before: None,
    };
    let wanted = Arc::new(PageOf {
        list,
        request,
        columns: Columns::ALL,
    });
    let rows = load_page(ctx, Arc::clone(&wanted)).await?;
    // Two are read, in the list's order.
    Ok(rows.into_iter().min_by_key(|row| wanted.list.key(row)))
}
