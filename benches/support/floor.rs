//! The floor: the rows of an import written without thinking, by one multi-row statement per table and page.
//!
//! Building the statements and their values is part of the time, as it is for the import. Nothing is looked up,
//! compared or worked out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::TimeDelta;
use entity::{
    CustomerId, OrderId, customer, customer_source, import_run, integration, ledger_entry, order, order_line,
    point_lot, programme_version, store, user,
};
use fidelidade::app::App;
use fidelidade::db::begin;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, QueryOrder, Statement, Value,
};

use super::shop;

/// The rows that one page of an import wrote.
#[derive(Default)]
struct Page {
    customers: Vec<customer::Model>,
    sources: Vec<customer_source::Model>,
    orders: Vec<order::Model>,
    lines: Vec<order_line::Model>,
    entries: Vec<ledger_entry::Model>,
    lots: Vec<point_lot::Model>,
}

/// The rows that an import wrote, page by page, and those that they refer to.
pub(crate) struct Rows {
    user: user::Model,
    store: store::Model,
    integration: integration::Model,
    version: programme_version::Model,
    run: import_run::Model,
    pages: Vec<Page>,
}

impl Rows {
    /// Reads what an import of new orders wrote.
    pub(crate) async fn read(db: &impl ConnectionTrait, page: u64) -> anyhow::Result<Self> {
        let mut pages: Vec<Page> = Vec::new();
        let mut page_of: HashMap<OrderId, usize> = HashMap::new();
        let customers: HashMap<CustomerId, customer::Model> = customer::Entity::find()
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut sources: HashMap<CustomerId, customer_source::Model> = customer_source::Entity::find()
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.customer_id, row))
            .collect();
        for row in order::Entity::find().order_by_asc(order::Column::Id).all(db).await? {
            let number = usize::try_from(shop::order_of(&row.external_id).context("an order of the shop")? / page)?;
            if pages.len() <= number {
                pages.push(Page::default());
            }
            page_of.insert(row.id, number);
            let here = &mut pages[number];
            let buyer = row.customer_id.context("a known buyer")?;
            // A page writes a customer once, who is new or whose balance moved.
            let new = sources.remove(&buyer);
            let touched = new.is_some() || row.points.is_positive();
            here.sources.extend(new);
            if touched && !here.customers.iter().any(|known| known.id == buyer) {
                here.customers.extend(customers.get(&buyer).cloned());
            }
            here.orders.push(row);
        }
        for row in order_line::Entity::find().all(db).await? {
            pages[page_of[&row.order_id]].lines.push(row);
        }
        for row in ledger_entry::Entity::find()
            .order_by_asc(ledger_entry::Column::Id)
            .all(db)
            .await?
        {
            pages[page_of[&OrderId(row.source_id)]].entries.push(row);
        }
        for row in point_lot::Entity::find()
            .order_by_asc(point_lot::Column::Id)
            .all(db)
            .await?
        {
            pages[page_of[&row.order_id.context("a lot of an order")?]]
                .lots
                .push(row);
        }
        Ok(Self {
            user: user::Entity::find().one(db).await?.context("the owner")?,
            store: store::Entity::find().one(db).await?.context("the store")?,
            integration: integration::Entity::find().one(db).await?.context("the integration")?,
            version: programme_version::Entity::find()
                .one(db)
                .await?
                .context("the programme")?,
            run: import_run::Entity::find().one(db).await?.context("the run")?,
            pages,
        })
    }

    /// Writes them into a fresh database.
    pub(crate) async fn write(self, app: &App) -> anyhow::Result<Duration> {
        let run = import_run::Model {
            done: 0,
            created: 0,
            page_token: None,
            ..self.run
        };
        self.user.into_active_model().reset_all().insert(&app.db).await?;
        self.store.into_active_model().reset_all().insert(&app.db).await?;
        self.integration.into_active_model().reset_all().insert(&app.db).await?;
        self.version.into_active_model().reset_all().insert(&app.db).await?;
        let run = run.into_active_model().reset_all().insert(&app.db).await?;
        let began = Instant::now();
        for (number, page) in self.pages.iter().enumerate() {
            write_page(app, page, &run, number).await?;
        }
        Ok(began.elapsed())
    }
}

async fn write_page(app: &App, page: &Page, run: &import_run::Model, number: usize) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    let balance = " ON CONFLICT (id) DO UPDATE SET points_balance = excluded.points_balance";
    insert::<customer::Entity>(&txn, &page.customers, balance).await?;
    insert::<customer_source::Entity>(&txn, &page.sources, "").await?;
    insert::<order::Entity>(&txn, &page.orders, "").await?;
    insert::<order_line::Entity>(&txn, &page.lines, "").await?;
    insert::<ledger_entry::Entity>(&txn, &page.entries, "").await?;
    insert::<point_lot::Entity>(&txn, &page.lots, "").await?;
    let sql = match txn.get_database_backend() {
        DbBackend::Postgres => {
            "UPDATE import_runs SET done = done + $1, created = created + $2, page_token = $3, lease_until = $4 WHERE id = $5"
        }
        _ => {
            "UPDATE import_runs SET done = done + ?, created = created + ?, page_token = ?, lease_until = ? WHERE id = ?"
        }
    };
    let count = i64::try_from(page.orders.len()).unwrap_or(i64::MAX);
    let until = app.clock.now() + TimeDelta::seconds(60);
    let values: Vec<Value> = vec![
        count.into(),
        count.into(),
        number.to_string().into(),
        until.into(),
        run.id.into(),
    ];
    txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values))
        .await?;
    txn.commit().await
}

/// Writes rows with one statement.
async fn insert<E>(db: &impl ConnectionTrait, rows: &[E::Model], conflict: &str) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", E::default().as_str(), names.join(", "));
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * columns.len());
    let numbered = db.get_database_backend() == DbBackend::Postgres;
    for (place, row) in rows.iter().enumerate() {
        sql.push_str(if place == 0 { "(" } else { ", (" });
        for (place, column) in columns.iter().enumerate() {
            values.push(row.get(*column));
            let comma = if place == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _written = if numbered {
                write!(sql, "{comma}${}", values.len())
            } else {
                write!(sql, "{comma}?")
            };
        }
        sql.push(')');
    }
    sql.push_str(conflict);
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .await?;
    Ok(())
}
