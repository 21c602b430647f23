//! Bringing codes in: from a file and within a request, each line judged by itself, and nothing twice.

use entity::pool_code;
use fidelidade::run::Halves;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Scene, kept_aside};
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::text;

fn aside(line: i64, end: Option<&str>, field: &str, why: &str) -> (i64, Option<String>, String, String) {
    (line, end.map(str::to_owned), field.to_owned(), why.to_owned())
}

#[tokio::test]
async fn each_line_is_judged_by_itself_and_the_same_file_twice_adds_nothing() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 0).await;
    app.work();
    let file = "código;validade\nVERAO-0001;31/12/2099\nverao-0002;\nVERAO-0001;\nVERÃO-3;\n;31/12/2099\nVERAO-0004;ontem\n\
                VERAO-0005;01/01/2020\nVERAO-0006;2099-06-30T12:00:00Z\n";
    let run = scene.add("um", file).await;
    assert_eq!(
        json!([
            run["kind"],
            run["phase"],
            run["state"],
            run["total"],
            run["done"],
            run["created"],
            run["rejected"]
        ]),
        json!(["CODES_FILE", "FILE", "SUCCEEDED", 8, 8, 3, 5])
    );
    let wrong = [
        aside(4, Some("…0001"), "code", "DUPLICATE_IN_FILE"),
        aside(5, None, "code", "MALFORMED"),
        aside(6, None, "code", "MALFORMED"),
        aside(7, Some("…0004"), "validUntil", "MALFORMED"),
        aside(8, Some("…0005"), "validUntil", "ENDED"),
    ];
    assert_eq!(kept_aside(&run), wrong);
    let states = |codes: &[&str]| -> Vec<_> {
        let free = |code: &&str| ((*code).to_owned(), "FREE".to_owned());
        codes.iter().map(free).collect()
    };
    assert_eq!(scene.codes().await, states(&["VERAO-0001", "VERAO-0002", "VERAO-0006"]));

    // The same again; and one that another pool of the store has, one that was handed out, one that was withdrawn.
    let run = scene.add("dois", file).await;
    assert_eq!(json!([run["created"], run["rejected"]]), json!([0, 8]));
    let again = kept_aside(&run);
    assert_eq!(again[0], aside(2, Some("…0001"), "code", "ALREADY_KNOWN"));
    assert_eq!(again[1], aside(3, Some("…0002"), "code", "ALREADY_KNOWN"));
    let reward = scene.reward(10).await;
    let redeemed = scene.redeem(0, &reward, "resgate").await;
    assert_eq!(
        redeemed["redemption"]["coupon"]["code"], "VERAO-0006",
        "what ends first goes first"
    );
    let input = json!({ "poolId": scene.pool, "codes": ["verao-0002"] });
    scene.owner.must("withdrawCodes", "withdrawn", input).await;
    let rewards = seed::rewards(app.app(), scene.integration.store_id).await;
    assert_eq!(rewards.len(), 1);
    let other = json!({ "integrationId": scene.integration.id, "name": "Outono", "idempotencyKey": "outono" });
    let other = text(&scene.owner.must("createCouponPool", "pool { id }", other).await["pool"]["id"]);
    let scene = Scene { pool: other, ..scene };
    let run = scene.add("três", "VERAO-0001\nVERAO-0002\nVERAO-0006\nOUTONO-1").await;
    assert_eq!(run["created"], 1);
    assert_eq!(
        kept_aside(&run),
        [
            aside(1, Some("…0001"), "code", "ALREADY_KNOWN"),
            aside(2, Some("…0002"), "code", "WITHDRAWN"),
            aside(3, Some("…0006"), "code", "ALREADY_USED"),
        ]
    );
    assert_eq!(scene.codes().await, states(&["OUTONO-1"]));
}

#[tokio::test]
async fn a_file_is_sent_to_an_address_and_waits_there() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 0).await;
    app.work();
    let place = json!({ "poolId": scene.pool, "idempotencyKey": "arquivo" });
    let fields = "upload { id url expiresAt maxBytes }";
    let made = scene.owner.must("createCodesUpload", fields, place.clone()).await;
    let again = scene.owner.must("createCodesUpload", fields, place).await;
    assert_eq!(made["upload"]["id"], again["upload"]["id"]);
    let begin = async |key: &str| {
        let input = json!({ "poolId": scene.pool, "uploadId": made["upload"]["id"], "idempotencyKey": key });
        scene.owner.call("addCodes", "importRun { id }", input).await
    };
    let told = begin("cedo").await;
    assert_eq!(told["userErrors"][0]["code"], "REQUIRED", "{told}");
    let put = async |body: Vec<u8>| -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}{}", app.address(), text(&made["upload"]["url"]));
        let response = client.put(url).body(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    };
    let (status, told) = put(b"PK\x03\x04 planilha".to_vec()).await;
    assert_eq!(
        (status, &told["errors"][0]["extensions"]["code"]),
        (415, &json!("NOT_A_CODES_FILE"))
    );
    let file = crate::api::seed_pools::codes("ARQ", 2_000);
    assert_eq!(put(file.into_bytes()).await.0, 200);
    // It is for that pool, and of codes.
    let source = scene.owner.source(&scene.store, "Caixa").await;
    let input = json!({ "integrationId": source, "uploadId": made["upload"]["id"], "idempotencyKey": "vendas" });
    let told = scene.owner.call("importSales", "importRun { id }", input).await;
    assert_eq!(told["userErrors"][0]["code"], "NOT_FOUND", "{told}");
    let taken = begin("agora").await;
    assert_eq!(taken["userErrors"], json!([]), "{taken}");
    assert_eq!(
        begin("agora").await["importRun"],
        taken["importRun"],
        "the same key gives the same run"
    );
    let run = scene.end(&text(&taken["importRun"]["id"])).await;
    assert_eq!(
        json!([run["state"], run["total"], run["created"]]),
        json!(["SUCCEEDED", 2_000, 2_000])
    );
    let stock = json!({ "free": 2_000, "ended": 0, "taken": 0, "withdrawn": 0 });
    assert_eq!(scene.look().await["stock"], stock);
}

#[tokio::test]
async fn codes_are_sealed_and_found_by_what_people_type() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 0).await;
    let pool = scene.pool.parse().unwrap();
    crate::api::seed_pools::add(app.app(), &scene.integration, pool, "SEGREDO-7788\n").await;
    let rows = pool_code::Entity::find().all(&app.app().db).await.unwrap();
    let has = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"SEGREDO" || part == b"segredo");
    assert!(rows.iter().all(|row| !has(&row.sealed) && !has(&row.fingerprint)));
    let find = async |who: &crate::api::actor::Actor<'_>, code: &str| {
        let query = "query ($id: ID!, $code: String!) { store(id: $id) { poolCode(code: $code) { code state
            pool { id } } } }";
        who.answer(query, json!({ "id": scene.store, "code": code })).await
    };
    let found = find(&scene.owner, " segredo-7788 ").await;
    let expected = json!({ "code": "SEGREDO-7788", "state": "FREE", "pool": { "id": scene.pool } });
    assert_eq!(found["data"]["store"]["poolCode"], expected);
    for nothing in ["SEGREDO-778", "", "João"] {
        assert_eq!(
            find(&scene.owner, nothing).await["data"]["store"]["poolCode"],
            Value::Null
        );
    }
    // Who may see coupons sees that a code is there, and not what it says.
    let input = json!({ "storeId": scene.store, "name": "ERP", "scopes": ["coupons:read"] });
    let secret = text(&scene.owner.must("createApiToken", "secret", input).await["secret"]);
    let partner = crate::api::actor::Actor::with(&app, &secret);
    let query =
        "query ($id: ID!) { node(id: $id) { ... on CouponPool { codes(first: 9) { nodes { ending FIELD } } } } }";
    let seen = partner
        .answer(&query.replace("FIELD", "state"), json!({ "id": scene.pool }))
        .await;
    assert_eq!(
        seen["data"]["node"]["codes"]["nodes"],
        json!([{ "ending": "…7788", "state": "FREE" }])
    );
    let refused = partner
        .answer(&query.replace("FIELD", "code"), json!({ "id": scene.pool }))
        .await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    assert!(!refused.to_string().contains("SEGREDO"));
    assert_eq!(
        find(&partner, "SEGREDO-7788").await["errors"][0]["extensions"]["code"],
        "FORBIDDEN"
    );
}
