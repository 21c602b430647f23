//! Redeeming at a till, with the code that the customer was sent.

use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use entity::email::{EmailKind, EmailState};
use entity::{coupon, redemption, redemption_code};
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use fidelidade::service::housekeeping;
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{Till, problem, sale, token};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::api::seed_pools;
use crate::support::app::{TestApp, eventually};
use crate::support::document::cpf;
use crate::support::mailbox;
use crate::support::merchant::text;

const ADDRESS: &str = "maria@exemplo.com.br";
const LABEL: &str = "Código para usar seus pontos: ";

/// A till in a store with two rewards: one of a pool, one too dear.
struct Counter<'a> {
    till: Till<'a>,
    reward: String,
    dear: String,
}

async fn serving() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

impl<'a> Counter<'a> {
    /// The first customer has 100 points and an address.
    async fn open(app: &'a TestApp) -> Self {
        let till = Till::open(app).await;
        let shop = seed::integration(app.app(), &till.store).await;
        let pool = seed_pools::pool(app.app(), &shop, 0).await;
        seed_pools::add(app.app(), &shop, pool, &seed_pools::codes("CAIXA", 40)).await;
        let reward = async |name: &str, points: i64| {
            let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "5.00", "name": name,
                "points": points, "fulfilment": "POOL", "poolId": pool, "idempotencyKey": name });
            text(&till.owner.must("createReward", "reward { id }", input).await["reward"]["id"])
        };
        let (cheap, dear) = (reward("R$ 5", 60).await, reward("caro", 101).await);
        let mut first = sale(app, 1, "delivered");
        first["customer"]["email"] = json!(ADDRESS);
        first["customer"]["externalId"] = json!("C-1");
        assert_eq!(till.post("/sales", "venda 1", &first).await.0, 201);
        Self {
            till,
            reward: cheap,
            dear,
        }
    }

    async fn ask(&self, whose: &Value) -> (u16, Value) {
        let answer = self.till.send(Method::POST, "/redemptions/codes", "", whose).await;
        (answer.0, answer.2)
    }

    /// The code that the first customer has now, as the e-mail would tell it.
    async fn code(&self) -> String {
        let (status, told) = self.ask(&whose()).await;
        assert_eq!(status, 200, "{told}");
        seed::digits(self.till.app.app()).await
    }

    async fn redeem(&self, reward: &str, code: &str, key: &str) -> (u16, Value) {
        let mut body = whose();
        body["rewardId"] = json!(reward);
        body["code"] = json!(code);
        let (status, _, told) = self.till.send(Method::POST, "/redemptions", key, &body).await;
        (status, told)
    }

    async fn count(&self) -> u64 {
        let db = &self.till.app.app().db;
        redemption::Entity::find().count(db).await.unwrap()
    }

    async fn tries(&self) -> Option<i32> {
        let db = &self.till.app.app().db;
        let row = redemption_code::Entity::find().one(db).await.unwrap();
        row.map(|row| row.tries)
    }
}

fn whose() -> Value {
    json!({ "document": cpf(1) })
}

/// Another code than this one.
fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

fn is_refused((status, told): (u16, Value), expected: (u16, &str)) {
    assert_eq!(
        (status, told["code"].as_str()),
        (expected.0, Some(expected.1)),
        "{told}"
    );
}

#[tokio::test]
async fn a_customer_redeems_with_the_code_of_the_letter() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    app.work();
    let (status, told) = counter.ask(&whose()).await;
    assert_eq!((status, &told["sentTo"]), (200, &json!("m…a@exemplo.com.br")), "{told}");
    let letter = eventually("the code", Duration::from_mins(1), async || {
        let all = mailbox::read(&app.folder.path().join("mail"));
        all.into_iter()
            .find(|mail| mail.to == ADDRESS && mail.text.contains(LABEL))
    })
    .await;
    let (_, code) = letter.text.split_once(LABEL).unwrap();
    let code = code.split_whitespace().next().unwrap();
    assert!(
        code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()),
        "{code}"
    );

    // As people say it.
    let spoken = format!("{} {}", &code[..3], &code[3..]);
    let (status, made) = counter.redeem(&counter.reward, &spoken, "a").await;
    assert_eq!(
        (status, &made["state"], &made["points"]),
        (201, &json!("completed"), &json!(60)),
        "{made}"
    );
    assert!(made["coupon"]["code"].as_str().unwrap().starts_with("CAIXA-"), "{made}");
    assert_eq!(counter.till.available(&cpf(1)).await, 40);
    assert_eq!(counter.tries().await, None, "the code is gone");

    // The answer was lost; and the code serves once.
    assert_eq!(counter.redeem(&counter.reward, &spoken, "a").await, (201, made));
    is_refused(
        counter.redeem(&counter.reward, &spoken, "b").await,
        (422, "INVALID_CODE"),
    );
    is_refused(
        counter.redeem(&counter.reward, "1", "a").await,
        (409, "IDEMPOTENCY_KEY_REUSED"),
    );
    assert_eq!(counter.count().await, 1);
    // Also when there is another code by now, of which it takes no try.
    counter.code().await;
    assert_eq!(counter.redeem(&counter.reward, &spoken, "a").await.0, 201);
    assert_eq!((counter.tries().await, counter.count().await), (Some(0), 1));
}

/// The other door: the same code, by every name that a till has for a customer.
#[tokio::test]
async fn a_code_of_one_door_is_good_at_the_other() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    let till = &counter.till;
    let (_, balance) = till.post("/balances", "", &whose()).await;
    let names = [
        json!({ "id": balance["customerId"] }),
        json!({ "document": cpf(1) }),
        json!({ "email": "MARIA@exemplo.com.br" }),
        json!({ "externalId": "C-1" }),
    ];
    for name in &names {
        let input = json!({ "integrationId": till.source, "customer": name });
        let sent = till
            .owner
            .must("requestRedemptionCode", "sentTo expiresAt", input)
            .await;
        assert_eq!(sent["sentTo"], "m…a@exemplo.com.br", "{name}");
    }
    let code = seed::digits(app.app()).await;
    for name in &names {
        let mut body = json!({ "rewardId": counter.dear, "code": code });
        let (field, value) = name.as_object().unwrap().iter().next().unwrap();
        let field = if field == "id" { "customerId" } else { field };
        body[field] = value.clone();
        let (status, _, told) = till.send(Method::POST, "/redemptions", "caro", &body).await;
        is_refused((status, told), (409, "INSUFFICIENT_POINTS"));
    }
    let input = json!({ "integrationId": till.source, "customer": names[3], "rewardId": counter.reward, "code": code,
        "idempotencyKey": "x" });
    let fields = "redemption { state coupon { state code } } customer { balance { available } }";
    let made = till.owner.must("redeemWithCode", fields, input.clone()).await;
    assert_eq!(made["redemption"]["state"], "COMPLETED");
    assert_eq!(made["customer"]["balance"]["available"], 40);
    assert_eq!(till.owner.must("redeemWithCode", fields, input).await, made, "again");
}

#[tokio::test]
async fn a_code_bears_five_wrong_tries_and_a_new_one_takes_its_place() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    let first = counter.code().await;
    for nth in 1..=4 {
        let told = counter
            .redeem(&counter.reward, &another(&first), &format!("{nth}"))
            .await;
        is_refused(told, (422, "INVALID_CODE"));
        assert_eq!(counter.tries().await, Some(nth), "a wrong try is written down");
    }
    // A right one that is refused takes no try, and the code stays.
    for nth in 0..3 {
        let told = counter.redeem(&counter.dear, &first, &format!("caro {nth}")).await;
        is_refused(told, (409, "INSUFFICIENT_POINTS"));
    }
    assert_eq!(counter.tries().await, Some(4));
    is_refused(counter.redeem(&counter.reward, "", "5").await, (422, "INVALID_CODE"));
    is_refused(
        counter.redeem(&counter.reward, &first, "6").await,
        (422, "INVALID_CODE"),
    );
    let second = counter.code().await;
    if first != second {
        is_refused(
            counter.redeem(&counter.reward, &first, "7").await,
            (422, "INVALID_CODE"),
        );
    }
    assert_eq!(counter.redeem(&counter.reward, &second, "8").await.0, 201);
    assert_eq!(counter.count().await, 1);
}

#[tokio::test]
async fn a_code_lives_ten_minutes_and_is_removed_later() {
    let now = Clock::System.now();
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(now.into()))
        .start()
        .await;
    let counter = Counter::open(&app).await;
    let code = counter.code().await;
    app.app().clock.advance(TimeDelta::minutes(9));
    is_refused(
        counter.redeem(&counter.dear, &code, "a").await,
        (409, "INSUFFICIENT_POINTS"),
    );
    app.app().clock.advance(TimeDelta::minutes(1));
    is_refused(counter.redeem(&counter.reward, &code, "b").await, (422, "INVALID_CODE"));
    housekeeping::purge(app.app()).await.unwrap();
    assert_eq!(counter.tries().await, Some(0), "not yet");
    app.app().clock.advance(TimeDelta::days(1) + TimeDelta::minutes(1));
    housekeeping::purge(app.app()).await.unwrap();
    assert_eq!(counter.tries().await, None);
}

/// Of thirty-two devices with the same code one redeems, whether they mean the same or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_devices_with_one_code_redeem_once() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("database.max_connections", "16")
        .set("redemption_codes.per_customer_and_hour", "100")
        .start()
        .await;
    let counter = Counter::open(&app).await;
    for number in 1..3 {
        let more = sale(&app, 1, "delivered");
        let more = {
            let mut more = more;
            more["externalId"] = json!(format!("PDV-9{number}"));
            more
        };
        assert_eq!(
            counter.till.post("/sales", &format!("mais {number}"), &more).await.0,
            201
        );
    }
    let code = counter.code().await;
    let told = join_all((0..32).map(async |nth| counter.redeem(&counter.reward, &code, &format!("{nth}")).await)).await;
    let made = told.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!((made, counter.count().await), (1, 1));
    for (_, told) in told.iter().filter(|(status, _)| *status != 201) {
        assert_eq!(told["code"], "INVALID_CODE", "{told}");
    }
    // The same device, which lost its patience: all get the one answer.
    let code = counter.code().await;
    let told = join_all((0..32).map(async |_| counter.redeem(&counter.reward, &code, "um só").await)).await;
    assert!(told.iter().all(|(status, _)| *status == 201), "{told:?}");
    let ids: HashSet<String> = told.iter().map(|(_, told)| text(&told["redemptionId"])).collect();
    assert_eq!((ids.len(), counter.count().await), (1, 2));
    // Thirty-two guesses at once are five tries.
    let code = counter.code().await;
    let wrong = another(&code);
    let told =
        join_all((0..32).map(async |nth| counter.redeem(&counter.reward, &wrong, &format!("x{nth}")).await)).await;
    assert!(told.iter().all(|(status, _)| *status == 422));
    assert_eq!(counter.tries().await, Some(5));
    is_refused(counter.redeem(&counter.reward, &code, "y").await, (422, "INVALID_CODE"));
    assert_eq!(counter.count().await, 2);
    let coupons = coupon::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!((coupons, counter.till.available(&cpf(1)).await), (2, json!(180)));
}

/// Customers without an address, unknown ones, and the limits, for whoever may see customers.
#[tokio::test]
async fn who_may_see_customers_is_told_what_is_wrong() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    let till = &counter.till;
    till.post("/sales", "sem", &sale(&app, 2, "delivered")).await;
    is_refused(counter.ask(&json!({ "document": cpf(2) })).await, (409, "NO_EMAIL"));
    is_refused(counter.ask(&json!({ "document": cpf(3) })).await, (404, "NOT_FOUND"));
    is_refused(counter.ask(&json!({ "customerId": "x" })).await, (404, "NOT_FOUND"));
    for wrong in [json!({}), json!({ "document": cpf(1), "email": ADDRESS })] {
        let (status, told) = problem(till.send(Method::POST, "/redemptions/codes", "", &wrong).await);
        assert_eq!((status, &told["errors"][0]["pointer"]), (422, &json!("#/document")));
    }
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let elsewhere = other.source(&other.create_store("Outra").await, "Caixa").await;
    let input = json!({ "integrationId": elsewhere, "customers": [{ "email": "rita@exemplo.com.br" }] });
    let made = other
        .must("registerCustomers", "results { customer { id } }", input)
        .await;
    let foreign = json!({ "customerId": made["results"][0]["customer"]["id"] });
    assert!(foreign["customerId"].is_string());
    is_refused(counter.ask(&foreign).await, (404, "NOT_FOUND"));
    let body = json!({ "document": cpf(3), "rewardId": counter.reward, "code": "000000" });
    let (status, _, told) = till.send(Method::POST, "/redemptions", "n", &body).await;
    is_refused((status, told), (404, "NOT_FOUND"));
    let body = json!({ "document": cpf(1), "rewardId": "reward_x", "code": "000000" });
    let (status, _, told) = till.send(Method::POST, "/redemptions", "r", &body).await;
    is_refused((status, told), (404, "NOT_FOUND"));

    // Five an hour, by whatever name the customer is asked for.
    for name in [
        whose(),
        json!({ "email": ADDRESS }),
        json!({ "externalId": "C-1" }),
        whose(),
        whose(),
    ] {
        assert_eq!(counter.ask(&name).await.0, 200);
    }
    let answer = till
        .send(Method::POST, "/redemptions/codes", "", &json!({ "email": ADDRESS }))
        .await;
    assert_eq!(answer.1["retry-after"], "3600");
    let (status, told) = problem(answer);
    assert_eq!((status, &told["code"]), (429, &json!("TOO_MANY_ATTEMPTS")));
    let input = json!({ "integrationId": till.source, "customer": whose() });
    let told = till.owner.call("requestRedemptionCode", "sentTo", input).await;
    assert_eq!(
        told["userErrors"][0]["code"], "TOO_MANY_ATTEMPTS",
        "another caller does not help"
    );
}

#[tokio::test]
async fn a_caller_gets_so_many_codes_an_hour() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .set("redemption_codes.per_caller_and_hour", "2")
        .start()
        .await;
    let counter = Counter::open(&app).await;
    for status in [404, 404, 429] {
        assert_eq!(counter.ask(&json!({ "customerId": "x" })).await.0, status);
    }
}

/// Whoever may redeem with codes and not see customers learns of nobody whether they are one.
#[tokio::test]
async fn who_may_not_see_customers_learns_nothing() {
    let app = serving().await;
    let mut counter = Counter::open(&app).await;
    let without = sale(&app, 2, "delivered");
    counter.till.post("/sales", "sem", &without).await;
    // Somebody else has asked for the customer's codes already.
    for _ in 0..2 {
        assert_eq!(counter.ask(&whose()).await.0, 200);
    }
    let (owner, store) = (counter.till.owner.clone(), counter.till.store.clone());
    counter.till.token = token(&owner, &store, &["redemptions:with_code"]).await;
    let till = &counter.till;
    let known = whose();
    let others = [
        json!({ "document": cpf(2) }),
        json!({ "document": cpf(3) }),
        json!({ "document": "123" }),
        json!({ "email": "ninguem@exemplo.com.br" }),
        json!({ "externalId": "C-9" }),
        json!({ "customerId": "customer_00000000000000000000000000" }),
    ];
    for round in 1..=6 {
        let expected = if round <= 5 { 200 } else { 429 };
        for body in others.iter().chain([&known]) {
            let (status, _, told) = till.send(Method::POST, "/redemptions/codes", "", body).await;
            assert_eq!(status, expected, "{round} {body}: {told}");
            if status == 200 {
                let fields: Vec<&String> = told.as_object().unwrap().keys().collect();
                assert_eq!(fields, ["expiresAt"], "{told}");
            }
        }
    }
    let wrong = another(&seed::digits(app.app()).await);
    let mut said = HashSet::new();
    for (nth, body) in others.iter().chain([&known]).enumerate() {
        let mut body = body.clone();
        body["rewardId"] = json!(counter.reward);
        body["code"] = json!(wrong);
        let answer = till.send(Method::POST, "/redemptions", &format!("{nth}"), &body).await;
        said.insert(problem(answer).1.to_string());
    }
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(redemption_code::Entity::find().count(&app.app().db).await.unwrap(), 1);
    let mails = entity::email::Entity::find().all(&app.app().db).await.unwrap();
    let codes = mails.iter().filter(|mail| mail.kind == EmailKind::RedemptionCode);
    // Two for whoever asked before, three for this caller: then the customer's hour was full.
    assert_eq!(codes.count(), 5, "nobody is written to more often");

    // The right code opens what it is for, and tells of nobody.
    let code = seed::digits(app.app()).await;
    let (status, told) = counter.redeem(&counter.reward, &code, "certo").await;
    assert_eq!(status, 201, "{told}");
    let fields: HashSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["redemptionId", "state", "points", "coupon"].into());
    let input = json!({ "integrationId": counter.till.source, "customer": whose(), "rewardId": counter.reward,
        "code": "000000", "idempotencyKey": "g" });
    let partner = Actor::with(&app, &counter.till.token);
    let told = partner.call("redeemWithCode", "customer { email }", input).await;
    assert_eq!(
        (&told["userErrors"][0]["code"], &told["customer"]),
        (&json!("INVALID_CODE"), &Value::Null)
    );
}

/// One scope redeems with codes only, the other without; a till that is off does neither.
#[tokio::test]
async fn each_scope_opens_its_own() {
    let app = serving().await;
    let mut counter = Counter::open(&app).await;
    let (owner, store) = (counter.till.owner.clone(), counter.till.store.clone());
    let (_, balance) = counter.till.post("/balances", "", &whose()).await;
    let direct = json!({ "input": { "customerId": balance["customerId"], "rewardId": counter.reward,
        "idempotencyKey": "direto" } });
    let query = Actor::mutation("redeemReward", "redemption { id }");
    let with_code = token(&owner, &store, &["redemptions:with_code", "customers:read"]).await;
    let refused = Actor::with(&app, &with_code).answer(&query, direct).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    counter.till.token = token(&owner, &store, &["redemptions:write", "customers:read"]).await;
    is_refused(counter.ask(&whose()).await, (403, "FORBIDDEN"));
    is_refused(counter.redeem(&counter.reward, "000000", "a").await, (403, "FORBIDDEN"));
    counter.till.token = with_code;
    let code = counter.code().await;
    owner
        .must("deactivateIntegration", "", json!({ "id": counter.till.source }))
        .await;
    is_refused(counter.ask(&whose()).await, (409, "INTEGRATION_INACTIVE"));
    is_refused(
        counter.redeem(&counter.reward, &code, "b").await,
        (409, "INTEGRATION_INACTIVE"),
    );
    owner.activate(&counter.till.source).await;
    assert_eq!(counter.redeem(&counter.reward, &code, "c").await.0, 201);
}

/// Codes are worked out: no row of the database has one.
#[tokio::test]
async fn no_row_holds_a_code() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    let code = counter.code().await;
    let db = &app.app().db;
    let rows = format!(
        "{:?} {:?} {:?} {:?}",
        redemption_code::Entity::find().all(db).await.unwrap(),
        entity::email::Entity::find().all(db).await.unwrap(),
        entity::store_job::Entity::find().all(db).await.unwrap(),
        entity::audit_entry::Entity::find().all(db).await.unwrap(),
    );
    // Digits within times and hashes are no code: it would stand alone.
    let words = rows.split(|letter: char| !letter.is_alphanumeric());
    assert!(
        rows.contains("RedemptionCode") && !words.into_iter().any(|word| word == code),
        "{rows}"
    );
}

/// A letter that waited while another code was asked for is not sent: it would tell a code that opens nothing.
#[tokio::test]
async fn only_the_newest_code_is_sent() {
    let app = serving().await;
    let counter = Counter::open(&app).await;
    counter.code().await;
    let newest = counter.code().await;
    app.work();
    let states = eventually("both e-mails", Duration::from_mins(1), async || {
        let all = entity::email::Entity::find().all(&app.app().db).await.unwrap();
        let codes = all.into_iter().filter(|mail| mail.kind == EmailKind::RedemptionCode);
        let mut states: Vec<_> = codes.map(|mail| (mail.created_at, mail.state)).collect();
        states.sort_by_key(|(at, _)| *at);
        let is_done = states.iter().all(|(_, state)| *state != EmailState::Queued);
        is_done.then(|| states.into_iter().map(|(_, state)| state).collect::<Vec<_>>())
    })
    .await;
    assert_eq!(states, [EmailState::Skipped, EmailState::Sent]);
    let all = mailbox::read(&app.folder.path().join("mail"));
    let codes: Vec<&str> = all
        .iter()
        .filter_map(|mail| mail.text.split_once(LABEL))
        .map(|(_, rest)| rest)
        .collect();
    assert!(codes.len() == 1 && codes[0].starts_with(&newest), "{codes:?}");
}
