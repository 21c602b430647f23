//! The shop's days, and what the merchant sees of them.

use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use fidelidade::clock::Clock;
use fidelidade::sandbox::SandboxConfig;
use fidelidade::service::points::verify;
use serde_json::{Value, json};

use super::seeds::Found;
use crate::support::agreement::{Known, instant};
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{Merchant, PATIENCE, Store, list, number, text};
use crate::support::shop::{Shop, has_address};
use crate::support::truth::TrueOrder;

/// Days that the first import goes back.
const DAYS_BACK: i64 = 30;

/// A coupon that a customer won.
pub(super) struct Won {
    pub(super) code: String,
    pub(super) redemption: String,
    /// The customer's id in the shop.
    pub(super) person: u64,
}

/// Everything that a month needs.
pub(super) struct Life {
    pub(super) shop: &'static Shop,
    pub(super) app: TestApp,
    pub(super) merchant: Merchant,
    pub(super) store: Store,
    known: Known,
    reward: String,
    /// Orders that were placed, by day.
    pub(super) orders: Vec<TrueOrder>,
    /// Coupons that nobody has used yet.
    pub(super) coupons: Vec<Won>,
}

impl Life {
    /// A shop that is connected, on the first day.
    pub(super) async fn begin(shop: &'static Shop) -> Self {
        // In the past, so that what is put off by this clock is due by the machine's.
        let start = Clock::System.now().trunc_subsecs(0) - TimeDelta::days(45);
        let world = SandboxConfig {
            customers: 12,
            orders: 30,
            products: 8,
            ..SandboxConfig::at(start)
        };
        let app = TestApp::builder()
            .clock(Clock::Manual(Mutex::new(start)))
            .sandbox(world)
            .set("access.access_minutes", "5000000")
            .set("import.every_minutes", "360")
            .set("outbound.max_tries", "2")
            // On a machine that is busy a worker is not to be taken for dead: by this clock the lease of its run never ends.
            .set("jobs.missed_heartbeats", "60")
            .set("platforms.magazord.page_size", "8")
            .set("platforms.loja_integrada.page_size", "8")
            .start()
            .await;
        let merchant = Merchant::of(&app).await;
        let (store, connected) = merchant.connect(shop).await;
        merchant.fill_in(shop, &connected, DAYS_BACK).await;
        let activated = instant(&merchant.activate(&store).await);
        let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00", "minimumOrder": "50.00" });
        let reward = merchant.create_reward(&store, "R$ 10 de desconto", 30, takes_off).await;
        let known = Known {
            shop,
            activated,
            days_back: DAYS_BACK,
            seen_awarding: BTreeSet::new(),
        };
        let life = Self {
            shop,
            app,
            merchant,
            store,
            known,
            reward,
            orders: Vec::new(),
            coupons: Vec::new(),
        };
        life.run_ends("the first import", |run| run["trigger"] == "ACTIVATION")
            .await;
        life.pass(TimeDelta::hours(12)).await;
        life
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.app().clock.now()
    }

    /// Moves both clocks.
    async fn move_on(&self, by: TimeDelta) {
        // To the microsecond, as databases keep it.
        let shown = self.app.sandbox.advance(by).await.trunc_subsecs(6);
        self.app.app().clock.advance(shown - self.now());
    }

    /// Time goes by, and the import that is due meanwhile comes.
    pub(super) async fn pass(&self, by: TimeDelta) {
        self.move_on(by).await;
        let now = self.now();
        let run = self
            .run_ends("an import by the schedule", |run| {
                run["trigger"] == "SCHEDULE" && run["kind"] == "SHOP" && instant(&run["createdAt"]) >= now
            })
            .await;
        assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    }

    /// Somebody buys, and now and then somebody sends something back or cancels.
    pub(super) async fn morning(&mut self, day: i64) {
        let sold = self.sell(day, self.shop.paid).await;
        self.orders.push(sold);
        let before = |days: i64| usize::try_from(day - days).ok();
        if day % 5 == 2
            && let Some(place) = before(2)
        {
            let number = self.orders[place].number.clone();
            self.app
                .sandbox
                .set_status(self.shop.kind, &number, self.shop.cancelled)
                .await;
        }
        if day % 7 == 3
            && let Some(place) = before(3)
            && place % 5 != 0
        {
            let number = self.orders[place].number.clone();
            self.app.sandbox.refund(self.shop.kind, &number, 1_500).await;
        }
    }

    async fn sell(&self, day: i64, status: &str) -> TrueOrder {
        let truth = self.app.sandbox.truth(self.shop.kind).await;
        let buyers: Vec<u64> = truth
            .customers
            .iter()
            .filter(|person| has_address(person))
            .map(|person| person.external_id)
            .collect();
        let buyer = buyers[usize::try_from(day).unwrap() % buyers.len()];
        let order = json!({ "customer": buyer, "status": status, "products_cents": 20_000 + day * 100,
            "shipping_cents": 1_500 });
        self.app.sandbox.place_order(self.shop.kind, &order).await
    }

    /// A customer redeems, and now and then one uses a coupon; somebody changes an order by hand, which its list tells.
    pub(super) async fn evening(&mut self, day: i64) {
        if day % 3 == 1 {
            let won = self.redeem(day).await;
            self.coupons.push(won);
        }
        if day % 9 == 5 {
            let won = self.coupons.remove(0);
            let basket = self.basket(&won);
            self.app.sandbox.checkout(self.shop.kind, &basket).await.unwrap();
        }
        if day % 10 == 6 {
            let number = self.orders.last().unwrap().number.clone();
            self.app
                .sandbox
                .set_status(self.shop.kind, &number, self.shop.delivered)
                .await;
        }
    }

    /// What somebody buys with a coupon.
    pub(super) fn basket(&self, won: &Won) -> Value {
        json!({ "coupon_code": won.code, "customer": won.person, "products_cents": 15_000, "status": self.shop.paid })
    }

    async fn redeem(&self, day: i64) -> Won {
        let mut customers = self.merchant.customers(&self.store).await;
        customers.retain(|customer| customer["email"].is_string());
        customers.sort_by_key(|customer| std::cmp::Reverse(number(&customer["balance"]["available"])));
        let customer = &customers[0];
        let redemption = self
            .merchant
            .redeem(&text(&customer["id"]), &self.reward, &format!("dia {day}"))
            .await;
        let made = self.merchant.redemption(&redemption).await;
        assert_eq!(made["coupon"]["state"], "ACTIVE", "{made:#}");
        let truth = self.app.sandbox.truth(self.shop.kind).await;
        let email = text(&customer["email"]);
        let person = truth.customers.iter().find(|person| {
            person
                .email
                .as_ref()
                .is_some_and(|known| known.eq_ignore_ascii_case(&email))
        });
        Won {
            code: text(&made["coupon"]["code"]),
            redemption,
            person: person.unwrap().external_id,
        }
    }

    /// The shop is down for an hour: the import that began meanwhile goes on when it is back.
    pub(super) async fn outage_of_an_hour(&self) {
        self.app.sandbox.faults(json!({ "error_rate_percent": 100 })).await;
        self.move_on(TimeDelta::hours(7)).await;
        let now = self.now();
        let is_meant = |run: &Value| run["kind"] == "SHOP" && instant(&run["createdAt"]) >= now;
        eventually("an import during the outage", PATIENCE, async || {
            self.runs()
                .await
                .into_iter()
                .find(|run| is_meant(run) && run["state"] == "RUNNING")
        })
        .await;
        self.app.sandbox.faults(json!({ "error_rate_percent": 0 })).await;
        let run = self.run_ends("the import after the outage", is_meant).await;
        assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
        self.pass(TimeDelta::hours(6)).await;
    }

    /// The shop is down for a day: imports give up, and the first one afterwards catches up.
    pub(super) async fn outage_of_a_day(&self) {
        self.app.sandbox.faults(json!({ "error_rate_percent": 100 })).await;
        self.move_on(TimeDelta::hours(24)).await;
        let now = self.now();
        let is_meant = |run: &Value| run["kind"] == "SHOP" && instant(&run["createdAt"]) >= now;
        let run = self.run_ends("an import that gives up", is_meant).await;
        assert_eq!(
            (&run["state"], &run["errorCode"]),
            (&json!("FAILED"), &json!("GIVEN_UP"))
        );
        self.app.sandbox.faults(json!({ "error_rate_percent": 0 })).await;
        self.pass(TimeDelta::hours(12)).await;
    }

    /// The newest runs.
    async fn runs(&self) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 20) { nodes {
            id kind trigger state phase done updated unchanged rejected createdAt errorCode errorMessage } } } } }";
        let told = self.merchant.ask(query, json!({ "id": self.store.integration })).await;
        list(&told["node"]["importRuns"]["nodes"])
    }

    async fn run_ends(&self, what: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        eventually(what, PATIENCE, async || {
            let run = self.runs().await.into_iter().find(&is_meant)?;
            (run["state"] != "QUEUED" && run["state"] != "RUNNING").then_some(run)
        })
        .await
    }

    /// The books agree with the shop to the cent and the point.
    pub(super) async fn agrees(&self) {
        let truth = self.app.sandbox.truth(self.shop.kind).await;
        self.known.compare(&self.merchant, &self.store, &truth).await;
        self.books_are_right().await;
    }

    /// The ledger agrees with itself.
    pub(super) async fn books_are_right(&self) {
        let told = verify(self.app.app(), None, |difference| panic!("{difference:?}")).await;
        assert_eq!(told.unwrap().differences, 0);
    }

    /// Compares the shop with the books, and gives the run.
    pub(super) async fn reconcile(&self) -> String {
        let input = json!({ "integrationId": self.store.integration, "days": 60 });
        let made = self.merchant.must("reconcile", "importRun { id kind }", input).await;
        let id = text(&made["importRun"]["id"]);
        let run = self.run_ends("a reconciliation", |run| run["id"] == id.as_str()).await;
        assert_eq!(
            (&run["state"], &run["kind"]),
            (&json!("SUCCEEDED"), &json!("RECONCILIATION")),
            "{run:#}"
        );
        id
    }

    async fn differences(&self, run: &str) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { differences(first: 50) { totalCount nodes {
            id kind state repair orderNumber code message shop { statusCode total { amount } usable timesUsed }
            books { statusCode total { amount } points usable } } } } } }";
        let told = self.merchant.ask(query, json!({ "id": run })).await["node"]["differences"].take();
        let nodes = list(&told["nodes"]);
        assert_eq!(number(&told["totalCount"]), i64::try_from(nodes.len()).unwrap());
        nodes
    }

    /// What a run found.
    pub(super) async fn found(&self, run: &str) -> BTreeSet<Found> {
        let differences = self.differences(run).await;
        let known = |one: &Value| {
            let subject = if one["orderNumber"].is_null() {
                &one["code"]
            } else {
                &one["orderNumber"]
            };
            (text(&one["kind"]), text(subject), text(&one["repair"]))
        };
        differences.iter().map(known).collect()
    }

    /// The states of a run's differences with a repair.
    pub(super) async fn states(&self, run: &str, repair: &str) -> Vec<Value> {
        let differences = self.differences(run).await.into_iter();
        let of_repair = differences.filter(|one| one["repair"] == repair);
        of_repair.map(|mut one| one["state"].take()).collect()
    }

    /// A customer's redemption is cancelled, its coupon ended, its points back.
    pub(super) async fn cancel_one(&mut self) -> Won {
        let won = self.coupons.remove(0);
        self.merchant.cancel(&won.redemption, "desisto").await;
        // The coupon is ended at once; an import that began later lets the points come back.
        eventually("the end of a coupon", PATIENCE, async || {
            let coupons = self.merchant.coupons(&self.store).await;
            coupons
                .into_iter()
                .find(|coupon| coupon["code"] == won.code.as_str() && coupon["state"] == "DISABLED")
        })
        .await;
        self.pass(TimeDelta::hours(12)).await;
        self.is_cancelled(&won.redemption).await;
        won
    }

    async fn is_cancelled(&self, redemption: &str) {
        eventually("the points of a cancelled redemption", PATIENCE, async || {
            let told = self.merchant.redemption(redemption).await;
            (told["state"] == "CANCELLED").then_some(())
        })
        .await;
    }

    /// Everything that can be mended is, asked for twice; what cannot is refused.
    pub(super) async fn mend(&self, run: &str, unknown: &Found) {
        let differences = self.differences(run).await;
        let ids = |by_hand: bool| -> Vec<Value> {
            let wanted = differences
                .iter()
                .filter(|one| (one["repair"] == "LOOK_BY_HAND") == by_hand);
            wanted.map(|one| one["id"].clone()).collect()
        };
        let refused = json!({ "importRunId": run, "differenceIds": ids(true) });
        let refused = self.merchant.call("applyRepairs", "differences { id }", refused).await;
        assert_eq!(refused["userErrors"][0]["code"], "UNSUPPORTED", "{unknown:?}");
        let input = json!({ "importRunId": run, "differenceIds": ids(false) });
        for _ in 0..2 {
            self.merchant
                .must("applyRepairs", "differences { id state }", input.clone())
                .await;
        }
        let differences = eventually("the repairs", PATIENCE, async || {
            let differences = self.differences(run).await;
            let over = differences.iter().all(|one| one["state"] != "APPLYING");
            over.then_some(differences)
        })
        .await;
        for one in differences {
            let expected = match one["repair"].as_str().unwrap() {
                "LOOK_BY_HAND" => vec!["OPEN"],
                // The sale that used it may have been imported first.
                "MARK_COUPON_USED" => vec!["APPLIED", "OBSOLETE"],
                _ => vec!["APPLIED"],
            };
            assert!(expected.contains(&one["state"].as_str().unwrap()), "{one:#}");
        }
    }

    /// Nothing is under way any more: every coupon is as its redemption says.
    pub(super) async fn redemptions_are_settled(&self) {
        eventually("the end of all redemptions", PATIENCE, async || {
            let coupons = self.merchant.coupons(&self.store).await;
            let settled = |coupon: &Value| {
                let states = (
                    coupon["state"].as_str().unwrap(),
                    coupon["redemption"]["state"].as_str().unwrap(),
                );
                matches!(
                    states,
                    ("ACTIVE" | "USED", "COMPLETED") | ("DISABLED", "CANCELLED") | ("FAILED", "FAILED")
                )
            };
            coupons.iter().all(settled).then_some(())
        })
        .await;
    }
}
