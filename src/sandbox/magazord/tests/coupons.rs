//! Coupons: creation with all its traps, listing, changing, and use at checkout.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox::probe::*;

const PATH: &str = "/v2/site/cupomDesconto";
const CREDIT: &str = "/v2/site/cupomCredito";

/// A body that is taken, with some fields changed; null takes a field away.
fn body(code: &str, changes: &Value) -> Value {
    let mut body = json!({
        "codigo": code, "descricao": "Resgate fidelidade", "loja": 1, "pessoa": 4002, "tipoDesconto": 1,
        "valorDesconto": 18.5, "tipoLimite": 3, "validoDe": "2026-02-28T03:00:00Z", "validoAte": "2026-04-11T02:59:59Z",
        "valorMinimoPedido": 50,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => body.as_object_mut().unwrap().remove(name),
            value => body.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    body
}

async fn patch(probe: &Probe, key: &str, body: Value) -> u16 {
    probe
        .call(Method::PATCH, &format!("{PATH}/{key}"), Some(body))
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// Status and reason or order of a checkout.
async fn check_out(probe: &Probe, code: &str, changes: &Value) -> (u16, Value) {
    let mut body = json!({ "coupon_code": code, "customer": 4002, "products_cents": 20_000 });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    probe.control(Method::POST, "/checkout/magazord", body).await
}

#[tokio::test]
async fn a_coupon_is_created_and_shown() {
    let probe = Probe::start().await;
    let (status, created) = probe.post(PATH, body("FIDEL-0001", &json!({}))).await;
    let data = &created["data"];
    assert_eq!(status, 201);
    assert_eq!(
        (&data["codigo"], &data["valorDesconto"], &data["ativo"]),
        (&json!("FIDEL-0001"), &json!(18.5), &json!(true))
    );
    assert_eq!(data["validoAte"], "2026-04-10T23:59:59-03:00", "another zone than sent");
    assert_eq!(data["pessoa"]["id"], 4002);
    assert_eq!(probe.get(&format!("{PATH}/{}", data["id"])).await.1["data"], *data);
    let rows = probe.rows(&format!("{PATH}?codigo=FIDEL-0001")).await;
    assert_eq!((rows.len(), &rows[0]["valorDesconto"]), (1, &json!("18.50")));
    let (_, generated) = probe.post(PATH, body("", &json!({ "codigo": null }))).await;
    assert!(!generated["data"]["codigo"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn bodies_that_break_the_rules_are_refused() {
    let probe = Probe::start().await;
    let before = probe.rows(PATH).await.len();
    let long = "X".repeat(33);
    let bad = [
        json!({ "descricao": null }),
        json!({ "loja": null }),
        json!({ "tipoDesconto": null }),
        json!({ "valorDesconto": null }),
        json!({ "tipoLimite": null }),
        json!({ "tipoDesconto": 3 }),
        json!({ "tipoLimite": 9 }),
        json!({ "loja": 77 }),
        json!({ "pessoa": 1 }),
        json!({ "codigo": long }),
        json!({ "descricao": "d".repeat(101) }),
        json!({ "validoAte": "2025-01-01" }),
        json!({ "tipoDesconto": 2, "valorDesconto": 101 }),
        json!({ "valorDesconto": 0 }),
    ];
    for (switch, status) in [("400", 400), ("422", 422), ("500", 500)] {
        probe.switches(json!({ "invalid_body": switch })).await;
        for changes in &bad {
            assert_eq!(probe.post(PATH, body("RUIM", changes)).await.0, status, "{changes}");
        }
    }
    probe.switches(json!({})).await;
    let mut null_minimum = body("RUIM", &json!({}));
    null_minimum["valorMinimoPedido"] = Value::Null;
    assert_eq!(probe.post(PATH, null_minimum).await.0, 400);
    let fraction = json!({ "validoAte": "2026-04-11T02:59:59.000Z" });
    assert_eq!(probe.post(PATH, body("RUIM", &fraction)).await.0, 500);
    assert_eq!(probe.rows(PATH).await.len(), before, "none was created");
    assert_eq!(
        probe
            .post(PATH, body("BOM", &json!({ "valorMinimoPedido": 0 })))
            .await
            .0,
        201
    );
}

#[tokio::test]
async fn a_code_exists_once() {
    let probe = Probe::start().await;
    assert_eq!(probe.post(PATH, body("UNICO", &json!({}))).await.0, 201);
    for (switch, status) in [("422", 422), ("409", 409), ("400", 400), ("500", 500)] {
        probe.switches(json!({ "duplicate_coupon": switch })).await;
        assert_eq!(probe.post(PATH, body("UNICO", &json!({}))).await.0, status);
        assert_eq!(probe.post(PATH, body("unico", &json!({}))).await.0, status);
    }
    probe.switches(json!({ "duplicate_body": "text" })).await;
    let refused = probe
        .call(Method::POST, PATH, Some(body("UNICO", &json!({}))))
        .await
        .unwrap();
    assert!(refused.text().await.unwrap().starts_with("Já existe"));
    probe.switches(json!({ "coupon_case": "sensitive" })).await;
    assert_eq!(probe.post(PATH, body("unico", &json!({}))).await.0, 201);
    let told = probe.told("/coupons/magazord").await;
    let counted = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == "UNICO")
        .cloned()
        .unwrap();
    assert_eq!((&counted["posts"], &counted["created"]), (&json!(11), &json!(2)));
}

#[tokio::test]
async fn the_person_in_the_answer_is_a_switch() {
    let probe = Probe::start().await;
    probe.switches(json!({ "coupon_person": "id" })).await;
    assert_eq!(probe.post(PATH, body("A", &json!({}))).await.1["data"]["pessoa"], 4002);
    probe.switches(json!({ "coupon_person": "absent" })).await;
    assert!(
        probe.post(PATH, body("B", &json!({}))).await.1["data"]
            .get("pessoa")
            .is_none()
    );
}

#[tokio::test]
async fn the_list_has_every_kind_and_may_ignore_the_code() {
    let probe = Probe::start().await;
    let rows = probe.rows(PATH).await;
    let kinds: BTreeSet<_> = rows.iter().map(|row| row["tipoDesconto"].as_u64().unwrap()).collect();
    assert_eq!(kinds, (1..=7).collect());
    assert!(rows.iter().all(|row| row.get("quantidadeUsada").is_none()));
    assert_eq!(probe.rows(&format!("{PATH}?codigo=NAOEXISTE")).await.len(), 0);
    probe.switches(json!({ "coupon_code_filter": "ignored" })).await;
    assert_eq!(probe.rows(&format!("{PATH}?codigo=NAOEXISTE")).await.len(), rows.len());
}

#[tokio::test]
async fn changing_a_coupon_is_full_of_traps() {
    let probe = Probe::start().await;
    let (_, created) = probe.post(PATH, body("TROCA", &json!({}))).await;
    let id = created["data"]["id"].to_string();
    let past = json!({ "loja": 1, "validoAte": "2026-02-28T23:59:59Z", "ativo": false });
    assert_eq!(patch(&probe, &id, past.clone()).await, 500, "by id");
    assert_eq!(
        patch(&probe, "TROCA", json!({ "validoAte": "2026-02-28T23:59:59Z" })).await,
        400,
        "without its shop"
    );
    assert_eq!(patch(&probe, "NAOEXISTE", past.clone()).await, 404);
    assert_eq!(patch(&probe, "TROCA", past.clone()).await, 200);
    let (_, changed) = probe.get(&format!("{PATH}/{id}")).await;
    assert_eq!(changed["data"]["ativo"], true, "not to be changed");
    assert_eq!(
        check_out(&probe, "TROCA", &json!({})).await.0,
        422,
        "but it has expired"
    );
    probe.switches(json!({ "coupon_patch": "fails" })).await;
    assert_eq!(patch(&probe, "TROCA", past).await, 500);
}

#[tokio::test]
async fn checkout_keeps_to_the_terms() {
    let probe = Probe::start().await;
    assert_eq!(probe.post(PATH, body("TERMOS", &json!({}))).await.0, 201);
    for (changes, reason) in [
        (json!({ "customer": 4003 }), "another customer"),
        (json!({ "shop_id": 2 }), "another shop"),
        (json!({ "products_cents": 4999 }), "minimum"),
    ] {
        let (status, told) = check_out(&probe, "TERMOS", &changes).await;
        assert_eq!(status, 422, "{told}");
        assert!(told["error"].as_str().unwrap().contains(reason), "{told}");
    }
    let (status, order) = check_out(&probe, "termos", &json!({})).await;
    assert_eq!(
        (status, &order["coupon_code"], &order["total_cents"]),
        (200, &json!("TERMOS"), &json!(18_150))
    );
    let (_, detail) = probe
        .get(&format!("/v2/site/pedido/{}", order["number"].as_str().unwrap()))
        .await;
    assert_eq!(detail["data"]["cupomCodigo"], "TERMOS");
    assert_eq!(check_out(&probe, "TERMOS", &json!({})).await.0, 422, "once overall");
    assert_eq!(check_out(&probe, "VENCIDO", &json!({})).await.0, 422);
    probe
        .post(PATH, body("FUTURO", &json!({ "validoDe": "2026-03-05" })))
        .await;
    assert_eq!(check_out(&probe, "FUTURO", &json!({})).await.0, 422);
    probe
        .control(Method::POST, "/clock", json!({ "advance_seconds": 5 * 86_400 }))
        .await;
    assert_eq!(check_out(&probe, "FUTURO", &json!({})).await.0, 200);
}

#[tokio::test]
async fn every_kind_of_limit_is_kept() {
    let probe = Probe::start().await;
    let newcomer = json!({
        "grupoLoja": 1, "nome": "Nova", "cpfCnpj": "123.456.789-09", "email": "nova@example.com", "telefone": "11900000000",
        "endereco": { "nomeDestinatario": "F", "logradouro": "R", "numero": 1, "bairro": "C", "cep": "01001000" },
    });
    let newcomer = probe.post("/v2/site/pessoa", newcomer).await.1["data"]["id"].clone();
    let old = json!(4002);
    probe
        .control(
            Method::POST,
            "/orders/magazord",
            json!({ "customer": 4002, "products_cents": 100 }),
        )
        .await;
    // Per limit: its value, and who tries in turn with which outcome.
    let tries = [
        (1_u64, 0_u64, vec![(&old, 200_u16), (&old, 200)]),
        (6, 0, vec![(&old, 422), (&newcomer, 200), (&newcomer, 422)]),
        (2, 0, vec![(&old, 200), (&newcomer, 200), (&old, 422)]),
        (4, 2, vec![(&old, 200), (&old, 200), (&newcomer, 422)]),
        (5, 30, vec![(&old, 200), (&old, 200), (&old, 422)]),
        (7, 0, vec![(&old, 200), (&old, 200)]),
        (8, 0, vec![(&old, 200), (&old, 422)]),
    ];
    for (limit, value, attempts) in tries {
        let code = format!("LIMITE{limit}");
        let changes = json!({ "tipoLimite": limit, "valorLimite": value, "pessoa": null });
        assert_eq!(probe.post(PATH, body(&code, &changes)).await.0, 201);
        for (turn, (customer, expected)) in attempts.into_iter().enumerate() {
            let (status, told) = check_out(&probe, &code, &json!({ "customer": customer })).await;
            assert_eq!(status, expected, "limit {limit}, turn {turn}: {told}");
        }
    }
}

#[tokio::test]
async fn percentages_and_amounts_never_exceed_the_products() {
    let probe = Probe::start().await;
    probe
        .post(PATH, body("METADE", &json!({ "tipoDesconto": 2, "valorDesconto": 50 })))
        .await;
    assert_eq!(check_out(&probe, "METADE", &json!({})).await.1["coupon_cents"], 10_000);
    probe
        .post(
            PATH,
            body("MUITO", &json!({ "valorDesconto": 900, "valorMinimoPedido": 0 })),
        )
        .await;
    assert_eq!(
        check_out(&probe, "MUITO", &json!({ "shipping_cents": 1500 })).await.1["total_cents"],
        1500
    );
}

#[tokio::test]
async fn credits_are_for_one_person_and_count_as_payment() {
    let probe = Probe::start().await;
    let credit =
        |code: &str| json!({ "codigo": code, "descricao": "Troca", "loja": 1, "pessoa": 4002, "valorDesconto": 300 });
    assert_eq!(
        probe
            .post(CREDIT, json!({ "descricao": "Troca", "loja": 1, "valorDesconto": 30 }))
            .await
            .0,
        400
    );
    let (status, created) = probe.post(CREDIT, credit("CRED1")).await;
    assert_eq!((status, &created["data"]["tipoDesconto"]), (201, &json!(4)));
    let (_, order) = check_out(&probe, "CRED1", &json!({ "shipping_cents": 1000 })).await;
    let path = format!("/v2/site/pedido/{}", order["number"].as_str().unwrap());
    let (_, paid) = probe.get(&path).await;
    assert_eq!(
        (&paid["data"]["creditoUtilizado"], &paid["data"]["valorTotal"]),
        (&json!("200.00"), &json!("210.00"))
    );
    assert!(paid["data"]["cupomCodigo"].is_null());
    assert_eq!(check_out(&probe, "CRED1", &json!({})).await.0, 422, "the rest is lost");
    probe
        .switches(json!({ "credit_on_order": "cupom_codigo", "credit_remainder": "kept" }))
        .await;
    let (_, discounted) = probe.get(&path).await;
    assert_eq!(
        (&discounted["data"]["cupomCodigo"], &discounted["data"]["valorTotal"]),
        (&json!("CRED1"), &json!("10.00"))
    );
    assert_eq!(
        check_out(&probe, "CRED1", &json!({})).await.1["coupon_cents"],
        10_000,
        "the rest is kept"
    );
    assert_eq!(check_out(&probe, "CRED1", &json!({})).await.0, 422);
}
