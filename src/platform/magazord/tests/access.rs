//! Checks, shops and customers.

use super::*;

#[tokio::test]
async fn a_check_tells_what_is_wrong() {
    let (shop, log) = panel(|_| page_of(&[], false)).await;
    shop.check().await.unwrap();
    assert_eq!(log.lock().unwrap().len(), 5);

    let (shop, _) = panel(|_| (401, r#"{"error":"invalid"}"#.into())).await;
    assert!(matches!(shop.check().await, Err(PlatformError::Unauthorized { .. })));
    for status in [401, 403, 405] {
        for refused in ["loja", "cupomDesconto"] {
            let (shop, _) = panel(move |asked| {
                if asked.path == refused {
                    (status, String::new())
                } else {
                    page_of(&[], false)
                }
            })
            .await;
            let error = shop.check().await.unwrap_err();
            assert!(
                matches!(&error, PlatformError::Forbidden { resource, .. } if resource == refused),
                "{status} {refused}: {error}"
            );
        }
    }
    for answer in [(404, "<html>not found</html>"), (200, "<html>Entrar</html>"), (200, "")] {
        let (shop, _) = panel(move |_| (answer.0, answer.1.to_owned())).await;
        let error = shop.check().await.unwrap_err();
        assert!(matches!(error, PlatformError::WrongAlias { .. }), "{answer:?}: {error}");
    }
    let (shop, _) = panel(|_| (503, String::new())).await;
    assert!(matches!(shop.check().await, Err(PlatformError::Unreachable { .. })));
}

#[tokio::test]
async fn shops_are_listed_with_the_closed_ones() {
    let rows = [
        json!({ "id": 1, "nome": "Loja Exemplo", "ativo": true, "url": "https://x.invalid" }),
        json!({ "id": "2", "ativo": 0 }),
        json!({}),
    ];
    let (shop, _) = panel(move |_| (200, json!({ "status": "success", "data": rows }).to_string())).await;
    let shops = shop.shops().await.unwrap();
    let short: Vec<_> = shops
        .iter()
        .map(|shop| (shop.external_id.as_str(), shop.name.as_str(), shop.active))
        .collect();
    assert_eq!(short, [("1", "Loja Exemplo", true), ("2", "Loja 2", false)]);
}

#[tokio::test]
async fn customers_are_asked_for_by_day_and_judged_again() {
    let people = [
        json!({ "id": 1, "nome": "A", "dataHoraAtualizacao": "2020-01-01" }),
        json!({ "id": 2, "nome": "B", "dataHoraAtualizacao": "2026-01-09" }),
        json!({ "id": 3, "nome": "C", "dataHoraAtualizacao": null }),
    ];
    let (shop, log) = panel(move |_| page_of(&people, false)).await;
    let page = shop.customers(window(WindowKind::Changed), None).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|person| person.external_id.as_str()).collect();
    assert_eq!(ids, ["2", "3"]);
    let log = log.lock().unwrap();
    assert_eq!(
        (
            log[0].param("dataHoraAtualizacao[gte]"),
            log[0].param("listaContatos"),
            log[0].param("loja")
        ),
        ("2026-01-09", "1", "")
    );
}
