//! Credentials go in and never come out: not in any answer, not in the database's bytes.

use std::collections::BTreeSet;

use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use crate::api::actor::Actor;
use crate::support::app::{PASSWORD, TestApp, eventually};
use crate::support::database::Engine;
use crate::support::merchant::text;
use crate::support::shop::{BIS2BIS, BLING, JET, LOJA_INTEGRADA, MAGAZORD, TINY, TINY_V3};

/// Secrets as they were typed.
fn secrets() -> Vec<&'static str> {
    let known = credentials();
    vec![
        known.magazord.token,
        known.magazord.password,
        known.loja_integrada.personal_token,
        known.bis2bis.token,
        known.tiny.token,
        known.jet.integration_key,
        known.jet.password,
        known.bling.client_secret,
        known.tiny_v3.client_secret,
    ]
}

/// A selection of everything below a type, so many levels deep, that needs no argument but a page.
fn selection(schema: &Value, name: &str, levels: usize) -> String {
    let kind = schema["types"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kind| kind["name"] == name)
        .unwrap();
    let mut fields = Vec::new();
    for field in kind["fields"].as_array().into_iter().flatten() {
        let mut kind = &field["type"];
        while kind["ofType"].is_object() {
            kind = &kind["ofType"];
        }
        let arguments: BTreeSet<&str> = field["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let page = if arguments.contains("first") { "(first: 3)" } else { "" };
        if !arguments.is_empty() && page.is_empty() {
            continue;
        }
        let name = text(&field["name"]);
        match kind["kind"].as_str().unwrap() {
            "OBJECT" if levels > 0 => {
                let below = selection(schema, kind["name"].as_str().unwrap(), levels - 1);
                if !below.is_empty() {
                    fields.push(format!("{name}{page} {{ {below} }}"));
                }
            }
            "OBJECT" | "INTERFACE" | "UNION" => {}
            _ => fields.push(name),
        }
    }
    fields.join(" ")
}

#[tokio::test]
async fn no_answer_repeats_a_credential() {
    let app = TestApp::builder()
        .set("http.limits.max_complexity", "1000000")
        .start()
        .await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let query = "{ __schema { types { name fields { name args { name } type { kind name ofType { kind name ofType {
        kind name ofType { kind name } } } } } } } }";
    let schema = owner.ask(query, json!({})).await["__schema"].take();
    let mut said = String::new();
    for shop in [&MAGAZORD, &LOJA_INTEGRADA, &BIS2BIS, &TINY, &JET] {
        let input = json!({ "storeId": store, "platform": shop.platform, "credentials": shop.credentials() });
        let fields = format!(
            "integration {{ {} }} shops {{ id name }}",
            selection(&schema, "Integration", 1)
        );
        let payload = owner.must("connectIntegration", &fields, input).await;
        said += &payload.to_string();
        let integration = text(&payload["integration"]["id"]);
        owner
            .must(
                "refreshOrderStatuses",
                "integration { id }",
                json!({ "id": integration }),
            )
            .await;
        let query = format!(
            "query ($id: ID!) {{ node(id: $id) {{ ... on Integration {{ {} }} }} }}",
            selection(&schema, "Integration", 2)
        );
        let told = owner.ask(&query, json!({ "id": integration })).await;
        assert!(told["node"]["credentialsState"] == "ACCEPTED" && told["node"]["orderStatuses"][0]["name"].is_string());
        said += &told.to_string();
    }
    for erp in [&BLING, &TINY_V3] {
        let input = json!({ "storeId": store, "platform": erp.platform, "credentials": erp.credentials() });
        let fields = format!("integration {{ {} }}", selection(&schema, "Integration", 2));
        let payload = owner.must("connectIntegration", &fields, input).await;
        assert_eq!(payload["integration"]["credentialsState"], "AWAITING_CONSENT");
        said += &payload.to_string();
    }
    // Also when they are half wrong, and the platform is asked with them.
    let known = credentials().magazord;
    for (token, password) in [
        (known.token, "errada-de-propósito"),
        ("errado-de-propósito", known.password),
        (known.password, known.token),
    ] {
        let typed = json!([
            { "key": "token", "value": token }, { "key": "password", "value": password }, { "key": "alias", "value": known.alias },
        ]);
        let input = json!({ "storeId": store, "platform": "MAGAZORD", "credentials": typed });
        let payload = owner.call("connectIntegration", "integration { id }", input).await;
        assert_eq!(payload["userErrors"][0]["code"], "CREDENTIALS_REFUSED");
        said += &payload.to_string();
    }
    // And when the request itself is wrong.
    for query in [
        "mutation ($input: ConnectIntegrationInput!) { connectIntegration(input: $input) { nothing } }",
        "mutation ($input: Nothing!) { x }",
    ] {
        let input = json!({ "storeId": store, "platform": "NONE", "credentials": MAGAZORD.credentials() });
        said += &owner.answer(query, json!({ "input": input })).await.to_string();
    }
    for secret in secrets()
        .into_iter()
        .chain(["errada-de-propósito", "errado-de-propósito"])
    {
        assert!(!said.contains(secret), "an answer contains {secret}");
    }
}

#[tokio::test]
async fn the_database_holds_no_secret() {
    if Engine::of_tests() != Engine::Sqlite {
        // A server's files are not ours to read.
        return;
    }
    let mut app = TestApp::start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let magazord = owner.connect(&store, &MAGAZORD).await;
    owner.connect(&store, &LOJA_INTEGRADA).await;
    owner.connect(&store, &BIS2BIS).await;
    for other in [&TINY, &JET, &BLING, &TINY_V3] {
        owner.connect(&store, other).await;
    }
    owner.fill_in(&magazord, &MAGAZORD).await;
    owner.activate(&magazord).await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read"] });
    let token = text(&owner.must("createApiToken", "secret", input).await["secret"]);
    let session = owner.token.clone().unwrap();
    // Jobs, rejects and requests to the platform may all write something down.
    let query =
        "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 1) { nodes { state } } } } }";
    eventually("an import", std::time::Duration::from_mins(1), async || {
        let told = owner.ask(query, json!({ "id": magazord })).await;
        (told["node"]["importRuns"]["nodes"][0]["state"] == "SUCCEEDED").then_some(())
    })
    .await;
    drop(owner);
    let file = app.app().config.database_url().trim_start_matches("sqlite:").to_owned();
    let folder = app.folder.path().to_owned();
    let look = || {
        let mut bytes = Vec::new();
        for end in ["", "-wal"] {
            bytes.extend(std::fs::read(format!("{file}{end}")).unwrap_or_default());
        }
        bytes
    };
    let before = look();
    app.stop().await;
    for bytes in [before, look()] {
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(
            holds("dona@loja-exemplo.invalid") && holds("Pessoa de Teste"),
            "these are the right bytes"
        );
        for secret in secrets()
            .into_iter()
            .chain([PASSWORD, token.as_str(), session.as_str()])
        {
            assert!(!holds(secret), "the database holds {secret}");
        }
    }
    // The key is beside it, and readable by nobody else.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.join("secret.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
