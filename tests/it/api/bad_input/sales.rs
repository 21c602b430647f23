//! Pushing sales, and setting up who pushes them.

use entity::order;
use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::sales::sale;
use crate::api::seed;
use crate::support::app::TestApp;

pub(super) fn rows() -> Vec<Row> {
    let push = |what, integration: &str, sales: Value, said: Said| {
        let input = json!({ "integrationId": integration, "sales": sales, "idempotencyKey": what });
        row(what, "registerSales", input, &[said])
    };
    let not_found = ("NOT_FOUND", "integrationId", "no such integration");
    let connect = |what, platform: &str, name: Option<String>, said: &'static str| {
        let input = json!({ "storeId": "$store", "platform": platform, "name": name });
        row(what, "connectIntegration", input, &[("INVALID", "name", said)])
    };
    let set = |what, field: &'static str, value: Value| {
        let input = json!({ "id": "$source", "version": "$version", field: value });
        let said = ("UNSUPPORTED", field, "set at the integration with the shop's platform");
        row(what, "updateIntegration", input, &[said])
    };
    let one = || json!(["$sale"]);
    let mut rows = files();
    rows.extend(customers());
    rows.extend(codes());
    rows.extend(vec![
        push("somebody else's", "$foreign", one(), not_found),
        push("something else", "$store", one(), not_found),
        push(
            "a shop",
            "$shop",
            one(),
            (
                "UNSUPPORTED",
                "integrationId",
                "connect a source of the platform SALES_API",
            ),
        ),
        push(
            "a source that is off",
            "$off",
            one(),
            ("INTEGRATION_INACTIVE", "integrationId", "activate it first"),
        ),
        push(
            "nothing",
            "$source",
            json!([]),
            ("INVALID", "sales", "send 1 to 100 sales at once; there are 0"),
        ),
        push(
            "too many",
            "$source",
            vec![json!("$sale"); 101].into(),
            ("INVALID", "sales", "send 1 to 100 sales at once; there are 101"),
        ),
        connect("a source without a name", "SALES_API", None, "give the source a name"),
        connect(
            "a blank name",
            "SALES_API",
            Some(" ".to_owned()),
            "give the source a name",
        ),
        connect("a long name", "SALES_API", Some("x".repeat(61)), "1 to 60 characters"),
        connect(
            "a shop with a name",
            "LOJA_INTEGRADA",
            Some("Loja".to_owned()),
            "known by its platform",
        ),
        row(
            "an import",
            "startImport",
            json!({ "integrationId": "$source" }),
            &[("NOTHING_TO_IMPORT", "", "sent in a file with importSales")],
        ),
        row(
            "a reward",
            "createReward",
            json!({ "integrationId": "$source", "kind": "AMOUNT_OFF", "amount": "1.00", "name": "R$ 1", "points": 1, "idempotencyKey": "r" }),
            &[("UNSUPPORTED", "integrationId", "makes no coupons")],
        ),
        set("a feed", "feedUrl", json!("https://loja.example/feed.xml")),
        set("a shop", "shopId", json!("1")),
        set("customers", "registerCustomers", json!(true)),
    ]);
    rows
}

/// Customers without a sale.
fn customers() -> Vec<Row> {
    let whose = |what, integration: &str, said: Said| {
        let input = json!({ "integrationId": integration, "customers": [{ "externalId": "C-1" }] });
        row(what, "registerCustomers", input, &[said])
    };
    let many = |what, customers: Vec<Value>, said: &'static str| {
        let input = json!({ "integrationId": "$source", "customers": customers });
        row(what, "registerCustomers", input, &[("INVALID", "customers", said)])
    };
    let shop = "connect a source of the platform SALES_API";
    vec![
        whose(
            "somebody else's",
            "$foreign",
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        whose(
            "something else",
            "$store",
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        whose("a shop", "$shop", ("UNSUPPORTED", "integrationId", shop)),
        whose(
            "a source that is off",
            "$off",
            ("INTEGRATION_INACTIVE", "integrationId", "activate it first"),
        ),
        many("nobody", Vec::new(), "send 1 to 100 customers at once; there are 0"),
        many(
            "too many",
            vec![json!({}); 101],
            "send 1 to 100 customers at once; there are 101",
        ),
    ]
}

/// Codes to redeem with.
fn codes() -> Vec<Row> {
    let mut rows = Vec::new();
    let redeem = |what: &'static str, integration: &str, customer: Value, reward: &str| {
        json!({ "integrationId": integration, "customer": customer, "rewardId": reward, "code": "000000",
            "idempotencyKey": format!("código {what}") })
    };
    let reward = "$reward";
    let known = || json!({ "externalId": "C-7" });
    let which: Said = (
        "INVALID",
        "customer",
        "exactly one of id, document, email and externalId",
    );
    let nobody: Said = ("NOT_FOUND", "customer", "no such customer");
    for (what, integration, customer, said) in [
        (
            "somebody else's",
            "$foreign",
            known(),
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        (
            "a shop",
            "$shop",
            known(),
            (
                "UNSUPPORTED",
                "integrationId",
                "connect a source of the platform SALES_API",
            ),
        ),
        (
            "a source that is off",
            "$off",
            known(),
            ("INTEGRATION_INACTIVE", "integrationId", "activate it first"),
        ),
        ("no name", "$source", json!({}), which),
        ("two names", "$source", json!({ "id": "x", "email": "x" }), which),
        ("an unknown id", "$source", json!({ "id": "x" }), nobody),
        ("an unknown key", "$source", json!({ "externalId": "C-8" }), nobody),
        ("no document", "$source", json!({ "document": "1" }), nobody),
    ] {
        let input = json!({ "integrationId": integration, "customer": customer });
        rows.push(row(what, "requestRedemptionCode", input, &[said]));
        let input = redeem(what, integration, customer, reward);
        rows.push(row(what, "redeemWithCode", input, &[said]));
    }
    let input = json!({ "integrationId": "$source", "customer": known() });
    let said = ("NO_EMAIL", "customer", "register the address first");
    rows.push(row("nowhere to send it", "requestRedemptionCode", input, &[said]));
    let input = redeem("no code", "$source", known(), reward);
    let said = ("INVALID_CODE", "code", "ask for another");
    rows.push(row("no code", "redeemWithCode", input, &[said]));
    let input = redeem("no reward", "$source", known(), "$source");
    let said = ("NOT_FOUND", "rewardId", "no such reward");
    rows.push(row("no reward", "redeemWithCode", input, &[said]));
    rows
}

/// Files of sales.
fn files() -> Vec<Row> {
    let mut rows = Vec::new();
    let not_found = ("NOT_FOUND", "integrationId", "no such integration");
    let off = ("INTEGRATION_INACTIVE", "integrationId", "activate it first");
    let shop = (
        "UNSUPPORTED",
        "integrationId",
        "connect a source of the platform SALES_API",
    );
    let many = (
        "TOO_MANY_UPLOADS",
        "integrationId",
        "20 files of the store wait to be imported",
    );
    let content = "id;status;data;produtos\n";
    for (what, integration, said) in [
        ("somebody else's", "$foreign", not_found),
        ("something else", "$store", not_found),
        ("a shop", "$shop", shop),
        ("a source that is off", "$off", off),
        ("a store with many", "$crowded", many),
    ] {
        let input = json!({ "integrationId": integration, "idempotencyKey": format!("lugar {what}") });
        rows.push(row(what, "createSalesUpload", input, &[said]));
        let key = format!("arquivo {what}");
        let input = json!({ "integrationId": integration, "content": content, "idempotencyKey": key });
        rows.push(row(what, "importSales", input, &[said]));
    }
    let import = |what, upload: Value, content: Value, said: Said| {
        let input =
            json!({ "integrationId": "$source", "uploadId": upload, "content": content, "idempotencyKey": what });
        row(what, "importSales", input, &[said])
    };
    let either = ("REQUIRED", "uploadId", "give uploadId or content, and not both");
    let no_upload = ("NOT_FOUND", "uploadId", "no such upload");
    rows.extend([
        import("neither", Value::Null, Value::Null, either),
        import("both", json!("$upload"), json!(content), either),
        import("no upload's id", json!("$source"), Value::Null, no_upload),
        import(
            "an upload that is not",
            json!("upload_00000000000000000000000000"),
            Value::Null,
            no_upload,
        ),
        import(
            "a file that has not come",
            json!("$upload"),
            Value::Null,
            ("REQUIRED", "uploadId", "send it to the upload's address first"),
        ),
        import(
            "an empty file",
            Value::Null,
            json!(" "),
            ("INVALID", "content", "the file is empty"),
        ),
        import(
            "a page",
            Value::Null,
            json!("<p>"),
            ("INVALID", "content", "a page or XML"),
        ),
        import(
            "no header",
            Value::Null,
            json!("1;2;3"),
            (
                "INVALID",
                "content",
                "the first line must have the names of the columns",
            ),
        ),
    ]);
    rows
}

#[tokio::test]
async fn wrong_pushes() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.source(&other.create_store("Outra").await, "Caixa").await;
    let store = merchant.create_store("Loja").await;
    let shop = seed::integration(app.app(), &store).await;
    let source = merchant.source(&store, "Caixa").await;
    let off = merchant.source(&store, "ERP").await;
    merchant
        .must("deactivateIntegration", "integration { id }", json!({ "id": off }))
        .await;
    let crowded = merchant.source(&merchant.create_store("Cheia").await, "Caixa").await;
    let place = async |source: &str, key: &str| {
        let input = json!({ "integrationId": source, "idempotencyKey": key });
        merchant.must("createSalesUpload", "upload { id }", input).await["upload"]["id"].take()
    };
    for nth in 0..20 {
        place(&crowded, &format!("lugar {nth}")).await;
    }
    seed::import_products(app.app(), &shop, seed::products(0..1)).await;
    let reward = seed::rewards(app.app(), shop.store_id).await[0].id;
    let known = json!({ "integrationId": source, "customers": [{ "externalId": "C-7" }] });
    merchant.must("registerCustomers", "", known).await;
    let names = Names::default()
        .is("$crowded", crowded)
        .is("$reward", reward.to_string())
        .is("$upload", place(&source, "lugar").await)
        .is("$store", store)
        .is("$shop", shop.id.to_string())
        .is("$foreign", foreign)
        .is("$version", merchant.version(&source).await)
        .is("$source", source)
        .is("$off", off)
        .is("$sale", sale(&app, 1, "APPROVED"));
    check(&merchant, &names, rows()).await;
    let orders = order::Entity::in_store(shop.store_id).all(&app.app().db).await.unwrap();
    assert_eq!(orders, [], "refused sales are not kept");
}
