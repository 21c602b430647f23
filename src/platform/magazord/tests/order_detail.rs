//! Whole orders.

use super::*;

#[tokio::test]
async fn a_whole_order_is_row_and_detail() {
    let (shop, log) = panel(|_| (200, json!({ "status": "success", "data": detail(9001) }).to_string())).await;
    let row = row(9001, 1, "2026-01-20 14:05:09-03");
    let order = shop.complete_order(&listing(&row)).await.unwrap().unwrap();
    assert_eq!(log.lock().unwrap()[0].path, "pedido/009001");
    assert_eq!(
        (order.external_id.as_str(), order.number.as_str(), order.status.as_str()),
        ("9001", "009001", "5")
    );
    assert_eq!(
        (
            order.products,
            order.discount,
            order.shipping,
            order.surcharge,
            order.total
        ),
        (18_000, 1_800, 2_000, 100, 18_200)
    );
    assert_eq!(
        (order.credit_used, order.coupon_code.as_deref()),
        (750, Some("FIDEL-0001"))
    );
    assert_eq!(
        (order.channel, order.shop_id.as_deref(), order.detail),
        (SalesChannel::Site, Some("1"), DetailLevel::Full)
    );
    assert_eq!(order.placed_at.to_rfc3339(), "2026-01-20T17:05:09+00:00");
    assert_eq!((order.lines.len(), order.lines[0].total), (1, 16_200));
    assert_eq!(order.buyer.email.as_deref(), Some("fulana@loja-exemplo.invalid"));
    assert_eq!(order.buyer.phone.as_deref(), Some("47900000000"));
}

#[tokio::test]
async fn without_a_detail_the_row_is_given() {
    let other = json!({ "data": detail(7) }).to_string();
    for answer in [
        (500, "oops".to_owned()),
        (404, String::new()),
        (200, "<html>".to_owned()),
        (200, other),
    ] {
        let status = answer.0;
        let (shop, _) = panel(move |_| answer.clone()).await;
        let order = shop
            .complete_order(&listing(&row(9001, 1, "2026-01-20")))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (order.detail, order.total, order.lines.len()),
            (DetailLevel::ListOnly, 18_200, 0),
            "{status}"
        );
        assert_eq!((order.channel, order.buyer.email), (SalesChannel::Unknown, None));
    }
    let (shop, _) = panel(|_| (401, String::new())).await;
    let error = shop
        .complete_order(&listing(&row(9001, 1, "2026-01-20")))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Unauthorized { .. }), "{error}");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_says_why() {
    for (field, value) in [
        ("valorProduto", json!("muito")),
        ("valorTotal", json!(null)),
        ("valorTotal", json!("-1.00")),
        ("dataHora", json!("ontem")),
        ("dataHora", json!("")),
        ("pedidoSituacao", json!("Entregue")),
        ("pedidoSituacao", json!(null)),
    ] {
        let mut bad = row(9001, 1, "2026-01-20");
        bad[field] = value;
        let answer = json!({ "data": bad }).to_string();
        let (shop, _) = panel(move |_| (200, answer.clone())).await;
        let reject = shop.complete_order(&listing(&bad)).await.unwrap().unwrap_err();
        assert_eq!(
            (reject.field.as_deref(), reject.external_id.as_deref()),
            (Some(field), Some("9001")),
            "{}",
            reject.message
        );
        assert_eq!(reject.record["pessoaNome"], "F*** E***");
    }
}

#[tokio::test]
async fn channels_and_buyers_of_other_places() {
    for (changes, channel) in [
        (
            json!({ "origem": 2, "marketplaceId": 3, "pessoaEmail": "" }),
            SalesChannel::Marketplace,
        ),
        (
            json!({ "origem": 1, "lojaDoMarketplaceId": 5, "pessoaEmail": "abc@marketplace.amazon.com.br" }),
            SalesChannel::Marketplace,
        ),
        (json!({ "origem": 2, "pessoaEmail": null }), SalesChannel::Marketplace),
        (
            json!({ "origem": "3", "codigoMarketplace": "", "pessoaEmail": " " }),
            SalesChannel::Manual,
        ),
        (
            json!({ "origem": 4, "marketplaceId": 0, "pessoaEmail": "" }),
            SalesChannel::PointOfSale,
        ),
        (
            json!({ "origem": 5, "pessoaCpfCnpj": null, "pessoaEmail": "" }),
            SalesChannel::PointOfSale,
        ),
    ] {
        let mut detail = detail(9001);
        detail
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let answer = json!({ "data": detail }).to_string();
        let (shop, _) = panel(move |_| (200, answer.clone())).await;
        let order = shop
            .complete_order(&listing(&row(9001, 1, "2026-01-20")))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((order.channel, order.buyer.email), (channel, None), "{changes}");
    }
}

#[tokio::test]
async fn an_order_of_another_shop_is_not_ours() {
    let mut other = detail(9001);
    other["id_loja"] = json!(2);
    let answer = json!({ "data": other }).to_string();
    let (shop, _) = panel(move |_| (200, answer.clone())).await;
    let mut row = row(9001, 1, "2026-01-20");
    row.as_object_mut().unwrap().remove("lojaId");
    let reject = shop.complete_order(&listing(&row)).await.unwrap().unwrap_err();
    assert_eq!(reject.field.as_deref(), Some("lojaId"));
}
