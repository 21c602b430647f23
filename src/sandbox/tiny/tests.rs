//! The imitation says what the documentation says, whatever any adapter makes of it.
#![expect(clippy::unwrap_used, reason = "a failed call is a failed test")]

use reqwest::Method;
use serde_json::{Value, json};

use super::super::{credentials, probe::Probe};

/// The status, the limit that was told, and what the envelope holds.
async fn call(probe: &Probe, service: &str, fields: &[(&str, &str)]) -> (u16, Option<String>, Value) {
    let url = format!("http://{}/tiny/api2/{service}.php", probe.sandbox.address);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = probe
        .http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    let response = request.body(body).send().await.unwrap();
    let status = response.status().as_u16();
    let limit = response
        .headers()
        .get("x-limit-api")
        .map(|value| value.to_str().unwrap().to_owned());
    let mut body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    (status, limit, body["retorno"].take())
}

async fn good(probe: &Probe, service: &str, fields: &[(&str, &str)]) -> Value {
    let mut all = vec![("token", credentials().tiny.token), ("formato", "JSON")];
    all.extend(fields);
    let (status, limit, told) = call(probe, service, &all).await;
    assert_eq!((status, limit.as_deref()), (200, Some("120")));
    told
}

#[tokio::test]
async fn errors_come_with_200_and_tell_a_number() {
    let probe = Probe::start().await;
    let known = credentials().tiny;
    for (fields, number) in [
        (vec![], "1"),
        (vec![("token", "errado")], "2"),
        (vec![("token", known.token)], "10"),
        (vec![("token", known.blocked), ("formato", "json")], "8"),
        (vec![("token", known.plan_without_api), ("formato", "json")], "6"),
        (vec![("token", known.token), ("formato", "json")], "10"),
        (
            vec![
                ("token", known.token),
                ("formato", "json"),
                ("dataInicial", "01/01/2999"),
            ],
            "20",
        ),
        (
            vec![
                ("token", known.token),
                ("formato", "json"),
                ("dataInicial", "2026-01-01"),
            ],
            "31",
        ),
    ] {
        let (status, _, told) = call(&probe, "pedidos.pesquisa", &fields).await;
        assert_eq!(
            (status, &told["status"], &told["codigo_erro"]),
            (200, &json!("Erro"), &json!(number)),
            "{fields:?}"
        );
    }
    let zero = [("token", known.plan_without_api), ("formato", "json")];
    assert_eq!(call(&probe, "info", &zero).await.1.as_deref(), Some("0"));
    assert_eq!(good(&probe, "pedido.obter", &[("id", "1")]).await["codigo_erro"], "32");
}

#[tokio::test]
async fn a_list_tells_little_and_a_detail_the_rest() {
    let probe = Probe::start().await;
    let told = good(&probe, "pedidos.pesquisa", &[("dataInicial", "01/01/2000")]).await;
    assert_eq!((&told["pagina"], &told["numero_paginas"]), (&json!("1"), &json!("1")));
    assert_eq!(told["pedidos"].as_array().unwrap().len(), 60);
    let row = &told["pedidos"][0]["pedido"];
    assert_eq!((&row["id"], &row["numero"]), (&json!("700001"), &json!("1")));
    assert!(row["cpf_cnpj"].is_null() && row["total_produtos"].is_null(), "{row}");
    let detail = good(&probe, "pedido.obter", &[("id", "700001")]).await;
    let order = &detail["pedido"];
    assert!(
        order["cliente"]["cpf_cnpj"].is_string() && order["itens"][0]["item"]["codigo"].is_string(),
        "{order}"
    );
    assert_eq!(order["data_pedido"].as_str().unwrap().len(), "31/01/2026".len());
}

#[tokio::test]
async fn changes_are_found_by_their_time_and_pages_end() {
    let probe = Probe::start().await;
    probe
        .control(Method::PUT, "/switches/tiny", json!({ "rows": "ten" }))
        .await;
    let all = [("dataInicial", "01/01/2000")];
    assert_eq!(good(&probe, "pedidos.pesquisa", &all).await["numero_paginas"], "6");
    let past = [("dataInicial", "01/01/2000"), ("pagina", "7")];
    assert_eq!(good(&probe, "pedidos.pesquisa", &past).await["codigo_erro"], "23");
    let changed = [("dataAtualizacao", "01/03/2026 12:00:00")];
    assert_eq!(good(&probe, "pedidos.pesquisa", &changed).await["codigo_erro"], "20");
    probe
        .control(Method::POST, "/orders/tiny/1/status", json!({ "status": "cancelado" }))
        .await;
    let told = good(&probe, "pedidos.pesquisa", &changed).await;
    assert_eq!(told["pedidos"].as_array().unwrap().len(), 1);
    assert_eq!(told["pedidos"][0]["pedido"]["situacao"], "Cancelado");
}

#[tokio::test]
async fn contacts_tell_their_birthday_one_by_one() {
    let probe = Probe::start().await;
    let told = good(&probe, "contatos.pesquisa", &[]).await;
    let rows = told["contatos"].as_array().unwrap();
    assert_eq!(rows.len(), 25, "a supplier is among them");
    assert!(rows.iter().all(|row| row["contato"]["data_nascimento"].is_null()));
    let one = good(&probe, "contato.obter", &[("id", "701")]).await;
    assert!(one["contato"]["data_nascimento"].as_str().unwrap().contains('/'));
    let supplier = good(&probe, "contato.obter", &[("id", "699")]).await;
    assert_eq!(supplier["contato"]["tipos_contato"], json!([{ "tipo": "Fornecedor" }]));
}
