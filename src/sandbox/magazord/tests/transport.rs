//! Paths, credentials, permissions, limits and error bodies.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox::{credentials, probe::*};

async fn status_with(probe: &Probe, authorization: &str, path: &str) -> u16 {
    let request = probe
        .http
        .get(probe.magazord_url(path))
        .header("authorization", authorization);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn wrong_paths_are_405_with_allow_options() {
    let probe = Probe::start().await;
    for path in [
        "/v2/site/cupom",
        "/v2/site/cliente",
        "/v2/erp/pedido",
        "/v2/site/carrinho/1",
        "/nada",
    ] {
        let response = probe.call(Method::GET, path, None).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &"OPTIONS".parse().unwrap()),
            "{path}"
        );
    }
    assert_eq!(
        probe
            .call(Method::DELETE, "/v2/site/cupomDesconto/71", None)
            .await
            .unwrap()
            .status(),
        405
    );
}

#[tokio::test]
async fn base_addresses_may_lack_api_and_have_a_slash() {
    let probe = Probe::start().await;
    let base = probe.magazord_url("");
    let good = basic(credentials().magazord.token, credentials().magazord.password);
    for url in [
        format!("{base}/v2/site/loja/"),
        format!("{}/v2/site/loja", base.trim_end_matches("/api")),
    ] {
        let response = probe
            .http
            .get(&url)
            .header("authorization", &good)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{url}");
    }
    let elsewhere = base.replace("loja-exemplo", "outra-loja");
    assert_eq!(
        probe
            .http
            .get(format!("{elsewhere}/v2/ping"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        probe.http.get(format!("{base}/v1/ping")).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn only_the_two_secrets_in_their_places_open() {
    let probe = Probe::start().await;
    let known = credentials().magazord;
    let path = "/v2/site/pedido?limit=1";
    assert_eq!(
        status_with(&probe, &basic(known.token, known.password), path).await,
        200
    );
    for bad in [
        basic(known.token, known.token),
        basic(known.password, known.token),
        basic(known.token, ""),
        basic(known.expired_token, known.password),
        format!("Bearer {}", known.token),
        "Basic %%%".to_owned(),
    ] {
        assert_eq!(status_with(&probe, &bad, path).await, 401, "{bad}");
    }
    assert_eq!(
        probe.http.get(probe.magazord_url(path)).send().await.unwrap().status(),
        401
    );
    probe.switches(json!({ "empty_password": true })).await;
    assert_eq!(status_with(&probe, &basic(known.token, ""), path).await, 200);
    assert_eq!(
        status_with(&probe, &basic(known.token, known.password), path).await,
        401
    );
}

#[tokio::test]
async fn a_restricted_token_is_refused_on_its_resource_only() {
    let probe = Probe::start().await;
    let known = credentials().magazord;
    for (switch, status) in [("403", 403), ("401", 401), ("405", 405)] {
        probe.switches(json!({ "permission_refusal": switch })).await;
        for one in &known.restricted {
            let token = basic(one.token, known.password);
            for resource in ["pessoa", "pedido", "cupomDesconto", "loja", "produto"] {
                let expected = if resource == one.resource { status } else { 200 };
                let seen = status_with(&probe, &token, &format!("/v2/site/{resource}?limit=1")).await;
                assert_eq!(seen, expected, "{} on {resource}", one.resource);
            }
        }
    }
}

#[tokio::test]
async fn writes_have_to_be_json() {
    let probe = Probe::start().await;
    let known = credentials().magazord;
    for (switch, status) in [("415", 415), ("406", 406)] {
        probe.switches(json!({ "not_json": switch })).await;
        let request = probe
            .http
            .post(probe.magazord_url("/v2/site/cupomDesconto"))
            .body("codigo=X");
        let request = request.header("authorization", basic(known.token, known.password));
        assert_eq!(request.send().await.unwrap().status().as_u16(), status);
    }
}

#[tokio::test]
async fn changing_the_account_is_noticed() {
    let probe = Probe::start().await;
    assert_eq!(probe.told("/stats").await["magazord"]["forbidden"], json!([]));
    probe
        .call(Method::PUT, "/v2/auth/change", Some(json!({})))
        .await
        .unwrap();
    let forbidden = &probe.told("/stats").await["magazord"]["forbidden"];
    assert_eq!(forbidden, &json!(["PUT /loja-exemplo/api/v2/auth/change"]));
}

/// Two requests at once, of which the second is refused.
async fn refused(probe: &Probe) -> reqwest::Response {
    probe
        .control(Method::PUT, "/faults", json!({ "rate_limit": { "per_minute": 1 } }))
        .await;
    probe
        .control(Method::POST, "/clock", json!({ "advance_seconds": 120 }))
        .await;
    let first = probe.call(Method::GET, "/v2/site/loja", None).await.unwrap();
    assert_eq!(first.status(), 200);
    let second = probe.call(Method::GET, "/v2/site/loja", None).await.unwrap();
    assert_eq!(second.status(), 429);
    second
}

#[tokio::test]
async fn refusals_say_when_to_come_back_in_every_way() {
    let probe = Probe::start().await;
    assert!(refused(&probe).await.headers().get("retry-after").is_none());
    probe.switches(json!({ "retry_after": "seconds" })).await;
    let seconds: u64 = refused(&probe).await.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((55..=60).contains(&seconds), "{seconds}");
    probe.switches(json!({ "retry_after": "http_date" })).await;
    let date = refused(&probe).await.headers()["retry-after"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(chrono::DateTime::parse_from_rfc2822(&date).is_ok(), "{date}");
    probe.switches(json!({ "retry_after": "rate_limit_headers" })).await;
    assert_eq!(refused(&probe).await.headers()["ratelimit-remaining"], "0");
}

#[tokio::test]
async fn bodies_of_refusals_are_json_text_or_nothing() {
    let probe = Probe::start().await;
    assert!(refused(&probe).await.json::<Value>().await.is_ok());
    probe.switches(json!({ "too_many_body": "text" })).await;
    assert_eq!(refused(&probe).await.text().await.unwrap(), "Too Many Requests");
    probe.switches(json!({ "too_many_body": "empty" })).await;
    assert_eq!(refused(&probe).await.text().await.unwrap(), "");
}

#[tokio::test]
async fn errors_come_in_every_shape() {
    let probe = Probe::start().await;
    for (form, key) in [
        ("status_message", "message"),
        ("error", "error"),
        ("mensagem", "mensagem"),
        ("problem", "detail"),
    ] {
        probe.switches(json!({ "error_body": form })).await;
        let (status, body) = probe.get("/v2/site/pedido/0000000000000").await;
        assert_eq!((status, body[key].is_string()), (404, true), "{form}: {body}");
    }
    for (form, start) in [("html", "<html>"), ("text", "Pedido"), ("empty", "")] {
        probe.switches(json!({ "error_body": form })).await;
        let response = probe
            .call(Method::GET, "/v2/site/pedido/0000000000000", None)
            .await
            .unwrap();
        let text = response.text().await.unwrap();
        assert!(
            text.starts_with(start) && (form == "empty") == text.is_empty(),
            "{form}: {text}"
        );
    }
    probe.switches(json!({ "errors_as_200": true })).await;
    let (status, body) = probe.post("/v2/site/cupomDesconto", json!({})).await;
    assert_eq!((status, &body["status"]), (200, &json!("error")));
}
