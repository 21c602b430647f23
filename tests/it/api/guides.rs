//! The guides in `docs/api`: every operation in them works, in the order of a merchant's first day, and they show
//! the operations as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fidelidade::graphql;
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::{PASSWORD, TestApp, eventually};
use crate::support::merchant::{list, number, text};
use crate::support::shop::{LOJA_INTEGRADA, Shop};

const EMAIL: &str = "ana@loja.example";

/// Somebody who follows the guides: what stands for `<so>` in the variables is known from earlier answers.
struct Reader<'a> {
    app: &'a TestApp,
    shop: &'static Shop,
    known: BTreeMap<&'static str, Value>,
    done: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    /// Fills in what stands for something.
    fn fill_in(&self, variables: &mut Value) {
        match variables {
            Value::String(text) => {
                let name = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
                if let Some(name) = name {
                    let known = self.known.get(name);
                    *variables = known.unwrap_or_else(|| panic!("<{name}> is not known yet")).clone();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.fill_in(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.fill_in(value)),
            _ => {}
        }
    }

    fn ready(&self, name: &str) -> (&'static str, String, Value) {
        let (name, ready) = graphql::guides()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("no operation is called {name}"));
        let mut variables = ready.variables;
        self.fill_in(&mut variables);
        (name, ready.query, variables)
    }

    fn actor(&self) -> Actor<'a> {
        let token = self.known.get("accessToken").map(text);
        token.map_or_else(|| Actor::stranger(self.app), |token| Actor::with(self.app, &token))
    }

    /// Runs an operation, which must succeed.
    async fn run(&mut self, name: &str) -> Value {
        let (name, query, variables) = self.ready(name);
        let answer = self.actor().answer(&query, variables).await;
        assert!(answer.get("errors").is_none(), "{name}: {answer:#}");
        let fields = answer["data"].as_object().unwrap();
        for (field, payload) in fields {
            let errors = payload.get("userErrors").cloned().unwrap_or(json!([]));
            assert_eq!(errors, json!([]), "{name}: {field} is refused");
            assert!(!payload.is_null(), "{name}: there is no {field}");
        }
        self.done.insert(name);
        answer["data"].clone()
    }

    /// Runs an operation and keeps a part of its answer under a name.
    async fn keep(&mut self, operation: &str, name: &'static str, place: &str) -> Value {
        let data = self.run(operation).await;
        self.learn(name, &data, place);
        data
    }

    fn learn(&mut self, name: &'static str, data: &Value, place: &str) {
        let found = data.pointer(place).filter(|found| !found.is_null());
        let found = found.unwrap_or_else(|| panic!("nothing at {place} for <{name}>: {data:#}"));
        self.known.insert(name, found.clone());
    }

    /// Subscribes, and gives the last that is told before the stream ends.
    async fn watch(&mut self, name: &str) -> Value {
        let (name, query, variables) = self.ready(name);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(format!("http://{}/graphql", self.app.address()))
            .header("accept", "text/event-stream")
            .bearer_auth(text(&self.known["accessToken"]))
            .json(&json!({ "query": query, "variables": variables }));
        let mut stream = request.send().await.unwrap().bytes_stream();
        let mut told = String::new();
        let all = async {
            while let Some(piece) = stream.next().await {
                told += std::str::from_utf8(&piece.unwrap()).unwrap();
            }
        };
        tokio::time::timeout(Duration::from_mins(1), all).await.unwrap();
        let mut data = told.lines().filter_map(|line| line.strip_prefix("data: "));
        let last = data.rfind(|data| data.starts_with('{'));
        let last: Value = serde_json::from_str(last.unwrap_or_else(|| panic!("{name}: {told}"))).unwrap();
        assert!(last.get("errors").is_none(), "{name}: {last:#}");
        self.done.insert(name);
        last["data"].clone()
    }

    async fn sign_in(&mut self) {
        self.known.insert("password", json!(PASSWORD));
        let data = self.run("sign-in").await;
        self.learn("accessToken", &data, "/signIn/session/accessToken");
        self.learn("refreshToken", &data, "/signIn/session/refreshToken");
        self.keep("refresh-session", "accessToken", "/refreshSession/session/accessToken")
            .await;
        let data = self.run("viewer").await;
        assert_eq!(data["viewer"]["email"], EMAIL);
    }

    async fn connect(&mut self) {
        let platforms = list(&self.run("platforms").await["platforms"]);
        assert!(platforms.iter().any(|platform| platform["kind"] == self.shop.platform));
        self.keep("create-store", "store", "/createStore/store/id").await;
        let api_key = self.shop.credentials()[0]["value"].clone();
        self.known.insert("api_key", api_key);
        self.keep(
            "connect-integration",
            "integration",
            "/connectIntegration/integration/id",
        )
        .await;
        let data = self.run("update-integration").await;
        assert_eq!(data["updateIntegration"]["integration"]["missing"], json!([]));
        let place = "/activateIntegration/integration/importRuns/nodes/0/id";
        self.keep("activate-integration", "importRun", place).await;
        let run = self.watch("import-progress").await;
        assert_eq!(run["importRun"]["state"], "SUCCEEDED");
        let data = self.run("imports").await;
        assert_eq!(data["node"]["importRuns"]["nodes"][0]["id"], self.known["importRun"]);
    }

    /// Looks for a customer with points, and for the sale that gave them.
    async fn meet(&mut self) {
        let customers = list(&self.run("customers").await["store"]["customers"]["nodes"]);
        let available = |customer: &&Value| number(&customer["balance"]["available"]);
        let richest = customers.iter().max_by_key(available).unwrap();
        assert!(available(&richest) >= 10, "{richest:#}");
        self.learn("customer", richest, "/id");
        self.learn("email", richest, "/email");
        let orders = list(&richest["orders"]["nodes"]);
        let awarded = orders.iter().find(|order| number(&order["points"]) > 0).unwrap();
        self.learn("number", awarded, "/number");
        let data = self.run("customer").await;
        assert_eq!(data["store"]["customer"]["id"], self.known["customer"]);
        let data = self.run("explain-order").await;
        assert_eq!(
            data["store"]["order"]["explanation"]["posted"],
            data["store"]["order"]["points"]
        );
    }

    async fn redeem(&mut self) {
        self.keep("create-reward", "reward", "/createReward/reward/id").await;
        self.run("set-reward-positions").await;
        self.run("rewards").await;
        let data = self.run("preview-redemption").await;
        assert_eq!(data["previewRedemption"]["possible"], true);
        self.keep("redeem-reward", "redemption", "/redeemReward/redemption/id")
            .await;
        let redemption = self.watch("redemption-progress").await;
        assert_eq!(redemption["redemption"]["coupon"]["state"], "ACTIVE", "{redemption:#}");
        let data = self.run("coupons").await;
        assert_eq!(list(&data["store"]["coupons"]["nodes"]).len(), 1);
        let before = self.run("points-report").await["store"]["pointsReport"].take();
        let data = self.run("adjust-points").await;
        assert_eq!(data["adjustPoints"]["adjustment"]["points"], 50);
        let after = self.run("points-report").await["store"]["pointsReport"].take();
        assert_eq!(number(&after["outstanding"]) - number(&before["outstanding"]), 50);
        self.run("cancel-redemption").await;
        eventually("the coupon's end", Duration::from_secs(30), async || {
            let (_, query, variables) = self.ready("coupons");
            let told = self.actor().ask(&query, variables).await;
            (told["store"]["coupons"]["nodes"][0]["state"] == "DISABLED").then_some(())
        })
        .await;
    }

    /// Codes of a pool, sent in a file.
    async fn bring_codes(&mut self) {
        self.keep("create-coupon-pool", "pool", "/createCouponPool/pool/id")
            .await;
        let data = self
            .keep("create-codes-upload", "codes_upload", "/createCodesUpload/upload/id")
            .await;
        let url = text(&data["createCodesUpload"]["upload"]["url"]);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client.put(format!("http://{}{url}", self.app.address()));
        let sent = sent.body("código;validade\nVERAO-1;\nVERAO-2;31/12/2099\nVERAO-1;\n");
        assert_eq!(sent.send().await.unwrap().status(), 200);
        self.keep("add-codes", "codes_import", "/addCodes/importRun/id").await;
        let data = eventually("the codes", Duration::from_secs(30), async || {
            let (_, query, variables) = self.ready("codes-import");
            let told = self.actor().ask(&query, variables).await;
            (told["node"]["state"] == "SUCCEEDED").then_some(told)
        })
        .await;
        let reject = &data["node"]["rejects"]["nodes"][0];
        assert_eq!(reject["record"]["reason"], "DUPLICATE_IN_FILE", "{data:#}");
        self.run("codes-import").await;
        let data = self.run("coupon-pools").await;
        let stock = &data["store"]["couponPools"]["nodes"][0]["stock"];
        assert_eq!(*stock, json!({ "free": 2, "ended": 0, "taken": 0, "withdrawn": 0 }));
    }

    /// A redemption that waits for the staff.
    async fn see_to_it(&mut self) {
        let merchant = self.actor();
        let input = json!({ "integrationId": self.known["integration"], "kind": "AMOUNT_OFF", "amount": "5.00",
            "name": "Brinde", "points": 1, "fulfilment": "MANUAL", "idempotencyKey": "brinde" });
        let made = merchant.must("createReward", "reward { id }", input).await;
        let input = json!({ "customerId": self.known["customer"], "rewardId": made["reward"]["id"],
            "idempotencyKey": "resgate do brinde" });
        merchant.must("redeemReward", "redemption { id }", input).await;
        self.keep("fulfilments", "fulfilment", "/store/fulfilments/nodes/0/id")
            .await;
        let data = self.run("fulfil-redemption").await;
        assert_eq!(
            data["fulfilRedemption"]["fulfilment"]["redemption"]["state"],
            "COMPLETED"
        );
    }

    /// Somebody deletes a sale in the shop's panel.
    async fn reconcile(&mut self) {
        let number = text(&self.known["number"]);
        self.app.sandbox.delete_order(self.shop.kind, &number).await;
        self.keep("reconcile", "reconciliation", "/reconcile/importRun/id")
            .await;
        self.ends("the reconciliation", "state", "SUCCEEDED").await;
        let place = "/node/differences/nodes/0";
        let data = self.keep("differences", "difference", &format!("{place}/id")).await;
        let found = data.pointer(place).unwrap();
        assert_eq!(
            json!([found["kind"], found["repair"], found["orderNumber"]]),
            json!(["ORDER_NOT_IN_SHOP", "REVOKE_ORDER", number]),
            "{data:#}"
        );
        assert_eq!(data["node"]["differences"]["totalCount"], 1, "{data:#}");
        self.run("apply-repairs").await;
        self.ends("the repair", "differences/nodes/0/state", "APPLIED").await;
    }

    /// Waits until a place of the reconciliation says so.
    async fn ends(&self, what: &str, place: &str, wanted: &str) {
        let (_, query, variables) = self.ready("differences");
        eventually(what, Duration::from_secs(30), async || {
            let told = self.actor().ask(&query, variables.clone()).await;
            (told.pointer(&format!("/node/{place}")) == Some(&json!(wanted))).then_some(())
        })
        .await;
    }

    /// A partner with a token of its own reads sales and tells of others.
    async fn partner(&mut self) {
        self.keep("connect-sales-source", "source", "/connectIntegration/integration/id")
            .await;
        let merchant = self.actor();
        let settings = json!({ "id": self.known["source"], "version": 1, "siteUrl": "https://www.loja-exemplo.com.br",
            "awardingStatuses": ["approved", "delivered"] });
        merchant.must("updateIntegration", "integration { id }", settings).await;
        let on = json!({ "id": self.known["source"], "confirmEmails": true });
        merchant.must("activateIntegration", "integration { active }", on).await;
        self.keep("create-api-token", "accessToken", "/createApiToken/secret")
            .await;
        let data = self.run("orders").await;
        assert!(!list(&data["store"]["orders"]["nodes"]).is_empty());
        self.keep("export-orders", "exportRun", "/exportOrders/exportRun/id")
            .await;
        let (name, query, variables) = self.ready("export");
        let done = eventually("the export", Duration::from_secs(30), async || {
            let told = self.actor().ask(&query, variables.clone()).await["node"].take();
            (told["state"] == "SUCCEEDED").then_some(told)
        })
        .await;
        self.done.insert(name);
        let (status, file) = self.app.get(&text(&done["url"])).await;
        let head = "\u{feff}number,placedAt,customerId,statusCode,total,points\r\n";
        assert_eq!((status, file.starts_with(head)), (200, true));
        assert_eq!(
            file.lines().count(),
            1 + usize::try_from(number(&done["total"])).unwrap()
        );
        let data = self.run("register-sales").await;
        let result = &data["registerSales"]["results"][0];
        assert_eq!((&result["outcome"], &result["errors"]), (&json!("CREATED"), &json!([])));
        self.send_a_file().await;
    }

    /// The same partner sends sales in a file.
    async fn send_a_file(&mut self) {
        let data = self
            .keep("create-sales-upload", "upload", "/createSalesUpload/upload/id")
            .await;
        let url = text(&data["createSalesUpload"]["upload"]["url"]);
        let file = include_str!("../../fixtures/sales/vendas.csv");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client
            .put(format!("http://{}{url}", self.app.address()))
            .body(file)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 200);
        self.keep("import-sales", "file_import", "/importSales/importRun/id")
            .await;
        let data = eventually("the import of a file", Duration::from_secs(30), async || {
            let (_, query, variables) = self.ready("sales-import");
            let told = self.actor().ask(&query, variables).await;
            (told["node"]["state"] == "SUCCEEDED").then_some(told)
        })
        .await;
        assert_eq!(
            (&data["node"]["created"], &data["node"]["rejected"]),
            (&json!(3), &json!(0)),
            "{data:#}"
        );
        self.run("sales-import").await;
    }
}

#[tokio::test]
async fn every_operation_works() {
    let app = TestApp::start().await;
    app.create_user(EMAIL).await;
    let mut reader = Reader {
        app: &app,
        shop: &LOJA_INTEGRADA,
        known: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    reader.sign_in().await;
    reader.connect().await;
    reader.meet().await;
    reader.redeem().await;
    reader.bring_codes().await;
    reader.see_to_it().await;
    reader.reconcile().await;
    reader.partner().await;
    let all: BTreeSet<&str> = graphql::guides().map(|(name, _)| name).collect();
    assert_eq!(reader.done, all, "every operation is run here");
}

/// What stands between fences of a language.
fn blocks<'a>(guide: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = guide.split(fence.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap()).collect()
}

#[test]
fn guides_show_the_operations_as_they_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api");
    let guides: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let shown = |language: &str| -> BTreeSet<&str> {
        let blocks = guides.iter().flat_map(|guide| blocks(guide, language));
        blocks.collect()
    };
    let (documents, variables) = (shown("graphql"), shown("json"));
    let files = std::fs::read_dir(format!("{folder}/operations")).unwrap();
    let mut names = BTreeSet::new();
    for path in files.map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_shown = match path.extension().unwrap().to_str().unwrap() {
            "graphql" => documents.contains(text.as_str()),
            _ => text.trim() == "{}" || variables.contains(text.as_str()),
        };
        assert!(is_shown, "{} is in no guide, or differs there", path.display());
        names.insert(name);
    }
    let known: BTreeSet<String> = graphql::guides().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, known, "every file is ready in the console");
    assert_eq!(documents.len(), known.len(), "guides show nothing else");
}
