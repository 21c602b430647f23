//! The program is killed three times while clients redeem from a pool and codes are brought into it. No code is handed
//! out twice, none is lost, points are spent if and only if a code was handed out, the reward's limit holds, and the import
//! goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::merchant::{Merchant, PATIENCE, Store, list, number, text};
use crate::support::process::{Installation, Part, Process};
use crate::support::sandbox::Sandbox;
use crate::support::shop::MAGAZORD;
use crate::support::stage::small_world;

const CLIENTS: usize = 16;
/// How often each client redeems.
const ROUNDS: usize = 15;
/// Redemptions that the reward has places for: fewer than are asked for.
const LIMIT: usize = 200;
/// Codes that are there at the beginning: more than are handed out before the import has brought the next.
const FIRST: usize = 150;
/// Lines of the file that is imported meanwhile, a tenth of which is there already.
const LINES: usize = 12_000;
const PRICE: i64 = 3;

/// What a client was told: the code, or why there is none.
type Told = Result<String, String>;

struct Scene {
    merchant: Merchant,
    store: Store,
    customers: Vec<String>,
    pool: String,
    reward: String,
}

impl Scene {
    async fn set(installation: &Installation, process: &Process) -> Self {
        let merchant = Merchant::sign_in(installation, process).await;
        let (store, connected) = merchant.connect(&MAGAZORD).await;
        merchant.fill_in(&MAGAZORD, &connected, 60).await;
        merchant.activate(&store).await;
        merchant
            .run_that(&store, "the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        let customers = merchant.customers(&store).await;
        let customers: Vec<String> = customers.iter().take(8).map(|one| text(&one["id"])).collect();
        for customer in &customers {
            let input =
                json!({ "customerId": customer, "points": 1_000, "reason": "começo", "idempotencyKey": customer });
            merchant.must("adjustPoints", "adjustment { id }", input).await;
        }
        let input =
            json!({ "integrationId": store.integration, "name": "Verão", "lowStock": 5, "idempotencyKey": "p" });
        let pool = text(&merchant.must("createCouponPool", "pool { id }", input).await["pool"]["id"]);
        let input = json!({ "integrationId": store.integration, "kind": "AMOUNT_OFF", "amount": "10.00", "name": "R$ 10",
            "points": PRICE, "fulfilment": "POOL", "poolId": pool, "limits": { "total": LIMIT }, "idempotencyKey": "r" });
        let reward = text(&merchant.must("createReward", "reward { id }", input).await["reward"]["id"]);
        let scene = Self {
            merchant,
            store,
            customers,
            pool,
            reward,
        };
        let first: String = (0..FIRST).map(line).collect();
        let input = json!({ "poolId": scene.pool, "content": first, "idempotencyKey": "first" });
        let run = scene.merchant.must("addCodes", "importRun { id }", input).await;
        let run = text(&run["importRun"]["id"]);
        scene.end(&run).await;
        scene
    }

    async fn run(&self, id: &str) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { state total done created rejected } } }";
        self.merchant.ask(query, json!({ "id": id })).await["node"].take()
    }

    async fn end(&self, id: &str) -> Value {
        eventually("the end of an import", PATIENCE, async || {
            let told = self.run(id).await;
            (told["state"] == "SUCCEEDED").then_some(told)
        })
        .await
    }

    /// Begins to bring a file of codes in: the run.
    async fn bring(&self, address: &str) -> String {
        let place = json!({ "poolId": self.pool, "idempotencyKey": "place" });
        let made = self
            .merchant
            .must("createCodesUpload", "upload { id url }", place)
            .await;
        let url = format!("http://{address}{}", text(&made["upload"]["url"]));
        let known = FIRST / 2;
        let file: String = (known..known + LINES).map(line).collect();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        assert_eq!(client.put(url).body(file).send().await.unwrap().status(), 200);
        let input = json!({ "poolId": self.pool, "uploadId": made["upload"]["id"], "idempotencyKey": "bring" });
        let begun = self.merchant.must("addCodes", "importRun { id }", input).await;
        text(&begun["importRun"]["id"])
    }

    /// Redeems until somebody answers, with one key: whoever hears nothing asks again.
    async fn redeem(&self, http: &reqwest::Client, address: &Mutex<String>, (client, round): (usize, usize)) -> Told {
        let query = "mutation ($input: RedeemRewardInput!) { redeemReward(input: $input) {
            redemption { id state coupon { code } } userErrors { code } } }";
        let input = json!({ "customerId": self.customers[client % self.customers.len()], "rewardId": self.reward,
            "idempotencyKey": format!("{client} {round}") });
        let body = json!({ "query": query, "variables": { "input": input } });
        eventually("an answer", PATIENCE, async || {
            let url = format!("http://{}/graphql", address.lock().unwrap());
            let request = http
                .post(url)
                .bearer_auth(self.merchant.token.as_ref().unwrap())
                .json(&body);
            let answer: Value = request.send().await.ok()?.json().await.ok()?;
            let told = &answer["data"]["redeemReward"];
            match told["userErrors"].as_array()?.first() {
                Some(error) => Some(Err(text(&error["code"]))),
                None => Some(Ok(text(&told["redemption"]["coupon"]["code"]))),
            }
        })
        .await
    }
}

fn code(number: usize) -> String {
    format!("VERAO-{number:06}")
}

fn line(number: usize) -> String {
    code(number) + "\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_while_clients_redeem_and_codes_come() {
    let sandbox = Sandbox::start_with(small_world()).await;
    sandbox.faults(json!({ "rate_limit": "off" })).await;
    let installation = Installation::new(&sandbox, &sandbox.origin()).await;
    let mut process = installation.start(Part::Whole).await;
    let mut scene = Scene::set(&installation, &process).await;
    let run = scene.bring(&process.address).await;
    let address = Mutex::new(process.address.clone());
    let answered = AtomicUsize::new(0);
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .unwrap();
    let clients = join_all((0..CLIENTS).map(async |client| {
        let mut told = Vec::new();
        for round in 0..ROUNDS {
            told.push(scene.redeem(&http, &address, (client, round)).await);
            answered.fetch_add(1, Ordering::Relaxed);
        }
        told
    }));
    let blows = async {
        for least in [20, 80, 140] {
            let enough = async || (answered.load(Ordering::Relaxed) >= least).then_some(());
            eventually("some redemptions", PATIENCE, enough).await;
            process.kill();
            process = installation.start(Part::Whole).await;
            address.lock().unwrap().clone_from(&process.address);
        }
        answered.load(Ordering::Relaxed)
    };
    let (told, last_blow) = join(clients, blows).await;
    assert!(last_blow < CLIENTS * ROUNDS, "the last blow came when all was over");
    scene.merchant.address.clone_from(&process.address);
    let told: Vec<Told> = told.into_iter().flatten().collect();
    let codes: Vec<&String> = told.iter().filter_map(|one| one.as_ref().ok()).collect();
    let refused: BTreeSet<&String> = told.iter().filter_map(|one| one.as_ref().err()).collect();
    assert_eq!(
        codes.iter().collect::<BTreeSet<_>>().len(),
        codes.len(),
        "no code twice"
    );
    assert!(
        refused
            .iter()
            .all(|code| ["REWARD_SOLD_OUT", "POOL_EMPTY"].contains(&code.as_str())),
        "{refused:?}"
    );

    let end = scene.end(&run).await;
    let known = FIRST - FIRST / 2;
    let expected = json!({ "state": "SUCCEEDED", "total": LINES, "done": LINES, "created": LINES - known,
        "rejected": known });
    assert_eq!(end, expected, "the import goes on where it was");
    let query = "query ($pool: ID!, $reward: ID!) {
        pool: node(id: $pool) { ... on CouponPool { stock { free ended taken withdrawn } } }
        reward: node(id: $reward) { ... on Reward { remaining } } }";
    let look = scene
        .merchant
        .ask(query, json!({ "pool": scene.pool, "reward": scene.reward }))
        .await;
    let all = FIRST / 2 + LINES;
    assert_eq!(
        look["pool"]["stock"],
        json!({ "free": all - codes.len(), "ended": 0, "taken": codes.len(), "withdrawn": 0 }),
        "none is lost"
    );
    assert_eq!(look["reward"]["remaining"], LIMIT - codes.len());
    assert!(codes.len() <= LIMIT);
    if !refused.iter().any(|code| *code == "POOL_EMPTY") {
        assert_eq!(codes.len(), LIMIT);
    }
    agree(&scene, &codes).await;
    drop(process);
    installation.run(&["ledger", "verify"]);
}

/// Coupons, redemptions and points are those of the codes that clients were told, and no others.
async fn agree(scene: &Scene, told: &[&String]) {
    let coupons = scene.merchant.coupons(&scene.store).await;
    let known: BTreeSet<String> = coupons.iter().map(|one| text(&one["code"])).collect();
    assert_eq!(known, told.iter().map(|code| (*code).clone()).collect());
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    for coupon in &coupons {
        assert_eq!(
            (&coupon["state"], &coupon["redemption"]["state"]),
            (&json!("ACTIVE"), &json!("COMPLETED"))
        );
        *spent.entry(text(&coupon["customer"]["id"])).or_default() += PRICE;
    }
    for customer in &scene.customers {
        let query = "query ($id: ID!) { node(id: $id) { ... on Customer {
            statement(first: 100, orderBy: RECORDED_AT_DESC) { nodes { kind points } } balance { reserved } } } }";
        let asked = scene.merchant.ask(query, json!({ "id": customer })).await["node"].take();
        assert_eq!(asked["balance"]["reserved"], 0);
        let reserved = list(&asked["statement"]["nodes"]);
        let reserved: i64 = reserved
            .iter()
            .filter(|entry| entry["kind"] == "RESERVE")
            .map(|entry| number(&entry["points"]).abs())
            .sum();
        assert_eq!(Some(reserved), spent.get(customer).copied().or(Some(0)), "{customer}");
    }
}
