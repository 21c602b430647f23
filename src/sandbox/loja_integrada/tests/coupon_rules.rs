use super::*;

#[tokio::test]
async fn a_coupon_is_created_and_read_back() {
    let stage = Stage::new().await;
    let created = stage.post("/v1/cupom", reward("fiel7xk2q9")).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let coupon = created.json();
    assert_eq!(
        (&coupon["codigo"], cents(&coupon["valor"])),
        (&json!("FIEL7XK2Q9"), 2000)
    );
    assert_eq!(
        (&coupon["quantidade"], &coupon["quantidade_usada"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        (&coupon["validade"], &coupon["limite_desconto"]),
        (&json!("2027-12-31T23:59:59"), &Value::Null)
    );
    let id = &coupon["id"];
    assert_eq!(created.location.unwrap(), format!("/api/v1/cupom/{id}/"));
    assert_eq!(stage.get(&format!("/v1/cupom/{id}")).await.json(), coupon);
    let (_, told) = stage.control("/coupons/loja-integrada", None).await;
    let told = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == "FIEL7XK2Q9")
        .unwrap()
        .clone();
    assert_eq!((&told["posts"], &told["created"]), (&json!(1), &json!(1)));
    assert_eq!(
        (
            &told["coupons"][0]["amount_cents"],
            &told["coupons"][0]["minimum_cents"]
        ),
        (&json!(2000), &json!(6000))
    );
    assert_eq!(told["coupons"][0]["valid_until"], "2028-01-01T02:59:59Z");
}

#[tokio::test]
async fn bad_coupons_are_refused_by_field() {
    let stage = Stage::new().await;
    let required = [
        "codigo",
        "descricao",
        "tipo",
        "valor",
        "quantidade",
        "condicao_cliente",
        "condicao_produto",
    ];
    for field in required {
        stage
            .post("/v1/cupom", but(reward("X"), field, Value::Null))
            .await
            .refuses(field);
    }
    let mut unlimited = reward("X");
    unlimited["quantidade"] = Value::Null;
    stage.post("/v1/cupom", unlimited).await.refuses("quantidade");
    let bad = [
        ("codigo", json!("X".repeat(33))),
        ("tipo", json!("valor_absoluto")),
        ("valor", json!("-1")),
        ("valor", json!("vinte")),
        ("valor_minimo", json!("")),
        ("quantidade", json!("1")),
        ("validade", json!("2027-12-31 23:59:59")),
        ("validade", json!("31/12/2027")),
        ("condicao_cliente", json!("alguns")),
        ("condicao_produto", json!("marcas_selecionadas")),
        ("grupos", json!(["99"])),
        ("ativo", json!("sim")),
    ];
    for (field, value) in bad {
        stage
            .post("/v1/cupom", but(reward("X"), field, value))
            .await
            .refuses(field);
    }
    let percent = but(but(reward("X"), "tipo", json!("porcentagem")), "valor", json!("100.01"));
    stage.post("/v1/cupom", percent).await.refuses("valor");
    let group = but(reward("X"), "condicao_cliente", json!("grupos_selecionados"));
    stage.post("/v1/cupom", group).await.refuses("grupos");
    assert!(!stage.get("/v1/cupom").await.text.contains("\"X\""));
}

#[tokio::test]
async fn odd_but_good_coupons_are_accepted() {
    let stage = Stage::new().await;
    let good = [
        ("valor", json!(20)),
        ("valor", json!(20.5)),
        ("validade", json!("2027-12-31")),
        ("validade", Value::Null),
        ("quantidade", json!(0)),
        ("valor_minimo", Value::Null),
        ("data_inicio", json!("2027-01-01")),
        ("ativo", json!(1)),
    ];
    for (index, (field, value)) in good.into_iter().enumerate() {
        let created = stage
            .post("/v1/cupom", but(reward(&format!("BOM{index}")), field, value))
            .await;
        assert_eq!(created.status, 201, "{field}: {}", created.text);
    }
    let silent = stage
        .post("/v1/cupom", but(reward("MUDO"), "ativo", Value::Null))
        .await
        .json();
    assert!(
        [json!(false), json!(0), json!("0")].contains(&silent["ativo"]),
        "{}",
        silent["ativo"]
    );
    let free = but(
        but(reward("FRETE"), "tipo", json!("frete_gratis")),
        "valor",
        json!("0.00"),
    );
    assert_eq!(stage.post("/v1/cupom", free).await.status, 201);
}

#[tokio::test]
async fn codes_are_unique_whatever_their_case() {
    let stage = Stage::new().await;
    assert_eq!(stage.post("/v1/cupom", reward("UNICO1")).await.status, 201);
    stage.post("/v1/cupom", reward("unico1")).await.refuses("codigo");
    let bodies = [
        ("detail", "/detail"),
        ("message", "/message"),
        ("error", "/error"),
        ("errors", "/errors/0"),
        ("error_response", "/error_response/validation_errors/0/message_complete"),
        ("string", ""),
    ];
    for (reading, place) in bodies {
        stage.switch(json!({ "validation_body": reading })).await;
        let refused = stage.post("/v1/cupom", reward("UNICO1")).await;
        assert!(
            refused
                .json()
                .pointer(place)
                .unwrap()
                .as_str()
                .unwrap()
                .contains("codigo"),
            "{reading}"
        );
    }
    stage.switch(json!({ "validation_body": "text" })).await;
    let refused = stage.post("/v1/cupom", reward("UNICO1")).await;
    assert_eq!((refused.status, refused.text.contains("codigo")), (400, true));
}

#[tokio::test]
async fn the_list_is_by_code_and_knows_no_filter() {
    let stage = Stage::new().await;
    stage.post("/v1/cupom", reward("AAA1")).await;
    let rows = stage.get("/v1/cupom?codigo=FRETEZERO&ativo=1").await.objects();
    let codes: Vec<_> = rows.iter().map(|row| row["codigo"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "AAA1",
            "ANTIGO15",
            "BEMVINDO10",
            "DESLIGADO",
            "ESGOTADO",
            "FRETEZERO",
            "OUROVIP"
        ]
    );
}

#[tokio::test]
async fn a_replacement_is_whole_and_no_echo() {
    let stage = Stage::new().await;
    let mut body = but(reward("TROCA1"), "valor_minimo", Value::Null);
    let echo = stage.post("/v1/cupom", body.clone()).await.json();
    let path = format!("/v1/cupom/{}", echo["id"]);
    assert_eq!(
        (&echo["valor_minimo"], &echo["limite_desconto"]),
        (&json!(""), &Value::Null)
    );
    stage.put(&path, echo.clone()).await.refuses("id");
    let mut writable = echo;
    for field in [
        "id",
        "resource_uri",
        "data_criacao",
        "data_modificacao",
        "quantidade_usada",
    ] {
        writable = but(writable, field, Value::Null);
    }
    stage.put(&path, writable.clone()).await.refuses("valor_minimo");
    writable = but(writable, "valor_minimo", Value::Null);
    stage.put(&path, writable.clone()).await.refuses("limite_desconto");
    stage.put(&path, json!({ "ativo": false })).await.refuses("codigo");
    let accepted = stage.put(&path, but(writable, "limite_desconto", Value::Null)).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    body["ativo"] = json!(false);
    assert_eq!(stage.put(&path, body).await.status, 200);
    let after = stage.get(&path).await.json();
    assert!([json!(false), json!(0), json!("0")].contains(&after["ativo"]));
    assert_eq!(after["codigo"], "TROCA1");
}

#[tokio::test]
async fn patch_may_work_and_delete_never_does() {
    let stage = Stage::new().await;
    let welcome = "/v1/cupom/330001";
    let patch = async |body| stage.send(Method::PATCH, welcome, Some(TOKEN), Some(body)).await;
    assert_eq!(patch(json!({ "ativo": false })).await.status, 200);
    let (_, told) = stage.control("/coupons/loja-integrada", None).await;
    let told = told["coupons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == "BEMVINDO10")
        .unwrap()
        .clone();
    assert_eq!(told["coupons"][0]["active"], false);
    patch(json!({ "valor": "1.00" })).await.refuses("valor");
    stage.switch(json!({ "patch": "refused" })).await;
    assert_eq!(patch(json!({ "ativo": true })).await.status, 405);
    assert_eq!(stage.send(Method::DELETE, welcome, Some(TOKEN), None).await.status, 405);
}

#[tokio::test]
async fn creation_and_validity_have_other_readings() {
    let stage = Stage::new().await;
    stage
        .switch(json!({ "coupon_created": "empty", "bare_validity": "start_of_day" }))
        .await;
    let created = stage
        .post("/v1/cupom/", but(reward("VAZIO1"), "validade", json!("2027-12-31")))
        .await;
    assert_eq!((created.status, created.text.as_str()), (201, ""));
    let location = created.location.unwrap();
    assert_eq!(stage.get(&location).await.json()["validade"], "2027-12-31T00:00:00");
    stage.switch(json!({ "datetime_validity": "refused" })).await;
    stage.post("/v1/cupom", reward("HORA1")).await.refuses("validade");
    let created = stage
        .post("/v1/cupom", but(reward("HORA1"), "validade", json!("2027-12-31")))
        .await
        .json();
    assert_eq!(created["validade"], "2027-12-31T23:59:59");
    let replaced = stage
        .put(&format!("/v1/cupom/{}", created["id"]), reward("HORA1"))
        .await;
    assert_eq!(replaced.status, 200, "PUT takes the time of day");
}

#[tokio::test]
async fn coupons_are_found_by_the_callers_id() {
    let stage = Stage::new().await;
    let created = stage
        .post("/v1/cupom", but(reward("EXT1"), "id_externo", json!("r-5001")))
        .await
        .json();
    assert_eq!(
        stage.get("/v1/cupom/r-5001?id_externo=1").await.json()["id"],
        created["id"]
    );
    assert_eq!(stage.get("/v1/cupom/r-5001").await.status, 404);
}
