//! Platforms that show that a webhook is theirs: whoever knows the address and not the secret is sent away with 401, and
//! nothing comes of it. What was sent away wrongly comes again, and nothing is lost.

use std::time::Duration;

use fidelidade::platform::Kind;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::hooks::Scene;
use crate::support::app::eventually;
use crate::support::merchant::text;
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD};

const PATIENCE: Duration = Duration::from_secs(20);

/// The signature of a body as Magazord writes it.
fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", fidelidade::secrets::hex(&mac.finalize().into_bytes()))
}

/// Sends a body to an integration's address, with one header or none.
async fn send(scene: &Scene, body: &str, header: Option<(&str, &str)>) -> u16 {
    let url = format!("{}{}", scene.origin(), scene.hook().await);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.post(url).body(body.to_owned());
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status().as_u16()
}

/// How many hints were kept.
async fn kept(scene: &Scene) -> u64 {
    let hints = entity::received_hook::Entity::find();
    hints.count(&scene.app.app().db).await.unwrap()
}

async fn is_set(scene: &Scene) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { hookSecretSet } } }";
    let told = scene
        .merchant
        .ask(query, json!({ "id": scene.store.integration }))
        .await;
    told["node"]["hookSecretSet"].clone()
}

/// Whether any came that was taken, and any that was not, as the merchant is told.
async fn arrivals(scene: &Scene) -> (bool, bool) {
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { hookTakenAt hookRefusedAt } } }";
    let told = scene
        .merchant
        .ask(query, json!({ "id": scene.store.integration }))
        .await;
    let came = |field: &str| !told["node"][field].is_null();
    (came("hookTakenAt"), came("hookRefusedAt"))
}

async fn set_secret(scene: &Scene, secret: &str) {
    let input = json!({ "id": scene.store.integration, "secret": secret });
    let fields = "integration { hookSecretSet }";
    let told = scene.merchant.must("setHookSecret", fields, input).await;
    assert_eq!(told["integration"]["hookSecretSet"], true);
    assert!(!told.to_string().contains(secret), "{told}");
}

/// Enters address and secret in the platform's panel.
async fn enter(scene: &Scene, secret: Option<&str>) {
    let url = format!("{}{}", scene.origin(), scene.hook().await);
    let body = json!({ "url": url, "secret": secret });
    scene.app.sandbox.control(Method::PUT, "/hooks/magazord", &body).await;
}

async fn play(scene: &Scene, readings: Value) {
    scene.app.sandbox.switches(Kind::Magazord, &readings).await;
}

async fn wait_minutes(scene: &Scene, minutes: u32) {
    let body = json!({ "advance_seconds": minutes * 60 });
    scene.app.sandbox.control(Method::POST, "/clock", &body).await;
}

/// Waits until so many deliveries were answered, and gives the last answer.
async fn answer(scene: &Scene, count: usize) -> Value {
    eventually("a delivery", PATIENCE, async || {
        let answers = scene.answers().await;
        (answers.len() >= count).then(|| answers[count - 1].clone())
    })
    .await
}

#[tokio::test]
async fn magazord_signs_once_the_secret_is_known_here() {
    let scene = Scene::open(&MAGAZORD).await;
    let signed = json!({ "hook_signature": "sha256" });
    assert_eq!(is_set(&scene).await, json!(false));

    // Nobody told a secret: the address is enough, signed or not.
    assert_eq!(arrivals(&scene).await, (false, false));
    enter(&scene, None).await;
    let first = scene.place(MAGAZORD.paid, 10_000).await;
    scene.has_points(&first, 100).await;
    assert_eq!(arrivals(&scene).await, (true, false));
    enter(&scene, Some("segredo-a")).await;
    play(&scene, signed.clone()).await;
    scene.set(&first, MAGAZORD.cancelled).await;
    scene.has_points(&first, 0).await;

    // From now on only what is signed with it, in either form.
    set_secret(&scene, " segredo-a\n").await;
    assert_eq!(is_set(&scene).await, json!(true));
    let second = scene.place(MAGAZORD.paid, 20_000).await;
    scene.has_points(&second, 200).await;
    play(
        &scene,
        json!({ "hook_signature": "sha256", "hook_body": "thin", "hook_topic": "approval" }),
    )
    .await;
    let third = scene.place(MAGAZORD.paid, 30_000).await;
    scene.has_points(&third, 300).await;
    assert_eq!(scene.answers().await, vec![json!(200); 4]);
    forged(&scene, &third).await;

    assert_eq!(arrivals(&scene).await, (true, true));

    // It is signed no more, though a secret is set: sent away, and taken when it comes again, five minutes later.
    play(&scene, json!({ "hook_signature": "none" })).await;
    scene.set(&second, MAGAZORD.cancelled).await;
    assert_eq!(answer(&scene, 5).await, json!(401));
    wait_minutes(&scene, 4).await;
    play(&scene, signed).await;
    scene.has_points(&second, 200).await;
    assert_eq!(scene.answers().await.len(), 5, "not before its time");
    wait_minutes(&scene, 1).await;
    scene.has_points(&second, 0).await;
    replaced(&scene, &third).await;

    // Without one, the address is enough again.
    let input = json!({ "id": scene.store.integration });
    for _ in 0..2 {
        let removed = scene
            .merchant
            .must("removeHookSecret", "integration { hookSecretSet }", input.clone())
            .await;
        assert_eq!(removed["integration"]["hookSecretSet"], false);
    }
    assert_eq!(send(&scene, "{}", None).await, 200);
    assert_eq!(
        scene.merchant.runs(&scene.store).await.len(),
        1,
        "no import but the first"
    );
}

/// Whoever knows the address and an order, and not the secret, brings nothing about.
async fn forged(scene: &Scene, order: &str) {
    let before = kept(scene).await;
    let body = json!({ "resourceId": order, "resourceType": "pedido", "eventDate": "2026-01-01" }).to_string();
    let right = signature("segredo-a", &body);
    let others = [
        signature("segredo-b", &body),
        signature("segredo-a", &format!("{body} ")),
    ];
    for wrong in [
        None,
        Some(("x-zord-signature-256", "")),
        Some(("x-zord-signature-256", "sha256=")),
        Some(("x-zord-signature-256", right.trim_start_matches("sha256="))),
        Some(("x-zord-signature-256", others[0].as_str())),
        Some(("x-zord-signature-256", others[1].as_str())),
        Some(("x-bling-signature-256", right.as_str())),
        Some(("authorization", right.as_str())),
    ] {
        assert_eq!(send(scene, &body, wrong).await, 401, "{wrong:?}");
    }
    assert_eq!(kept(scene).await, before, "nothing came of them");
    assert_eq!(send(scene, &body, Some(("X-Zord-Signature-256", &right))).await, 200);
    assert_eq!(kept(scene).await, before + 1);
}

/// The merchant replaces the secret here first, then in the panel: what came between comes again. Neither other
/// credentials nor another address lose it.
async fn replaced(scene: &Scene, order: &str) {
    let before = scene.answers().await.len();
    set_secret(scene, "segredo-b").await;
    scene.set(order, MAGAZORD.cancelled).await;
    assert_eq!(answer(scene, before + 1).await, json!(401));
    enter(scene, Some("segredo-b")).await;
    wait_minutes(scene, 5).await;
    scene.has_points(order, 0).await;
    assert_eq!(answer(scene, before + 2).await, json!(200));

    let input =
        json!({ "storeId": scene.store.id, "platform": MAGAZORD.platform, "credentials": MAGAZORD.credentials() });
    scene
        .merchant
        .must("connectIntegration", "integration { id }", input)
        .await;
    let input = json!({ "id": scene.store.integration });
    scene
        .merchant
        .must("replaceHookAddress", "integration { id }", input)
        .await;
    assert_eq!(is_set(scene).await, json!(true));
    assert_eq!(send(scene, "{}", None).await, 401);
    let right = signature("segredo-b", "{}");
    assert_eq!(send(scene, "{}", Some(("x-zord-signature-256", &right))).await, 200);
}

#[tokio::test]
async fn loja_integrada_shows_the_token_that_it_was_asked_with() {
    let scene = Scene::open(&LOJA_INTEGRADA).await;
    assert_eq!(is_set(&scene).await, Value::Null, "there is nothing to set");
    let order = |token: &str| json!({ "tipo": "pedido_venda", "numero": 1, "token": token }).to_string();
    // Whoever asked for webhooks otherwise chose a token that nobody here knows.
    assert_eq!(send(&scene, &order("x"), None).await, 200);

    let accepted = json!({ "hook_tokens": "all" });
    scene.app.sandbox.switches(Kind::LojaIntegrada, &accepted).await;
    let input = json!({ "id": scene.store.integration, "origin": scene.origin() });
    let register = async || {
        scene
            .merchant
            .must("registerHookAddress", "integration { id }", input.clone())
            .await
    };
    register().await;
    let placed = scene.place(LOJA_INTEGRADA.paid, 10_000).await;
    scene.has_points(&placed, 100).await;
    let told = scene
        .app
        .sandbox
        .control(Method::GET, "/hooks/loja-integrada", &Value::Null)
        .await;
    let token = text(&told["deliveries"][0]["body"]["token"]);
    assert_eq!(token.len(), 40);
    let url = format!("{}{}", scene.origin(), scene.hook().await);
    assert!(
        !fidelidade::secrets::sha256_hex(&url).starts_with(&token),
        "the address tells nothing of it"
    );

    let before = kept(&scene).await;
    let bearer = format!("Bearer {token}");
    let wrong = format!("Bearer {}", "0".repeat(40));
    for (body, header) in [
        (order("x"), None),
        (order(""), None),
        (order(&token[..39]), None),
        ("{}".to_owned(), None),
        (order("x"), Some(("authorization", wrong.as_str()))),
        (order("x"), Some(("authorization", token.as_str()))),
    ] {
        assert_eq!(send(&scene, &body, header).await, 401, "{body} {header:?}");
    }
    assert_eq!(kept(&scene).await, before, "nothing came of them");
    let wrapped = json!({ "origin": "x", "data": { "token": token } }).to_string();
    assert_eq!(send(&scene, &order(&token), None).await, 200);
    assert_eq!(send(&scene, &wrapped, None).await, 200);
    assert_eq!(send(&scene, &order("x"), Some(("authorization", &bearer))).await, 200);

    // Asked again for the same address, the token is the same; another address has another.
    register().await;
    assert_eq!(send(&scene, &order(&token), None).await, 200);
    let input = json!({ "id": scene.store.integration });
    scene
        .merchant
        .must("replaceHookAddress", "integration { id }", input)
        .await;
    assert_eq!(
        send(&scene, &order("x"), None).await,
        200,
        "nobody was asked to send here"
    );
    register().await;
    assert_eq!(send(&scene, &order(&token), None).await, 401);
    let placed = scene.place(LOJA_INTEGRADA.paid, 20_000).await;
    scene.has_points(&placed, 200).await;
}
