//! Somebody who asks the API: a stranger, a user, or a partner's program with a token.

use fidelidade::service::member;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::merchant::text;
use crate::support::shop::Shop;

/// Who asks, and whom.
#[derive(Clone)]
pub(super) struct Actor<'a> {
    pub(super) app: &'a TestApp,
    pub(super) token: Option<String>,
}

/// The name of a mutation's input.
pub(super) fn input_of(mutation: &str) -> String {
    match mutation {
        "deactivateIntegration" | "refreshOrderStatuses" | "replaceHookAddress" | "removeHookSecret" => {
            "IntegrationInput".to_owned()
        }
        _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
    }
}

/// What is asked of every user error.
const ERRORS: &str = "userErrors { __typename code message path
    ... on InsufficientPoints { available required }
    ... on ActivationIncomplete { missing { field helpPt helpEn } }
    ... on VersionConflict { currentVersion }
    ... on ImportUnderWay { importRun { id state } } }";

impl<'a> Actor<'a> {
    /// Nobody known.
    pub(super) fn stranger(app: &'a TestApp) -> Self {
        Self { app, token: None }
    }

    /// Whoever has a token.
    pub(super) fn with(app: &'a TestApp, token: &str) -> Self {
        Self {
            app,
            token: Some(token.to_owned()),
        }
    }

    /// A new user, signed in.
    pub(super) async fn user(app: &'a TestApp, email: &str) -> Self {
        app.create_user(email).await;
        let token = app.sign_in(email).await;
        Self::with(app, &token)
    }

    /// Makes a user a member of a store, by an invitation.
    pub(super) async fn admit(&self, store: &str, email: &str, role: &str) {
        let input = json!({ "storeId": store, "email": email, "role": role });
        let made = self.must("inviteMember", "invitation { id }", input).await;
        let id = text(&made["invitation"]["id"]).parse().unwrap();
        let input = json!({ "code": member::invitation_code(self.app.app(), id) });
        Actor::stranger(self.app).must("acceptInvitation", "role", input).await;
    }

    /// The whole answer, errors included.
    pub(super) async fn answer(&self, query: &str, variables: Value) -> Value {
        self.app.gql(query, variables, self.token.as_deref()).await
    }

    /// The status and the answer.
    pub(super) async fn status(&self, query: &str) -> (u16, Value) {
        let response = self.send(query).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The answer as it was written.
    pub(super) async fn written(&self, query: &str) -> String {
        self.send(query).await.text().await.unwrap()
    }

    async fn send(&self, query: &str) -> reqwest::Response {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(format!("http://{}/graphql", self.app.address()))
            .json(&json!({ "query": query }));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// The data of what has to succeed.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.app.data(query, variables, self.token.as_deref()).await
    }

    /// What a mutation without user errors of its own would be written as.
    pub(super) fn mutation(name: &str, fields: &str) -> String {
        let kind = input_of(name);
        format!("mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} {ERRORS} }} }}")
    }

    /// A mutation's payload, user errors included.
    pub(super) async fn call(&self, name: &str, fields: &str, input: Value) -> Value {
        self.ask(&Self::mutation(name, fields), json!({ "input": input })).await[name].take()
    }

    /// The payload of a mutation that has to succeed.
    pub(super) async fn must(&self, name: &str, fields: &str, input: Value) -> Value {
        let payload = self.call(name, fields, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{name} is refused");
        payload
    }

    /// A new store's id.
    pub(super) async fn create_store(&self, name: &str) -> String {
        let input = json!({ "name": name, "idempotencyKey": name });
        text(&self.must("createStore", "store { id }", input).await["store"]["id"])
    }

    /// Connects a store with a shop of the sandbox and gives the integration's id.
    pub(super) async fn connect(&self, store: &str, shop: &Shop) -> String {
        let input = json!({ "storeId": store, "platform": shop.platform, "credentials": shop.credentials() });
        text(&self.must("connectIntegration", "integration { id }", input).await["integration"]["id"])
    }

    /// Fills in what an integration needs before it can be switched on.
    pub(super) async fn fill_in(&self, integration: &str, shop: &Shop) {
        let mut input = json!({
            "id": integration, "version": self.version(integration).await,
            "siteUrl": "https://www.loja-exemplo.com.br", "awardingStatuses": shop.awarding,
            "registerCustomers": true, "registerSales": true,
        });
        if let Some(shop) = shop.branch {
            input["shopId"] = shop.into();
        }
        self.must("updateIntegration", "integration { id }", input).await;
    }

    /// A source of pushed sales that is on, awarding what is approved or delivered: its id.
    pub(super) async fn source(&self, store: &str, name: &str) -> String {
        let input = json!({ "storeId": store, "platform": "SALES_API", "name": name });
        let connected = self.must("connectIntegration", "integration { id }", input).await;
        let source = text(&connected["integration"]["id"]);
        let input = json!({
            "id": source, "version": self.version(&source).await, "siteUrl": "https://www.loja-exemplo.com.br",
            "awardingStatuses": ["approved", "delivered"],
        });
        self.must("updateIntegration", "integration { id }", input).await;
        self.activate(&source).await;
        source
    }

    /// Switches an integration on.
    pub(super) async fn activate(&self, integration: &str) {
        let input = json!({ "id": integration, "confirmEmails": true });
        self.must("activateIntegration", "integration { id }", input).await;
    }

    /// The version of an integration or a reward.
    pub(super) async fn version(&self, id: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) {
            ... on Integration { version } ... on Reward { version } } }";
        self.ask(query, json!({ "id": id })).await["node"]["version"].take()
    }

    /// An import run as it is now.
    pub(super) async fn run(&self, id: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun {
            id state kind done created updated unchanged rejected errorCode errorMessage } } }";
        self.ask(query, json!({ "id": id })).await["node"].take()
    }
}
