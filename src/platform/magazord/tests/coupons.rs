//! Coupons.

use super::*;

fn new_coupon() -> NewCoupon {
    NewCoupon {
        code: "FIDEL-0001".into(),
        description: "resgate 1".into(),
        discount: Discount::Amount(1_800),
        minimum_order: None,
        valid_from: "2026-01-10T03:00:00Z".parse().unwrap(),
        valid_until: "2026-04-11T02:59:59Z".parse().unwrap(),
        customer_external_id: Some("4321".into()),
        shop_id: None,
    }
}

#[tokio::test]
async fn a_coupon_is_created_once() {
    let answer = json!({ "status": "success", "data": { "id": 77, "ativo": true, "codigo": "FIDEL-0001", "tipoDesconto": 1,
        "valorDesconto": 18.0, "validoAte": "2026-04-10T23:59:59-03:00", "pessoa": { "id": 4321, "nome": "Fulana" } } });
    let (shop, log) = panel(move |_| (201, answer.to_string())).await;
    let coupon = shop.create_coupon(&new_coupon()).await.unwrap();
    assert_eq!(
        (coupon.external_id.as_str(), coupon.discount),
        ("77", Some(Discount::Amount(1_800)))
    );
    assert_eq!(coupon.valid_until.unwrap(), new_coupon().valid_until);
    let log = log.lock().unwrap();
    assert_eq!(
        (log.len(), log[0].method.as_str(), log[0].path.as_str()),
        (1, "POST", "cupomDesconto")
    );
}

#[tokio::test]
async fn a_duplicate_code_is_known_however_it_is_told() {
    for (status, body) in [
        (
            422,
            r#"{"status":"error","message":"Já existe um cupom com o código FIDEL-0001"}"#,
        ),
        (400, "Codigo de cupom duplicado"),
        (409, ""),
        (200, r#"{"status":"error","message":"código já cadastrado"}"#),
    ] {
        let (shop, _) = panel(move |_| (status, body.to_owned())).await;
        let error = shop.create_coupon(&new_coupon()).await.unwrap_err();
        assert!(
            matches!(
                error,
                PlatformError::Refused {
                    reason: RefusalReason::DuplicateCode,
                    ..
                }
            ),
            "{status}: {error}"
        );
    }
    let (shop, log) = panel(|_| (500, "Já existe um cupom com o código".to_owned())).await;
    assert!(matches!(
        shop.create_coupon(&new_coupon()).await,
        Err(PlatformError::Unknown { .. })
    ));
    assert_eq!(log.lock().unwrap().len(), 1);
    let (shop, _) = panel(|_| (422, r#"{"message":"valorDesconto inválido"}"#.to_owned())).await;
    let error = shop.create_coupon(&new_coupon()).await.unwrap_err();
    assert!(
        matches!(
            error,
            PlatformError::Refused {
                reason: RefusalReason::InvalidValue,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_coupon_is_found_even_if_the_filter_is_ignored() {
    let coupons: Vec<Value> = (1..=5)
        .map(|id| json!({ "id": id, "codigo": format!("FIDEL-000{id}"), "tipoDesconto": 2, "valorDesconto": "12.50", "loja": 1, "ativo": true }))
        .collect();
    let (shop, log) = panel(move |asked| {
        page_of(
            coupons.chunks(2).nth(asked.page() - 1).unwrap_or_default(),
            asked.page() < 3,
        )
    })
    .await;
    let found = shop.find_coupon("fidel-0005").await.unwrap().unwrap();
    assert_eq!(
        (found.code.as_str(), found.discount),
        ("FIDEL-0005", Some(Discount::Percent(1_250)))
    );
    assert_eq!(log.lock().unwrap().len(), 3);
    assert_eq!(shop.find_coupon("OTHER").await.unwrap(), None);
    let page = shop.coupons(None).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (2, true));
}

#[tokio::test]
async fn a_coupon_is_ended_by_moving_its_validity() {
    let (shop, log) = panel(|_| (200, json!({ "status": "success", "data": { "id": 77 } }).to_string())).await;
    shop.disable_coupon("FIDEL-0001").await.unwrap();
    let asked = log.lock().unwrap()[0].clone();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("PATCH", "cupomDesconto/FIDEL-0001")
    );
    assert_eq!(
        asked.body,
        r#"{"loja":1,"validoDe":"2000-01-01T00:00:00Z","validoAte":"2000-01-02T00:00:00Z"}"#
    );
    for status in [500, 405] {
        let (shop, _) = panel(move |_| (status, String::new())).await;
        assert!(
            matches!(shop.disable_coupon("X").await, Err(PlatformError::Unsupported { .. })),
            "{status}"
        );
    }
    let (shop, _) = panel(|_| (404, String::new())).await;
    assert!(matches!(
        shop.disable_coupon("X").await,
        Err(PlatformError::NotFound { .. })
    ));
}
