use super::*;

impl Stage {
    async fn coupon(&self, id: &Value) -> (i64, i64) {
        let coupon = self.get(&format!("/v1/cupom/{id}")).await.json();
        (
            coupon["quantidade"].as_i64().unwrap(),
            coupon["quantidade_usada"].as_i64().unwrap(),
        )
    }

    async fn create(&self, body: Value) -> Value {
        let created = self.post("/v1/cupom", body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        created.json()["id"].clone()
    }

    async fn set_status(&self, number: &Value, status: &str) {
        let path = format!("/orders/loja-integrada/{}/status", number.as_str().unwrap());
        let (status, told) = self
            .control(&path, Some((Method::POST, json!({ "status": status }))))
            .await;
        assert_eq!(status, 200, "{told}");
    }
}

#[tokio::test]
async fn a_use_shows_on_the_order_and_on_the_coupon() {
    let stage = Stage::new().await;
    let id = stage.create(reward("USO1")).await;
    let (status, order) = stage.check_out("uso1", 900_001, 10_000).await;
    assert_eq!(
        (status, &order["discount_cents"], &order["total_cents"]),
        (200, &json!(2000), &json!(9500))
    );
    let detail = stage
        .get(&format!("/v1/pedido/{}", order["number"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(detail["cupom_desconto"]["codigo"], "USO1");
    assert_eq!(cents(&detail["valor_total"]), 9500);
    assert_eq!(stage.coupon(&id).await, (1, 1));
    assert_eq!(stage.check_out("USO1", 900_002, 10_000).await.0, 422, "exhausted");
    stage.switch(json!({ "quantity": "decremented" })).await;
    assert_eq!(stage.coupon(&id).await, (0, 1));
}

#[tokio::test]
async fn the_checkout_refuses_what_the_terms_exclude() {
    let stage = Stage::new().await;
    let many = |code: &str| but(reward(code), "quantidade", json!(999_999));
    stage.create(many("MINIMO")).await;
    stage.create(many("POUCOS")).await;
    stage.create(but(many("PASSOU"), "validade", json!("2027-01-01"))).await;
    let group = but(many("GRUPO"), "condicao_cliente", json!("grupos_selecionados"));
    stage.create(but(group, "grupos", json!(["12"]))).await;
    assert_eq!(stage.check_out("MINIMO", 900_001, 5999).await.0, 422);
    assert_eq!(stage.check_out("MINIMO", 900_001, 6000).await.0, 200);
    let (_, first) = stage.check_out("POUCOS", 900_001, 6000).await;
    stage.set_status(&first["number"], "pedido_cancelado").await;
    assert_eq!(
        stage.check_out("POUCOS", 900_001, 6000).await.0,
        422,
        "a cancelled order burns the customer's use"
    );
    assert_eq!(stage.check_out("POUCOS", 900_002, 6000).await.0, 200);
    for code in ["PASSOU", "ANTIGO15", "ESGOTADO", "DESLIGADO", "INEXISTENTE"] {
        assert_eq!(stage.check_out(code, 900_001, 50_000).await.0, 422, "{code}");
    }
    assert_eq!(stage.check_out("GRUPO", 900_001, 6000).await.0, 422);
    assert_eq!(stage.check_out("GRUPO", 900_003, 6000).await.0, 200);
}

#[tokio::test]
async fn kinds_take_off_what_they_say() {
    let stage = Stage::new().await;
    let percent = |code: &str| but(but(reward(code), "tipo", json!("porcentagem")), "valor", json!("10.5"));
    stage.create(percent("DEZ")).await;
    stage
        .create(but(percent("DEZTOTAL"), "aplicar_no_total", json!(true)))
        .await;
    stage
        .create(but(percent("DEZTETO"), "limite_desconto", json!("3.00")))
        .await;
    stage
        .create(but(
            but(reward("FRETE"), "tipo", json!("frete_gratis")),
            "valor",
            json!("0.00"),
        ))
        .await;
    let big = but(but(reward("GRANDE"), "valor", json!("500.00")), "quantidade", json!(9));
    stage.create(but(big, "quantidade_por_cliente", json!(0))).await;
    let off = async |code: &str| stage.check_out(code, 900_001, 10_000).await.1["discount_cents"].clone();
    assert_eq!(off("DEZ").await, 1050);
    assert_eq!(off("DEZTOTAL").await, 1207);
    assert_eq!(off("DEZTETO").await, 300);
    assert_eq!(off("FRETE").await, 1500);
    assert_eq!(off("GRANDE").await, 10_000);
    stage.switch(json!({ "fixed_above_subtotal": "full" })).await;
    assert_eq!(off("GRANDE").await, 50_000);
}

#[tokio::test]
async fn counters_move_as_the_switches_say() {
    let stage = Stage::new().await;
    let id = stage.create(but(reward("CONTA"), "quantidade", json!(5))).await;
    let (_, order) = stage.check_out("CONTA", 900_001, 10_000).await;
    assert_eq!(stage.coupon(&id).await, (5, 1));
    stage.switch(json!({ "use_counted": "paid" })).await;
    assert_eq!(stage.coupon(&id).await, (5, 0));
    stage.set_status(&order["number"], "pedido_pago").await;
    assert_eq!(stage.coupon(&id).await, (5, 1));
    stage.set_status(&order["number"], "pedido_cancelado").await;
    assert_eq!(stage.coupon(&id).await, (5, 0), "the use was given back");
    stage.switch(json!({ "cancelled_use": "kept" })).await;
    assert_eq!(stage.coupon(&id).await, (5, 1));
}
