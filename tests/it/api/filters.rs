//! What `where` finds: each field and operator, how they combine, and how large a filter may be.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::{seed, seed_access};
use crate::support::app::TestApp;
use crate::support::document::cpf;
use crate::support::merchant::{list, text};

/// The values of a field of what a list of a store has under a filter.
async fn found(who: &Actor<'_>, store: &str, of: (&str, &str), filter: Value) -> Vec<Value> {
    let (name, field) = of;
    let kind = match name {
        "integrations" => "IntegrationFilter".to_owned(),
        name => format!("{}{}Filter", name[..1].to_uppercase(), &name[1..name.len() - 1]),
    };
    let query = format!(
        "query ($id: ID!, $where: {kind}) {{ store(id: $id) {{ list: {name}(first: 100, where: $where) {{
            totalCount nodes {{ {field} }} }} }} }}"
    );
    let told = who.ask(&query, json!({ "id": store, "where": filter })).await["store"]["list"].take();
    let nodes = list(&told["nodes"]);
    assert_eq!(told["totalCount"], nodes.len(), "{filter}");
    nodes.into_iter().map(|mut node| node[field].take()).collect()
}

#[tokio::test]
async fn fields_are_asked_for_as_people_know_them() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 3).await;
    let customers = async |filter| found(&merchant, &store, ("customers", "name"), filter).await;
    let all = ["Pessoa 2", "Pessoa 1", "Pessoa 0"];
    assert_eq!(customers(Value::Null).await, all);
    assert_eq!(customers(json!({})).await, all);
    for (filter, names) in [
        (json!({ "name": { "startsWith": "  PÉSSOA " } }), &all[..]),
        (json!({ "name": { "eq": "pessoa  1" } }), &all[1..2]),
        (json!({ "name": { "startsWith": "soa" } }), &[]),
        (json!({ "name": { "startsWith": "" } }), &all),
        (json!({ "email": { "eq": " Pessoa1@Exemplo.com.br " } }), &all[1..2]),
        (json!({ "email": { "startsWith": "PESSOA2@" } }), &all[..1]),
        (json!({ "email": { "eq": "pessoa\u{0}" } }), &[]),
        (json!({ "email": { "startsWith": "%" } }), &[]),
        (
            json!({ "document": { "in": [cpf(0), cpf(2), "123"] } }),
            &["Pessoa 2", "Pessoa 0"],
        ),
        (json!({ "document": { "eq": cpf(1).split_at(3).0 } }), &[]),
        (json!({ "document": { "startsWith": "." } }), &[]),
        (json!({ "id": { "eq": full.customer } }), &all[2..]),
        (json!({ "id": { "in": [full.customer, full.order, "x"] } }), &all[2..]),
        (json!({ "createdAt": { "lt": "2001-01-01T00:00:00Z" } }), &[]),
        (
            json!({ "createdAt": { "gte": "2001-01-01T00:00:00Z", "lte": "2999-01-01T00:00:00Z" } }),
            &all,
        ),
    ] {
        assert_eq!(customers(filter.clone()).await, names, "{filter}");
    }
    let whole = cpf(1);
    assert_eq!(
        customers(json!({ "document": { "startsWith": whole[..9] } })).await,
        ["Pessoa 1"]
    );

    let orders = async |filter| found(&merchant, &store, ("orders", "number"), filter).await;
    assert_eq!(
        orders(json!({ "number": { "startsWith": "0000", "in": ["00002", "00003"] } })).await,
        ["00002", "00003"]
    );
    assert_eq!(
        orders(json!({ "customerId": { "eq": full.customer }, "statusCode": { "eq": "1" } })).await,
        [(); 0].map(|()| "")
    );
    assert_eq!(orders(json!({ "customerId": {} })).await.len(), 15);
    assert_eq!(
        orders(json!({ "updatedAt": { "gt": "2001-01-01T00:00:00Z" } }))
            .await
            .len(),
        15
    );
    let rewards = async |filter| found(&merchant, &store, ("rewards", "name"), filter).await.len();
    assert_eq!(
        rewards(json!({ "kind": { "in": ["PRODUCT"] }, "active": true, "points": { "eq": 10 } })).await,
        3
    );
    assert_eq!(rewards(json!({ "points": { "gt": 10 } })).await, 0);
    let coupons = async |filter| found(&merchant, &store, ("coupons", "state"), filter).await.len();
    assert_eq!(
        coupons(json!({ "state": { "eq": "USED" }, "validUntil": { "gt": "2001-01-01T00:00:00Z" } })).await,
        3
    );
    assert_eq!(coupons(json!({ "customerId": { "in": [full.customer] } })).await, 1);
    let redemptions = async |filter| found(&merchant, &store, ("redemptions", "state"), filter).await.len();
    assert_eq!(redemptions(json!({ "customerId": { "eq": full.customer } })).await, 1);
    assert_eq!(redemptions(json!({ "state": { "in": ["FAILED"] } })).await, 0);
    let integrations = async |filter| found(&merchant, &store, ("integrations", "name"), filter).await;
    assert_eq!(
        integrations(json!({ "platform": { "eq": "MAGAZORD" }, "active": true })).await,
        ["Magazord"]
    );
    assert_eq!(
        integrations(json!({ "platform": { "eq": "SALES_API" } })).await,
        [(); 0].map(|()| "")
    );
    let query = "query ($id: ID!) { store(id: $id) { reward(sku: \"SKU-1\") { name product { sku } } none: reward(sku: \"?\") { id } } }";
    let told = merchant.ask(query, json!({ "id": store })).await;
    assert_eq!(
        told["store"],
        json!({ "reward": { "name": "Produto 1", "product": { "sku": "SKU-1" } }, "none": null })
    );
}

/// The operators are the same where people's access, webhooks and jobs are listed.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
async fn what_is_about_access_webhooks_and_jobs_is_asked_for_the_same_way() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let user = text(&merchant.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let access = seed_access::fill(app.app(), store.parse().unwrap(), user.parse().unwrap(), (6, 6)).await;
    let long_ago = json!({ "lt": "2001-01-01T00:00:00Z" });
    for (name, of, filter, count) in [
        ("members", "Store", json!({}), 7),
        ("members", "Store", json!({ "role": { "in": ["OWNER", "MANAGER"] } }), 2),
        ("members", "Store", json!({ "userId": { "eq": user } }), 1),
        (
            "members",
            "Store",
            json!({ "email": { "eq": " Dona@loja-exemplo.INVALID" } }),
            1,
        ),
        (
            "members",
            "Store",
            json!({ "email": { "startsWith": "PESSOA0000" } }),
            6,
        ),
        ("members", "Store", json!({ "createdAt": long_ago }), 0),
        ("invitations", "Store", json!({ "accepted": true }), 2),
        (
            "invitations",
            "Store",
            json!({ "accepted": false, "revoked": false }),
            2,
        ),
        (
            "invitations",
            "Store",
            json!({ "email": { "eq": "CONVIDADA00003@loja.invalid" } }),
            1,
        ),
        ("invitations", "Store", json!({ "role": { "eq": "OWNER" } }), 0),
        ("invitations", "Store", json!({ "expiresAt": long_ago }), 0),
        ("apiTokens", "Store", json!({ "revoked": false }), 3),
        ("apiTokens", "Store", json!({ "name": { "startsWith": "ERP" } }), 6),
        ("apiTokens", "Store", json!({ "name": { "in": ["ERP 2", "erp 3"] } }), 1),
        (
            "apiTokens",
            "Store",
            json!({ "lastUsedAt": { "gt": "2001-01-01T00:00:00Z" } }),
            0,
        ),
        (
            "tokens",
            "Viewer",
            json!({ "or": [{ "name": { "eq": "ERP 1" } }, { "revoked": false }] }),
            4,
        ),
        ("sessions", "Viewer", json!({ "device": { "startsWith": "caixa" } }), 6),
        (
            "sessions",
            "Viewer",
            json!({ "expiresAt": { "gt": "2001-01-01T00:00:00Z" } }),
            7,
        ),
        ("auditLog", "Store", json!({ "action": { "startsWith": "reward." } }), 1),
        ("auditLog", "Store", json!({ "objectId": { "eq": access.order } }), 1),
        (
            "auditLog",
            "Store",
            json!({ "actorId": { "in": ["token_x", "\u{0}"] } }),
            1,
        ),
        ("webhooks", "Store", json!({ "state": { "eq": "PAUSED" } }), 2),
        (
            "webhooks",
            "Store",
            json!({ "url": { "eq": "https://erp.exemplo.com.br/3" } }),
            1,
        ),
        ("deliveries", "Webhook", json!({ "state": { "eq": "FAILED" } }), 1),
        (
            "deliveries",
            "Webhook",
            json!({ "objectId": { "eq": access.order } }),
            1,
        ),
        // An object of another kind with the same number is another object; what is no object is none.
        (
            "deliveries",
            "Webhook",
            json!({ "objectId": { "in": [access.order.to_string().replace("order", "customer"), "x", access.webhook] } }),
            0,
        ),
        ("jobs", "Store", json!({ "state": { "in": ["FAILED", "RUNNING"] } }), 1),
        ("jobs", "Store", json!({ "kind": { "eq": "SEND_EMAIL" } }), 5),
        ("jobs", "Store", json!({ "objectId": { "eq": access.order } }), 1),
        ("jobs", "Store", json!({ "createdAt": long_ago }), 0),
        (
            "jobs",
            "Store",
            json!({ "and": [{ "kind": { "eq": "SEND_EMAIL" } }, { "state": { "eq": "FAILED" } }] }),
            0,
        ),
    ] {
        let kind = match name {
            "auditLog" => "AuditFilter",
            "tokens" => "ApiTokenFilter",
            "deliveries" => "WebhookDeliveryFilter",
            name => &format!("{}{}Filter", name[..1].to_uppercase(), &name[1..name.len() - 1]),
        };
        let list = format!("list: {name}(first: 100, where: $where) {{ totalCount nodes {{ __typename }} }}");
        let (query, id) = match of {
            "Viewer" => (
                format!("query ($where: {kind}) {{ node: viewer {{ {list} }} }}"),
                Value::Null,
            ),
            of => (
                format!("query ($id: ID!, $where: {kind}) {{ node(id: $id) {{ ... on {of} {{ {list} }} }} }}"),
                if of == "Store" {
                    json!(store)
                } else {
                    json!(access.webhook)
                },
            ),
        };
        let told = merchant.ask(&query, json!({ "id": id, "where": filter })).await["node"]["list"].take();
        assert_eq!(told["totalCount"], count, "{name} where {filter}");
        assert_eq!(list_len(&told["nodes"]), count, "{name} where {filter}");
    }
}

fn list_len(nodes: &Value) -> usize {
    list(nodes).len()
}

#[tokio::test]
async fn conditions_combine() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 3).await;
    let named = |number: usize| json!({ "name": { "eq": format!("pessoa {number}") } });
    for (filter, names) in [
        (json!({ "or": [named(0), named(2)] }), &["Pessoa 2", "Pessoa 0"][..]),
        (json!({ "and": [named(0), named(2)] }), &[]),
        (json!({ "and": [named(0)], "or": [named(0), named(2)] }), &["Pessoa 0"]),
        (
            json!({ "name": { "eq": "pessoa 2" }, "or": [named(0), named(2)] }),
            &["Pessoa 2"],
        ),
        (
            json!({ "or": [{ "and": [named(0), { "email": { "startsWith": "pessoa0" } }] }, named(1)] }),
            &["Pessoa 1", "Pessoa 0"],
        ),
        // One of none never holds; all of none does; what asks for nothing holds.
        (json!({ "or": [] }), &[]),
        (json!({ "and": [] }), &["Pessoa 2", "Pessoa 1", "Pessoa 0"]),
        (json!({ "or": [named(0), {}] }), &["Pessoa 2", "Pessoa 1", "Pessoa 0"]),
    ] {
        let found = found(&merchant, &store, ("customers", "name"), filter.clone()).await;
        assert_eq!(found, names, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_has_a_size() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let query =
        "query ($id: ID!, $where: OrderFilter) { store(id: $id) { orders(first: 1, where: $where) { totalCount } } }";
    let ask = async |filter: Value| {
        let answer = merchant.answer(query, json!({ "id": store, "where": filter })).await;
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    let bad = Some("BAD_FILTER".to_owned());
    assert_eq!(ask(json!({ "number": { "in": numbers(100) } })).await, None);
    assert_eq!(ask(json!({ "number": { "in": numbers(101) } })).await, bad);
    let parts = |count: usize| vec![json!({ "number": { "eq": "1" } }); count];
    assert_eq!(ask(json!({ "or": parts(99) })).await, None);
    assert_eq!(ask(json!({ "or": parts(100) })).await, bad);
    assert_eq!(
        ask(json!({ "or": vec![json!({}); 100] })).await,
        bad,
        "an empty part is a part"
    );
    let deep = |depth: usize| (0..depth).fold(json!({ "number": { "eq": "1" } }), |inner, _| json!({ "and": [inner] }));
    assert_eq!(ask(deep(2)).await, None);
    assert_eq!(ask(deep(3)).await, bad);
    let ids: Vec<String> = vec![text(&json!(store)); 101];
    assert_eq!(ask(json!({ "customerId": { "in": ids } })).await, bad);
}
