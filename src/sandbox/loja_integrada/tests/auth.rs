use super::*;

const PAIR: &str = "chave_api 0a1b2c3d4e5f6a7b8c9d aplicacao 00000000-1111-4222-8333-444444444444";
const STORE_PAIR: &str = "chave_api 0a1b2c3d4e5f6a7b8c9d aplicacao 00000000-aaaa-4bbb-8ccc-dddddddddddd";
const IN_QUERY: &str =
    "/v1/situacao?chave_api=0a1b2c3d4e5f6a7b8c9d&chave_aplicacao=00000000-1111-4222-8333-444444444444";

impl Stage {
    async fn status_with(&self, path: &str, authorization: Option<&str>) -> u16 {
        self.send(Method::GET, path, authorization, None).await.status
    }
}

#[tokio::test]
async fn three_forms_open_the_shop_and_nothing_else_does() {
    let stage = Stage::new().await;
    assert_eq!(stage.status_with("/v1/situacao", Some(TOKEN)).await, 200);
    assert_eq!(stage.status_with("/v1/situacao", Some(PAIR)).await, 200);
    assert_eq!(stage.status_with(IN_QUERY, None).await, 200);
    let bad = [
        "Basic bGktdG9rZW4tcGVzc29hbC1leGVtcGxv",
        "Basic li-token-pessoal-vencido",
        "Bearer li-token-pessoal-exemplo",
        "li-token-pessoal-exemplo",
        "chave_api 0a1b2c3d4e5f6a7b8c9d",
        "chave_api 0a1b2c3d4e5f6a7b8c9d aplicacao 99999999-1111-4222-8333-444444444444",
        "chave_api 99999999999999999999 aplicacao 00000000-1111-4222-8333-444444444444",
    ];
    for authorization in bad {
        assert_eq!(
            stage.status_with("/v1/situacao", Some(authorization)).await,
            401,
            "{authorization}"
        );
    }
    assert_eq!(stage.status_with("/v1/situacao", None).await, 401);
    assert_eq!(stage.status_with(IN_QUERY, Some(TOKEN)).await, 401, "two forms at once");
    assert_eq!(
        stage
            .status_with(&IN_QUERY.replace("chave_aplicacao", "aplicacao"), None)
            .await,
        401
    );
}

#[tokio::test]
async fn a_token_may_lack_one_permission() {
    let stage = Stage::new().await;
    let known = stage.control("/credentials", None).await.1;
    for restricted in known["loja_integrada"]["restricted"].as_array().unwrap() {
        let resource = restricted["resource"].as_str().unwrap();
        let authorization = format!("Basic {}", restricted["token"].as_str().unwrap());
        for other in ["cliente", "pedido", "cupom", "produto", "situacao"] {
            let got = stage
                .send(Method::GET, &format!("/v1/{other}"), Some(&authorization), None)
                .await;
            assert_eq!(
                got.status,
                if other == resource { 401 } else { 200 },
                "{resource} on {other}"
            );
            assert_eq!(got.text.contains("Acesso negado"), other == resource);
        }
    }
}

#[tokio::test]
async fn shops_do_not_see_each_other() {
    let stage = Stage::new().await;
    assert_eq!(stage.post("/v1/cupom", reward("SOMIO1")).await.status, 201);
    let ours = stage.get("/v1/pedido/search?limit=50").await.objects();
    let other = Some("Basic li-token-outra-loja");
    let theirs = stage
        .send(Method::GET, "/v1/pedido/search?limit=50", other, None)
        .await
        .objects();
    assert_ne!(ours, theirs);
    let coupons = stage.send(Method::GET, "/v1/cupom", other, None).await;
    assert!(!coupons.text.contains("SOMIO1") && stage.get("/v1/cupom").await.text.contains("SOMIO1"));
    let created = stage
        .send(Method::POST, "/v1/cupom", other, Some(reward("SOMIO1")))
        .await;
    assert_eq!(created.status, 201, "the code is free there");
}

#[tokio::test]
async fn pairs_may_be_refused() {
    let stage = Stage::new().await;
    let pairs = async || {
        let partner = stage.status_with("/v1/situacao", Some(PAIR)).await;
        (
            partner,
            stage.status_with("/v1/situacao", Some(STORE_PAIR)).await,
            stage.status_with(IN_QUERY, None).await,
        )
    };
    assert_eq!(pairs().await, (200, 200, 200));
    stage.switch(json!({ "pair": "refused" })).await;
    assert_eq!(pairs().await, (401, 401, 401));
    stage.switch(json!({ "pair": "store_keys_refused" })).await;
    assert_eq!(pairs().await, (200, 401, 200));
    stage.switch(json!({ "query_pair": "refused" })).await;
    assert_eq!(pairs().await, (200, 200, 401));
    stage.switch(json!({ "pair_address": "undeclared401" })).await;
    assert_eq!(pairs().await, (401, 401, 401));
    stage.switch(json!({ "pair_address": "undeclared403" })).await;
    assert_eq!(pairs().await, (403, 403, 403));
    assert_eq!(
        stage.get("/v1/situacao").await.status,
        200,
        "a token is bound to no address"
    );
}

#[tokio::test]
async fn refusals_have_several_bodies() {
    let stage = Stage::new().await;
    let body = async |path: &str| stage.get(path).await.text;
    assert_eq!(body("/v1/cupom/1").await, r#"{"detail":"Não encontrado."}"#);
    stage.switch(json!({ "refusal_body": "string" })).await;
    assert_eq!(body("/v1/cupom/1").await, r#""Não encontrado.""#);
    stage.switch(json!({ "refusal_body": "text" })).await;
    assert_eq!(body("/v1/cupom_desconto").await, "Não encontrado.");
    let denied = stage
        .send(Method::GET, "/v1/pedido/1001", Some("Basic li-token-sem-pedido"), None)
        .await;
    assert_eq!((denied.status, denied.text.as_str()), (401, "Acesso negado"));
    stage.switch(json!({ "refusal_body": "empty" })).await;
    let missing = stage.get("/v1/pedido/1").await;
    assert_eq!((missing.status, missing.text.as_str()), (404, ""));
}
