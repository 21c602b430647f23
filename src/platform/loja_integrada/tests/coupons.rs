//! Coupons: every form of success, refusals, lost answers, and switching off.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Reply, Shop, list};
use crate::platform::{Discount, NewCoupon, Platform as _, PlatformError, RefusalReason};

fn wanted() -> NewCoupon {
    NewCoupon {
        code: "FIEL7XK2Q9".to_owned(),
        description: "Resgate 5001".to_owned(),
        discount: Discount::Amount(2000),
        minimum_order: None,
        valid_from: "2026-10-20T12:00:00Z".parse().unwrap(),
        valid_until: "2027-01-01T02:59:59Z".parse().unwrap(),
        customer_external_id: None,
        shop_id: None,
    }
}

fn coupon(active: bool) -> Value {
    json!({
        "id": 330_001, "id_externo": null, "codigo": "FIEL7XK2Q9", "descricao": "Resgate 5001", "tipo": "fixo",
        "valor": "20.00", "valor_minimo": "", "limite_desconto": null, "quantidade": 1, "quantidade_usada": 0,
        "quantidade_por_cliente": 1, "validade": "2026-12-31T23:59:59", "ativo": active, "cumulativo": false,
        "aplicar_no_total": false, "condicao_cliente": "todos_clientes", "condicao_produto": "todos_produtos",
        "grupos": [], "data_criacao": "2026-10-20T10:00:00.000001", "resource_uri": "/api/v1/cupom/330001"
    })
}

#[tokio::test]
async fn a_coupon_is_created_whatever_the_success_looks_like() {
    // The whole object.
    let shop = Shop::open().await;
    shop.on("POST /v1/cupom", 201, &coupon(true));
    let made = shop.platform.create_coupon(&wanted()).await.unwrap();
    assert_eq!(
        (made.external_id.as_str(), made.valid_until),
        ("330001", Some(wanted().valid_until))
    );
    assert_eq!(shop.seen()[0].body["valor_minimo"], "20.00");
    assert_eq!(shop.seen().len(), 1);
    // Nothing but an address, which may not answer either.
    for status in [200, 500] {
        let shop = Shop::open().await;
        shop.reply(
            "POST /v1/cupom",
            Reply(201, Some("https://api.example/api/v1/cupom/330001/"), String::new()),
        );
        shop.on("GET /v1/cupom/330001", status, &coupon(true));
        let made = shop.platform.create_coupon(&wanted()).await.unwrap();
        assert_eq!(
            (made.external_id.as_str(), made.code.as_str()),
            ("330001", "FIEL7XK2Q9")
        );
    }
    // Nothing at all: it is looked for, and its absence is not taken for a failure.
    let shop = Shop::open().await;
    shop.on("POST /v1/cupom", 201, "")
        .on("GET /v1/cupom", 200, &list(&[coupon(true)], None));
    assert_eq!(
        shop.platform.create_coupon(&wanted()).await.unwrap().external_id,
        "330001"
    );
    let shop = Shop::open().await;
    shop.on("POST /v1/cupom", 201, "")
        .on("GET /v1/cupom", 200, &list(&[], None));
    assert!(matches!(
        shop.platform.create_coupon(&wanted()).await,
        Err(PlatformError::Unknown { .. })
    ));
}

#[tokio::test]
async fn refused_and_lost_creations_are_told_apart() {
    let shop = Shop::open().await;
    shop.on("POST /v1/cupom", 400, &json!({"codigo": ["mensagem de exemplo"]}));
    shop.on("POST /v1/cupom", 400, &json!({"quantidade": ["mensagem de exemplo"]}));
    shop.on("POST /v1/cupom", 502, "");
    shop.on("POST /v1/cupom", 302, "");
    let mut reasons = Vec::new();
    for _ in 0..4 {
        reasons.push(match shop.platform.create_coupon(&wanted()).await.unwrap_err() {
            PlatformError::Refused { reason, .. } => Some(reason),
            PlatformError::Unknown { .. } => None,
            other => panic!("unexpected: {other}"),
        });
    }
    assert_eq!(
        reasons,
        [
            Some(RefusalReason::DuplicateCode),
            Some(RefusalReason::InvalidValue),
            None,
            None
        ]
    );
    assert_eq!(shop.seen().len(), 4, "no write is repeated");
}

#[tokio::test]
async fn a_refused_time_of_day_is_sent_as_a_day() {
    let shop = Shop::open().await;
    shop.on(
        "POST /v1/cupom",
        400,
        &json!({"validade": ["Informe uma data válida."]}),
    );
    shop.on("POST /v1/cupom", 201, &coupon(true));
    shop.platform.create_coupon(&wanted()).await.unwrap();
    let sent: Vec<_> = shop
        .seen()
        .into_iter()
        .map(|seen| seen.body["validade"].clone())
        .collect();
    assert_eq!(sent, ["2026-12-31T23:59:59", "2027-01-01"]);
}

#[tokio::test]
async fn a_moved_write_is_sent_to_the_other_slash_form_by_us() {
    let shop = Shop::open().await;
    shop.reply("POST /v1/cupom", Reply(301, Some("/v1/cupom/"), String::new()));
    shop.on("POST /v1/cupom/", 201, &coupon(true));
    shop.platform.create_coupon(&wanted()).await.unwrap();
    assert_eq!(shop.targets(), ["POST /v1/cupom", "POST /v1/cupom/"]);
    assert_eq!(shop.seen()[1].body["codigo"], "FIEL7XK2Q9");
}

#[tokio::test]
async fn a_coupon_is_found_on_a_later_page_and_a_repeated_next_ends_the_search() {
    let shop = Shop::open().await;
    let other = json!({"id": 1, "codigo": "AAA"});
    let next = "/api/v1/cupom?limit=50&offset=50";
    shop.on("GET /v1/cupom", 200, &list(&vec![other.clone(); 50], Some(next)));
    shop.on("GET /v1/cupom", 200, &list(&[other, coupon(true)], Some(next)));
    assert!(shop.platform.find_coupon(" fiel7xk2q9 ").await.unwrap().is_some());
    assert_eq!(shop.platform.find_coupon("ZZZ").await.unwrap(), None);
    assert!(shop.seen().len() <= 4);
}

#[tokio::test]
async fn switching_off_sends_the_whole_object_without_what_is_refused() {
    let shop = Shop::open().await;
    shop.on("GET /v1/cupom", 200, &list(&[coupon(true)], None));
    shop.on("GET /v1/cupom/330001", 200, &coupon(true))
        .on("GET /v1/cupom/330001", 200, &coupon(false));
    shop.on("PUT /v1/cupom/330001", 200, "");
    shop.platform.disable_coupon("fiel7xk2q9").await.unwrap();
    let sent = shop
        .seen()
        .into_iter()
        .find(|seen| seen.method == Method::PUT)
        .unwrap()
        .body;
    assert_eq!(
        sent,
        json!({
            "codigo": "FIEL7XK2Q9", "descricao": "Resgate 5001", "tipo": "fixo", "valor": "20.00", "quantidade": 1,
            "quantidade_por_cliente": 1, "validade": "2026-12-31T23:59:59", "ativo": false, "cumulativo": false,
            "aplicar_no_total": false, "condicao_cliente": "todos_clientes", "condicao_produto": "todos_produtos"
        })
    );
    assert!(matches!(
        shop.platform.disable_coupon("NONE").await,
        Err(PlatformError::NotFound { .. })
    ));
}

#[tokio::test]
async fn a_lost_switching_off_is_looked_up() {
    for (still_active, fine) in [(false, true), (true, false)] {
        let shop = Shop::open().await;
        shop.on("GET /v1/cupom", 200, &list(&[coupon(true)], None));
        shop.on("GET /v1/cupom/330001", 200, &coupon(true))
            .on("GET /v1/cupom/330001", 200, &coupon(still_active));
        shop.on("PUT /v1/cupom/330001", 502, "");
        match shop.platform.disable_coupon("FIEL7XK2Q9").await {
            Ok(()) => assert!(fine),
            Err(error) => assert!(!fine & matches!(error, PlatformError::Unknown { .. }), "{error}"),
        }
    }
}
