//! What needs no fixture of its own: credentials, statuses, customers.

use serde_json::json;

use super::{Shop, list, window};
use crate::platform::{Platform as _, PlatformError, StatusClass, WindowKind};

#[tokio::test]
async fn thin_customers_are_completed_and_the_search_may_be_missing() {
    let shop = Shop::open().await;
    let thin = |id: u32| json!({"id": id, "nome": "X", "email": "x@example.com", "tipo": "PF"});
    let anonymised = json!({"id": 3, "nome": "Cliente anonimizado"});
    let old = json!({"id": 4, "data_modificacao": "2020-01-01T00:00:00"});
    shop.on("GET /v1/cliente/search", 404, "");
    shop.on(
        "GET /v1/cliente",
        200,
        &list(&[thin(1), thin(2), anonymised, old], Some("/api/v1/cliente?offset=50")),
    );
    shop.on(
        "GET /v1/cliente",
        200,
        &list(
            &[json!({"id": 5, "data_modificacao": "2019-01-01"})],
            Some("?offset=100"),
        ),
    );
    shop.on(
        "GET /v1/cliente/1",
        200,
        &json!({"id": 1, "nome": "X", "cpf": "11144477735", "telefone_celular": "11900000000"}),
    );
    shop.on("GET /v1/cliente/2", 500, "");
    let page = shop
        .platform
        .customers(window(WindowKind::Changed), None)
        .await
        .unwrap();
    let documents: Vec<_> = page.items.iter().map(|found| found.document.as_deref()).collect();
    assert_eq!(documents, [Some("11144477735"), None, None]);
    assert_eq!(
        page.items.iter().map(|found| found.anonymised).collect::<Vec<_>>(),
        [false, false, true]
    );
    let second = shop
        .platform
        .customers(window(WindowKind::Changed), page.next.as_ref())
        .await
        .unwrap();
    assert_eq!(
        (second.items.len(), second.next),
        (0, None),
        "the rest of the list is older"
    );
    assert!(
        shop.targets()
            .iter()
            .any(|target| target == "GET /v1/cliente?order_by=-data_modificacao&limit=50&offset=0")
    );
    assert!(
        !shop
            .targets()
            .iter()
            .any(|target| target.contains("cliente/3") || target.contains("cliente/4"))
    );
}

#[tokio::test]
async fn a_check_tells_a_wrong_token_from_a_missing_permission() {
    const LISTS: [&str; 5] = ["situacao", "pedido/search", "cliente/search", "produto", "cupom"];
    for (refused, body, expected) in [
        (&[][..], "", None),
        (&["cupom"][..], "\"Acesso negado\"", Some("cupom")),
        (&["produto", "cupom"][..], "", Some("produto")),
        (&LISTS[..], "Acesso negado", Some("all")),
        (&LISTS[..], "{\"detail\": \"token expirado\"}", Some("expired")),
    ] {
        let shop = Shop::open().await;
        for resource in LISTS {
            let route = format!("GET /v1/{resource}");
            if refused.contains(&resource) {
                shop.on(&route, 401, body)
            } else {
                shop.on(&route, 200, &list(&[], None))
            };
        }
        let found = match shop.platform.check().await {
            Ok(()) => None,
            Err(PlatformError::Forbidden { resource, .. }) => Some(resource),
            Err(PlatformError::Unauthorized { detail }) if detail.contains("20 characters") => Some("all".to_owned()),
            Err(PlatformError::Expired { .. }) => Some("expired".to_owned()),
            Err(other) => panic!("unexpected: {other}"),
        };
        assert_eq!(found.as_deref(), expected);
    }
}

#[tokio::test]
async fn statuses_carry_their_meaning() {
    let shop = Shop::open().await;
    let rows = [
        json!({"id": 14, "codigo": "pedido_entregue", "nome": "Pedido Entregue"}),
        json!({"id": 6, "codigo": "pagamento_em_disputa", "aprovado": true}),
        json!({"id": 99, "codigo": "sob_medida", "cancelado": true}),
        json!({"nome": "sem código"}),
    ];
    shop.on("GET /v1/situacao", 200, &list(&rows, None));
    let found = shop.platform.statuses().await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|status| (status.code.as_str(), status.class))
        .collect();
    assert_eq!(
        found,
        [
            ("pedido_entregue", StatusClass::Delivered),
            ("pagamento_em_disputa", StatusClass::Hold),
            ("sob_medida", StatusClass::Unknown)
        ]
    );
}
