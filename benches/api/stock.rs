//! A store with many customers, their sales and their coupons, written past the program.

use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{StoreId, UserId};
use fidelidade::access::{Scope, create_user};
use fidelidade::app::App;
use fidelidade::service::idempotency::Key;
use fidelidade::service::store::{self, NewStore};
use fidelidade::service::token::{self, TokenRequest};
use sea_orm::ConnectionTrait;

/// Sales of a customer.
pub(crate) const ORDERS: u64 = 5;

/// When the first customer came; each second another does, and somebody buys.
pub(crate) const BEGAN: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The store and what opens it.
pub(crate) struct Stock {
    pub(crate) store: StoreId,
    pub(crate) customers: u64,
    /// An API token that may read.
    pub(crate) token: String,
}

/// Beside what the program made: an integration, a reward, and for each customer sales and up to two coupons. Ids grow
/// with time, as the program's do. A customer's sales lie far apart, since others buy meanwhile.
const FILL: [&str; 6] = [
    "INSERT INTO integrations (id, store_id, platform, name, credentials, credentials_state, shop_id, \
     coupon_validity_days, reward_skus, reward_points_per_hundred, awarding_statuses, register_customers, \
     register_sales, active, activated_at, import_days_back, created_at, version) \
     SELECT {id(1)}, {store}, 'magazord', '', '', 'accepted', '1', 365, '[]', 2000, '[\"4\"]', true, true, true, \
     {began}, 365, {began}, 1",
    "INSERT INTO rewards (id, store_id, integration_id, kind, name, points, amount_cents, active, created_at, \
     updated_at, version) \
     SELECT {id(1)}, {store}, {id(1)}, 'amount_off', 'R$ 5 de desconto', 100, 500, true, {began}, {began}, 1",
    "INSERT INTO customers (id, store_id, name, name_key, email, document, document_invalid, points_balance, \
     points_reserved, points_debt, created_at, updated_at) \
     SELECT {id(n)}, {store}, 'Cliente Número ' || n || ' de Souza', 'cliente numero ' || n || ' de souza', \
     'cliente.' || n || '@correio.example', lpad(n::text, 11, '0'), false, 500, 0, 0, {began} + n * {second}, \
     {began} + n * {second} \
     FROM generate_series(1::bigint, {customers}) AS n",
    "INSERT INTO orders (id, store_id, integration_id, external_id, number, customer_id, status_code, status_class, \
     placed_at, products_cents, discount_cents, shipping_cents, surcharge_cents, total_cents, refunded_cents, \
     credit_cents, channel, categories, complete, fingerprint, awarded_at, points, postings, created_at, updated_at) \
     SELECT {id(n)}, {store}, {id(1)}, n::text, n::text, {id(1 + n % {customers})}, '4', 'earning', \
     {began} + n * {second}, 10000 + n % 990, 0, 1500, 0, 11500 + n % 990, 0, 0, 'site', '{}', true, md5(n::text), \
     {began} + n * {second}, 100 + n % 9, 1, {began} + n * {second}, {began} + n * {second} \
     FROM generate_series(1::bigint, {orders} * {customers}) AS n",
    "INSERT INTO redemptions (id, store_id, customer_id, reward_id, points, state, actor, requested_at, finished_at) \
     SELECT {id(n)}, {store}, {id(n % {customers} + 1 - n % 2)}, {id(1)}, 100, 'completed', 'a bench', \
     {began} + n * {second}, {began} + n * {second} \
     FROM generate_series(1::bigint, {customers}) AS n",
    "INSERT INTO coupons (id, store_id, integration_id, redemption_id, customer_id, code, state, kind, amount_cents, \
     valid_from, valid_until, external_id, attempts, outcome_unknown, created_at, activated_at) \
     SELECT id, store_id, {id(1)}, id, customer_id, 'B' || upper(substr(md5(id::text), 1, 12)), 'active', \
     'amount_off', 500, requested_at, requested_at + 31536000 * {second}, md5(id::text), 1, false, requested_at, \
     requested_at \
     FROM redemptions",
];

impl Stock {
    /// Fills a fresh database.
    pub(crate) async fn fill(app: &App, customers: u64) -> anyhow::Result<Self> {
        let began = Instant::now();
        let owner = create_user(app, "dona@loja.example", "Dona", "uma senha qualquer".into()).await?;
        let new = NewStore {
            name: "Loja".to_owned(),
            time_zone: "America/Sao_Paulo".to_owned(),
            currency: "BRL".to_owned(),
        };
        let key = Key::new(owner.to_string(), "store".to_owned(), "createStore", &new.name)?;
        let store = store::create(app, owner, new, key).await?;
        for statement in FILL {
            app.db.execute_unprepared(&written(statement, store, customers)).await?;
        }
        app.db.execute_unprepared("VACUUM ANALYZE").await?;
        let token = token(app, owner, store).await?;
        println!(
            "{customers} customers and {} orders in {:.0} s",
            customers * ORDERS,
            began.elapsed().as_secs_f64()
        );
        Ok(Self {
            store,
            customers,
            token,
        })
    }
}

/// The instant just before which customer `number` came, of whom all pages of 50 are full.
pub(crate) fn before(number: u64) -> DateTime<Utc> {
    BEGAN + TimeDelta::seconds(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A statement with the ids, times and counts that stand for its words in braces.
fn written(statement: &str, store: StoreId, customers: u64) -> String {
    let mut text = statement
        .replace("{customers}", &customers.to_string())
        .replace("{orders}", &ORDERS.to_string())
        .replace("{store}", &format!("'{}'::uuid", store.0))
        .replace("{began}", &format!("'{}'::timestamptz", BEGAN.to_rfc3339()))
        .replace("{second}", "interval '1 second'");
    while let Some((before, rest)) = text.split_once("{id(") {
        let Some((number, after)) = rest.split_once(")}") else {
            break;
        };
        text = format!("{before}lpad(({number})::text, 32, '0')::uuid{after}");
    }
    text
}

async fn token(app: &App, by: UserId, store: StoreId) -> anyhow::Result<String> {
    let request = TokenRequest {
        stores: vec![store],
        by,
        name: "a bench".to_owned(),
        scopes: Scope::all().collect(),
        expires_at: None,
    };
    let made = token::create(app, request, None).await?;
    made.secret.context("a new token is shown once")
}
