use super::*;

#[tokio::test]
async fn pages_give_each_order_once_in_every_order() {
    let stage = Stage::new().await;
    let all: Vec<u64> = by_number(&stage.truth().await).into_keys().collect();
    assert_eq!(all.len(), 60);
    let mut sequences = Vec::new();
    for order in ["ascending", "descending", "shuffled"] {
        stage.switch(json!({ "default_order": order })).await;
        let rows = numbers(&stage.walk("/v1/pedido/search?limit=7").await);
        assert_eq!(sorted(rows.clone()), all, "{order}");
        sequences.push(rows);
    }
    assert_eq!(sequences[0], all);
    assert!(sequences[1] != sequences[0] && sequences[2] != sequences[0] && sequences[2] != sequences[1]);
    stage.switch(json!({ "next_repeats": true })).await;
    assert_eq!(sorted(numbers(&stage.walk("/v1/pedido/search?limit=7").await)), all);
    let last = stage.get("/v1/pedido/search?limit=7&offset=56").await.json();
    assert_eq!(last["meta"]["next"], "/api/v1/pedido/search?limit=7&offset=56");
}

#[tokio::test]
async fn both_prefixes_and_both_slashes_say_the_same() {
    let stage = Stage::new().await;
    let expected = stage.get("/v1/pedido/search").await.json();
    for path in ["/v1/pedido/search/", "/api/v1/pedido/search", "/api/v1/pedido/search/"] {
        assert_eq!(stage.get(path).await.json(), expected, "{path}");
    }
    let meta = &expected["meta"];
    assert_eq!(
        (&meta["limit"], &meta["offset"], &meta["previous"]),
        (&json!(20), &json!(0), &json!(null))
    );
    assert_eq!(meta["total_count"], 60);
    assert_eq!(meta["next"], "/api/v1/pedido/search?limit=20&offset=20");
    let second = stage
        .get("/v1/pedido/search?limit=20&offset=20&format=json&x=1")
        .await
        .json();
    assert_eq!(
        second["meta"]["previous"],
        "/api/v1/pedido/search?limit=20&offset=0&format=json&x=1"
    );
    assert_eq!(stage.get("/v2/pedido").await.status, 404);
    assert_eq!(stage.get("/v1/cupom_desconto").await.status, 404);
}

#[tokio::test]
async fn slashes_may_redirect() {
    let stage = Stage::new().await;
    stage.switch(json!({ "slash": "redirect_to_slash" })).await;
    let got = stage.post("/v1/cupom", reward("NUNCA1")).await;
    assert_eq!(
        (got.status, got.location.as_deref()),
        (301, Some("/loja-integrada/v1/cupom/"))
    );
    assert_eq!(stage.get("/v1/pedido/search/?limit=1").await.status, 200);
    stage.switch(json!({ "slash": "redirect_to_none" })).await;
    let got = stage.get("/api/v1/pedido/search/?limit=1").await;
    assert_eq!(
        got.location.as_deref(),
        Some("/loja-integrada/api/v1/pedido/search?limit=1")
    );
    assert_eq!(stage.post("/v1/cupom", reward("AGORA1")).await.status, 201);
}

#[tokio::test]
async fn pages_have_a_maximum_and_lists_an_end() {
    let stage = Stage::new().await;
    let clamped = stage.get("/v1/pedido/search?limit=100").await;
    assert_eq!(
        (clamped.objects().len(), &clamped.json()["meta"]["limit"]),
        (50, &json!(50))
    );
    stage.switch(json!({ "over_maximum": "refuse" })).await;
    stage.get("/v1/pedido/search?limit=51").await.refuses("limit");
    assert_eq!(stage.get("/v1/pedido/search?limit=50").await.objects().len(), 50);
    assert_eq!(stage.get("/v1/produto?limit=100").await.status, 200);
    stage.switch(json!({ "over_maximum": "empty" })).await;
    assert_eq!(stage.get("/v1/pedido/search?limit=51").await.objects().len(), 0);
    stage.get("/v1/categoria?limit=200").await.refuses("limit");
    stage.switch(json!({})).await;
    stage
        .get("/v1/pedido/search?limit=50&offset=9951")
        .await
        .refuses("offset");
    assert_eq!(stage.get("/v1/pedido?limit=50&offset=9950").await.objects().len(), 0);
    stage.get("/v1/pedido?limit=muitos").await.refuses("limit");
}

#[tokio::test]
async fn order_filters_work_on_search_only() {
    let stage = Stage::new().await;
    let truth = by_number(&stage.truth().await);
    let customer = truth[&1010]["person"]["external_id"].as_u64().unwrap();
    let expect = |keep: &dyn Fn(&Value) -> bool| {
        truth
            .iter()
            .filter(|(_, order)| keep(order))
            .map(|(number, _)| *number)
            .collect::<Vec<_>>()
    };
    let search = async |query: &str| sorted(numbers(&stage.walk(&format!("/v1/pedido/search?{query}")).await));
    let theirs = expect(&|order| order["person"]["external_id"] == customer);
    assert_eq!(search(&format!("cliente_id={customer}")).await, theirs);
    assert!(theirs.len() < 60);
    let ignored = stage.walk(&format!("/v1/pedido/?cliente_id={customer}")).await;
    assert_eq!(ignored.len(), 60, "the plain list knows no filter");
    assert!(ignored.iter().all(|row| row["id"].is_u64()));
    assert_eq!(search("since_numero=1050").await, (1050..=1060).collect::<Vec<_>>());
    assert_eq!(
        search("situacao_id=16").await,
        expect(&|order| order["status"] == "pedido_chargeback")
    );
    assert!(!search("pagamento_id=150").await.is_empty());
    assert_eq!(
        search("pagamento_id=150").await,
        expect(&|order| order["channel"] == "marketplace")
    );
    assert_eq!(search("until_atualizado=2020-01-01").await.len(), 60, "no such filter");
    let newest = numbers(&stage.walk("/v1/pedido/search?order_by=-data_criacao").await);
    assert!(newest.is_sorted_by(|one, other| one > other));
}

#[tokio::test]
async fn date_filters_are_read_as_the_switches_say() {
    let stage = Stage::new().await;
    let truth = by_number(&stage.truth().await);
    let placed = |number: u64| {
        truth[&number]["placed_at"]
            .as_str()
            .unwrap()
            .parse::<DateTime<chrono::Utc>>()
            .unwrap()
    };
    let local = (placed(1030) - chrono::TimeDelta::hours(3))
        .format("%Y-%m-%dT%H:%M:%S")
        .to_string();
    let search = async |query: String| sorted(numbers(&stage.walk(&format!("/v1/pedido/search?{query}")).await));
    assert_eq!(
        search(format!("since_criado={local}")).await,
        (1030..=1060).collect::<Vec<_>>()
    );
    assert_eq!(
        search(format!("until_criado={local}")).await,
        (1001..1030).collect::<Vec<_>>()
    );
    stage.switch(json!({ "since": "exclusive" })).await;
    assert_eq!(
        search(format!("since_criado={local}")).await,
        (1031..=1060).collect::<Vec<_>>()
    );
    stage.switch(json!({ "filter_dates": "utc" })).await;
    let utc = placed(1030).format("%Y-%m-%dT%H:%M:%S").to_string();
    assert_eq!(
        search(format!("since_criado={utc}")).await,
        (1030..=1060).collect::<Vec<_>>()
    );
    assert!(search(format!("since_atualizado={}", &utc[..10])).await.len() < 60);
    stage
        .get("/v1/pedido/search?since_criado=2026-01-01T00:00:00Z")
        .await
        .refuses("since_criado");
    stage
        .get("/v1/pedido/search?since_criado=2026-01-01%2000:00:00")
        .await
        .refuses("since_criado");
}

#[tokio::test]
async fn products_are_thin_and_filtered() {
    let stage = Stage::new().await;
    let truth = stage.truth().await;
    let all = stage.walk("/v1/produto").await;
    let kept = stage.walk("/v1/produto?removido=false").await;
    assert_eq!(all.len(), kept.len() + 1, "one lies in the bin");
    assert!(all.iter().all(|row| row.get("preco_cheio").is_none()));
    let product = &truth["products"][0];
    let sku = product["sku"].as_str().unwrap();
    let found = stage.get(&format!("/v1/produto?sku={sku}")).await.objects();
    let id = found[0]["id"].as_u64().unwrap();
    assert_eq!((found.len(), &found[0]["tipo"]), (1, &json!("atributo_opcao")));
    let detail = stage.get(&format!("/v1/produto/{id}")).await.json();
    assert!(detail["preco_cheio"].is_number());
    let price = stage.get(&format!("/v1/produto_preco/{id}")).await.json();
    assert_eq!(cents(&price["cheio"]), product["cents"].as_i64().unwrap());
    let parent = stage
        .get(&format!("/v1/produto_preco/set/{};{id}", id - 1))
        .await
        .json();
    assert_eq!(parent["objects"][0]["cheio"], Value::Null);
    assert_eq!(parent["objects"].as_array().unwrap().len(), 2);
    assert!(stage.get(&format!("/v1/produto_estoque/{id}")).await.json()["quantidade"].is_u64());
    let early = stage.walk("/v1/produto?data_criacao__lt=2026-01-01%2010:30:00").await;
    assert!(!early.is_empty() && early.len() < all.len());
    stage
        .get("/v1/produto?data_criacao__lt=2026-01-01T10:30:00")
        .await
        .refuses("data_criacao__lt");
}
