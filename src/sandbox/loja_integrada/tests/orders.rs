use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn list_and_detail_say_what_is_true() {
    let stage = Stage::new().await;
    let truth = by_number(&stage.truth().await);
    let rows = stage.walk("/v1/pedido/search?limit=50").await;
    for row in rows {
        let number = row["numero"].as_u64().unwrap();
        let order = &truth[&number];
        assert!(row.get("itens").is_none() && row.get("cupom_desconto").is_none() && row.get("id").is_none());
        let detail = stage.get(&format!("/v1/pedido/{number}")).await.json();
        for told in [&row, &detail] {
            assert_eq!(told["situacao"]["codigo"], order["status"]);
            assert_eq!(cents(&told["valor_subtotal"]), order["products_cents"]);
            assert_eq!(cents(&told["valor_desconto"]), order["discount_cents"]);
            assert_eq!(cents(&told["valor_envio"]), order["shipping_cents"]);
            assert_eq!(cents(&told["valor_total"]), order["total_cents"]);
            assert_eq!(instant(&told["data_criacao"]), order["placed_at"]);
            assert_eq!(instant(&told["data_modificacao"]), order["changed_at"]);
        }
        assert_eq!(detail["cliente"]["id"], order["person"]["external_id"]);
        assert!(detail["cliente"].get("tipo").is_none() && detail["cliente"].get("grupo").is_none());
        assert_eq!(detail["cupom_desconto"]["codigo"], order["coupon_code"]);
        let items = detail["itens"].as_array().unwrap();
        assert_eq!(
            items.iter().map(|item| cents(&item["preco_subtotal"])).sum::<i64>(),
            order["products_cents"]
        );
    }
}

#[tokio::test]
async fn every_status_is_met_and_listed() {
    let stage = Stage::new().await;
    let truth = by_number(&stage.truth().await);
    let met: BTreeSet<&str> = truth.values().map(|order| order["status"].as_str().unwrap()).collect();
    let catalogue = stage.get("/v1/situacao").await.objects();
    let listed: BTreeSet<&str> = catalogue.iter().map(|row| row["codigo"].as_str().unwrap()).collect();
    assert_eq!((met.len(), &met), (17, &listed));
    assert!(stage.get("/v1/situacao/16").await.json()["aprovado"].as_bool().unwrap());
    let names = |rows: &[Value], code: &str| -> BTreeSet<String> {
        let of_code = rows.iter().filter(|row| row["codigo"] == code);
        of_code.map(|row| row["nome"].as_str().unwrap().to_owned()).collect()
    };
    let shown: Vec<Value> = stage
        .walk("/v1/pedido/search")
        .await
        .iter()
        .map(|row| row["situacao"].clone())
        .collect();
    let entregue = "pedido_entregue";
    assert!(
        names(&shown, entregue).len() > 1,
        "{:?} in orders, {:?} listed",
        names(&shown, entregue),
        names(&catalogue, entregue)
    );
}

#[tokio::test]
async fn orders_have_several_shapes() {
    let stage = Stage::new().await;
    let truth = by_number(&stage.truth().await);
    let number = truth
        .iter()
        .find(|(_, order)| order["coupon_code"].is_string())
        .map(|(number, _)| *number)
        .unwrap();
    let person = truth[&number]["person"]["external_id"].as_u64().unwrap();
    let detail = async || stage.get(&format!("/v1/pedido/{number}")).await.json();
    let usual = detail().await;
    assert_eq!(usual["cupom_desconto"]["codigo"], "BEMVINDO10");
    assert!(cents(&usual["valor_desconto"]) > truth[&number]["coupon_cents"].as_i64().unwrap());
    stage
        .switch(json!({ "order_customer": "uri", "order_status": "uri", "order_coupon": "string" }))
        .await;
    let other = detail().await;
    let address = other["cliente"].as_str().unwrap().trim_end_matches('/');
    assert_eq!(address, format!("/api/v1/cliente/{person}"));
    assert!(other["situacao"].as_str().unwrap().starts_with("/api/v1/situacao/"));
    assert_eq!(other["cupom_desconto"], "BEMVINDO10");
    assert!(stage.get("/v1/pedido/search?limit=1").await.objects()[0]["situacao"].is_string());
    stage.switch(json!({ "order_customer": "missing" })).await;
    assert!(detail().await.get("cliente").is_none());
    assert_eq!(
        stage.get("/v1/pedido/7700001").await.status,
        404,
        "the internal id is no key"
    );
}

#[tokio::test]
async fn marketplace_orders_are_told_apart() {
    let stage = Stage::new().await;
    let placed = stage
        .place(json!({ "customer": 900_001, "products_cents": 5000, "channel": "marketplace" }))
        .await;
    let number = placed["number"].as_str().unwrap();
    let detail = stage.get(&format!("/v1/pedido/{number}")).await.json();
    assert!(detail["id_anymarket"].is_string() && detail["integration_data"].is_object());
    assert_eq!(detail["pagamentos"][0]["forma_pagamento"]["codigo"], "PAGAMENTOEXTERNO");
    assert!(
        detail["cliente"]["email"]
            .as_str()
            .unwrap()
            .ends_with("@feira-exemplo.invalid")
    );
    assert_eq!(detail["cliente"]["id"], 900_001);
}

#[tokio::test]
async fn statuses_change_and_leave_a_history() {
    let stage = Stage::new().await;
    let placed = stage
        .place(json!({ "customer": 900_002, "products_cents": 5000, "status": "pedido_cancelado" }))
        .await;
    let number = placed["number"].as_str().unwrap();
    let refused = stage
        .put(&format!("/v1/situacao/pedido/{number}"), json!({ "codigo": "nenhuma" }))
        .await;
    refused.refuses("codigo");
    let changed = stage
        .put(
            &format!("/v1/situacao/pedido/{number}"),
            json!({ "codigo": "pedido_pago" }),
        )
        .await;
    assert_eq!(
        (changed.status, &changed.json()["codigo"]),
        (200, &json!("pedido_pago")),
        "a final status was left"
    );
    let now = stage.get(&format!("/v1/situacao/pedido/{number}")).await.json();
    assert_eq!(
        (&now["codigo"], &now["pedido"]),
        (&json!("pedido_pago"), &json!(format!("/api/v1/pedido/{number}")))
    );
    let history = stage
        .get(&format!("/v1/situacao_historico/search?numero={number}"))
        .await
        .objects();
    assert_eq!(
        (history.len(), &history[0]["situacao_anterior"]["codigo"]),
        (1, &json!("pedido_cancelado"))
    );
    assert_eq!(stage.get("/v1/situacao_historico").await.status, 404);
    let (_, stats) = stage.control("/stats", None).await;
    assert_eq!(stats["loja-integrada"]["forbidden"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn orders_take_an_id_of_the_callers() {
    let stage = Stage::new().await;
    let set = stage.put("/v1/pedido/1005", json!({ "id_externo": 777 })).await;
    assert_eq!((set.status, &set.json()["id_externo"]), (200, &json!(777)));
    assert_eq!(stage.get("/v1/pedido/777?id_externo=1").await.json()["numero"], 1005);
    assert_eq!(stage.get("/v1/pedido/777").await.status, 404);
}

#[tokio::test]
async fn values_come_in_several_dresses() {
    let stage = Stage::new().await;
    let mut forms = BTreeSet::new();
    let mut dates = BTreeSet::new();
    for number in 1001..=1060 {
        let detail = stage.get(&format!("/v1/pedido/{number}")).await.json();
        assert!(detail["campo_futuro"].is_object());
        let date = detail["data_criacao"].as_str().unwrap();
        dates.insert((date.len(), date.contains(' ')));
        for item in detail["itens"].as_array().unwrap() {
            let product = &item["produto"];
            forms.insert(match product {
                Value::String(text) if text.contains("?id_externo=1") => "address of an external id",
                Value::String(text) if text.ends_with('/') => "address with slash",
                Value::String(_) => "address",
                Value::Number(_) => "number",
                other if other.get("id").is_some() => "object with id",
                _ => "object with address",
            });
        }
    }
    assert_eq!(forms.len(), 6, "{forms:?}");
    assert!(dates.len() >= 5, "{dates:?}");
}
