//! Orders in list and detail: their keys, their forms, and every kind that there is.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::sandbox::probe::*;

const ORDERS: &str = "/v2/site/pedido";

async fn detail(probe: &Probe, order: &Value) -> Value {
    let (status, body) = probe
        .get(&format!("{ORDERS}/{}", order["number"].as_str().unwrap()))
        .await;
    assert_eq!(status, 200, "{body}");
    body["data"].clone()
}

fn cents(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let cents = (text.parse::<Decimal>().unwrap() * Decimal::ONE_HUNDRED).normalize();
    cents.to_string().parse().unwrap()
}

#[tokio::test]
async fn rows_have_26_keys_and_add_up() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let rows = probe.rows(ORDERS).await;
    for (row, order) in rows.iter().zip(&truth) {
        assert_eq!(row.as_object().unwrap().len(), 26, "{row}");
        assert_eq!(row["codigo"].as_str().unwrap().len(), 13);
        assert_eq!(cents(&row["valorTotal"]), order["total_cents"]);
        assert_eq!(cents(&row["valorDesconto"]), order["discount_cents"]);
        assert!(row["valorProduto"].as_str().unwrap().ends_with("0000"));
        assert!(row["dataHora"].as_str().unwrap().ends_with("-03"));
        assert_eq!(row["lojaId"], order["shop_id"]);
    }
    let buyers: BTreeSet<_> = rows.iter().map(|row| row["pessoaId"].is_string()).collect();
    assert_eq!(buyers.len(), 2, "ids are numbers and now and then text");
    assert_eq!(rows[0]["dataHora"].as_str().unwrap().split('-').next(), Some("1998"));
}

#[tokio::test]
async fn details_say_what_is_true() {
    let probe = Probe::start().await;
    let (mut shipments, mut text_types) = (BTreeSet::new(), BTreeSet::new());
    for order in probe.true_orders().await {
        let detail = detail(&probe, &order).await;
        assert_eq!(
            cents(&detail["valorTotal"]),
            order["total_cents"],
            "{}",
            order["number"]
        );
        assert_eq!(cents(&detail["valorTotalFinal"]), order["total_cents"]);
        assert_eq!(detail["pedidoSituacao"].to_string(), order["status"].as_str().unwrap());
        assert_eq!((&detail["id_loja"], detail.get("loja_id")), (&order["shop_id"], None));
        let parcels = detail["arrayPedidoRastreio"].as_array().unwrap();
        let items: Vec<&Value> = parcels
            .iter()
            .flat_map(|parcel| parcel["pedidoItem"].as_array().unwrap())
            .collect();
        let skus: Vec<_> = items.iter().map(|item| &item["produtoDerivacaoCodigo"]).collect();
        assert_eq!(
            skus,
            order["lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| &line["sku"])
                .collect::<Vec<_>>()
        );
        let net: i64 = items.iter().map(|item| cents(&item["valorItem"])).sum();
        assert_eq!(
            net,
            order["products_cents"].as_i64().unwrap() - order["discount_cents"].as_i64().unwrap()
        );
        let freight: i64 = parcels.iter().map(|parcel| cents(&parcel["valorFrete"])).sum();
        assert_eq!(freight, order["shipping_cents"]);
        assert!(
            parcels.iter().all(|parcel| parcel["pedidoItem"][0]["id"] == 1),
            "ids start anew in each"
        );
        shipments.insert(parcels.len());
        text_types.insert(detail["pedidoSituacaoTipo"].is_string());
    }
    assert_eq!(shipments, BTreeSet::from([1, 2]));
    assert_eq!(text_types.len(), 2);
}

#[tokio::test]
async fn every_situation_that_matters_is_there_in_the_first_shop() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    for code in [
        "4", "5", "8", "2", "9", "10", "14", "17", "20", "21", "24", "26", "27", "28", "32",
    ] {
        let there = truth
            .iter()
            .any(|order| order["status"] == code && order["shop_id"] == 1);
        assert!(there, "no order in {code}");
    }
    let integrated = probe.rows(&format!("{ORDERS}?situacao=5")).await;
    assert_eq!(integrated[0]["pedidoSituacaoDescricao"], "Crédito e Cadastro Aprovados");
}

#[tokio::test]
async fn marketplace_and_till_orders_are_thin() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let of = |channel: &str| {
        truth
            .iter()
            .filter(|order| order["channel"] == channel)
            .cloned()
            .collect::<Vec<_>>()
    };
    for order in of("marketplace") {
        let detail = detail(&probe, &order).await;
        assert_eq!((&detail["pessoaEmail"], &detail["origem"]), (&json!(""), &json!(2)));
        assert!(detail["lojaDoMarketplaceId"].is_u64() && detail["codigoMarketplace"].is_string());
    }
    let till = of("point_of_sale");
    let mut documents = Vec::new();
    for order in &till {
        documents.push(detail(&probe, order).await["pessoaCpfCnpj"].clone());
    }
    assert!(documents.contains(&Value::Null), "{documents:?}");
    assert_eq!(detail(&probe, &till[0]).await["origem"], 4);
    probe.switches(json!({ "till_origin": "5" })).await;
    assert_eq!(detail(&probe, &till[0]).await["origem"], 5);
    assert!(!of("marketplace").is_empty() && !of("manual").is_empty());
}

#[tokio::test]
async fn store_credit_shows_as_credit_or_cashback() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let mut kinds = BTreeSet::new();
    for order in truth.iter().filter(|order| order["store_credit_cents"] != 0) {
        let detail = detail(&probe, order).await;
        let (credit, cashback) = (&detail["creditoUtilizado"], &detail["cashbackUtilizado"]);
        let used = if credit.is_null() { cashback } else { credit };
        assert_eq!(cents(used), order["store_credit_cents"]);
        kinds.insert(credit.is_null());
    }
    assert_eq!(kinds.len(), 2, "both kinds");
}

#[tokio::test]
async fn keys_and_meanings_of_the_detail_are_switches() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let by_id = format!("{ORDERS}/{}", truth[5]["id"]);
    assert_eq!(probe.get(&by_id).await.0, 404);
    probe
        .switches(json!({ "order_by_id": "works", "shop_key": "loja_id" }))
        .await;
    let (status, body) = probe.get(&by_id).await;
    assert_eq!((status, &body["data"]["loja_id"]), (200, &truth[5]["shop_id"]));
    assert!(body["data"].get("id_loja").is_none());
    let two_of_one = |order: &&Value| {
        let lines = order["lines"].as_array().unwrap();
        lines.len() == 1 && lines[0]["quantity"] == 2 && order["discount_cents"].as_i64().unwrap() > 0
    };
    let probe = Probe::start_with(crate::sandbox::SandboxConfig {
        orders: 200,
        faults: crate::sandbox::Faults {
            rate_limit: crate::sandbox::faults::RateLimit::Off,
            ..Default::default()
        },
        ..crate::sandbox::SandboxConfig::at(start_of_time())
    })
    .await;
    let truth = probe.true_orders().await;
    let order = truth.iter().find(two_of_one).unwrap();
    let discount = |detail: &Value| detail["arrayPedidoRastreio"][0]["pedidoItem"][0]["valorDesconto"].to_string();
    let per_line = discount(&detail(&probe, order).await).parse::<Decimal>().unwrap();
    probe.switches(json!({ "item_discount": "per_unit" })).await;
    let per_unit = discount(&detail(&probe, order).await).parse::<Decimal>().unwrap();
    assert_eq!(per_line, per_unit * Decimal::TWO);
}

#[tokio::test]
async fn coupons_on_orders_show_what_they_took_off_or_their_face() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let order = truth.iter().find(|order| order["coupon_code"] == "BEMVINDO10").unwrap();
    let granted = detail(&probe, order).await;
    assert_eq!(
        (&granted["cupomCodigo"], &granted["cupomTipoDesconto"]),
        (&json!("BEMVINDO10"), &json!(2))
    );
    assert_eq!(cents(&granted["cupomValorDesconto"]), order["coupon_cents"]);
    probe.switches(json!({ "percentage_value": "face_value" })).await;
    assert_eq!(cents(&detail(&probe, order).await["cupomValorDesconto"]), 1000);
    let row = probe
        .rows(&format!("{ORDERS}?limit=100"))
        .await
        .into_iter()
        .find(|row| row["codigo"] == order["number"]);
    assert!(row.unwrap()["cupomId"].is_u64());
}

#[tokio::test]
async fn payments_and_tracking_hang_below_the_order() {
    let probe = Probe::start().await;
    let (mut missing, mut paid) = (0, 0);
    for order in probe.true_orders().await {
        let number = order["number"].as_str().unwrap();
        let (status, body) = probe.get(&format!("{ORDERS}/{number}/payments")).await;
        if status == 404 {
            missing += 1;
            continue;
        }
        let sum: i64 = body["data"]["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| cents(&item["valor"]))
            .sum();
        assert_eq!(sum, order["total_cents"], "{number}");
        paid += 1;
        let (_, tracking) = probe.get(&format!("{ORDERS}/{number}/rastreio")).await;
        assert!(tracking["data"]["items"][0].is_array());
    }
    assert!(missing > 0 && paid > missing, "{missing} of the old ones have none");
}
