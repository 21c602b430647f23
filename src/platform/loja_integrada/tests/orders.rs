//! Orders: pages, details in every form, and what happens without one.

use serde_json::{Value, json};

use super::{Shop, list, window};
use crate::platform::{
    DetailLevel, OrderListing, Platform as _, PlatformError, PlatformOrder, SalesChannel, WindowKind,
};

impl Shop {
    async fn order(&self, row: Value) -> PlatformOrder {
        self.platform.complete_order(&listing(&row)).await.unwrap().unwrap()
    }
}

fn listing(row: &Value) -> OrderListing {
    OrderListing {
        external_id: row["numero"].to_string(),
        fingerprint: String::new(),
        changed_at: None,
        row: serde_json::value::to_raw_value(row).unwrap(),
    }
}

fn row() -> Value {
    json!({
        "numero": 1001, "cliente": "/api/v1/cliente/900001", "situacao": {"id": 4, "codigo": "pedido_pago"},
        "valor_subtotal": "200.00", "valor_desconto": "20.0000", "valor_envio": 15, "valor_total": "195.00",
        "data_criacao": "2026-11-01T10:00:00.000001", "data_modificacao": "2026-11-01 10:30:00",
        "id_anymarket": null, "resource_uri": "/api/v1/pedido/1001"
    })
}

fn detail(changes: &Value) -> Value {
    let mut detail = row();
    detail["cliente"] =
        json!({"id": 900_001, "nome": "Fulana Exemplo", "email": "fulana@example.com", "cpf": "11144477735"});
    detail["cupom_desconto"] = json!({"id": 330_001, "codigo": "FIEL7XK2Q9"});
    detail["itens"] = json!([{
        "sku": "CAM-AZ-P", "nome": "Camiseta", "quantidade": "2.00", "preco_cheio": "120.00", "preco_venda": "100.0000",
        "preco_subtotal": null, "produto": "/api/v1/produto/500002", "variacao": {"Cor": {"nome": "Azul"}}
    }]);
    detail["pagamentos"] = json!([{"valor_pago": null, "forma_pagamento": {"codigo": "exemplopix"}}]);
    for (key, value) in changes.as_object().unwrap() {
        detail[key] = value.clone();
    }
    detail
}

#[tokio::test]
async fn an_order_page_keeps_good_rows_and_follows_its_next() {
    let shop = Shop::open().await;
    let bad = json!({"situacao": null, "cliente": {"email": "fulana@example.com"}});
    let next = "/api/v1/pedido/search?limit=50&offset=2";
    shop.on("GET /v1/pedido/search", 200, &list(&[row(), bad], Some(next)));
    shop.on("GET /v1/pedido/search", 200, &list(&[json!(7)], None));
    let page = shop.platform.orders(window(WindowKind::Changed), None).await.unwrap();
    assert_eq!(page.items[0].external_id, "1001");
    assert_eq!(page.items[0].fingerprint.len(), 32);
    assert_eq!(page.items[0].changed_at, Some("2026-11-01T13:30:00Z".parse().unwrap()));
    assert_eq!(page.rejects[0].field.as_deref(), Some("numero"));
    assert!(!page.rejects[0].record.to_string().contains("fulana"));
    let second = shop
        .platform
        .orders(window(WindowKind::Changed), page.next.as_ref())
        .await
        .unwrap();
    assert_eq!((second.items.len(), second.rejects.len(), second.next), (0, 1, None));
    let filters = "since_atualizado=2026-11-01T06%3A59%3A59&order_by=-data_criacao&limit=50";
    assert_eq!(
        shop.targets(),
        [0, 2].map(|offset| format!("GET /v1/pedido/search?{filters}&offset={offset}"))
    );
}

#[tokio::test]
async fn the_fingerprint_changes_with_meaning_and_not_with_spelling() {
    let print = async |row: Value| {
        let shop = Shop::open().await;
        shop.on("GET /v1/pedido/search", 200, &list(&[row], None));
        shop.platform
            .orders(window(WindowKind::Created), None)
            .await
            .unwrap()
            .items[0]
            .fingerprint
            .clone()
    };
    let first = print(row()).await;
    for (key, value, same) in [
        ("valor_total", json!(195), true),
        ("data_modificacao", json!("2026-11-01T10:30:00.000000-03:00"), true),
        ("valor_total", json!("195.01"), false),
        ("situacao", json!({"codigo": "pedido_cancelado"}), false),
        ("data_modificacao", json!("2026-11-01T10:30:01"), false),
    ] {
        let mut changed = row();
        changed[key] = value;
        assert_eq!(print(changed).await == first, same, "{key}");
    }
}

#[tokio::test]
async fn a_whole_order_is_read() {
    let shop = Shop::open().await;
    shop.on("GET /v1/pedido/1001", 200, &detail(&json!({})));
    let order = shop.order(row()).await;
    assert_eq!(
        (order.products, order.discount, order.shipping, order.total),
        (20000, 2000, 1500, 19500)
    );
    assert_eq!((order.number.as_str(), order.status.as_str()), ("1001", "pedido_pago"));
    assert_eq!(
        order.placed_at,
        "2026-11-01T13:00:00.000001Z"
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    );
    assert_eq!(order.buyer.external_id.as_deref(), Some("900001"));
    assert_eq!(order.buyer.document.as_deref(), Some("11144477735"));
    assert_eq!(order.coupon_code.as_deref(), Some("FIEL7XK2Q9"));
    assert_eq!((order.channel, order.detail), (SalesChannel::Site, DetailLevel::Full));
    let line = &order.lines[0];
    assert_eq!((line.quantity_milli, line.unit_price, line.total), (2000, 10000, 20000));
}

#[tokio::test]
async fn the_buyer_is_found_in_every_form() {
    let customer = json!({"id": 900_001, "nome": "Fulana", "email": "fulana@example.com", "cpf": "11144477735"});
    for inline in [
        json!("/api/v1/cliente/900001/"),
        json!(900_001),
        json!({"id": 900_001}),
        Value::Null,
    ] {
        let shop = Shop::open().await;
        shop.on("GET /v1/pedido/1001", 200, &detail(&json!({"cliente": inline})));
        shop.on("GET /v1/cliente/900001", 200, &customer);
        let buyer = shop.order(row()).await.buyer;
        assert_eq!(buyer.external_id.as_deref(), Some("900001"), "{inline}");
        assert_eq!(buyer.document.as_deref(), Some("11144477735"), "{inline}");
    }
    let shop = Shop::open().await;
    shop.on(
        "GET /v1/pedido/1001",
        200,
        &detail(&json!({"cliente": "/api/v1/cliente/900001"})),
    );
    let buyer = shop.order(row()).await.buyer;
    assert_eq!(
        (buyer.external_id.as_deref(), buyer.name),
        (Some("900001"), None),
        "the customer's detail is missing"
    );
}

#[tokio::test]
async fn odd_forms_of_status_coupon_and_channel_are_read() {
    let shop = Shop::open().await;
    let catalogue = [json!({"id": 77, "codigo": "sob_medida", "nome": "Sob medida"})];
    shop.on("GET /v1/situacao", 200, &list(&catalogue, None));
    for uri in ["/api/v1/situacao/77", "/api/v1/situacao/4/", "99"] {
        shop.on("GET /v1/pedido/1001", 200, &detail(&json!({"situacao": uri})));
    }
    for code in ["sob_medida", "pedido_pago", "99"] {
        assert_eq!(shop.order(row()).await.status, code);
    }
    assert_eq!(
        shop.targets()
            .iter()
            .filter(|target| target.contains("situacao"))
            .count(),
        1,
        "read once"
    );

    for (change, channel) in [
        (json!({"id_anymarket": 55}), SalesChannel::Marketplace),
        (
            json!({"integration_data": {"integrador": "hub"}}),
            SalesChannel::Marketplace,
        ),
        (
            json!({"pagamentos": [{"forma_pagamento": {"codigo": "pagamentoexterno"}}]}),
            SalesChannel::Marketplace,
        ),
        (
            json!({"integration_data": {}, "cupom_desconto": " FIEL7XK2Q9 "}),
            SalesChannel::Site,
        ),
    ] {
        let shop = Shop::open().await;
        shop.on("GET /v1/pedido/1001", 200, &detail(&change));
        let order = shop.order(row()).await;
        assert_eq!(order.channel, channel);
        assert_eq!(order.buyer.email.is_none(), channel == SalesChannel::Marketplace);
        assert_eq!(order.coupon_code.as_deref(), Some("FIEL7XK2Q9"));
    }
}

#[tokio::test]
async fn without_its_detail_an_order_is_made_of_its_row() {
    for (status, body) in [
        (503, String::new()),
        (404, String::new()),
        (200, detail(&json!({"numero": 7})).to_string()),
    ] {
        let shop = Shop::open().await;
        shop.on("GET /v1/pedido/1001", status, &body);
        let order = shop.order(row()).await;
        assert_eq!(
            (order.detail, order.total, order.lines.len()),
            (DetailLevel::ListOnly, 19500, 0)
        );
        assert_eq!(order.buyer.external_id.as_deref(), Some("900001"));
    }
    let shop = Shop::open().await;
    shop.on("GET /v1/pedido/1001", 401, "");
    let refused = shop.platform.complete_order(&listing(&row())).await;
    assert!(
        matches!(refused, Err(PlatformError::Unauthorized { .. })),
        "a refused credential is not hidden"
    );
}

#[tokio::test]
async fn an_unreadable_order_is_rejected_by_field() {
    for (change, field) in [
        (json!({"valor_total": "R$ 195,00"}), "valor_total"),
        (json!({"data_criacao": null}), "data_criacao"),
        (json!({"situacao": null}), "situacao"),
        (json!({"itens": [{"quantidade": "duas"}]}), "itens[0].quantidade"),
    ] {
        let shop = Shop::open().await;
        shop.on("GET /v1/pedido/1001", 200, &detail(&change));
        let reject = shop
            .platform
            .complete_order(&listing(&row()))
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(reject.field.as_deref(), Some(field));
        assert_eq!(reject.external_id.as_deref(), Some("1001"));
        assert!(!reject.record.to_string().contains("fulana@"));
    }
}
