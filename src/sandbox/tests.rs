//! The sandbox as a server, over real HTTP: its faults, its counts and its control API. What is
//! peculiar to a platform is tested beside that platform.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Faults, SandboxConfig, credentials, faults::RateLimit, probe::*};

const ORDERS: &str = "/v2/site/pedido";
const COUPONS: &str = "/v2/site/cupomDesconto";

fn coupon(code: &str) -> Value {
    json!({
        "codigo": code, "descricao": "Resgate", "loja": 1, "tipoDesconto": 1, "valorDesconto": 20, "tipoLimite": 3,
        "valorMinimoPedido": 0,
    })
}

async fn coupon_counts(probe: &Probe, code: &str) -> (u64, u64) {
    let told = probe.told("/coupons/magazord").await;
    let found = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == code)
        .cloned();
    let found = found.unwrap_or_default();
    (
        found["posts"].as_u64().unwrap_or(0),
        found["created"].as_u64().unwrap_or(0),
    )
}

#[tokio::test]
async fn the_same_seed_serves_the_same_world() {
    let (one, two) = (Probe::start().await, Probe::start().await);
    assert_eq!(
        one.told("/truth/magazord").await["orders"],
        two.told("/truth/magazord").await["orders"]
    );
    assert_eq!(one.get(ORDERS).await, two.get(ORDERS).await);
}

#[tokio::test]
async fn a_dropped_sandbox_stops_serving() {
    let probe = Probe::start().await;
    let url = probe.magazord_url("/v2/ping");
    assert_eq!(probe.http.get(&url).send().await.unwrap().status(), 200);
    let Probe { sandbox, http } = probe;
    sandbox.shutdown().await;
    assert!(http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn errors_come_at_about_their_share_and_change_nothing() {
    let probe = Probe::start().await;
    probe.faults(json!({ "error_rate_percent": 50 })).await;
    let mut failed = 0;
    for number in 0..60 {
        let (status, _) = probe.post(COUPONS, coupon(&format!("E{number}"))).await;
        assert!(matches!(status, 201 | 500 | 502 | 503), "{status}");
        failed += i32::from(status != 201);
        let created = coupon_counts(&probe, &format!("E{number}")).await.1;
        assert_eq!(created, u64::from(status == 201), "E{number} answered {status}");
    }
    assert!((15..=45).contains(&failed), "{failed} of 60");
}

#[tokio::test]
async fn a_lost_answer_leaves_the_coupon_behind() {
    let probe = Probe::start().await;
    probe.faults(json!({ "lose_coupon_answers": { "first": 1 } })).await;
    let lost = probe.call(Method::POST, COUPONS, Some(coupon("PERDIDO"))).await;
    assert!(lost.is_err(), "the connection is cut: {lost:?}");
    assert_eq!(coupon_counts(&probe, "PERDIDO").await, (1, 1));
    assert_eq!(
        probe.post(COUPONS, coupon("PERDIDO")).await.0,
        422,
        "the retry meets the duplicate"
    );
    assert_eq!(coupon_counts(&probe, "PERDIDO").await, (2, 1));
    assert_eq!(probe.post(COUPONS, coupon("OUTRO")).await.0, 201);
    assert_eq!(probe.told("/stats").await["magazord"]["cut"], 1);
}

#[tokio::test]
async fn creations_fail_so_many_times_and_then_work() {
    let probe = Probe::start().await;
    probe.faults(json!({ "coupon_5xx_before": 2 })).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(probe.post(COUPONS, coupon("TERCEIRO")).await.0);
    }
    assert_eq!(seen, [503, 503, 201]);
    assert_eq!(coupon_counts(&probe, "TERCEIRO").await, (3, 1));
}

#[tokio::test]
async fn coupons_are_refused_for_good() {
    let probe = Probe::start().await;
    probe
        .faults(json!({ "refuse_coupons": "limite de cupons do plano" }))
        .await;
    let (status, body) = probe.post(COUPONS, coupon("NUNCA")).await;
    assert_eq!((status, &body["message"]), (422, &json!("limite de cupons do plano")));
    assert_eq!(coupon_counts(&probe, "NUNCA").await, (1, 0));
}

#[tokio::test]
async fn malformed_answers_have_status_200() {
    let probe = Probe::start().await;
    probe.faults(json!({ "malformed_percent": 100 })).await;
    let mut kinds = BTreeSet::new();
    for _ in 0..12 {
        let response = probe.call(Method::GET, ORDERS, None).await.unwrap();
        assert_eq!(response.status(), 200);
        kinds.insert(response.headers()["content-type"].to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
    }
    assert_eq!(kinds.len(), 2, "half a body and a page: {kinds:?}");
}

#[tokio::test]
async fn details_fail_while_the_list_works() {
    let probe = Probe::start().await;
    probe.faults(json!({ "order_detail_error_percent": 100 })).await;
    let rows = probe.rows(ORDERS).await;
    let code = rows[3]["codigo"].as_str().unwrap();
    assert_eq!(probe.get(&format!("{ORDERS}/{code}")).await.0, 500);
}

#[tokio::test]
async fn answers_are_held_back() {
    let probe = Probe::start().await;
    probe.faults(json!({ "latency_ms": 150 })).await;
    let started = Instant::now();
    assert_eq!(probe.get("/v2/ping").await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

/// Numbers of all orders seen by walking the list, in the order seen.
async fn walk(probe: &Probe, query: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for page in 1..50 {
        let rows = probe.rows(&format!("{ORDERS}?limit=7&page={page}{query}")).await;
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.iter().map(|row| row["codigo"].as_str().unwrap().to_owned()));
    }
    seen
}

#[tokio::test]
async fn rows_move_between_pages() {
    let probe = Probe::start().await;
    let query = "&orderDirection=desc";
    let still = walk(&probe, query).await;
    assert_eq!(still.iter().collect::<BTreeSet<_>>().len(), still.len());
    let before = probe.true_orders().await;
    probe.faults(json!({ "rows_move": true })).await;
    let moving = walk(&probe, query).await;
    assert!(
        moving.iter().collect::<BTreeSet<_>>().len() < moving.len(),
        "an order is seen twice"
    );
    let after = probe.true_orders().await;
    assert!(after.len() > before.len(), "orders were placed meanwhile");
    let advanced = before
        .iter()
        .zip(&after)
        .filter(|(old, new)| old["status"] != new["status"])
        .count();
    assert!(advanced > 0, "orders advanced meanwhile");
}

#[tokio::test]
async fn rows_that_move_repeat_in_a_walk_by_change_time() {
    let config = SandboxConfig {
        orders: 120,
        faults: Faults {
            rows_move: true,
            rate_limit: RateLimit::Off,
            ..Faults::default()
        },
        ..SandboxConfig::at(start_of_time())
    };
    let probe = Probe::start_with(config).await;
    let seen = walk(&probe, "&dataHoraUltimaAlteracaoSituacao[gte]=2026-02-01T00:00:00Z").await;
    assert!(
        seen.iter().collect::<BTreeSet<_>>().len() < seen.len(),
        "an old order came in before the walk's place"
    );
}

#[tokio::test]
async fn parallel_requests_are_mostly_refused_and_patient_ones_never() {
    let probe = Probe::start_with(SandboxConfig::at(start_of_time())).await;
    let burst = join_all((0..8).map(|_| probe.get(ORDERS))).await;
    let refused = burst.iter().filter(|(status, _)| *status == 429).count();
    assert!((5..=7).contains(&refused), "{refused} of 8 refused");
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(probe.get(ORDERS).await.0, 200);
    }
    let stats = &probe.told("/stats").await["magazord"];
    assert_eq!(stats["too_many"], json!(refused));
    assert_eq!(stats["requests"], 14);
    assert_eq!(stats["max_in_60_s"], 14);
    assert_eq!(stats["accounts"][0]["account"], credentials().magazord.alias);
}

#[tokio::test]
async fn a_refused_creation_creates_nothing() {
    let probe = Probe::start_with(SandboxConfig::at(start_of_time())).await;
    let burst = join_all((0..6).map(|number| probe.post(COUPONS, coupon(&format!("B{number}"))))).await;
    let created = burst.iter().filter(|(status, _)| *status == 201).count();
    let told = probe.told("/coupons/magazord").await;
    let kept = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["posts"] != 0)
        .count();
    assert_eq!(kept, created);
}

#[tokio::test]
async fn advancing_the_clock_opens_the_limit_again() {
    let probe = Probe::start().await;
    probe
        .control(Method::PUT, "/faults", json!({ "rate_limit": { "per_minute": 1 } }))
        .await;
    assert_eq!(probe.get(ORDERS).await.0, 200);
    assert_eq!(probe.get(ORDERS).await.0, 429);
    let (status, told) = probe
        .control(Method::POST, "/clock", json!({ "advance_seconds": 61 }))
        .await;
    assert_eq!(status, 200, "{told}");
    assert!(told["now"].as_str().unwrap().starts_with("2026-03-01T15:01"), "{told}");
    assert_eq!(probe.get(ORDERS).await.0, 200);
}

#[tokio::test]
async fn parallelism_is_counted() {
    let probe = Probe::start().await;
    probe.faults(json!({ "latency_ms": 100 })).await;
    join_all((0..4).map(|_| probe.get(ORDERS))).await;
    assert_eq!(probe.told("/stats").await["magazord"]["max_parallel"], 4);
    assert_eq!(probe.control(Method::DELETE, "/stats", json!({})).await.0, 204);
    assert_eq!(probe.told("/stats").await["magazord"]["requests"], 0);
}

#[tokio::test]
async fn orders_are_placed_moved_and_removed_from_outside() {
    let probe = Probe::start().await;
    let customer = probe.told("/truth/magazord").await["customers"][2]["external_id"].clone();
    let body = json!({ "customer": customer, "products_cents": 12_345, "shipping_cents": 1000, "discount_cents": 345 });
    let (status, placed) = probe.control(Method::POST, "/orders/magazord", body).await;
    assert_eq!((status, &placed["total_cents"]), (200, &json!(13_000)));
    let number = placed["number"].as_str().unwrap();
    let (_, detail) = probe.get(&format!("{ORDERS}/{number}")).await;
    assert_eq!(
        (&detail["data"]["valorTotal"], &detail["data"]["pedidoSituacao"]),
        (&json!("130.00"), &json!(1))
    );
    probe
        .control(Method::POST, "/clock", json!({ "advance_seconds": 3600 }))
        .await;
    let path = format!("/orders/magazord/{number}/status");
    let (status, moved) = probe.control(Method::POST, &path, json!({ "status": 4 })).await;
    assert_eq!((status, &moved["status"]), (200, &json!("4")));
    assert_ne!(moved["changed_at"], placed["changed_at"]);
    let path = format!("/orders/magazord/{number}/refund");
    let (status, less) = probe.control(Method::POST, &path, json!({ "cents": 1_000 })).await;
    assert_eq!((status, &less["status"]), (200, &json!("4")));
    assert_eq!(
        less["total_cents"].as_i64(),
        moved["total_cents"].as_i64().map(|cents| cents - 1_000)
    );
    let (status, _) = probe.control(Method::POST, &path, json!({ "cents": 1_000_000 })).await;
    assert_eq!(status, 422, "more than was paid");
    assert_eq!(
        probe
            .control(Method::DELETE, &format!("/orders/magazord/{number}"), json!({}))
            .await
            .0,
        200
    );
    assert_eq!(probe.get(&format!("{ORDERS}/{number}")).await.0, 404);
}

#[tokio::test]
async fn the_control_api_says_what_is_wrong() {
    let probe = Probe::start().await;
    for (method, path, body, status) in [
        (Method::GET, "/truth/nuvemshop", json!(null), 404),
        (Method::PUT, "/faults", json!({ "error_rate": 5 }), 400),
        (
            Method::PATCH,
            "/switches/magazord",
            json!({ "order_by_id": "perhaps" }),
            400,
        ),
        (
            Method::POST,
            "/orders/magazord",
            json!({ "customer": 1, "products_cents": 1 }),
            422,
        ),
        (Method::POST, "/orders/magazord/1/status", json!({ "status": 4 }), 404),
        (
            Method::POST,
            "/orders/magazord/1/status",
            json!({ "status": "pago" }),
            422,
        ),
        (Method::POST, "/orders/magazord/1/refund", json!({ "cents": 1 }), 404),
        (
            Method::POST,
            "/checkout/magazord",
            json!({ "coupon_code": "X", "customer": 4001, "products_cents": 1 }),
            422,
        ),
    ] {
        let (seen, told) = probe.control(method, path, body).await;
        assert_eq!(seen, status, "{path}: {told}");
        assert!(told["error"].is_string(), "{path}: {told}");
    }
}

#[tokio::test]
async fn patching_keeps_what_it_does_not_name() {
    let probe = Probe::start().await;
    probe.faults(json!({ "latency_ms": 1, "error_rate_percent": 3 })).await;
    let (_, faults) = probe
        .control(Method::PATCH, "/faults", json!({ "error_rate_percent": 0 }))
        .await;
    assert_eq!(
        (&faults["latency_ms"], &faults["error_rate_percent"]),
        (&json!(1), &json!(0))
    );
    probe.switches(json!({ "order_by_id": "works" })).await;
    let body = json!({ "coupon_case": "sensitive" });
    let (_, switches) = probe.control(Method::PATCH, "/switches/magazord", body).await;
    assert_eq!(
        (&switches["order_by_id"], &switches["coupon_case"]),
        (&json!("works"), &json!("sensitive"))
    );
}
