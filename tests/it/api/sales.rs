//! Sales that a till or an ERP pushes in: each judged by itself, recognised like imported ones, once for each
//! key and once for each of the source's own keys.

use chrono::TimeDelta;
use entity::sale_batch;
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use fidelidade::service::housekeeping;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::document::cpf;
use crate::support::merchant::{list, number, text};

const RESULTS: &str = "results { externalId outcome points errors { code path message }
    order { number statusCode points refundedTotal { amount } customer { document { number } } lines { sku quantity total { amount } } } }";

/// A till's sale of R$ 100.00 to somebody, as it was an hour ago.
pub(super) fn sale(app: &TestApp, number: usize, status: &str) -> Value {
    let at = app.app().clock.now() - TimeDelta::hours(1);
    json!({
        "externalId": format!("PDV-{number:03}"), "status": status, "placedAt": at, "changedAt": at,
        "productsTotal": "110.00", "discountTotal": "10.00", "channel": "POINT_OF_SALE",
        "customer": { "document": cpf(number), "name": "Cliente do Caixa" },
        "lines": [{ "sku": "A", "name": "Produto", "quantity": "0.5", "unitPrice": "220.00", "total": "100.00" }],
    })
}

/// The same sale, changed so many minutes later.
fn later(sale: &Value, minutes: i64, change: &Value) -> Value {
    let mut sale = sale.clone();
    let at: chrono::DateTime<chrono::Utc> = text(&sale["placedAt"]).parse().unwrap();
    sale["changedAt"] = json!(at + TimeDelta::minutes(minutes));
    sale.as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    sale
}

struct Till<'a> {
    owner: Actor<'a>,
    store: String,
    source: String,
}

impl<'a> Till<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let source = owner.source(&store, "Caixa").await;
        Self { owner, store, source }
    }

    fn input(&self, key: &str, sales: &[Value]) -> Value {
        json!({ "integrationId": self.source, "sales": sales, "idempotencyKey": key })
    }

    async fn push(&self, key: &str, sales: &[Value]) -> Vec<Value> {
        let payload = self.owner.must("registerSales", RESULTS, self.input(key, sales)).await;
        list(&payload["results"])
    }
}

/// What a result says in short.
fn short(result: &Value) -> (String, String, i64) {
    (
        text(&result["externalId"]),
        text(&result["outcome"]),
        number(&result["points"]),
    )
}

async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

#[tokio::test]
async fn a_sale_is_created_and_changed_by_later_accounts_of_it() {
    let app = program().await;
    let till = Till::open(&app).await;
    let first = sale(&app, 1, "APPROVED");
    let told = till.push("1", std::slice::from_ref(&first)).await;
    let expected = json!({
        "externalId": "PDV-001", "outcome": "CREATED", "points": 100, "errors": [],
        "order": {
            "number": "PDV-001", "statusCode": "approved", "points": 100, "refundedTotal": { "amount": "0.00" },
            "customer": { "document": { "number": cpf(1) } },
            "lines": [{ "sku": "A", "quantity": "0.5", "total": { "amount": "100.00" } }],
        },
    });
    assert_eq!(told, [expected]);
    let refunded = later(&first, 20, &json!({ "refundedAmount": "30.50" }));
    let returned = later(&first, 30, &json!({ "status": "RETURNED" }));
    let steps = [
        (&first, "UNCHANGED", 100),
        (&refunded, "UPDATED", 69),
        (&first, "UNCHANGED", 69),
        (&refunded, "UNCHANGED", 69),
        (&returned, "UPDATED", 0),
        (&refunded, "UNCHANGED", 0),
    ];
    for (nth, (sale, outcome, points)) in steps.into_iter().enumerate() {
        let told = till.push(&format!("step {nth}"), std::slice::from_ref(sale)).await;
        let expected = ("PDV-001".to_owned(), outcome.to_owned(), points);
        assert_eq!(short(&told[0]), expected, "step {nth}");
    }
}

#[tokio::test]
async fn one_bad_sale_stops_no_other() {
    let app = program().await;
    let till = Till::open(&app).await;
    let (good, pending) = (sale(&app, 1, "DELIVERED"), sale(&app, 2, "PENDING"));
    let mut bad = sale(&app, 3, "DELIVERED");
    bad["externalId"] = json!(" ");
    bad["currency"] = json!("USD");
    bad["placedAt"] = json!("2999-01-01T00:00:00Z");
    bad["discountTotal"] = json!("110.01");
    bad["refundedAmount"] = json!("-1.00");
    bad["lines"][0]["quantity"] = json!("0");
    let again = later(&good, 5, &json!({ "refundedAmount": "50.00" }));
    let mut stranger = sale(&app, 4, "DELIVERED");
    stranger["customer"] = json!({ "document": "123", "name": "Consumidor Final" });
    let told = till.push("mixed", &[good, bad, pending, again, stranger]).await;
    let outcomes: Vec<_> = told.iter().map(short).collect();
    let expected = [
        ("PDV-001", "CREATED", 50),
        (" ", "REJECTED", 0),
        ("PDV-002", "CREATED", 0),
        ("PDV-001", "UPDATED", 50),
        ("PDV-004", "CREATED", 0),
    ];
    let expected = expected.map(|(id, outcome, points)| (id.to_owned(), outcome.to_owned(), points));
    assert_eq!(outcomes, expected);
    assert_eq!(told[1]["order"], Value::Null);
    let errors = list(&told[1]["errors"]);
    assert!(errors.iter().all(|error| error["code"] == "INVALID"));
    let paths: Vec<String> = errors
        .iter()
        .map(|error| list(&error["path"]).iter().map(text).collect::<Vec<_>>().join("."))
        .collect();
    let expected = [
        "sales.1.externalId",
        "sales.1.currency",
        "sales.1.placedAt",
        "sales.1.refundedAmount",
        "sales.1.discountTotal",
        "sales.1.lines.0.quantity",
    ];
    assert_eq!(paths, expected);
    // The stranger is known later: the same sale, with a document that is one.
    let known = later(&sale(&app, 4, "DELIVERED"), 9, &json!({}));
    assert_eq!(told[4]["order"]["customer"], Value::Null);
    let told = till.push("known", &[known]).await;
    assert_eq!(short(&told[0]), ("PDV-004".to_owned(), "UPDATED".to_owned(), 100));
}

#[tokio::test]
async fn a_key_gives_its_first_answer_again() {
    let app = program().await;
    let till = Till::open(&app).await;
    let mut bad = sale(&app, 2, "APPROVED");
    bad["productsTotal"] = json!("-1.00");
    let sales = [sale(&app, 1, "APPROVED"), bad];
    let first = till.push("lote", &sales).await;
    till.push("cancelada", &[later(&sales[0], 5, &json!({ "status": "CANCELLED" }))])
        .await;
    let again = till.push("lote", &sales).await;
    let shorts = |told: &[Value]| told.iter().map(short).collect::<Vec<_>>();
    assert_eq!(shorts(&again), shorts(&first), "also where it is no longer so");
    assert_eq!(again[0]["order"]["points"], 0, "the sale itself is as it is now");
    assert_eq!(again[1]["errors"], first[1]["errors"]);
    let other = [sale(&app, 9, "APPROVED")];
    let payload = till
        .owner
        .call("registerSales", RESULTS, till.input("lote", &other))
        .await;
    assert_eq!(payload["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
}

/// A till needs one scope, is told what its sales give, and sees neither sales nor customers.
#[tokio::test]
async fn a_till_needs_one_scope() {
    let app = program().await;
    let till = Till::open(&app).await;
    for (scopes, sees) in [
        (json!(["orders:write"]), false),
        (json!(["orders:write", "orders:read", "customers:read"]), true),
    ] {
        let input = json!({ "storeId": till.store, "name": "PDV", "scopes": scopes });
        let made = till.owner.must("createApiToken", "secret token { id }", input).await;
        let token = Actor::with(&app, &text(&made["secret"]));
        let number = if sees { 2 } else { 1 };
        let input = till.input("venda", &[sale(&app, number, "APPROVED")]);
        let told = list(&token.must("registerSales", RESULTS, input).await["results"]);
        assert_eq!((&told[0]["points"], told[0]["order"].is_object()), (&json!(100), sees));
        let query = "query ($id: ID!, $document: String!) { store(id: $id) { customer(document: $document) {
            statement(first: 1) { nodes { kind actor } } } } }";
        let variables = json!({ "id": till.store, "document": cpf(number) });
        let told = till.owner.ask(query, variables).await;
        assert_eq!(
            told["store"]["customer"]["statement"]["nodes"],
            json!([{ "kind": "EARN", "actor": made["token"]["id"] }])
        );
    }
}

/// Several sources, each by its name, beside a shop; keys of sales are each source's own.
#[tokio::test]
async fn a_store_has_several_sources() {
    let app = program().await;
    let till = Till::open(&app).await;
    seed::integration(app.app(), &till.store).await;
    let other = till.owner.source(&till.store, "ERP").await;
    let again = json!({ "storeId": till.store, "platform": "SALES_API", "name": " ERP " });
    let again = till.owner.must("connectIntegration", "integration { id }", again).await;
    assert_eq!(
        again["integration"]["id"], other,
        "connecting again is connecting the same"
    );
    till.push("1", &[sale(&app, 1, "APPROVED")]).await;
    let input = json!({ "integrationId": other, "sales": [sale(&app, 1, "APPROVED")], "idempotencyKey": "2" });
    let told = till.owner.must("registerSales", RESULTS, input).await;
    assert_eq!(told["results"][0]["outcome"], "CREATED");
    let query = "query ($id: ID!) { store(id: $id) { integrations(first: 9, orderBy: CREATED_AT_ASC) { nodes {
        name registerSales active nextImportAt orderStatuses { code class awards } importRuns(first: 1) { nodes { id } }
        platform { kind capabilities { sales pushedSales createCoupons } settingFields { key } } } } } }";
    let told = till.owner.ask(query, json!({ "id": till.store })).await;
    let told = list(&told["store"]["integrations"]["nodes"]);
    let names: Vec<String> = told.iter().map(|one| text(&one["name"])).collect();
    assert_eq!(names, ["Caixa", "Magazord", "ERP"]);
    let expected = json!({
        "name": "ERP", "registerSales": true, "active": true, "nextImportAt": null, "importRuns": { "nodes": [] },
        "orderStatuses": [
            { "code": "pending", "class": "PENDING", "awards": false },
            { "code": "approved", "class": "EARNING", "awards": true },
            { "code": "invoiced", "class": "EARNING", "awards": false },
            { "code": "shipped", "class": "EARNING", "awards": false },
            { "code": "delivered", "class": "DELIVERED", "awards": true },
            { "code": "cancelled", "class": "REVOKING", "awards": false },
            { "code": "returned", "class": "REVOKING", "awards": false },
        ],
        "platform": {
            "kind": "SALES_API", "capabilities": { "sales": false, "pushedSales": true, "createCoupons": false },
            "settingFields": [{ "key": "siteUrl" }, { "key": "awardingStatuses" }],
        },
    });
    assert_eq!(told[2], expected);
}

#[tokio::test]
async fn an_answer_is_kept_a_day_longer_than_its_key() {
    let now = Clock::System.now();
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(now.into()))
        .start()
        .await;
    let mut till = Till::open(&app).await;
    let sales = [sale(&app, 1, "APPROVED")];
    let first = till.push("1", &sales).await;
    let batches = async || sale_batch::Entity::find().count(&app.app().db).await.unwrap();
    for (days, before, outcome, after) in [(29, 1, "CREATED", 1), (2, 1, "UNCHANGED", 2), (1, 1, "UNCHANGED", 1)] {
        app.app().clock.advance(TimeDelta::days(days));
        housekeeping::purge(app.app()).await.unwrap();
        assert_eq!(batches().await, before, "after {days} days more");
        // Nobody stays signed in for so long.
        till.owner = Actor::with(&app, &app.sign_in("dona@loja-exemplo.invalid").await);
        let again = till.push("1", &sales).await;
        assert_eq!(
            (&again[0]["outcome"], &again[0]["points"]),
            (&json!(outcome), &first[0]["points"])
        );
        assert_eq!(batches().await, after, "after {days} days more");
    }
}
