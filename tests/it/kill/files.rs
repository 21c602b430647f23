//! The program is killed twice while it imports a file of sales. It goes on at the line where it was: no sale is
//! missing, none counts twice.

use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::document::cpf;
use crate::support::merchant::{Merchant, PATIENCE, Store, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;

/// Lines of the file, a tenth of which cannot be used.
const LINES: usize = 6_000;

fn file() -> String {
    let line = |number: usize| {
        let amount = if number % 10 == 7 { "dez" } else { "10,00" };
        // The same sale again, far from where it stood first.
        let key = if number == LINES - 1 { 0 } else { number };
        format!("V-{key:05};paga;31/01/2026 10:00;{amount};{}\n", cpf(number % 100))
    };
    format!(
        "venda;status;data;produtos;cpf\n{}",
        (0..LINES).map(line).collect::<String>()
    )
}

/// A source of the merchant's that is on.
async fn source(merchant: &Merchant, store: &str) -> String {
    let input = json!({ "storeId": store, "platform": "SALES_API", "name": "Caixa" });
    let made = merchant
        .must("connectIntegration", "integration { id version }", input)
        .await;
    let source = &made["integration"];
    let input = json!({ "id": source["id"], "version": source["version"],
        "siteUrl": "https://www.loja-exemplo.com.br", "awardingStatuses": ["approved", "delivered"] });
    merchant.must("updateIntegration", "integration { id }", input).await;
    let input = json!({ "id": source["id"], "confirmEmails": true });
    merchant.must("activateIntegration", "integration { id }", input).await;
    text(&source["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_sales() {
    let sandbox = Sandbox::start().await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut merchant = Merchant::sign_in(&installation, &process).await;
    let input = json!({ "name": "Loja", "idempotencyKey": "loja" });
    let id = text(&merchant.must("createStore", "store { id }", input).await["store"]["id"]);
    let store = Store {
        integration: source(&merchant, &id).await,
        id,
    };
    let input = json!({ "integrationId": store.integration, "idempotencyKey": "arquivo" });
    let made = merchant.must("createSalesUpload", "upload { id url }", input).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}{}", process.address, text(&made["upload"]["url"]));
    assert_eq!(client.put(url).body(file()).send().await.unwrap().status(), 200);
    let input = json!({ "integrationId": store.integration, "uploadId": made["upload"]["id"], "idempotencyKey": "k" });
    let run = merchant.must("importSales", "importRun { id }", input).await["importRun"]["id"].take();
    let told = async |merchant: &Merchant| -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { state total done created updated unchanged
            rejected rejects(first: 1, orderBy: MET_DESC) { totalCount nodes { line message } } } } }";
        merchant.ask(query, json!({ "id": run })).await["node"].take()
    };
    let mut killed_at = Vec::new();
    for least in [250, 2_000] {
        let done = eventually("some pages", PATIENCE, async || {
            let done = told(&merchant).await["done"].as_i64().unwrap();
            (done >= least).then_some(done)
        })
        .await;
        process.kill();
        killed_at.push(done);
        process = installation.start(Part::Whole).await;
        merchant.address.clone_from(&process.address);
    }
    assert!(killed_at[1] < 6_000 && killed_at[0] < killed_at[1], "{killed_at:?}");
    let end = eventually("the end of the import", PATIENCE, async || {
        let told = told(&merchant).await;
        (told["state"] == "SUCCEEDED").then_some(told)
    })
    .await;
    let last =
        json!({ "totalCount": 601, "nodes": [{ "line": 6_001, "message": end["rejects"]["nodes"][0]["message"] }] });
    let expected = json!({ "state": "SUCCEEDED", "total": 6_000, "done": 6_000, "created": 5_399, "updated": 0,
        "unchanged": 0, "rejected": 601, "rejects": last });
    assert_eq!(end, expected);
    assert!(text(&end["rejects"]["nodes"][0]["message"]).contains("stands on line 2 already"));
    let query = "query ($id: ID!) { store(id: $id) { orders(first: 1) { totalCount } pointsReport { outstanding } } }";
    let found = merchant.ask(query, json!({ "id": store.id })).await["store"].take();
    assert_eq!(
        found,
        json!({ "orders": { "totalCount": 5_399 }, "pointsReport": { "outstanding": 53_990 } })
    );
    drop(process);
    installation.run(&["ledger", "verify"]);
}
