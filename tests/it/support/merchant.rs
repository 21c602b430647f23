//! A merchant's frontend: what it asks of the API over HTTP, from signing in to redeeming.
//!
//! Knows the API's schema and the address of a process, nothing of what is behind it. When another
//! process has taken over, `address` is changed.

use std::time::Duration;

use serde_json::{Value, json};

use super::app::{PASSWORD, TestApp, eventually};
use super::process::{Installation, Process};
use super::shop::Shop;

/// How long anything may take that the program does by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// The merchant's address to sign in with.
const EMAIL: &str = "dona@loja-exemplo.invalid";

/// A signed-in merchant.
pub(crate) struct Merchant {
    /// Address and port of the API.
    pub(crate) address: String,
    http: reqwest::Client,
    pub(crate) token: Option<String>,
}

/// A store and what connects it with its shop.
pub(crate) struct Store {
    /// The store's id.
    pub(crate) id: String,
    /// The integration's id.
    pub(crate) integration: String,
}

impl Merchant {
    /// Makes the first user with the command line and signs in.
    pub(crate) async fn sign_in(installation: &Installation, process: &Process) -> Self {
        let told = installation.run(&["user", "create", "--email", EMAIL, "--password", PASSWORD, "--json"]);
        let user: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(user["email"], EMAIL);
        Self::at(&process.address).await
    }

    /// Makes the first user of a program in this process and signs in.
    pub(crate) async fn of(app: &TestApp) -> Self {
        app.create_user(EMAIL).await;
        Self::at(&app.address().to_string()).await
    }

    /// Signs in at an address, where the first user is known.
    pub(crate) async fn at(address: &str) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .unwrap();
        let mut merchant = Self {
            address: address.to_owned(),
            http,
            token: None,
        };
        let input = json!({ "email": EMAIL, "password": PASSWORD });
        let payload = merchant.must("signIn", "session { accessToken }", input).await;
        merchant.token = Some(text(&payload["session"]["accessToken"]));
        merchant
    }

    /// A new store with one sale, which its till tells of; gives the store's id.
    pub(crate) async fn store_with_a_sale(&self, name: &str) -> String {
        let input = json!({ "name": name, "idempotencyKey": name });
        let store = text(&self.must("createStore", "store { id }", input).await["store"]["id"]);
        let input = json!({ "storeId": store, "platform": "SALES_API", "name": "Caixa" });
        let made = self
            .must("connectIntegration", "integration { id version }", input)
            .await["integration"]
            .take();
        let input = json!({ "id": made["id"], "version": made["version"],
            "siteUrl": "https://www.loja-exemplo.com.br", "awardingStatuses": ["approved", "delivered"] });
        self.must("updateIntegration", "integration { id }", input).await;
        let input = json!({ "id": made["id"], "confirmEmails": true });
        self.must("activateIntegration", "integration { id }", input).await;
        let sale = json!({ "externalId": "v1", "status": "DELIVERED", "placedAt": "2026-03-02T14:05:00-03:00",
            "changedAt": "2026-03-02T14:05:00-03:00", "productsTotal": "159.80",
            "customer": { "document": "529.982.247-25", "name": "Ana Souza" },
            "lines": [{ "sku": "CAM-01", "name": "Camiseta", "quantity": "2", "unitPrice": "79.90" }] });
        let input = json!({ "integrationId": made["id"], "sales": [sale], "idempotencyKey": store });
        let told = self
            .must("registerSales", "results { errors { code message } }", input)
            .await;
        assert_eq!(told["results"], json!([{ "errors": [] }]));
        store
    }

    /// Asks for what has to succeed.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = self.http.post(format!("http://{}/graphql", self.address)).json(&body);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// Runs a mutation and gives its payload, user errors included.
    pub(crate) async fn call(&self, name: &str, fields: &str, input: Value) -> Value {
        let kind = match name {
            "deactivateIntegration" | "refreshOrderStatuses" | "replaceHookAddress" | "removeHookSecret" => {
                "IntegrationInput".to_owned()
            }
            _ => format!("{}{}Input", name[..1].to_uppercase(), &name[1..]),
        };
        let errors = "userErrors { code message path ... on ImportUnderWay { importRun { id } } }";
        let query = format!("mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} {errors} }} }}");
        self.ask(&query, json!({ "input": input })).await[name].take()
    }

    /// Runs a mutation that has to succeed.
    pub(crate) async fn must(&self, name: &str, fields: &str, input: Value) -> Value {
        let payload = self.call(name, fields, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{name} is refused");
        payload
    }

    /// Creates a store and connects it, as often as it takes a shop in trouble to answer.
    pub(crate) async fn connect(&self, shop: &Shop) -> (Store, Value) {
        let input = json!({ "name": "Casa Exemplo", "idempotencyKey": "loja" });
        let store = text(&self.must("createStore", "store { id }", input).await["store"]["id"]);
        let input = json!({ "storeId": store, "platform": shop.platform, "credentials": shop.credentials() });
        let fields = "integration { id version orderStatuses { code class } } shops { id active }";
        let connected = eventually("a connection with the shop", PATIENCE, async || {
            let payload = self.call("connectIntegration", fields, input.clone()).await;
            let code = payload["userErrors"][0]["code"].clone();
            assert!(
                code.is_null() || code == "PLATFORM_UNREACHABLE" || code == "PLATFORM_BUSY",
                "{payload:#}"
            );
            code.is_null().then_some(payload)
        });
        let connected = connected.await;
        (
            Store {
                id: store,
                integration: text(&connected["integration"]["id"]),
            },
            connected,
        )
    }

    /// Fills in everything that an integration needs.
    pub(crate) async fn fill_in(&self, shop: &Shop, connected: &Value, days_back: i64) {
        let integration = &connected["integration"];
        let mut input = json!({
            "id": integration["id"], "version": integration["version"],
            "siteUrl": "https://www.loja-exemplo.com.br", "signUpUrl": "https://www.loja-exemplo.com.br/cadastro",
            "awardingStatuses": shop.awarding, "registerCustomers": shop.kind.descriptor().capabilities.customers, "registerSales": true,
            "importDaysBack": days_back,
        });
        if let Some(chosen) = shop.branch {
            input["shopId"] = chosen.into();
        }
        self.must("updateIntegration", "integration { id }", input).await;
    }

    /// Switches the integration on and tells since when e-mails are written.
    pub(crate) async fn activate(&self, store: &Store) -> Value {
        let input = json!({ "id": store.integration, "confirmEmails": true });
        let payload = self
            .must("activateIntegration", "integration { active activatedAt }", input)
            .await;
        assert_eq!(payload["integration"]["active"], true);
        payload["integration"]["activatedAt"].clone()
    }

    /// Creates a reward that takes something off, and gives its id.
    pub(crate) async fn create_reward(&self, store: &Store, name: &str, points: i64, takes_off: Value) -> String {
        let mut input = json!({
            "integrationId": store.integration, "name": name, "points": points, "idempotencyKey": name,
        });
        input
            .as_object_mut()
            .unwrap()
            .extend(takes_off.as_object().unwrap().clone());
        text(&self.must("createReward", "reward { id }", input).await["reward"]["id"])
    }

    /// Redeems a reward and gives the redemption's id.
    pub(crate) async fn redeem(&self, customer: &str, reward: &str, key: &str) -> String {
        let input = json!({ "customerId": customer, "rewardId": reward, "idempotencyKey": key });
        text(&self.must("redeemReward", "redemption { id }", input).await["redemption"]["id"])
    }

    /// Asks to have a redemption cancelled.
    pub(crate) async fn cancel(&self, redemption: &str, key: &str) {
        let input = json!({ "redemptionId": redemption, "reason": "desistiu", "idempotencyKey": key });
        self.must("cancelRedemption", "redemption { id }", input).await;
    }

    /// Waits until a redemption has ended, one way or the other.
    pub(crate) async fn redemption(&self, id: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on Redemption {
            id state points failureCode failureMessage customer { id } coupon { code state } } } }";
        eventually("the end of a redemption", PATIENCE, async || {
            let redemption = self.ask(query, json!({ "id": id })).await["node"].take();
            (redemption["state"] != "REQUESTED").then_some(redemption)
        })
        .await
    }

    /// All import runs, the oldest first.
    pub(crate) async fn runs(&self, store: &Store) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(last: 50) { nodes {
            id trigger state created updated unchanged rejected createdAt errorMessage } } } } }";
        let mut runs = list(&self.ask(query, json!({ "id": store.integration })).await["node"]["importRuns"]["nodes"]);
        runs.sort_by_key(|run| text(&run["createdAt"]));
        runs
    }

    /// Waits for the end of the first import that meets the condition; it must have succeeded.
    pub(crate) async fn run_that(&self, store: &Store, what: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        let run = eventually(what, PATIENCE, async || {
            let run = self.runs(store).await.into_iter().find(&is_meant)?;
            (run["state"] != "QUEUED" && run["state"] != "RUNNING").then_some(run)
        });
        let run = run.await;
        assert_eq!(run["state"], "SUCCEEDED", "{what}: {run:#}");
        run
    }

    /// Records that no import could use, but those of customers whom the platform has forgotten.
    pub(crate) async fn rejects(&self, store: &Store) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun {
            rejects(first: 50) { nodes { resource externalId field message } } } } }";
        let mut rejects = Vec::new();
        for run in self.runs(store).await {
            rejects.extend(list(
                &self.ask(query, json!({ "id": run["id"] })).await["node"]["rejects"]["nodes"],
            ));
        }
        rejects.retain(|reject| reject["resource"] != "customer" || !text(&reject["message"]).contains("LGPD"));
        rejects
    }

    /// Starts an import and waits for its end. One that is under way is waited for first: it may have
    /// passed what has changed meanwhile.
    pub(crate) async fn import(&self, store: &Store) -> Value {
        loop {
            let input = json!({ "integrationId": store.integration });
            let payload = self.call("startImport", "importRun { id }", input).await;
            let under_way = payload["userErrors"][0]["importRun"]["id"].clone();
            let id = if under_way.is_null() {
                &payload["importRun"]["id"]
            } else {
                &under_way
            };
            assert!(id.is_string(), "{payload:#}");
            let run = self.run_that(store, "an import", |run| run["id"] == *id).await;
            if under_way.is_null() {
                return run;
            }
        }
    }

    /// Begins to compare a shop with the books: the run.
    pub(crate) async fn begin_reconciliation(&self, store: &Store) -> String {
        let input = json!({ "integrationId": store.integration, "days": 400 });
        let made = self.must("reconcile", "importRun { id }", input).await;
        text(&made["importRun"]["id"])
    }

    /// What a reconciliation found.
    pub(crate) async fn differences(&self, run: &str) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { differences(first: 50) { nodes {
            id kind repair state orderNumber } } } } }";
        list(&self.ask(query, json!({ "id": run })).await["node"]["differences"]["nodes"])
    }

    /// Asks for the repairs of everything that a reconciliation found.
    pub(crate) async fn ask_for_repairs(&self, run: &str) {
        let ids: Vec<Value> = self
            .differences(run)
            .await
            .iter_mut()
            .map(|one| one["id"].take())
            .collect();
        let input = json!({ "importRunId": run, "differenceIds": ids });
        self.must("applyRepairs", "differences { id }", input).await;
    }

    /// Waits until every repair that was asked for is carried out.
    pub(crate) async fn repairs_end(&self, run: &str) {
        eventually("the repairs", PATIENCE, async || {
            let differences = self.differences(run).await;
            differences.iter().all(|one| one["state"] == "APPLIED").then_some(())
        })
        .await;
    }

    /// All orders of a store, page by page.
    pub(crate) async fn orders(&self, store: &Store) -> Vec<Value> {
        let fields = "number statusCode placedAt channel complete points couponCode awardedAt customer { id }
            productsTotal { amount } discountTotal { amount } shippingTotal { amount } total { amount }";
        self.all(store, "orders", fields).await
    }

    /// All customers of a store, page by page.
    pub(crate) async fn customers(&self, store: &Store) -> Vec<Value> {
        let fields = "id name email balance { available pending reserved debt }";
        self.all(store, "customers", fields).await
    }

    /// All coupons of a store, page by page.
    pub(crate) async fn coupons(&self, store: &Store) -> Vec<Value> {
        self.all(
            store,
            "coupons",
            "code state usedByOrder { number } customer { id } redemption { id state points }",
        )
        .await
    }

    /// All of a connection, by small pages. What an import adds meanwhile may be counted and lie before
    /// the page: then they are read again.
    async fn all(&self, store: &Store, connection: &str, fields: &str) -> Vec<Value> {
        eventually("a list that agrees with its own count", PATIENCE, async || {
            let (nodes, count) = self.all_once(store, connection, fields).await;
            (count == nodes.len()).then_some(nodes)
        })
        .await
    }

    async fn all_once(&self, store: &Store, connection: &str, fields: &str) -> (Vec<Value>, usize) {
        let query = format!(
            "query ($id: ID!, $after: String) {{ store(id: $id) {{ page: {connection}(first: 7, after: $after) {{
                totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }} }}"
        );
        let (mut nodes, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = self.ask(&query, json!({ "id": store.id, "after": after })).await["store"]["page"].take();
            nodes.extend(list(&page["nodes"]));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                return (nodes, usize::try_from(number(&page["totalCount"])).unwrap());
            }
        }
    }
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// A whole number in an answer.
pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("not a number: {value}"))
}

/// A list in an answer.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {value}"))
        .clone()
}

/// An amount in an answer, in cents.
pub(crate) fn cents(money: &Value) -> i64 {
    let amount = text(&money["amount"]);
    let (whole, rest) = amount.split_once('.').unwrap_or((&amount, "00"));
    assert_eq!(rest.len(), 2, "{amount}");
    format!("{whole}{rest}").parse().unwrap()
}
