//! The story: what a merchant and a customer do, told through the API.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::client::ApiClient;
use super::feed_host::HostedFeed;
use super::tell;
use crate::sandbox;

/// Who signs in.
pub(super) struct Merchant {
    pub(super) email: String,
    pub(super) password: String,
}

/// What the story is told with.
pub(super) struct Story {
    api: ApiClient,
    shops: String,
    merchant: Merchant,
    feed: Option<HostedFeed>,
}

/// A store that was set up.
struct Shop {
    store: String,
    integration: String,
    slug: &'static str,
}

/// Longest that the story waits for anything.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(150);

impl Story {
    pub(super) fn new(base: &str, shops: &str, merchant: Merchant, feed: Option<HostedFeed>) -> anyhow::Result<Self> {
        Ok(Self {
            api: ApiClient::new(base)?,
            shops: shops.to_owned(),
            merchant,
            feed,
        })
    }

    /// Tells it, station by station; the first that fails ends it.
    pub(super) async fn tell(mut self) -> anyhow::Result<()> {
        self.sign_in().await?;
        let magazord = self.magazord().await?;
        self.life_of(
            &magazord,
            "R$ 10 off",
            json!({ "kind": "AMOUNT_OFF", "amount": "10.00", "minimumOrder": "50.00" }),
        )
        .await?;
        if let Some(feed) = self.feed.clone() {
            self.catalogue(&magazord, &feed).await?;
        }
        let loja_integrada = self.loja_integrada().await?;
        self.life_of(
            &loja_integrada,
            "10 % off",
            json!({ "kind": "PERCENT_OFF", "percent": "10" }),
        )
        .await?;
        println!("\nAll stations passed.");
        Ok(())
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        tell::chapter("Ana signs in");
        let input = json!({ "email": self.merchant.email, "password": self.merchant.password });
        let payload = self
            .api
            .mutate("signIn", "SignInInput", "session { accessToken }", input)
            .await?;
        let token = text(&payload["session"]["accessToken"])?;
        self.api.sign_in(token);
        tell::done(&format!("{} is signed in", self.merchant.email));
        Ok(())
    }

    async fn magazord(&self) -> anyhow::Result<Shop> {
        let known = sandbox::credentials().magazord;
        let credentials = json!([
            { "key": "alias", "value": known.alias },
            { "key": "token", "value": known.token },
            { "key": "password", "value": known.password },
        ]);
        self.open_shop("Casa Magazord", "MAGAZORD", "magazord", credentials)
            .await
    }

    async fn loja_integrada(&self) -> anyhow::Result<Shop> {
        let known = sandbox::credentials().loja_integrada;
        let credentials = json!([{ "key": "api_key", "value": known.personal_token }]);
        self.open_shop("Casa Integrada", "LOJA_INTEGRADA", "loja-integrada", credentials)
            .await
    }

    /// Creates a store, connects it, fills in the settings and switches it on.
    async fn open_shop(
        &self,
        name: &str,
        platform: &str,
        slug: &'static str,
        credentials: Value,
    ) -> anyhow::Result<Shop> {
        tell::chapter(&format!("{name}: a store on {platform}"));
        let currency = self
            .feed
            .as_ref()
            .filter(|_| slug == "magazord")
            .map_or("BRL", |feed| &feed.currency);
        let input = json!({ "name": name, "currency": currency, "idempotencyKey": format!("demo-{slug}") });
        let payload = self
            .api
            .mutate("createStore", "CreateStoreInput", "store { id }", input)
            .await?;
        let store = text(&payload["store"]["id"])?;
        let input = json!({ "storeId": store, "platform": platform, "credentials": credentials });
        let fields = "integration { id version orderStatuses { code name class } } shops { id name active }";
        let payload = self
            .api
            .mutate("connectIntegration", "ConnectIntegrationInput", fields, input)
            .await?;
        let integration = text(&payload["integration"]["id"])?;
        tell::done("the credentials work on every resource that is needed");
        let settings = settings(&payload)?;
        self.api
            .mutate(
                "updateIntegration",
                "UpdateIntegrationInput",
                "integration { id }",
                settings,
            )
            .await?;
        let input = json!({ "id": integration, "confirmEmails": true });
        self.api
            .mutate(
                "activateIntegration",
                "ActivateIntegrationInput",
                "integration { active }",
                input,
            )
            .await?;
        tell::done("switched on; e-mails to customers start with sales made from now on");
        Ok(Shop {
            store,
            integration,
            slug,
        })
    }

    /// Import, customers, a reward, a redemption, a coupon.
    async fn life_of(&self, shop: &Shop, reward: &str, takes_off: Value) -> anyhow::Result<()> {
        let query = "query($id: ID!) { node(id: $id) { ... on Integration { importRuns(last: 1) { nodes { id } } } } }";
        let data = self.api.send(query, json!({ "id": shop.integration })).await?;
        let run = text(&data["node"]["importRuns"]["nodes"][0]["id"])?;
        self.watch_import(&run, "importing customers and sales").await?;
        let customers = self.customers(shop).await?;
        let mut input = json!({
            "integrationId": shop.integration, "name": reward, "points": 40,
            "idempotencyKey": format!("demo-reward-{}", shop.slug),
        });
        merge(&mut input, takes_off);
        let payload = self
            .api
            .mutate("createReward", "CreateRewardInput", "reward { id points }", input)
            .await?;
        let richest = customers.first().context("no customer has points")?;
        self.redeem(shop, richest, &payload["reward"]["id"], reward).await
    }

    async fn watch_import(&self, run: &str, label: &str) -> anyhow::Result<()> {
        let query = "query($id: ID!) { node(id: $id) { ... on ImportRun {
            state phase done total created rejected errorMessage } } }";
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let data = self.api.send(query, json!({ "id": run })).await?;
            let node = &data["node"];
            let ended = !matches!(node["state"].as_str(), Some("QUEUED" | "RUNNING"));
            tell::progress(label, number(&node["done"]), number(&node["total"]), ended);
            if ended {
                ensure!(
                    node["state"] == "SUCCEEDED",
                    "the import ended as {}: {}",
                    node["state"],
                    node["errorMessage"]
                );
                let (created, rejected) = (number(&node["created"]), number(&node["rejected"]));
                tell::done(&format!(
                    "{created} records are new, {rejected} kept aside with their reasons"
                ));
                return Ok(());
            }
            ensure!(tokio::time::Instant::now() < end, "the import did not end in time");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Customers with points, the richest first.
    async fn customers(&self, shop: &Shop) -> anyhow::Result<Vec<Value>> {
        let query = "query($id: ID!) { store(id: $id) { customers(first: 100) { totalCount nodes {
            id name balance { available } } } } }";
        let data = self.api.send(query, json!({ "id": shop.store })).await?;
        let connection = &data["store"]["customers"];
        let mut customers: Vec<Value> = list(&connection["nodes"])
            .filter(|node| number(&node["balance"]["available"]) > 0)
            .cloned()
            .collect();
        customers.sort_by_key(|node| std::cmp::Reverse(number(&node["balance"]["available"])));
        tell::done(&format!(
            "{} customers, {} of them with points:",
            connection["totalCount"],
            customers.len()
        ));
        for customer in customers.iter().take(3) {
            let name = customer["name"].as_str().unwrap_or("(no name)");
            tell::detail(&format!(
                "{name:<28} {:>6} points",
                number(&customer["balance"]["available"])
            ));
        }
        Ok(customers)
    }

    /// A customer redeems; the coupon is then read back from the shop itself.
    async fn redeem(&self, shop: &Shop, customer: &Value, reward: &Value, name: &str) -> anyhow::Result<()> {
        let input = json!({
            "customerId": customer["id"], "rewardId": reward,
            "idempotencyKey": format!("demo-redeem-{}", reward.as_str().unwrap_or_default()),
        });
        let payload = self
            .api
            .mutate("redeemReward", "RedeemRewardInput", "redemption { id points }", input)
            .await?;
        let id = text(&payload["redemption"]["id"])?;
        let points = number(&payload["redemption"]["points"]);
        let who = customer["name"].as_str().unwrap_or("a customer");
        tell::done(&format!("{who} redeems \u{201c}{name}\u{201d} for {points} points"));
        let code = self.wait_for_coupon(&id).await?;
        let coupons = self.api.read(&format!("{}/coupons/{}", self.shops, shop.slug)).await?;
        let created = list(&coupons["coupons"])
            .find(|coupon| coupon["code"] == code)
            .map_or(0, |coupon| number(&coupon["created"]));
        ensure!(created == 1, "the shop has {created} coupons with the code {code}");
        tell::done(&format!(
            "coupon {code} exists in the shop, exactly once: read back from there"
        ));
        Ok(())
    }

    async fn wait_for_coupon(&self, redemption: &str) -> anyhow::Result<String> {
        let query = "query($id: ID!) { node(id: $id) { ... on Redemption {
            state failureMessage coupon { code state } } } }";
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let data = self.api.send(query, json!({ "id": redemption })).await?;
            let node = &data["node"];
            match node["state"].as_str() {
                Some("COMPLETED") => return text(&node["coupon"]["code"]),
                Some("REQUESTED") => {}
                _ => bail!("the redemption failed: {}", node["failureMessage"]),
            }
            ensure!(tokio::time::Instant::now() < end, "the coupon did not exist in time");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The shop's feed becomes rewards, and one of them is redeemed.
    async fn catalogue(&self, shop: &Shop, feed: &HostedFeed) -> anyhow::Result<()> {
        tell::chapter("Products of the Google Shopping feed become rewards");
        let query = "query($id: ID!) { node(id: $id) { ... on Integration { version } } }";
        let data = self.api.send(query, json!({ "id": shop.integration })).await?;
        // A real is a point; other currencies are worth less, so that somebody can afford something.
        let rate = if feed.currency == "BRL" { 100 } else { 1 };
        let settings = json!({
            "id": shop.integration, "version": data["node"]["version"], "feedUrl": feed.url,
            "rewardPointsPerHundred": rate,
        });
        self.api
            .mutate(
                "updateIntegration",
                "UpdateIntegrationInput",
                "integration { id }",
                settings,
            )
            .await?;
        let input = json!({ "integrationId": shop.integration, "kind": "CATALOGUE" });
        let payload = self
            .api
            .mutate("startImport", "StartImportInput", "importRun { id }", input)
            .await?;
        self.watch_import(&text(&payload["importRun"]["id"])?, "reading the feed")
            .await?;
        let customers = self.customers(shop).await?;
        let richest = customers.first().context("no customer has points")?;
        let query = "query($id: ID!, $max: Int!) { store(id: $id) {
            all: rewards(first: 1, where: { kind: { eq: PRODUCT }, active: true }) { totalCount }
            affordable: rewards(first: 1, where: { kind: { eq: PRODUCT }, active: true, points: { lte: $max } }) {
                nodes { id name points } } } }";
        let variables = json!({ "id": shop.store, "max": richest["balance"]["available"] });
        let data = self.api.send(query, variables).await?;
        tell::done(&format!(
            "{} products are rewards now",
            data["store"]["all"]["totalCount"]
        ));
        let reward = &data["store"]["affordable"]["nodes"][0];
        let name = reward["name"]
            .as_str()
            .context("nobody can afford a product of this feed")?;
        self.redeem(shop, richest, &reward["id"], name).await
    }
}

/// What the merchant fills in: the shop, the statuses that award, the switches.
fn settings(connected: &Value) -> anyhow::Result<Value> {
    let integration = &connected["integration"];
    let mut settings = json!({
        "id": integration["id"],
        "version": integration["version"],
        "siteUrl": "https://www.loja-exemplo.com.br",
        "signUpUrl": "https://www.loja-exemplo.com.br/cadastro",
        "registerCustomers": true,
        "registerSales": true,
        "importDaysBack": 60,
    });
    let open: Vec<&Value> = list(&connected["shops"])
        .filter(|shop| shop["active"] == true)
        .collect();
    if let [first, _, ..] = open.as_slice() {
        settings["shopId"] = first["id"].clone();
        tell::done(&format!(
            "{} open shops on the account; imports come from {}",
            open.len(),
            first["name"]
        ));
    }
    let awarding: Vec<&Value> = list(&integration["orderStatuses"])
        .filter(|status| matches!(status["class"].as_str(), Some("EARNING" | "DELIVERED")))
        .collect();
    ensure!(
        awarding.len() > 1,
        "the shop has fewer than two statuses that could award points"
    );
    settings["awardingStatuses"] = awarding.iter().map(|status| status["code"].clone()).collect();
    tell::done(&format!(
        "{} statuses award points, from {} to {}",
        awarding.len(),
        awarding[0]["name"],
        awarding[awarding.len() - 1]["name"]
    ));
    Ok(settings)
}

fn text(value: &Value) -> anyhow::Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .context("the API's answer lacks something")
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}
