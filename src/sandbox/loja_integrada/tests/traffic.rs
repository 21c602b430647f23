use super::super::super::faults::LostAnswers;
use super::*;

impl Stage {
    /// The status of each of so many reads.
    async fn reads(&self, count: usize) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(self.get("/v1/situacao/4").await.status);
        }
        statuses
    }

    async fn advance(&self, seconds: u32) {
        let change = (Method::POST, json!({ "advance_seconds": seconds }));
        assert_eq!(self.control("/clock", Some(change)).await.0, 200);
    }
}

#[tokio::test]
async fn the_hundred_and_first_request_of_a_minute_is_refused() {
    let stage = Stage::with(Faults::default()).await;
    stage.switch(json!({ "rate_window": "sliding" })).await;
    assert_eq!(stage.reads(100).await, vec![200; 100]);
    let refused = stage.get("/v1/situacao").await;
    assert_eq!(
        (refused.status, &refused.json()["code"], refused.retry_after.as_ref()),
        (429, &json!(633), None)
    );
    let other = stage
        .send(Method::GET, "/v1/situacao", Some("Basic li-token-outra-loja"), None)
        .await;
    assert_eq!(other.status, 200, "another shop");
    stage
        .switch(json!({ "rate_window": "sliding", "retry_after": true, "refusal_body": "text" }))
        .await;
    let refused = stage.get("/v1/situacao").await;
    assert!(refused.text.contains("633") && (50..=60).contains(&refused.retry_after.unwrap().parse::<u32>().unwrap()));
    stage.advance(61).await;
    assert_eq!(stage.reads(1).await, [200]);
}

#[tokio::test]
async fn a_token_may_have_a_bucket_of_its_own() {
    let pair = Some("chave_api 0a1b2c3d4e5f6a7b8c9d aplicacao 00000000-1111-4222-8333-444444444444");
    let stage = Stage::with(Faults {
        rate_limit: RateLimit::PerMinute(3),
        ..Faults::default()
    })
    .await;
    stage.advance(20).await;
    stage.reads(3).await;
    assert_eq!(stage.send(Method::GET, "/v1/situacao", pair, None).await.status, 429);
    stage.switch(json!({ "token_bucket": "own" })).await;
    stage.reads(3).await;
    assert_eq!(stage.reads(1).await, [429]);
    stage.switch(json!({})).await;
    stage.advance(60).await;
    assert_eq!(stage.send(Method::GET, "/v1/situacao", pair, None).await.status, 200);
}

#[tokio::test]
async fn bursts_of_new_coupons_meet_the_limit_early_and_change_nothing() {
    let stage = Stage::with(Faults::default()).await;
    stage.switch(json!({ "coupons_per_minute": 3 })).await;
    for index in 0..3 {
        assert_eq!(
            stage.post("/v1/cupom", reward(&format!("RAJADA{index}"))).await.status,
            201
        );
    }
    let refused = stage.post("/v1/cupom", reward("RAJADA3")).await;
    assert_eq!((refused.status, &refused.json()["code"]), (429, &json!(633)));
    assert_eq!(stage.reads(1).await, [200], "reads go on");
    assert!(!stage.get("/v1/cupom").await.text.contains("RAJADA3"));
    stage.advance(61).await;
    assert_eq!(stage.post("/v1/cupom", reward("RAJADA3")).await.status, 201);
}

#[tokio::test]
async fn without_a_limit_any_number_of_coupons_is_welcome() {
    let stage = Stage::new().await;
    for index in 0..40 {
        assert_eq!(
            stage.post("/v1/cupom", reward(&format!("LIVRE{index}"))).await.status,
            201
        );
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_coupon_behind() {
    let faults = Faults {
        lose_coupon_answers: LostAnswers::First(1),
        rate_limit: RateLimit::Off,
        ..Faults::default()
    };
    let stage = Stage::with(faults).await;
    let lost = stage
        .try_send(Method::POST, "/v1/cupom", Some(TOKEN), Some(reward("PERDIDO1")))
        .await;
    assert!(lost.is_err(), "the connection is cut");
    assert!(stage.get("/v1/cupom").await.text.contains("PERDIDO1"));
    stage.post("/v1/cupom", reward("PERDIDO1")).await.refuses("codigo");
    let (_, told) = stage.control("/coupons/loja-integrada", None).await;
    let told = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == "PERDIDO1")
        .unwrap()
        .clone();
    assert_eq!((&told["posts"], &told["created"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn rows_move_while_a_list_is_walked() {
    let stage = Stage::with(Faults {
        rows_move: true,
        rate_limit: RateLimit::Off,
        ..Faults::default()
    })
    .await;
    stage.switch(json!({ "default_order": "descending" })).await;
    let before = by_number(&stage.truth().await);
    let seen = numbers(&stage.walk("/v1/pedido/search?limit=10").await);
    let after = by_number(&stage.truth().await);
    assert!(after.len() > before.len(), "new orders appeared");
    let moved = before
        .iter()
        .filter(|(number, order)| after[number]["changed_at"] != order["changed_at"])
        .count();
    assert!(moved > 0, "orders advanced");
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert!(
        distinct.len() < seen.len(),
        "newest first, a new order pushes a row onto the next page"
    );
}

#[tokio::test]
async fn faults_of_the_platform_come_as_several_bodies() {
    let stage = Stage::with(Faults {
        error_rate_percent: 100,
        rate_limit: RateLimit::Off,
        ..Faults::default()
    })
    .await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..30 {
        let got = stage.get("/v1/situacao").await;
        seen.insert((got.status, got.text.chars().next()));
    }
    assert_eq!(seen, [(500, Some('{')), (502, Some('<')), (503, None)].into());
    let faults = json!({ "refuse_coupons": "loja bloqueada", "rate_limit": "off" });
    assert_eq!(stage.control("/faults", Some((Method::PUT, faults))).await.0, 200);
    let refused = stage.post("/v1/cupom", reward("NAO1")).await;
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (400, r#"{"detail":"loja bloqueada"}"#)
    );
}

#[tokio::test]
async fn bodies_must_be_json_and_say_so() {
    let stage = Stage::new().await;
    let url = format!("{}/v1/cupom", stage.sandbox.loja_integrada_url);
    let request = stage
        .client
        .post(url)
        .header("authorization", TOKEN)
        .body(reward("TEXTO1").to_string());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
    assert_eq!(stage.post("/v1/cupom", json!([1])).await.status, 400);
}

#[tokio::test]
async fn unknown_switches_are_refused() {
    let stage = Stage::new().await;
    let change = async |body| {
        stage
            .control("/switches/loja-integrada", Some((Method::PUT, body)))
            .await
            .0
    };
    assert_eq!(change(json!({ "patch": "maybe" })).await, 400);
    assert_eq!(change(json!({ "no_such_switch": true })).await, 400);
    assert_eq!(change(json!({ "patch": "refused" })).await, 200);
    assert_eq!(
        stage.control("/switches/loja-integrada", None).await.1["patch"],
        "refused"
    );
}
