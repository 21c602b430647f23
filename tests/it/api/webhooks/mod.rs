//! Webhooks: what partners are told, signed and in order, however often it takes.

mod pauses;
mod rights;
mod waiting;

use std::collections::BTreeSet;
use std::time::Duration;

use entity::webhook_delivery;
use fidelidade::run::Halves;
use fidelidade::service::webhook as service;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::actor::Actor;
use crate::support::app::{TestApp, eventually};
use crate::support::document::cpf;
use crate::support::merchant::{list, text};
use crate::support::receiver::{Receiver, Sent};

/// How long something may take.
const PATIENCE: Duration = Duration::from_mins(1);
const WEBHOOK: &str = "webhook { id state version pausedBecause eventTypes scopes ordering failingSince } secret";
const PAYLOAD: &str = "query ($id: ID!) { node(id: $id) { ... on Customer { name email } } }";

struct Scene<'a> {
    owner: Actor<'a>,
    store: String,
    customer: String,
    other: String,
    receiver: Receiver,
}

impl<'a> Scene<'a> {
    /// A store with two customers, to whom nothing happens by itself, however much time goes by.
    async fn set(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let source = owner.source(&store, "ERP").await;
        let sale = |nth: usize| {
            json!({ "externalId": format!("v{nth}"), "status": "APPROVED", "productsTotal": "100.00",
                "placedAt": "2026-11-01T12:00:00Z", "changedAt": "2026-11-01T12:00:00Z",
                "customer": { "document": cpf(nth), "name": format!("Pessoa {nth}"),
                    "email": format!("pessoa{nth}@exemplo.com.br") } })
        };
        let input = json!({ "integrationId": source, "sales": [sale(0), sale(1)], "idempotencyKey": "vendas" });
        let told = owner
            .must("registerSales", "results { order { customer { id } } }", input)
            .await;
        let customer = |nth: usize| text(&told["results"][nth]["order"]["customer"]["id"]);
        let (customer, other) = (customer(0), customer(1));
        let receiver = Receiver::start().await;
        Self {
            owner,
            store,
            customer,
            other,
            receiver,
        }
    }

    fn input(&self, types: &[&str], more: &Value) -> Value {
        let mut input = json!({ "storeId": self.store, "url": self.receiver.url, "eventTypes": types,
            "scopes": ["customers:read"], "idempotencyKey": "webhook" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    /// Makes a webhook: its id and its secret.
    async fn webhook(&self, types: &[&str], more: Value) -> (String, String) {
        let made = self
            .owner
            .must("createWebhook", WEBHOOK, self.input(types, &more))
            .await;
        (text(&made["webhook"]["id"]), text(&made["secret"]))
    }

    /// Something that happens to a customer.
    async fn give(&self, customer: &str, key: &str) {
        let input = json!({ "customerId": customer, "points": 1, "reason": "cortesia", "idempotencyKey": key });
        self.owner.must("adjustPoints", "adjustment { id }", input).await;
    }

    async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 100) { nodes {
            id state attempts status answer error durationMs nextAttemptAt attemptedAt finishedAt objectId eventType } } } } }";
        let told = self.owner.ask(query, json!({ "id": webhook })).await;
        list(&told["node"]["deliveries"]["nodes"])
    }

    async fn states(&self, webhook: &str) -> Vec<(String, i64)> {
        let deliveries = self.deliveries(webhook).await.into_iter().rev();
        deliveries
            .map(|one| (text(&one["state"]), one["attempts"].as_i64().unwrap()))
            .collect()
    }

    /// Waits until the deliveries, the oldest first, stand so.
    async fn until(&self, webhook: &str, states: &[(&str, i64)]) {
        // Nine tries one after the other are nine jobs, and others may be busy.
        let expected: Vec<(String, i64)> = states
            .iter()
            .map(|(state, tries)| ((*state).to_owned(), *tries))
            .collect();
        eventually("deliveries that stand so", PATIENCE * 3, async || {
            (self.states(webhook).await == expected).then_some(())
        })
        .await;
    }
}

fn verify(secret: &str, sent: &Sent) -> bool {
    let verifier = Webhook::new(secret).unwrap();
    verifier.verify(sent.raw.as_bytes(), &sent.headers).is_ok()
}

#[tokio::test]
async fn what_happens_arrives_shaped_and_signed() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app).await;
    let (webhook, secret) = scene
        .webhook(&["POINTS_BALANCE_CHANGED"], json!({ "payload": PAYLOAD }))
        .await;
    let again = scene
        .webhook(&["POINTS_BALANCE_CHANGED"], json!({ "payload": PAYLOAD }))
        .await;
    assert_eq!(again, (webhook.clone(), secret.clone()), "the same key again");
    let customer = scene.customer.clone();
    scene.give(&customer, "1").await;
    let sent = scene.receiver.until(1).await.remove(0);
    assert!(verify(&secret, &sent), "{sent:?}");
    assert_eq!(
        (&sent.body["type"], &sent.body["objectId"], &sent.body["storeId"]),
        (&json!("points.balance_changed"), &json!(customer), &json!(scene.store))
    );
    assert_eq!(
        sent.body["data"],
        json!({ "node": { "name": "Pessoa 0", "email": "pessoa0@exemplo.com.br" } })
    );
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert!(!verify(other, &sent));
    let mut forged = sent.clone();
    forged.raw = forged.raw.replace("Pessoa 0", "Pessoa 1");
    assert!(!verify(&secret, &forged));
    scene.until(&webhook, &[("DELIVERED", 1)]).await;
    let delivery = scene.deliveries(&webhook).await.remove(0);
    assert_eq!(
        (
            &delivery["id"],
            &delivery["status"],
            &delivery["answer"],
            &delivery["error"]
        ),
        (&json!(sent.id()), &json!(200), &json!("answered 200"), &Value::Null)
    );
    assert!(delivery["durationMs"].is_i64() && delivery["finishedAt"].is_string());

    // Both secrets sign for a while.
    let rotated = scene
        .owner
        .must("rotateWebhookSecret", WEBHOOK, json!({ "id": webhook }))
        .await;
    let new = text(&rotated["secret"]);
    assert_ne!(new, secret);
    scene.owner.must("testWebhook", WEBHOOK, json!({ "id": webhook })).await;
    let sent = scene.receiver.until(2).await.remove(1);
    assert_eq!(
        (&sent.body["type"], &sent.body["objectId"]),
        (&json!("webhook.tested"), &json!(webhook))
    );
    assert!(verify(&secret, &sent) && verify(&new, &sent));

    // The same again, with the same id.
    let first = text(&delivery["id"]);
    scene
        .owner
        .must("replayDelivery", "delivery { state attempts }", json!({ "id": first }))
        .await;
    let sent = scene.receiver.until(3).await.remove(2);
    assert_eq!((sent.id(), verify(&new, &sent)), (first, true));

    scene
        .owner
        .must("deleteWebhook", "deleted", json!({ "id": webhook }))
        .await;
    scene.give(&customer, "2").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(scene.receiver.sent().len(), 3);
    let query = "query ($id: ID!) { node(id: $id) { id } store(id: $store) { webhooks(first: 1) { nodes { id } } } }";
    let query = query.replace("$store", &format!("\"{}\"", scene.store));
    let told = scene.owner.ask(&query, json!({ "id": webhook })).await;
    assert_eq!(told, json!({ "node": null, "store": { "webhooks": { "nodes": [] } } }));
}

#[tokio::test]
async fn one_that_fails_is_sent_again_and_holds_back_the_later_ones_of_its_object() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.customer.clone(), scene.other.clone());
    let (webhook, secret) = scene
        .webhook(&["POINTS_BALANCE_CHANGED"], json!({ "ordering": "OBJECT" }))
        .await;
    scene.receiver.answer(&[(503, 0)]);
    scene.give(&one, "1").await;
    scene.until(&webhook, &[("PENDING", 1)]).await;
    let failed = scene.deliveries(&webhook).await.remove(0);
    assert_eq!(
        (&failed["status"], &failed["answer"]),
        (&json!(503), &json!("answered 503"))
    );
    let time = |value: &Value| text(value).parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let delay = time(&failed["nextAttemptAt"]) - time(&failed["attemptedAt"]);
    assert!((5_000..=6_000).contains(&delay.num_milliseconds()), "{delay}");
    scene.give(&one, "2").await;
    scene.give(&other, "3").await;
    scene
        .until(&webhook, &[("PENDING", 1), ("WAITING", 0), ("DELIVERED", 1)])
        .await;
    scene
        .until(&webhook, &[("DELIVERED", 2), ("DELIVERED", 1), ("DELIVERED", 1)])
        .await;
    let sent = scene.receiver.sent();
    let objects: Vec<String> = sent.iter().map(|sent| text(&sent.body["objectId"])).collect();
    assert_eq!(objects, [&one, &other, &one, &one].map(Clone::clone));
    assert_eq!(sent[0].id(), sent[2].id(), "another attempt has the same id");
    assert!(sent.iter().all(|sent| verify(&secret, sent)));
    assert_eq!(sent[0].body["data"], json!({ "id": one }));
}

#[tokio::test]
async fn a_receiver_that_is_gone_pauses_its_webhook_and_misses_nothing() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app).await;
    let (webhook, _) = scene.webhook(&["POINTS_BALANCE_CHANGED"], json!({})).await;
    let customer = scene.customer.clone();
    scene.receiver.answer(&[(410, 0)]);
    scene.give(&customer, "1").await;
    scene.until(&webhook, &[("FAILED", 1)]).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Webhook { state pausedBecause version } } }";
    let paused = scene.owner.ask(query, json!({ "id": webhook })).await["node"].take();
    assert_eq!(
        paused,
        json!({ "state": "PAUSED", "pausedBecause": "the receiver answered 410 Gone", "version": 2 })
    );
    scene.give(&customer, "2").await;
    scene.until(&webhook, &[("FAILED", 1), ("PENDING", 0)]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.receiver.sent().len(), 1, "it is paused");

    let stale = json!({ "id": webhook, "version": 1, "paused": false });
    let refused = scene.owner.call("updateWebhook", WEBHOOK, stale).await;
    assert_eq!(
        (
            &refused["userErrors"][0]["code"],
            &refused["userErrors"][0]["currentVersion"]
        ),
        (&json!("CONFLICT"), &json!(2))
    );
    let input = json!({ "id": webhook, "version": 2, "paused": false });
    let told = scene.owner.must("updateWebhook", WEBHOOK, input).await["webhook"].take();
    assert_eq!(
        (&told["state"], &told["pausedBecause"]),
        (&json!("ACTIVE"), &Value::Null)
    );
    scene.until(&webhook, &[("DELIVERED", 1), ("DELIVERED", 1)]).await;
}

#[tokio::test]
async fn what_cannot_be_used_is_refused() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("outbound.allow_private", "false")
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let manager = Actor::user(&app, "gerente@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    owner.admit(&store, "gerente@loja-exemplo.invalid", "MANAGER").await;
    let good = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/", "eventTypes": ["ORDER_CREATED"],
        "scopes": ["orders:read"], "idempotencyKey": "webhook" });
    let refused = async |field: &str, value: Value| {
        let mut input = good.clone();
        input[field] = value;
        let told = manager.call("createWebhook", WEBHOOK, input).await;
        assert_eq!(told["webhook"], Value::Null, "{told}");
        let error = &told["userErrors"][0];
        (text(&error["code"]), text(&error["path"][0]))
    };
    let invalid = |field: &str| ("INVALID".to_owned(), field.to_owned());
    for url in [
        "erp",
        "http://erp.exemplo.com.br/",
        "ftp://erp.exemplo.com.br/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://erp.exemplo.com.br:8444/",
    ] {
        assert_eq!(refused("url", json!(url)).await, invalid("url"), "{url}");
    }
    assert_eq!(refused("scopes", json!(["access:write"])).await, invalid("scopes"));
    assert_eq!(
        refused("eventTypes", json!([])).await,
        ("REQUIRED".to_owned(), "eventTypes".to_owned())
    );
    let nested = "{ a ".repeat(200) + &"}".repeat(200);
    for payload in [
        "{",
        "mutation { signOut { signedOut } }",
        "{ nothing }",
        "query ($id: ID!, $more: ID!) { node(id: $more) { id } nodes(ids: [$id]) { id } }",
        nested.as_str(),
    ] {
        assert_eq!(
            refused("payload", json!(payload)).await,
            invalid("payload"),
            "{payload}"
        );
    }
    manager.must("createWebhook", WEBHOOK, good.clone()).await;
    let token = json!({ "storeId": store, "name": "ERP", "scopes": ["integrations:write"] });
    let secret = text(&owner.must("createApiToken", "secret", token).await["secret"]);
    let answer = Actor::with(&app, &secret)
        .answer(&Actor::mutation("createWebhook", WEBHOOK), json!({ "input": good }))
        .await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "FORBIDDEN",
        "nobody shows what they may not see"
    );
    for nth in 1..20 {
        let mut input = good.clone();
        input["idempotencyKey"] = json!(format!("{nth}"));
        owner.must("createWebhook", "webhook { id }", input).await;
    }
    assert_eq!(refused("idempotencyKey", json!("one more")).await, invalid("storeId"));
}

/// Whatever a process does or does not do between two steps, each event is delivered, and noted once.
#[tokio::test]
async fn whatever_is_done_twice_or_not_at_all_nothing_is_lost() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let (webhook, _) = scene.webhook(&["POINTS_BALANCE_CHANGED"], json!({})).await;
    let customer = scene.customer.clone();
    for nth in 0..3 {
        scene.give(&customer, &nth.to_string()).await;
    }
    // Handed out by several processes at once, and again.
    let all = futures_util::future::join_all((0..4).map(|_| service::hand_out(app.app()))).await;
    assert!(all.into_iter().all(|done| done.is_ok()));
    service::hand_out(app.app()).await.unwrap();
    let rows = webhook_delivery::Entity::find().order_by_asc(webhook_delivery::Column::Id);
    let rows = rows.all(&app.app().db).await.unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows.iter().map(|row| row.event_id).collect::<BTreeSet<_>>().len(), 3);
    // Two workers with one delivery: what the first noted stays.
    let one = service::prepare(app.app(), rows[0].id).await.unwrap().unwrap();
    let two = service::prepare(app.app(), rows[0].id).await.unwrap().unwrap();
    let with = |status| service::Outcome {
        status: Some(status),
        ..service::Outcome::default()
    };
    service::settle(app.app(), &one, with(200)).await.unwrap();
    service::settle(app.app(), &two, with(500)).await.unwrap();
    assert!(service::prepare(app.app(), rows[0].id).await.unwrap().is_none());
    let states = scene.states(&webhook).await;
    let expected = [("DELIVERED", 1), ("PENDING", 0), ("PENDING", 0)];
    assert_eq!(states, expected.map(|(state, tries)| (state.to_owned(), tries)));
}
