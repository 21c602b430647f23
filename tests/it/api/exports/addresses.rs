//! Who gets a file, where, and for how long.

use std::sync::Mutex;

use chrono::TimeDelta;
use entity::{audit_entry, export_part, export_run};
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use fidelidade::service::housekeeping;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{EMAIL, RUN, exported, fetch, run, start, written};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};

const OTHER: &str = "outra@loja-exemplo.invalid";

/// A program without workers, whose clock moves when told to.
async fn program() -> TestApp {
    let now = Clock::System.now();
    let clock = Clock::Manual(Mutex::new(now));
    TestApp::builder().halves(Halves::Serve).clock(clock).start().await
}

#[tokio::test]
async fn an_address_holds_for_a_quarter_of_an_hour_and_the_file_for_a_day() {
    let app = program().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 1).await;
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    written(&app, &id).await;
    let url = text(&run(&merchant, &id).await["url"]);
    assert_eq!(app.get(&url).await.0, 200);
    for wrong in [
        "/exports/x".to_owned(),
        "/exports/".to_owned() + &"A".repeat(120),
        format!("{url}A"),
        url.replace("/exports/", "/exports/B"),
        url[..url.len() - 1].to_owned(),
    ] {
        let (status, said) = app.get(&wrong).await;
        assert_eq!(status, 404, "{wrong}: {said}");
        assert!(said.contains("NOT_FOUND") && said.contains("'url' again"), "{said}");
    }
    app.app().clock.advance(TimeDelta::minutes(14));
    assert_eq!(app.get(&url).await.0, 200);
    app.app().clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.get(&url).await.0, 404);

    // A new address, for as long as there is the file, whose last one ends with it.
    app.app().clock.advance(TimeDelta::hours(23) + TimeDelta::minutes(40));
    let merchant = Actor::with(&app, &app.sign_in(EMAIL).await);
    let last = text(&run(&merchant, &id).await["url"]);
    assert_eq!(app.get(&last).await.0, 200);
    housekeeping::purge(app.app()).await.unwrap();
    assert_eq!(app.get(&last).await.0, 200, "it is not purged before its day is over");
    app.app().clock.advance(TimeDelta::minutes(5));
    assert_eq!(app.get(&last).await.0, 404);
    let told = run(&merchant, &id).await;
    assert_eq!((&told["state"], &told["url"]), (&json!("SUCCEEDED"), &Value::Null));
    app.app().clock.advance(TimeDelta::seconds(1));
    housekeeping::purge(app.app()).await.unwrap();
    assert_eq!(export_part::Entity::find().count(&app.app().db).await.unwrap(), 0);
    app.app().clock.advance(TimeDelta::days(91));
    housekeeping::purge(app.app()).await.unwrap();
    assert_eq!(export_run::Entity::find().count(&app.app().db).await.unwrap(), 0);
}

/// A download that broke off goes on, and whoever has another file begins anew.
#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    crate::support::bulk::copies(&app.app().db, full.order, 6_000).await;
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    written(&app, &id).await;
    let parts = export_part::Entity::find().count(&app.app().db).await.unwrap();
    assert!(parts >= 2, "{parts} parts");
    let url = text(&run(&merchant, &id).await["url"]);
    let (status, headers, whole) = fetch(&app, &url, &[]).await;
    assert_eq!((status, whole.lines().count()), (200, 6_006));
    let tag = headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(
        (tag.clone(), &headers["accept-ranges"]),
        (format!("\"{id}\""), &"bytes".parse().unwrap())
    );
    let (_, packed, _) = fetch(&app, &url, &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed["etag"], format!("\"{id}-gzip\"").as_str());
    let all = whole.len();
    let edge = 1 << 20;
    for (range, from, to) in [
        ("bytes=3-12".to_owned(), 3, 13),
        (format!("bytes={}-{}", edge - 400, edge + 400), edge - 400, edge + 401),
        (format!("bytes={}-", all - 10), all - 10, all),
        ("bytes=-25".to_owned(), all - 25, all),
        (format!("bytes=0-{}", all * 2), 0, all),
    ] {
        let (status, headers, part) = fetch(&app, &url, &[("range", &range), ("accept-encoding", "gzip")]).await;
        let told = format!("bytes {from}-{}/{all}", to - 1);
        assert_eq!(
            (status, headers["content-range"].to_str().unwrap()),
            (206, told.as_str())
        );
        assert_eq!(headers["content-length"], (to - from).to_string().as_str());
        assert!(part == whole[from..to], "{range}");
    }
    let (status, headers, _) = fetch(&app, &url, &[("range", &format!("bytes={all}-"))]).await;
    assert_eq!(
        (status, headers["content-range"].to_str().unwrap()),
        (416, format!("bytes */{all}").as_str())
    );
    let (status, ..) = fetch(&app, &url, &[("range", "bytes=0-9"), ("if-range", &tag)]).await;
    assert_eq!(status, 206);
    let (status, ..) = fetch(&app, &url, &[("range", "bytes=0-9"), ("if-range", "\"another\"")]).await;
    assert_eq!(status, 200);
}

/// Whoever may see a list starts, sees and cancels its exports; whoever may not sees none of it.
#[tokio::test]
async fn exports_are_for_those_who_may_see_the_list() {
    let app = program().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 1).await;
    let orders = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    let customers = start(
        &merchant,
        "exportCustomers",
        json!({ "storeId": store, "format": "CSV" }),
    )
    .await;
    for id in [&orders, &customers] {
        written(&app, id).await;
    }
    let token = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read", "store:read"] });
    let made = merchant.must("createApiToken", "secret", token).await;
    let erp = Actor::with(&app, &text(&made["secret"]));
    let input = json!({ "storeId": store, "format": "CSV", "idempotencyKey": "a" });
    let refused = |answer: Value| answer["errors"][0]["extensions"]["code"].clone();
    let query = Actor::mutation("exportCustomers", RUN);
    assert_eq!(
        refused(erp.answer(&query, json!({ "input": input })).await),
        "FORBIDDEN"
    );
    assert!(run(&erp, &orders).await["url"].is_string());
    assert_eq!(run(&erp, &customers).await, Value::Null);
    let query = Actor::mutation("cancelExport", RUN);
    let answer = erp.answer(&query, json!({ "input": { "id": customers } })).await;
    assert_eq!(refused(answer), "FORBIDDEN");
    erp.must("cancelExport", RUN, json!({ "id": orders })).await;

    let seen = async |who: &Actor<'_>, filter: Value| {
        let query = "query ($id: ID!, $where: ExportRunFilter) { store(id: $id) {
            exportRuns(first: 9, where: $where, orderBy: CREATED_AT_ASC) { totalCount nodes { id } } } }";
        let told = who.ask(query, json!({ "id": store, "where": filter })).await;
        let ids = list(&told["store"]["exportRuns"]["nodes"]);
        assert_eq!(told["store"]["exportRuns"]["totalCount"], ids.len());
        ids.iter().map(|run| text(&run["id"])).collect::<Vec<_>>()
    };
    assert_eq!(seen(&merchant, json!({})).await, [orders.clone(), customers.clone()]);
    assert_eq!(seen(&erp, json!({})).await, std::slice::from_ref(&orders));
    assert!(seen(&erp, json!({ "list": { "eq": "CUSTOMERS" } })).await.is_empty());
    assert!(seen(&merchant, json!({ "state": { "eq": "QUEUED" } })).await.is_empty());
    assert_eq!(
        seen(&merchant, json!({ "id": { "in": [customers] } })).await,
        std::slice::from_ref(&customers)
    );

    // Of another store there is nothing, to whomever.
    let other = Actor::user(&app, OTHER).await;
    other.create_store("Outra").await;
    assert_eq!(run(&other, &orders).await, Value::Null);
    let told = other.call("cancelExport", RUN, json!({ "id": orders })).await;
    assert_eq!(told["userErrors"][0]["code"], "NOT_FOUND");
    let told = other.call("exportOrders", RUN, input).await;
    assert_eq!(
        (&told["userErrors"][0]["code"], &told["userErrors"][0]["path"]),
        (&json!("NOT_FOUND"), &json!(["storeId"]))
    );
    let answer = Actor::stranger(&app)
        .answer(&query, json!({ "input": { "id": orders } }))
        .await;
    assert_eq!(refused(answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_export_is_asked_for_once_and_three_at_a_time() {
    let app = program().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 1).await;
    let input = json!({ "storeId": store, "format": "CSV", "idempotencyKey": "uma vez" });
    let first = merchant.must("exportOrders", RUN, input.clone()).await;
    assert_eq!(merchant.must("exportOrders", RUN, input.clone()).await, first);
    let said = async |name: &str, input: Value| {
        let told = merchant.call(name, RUN, input).await["userErrors"].take();
        (text(&told[0]["code"]), told[0]["path"].clone())
    };
    let mut other = input.clone();
    other["format"] = "JSON_LINES".into();
    assert_eq!(said("exportOrders", other).await.0, "IDEMPOTENCY_KEY_REUSED");
    for columns in [json!([]), json!(["ID", "ID"])] {
        let input = json!({ "storeId": store, "format": "CSV", "columns": columns, "idempotencyKey": "colunas" });
        assert_eq!(
            said("exportOrders", input).await,
            ("INVALID".to_owned(), json!(["columns"]))
        );
    }
    for key in ["b", "c"] {
        let input = json!({ "storeId": store, "format": "CSV", "idempotencyKey": key });
        merchant.must("exportCustomers", RUN, input).await;
    }
    let fourth = json!({ "storeId": store, "format": "CSV", "idempotencyKey": "d" });
    assert_eq!(said("exportCustomers", fourth.clone()).await.0, "TOO_MANY_EXPORTS");
    // Another store's do not count, and one that has ended makes room.
    let second = merchant.create_store("Segunda").await;
    exported(&merchant, "exportOrders", json!({ "storeId": second, "format": "CSV" })).await;
    written(&app, &text(&first["exportRun"]["id"])).await;
    merchant.must("exportCustomers", RUN, fourth).await;

    let entries = audit_entry::Entity::find().all(&app.app().db).await.unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.action == "export.start").collect();
    assert_eq!(told.len(), 5);
    let changes = &told[0].changes;
    assert_eq!(
        changes[0],
        json!({ "field": "list", "before": null, "after": "orders" })
    );
    assert_eq!(told[0].object_id, text(&first["exportRun"]["id"]));
}
