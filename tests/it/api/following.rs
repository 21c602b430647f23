//! Subscriptions: what is told as it happens, over lost connections and by other processes, and to whom no more.

use std::time::Duration;

use entity::{api_token, membership};
use fidelidade::run::Halves;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::database::Engine;
use crate::support::document::cpf;
use crate::support::merchant::{Merchant, number, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;
use crate::support::sse::Events;

const EVENTS: &str = "subscription ($id: ID!, $types: [EventType!], $after: String) {
    events(storeId: $id, types: $types, after: $after) {
        cursor type objectId requestId occurredAt object { __typename id } } }";
const BALANCE: &str =
    "subscription ($id: ID!) { customerBalance(customerId: $id) { available pending reserved debt } }";

/// How soon a stream ends once its listener may not listen any more.
const SOON: Duration = Duration::from_secs(10);

async fn quiet() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

async fn listen(who: &Actor<'_>, query: &str, variables: Value, last_id: Option<&str>) -> Events {
    let address = who.app.address().to_string();
    Events::open(&address, who.token.as_deref().unwrap(), query, variables, last_id).await
}

fn event(answer: &Value) -> &Value {
    assert_eq!(answer.get("errors"), None, "{answer}");
    &answer["data"]["events"]
}

/// Points given by hand, a new intent each time.
async fn give(owner: &Actor<'_>, customer: &str, points: i64, key: &str) {
    let input = json!({ "customerId": customer, "points": points, "reason": "cortesia", "idempotencyKey": key });
    owner.must("adjustPoints", "adjustment { id }", input).await;
}

#[tokio::test]
async fn nothing_is_missed_or_told_twice_over_lost_connections() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let customer = full.customer.to_string();
    let variables = json!({ "id": store, "types": ["POINTS_BALANCE_CHANGED"] });
    let mut stream = listen(&owner, EVENTS, variables.clone(), None).await;
    // It has begun to listen when the first is told; those before are not its.
    tokio::time::sleep(Duration::from_millis(500)).await;
    give(&owner, &customer, 1, "0").await;
    let first = stream.next().await.unwrap();
    assert_eq!(
        (&event(&first)["type"], &event(&first)["objectId"]),
        (&json!("POINTS_BALANCE_CHANGED"), &json!(customer))
    );
    assert_eq!(
        event(&first)["object"],
        json!({ "__typename": "Customer", "id": customer })
    );
    assert!(event(&first)["requestId"].is_string());
    let mut seen = vec![text(&event(&first)["cursor"])];
    assert_eq!(stream.last_id.as_ref(), seen.last());
    assert_eq!(first["extensions"]["cursor"], json!(seen[0]));

    for round in 0..5 {
        // Some are told while the connection is lost, some when it is there again.
        let last = stream.last_id.take();
        drop(stream);
        for nth in 0..3 {
            give(&owner, &customer, 1, &format!("{round} {nth} before")).await;
        }
        stream = if round % 2 == 0 {
            listen(&owner, EVENTS, variables.clone(), last.as_deref()).await
        } else {
            let mut variables = variables.clone();
            variables["after"] = json!(last);
            listen(&owner, EVENTS, variables, None).await
        };
        for nth in 0..3 {
            give(&owner, &customer, 1, &format!("{round} {nth} after")).await;
        }
        for _ in 0..6 {
            let answer = stream.next().await.unwrap();
            seen.push(text(&event(&answer)["cursor"]));
        }
    }
    assert_eq!(stream.within(Duration::from_millis(700)).await, None, "told twice");
    let places: Vec<i64> = seen
        .iter()
        .map(|cursor| i64::from_str_radix(cursor.split('.').next().unwrap(), 16).unwrap())
        .collect();
    assert_eq!(places.len(), 31);
    assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");

    for (after, code) in [("nonsense", "BAD_CURSOR"), ("1.1", "CURSOR_EXPIRED")] {
        let mut variables = variables.clone();
        variables["after"] = json!(after);
        let told = listen(&owner, EVENTS, variables, None).await.next().await.unwrap();
        assert_eq!(told["errors"][0]["extensions"]["code"], code);
    }
}

#[tokio::test]
async fn a_balance_is_told_with_each_change() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let customer = full.customer.to_string();
    let mut stream = listen(&owner, BALANCE, json!({ "id": customer }), None).await;
    let available = |answer: &Value| number(&answer["data"]["customerBalance"]["available"]);
    let before = available(&stream.next().await.unwrap());
    give(&owner, &customer, 7, "mais").await;
    assert_eq!(available(&stream.next().await.unwrap()), before + 7);
    let last = stream.last_id.clone();
    drop(stream);
    // Nothing happened since: it is not told again.
    let mut stream = listen(&owner, BALANCE, json!({ "id": customer }), last.as_deref()).await;
    assert_eq!(stream.within(Duration::from_millis(700)).await, None);
    give(&owner, &customer, -2, "menos").await;
    assert_eq!(available(&stream.next().await.unwrap()), before + 5);
    let last = stream.last_id.clone();
    drop(stream);
    give(&owner, &customer, 3, "de novo").await;
    let mut stream = listen(&owner, BALANCE, json!({ "id": customer }), last.as_deref()).await;
    assert_eq!(available(&stream.next().await.unwrap()), before + 8);
}

#[tokio::test]
async fn who_may_not_listen_any_more_is_told_so_within_seconds() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let member = Actor::user(&app, "atendente@loja-exemplo.invalid").await;
    let leaving = Actor::user(&app, "gerente@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    for (email, role) in [("atendente", "ATTENDANT"), ("gerente", "MANAGER")] {
        owner
            .admit(&store, &format!("{email}@loja-exemplo.invalid"), role)
            .await;
    }
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["customers:read"] });
    let made = owner.must("createApiToken", "token { id } secret", input).await;
    let token = Actor::with(&app, &text(&made["secret"]));
    let events = json!({ "id": store, "types": ["CUSTOMER_UPDATED"] });
    let mut streams = vec![
        (listen(&token, EVENTS, events.clone(), None).await, "UNAUTHENTICATED"),
        (listen(&leaving, EVENTS, events.clone(), None).await, "UNAUTHENTICATED"),
        (listen(&member, EVENTS, events.clone(), None).await, "NOT_FOUND"),
    ];
    let mut kept = listen(&owner, EVENTS, events, None).await;
    let mut balance = listen(&token, BALANCE, json!({ "id": full.customer }), None).await;
    assert!(balance.next().await.is_some());

    owner
        .must("revokeApiToken", "revoked", json!({ "id": made["token"]["id"] }))
        .await;
    let revoked = api_token::Entity::find().filter(api_token::Column::RevokedAt.is_not_null());
    assert_eq!(revoked.all(&app.app().db).await.unwrap().len(), 1);
    leaving.ask("mutation { signOut { signedOut } }", json!({})).await;
    let role = membership::Column::Role.eq(membership::Role::Attendant);
    membership::Entity::delete_many()
        .filter(role)
        .exec(&app.app().db)
        .await
        .unwrap();

    streams.push((balance, "UNAUTHENTICATED"));
    for (stream, code) in &mut streams {
        let told = stream
            .within(SOON)
            .await
            .unwrap_or_else(|| panic!("nothing ends {code}"));
        assert_eq!(told["errors"][0]["extensions"]["code"], *code, "{told}");
        assert_eq!(stream.next().await, None, "the stream goes on");
    }
    assert_eq!(kept.within(Duration::from_millis(300)).await, None);
}

#[tokio::test]
async fn subscriptions_are_limited_and_tell_only_what_one_may_see() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("events.streams_per_requester", "2")
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let stranger = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let code = |told: &Value| told["errors"][0]["extensions"]["code"].clone();
    for (query, id) in [(EVENTS, store.clone()), (BALANCE, full.customer.to_string())] {
        let told = listen(&stranger, query, json!({ "id": id }), None)
            .await
            .next()
            .await
            .unwrap();
        assert_eq!(code(&told), "NOT_FOUND");
    }
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read"] });
    let made = owner.must("createApiToken", "secret", input).await;
    let token = Actor::with(&app, &text(&made["secret"]));
    let variables = json!({ "id": store, "types": ["ORDER_CREATED", "POINTS_EARNED"] });
    let told = listen(&token, EVENTS, variables, None).await.next().await.unwrap();
    assert_eq!(code(&told), "FORBIDDEN");

    let first = listen(&owner, EVENTS, json!({ "id": store }), None).await;
    let _second = listen(&owner, EVENTS, json!({ "id": store }), None).await;
    let mut third = listen(&owner, EVENTS, json!({ "id": store }), None).await;
    assert_eq!(code(&third.next().await.unwrap()), "TOO_MANY_SUBSCRIPTIONS");
    drop(first);
    tokio::time::sleep(Duration::from_millis(300)).await;
    // The end of a connection is seen, and another may take its seat.
    eventually("a seat", Duration::from_secs(20), async || {
        let mut next = listen(&owner, EVENTS, json!({ "id": store }), None).await;
        next.within(Duration::from_millis(300)).await.is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_one_process_does_another_tells_at_once() {
    // On SQLite there is one process.
    if Engine::of_tests() == Engine::Sqlite {
        return;
    }
    let sandbox = Sandbox::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let (one, other) = (
        installation.start(Part::Serve).await,
        installation.start(Part::Serve).await,
    );
    let merchant = Merchant::sign_in(&installation, &one).await;
    let input = json!({ "name": "Loja", "idempotencyKey": "loja" });
    let store = text(&merchant.must("createStore", "store { id }", input).await["store"]["id"]);
    let input = json!({ "storeId": store, "platform": "SALES_API", "name": "ERP" });
    let made = merchant
        .must("connectIntegration", "integration { id version }", input)
        .await;
    let source = text(&made["integration"]["id"]);
    let input = json!({ "id": source, "version": made["integration"]["version"],
        "siteUrl": "https://www.loja-exemplo.com.br", "awardingStatuses": ["approved", "delivered"] });
    merchant.must("updateIntegration", "integration { id }", input).await;
    let input = json!({ "id": source, "confirmEmails": true });
    merchant.must("activateIntegration", "integration { id }", input).await;

    let token = merchant.token.clone().unwrap();
    let variables = json!({ "id": store, "types": ["ORDER_CREATED"] });
    let mut stream = Events::open(&other.address, &token, EVENTS, variables, None).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut delays = Vec::new();
    for nth in 0..5 {
        let sale = json!({ "externalId": format!("v{nth}"), "status": "APPROVED", "productsTotal": "100.00",
            "placedAt": "2026-11-01T12:00:00Z", "changedAt": "2026-11-01T12:00:00Z",
            "customer": { "document": cpf(nth), "name": "Ana" } });
        let input = json!({ "integrationId": source, "sales": [sale], "idempotencyKey": format!("v{nth}") });
        let told = merchant.must("registerSales", "results { order { id } }", input).await;
        let began = std::time::Instant::now();
        let answer = stream.next().await.unwrap();
        delays.push(began.elapsed());
        assert_eq!(event(&answer)["objectId"], told["results"][0]["order"]["id"]);
    }
    delays.sort();
    assert!(delays[2] < Duration::from_millis(900), "{delays:?}");
    drop(one);
}
