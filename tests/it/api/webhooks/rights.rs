//! Whoever sets a webhook up answers for it: it shows no more than they may see, when it is made and later.

use super::pauses::mails;
use super::*;

const PARTNER: &[&str] = &["integrations:read", "integrations:write", "customers:read"];

async fn token<'a>(scene: &Scene<'a>, name: &str, scopes: &[&str]) -> (String, Actor<'a>) {
    let input = json!({ "storeId": scene.store, "name": name, "scopes": scopes });
    let made = scene.owner.must("createApiToken", "token { id } secret", input).await;
    (
        text(&made["token"]["id"]),
        Actor::with(scene.owner.app, &text(&made["secret"])),
    )
}

async fn is_forbidden(who: &Actor<'_>, mutation: &str, input: Value) -> bool {
    let query = Actor::mutation(mutation, WEBHOOK);
    let answer = who.answer(&query, json!({ "input": input })).await;
    answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
}

#[tokio::test]
async fn a_query_that_shows_more_than_its_scopes_is_refused_when_it_is_set() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let nested = "query ($id: ID!) { node(id: $id) { ...order } }
        fragment order on Order { number customer { name } }";
    let refused = json!([
        { "code": "SCOPE_MISSING", "path": ["payload"],
          "message": "Customer needs customers:read: add it to the scopes, or leave it out of the query" },
        { "code": "SCOPE_MISSING", "path": ["payload"],
          "message": "Order.customer needs customers:read: add it to the scopes, or leave it out of the query" },
    ]);
    let errors = |told: &Value| -> Value {
        let errors = list(&told["userErrors"]).into_iter();
        errors
            .map(|error| json!({ "code": error["code"], "path": error["path"], "message": error["message"] }))
            .collect()
    };
    let more = json!({ "scopes": ["orders:read"], "payload": nested });
    let input = scene.input(&["ORDER_CREATED"], &more);
    let told = scene.owner.call("createWebhook", WEBHOOK, input).await;
    assert_eq!((&told["webhook"], errors(&told)), (&Value::Null, refused.clone()));

    let more = json!({ "scopes": ["orders:read", "customers:read"], "payload": nested });
    let (webhook, _) = scene.webhook(&["ORDER_CREATED"], more).await;
    let less = json!({ "id": webhook, "version": 1, "scopes": ["orders:read"] });
    assert_eq!(errors(&scene.owner.call("updateWebhook", WEBHOOK, less).await), refused);
    let both = json!({ "id": webhook, "version": 1, "scopes": ["orders:read"],
        "payload": "query ($id: ID!) { node(id: $id) { ... on Order { number } } }" });
    scene.owner.must("updateWebhook", WEBHOOK, both).await;
}

#[tokio::test]
async fn nobody_sends_what_they_may_not_see_anywhere() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let (_, narrow) = token(&scene, "estreito", &["integrations:read", "integrations:write"]).await;
    let told = scene.input(&["POINTS_BALANCE_CHANGED"], &json!({ "scopes": [] }));
    assert!(
        is_forbidden(&narrow, "createWebhook", told).await,
        "an event is told as well"
    );
    let (webhook, _) = scene.webhook(&["POINTS_BALANCE_CHANGED"], json!({})).await;
    let change = |version: i64, field: &str, value: Value| json!({ "id": webhook, "version": version, field: value });
    for (field, value) in [
        ("url", json!("https://outro.exemplo.com.br/")),
        ("eventTypes", json!(["CUSTOMER_UPDATED"])),
        ("scopes", json!(["customers:read"])),
        ("payload", json!("")),
    ] {
        let input = change(1, field, value);
        assert!(is_forbidden(&narrow, "updateWebhook", input).await, "{field}");
    }
    narrow
        .must("updateWebhook", WEBHOOK, change(1, "ordering", json!("OBJECT")))
        .await;
    narrow
        .must("updateWebhook", WEBHOOK, change(2, "paused", json!(true)))
        .await;
    let end = change(3, "paused", json!(false));
    assert!(
        is_forbidden(&narrow, "updateWebhook", end.clone()).await,
        "the end of a pause"
    );
    scene.owner.must("updateWebhook", WEBHOOK, end).await;
}

#[tokio::test]
async fn when_those_who_answer_lose_their_rights_nothing_is_sent_and_the_owners_are_told() {
    let app = TestApp::start().await;
    let scene = Scene::set(&app).await;
    let manager = Actor::user(&app, "gerente@loja-exemplo.invalid").await;
    let member = text(&manager.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    scene
        .owner
        .admit(&scene.store, "gerente@loja-exemplo.invalid", "MANAGER")
        .await;
    let (token_id, partner) = token(&scene, "ERP", PARTNER).await;
    let payload = "query ($id: ID!) { node(id: $id) { ... on Customer { email } } }";
    let mut webhooks = Vec::new();
    for (who, key) in [(&manager, "gerente"), (&partner, "ERP"), (&scene.owner, "dona")] {
        let more = json!({ "payload": payload, "idempotencyKey": key });
        let input = scene.input(&["POINTS_BALANCE_CHANGED"], &more);
        webhooks.push(text(&who.must("createWebhook", WEBHOOK, input).await["webhook"]["id"]));
    }
    let customer = scene.customer.clone();
    scene.give(&customer, "1").await;
    scene.receiver.until(3).await;

    let input = json!({ "storeId": scene.store, "userId": member });
    scene.owner.must("removeMember", "", input).await;
    scene
        .owner
        .must("revokeApiToken", "revoked", json!({ "id": token_id }))
        .await;
    scene.give(&customer, "2").await;
    for webhook in &webhooks[..2] {
        let state = scene.until_paused(webhook).await;
        assert_eq!(
            (&state["pauseReason"], &state["pausedBecause"]),
            (
                &json!("FORBIDDEN"),
                &json!(
                    "who answers for it has no longer the permission customers:read; whoever ends the pause answers for it"
                )
            )
        );
        scene.until(webhook, &[("DELIVERED", 1), ("PENDING", 0)]).await;
    }
    scene.until(&webhooks[2], &[("DELIVERED", 1); 2]).await;
    eventually("an e-mail for each", PATIENCE, async || {
        (mails(&app).len() == 2).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((scene.receiver.sent().len(), mails(&app).len()), (4, 2));

    // The owner answers from now on.
    scene.resume(&webhooks[0]).await;
    scene.until(&webhooks[0], &[("DELIVERED", 1); 2]).await;
    let sent = scene.receiver.until(5).await;
    assert_eq!(sent[4].body["data"]["node"]["email"], "pessoa0@exemplo.com.br");
}

#[tokio::test]
async fn the_audit_log_tells_what_was_changed_and_no_secret() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let more = json!({ "url": "https://erp.exemplo.com.br/aviso?chave=segredo" });
    let (webhook, secret) = scene.webhook(&["POINTS_BALANCE_CHANGED"], more).await;
    let input = json!({ "id": webhook, "version": 1, "url": "https://erp.exemplo.com.br/outro?chave=segredo",
        "eventTypes": ["CUSTOMER_UPDATED"], "ordering": "OBJECT", "paused": true });
    scene.owner.must("updateWebhook", WEBHOOK, input).await;
    let rotated = scene
        .owner
        .must("rotateWebhookSecret", WEBHOOK, json!({ "id": webhook }))
        .await;
    let query = "query ($id: ID!) { store(id: $id) { auditLog(first: 3) { nodes {
        action changes { field before after } } } } }";
    let told = scene.owner.ask(query, json!({ "id": scene.store })).await;
    let mut entries = list(&told["store"]["auditLog"]["nodes"]);
    entries.sort_by_key(|entry| text(&entry["action"]));
    let of = |action: &str| {
        let entry = entries.iter().find(|entry| entry["action"] == action).unwrap();
        entry["changes"].clone()
    };
    let made = |field: &str, after: &str| json!({ "field": field, "before": null, "after": after });
    assert_eq!(
        of("webhook.create"),
        json!([
            made("url", "\"https://erp.exemplo.com.br\""),
            made("eventTypes", "[\"points.balance_changed\"]"),
            made("scopes", "[\"customers:read\"]"),
            made("ordering", "\"none\""),
            made("state", "\"active\""),
        ])
    );
    let changed = |field: &str, before: &str, after: &str| json!({ "field": field, "before": before, "after": after });
    assert_eq!(
        of("webhook.update"),
        json!([
            changed("eventTypes", "[\"points.balance_changed\"]", "[\"customer.updated\"]"),
            changed("ordering", "\"none\"", "\"object\""),
            changed("state", "\"active\"", "\"paused\""),
            { "field": "url", "before": null, "after": null },
        ])
    );
    assert_eq!(
        of("webhook.rotateSecret"),
        json!([{ "field": "secret", "before": null, "after": null }])
    );
    let all = json!(entries).to_string();
    for hidden in ["segredo", secret.as_str(), rotated["secret"].as_str().unwrap()] {
        assert!(!all.contains(hidden), "{all}");
    }
}
