//! The lists of what keeps a store running – people and their access, integrations, webhooks, jobs, the audit log –
//! against what the API tells of them. Of secrets there is nothing.

use entity::{StoreId, api_token, integration, invitation, webhook};
use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::lists::{Case, check};
use super::{EMAIL, RUN, exported};
use crate::api::actor::Actor;
use crate::api::seed::{self, Full};
use crate::api::seed_access::{self, Access};
use crate::support::app::TestApp;
use crate::support::merchant::text;
use crate::support::shop::LOJA_INTEGRADA;

const OTHER: &str = "outra@loja-exemplo.invalid";

/// A list of the store, the newest last: how the API calls it, its mutation, its fields and columns.
const OF_STORE: [(&str, &str, &str, &str); 7] = [
    (
        "members",
        "exportMembers",
        "userId name email role createdAt",
        "userId name email role createdAt",
    ),
    (
        "invitations",
        "exportInvitations",
        "id email role createdAt expiresAt acceptedAt revokedAt",
        "id email role createdAt expiresAt acceptedAt revokedAt",
    ),
    (
        "apiTokens",
        "exportApiTokens",
        "id name hint scopes createdAt expiresAt lastUsedAt revokedAt previousUntil",
        "id name hint scopes createdAt expiresAt lastUsedAt revokedAt previousUntil",
    ),
    (
        "auditLog",
        "exportAuditLog",
        "id at actorId action objectId requestId changes { field before after }",
        "id at actorId action objectId requestId changes",
    ),
    (
        "webhooks",
        "exportWebhooks",
        "id url eventTypes scopes payload ordering state pauseReason pausedBecause failingSince previousSecretUntil
         createdAt",
        "id url eventTypes scopes payload ordering state pauseReason pausedBecause failingSince previousSecretUntil
         createdAt",
    ),
    (
        "jobs",
        "exportJobs",
        "id kind state attempts error runAt createdAt finishedAt objectId",
        "id kind state attempts error runAt createdAt finishedAt objectId",
    ),
    (
        "integrations",
        "exportIntegrations",
        "id platform { kind } name credentialsState credentialsError shopId siteUrl signUpUrl feedUrl couponValidityDays
         rewardSkus rewardPointsPerHundred registerCustomers registerSales active activatedAt importDaysBack
         lag { syncedAt newestSaleSeconds } nextImportAt createdAt",
        "id platform:platform.kind name credentialsState credentialsError shopId siteUrl signUpUrl feedUrl
         couponValidityDays rewardSkus rewardPointsPerHundred registerCustomers registerSales active activatedAt
         importDaysBack syncedAt:lag.syncedAt newestSaleSeconds:lag.newestSaleSeconds nextImportAt createdAt",
    ),
];

fn of_store(store: &str) -> Vec<Case> {
    let case = |(list, mutation, fields, columns): (&'static str, &'static str, &'static str, &'static str)| {
        let order = if list == "auditLog" { "AT_ASC" } else { "CREATED_AT_ASC" };
        // What is asked for here would be listed here.
        let (filter, input) = match list {
            "auditLog" => (
                "where: { action: { in: [\"store.create\", \"order.test\", \"webhook.create\"] } }",
                json!({ "action": { "in": ["store.create", "order.test", "webhook.create"] } }),
            ),
            "jobs" => (
                "where: { kind: { in: [SEND_EMAIL, RUN_IMPORT] } }",
                json!({ "kind": { "in": ["SEND_EMAIL", "RUN_IMPORT"] } }),
            ),
            _ => ("", Value::Null),
        };
        Case {
            mutation,
            input: json!({ "storeId": store, "orderBy": order, "where": input }),
            query: format!(
                "query {{ store(id: \"{store}\") {{ list: {list}(first: 100, orderBy: {order}, {filter}) {{
                    nodes {{ {fields} }} }} }} }}"
            ),
            nodes: "/store/list/nodes",
            columns,
            least: 3,
        }
    };
    OF_STORE.into_iter().map(case).collect()
}

fn of_one(full: &Full, access: &Access) -> Vec<Case> {
    vec![
        Case {
            mutation: "exportImportRuns",
            input: json!({ "integrationId": full.integration, "orderBy": "CREATED_AT_ASC" }),
            query: format!(
                "query {{ node(id: \"{}\") {{ ... on Integration {{ importRuns(first: 9, orderBy: CREATED_AT_ASC) {{ nodes {{
                    id integration {{ id }} kind trigger state phase total done created updated unchanged gone rejected
                    cancelRequested errorCode errorMessage createdAt startedAt finishedAt }} }} }} }} }}",
                full.integration
            ),
            nodes: "/node/importRuns/nodes",
            columns: "id integrationId:integration.id kind trigger state phase total done created updated unchanged
                gone rejected cancelRequested errorCode errorMessage createdAt startedAt finishedAt",
            least: 2,
        },
        Case {
            mutation: "exportWebhookDeliveries",
            input: json!({ "webhookId": access.webhook, "orderBy": "CREATED_AT_ASC" }),
            query: format!(
                "query {{ node(id: \"{}\") {{ ... on Webhook {{ deliveries(first: 9, orderBy: CREATED_AT_ASC) {{ nodes {{
                    id webhook {{ id }} eventType objectId occurredAt state attempts nextAttemptAt attemptedAt status
                    answer error durationMs finishedAt }} }} }} }} }}",
                access.webhook
            ),
            nodes: "/node/deliveries/nodes",
            columns: "id webhookId:webhook.id eventType objectId occurredAt state attempts nextAttemptAt attemptedAt
                status answer error durationMs finishedAt",
            least: 5,
        },
    ]
}

/// A store with all of it, some of it by hand.
async fn stocked(owner: &Actor<'_>, name: &str) -> (String, Full, Access) {
    let app = owner.app.app();
    let store = owner.create_store(name).await;
    let full = seed::fill(app, &store, 2).await;
    owner.connect(&store, &LOJA_INTEGRADA).await;
    owner.source(&store, "Caixa").await;
    let user = text(&owner.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let access = seed_access::fill(app, store.parse().unwrap(), user.parse().unwrap(), (6, 4)).await;
    let token = json!({ "storeId": store, "name": "=ERP", "scopes": ["orders:read", "store:read"] });
    owner.must("createApiToken", "token { id }", token).await;
    let webhook = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/a,b",
        "eventTypes": ["ORDER_CREATED", "POINTS_EARNED"], "scopes": ["orders:read"], "ordering": "OBJECT",
        "idempotencyKey": format!("o webhook de {name}") });
    owner.must("createWebhook", "webhook { id }", webhook).await;
    (store, full, access)
}

#[tokio::test]
async fn every_other_list_is_written_as_the_api_tells_it() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (store, full, access) = stocked(&merchant, "Loja").await;
    for case in of_store(&store).into_iter().chain(of_one(&full, &access)) {
        check(&merchant, &case).await;
    }
}

/// What a list's `where` leaves out is not in the file, and another store's is in none.
#[tokio::test]
async fn a_filter_holds_and_nothing_is_of_another_store() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (store, full, access) = stocked(&merchant, "Loja").await;
    let (other, ..) = stocked(&merchant, "Outra").await;
    for (list, mutation, filter, columns, expected) in [
        (
            "members",
            "exportMembers",
            json!({ "role": { "eq": "OWNER" } }),
            json!(["EMAIL", "ROLE"]),
            vec![json!({ "email": EMAIL, "role": "OWNER" })],
        ),
        (
            "apiTokens",
            "exportApiTokens",
            json!({ "name": { "eq": "=ERP" } }),
            json!(["NAME", "SCOPES"]),
            vec![json!({ "name": "=ERP", "scopes": ["orders:read", "store:read"] })],
        ),
        (
            "webhooks",
            "exportWebhooks",
            json!({ "url": { "startsWith": "https://erp.exemplo.com.br/a" } }),
            json!(["URL", "EVENT_TYPES", "ORDERING"]),
            vec![json!({ "url": "https://erp.exemplo.com.br/a,b",
                "eventTypes": ["ORDER_CREATED", "POINTS_EARNED"], "ordering": "OBJECT" })],
        ),
        (
            "auditLog",
            "exportAuditLog",
            json!({ "action": { "eq": "store.create" } }),
            json!(["ACTION", "OBJECT_ID"]),
            vec![json!({ "action": "store.create", "objectId": store })],
        ),
    ] {
        let input = json!({ "storeId": store, "format": "JSON_LINES", "where": filter, "columns": columns });
        let file = exported(&merchant, mutation, input).await;
        let rows: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows, expected, "{list}");
    }
    let input = json!({ "webhookId": access.webhook, "format": "JSON_LINES", "columns": ["STATE"],
        "where": { "state": { "eq": "FAILED" } } });
    assert_eq!(
        exported(&merchant, "exportWebhookDeliveries", input).await,
        "{\"state\":\"FAILED\"}\n"
    );
    let input = json!({ "integrationId": full.integration, "format": "JSON_LINES", "columns": ["KIND", "STATE"],
        "where": { "kind": { "eq": "CATALOGUE" } } });
    assert_eq!(
        exported(&merchant, "exportImportRuns", input).await,
        "{\"kind\":\"CATALOGUE\",\"state\":\"FAILED\"}\n"
    );
    for (_, mutation, ..) in OF_STORE {
        let input = json!({ "storeId": store, "format": "JSON_LINES" });
        let file = exported(&merchant, mutation, input).await;
        assert!(!file.is_empty() && !file.contains(&other), "{mutation}");
    }
}

/// What is kept of secrets: sealed, or their hashes.
async fn secrets(app: &TestApp, store: StoreId) -> Vec<String> {
    let db = &app.app().db;
    let mut all: Vec<String> = Vec::new();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat()
    };
    for row in integration::Entity::in_store(store).all(db).await.unwrap() {
        all.extend([hex(&row.credentials), format!("{:?}", row.credentials)]);
    }
    for row in webhook::Entity::in_store(store).all(db).await.unwrap() {
        all.extend([hex(&row.secret), format!("{:?}", row.secret)]);
    }
    all.extend(
        api_token::Entity::in_store(store)
            .all(db)
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.token_hash),
    );
    let invited = invitation::Entity::in_store(store).all(db).await.unwrap();
    all.extend(invited.into_iter().map(|row| row.token_hash));
    all.retain(|secret| secret.len() > 2);
    all
}

#[tokio::test]
async fn no_secret_is_in_a_file() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (store, ..) = stocked(&merchant, "Loja").await;
    let secrets = secrets(&app, store.parse().unwrap()).await;
    assert!(secrets.len() > 10, "{}", secrets.len());
    for (_, mutation, ..) in OF_STORE {
        let file = exported(&merchant, mutation, json!({ "storeId": store, "format": "JSON_LINES" })).await;
        let file = file.replace(", ", ",");
        for secret in &secrets {
            assert!(!file.contains(&secret.replace(", ", ",")), "{mutation}");
        }
    }
}

/// An export needs what its list needs; of another store there is nothing.
#[tokio::test]
async fn whoever_may_not_see_a_list_does_not_export_it() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (store, full, access) = stocked(&merchant, "Loja").await;
    let other = Actor::user(&app, OTHER).await;
    other.create_store("Outra").await;
    let token = json!({ "storeId": store, "name": "BI", "scopes": ["orders:read", "integrations:read"] });
    let made = merchant.must("createApiToken", "secret", token).await;
    let partner = Actor::with(&app, &text(&made["secret"]));
    let inputs = OF_STORE.map(|(_, mutation, ..)| (mutation, "storeId", store.clone()));
    for (mutation, field, id) in inputs.into_iter().chain([
        ("exportImportRuns", "integrationId", full.integration.to_string()),
        ("exportWebhookDeliveries", "webhookId", access.webhook.to_string()),
    ]) {
        let input = json!({ field: id, "format": "CSV", "idempotencyKey": mutation });
        let told = other.call(mutation, RUN, input.clone()).await;
        assert_eq!(
            (&told["userErrors"][0]["code"], &told["userErrors"][0]["path"]),
            (&json!("NOT_FOUND"), &json!([field])),
            "{mutation}"
        );
        let answer = partner
            .answer(&Actor::mutation(mutation, RUN), json!({ "input": input }))
            .await;
        let refused = &answer["errors"][0]["extensions"]["code"];
        if [
            "exportMembers",
            "exportInvitations",
            "exportApiTokens",
            "exportAuditLog",
        ]
        .contains(&mutation)
        {
            assert_eq!(refused, "FORBIDDEN", "{mutation}");
        } else {
            let run = &answer["data"][mutation]["exportRun"];
            assert_eq!(run["state"], "QUEUED", "{mutation}: {answer}");
            partner.must("cancelExport", RUN, json!({ "id": run["id"] })).await;
        }
    }
}
