//! WebSockets by a client's library: resumed over lost connections, restarts and processes; limited; closed in time.

use std::collections::BTreeSet;
use std::time::Duration;

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::database::Engine;
use crate::support::merchant::{Merchant, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;
use crate::support::socket::{Heard, Socket};

const EVENTS: &str = "subscription ($id: ID!, $types: [EventType!], $after: String) {
    events(storeId: $id, types: $types, after: $after) { cursor type objectId requestId occurredAt } }";
const BALANCE: &str = "subscription ($id: ID!) { customerBalance(customerId: $id) { available } }";
/// How soon a stream ends once its listener may not listen any more.
const SOON: Duration = Duration::from_secs(10);

async fn give(owner: &Actor<'_>, customer: &str, key: &str) {
    let input = json!({ "customerId": customer, "points": 1, "reason": "cortesia", "idempotencyKey": key });
    owner.must("adjustPoints", "adjustment { id }", input).await;
}

/// The next event, whose place is also the answer's.
async fn event(socket: &mut Socket) -> Value {
    let mut said = socket.said().await;
    assert_eq!(said["type"], "next", "{said}");
    let event = said["payload"]["data"]["events"].take();
    assert_eq!(said["payload"]["extensions"]["cursor"], event["cursor"]);
    event
}

/// Of events: that each was told once, and in the order of what happened.
fn assert_each_once(seen: &[Value], count: usize) {
    let of = |field: &str| seen.iter().map(|event| text(&event[field])).collect::<Vec<_>>();
    assert_eq!(seen.len(), count);
    for field in ["cursor", "requestId"] {
        assert_eq!(of(field).into_iter().collect::<BTreeSet<_>>().len(), count, "{field}");
    }
    assert!(of("occurredAt").is_sorted());
}

#[tokio::test]
async fn nothing_is_missed_or_told_twice_over_lost_sockets_and_restarts() {
    let mut app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let customer = seed::fill(app.app(), &store, 1).await.customer.to_string();
    let token = owner.token.clone().unwrap();
    let mut variables = json!({ "id": store, "types": ["POINTS_BALANCE_CHANGED"] });
    let mut socket = Socket::init(&app.address().to_string(), &token).await;
    socket.ask("0", EVENTS, &variables).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    give(&owner, &customer, "0").await;
    let mut seen = vec![event(&mut socket).await];
    for round in 0..4 {
        drop(socket);
        give(&Actor::with(&app, &token), &customer, &format!("{round} lost")).await;
        if round % 2 == 1 {
            app.restart().await;
        }
        let owner = Actor::with(&app, &token);
        give(&owner, &customer, &format!("{round} before")).await;
        variables["after"] = seen[seen.len() - 1]["cursor"].clone();
        socket = Socket::init(&app.address().to_string(), &token).await;
        socket.ask("0", EVENTS, &variables).await;
        give(&owner, &customer, &format!("{round} after")).await;
        for _ in 0..3 {
            seen.push(event(&mut socket).await);
        }
    }
    assert_eq!(socket.within(Duration::from_millis(700)).await, None, "told twice");
    assert_each_once(&seen, 13);
}

#[tokio::test]
async fn a_subscription_goes_on_at_another_process() {
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
    let token = merchant.token.clone().unwrap();
    let input = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/", "eventTypes": ["WEBHOOK_TESTED"],
        "scopes": [], "idempotencyKey": "aviso" });
    let webhook = merchant.must("createWebhook", "webhook { id }", input).await["webhook"]["id"].take();
    let happen = async || merchant.must("testWebhook", "", json!({ "id": webhook })).await;

    let mut variables = json!({ "id": store, "types": ["WEBHOOK_TESTED"] });
    let mut socket = Socket::init(&one.address, &token).await;
    socket.ask("0", EVENTS, &variables).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    happen().await;
    let mut seen = vec![event(&mut socket).await];
    for address in [&other.address, &one.address, &other.address] {
        drop(socket);
        happen().await;
        variables["after"] = seen[seen.len() - 1]["cursor"].clone();
        socket = Socket::init(address, &token).await;
        socket.ask("0", EVENTS, &variables).await;
        happen().await;
        for _ in 0..2 {
            seen.push(event(&mut socket).await);
        }
    }
    assert_each_once(&seen, 7);
}

#[tokio::test]
async fn who_does_not_introduce_themselves_is_closed_and_who_answers_pings_stays() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("http.sockets.init_seconds", "1")
        .set("http.sockets.ping_seconds", "1")
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let (address, token) = (app.address().to_string(), owner.token.unwrap());
    let mut silent = Socket::open(&address).await;
    let mut alive = Socket::init(&address, &token).await;
    // Its pings are answered while it is read.
    assert_eq!(alive.within(Duration::from_secs(6)).await, None);
    assert_eq!(silent.next().await.code(), 4408);
    alive.ask("1", "{ viewer { email } }", &json!({})).await;
    assert_eq!(
        alive.said().await["payload"]["data"]["viewer"]["email"],
        "dona@loja-exemplo.invalid"
    );
}

#[tokio::test]
async fn each_caller_and_each_process_has_so_many_sockets() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("http.sockets.max_connections", "4")
        .set("http.sockets.max_per_caller", "2")
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read"] });
    let partner = text(&owner.must("createApiToken", "secret", input).await["secret"]);
    let (address, token) = (app.address().to_string(), owner.token.clone().unwrap());
    let first = Socket::init(&address, &token).await;
    let _second = Socket::init(&address, &token).await;
    let told = Socket::greeting(&address, &token).await.next().await;
    let message = "at most 2 connections at once; close others first";
    assert_eq!(told, Heard::Closed(4429, message.to_owned()));
    let _others = Socket::init(&address, &partner).await;
    let fourth = eventually("the place of the one that was refused", SOON, async || {
        let mut socket = Socket::open(&address).await;
        socket
            .within(Duration::from_millis(300))
            .await
            .is_none()
            .then_some(socket)
    })
    .await;
    let told = Socket::open(&address).await.next().await;
    assert_eq!(told.code(), 1013, "{told:?}");
    drop((first, fourth));
    eventually("a place", SOON, async || {
        let mut socket = Socket::greeting(&address, &token).await;
        matches!(socket.next().await, Heard::Said(_)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_what_runs_on_an_open_socket() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let customer = seed::fill(app.app(), &store, 1).await.customer.to_string();
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["customers:read"] });
    let made = owner.must("createApiToken", "token { id } secret", input).await;
    let mut socket = Socket::init(&app.address().to_string(), &text(&made["secret"])).await;
    socket
        .ask("events", EVENTS, &json!({ "id": store, "types": ["CUSTOMER_UPDATED"] }))
        .await;
    socket.ask("balance", BALANCE, &json!({ "id": customer })).await;
    assert_eq!(socket.said().await["id"], "balance");

    owner
        .must("revokeApiToken", "revoked", json!({ "id": made["token"]["id"] }))
        .await;
    let mut ended = BTreeSet::new();
    while ended.len() < 4 {
        let Some(Heard::Said(said)) = socket.within(SOON).await else {
            panic!("only {ended:?} within {SOON:?}");
        };
        if said["type"] == "next" {
            assert_eq!(
                said["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
                "{said}"
            );
        }
        ended.insert((text(&said["id"]), text(&said["type"])));
    }
    let expected = [
        ("balance", "complete"),
        ("balance", "next"),
        ("events", "complete"),
        ("events", "next"),
    ];
    assert_eq!(
        ended,
        expected.map(|(id, kind)| (id.to_owned(), kind.to_owned())).into()
    );
    // Nothing of it is told any more, and nothing new is begun.
    give(&owner, &customer, "depois").await;
    socket.ask("more", "{ viewer { email } }", &json!({})).await;
    let said = socket.said().await;
    assert_eq!(said["id"], "more", "{said}");
    assert_eq!(
        said["payload"]["errors"][0]["extensions"]["code"], "INVALID_TOKEN",
        "{said}"
    );
}
