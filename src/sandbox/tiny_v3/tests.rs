//! The imitation says what the documentation says, whatever any adapter makes of it.
#![expect(clippy::unwrap_used, reason = "a failed call is a failed test")]

use reqwest::{Method, Response, redirect::Policy};
use serde_json::{Value, json};

use super::super::{credentials, probe::Probe};

async fn get(probe: &Probe, path: &str, token: &str) -> Response {
    let url = format!("{}{path}", probe.sandbox.tiny_v3_url);
    let request = probe.http.get(url).header("authorization", format!("Bearer {token}"));
    request.send().await.unwrap()
}

async fn good(probe: &Probe, path: &str) -> Value {
    let answer = get(probe, path, credentials().tiny_v3.access_token).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn lists_tell_little_and_details_the_rest() {
    let probe = Probe::start().await;
    let told = good(&probe, "/pedidos?limit=7&offset=3&orderBy=asc").await;
    assert_eq!(told["paginacao"], json!({ "limit": 7, "offset": 3, "total": 60 }));
    let row = &told["itens"][0];
    assert_eq!((&row["id"], &row["numeroPedido"]), (&json!(700_004), &json!(4)));
    assert!(
        row["situacao"].is_u64() && row["valor"].is_string() && row["itens"].is_null(),
        "{row}"
    );
    let order = good(&probe, "/pedidos/700004").await;
    assert_eq!(order["valorTotalPedido"].to_string(), {
        let cents: f64 = row["valor"].as_str().unwrap().parse().unwrap();
        json!(cents).to_string()
    });
    assert!(order["itens"][0]["produto"]["sku"].is_string(), "{order}");
    assert_eq!(good(&probe, "/contatos?limit=100").await["paginacao"]["total"], 25);
    let contact = good(&probe, "/contatos/701").await;
    assert!(
        contact["dataNascimento"].as_str().unwrap().starts_with("19"),
        "{contact}"
    );
}

#[tokio::test]
async fn refusals_and_limits_are_told() {
    let probe = Probe::start().await;
    let known = credentials().tiny_v3;
    for (path, token, status) in [
        ("/pedidos", "errado", 401),
        ("/pedidos", known.restricted[0].token, 403),
        ("/contatos", known.restricted[0].token, 200),
        ("/pedidos/1", known.access_token, 404),
        ("/pedidos?limit=101", known.access_token, 400),
        ("/pedidos?dataInicial=01/01/2026", known.access_token, 400),
    ] {
        let answer = get(&probe, path, token).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.headers()["x-ratelimit-limit"], "120");
    }
    let limit = json!({ "rate_limit": { "per_minute": 8 } });
    probe.control(Method::PATCH, "/faults", limit).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(get(&probe, "/pedidos", known.access_token).await);
    }
    let last = statuses.pop().unwrap();
    assert_eq!(last.status().as_u16(), 429, "five within a second");
    assert_eq!(
        (
            &last.headers()["x-ratelimit-remaining"],
            last.headers().get("retry-after")
        ),
        (&"0".parse().unwrap(), None)
    );
    assert_eq!(last.text().await.unwrap(), "");
}

#[tokio::test]
async fn consent_knows_its_app_and_its_way_back() {
    let probe = Probe::start().await;
    let known = credentials().tiny_v3;
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let page = async |redirect: &str, scope: &str| {
        let url = format!(
            "{}/auth?response_type=code&client_id={}&state=s&redirect_uri={redirect}&scope={scope}",
            probe.sandbox.tiny_v3_accounts_url, known.client_id
        );
        browser.get(url).send().await.unwrap()
    };
    let back = "http://localhost:8080/oauth/callback";
    assert_eq!(page("http://localhost:8081/", "openid").await.status().as_u16(), 400);
    assert_eq!(page(back, "email").await.status().as_u16(), 400);
    let sent = page(back, "openid").await;
    assert_eq!(sent.status().as_u16(), 302);
    let location = sent.headers()["location"].to_str().unwrap().to_owned();
    let code = location.split_once("code=").unwrap().1.to_owned();
    let exchange = async |pairs: &[(&str, &str)]| {
        let app = [("client_id", known.client_id), ("client_secret", known.client_secret)];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(app.iter().chain(pairs))
            .finish();
        let request = probe.http.post(format!("{}/token", probe.sandbox.tiny_v3_accounts_url));
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        (status, told)
    };
    let of_code = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", back),
    ];
    assert_eq!(
        exchange(&of_code[..2]).await.1["error_description"],
        "Incorrect redirect_uri"
    );
    let (status, told) = exchange(&of_code).await;
    assert_eq!((status, &told["expires_in"]), (200, &json!(14_400)));
    assert_eq!(told["refresh_expires_in"], 86_400);
    assert_eq!(
        exchange(&of_code).await.1["error"],
        "invalid_grant",
        "a code serves once"
    );
    let refresh = told["refresh_token"].as_str().unwrap();
    let of_refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, renewed) = exchange(&of_refresh).await;
    assert_eq!(status, 200);
    assert_eq!(
        exchange(&of_refresh).await.1["error"],
        "invalid_grant",
        "it was rotated"
    );
    let opens = async |token: &Value| get(&probe, "/pedidos", token.as_str().unwrap()).await.status().as_u16();
    assert_eq!(opens(&renewed["access_token"]).await, 200);
    assert_eq!(opens(&told["access_token"]).await, 401);
}
