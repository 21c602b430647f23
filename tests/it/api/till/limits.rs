//! What is refused before anything is looked up, and how much may be asked for.

use fidelidade::run::Halves;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Till, problem, sale};
use crate::support::app::TestApp;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one refusal after the other")]
async fn what_is_not_understood_is_refused_in_words() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("http.max_body_bytes", "20000")
        .start()
        .await;
    let till = Till::open(&app).await;
    let bearer = format!("Bearer {}", till.token);
    let own = ("authorization", bearer.as_str());
    let json_type = ("content-type", "application/json");
    let key = ("idempotency-key", "a");
    let good = {
        let mut body = sale(&app, 1, "delivered");
        body["source"] = json!(till.source);
        body.to_string()
    };
    let long = json!({ "source": till.source, "sales": ["x".repeat(30_000)] }).to_string();
    let many = json!({ "source": till.source, "sales": vec![Value::Null; 101] }).to_string();
    let none = json!({ "source": till.source, "sales": [] }).to_string();
    let beside = json!({ "source": till.source, "sales": [{}], "externalId": "x" }).to_string();
    for (what, headers, body, status, code, said) in [
        (
            "no key",
            vec![own, json_type],
            good.clone(),
            400,
            "INVALID",
            "Idempotency-Key",
        ),
        (
            "a long key",
            vec![own, json_type, ("idempotency-key", &"k".repeat(101))],
            good.clone(),
            400,
            "INVALID",
            "1 to 100",
        ),
        (
            "text",
            vec![own, key, ("content-type", "text/plain")],
            good.clone(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "application/json",
        ),
        (
            "no type",
            vec![own, key],
            good,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "application/json",
        ),
        (
            "no JSON",
            vec![own, json_type, key],
            "{ \"sales\": ".to_owned(),
            400,
            "BAD_REQUEST",
            "column",
        ),
        (
            "a list",
            vec![own, json_type, key],
            "[]".to_owned(),
            400,
            "BAD_REQUEST",
            "not a JSON object",
        ),
        (
            "no source",
            vec![own, json_type, key],
            "{}".to_owned(),
            422,
            "INVALID",
            "errors",
        ),
        (
            "too long",
            vec![own, json_type, key],
            long,
            413,
            "BODY_TOO_LARGE",
            "20000 bytes",
        ),
        ("too many", vec![own, json_type, key], many, 422, "INVALID", "errors"),
        ("none", vec![own, json_type, key], none, 422, "INVALID", "errors"),
        (
            "both forms",
            vec![own, json_type, key],
            beside,
            422,
            "INVALID",
            "errors",
        ),
    ] {
        let (answered, told) = problem(till.ask(Method::POST, "/sales", &headers, body).await);
        assert_eq!((answered, &told["code"]), (status, &json!(code)), "{what}: {told}");
        assert!(told["detail"].as_str().unwrap().contains(said), "{what}: {told}");
    }
    let (status, _, told) = till.ask(Method::GET, "/sales", &[own], String::new()).await;
    assert_eq!(
        (status, &told["errors"][0]["extensions"]["code"]),
        (405, &json!("METHOD_NOT_ALLOWED"))
    );

    // The caller's name for a request is kept.
    let named = [own, json_type, key, ("x-request-id", "caixa-7")];
    let answer = till.ask(Method::POST, "/sales", &named, "{}".to_owned()).await;
    assert_eq!(answer.2["requestId"], "caixa-7");
}

/// A till has one bucket, whichever door it uses.
#[tokio::test]
async fn whoever_asks_for_too_much_is_told_when_to_come_again() {
    let settings = [("http.cost.capacity", "1000"), ("http.cost.restore_per_second", "10")];
    let mut builder = TestApp::builder().halves(Halves::Serve);
    for (name, value) in settings {
        builder = builder.set(name, value);
    }
    let app = builder.start().await;
    let till = Till::open(&app).await;
    let sales: Vec<Value> = (1..=60).map(|number| sale(&app, number, "delivered")).collect();
    let body = json!({ "sales": sales });
    assert_eq!(till.post("/sales", "a", &body).await.0, 200);
    let answer = till.send(Method::POST, "/sales", "b", &body).await;
    let seconds: u64 = answer.1["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((15..=20).contains(&seconds), "{seconds}");
    let (status, told) = problem(answer);
    assert_eq!((status, &told["code"]), (429, &json!("COST_LIMIT_REACHED")));
    // A little is left, for either door.
    assert_eq!(till.post("/sales", "c", &sale(&app, 1, "delivered")).await.0, 200);
    let query = "{ __typename }";
    let told = app.gql(query, json!({}), Some(&till.token)).await;
    let left = told["extensions"]["cost"]["remaining"].as_u64().unwrap();
    assert!((380..=600).contains(&left), "{left}");
}
