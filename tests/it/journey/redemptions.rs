//! Customers redeem while the shop loses answers, and once while it refuses.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::merchant::{PATIENCE, number, text};
use crate::support::stage::Stage;

/// How many redemptions the shop refuses.
pub(super) const FAILURES: usize = 1;

/// Why it refuses.
const REASON: &str = "limite do plano atingido";

/// A coupon that a customer has, and who.
pub(super) struct Won {
    code: String,
    customer: String,
}

/// Three customers redeem, each by two requests that arrive together, as from a double click; a fourth
/// is refused by the shop.
pub(super) async fn all(stage: &Stage) -> Vec<Won> {
    let merchant = &stage.merchant;
    let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00", "minimumOrder": "50.00" });
    let amount = merchant
        .create_reward(&stage.store, "R$ 10 de desconto", 30, takes_off)
        .await;
    let takes_off = json!({ "kind": "PERCENT_OFF", "percent": "12.5" });
    let percent = merchant
        .create_reward(&stage.store, "12,5% de desconto", 25, takes_off)
        .await;

    let customers = richest(stage).await;
    let prices = [(&amount, 30), (&percent, 25), (&amount, 30)];
    let redeemed = customers
        .iter()
        .zip(prices)
        .map(|(customer, (reward, price))| redeem_twice(stage, customer, reward, price));
    let won = join_all(redeemed).await;
    refused(stage, &customers[3], &amount).await;
    won
}

/// Customers with an e-mail address, those with the most points first.
async fn richest(stage: &Stage) -> Vec<Value> {
    let mut customers = stage.merchant.customers(&stage.store).await;
    customers.retain(|customer| customer["email"].is_string());
    customers.sort_by_key(|customer| std::cmp::Reverse(number(&customer["balance"]["available"])));
    assert!(
        number(&customers[3]["balance"]["available"]) >= 30,
        "the world is too poor: {customers:#?}"
    );
    customers
}

async fn redeem_twice(stage: &Stage, customer: &Value, reward: &str, price: i64) -> Won {
    let merchant = &stage.merchant;
    let id = text(&customer["id"]);
    let key = format!("resgate de {id}");
    let (once, again) = tokio::join!(merchant.redeem(&id, reward, &key), merchant.redeem(&id, reward, &key));
    assert_eq!(once, again, "one intent is one redemption");
    let redemption = merchant.redemption(&once).await;
    assert_eq!(redemption["state"], "COMPLETED", "{redemption:#}");
    assert_eq!(redemption["coupon"]["state"], "ACTIVE");
    let code = text(&redemption["coupon"]["code"]);
    let (posts, created) = stage.sandbox.coupon_count(stage.shop.kind, &code).await;
    assert_eq!(created, 1, "coupon {code} was asked for {posts} times");
    assert_eq!(
        available(stage, &id).await,
        number(&customer["balance"]["available"]) - price
    );
    Won { code, customer: id }
}

/// The shop refuses for good: the points come back, with the reason.
async fn refused(stage: &Stage, customer: &Value, reward: &str) {
    let merchant = &stage.merchant;
    let id = text(&customer["id"]);
    stage.sandbox.faults(json!({ "refuse_coupons": REASON })).await;
    let redemption = merchant.redeem(&id, reward, "recusado").await;
    let redemption = merchant.redemption(&redemption).await;
    stage.sandbox.faults(json!({ "refuse_coupons": null })).await;
    assert_eq!(
        (&redemption["state"], &redemption["failureCode"]),
        (&json!("FAILED"), &json!("SHOP_REFUSED"))
    );
    assert!(text(&redemption["failureMessage"]).contains(REASON), "{redemption:#}");
    assert_eq!(redemption["coupon"]["state"], "FAILED");
    let code = text(&redemption["coupon"]["code"]);
    assert_eq!(
        stage.sandbox.coupon_count(stage.shop.kind, &code).await.1,
        0,
        "the coupon exists all the same"
    );
    assert_eq!(available(stage, &id).await, number(&customer["balance"]["available"]));
}

async fn available(stage: &Stage, customer: &str) -> i64 {
    let query = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available } } } }";
    number(&stage.merchant.ask(query, json!({ "id": customer })).await["node"]["balance"]["available"])
}

/// The customer uses a coupon at the shop's checkout; gives the order's number.
pub(super) async fn use_one(stage: &Stage, won: &Won) -> String {
    let truth = stage.sandbox.truth(stage.shop.kind).await;
    let orders = stage.merchant.orders(&stage.store).await;
    let bought = orders
        .iter()
        .find(|order| order["customer"]["id"] == won.customer)
        .unwrap();
    let person = truth.order(&text(&bought["number"])).person.external_id;
    let basket = json!({
        "coupon_code": won.code, "customer": person, "products_cents": 20_000, "shipping_cents": 1_990,
        "status": stage.shop.paid,
    });
    stage.sandbox.checkout(stage.shop.kind, &basket).await.unwrap().number
}

/// The program knows that the coupon was used, and by which sale.
pub(super) async fn is_used(stage: &Stage, won: &Won, number: &str) {
    let coupon = eventually("the use of a coupon", PATIENCE, async || {
        let coupons = stage.merchant.coupons(&stage.store).await;
        coupons
            .into_iter()
            .find(|coupon| text(&coupon["code"]) == won.code && coupon["state"] != "ACTIVE")
    });
    let coupon = coupon.await;
    assert_eq!(
        (&coupon["state"], &coupon["usedByOrder"]["number"]),
        (&json!("USED"), &json!(number))
    );
}
