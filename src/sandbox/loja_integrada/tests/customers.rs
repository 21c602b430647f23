use super::*;

#[tokio::test]
async fn the_list_is_thin_and_the_detail_is_true() {
    let stage = Stage::new().await;
    let truth = stage.truth().await;
    let rows = stage.walk("/v1/cliente").await;
    let people = truth["customers"].as_array().unwrap();
    assert_eq!(rows.len(), people.len());
    assert!(
        rows.iter()
            .all(|row| row.get("cpf").is_none() && row.get("data_criacao").is_none())
    );
    for person in people {
        let detail = stage
            .get(&format!("/v1/cliente/{}", person["external_id"]))
            .await
            .json();
        let document = detail.get("cpf").filter(|cpf| !cpf.is_null()).or(detail.get("cnpj"));
        assert_eq!(document.unwrap_or(&Value::Null), &person["document"]);
        assert_eq!(detail.get("email").unwrap_or(&Value::Null), &person["email"]);
        assert_eq!(detail["nome"], person["name"]);
        assert_eq!(instant(&detail["data_modificacao"]), person["updated_at"]);
        assert!(detail["enderecos"].is_array() && detail["grupo"]["nome"].is_string());
    }
    stage.switch(json!({ "customer_rows": "documents" })).await;
    let rows = stage.walk("/v1/cliente").await;
    assert!(rows.iter().any(|row| row["cpf"].is_string()) && rows.iter().any(|row| row["cnpj"].is_string()));
    assert!(rows.iter().all(|row| row.get("telefone_celular").is_none()));
}

#[tokio::test]
async fn some_customers_are_anonymised_and_some_mail_addresses_have_capitals() {
    let stage = Stage::new().await;
    let gone = stage.get("/v1/cliente/900007").await.json();
    assert_eq!(
        (&gone["nome"], &gone["cpf"]),
        (&json!("Cliente Anonimizado"), &json!("99999999999"))
    );
    assert!(gone.get("telefone_celular").is_none_or(Value::is_null));
    let rows = stage.walk("/v1/cliente").await;
    let has_capitals = |row: &Value| row["email"].as_str().is_some_and(|email| email != email.to_lowercase());
    assert!(rows.iter().any(has_capitals));
    let kinds: std::collections::BTreeSet<_> = rows.iter().map(|row| row["tipo"].to_string()).collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
}

#[tokio::test]
async fn customers_are_searched_by_mail_address_and_date() {
    let stage = Stage::new().await;
    let rows = stage.walk("/v1/cliente").await;
    let mixed = rows
        .iter()
        .filter_map(|row| row["email"].as_str())
        .find(|email| *email != email.to_lowercase())
        .unwrap();
    let search = async |email: &str| {
        stage
            .get(&format!("/v1/cliente/search?cliente_email={email}"))
            .await
            .objects()
            .len()
    };
    assert_eq!((search(mixed).await, search(&mixed.to_lowercase()).await), (1, 0));
    stage.switch(json!({ "email_filter": "case_insensitive" })).await;
    assert_eq!(search(&mixed.to_lowercase()).await, 1);
    assert_eq!(
        stage.get("/v1/cliente/search?cpf=1").await.json()["meta"]["total_count"],
        rows.len()
    );
    let truth = stage.truth().await;
    let mut newest: Vec<_> = truth["customers"].as_array().unwrap().clone();
    newest.sort_by_key(|person| std::cmp::Reverse(person["updated_at"].as_str().unwrap().to_owned()));
    for path in ["/v1/cliente/search", "/v1/cliente?order_by=-data_modificacao"] {
        assert_eq!(
            stage.get(path).await.objects()[0]["id"],
            newest[0]["external_id"],
            "{path}"
        );
    }
    let day = newest[2]["updated_at"].as_str().unwrap()[..10].to_owned();
    let recent = stage
        .get(&format!("/v1/cliente/search?since_atualizado={day}"))
        .await
        .objects();
    assert!(recent.len() < rows.len() && !recent.is_empty());
}

#[tokio::test]
async fn groups_are_read_and_customers_are_not_written() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/v1/grupo").await.objects()[1]["nome"], "Ouro");
    assert_eq!(stage.get("/v1/grupo/12").await.json()["padrao"], false);
    assert_eq!(
        stage.put("/v1/cliente/900001", json!({ "nome": "Outro" })).await.status,
        405
    );
    assert_eq!(stage.post("/v1/grupo", json!({ "nome": "Prata" })).await.status, 405);
}
