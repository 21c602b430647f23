//! The imitation says what the documentation says, whatever any adapter makes of it.
#![expect(clippy::unwrap_used, reason = "a failed call is a failed test")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::super::{credentials, probe::Probe};

struct Panel(Probe);

impl Panel {
    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> (u16, Value) {
        let url = format!("http://{}/jet{path}", self.0.sandbox.address);
        let mut request = self.0.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn order(&self, id: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        self.call(Method::GET, &format!("/order/api/v1/id/{id}"), headers, None)
            .await
    }

    async fn log_in(&self, body: Value) -> (u16, Value) {
        self.call(Method::POST, "/neo1/api/v1/auth", &[], Some(body)).await
    }

    async fn adm(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        let bearer = format!("Bearer {token}");
        let path = format!(
            "/neo1/api/v1/{path}?integrationKey={}",
            credentials().jet.integration_key
        );
        self.call(method, &path, &[("authorization", &bearer)], body).await
    }
}

fn encoded(names: [&str; 4], encode: fn(&str) -> String) -> Value {
    let known = credentials().jet;
    let values = [known.integration_key, known.user, known.password, known.store_id];
    names
        .into_iter()
        .zip(values)
        .map(|(name, value)| (name.to_owned(), json!(encode(value))))
        .collect()
}

const PASCAL: [&str; 4] = ["IntegrationKey", "UserName", "Password", "StoreID"];

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

#[tokio::test]
async fn the_open_api_gives_one_order_and_nothing_else() {
    let panel = Panel(Probe::start().await);
    let key = credentials().jet.api_key;
    let good = [("apiKey", key)];
    let bearer = format!("Bearer {key}");
    assert_eq!(panel.order("50001", &[]).await.0, 401);
    assert_eq!(panel.order("50001", &[("apiKey", "errada")]).await.0, 401);
    assert_eq!(panel.order("50001", &[("authorization", &bearer)]).await.0, 401);
    assert_eq!(panel.order("abc", &good).await.0, 400);
    assert_eq!(panel.order("1", &good).await.0, 404);
    let (status, body) = panel.order("50001", &good).await;
    assert_eq!((status, &body["result"]["idOrder"]), (200, &json!(50001)));
    for guess in [
        "/order/api/v1",
        "/order/api/v1/list",
        "/coupon/api/v1",
        "/customer/api/v1",
    ] {
        assert_eq!(panel.call(Method::GET, guess, &good, None).await.0, 404, "{guess}");
    }
}

#[tokio::test]
async fn a_log_in_is_encoded_and_a_token_needs_its_key() {
    let panel = Panel(Probe::start().await);
    assert_eq!(panel.log_in(encoded(PASCAL, base64)).await.0, 200);
    let camel = ["integrationKey", "userName", "password", "storeID"];
    assert_eq!(panel.log_in(encoded(camel, base64)).await.0, 200);
    assert_eq!(
        panel.log_in(encoded(PASCAL, str::to_owned)).await.0,
        401,
        "plain values"
    );
    let mut without = encoded(PASCAL, base64);
    without.as_object_mut().unwrap().remove("IntegrationKey");
    let (status, body) = panel.log_in(without).await;
    assert_eq!(status, 200);
    let token = body["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let bare = panel.call(Method::GET, "/neo1/api/v1/adm_order/GetQueue", &headers, None);
    assert_eq!(bare.await.0, 400, "no integrationKey");
    assert_eq!(panel.adm(Method::GET, "adm_order/GetQueue", "x", None).await.0, 401);
    assert_eq!(panel.adm(Method::GET, "adm_order/GetQueue", token, None).await.0, 200);
}

#[tokio::test]
async fn the_queue_repeats_itself_until_its_items_are_deleted() {
    let panel = Panel(Probe::start().await);
    let (_, body) = panel.log_in(encoded(PASCAL, base64)).await;
    let token = body["access_token"].as_str().unwrap().to_owned();
    let queue = async || panel.adm(Method::GET, "adm_order/GetQueue", &token, None).await.1;
    let first = queue().await;
    assert_eq!(first.as_array().unwrap().len(), 60);
    assert_eq!(first, queue().await);
    assert_eq!(
        first[0],
        json!({ "idQueue": 880_001, "actionType": "I", "entity": { "idOrder": 50_001 } })
    );
    let all: Vec<Value> = first
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!({ "idQueue": item["idQueue"] }))
        .collect();
    assert_eq!(
        panel
            .adm(Method::POST, "adm_order/DeleteQueue", &token, Some(json!(all)))
            .await
            .0,
        200
    );
    assert_eq!(queue().await, json!([]));
    let moved = json!({ "status": "CANCELADO" });
    panel.0.control(Method::POST, "/orders/jet/50001/status", moved).await;
    assert_eq!(queue().await[0]["entity"], json!({ "idOrder": 50_001 }));
}
