//! Many orders at once: copies of one, made by the database itself.

use entity::{OrderId, StoreId, order};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable, QueryFilter,
    Statement,
};

/// Copies an order so often. The copies have the numbers `B0000001` and on, and the order's time and customer.
pub(crate) async fn copies(db: &DatabaseConnection, id: OrderId, count: usize) {
    let backend = db.get_database_backend();
    let is_postgres = backend == DbBackend::Postgres;
    let (new_id, number, first) = if is_postgres {
        ("gen_random_uuid()", "'B' || lpad(n.i::text, 7, '0')", "$1")
    } else {
        ("randomblob(16)", "printf('B%07d', n.i)", "?")
    };
    let columns: Vec<&str> = order::Column::iter().map(|column| column.as_str()).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| match *column {
            "id" => new_id.to_owned(),
            "external_id" | "number" => number.to_owned(),
            column => format!("o.{column}"),
        })
        .collect();
    let sql = format!(
        "INSERT INTO orders ({}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT {} FROM orders o, n WHERE o.id = {first}",
        columns.join(", "),
        values.join(", ")
    );
    let copy = Statement::from_sql_and_values(backend, sql, [id.into()]);
    let copied = db.execute_raw(copy).await.unwrap().rows_affected();
    assert_eq!(copied, count as u64);
}

/// The one order of a store.
pub(crate) async fn order_of(db: &DatabaseConnection, store: StoreId) -> OrderId {
    order::Entity::in_store(store).one(db).await.unwrap().unwrap().id
}

/// Gives an order another number.
pub(crate) async fn rename(db: &DatabaseConnection, from: &str, to: &str) {
    let renamed = order::Entity::update_many()
        .col_expr(order::Column::Number, Expr::value(to))
        .filter(order::Column::Number.eq(from))
        .exec(db)
        .await
        .unwrap();
    assert_eq!(renamed.rows_affected, 1);
}
