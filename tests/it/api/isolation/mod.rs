//! Who may do what: every operation by users of every role, by API tokens of every scope and by
//! nobody, in their own store and in somebody else's.
//!
//! `docs/permissions.md` is the matrix of who may do what in their own store, made from the schema's declarations;
//! every cell of it is tried here. In another store nobody finds anything, whatever id is put wherever.

mod fuzz;
mod operations;
mod rights;
mod secrets;
mod tokens;

use std::str::FromStr;

use fidelidade::access::Scope;
use fidelidade::run::Halves;
use serde_json::json;

use super::actor::Actor;
use super::seed::{self, Full};
use super::seed_differences;
use super::seed_pools;
use crate::support::app::TestApp;
use crate::support::merchant::text;
use crate::support::shop::LOJA_INTEGRADA;

/// What each role is called in the API.
const ROLES: [&str; 4] = ["OWNER", "MANAGER", "ATTENDANT", "ANALYST"];

/// Somebody with rights in the first store.
struct Member<'a> {
    /// A role, or a token's scope; `all` is a token with every scope.
    name: String,
    actor: Actor<'a>,
}

/// A store with something of everything, by ids.
#[derive(Debug, Clone)]
struct Ids {
    store: String,
    /// An integration with a platform that answers; it is off.
    connected: String,
    token: String,
    webhook: String,
    /// Something that the webhook was told.
    delivery: String,
    /// What is done for the store, later.
    job: String,
    export: String,
    /// A pool with the code `ISOLADO-1`, and a reward that takes its codes from there.
    pool: String,
    pooled: String,
    /// A run that found something about a sale and something about a coupon.
    compared: String,
    of_sale: String,
    of_coupon: String,
    /// A redemption that waits for the staff.
    waiting: String,
    /// A webhook that may be deleted.
    unwanted_webhook: String,
    invitation: String,
    /// Its owner, and a session of hers.
    user: String,
    session: String,
    full: Full,
}

/// Two stores of two owners, and everybody who has rights in the first.
struct Town<'a> {
    own: Ids,
    foreign: Ids,
    members: Vec<Member<'a>>,
}

/// A program without workers, so that nothing changes but by what is asked.
async fn program() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

impl<'a> Town<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, "owner@loja-exemplo.invalid").await;
        let stranger = Actor::user(app, "outra@loja-exemplo.invalid").await;
        let (own, foreign) = (stocked(&owner, "Loja").await, stocked(&stranger, "Outra").await);
        let mut members = vec![Member {
            name: "OWNER".to_owned(),
            actor: owner.clone(),
        }];
        for role in &ROLES[1..] {
            let email = format!("{}@loja-exemplo.invalid", role.to_lowercase());
            let actor = Actor::user(app, &email).await;
            owner.admit(&own.store, &email, role).await;
            members.push(Member {
                name: (*role).to_owned(),
                actor,
            });
        }
        let scopes: Vec<String> = Scope::all().map(|scope| scope.to_string()).collect();
        for (name, scopes) in scopes
            .iter()
            .map(|scope| (scope.clone(), vec![scope.clone()]))
            .chain([("all".to_owned(), scopes.clone())])
        {
            assert!(name == "all" || Scope::from_str(&name).is_ok());
            let input = json!({ "storeId": own.store, "name": name, "scopes": scopes });
            let made = owner.must("createApiToken", "secret", input).await;
            members.push(Member {
                name,
                actor: Actor::with(app, &text(&made["secret"])),
            });
        }
        Self { own, foreign, members }
    }
}

async fn stocked(owner: &Actor<'_>, name: &str) -> Ids {
    let store = owner.create_store(name).await;
    let full = seed::fill(owner.app.app(), &store, 1).await;
    let connected = owner.connect(&store, &LOJA_INTEGRADA).await;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read"] });
    let token = text(&owner.must("createApiToken", "token { id }", input).await["token"]["id"]);
    let webhook = async |key: &str| {
        let input = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/", "eventTypes": ["ORDER_CREATED"],
            "scopes": [], "idempotencyKey": key });
        text(&owner.must("createWebhook", "webhook { id }", input).await["webhook"]["id"])
    };
    let (webhook, unwanted_webhook) = (webhook("um").await, webhook("outro").await);
    owner
        .must("testWebhook", "webhook { id }", json!({ "id": webhook }))
        .await;
    fidelidade::service::webhook::hand_out(owner.app.app()).await.unwrap();
    let query = "query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 1) { nodes { id } } } } }";
    let told = owner.ask(query, json!({ "id": webhook })).await;
    let input = json!({ "storeId": store, "format": "CSV", "idempotencyKey": "tudo" });
    let made = owner.must("exportOrders", "exportRun { id }", input).await;
    let export = text(&made["exportRun"]["id"]);
    let shop = seed::integration_of(owner.app.app(), full.integration).await;
    let pool = seed_pools::pool(owner.app.app(), &shop, 0).await;
    seed_pools::add(owner.app.app(), &shop, pool, "ISOLADO-1\n").await;
    let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 5,
        "fulfilment": "POOL", "poolId": pool, "idempotencyKey": "do lote" });
    let made = owner.must("createReward", "reward { id }", input).await;
    let pooled = text(&made["reward"]["id"]);
    let waiting = seed_pools::waiting(owner.app.app(), &shop, full.customer)
        .await
        .to_string();
    let input = json!({ "storeId": store, "email": "convidada@loja-exemplo.invalid", "role": "ANALYST" });
    let made = owner.must("inviteMember", "invitation { id }", input).await;
    let invitation = text(&made["invitation"]["id"]);
    let query = "{ viewer { id sessions(first: 1) { nodes { id } } } }";
    let viewer = owner.ask(query, json!({})).await["viewer"].take();
    let query = "query ($id: ID!) { store(id: $id) { jobs(first: 1) { nodes { id } } } }";
    let told_jobs = owner.ask(query, json!({ "id": store })).await;
    let compared = seed_differences::found(owner.app.app(), &full, 2).await;
    Ids {
        compared: compared.run.to_string(),
        of_sale: compared.differences[0].to_string(),
        of_coupon: compared.differences[1].to_string(),
        job: text(&told_jobs["store"]["jobs"]["nodes"][0]["id"]),
        delivery: text(&told["node"]["deliveries"]["nodes"][0]["id"]),
        store,
        connected,
        token,
        webhook,
        export,
        pool: pool.to_string(),
        pooled,
        waiting,
        unwanted_webhook,
        invitation,
        user: text(&viewer["id"]),
        session: text(&viewer["sessions"]["nodes"][0]["id"]),
        full,
    }
}
