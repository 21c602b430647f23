//! Paging, envelopes and filters of every list, and people, shops and products themselves.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::sandbox::probe::*;

const ORDERS: &str = "/v2/site/pedido";
const CHANGED: &str = "dataHoraUltimaAlteracaoSituacao";

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

async fn total(probe: &Probe, query: &str) -> u64 {
    let (status, body) = probe.get(&format!("{ORDERS}?{query}")).await;
    assert_eq!(status, 200, "{query}: {body}");
    body["data"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn a_walk_over_the_pages_gives_each_order_once() {
    let probe = Probe::start().await;
    let (mut seen, mut page) = (Vec::new(), 1);
    loop {
        let (_, body) = probe.get(&format!("{ORDERS}?limit=9&page={page}")).await;
        let data = &body["data"];
        let rows = data["items"].as_array().unwrap();
        assert_eq!(data["page_count"], rows.len());
        seen.extend(ids(rows));
        if data["has_more"] == false {
            assert_eq!(data["total_pages"], page);
            break;
        }
        page += 1;
    }
    let truth: Vec<u64> = ids(&probe.true_orders().await);
    assert_eq!(seen, truth, "oldest first, each once");
    assert!(
        probe
            .rows(&format!("{ORDERS}?limit=9&page={}", page + 1))
            .await
            .is_empty()
    );
    let newest_first = ids(&probe.rows(&format!("{ORDERS}?orderDirection=desc&orderBy=id")).await);
    assert_eq!(newest_first, truth.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn envelopes_differ() {
    let probe = Probe::start().await;
    probe.switches(json!({ "list_envelope": "bare_array" })).await;
    assert_eq!(
        probe.get(&format!("{ORDERS}?limit=3")).await.1["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    probe.switches(json!({ "list_envelope": "single_item" })).await;
    assert!(probe.get(&format!("{ORDERS}?limit=1")).await.1["data"]["items"]["codigo"].is_string());
    assert_eq!(probe.rows(&format!("{ORDERS}?limit=2")).await.len(), 2);
    probe.switches(json!({ "list_envelope": "seq" })).await;
    assert!(probe.rows(ORDERS).await[0]["seq"]["codigo"].is_string());
    assert!(probe.rows("/v2/site/pessoa").await[0]["id"].is_u64(), "orders only");
    probe.switches(json!({ "person_envelope": "bare" })).await;
    assert_eq!(probe.get("/v2/site/pessoa/4001").await.1["id"], 4001);
    probe.switches(json!({})).await;
    assert_eq!(probe.get("/v2/site/pessoa/4001").await.1["data"]["id"], 4001);
}

#[tokio::test]
async fn limits_above_a_hundred_are_refused_clamped_or_honoured() {
    let probe = Probe::start_with(crate::sandbox::SandboxConfig {
        orders: 130,
        faults: crate::sandbox::Faults {
            rate_limit: crate::sandbox::faults::RateLimit::Off,
            ..Default::default()
        },
        ..crate::sandbox::SandboxConfig::at(start_of_time())
    })
    .await;
    let path = format!("{ORDERS}?limit=500");
    assert_eq!(probe.get(&path).await.0, 400);
    probe.switches(json!({ "limit_above_100": "clamped" })).await;
    assert_eq!(probe.rows(&path).await.len(), 100);
    probe.switches(json!({ "limit_above_100": "honoured" })).await;
    assert_eq!(probe.rows(&path).await.len(), 131, "the one from 1998 included");
}

#[tokio::test]
async fn lists_end_in_three_ways() {
    let probe = Probe::start().await;
    let last = format!("{ORDERS}?limit=50&page=2");
    let past = format!("{ORDERS}?limit=50&page=3");
    assert_eq!(probe.get(&last).await.1["data"]["has_more"], false);
    probe.switches(json!({ "last_page": "has_more_stays_true" })).await;
    assert_eq!(probe.get(&last).await.1["data"]["has_more"], true);
    assert!(probe.rows(&past).await.is_empty());
    probe.switches(json!({ "last_page": "repeats" })).await;
    assert_eq!(probe.rows(&past).await, probe.rows(&last).await);
}

#[tokio::test]
async fn filters_narrow_and_unknown_ones_do_nothing() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let count = |test: &dyn Fn(&Value) -> bool| truth.iter().filter(|order| test(order)).count() as u64;
    let all = truth.len() as u64;
    for query in [
        "",
        "dataHoraInicio=2026-02-01",
        "pagina=4",
        "sort=id",
        "ordenacao=desc",
        "email=x@example.com",
    ] {
        assert_eq!(total(&probe, query).await, all, "{query}");
    }
    assert_eq!(
        total(&probe, "situacao=4,5").await,
        count(&|o| o["status"] == "4" || o["status"] == "5")
    );
    assert_eq!(total(&probe, "loja=2,3").await, count(&|o| o["shop_id"] != 1));
    assert_eq!(
        total(&probe, "origem=2").await,
        count(&|o| o["channel"] == "marketplace")
    );
    let bound = "2026-02-10T12:00:00Z";
    let since = count(&|o| o["placed_at"].as_str().unwrap() >= bound);
    assert!(since > 0 && since < all);
    for query in [format!("dataHora[gte]={bound}"), format!("dataHora%5Bgte%5D={bound}")] {
        assert_eq!(total(&probe, &query).await, since, "{query}");
    }
    assert_eq!(total(&probe, "dataHora[gte]=2026-02-10T09:00:00-03:00").await, since);
    assert_eq!(total(&probe, "dataHora[gte]=2026-02-10T12:00:00%2B00:00").await, since);
    assert_eq!(
        probe
            .get(&format!("{ORDERS}?dataHora[gte]=2026-02-10T12:00:00+00:00"))
            .await
            .0,
        400,
        "a space"
    );
    assert_eq!(
        probe
            .get(&format!("{ORDERS}?dataHora[gte]=2026-02-10T12:00:00.000Z"))
            .await
            .0,
        500
    );
}

#[tokio::test]
async fn the_change_filter_works_is_refused_or_ignored() {
    let probe = Probe::start().await;
    let bound = "2026-02-20T00:00:00Z";
    let truth = probe.true_orders().await;
    let all = truth.len() as u64;
    let changed = truth
        .iter()
        .filter(|order| order["changed_at"].as_str().unwrap() >= bound)
        .count() as u64;
    assert!(changed < all);
    let (query, newer) = (
        format!("{CHANGED}[gte]={bound}"),
        format!("dataHoraUltimaAlteracao[gte]={bound}"),
    );
    assert_eq!(
        (total(&probe, &query).await, total(&probe, &newer).await),
        (changed, all)
    );
    probe
        .switches(json!({ "status_change_filter": "refused", "change_filter": "works" }))
        .await;
    assert_eq!(probe.get(&format!("{ORDERS}?{query}")).await.0, 400);
    assert_eq!(total(&probe, &newer).await, changed);
    probe.switches(json!({ "status_change_filter": "ignored" })).await;
    assert_eq!(total(&probe, &query).await, all);
}

#[tokio::test]
async fn bounds_by_day_and_by_z_are_switches() {
    let probe = Probe::start().await;
    let truth = probe.true_orders().await;
    let upto = |end: &str| {
        truth
            .iter()
            .filter(|order| order["placed_at"].as_str().unwrap() < end)
            .count() as u64
    };
    let query = "dataHora[lte]=2026-02-10";
    assert_eq!(total(&probe, query).await, upto("2026-02-10T03:00:00Z"));
    probe.switches(json!({ "date_only_end": "included" })).await;
    assert_eq!(total(&probe, query).await, upto("2026-02-11T03:00:00Z"));
    probe.switches(json!({ "z_filters": "brasilia" })).await;
    assert_eq!(
        total(&probe, "dataHora[lt]=2026-02-10T00:00:00Z").await,
        upto("2026-02-10T03:00:00Z")
    );
}

#[tokio::test]
async fn rows_tell_their_change_time_when_switched_on() {
    let probe = Probe::start().await;
    assert!(probe.rows(ORDERS).await[5].get(CHANGED).is_none());
    probe.switches(json!({ "status_change_in_rows": "present" })).await;
    assert!(probe.rows(ORDERS).await[5][CHANGED].as_str().unwrap().ends_with("-03"));
    probe.switches(json!({ "status_change_in_rows": "null" })).await;
    assert_eq!(probe.rows(ORDERS).await[5].get(CHANGED), Some(&Value::Null));
}

#[tokio::test]
async fn people_come_with_what_is_asked_for() {
    let probe = Probe::start().await;
    let path = "/v2/site/pessoa";
    let truth = probe.told("/truth/magazord").await["customers"]
        .as_array()
        .cloned()
        .unwrap();
    let plain = probe.rows(path).await;
    assert_eq!(plain.len(), truth.len());
    assert!(
        plain
            .iter()
            .all(|person| person.get("pessoaContato").is_none() && person.get("pessoaEndereco").is_none())
    );
    let full = probe.rows(&format!("{path}?listaContatos=1&listaEnderecos=1")).await;
    assert!(
        full.iter()
            .all(|person| person["pessoaContato"][0]["contato"].is_string())
    );
    let kinds: BTreeSet<_> = full
        .iter()
        .map(|person| person["pessoaEndereco"][0]["cep"].is_string())
        .collect();
    assert_eq!(kinds.len(), 2, "text and number");
    assert!(
        plain
            .iter()
            .any(|person| person["email"].is_null() || person["email"] == "")
    );
    assert!(plain.iter().any(|person| person["sexo"].is_null()));
}

#[tokio::test]
async fn people_are_found_by_day_name_and_punctuated_document() {
    let probe = Probe::start().await;
    let path = "/v2/site/pessoa";
    let someone = probe.rows(path).await.remove(1);
    let document = someone["cpfCnpj"].as_str().unwrap();
    let digits: String = document.chars().filter(char::is_ascii_alphanumeric).collect();
    assert_eq!(
        probe.rows(&format!("{path}?cpfCnpj={document}")).await,
        std::slice::from_ref(&someone)
    );
    assert!(probe.rows(&format!("{path}?cpfCnpj={digits}")).await.is_empty());
    probe.switches(json!({ "document_filter": "either" })).await;
    assert_eq!(probe.rows(&format!("{path}?cpfCnpj={digits}")).await.len(), 1);
    let day = someone["dataHoraAtualizacao"].as_str().unwrap();
    let found = probe
        .rows(&format!(
            "{path}?dataHoraAtualizacao[gte]={day}&dataHoraAtualizacao[lte]={day}"
        ))
        .await;
    assert!(found.contains(&someone), "the whole day counts");
    let all = probe.rows(path).await.len();
    assert_eq!(
        probe.rows(&format!("{path}?email=x@example.com&loja=2")).await.len(),
        all,
        "no such filters"
    );
    let part = someone["nome"]
        .as_str()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_lowercase();
    assert!(probe.rows(&format!("{path}?nome={part}")).await.contains(&someone));
}

#[tokio::test]
async fn documents_are_punctuated_bare_or_missing() {
    let probe = Probe::start().await;
    let path = "/v2/site/pessoa";
    let documents = |rows: Vec<Value>| {
        rows.iter()
            .filter_map(|row| row["cpfCnpj"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let punctuated = documents(probe.rows(path).await);
    assert!(punctuated.iter().all(|document| document.contains('-')));
    probe.switches(json!({ "documents": "digits" })).await;
    assert!(
        documents(probe.rows(path).await)
            .iter()
            .all(|document| document.chars().all(char::is_alphanumeric))
    );
    probe.switches(json!({ "documents": "null_for_some" })).await;
    assert!(documents(probe.rows(path).await).len() < punctuated.len());
}

#[tokio::test]
async fn people_are_created_with_all_they_need() {
    let probe = Probe::start().await;
    let path = "/v2/site/pessoa";
    assert_eq!(probe.post(path, json!({ "nome": "Fulana" })).await.0, 400);
    let body = json!({
        "grupoLoja": 1, "nome": "Fulana Exemplo", "cpfCnpj": "123.456.789-09", "email": "fulana@example.com",
        "telefone": "(11) 90000-0000",
        "endereco": { "nomeDestinatario": "F", "logradouro": "R", "numero": 1, "bairro": "C", "cep": "01001000" },
    });
    let (status, created) = probe.post(path, body.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(
        probe.get(&format!("{path}/{}", created["data"]["id"])).await.1["data"]["nome"],
        "Fulana Exemplo"
    );
    assert_eq!(probe.post(path, body).await.0, 409);
    assert_eq!(probe.get(&format!("{path}/999999")).await.0, 404);
}

#[tokio::test]
async fn three_shops_of_which_two_sell() {
    let probe = Probe::start().await;
    let shops = probe.rows("/v2/site/loja").await;
    assert_eq!(shops.len(), 3);
    let active: Vec<_> = shops.iter().filter(|shop| shop["ativo"] == true).collect();
    assert_eq!((active.len(), &active[0]["grupo"]), (2, &active[1]["grupo"]));
    assert_eq!(probe.rows("/v2/site/loja?ativo=0").await.len(), 1);
}

#[tokio::test]
async fn products_are_known_by_code_and_priced_elsewhere() {
    let probe = Probe::start().await;
    let products = probe.rows("/v2/site/produto").await;
    let truth = &probe.told("/truth/magazord").await["products"];
    assert_eq!(products.len(), truth.as_array().unwrap().len());
    let (parent, sku) = (
        products[0]["codigo"].as_str().unwrap(),
        products[0]["derivacoes"][0]["codigo"].as_str().unwrap(),
    );
    assert_eq!(truth[0]["sku"], sku);
    assert_eq!(probe.get(&format!("/v2/site/produto/{parent}")).await.0, 200);
    assert_eq!(
        probe.get(&format!("/v2/site/produto/{}", products[0]["id"])).await.0,
        404
    );
    assert_eq!(probe.get(&format!("/v2/site/frontend/produto/1/{parent}")).await.0, 404);
    let (_, shown) = probe.get(&format!("/v2/site/frontend/produto/1/{sku}")).await;
    assert_eq!(shown["data"]["valor"].to_string(), truth_price(&truth[0]));
    assert_eq!(probe.get("/v1/listPreco").await.0, 400);
    let (_, prices) = probe.get("/v1/listPreco?tabelaPreco=1&limit=5&page=2").await;
    assert_eq!(
        (prices["data"].as_array().unwrap().len(), &prices["data"][0]["produto"]),
        (5, &json!(sku))
    );
    assert_eq!(
        probe.get("/v1/listEstoque?offset=10").await.1["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

/// The price as the imitation writes numbers.
fn truth_price(product: &Value) -> String {
    let price = rust_decimal::Decimal::new(product["cents"].as_i64().unwrap(), 2);
    price.normalize().to_string()
}
