//! The pages of one list for many customers, as one query of PostgreSQL: `CROSS JOIN LATERAL`.
//!
//! Those who were merged into a customer are that customer, so each customer's page is looked for among the rows of
//! several, along the index of each; who loads the pages takes the first of them all.

use entity::{Columns, CustomerId, customer};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, IntoColumnRef, JoinType, Query, SelectStatement, UnionType};

use super::connection::{List, OfOne};
use super::page_loader::{PART, PageOf};

/// Pages that differ in nothing but the customer.
pub(super) struct Parts<'a, L: List> {
    page: &'a PageOf<L>,
    one: OfOne<L>,
    customers: Vec<CustomerId>,
    /// The place of each one's page.
    places: Vec<i32>,
}

impl<'a, L: List> Parts<'a, L> {
    /// A first page.
    pub(super) fn new(page: &'a PageOf<L>, one: OfOne<L>, place: i32) -> Self {
        Self {
            customers: vec![one.customer],
            places: vec![place],
            page,
            one,
        }
    }

    /// Whether a page is one of them.
    pub(super) fn are_like(&self, page: &PageOf<L>) -> bool {
        self.page.request == page.request && self.page.list.is_like(&page.list)
    }

    /// Another customer's page.
    pub(super) fn add(&mut self, customer: CustomerId, place: i32) {
        self.customers.push(customer);
        self.places.push(place);
    }

    /// The customers and the places of their pages, as rows.
    fn wanted(&self) -> SelectStatement {
        let ids: Vec<uuid::Uuid> = self.customers.iter().map(|customer| customer.0).collect();
        Query::select()
            .expr_as(Expr::cust_with_values("unnest($1)", [ids]), ID)
            .expr_as(Expr::cust_with_values("unnest($1)", [self.places.clone()]), PART)
            .take()
    }

    /// The same with those who were merged into them.
    fn same(&self) -> SelectStatement {
        let merged = Query::select()
            .column((customer::Entity, customer::Column::Id))
            .column(("wanted", PART))
            .from_subquery(self.wanted(), "wanted")
            .join(
                JoinType::InnerJoin,
                customer::Entity,
                customer::Column::MergedIntoId.into_expr().eq(Expr::col(("wanted", ID))),
            )
            .and_where(customer::Column::StoreId.eq(self.one.store))
            .take();
        self.wanted().union(UnionType::All, merged).take()
    }
}

/// Names the customer whose rows are looked for.
const ID: &str = "id";

/// The rows of pages, each with the place of its page.
pub(super) fn of_customers<L: List>(parts: &Parts<'_, L>, wanted: Columns) -> SelectStatement {
    let mut rows = parts.page.rows(parts.page.list.of_all().select(), wanted);
    let column = (<L::Entity as Default>::default(), parts.one.column);
    rows.and_where(Expr::col(column).eq(Expr::col(("same", ID))));
    Query::select()
        .column(("rows", Asterisk).into_column_ref())
        .column(("same", PART))
        .from_subquery(parts.same(), "same")
        .join_lateral(JoinType::InnerJoin, rows, "rows", Expr::cust("TRUE"))
        .take()
}
