//! Sixty-four clients at once, redeeming and importing, against one customer and against many: nothing is
//! oversold, nobody waits for another for ever, no update is lost, and whoever is refused is told why.
//!
//! On PostgreSQL they meet two servers and two workers, which share nothing but the database.

use std::collections::BTreeMap;

use entity::StoreId;
use fidelidade::clock::Clock;
use fidelidade::sandbox::SandboxConfig;
use futures_util::future::join_all;
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::books::{self, Account};
use crate::support::app::TestApp;
use crate::support::database::Engine;
use crate::support::merchant::{Merchant, Store, number, text};
use crate::support::process::{Installation, Part};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{MAGAZORD, Shop, has_address};

const CLIENTS: usize = 64;
const SHOP: &Shop = &MAGAZORD;
/// As in service: no worker dies here, and one that loses a short lease on a busy machine would have another ask again.
const LEASE: &str = "60";

/// A shop's customers, and the clients who act for them.
struct Crowd<'a> {
    sandbox: &'a Sandbox,
    /// One for each server.
    merchants: Vec<Merchant>,
    store: Store,
    db: DatabaseConnection,
    /// The shop's ids and the addresses of customers who have bought nothing.
    people: Vec<(u64, String)>,
}

fn world() -> SandboxConfig {
    SandboxConfig {
        customers: 24,
        orders: 0,
        products: 3,
        ..SandboxConfig::at(Clock::System.now())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_oversell_nothing() {
    if Engine::of_tests() == Engine::Postgres {
        let sandbox = Sandbox::start_with(world()).await;
        sandbox.faults(json!({ "rate_limit": "off" })).await;
        let mut installation = Installation::new(&sandbox, &sandbox.origin()).await;
        installation.set("secrets.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        installation.set("jobs.lease_seconds", LEASE);
        let (one, other) = tokio::join!(installation.start(Part::Serve), installation.start(Part::Serve));
        let _workers = tokio::join!(installation.start(Part::Work), installation.start(Part::Work));
        let merchants = vec![
            Merchant::sign_in(&installation, &one).await,
            Merchant::at(&other.address).await,
        ];
        let db = installation.connect().await;
        attack(Crowd::gather(&sandbox, merchants, db).await).await;
    } else {
        let app = TestApp::builder().set("database.max_connections", "4");
        let app = app.set("jobs.lease_seconds", LEASE);
        let app = app.sandbox(world()).start().await;
        let merchants = vec![Merchant::of(&app).await];
        let db = app.app().db.clone();
        attack(Crowd::gather(&app.sandbox, merchants, db).await).await;
    }
}

async fn attack(crowd: Crowd<'_>) {
    crowd.one_customer().await;
    crowd.many_customers().await;
    crowd.sales_that_come_and_go().await;
}

impl<'a> Crowd<'a> {
    async fn gather(sandbox: &'a Sandbox, merchants: Vec<Merchant>, db: DatabaseConnection) -> Self {
        let (store, connected) = merchants[0].connect(SHOP).await;
        merchants[0].fill_in(SHOP, &connected, 30).await;
        merchants[0].activate(&store).await;
        let truth = sandbox.truth(SHOP.kind).await;
        let people = truth.customers.iter().filter(|person| has_address(person));
        let people = people.map(|person| {
            let email = person.email.as_deref().unwrap_or_default();
            (person.external_id, email.to_lowercase())
        });
        let people: Vec<(u64, String)> = people.collect();
        assert!(people.len() > 16, "{people:?}");
        Self {
            sandbox,
            merchants,
            store,
            db,
            people,
        }
    }

    /// The server that a client asks.
    fn at(&self, client: usize) -> &Merchant {
        &self.merchants[client % self.merchants.len()]
    }

    async fn buy(&self, who: usize, cents: i64) -> String {
        let order = json!({ "customer": self.people[who].0, "status": SHOP.paid, "products_cents": cents });
        self.sandbox.place_order(SHOP.kind, &order).await.number
    }

    /// The program's ids of the customers that it knows.
    async fn ids(&self) -> BTreeMap<usize, String> {
        let customers = self.merchants[0].customers(&self.store).await;
        let known = customers.iter().filter_map(|customer| {
            let who = self.people.iter().position(|(_, email)| customer["email"] == **email)?;
            Some((who, text(&customer["id"])))
        });
        known.collect()
    }

    async fn reward(&self, points: i64) -> String {
        let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "5.00" });
        let name = format!("R$ 5 por {points} pontos");
        self.merchants[0]
            .create_reward(&self.store, &name, points, takes_off)
            .await
    }

    /// A client asks for a reward: the redemption, or none where points are lacking.
    async fn redeem(&self, client: usize, customer: &str, reward: &str, key: String) -> Option<String> {
        let input = json!({ "customerId": customer, "rewardId": reward, "idempotencyKey": key });
        let payload = self.at(client).call("redeemReward", "redemption { id }", input).await;
        let Some(error) = payload["userErrors"][0].as_object() else {
            return Some(text(&payload["redemption"]["id"]));
        };
        assert_eq!(error["code"], "INSUFFICIENT_POINTS", "{error:?}");
        None
    }

    /// A client starts an import, or learns that one is under way.
    async fn start_import(&self, client: usize) {
        let input = json!({ "integrationId": self.store.integration });
        let payload = self.at(client).call("startImport", "importRun { id }", input).await;
        let code = &payload["userErrors"][0]["code"];
        assert!(code.is_null() || *code == "IMPORT_UNDER_WAY", "{payload}");
    }

    async fn import(&self) {
        self.merchants[0].import(&self.store).await;
    }

    /// All redemptions end with exactly one coupon each.
    async fn coupons_of(&self, redemptions: &[String]) {
        for id in redemptions {
            let redemption = self.merchants[0].redemption(id).await;
            assert_eq!(redemption["state"], "COMPLETED", "{redemption:#}");
            let code = text(&redemption["coupon"]["code"]);
            assert_eq!(self.sandbox.coupon_count(SHOP.kind, &code).await, (1, 1));
        }
    }

    /// Every account, audited, by the customer's address.
    async fn accounts(&self) -> BTreeMap<String, Account> {
        let store: StoreId = self.store.id.parse().unwrap();
        let now = Clock::System.now();
        let accounts = books::read(&self.db, store).await.into_values();
        let audited = accounts.map(|account| {
            let wrong = account.audit(now, now, &[]);
            assert_eq!(wrong, Vec::<String>::new(), "{account:#?}");
            (account.customer.email.clone().unwrap_or_default(), account)
        });
        audited.collect()
    }

    /// 659 points are 32 rewards of 20, whoever of 64 is first; others import meanwhile.
    async fn one_customer(&self) {
        self.buy(0, 65_900).await;
        self.import().await;
        let (customer, reward) = (self.ids().await[&0].clone(), self.reward(20).await);
        let redeem = (0..CLIENTS).map(|client| self.redeem(client, &customer, &reward, format!("um {client}")));
        let import = (0..4).map(|client| self.start_import(client));
        let (answers, _) = tokio::join!(join_all(redeem), join_all(import));
        let won: Vec<String> = answers.into_iter().flatten().collect();
        assert_eq!(won.len(), 32);
        self.coupons_of(&won).await;
        let sums = self.accounts().await[&self.people[0].1].sums();
        assert_eq!((sums.balance, sums.reserved, sums.debt), (19, 0, 0));
    }

    /// Sixteen customers have 100 points each; four clients each ask for 50, twice with each key.
    async fn many_customers(&self) {
        for who in 1..=16 {
            self.buy(who, 10_000).await;
        }
        self.import().await;
        let (ids, reward) = (self.ids().await, self.reward(50).await);
        let redeem = (0..CLIENTS).map(|client| {
            let customer = &ids[&(1 + client % 16)];
            let key = |_| self.redeem(client, customer, &reward, format!("muitos {client}"));
            join_all((0..2).map(key))
        });
        let import = (0..4).map(|client| self.start_import(client));
        let (answers, _) = tokio::join!(join_all(redeem), join_all(import));
        let mut won: Vec<String> = answers.iter().flatten().flatten().cloned().collect();
        won.sort();
        won.dedup();
        assert_eq!(won.len(), 32, "two of four for each");
        self.coupons_of(&won).await;
        let accounts = self.accounts().await;
        for who in 1..=16 {
            let sums = accounts[&self.people[who].1].sums();
            assert_eq!((sums.balance, sums.reserved, sums.debt), (0, 0, 0), "customer {who}");
        }
    }

    /// While everybody redeems, sales are placed, refunded and cancelled, and imports run into each other.
    /// What is left is worked out from the shop's truth and the redemptions that succeeded.
    async fn sales_that_come_and_go(&self) {
        let reward = self.reward(30).await;
        let ids = self.ids().await;
        let mut orders = Vec::new();
        for client in 0..CLIENTS {
            orders.push(self.buy(1 + client % 16, 3_333).await);
        }
        self.import().await;
        let clients = (0..CLIENTS).map(async |client| {
            let who = 1 + client % 16;
            let mut won = 0;
            for round in 0..3 {
                let key = format!("idas e vindas {client} {round}");
                let redeemed = self.redeem(client, &ids[&who], &reward, key).await;
                won += i64::from(redeemed.is_some());
                match (client + round) % 4 {
                    0 => drop(
                        self.sandbox
                            .set_status(SHOP.kind, &orders[client], SHOP.cancelled)
                            .await,
                    ),
                    1 => drop(self.sandbox.refund(SHOP.kind, &orders[client], 700).await),
                    _ => self.start_import(client).await,
                }
            }
            (who, won * 30)
        });
        let spent = join_all(clients).await;
        self.import().await;
        let mut due: BTreeMap<usize, i64> = BTreeMap::new();
        for (who, points) in spent {
            *due.entry(who).or_default() -= points;
        }
        assert!(due.values().any(|points| *points < 0), "somebody got something");
        let truth = self.sandbox.truth(SHOP.kind).await;
        for (client, order) in orders.iter().enumerate() {
            *due.entry(1 + client % 16).or_default() += SHOP.worth(truth.order(order), false);
        }
        let customers = self.merchants[0].customers(&self.store).await;
        let accounts = self.accounts().await;
        for (who, due) in due {
            let email = &self.people[who].1;
            let sums = accounts[email].sums();
            assert_eq!(sums.balance - sums.debt, due, "customer {who}");
            let told = &customers.iter().find(|customer| customer["email"] == **email).unwrap()["balance"];
            assert_eq!(
                number(&told["available"]) - number(&told["debt"]),
                due,
                "customer {who}"
            );
        }
    }
}
