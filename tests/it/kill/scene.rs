//! One scene: a shop is connected and imported, two customers redeem, one of them thinks better of it, and
//! the process dies once on the way, or twice, or never.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::gate::Moment;
use crate::support::mailbox::{self, Mail};
use crate::support::merchant::{PATIENCE, number, text};
use crate::support::process::block;
use crate::support::shop::{Shop, Step};
use crate::support::stage::Stage;

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    Never,
    /// At the nth request of a kind that the import makes.
    Import(Step, usize, Moment),
    /// At the third single order, and again at the first after that.
    Twice,
    /// After the import, while its e-mails could not be written yet.
    BeforeMails,
    /// As soon as a redemption is answered.
    AfterRedeem,
    /// While the first coupon is created.
    Coupon(Moment),
    /// As soon as a cancellation is answered.
    AfterCancel,
    /// While the second coupon is ended.
    Ending(Moment),
    /// When the coupon is dead, and the sales that could have used it are about to be read.
    Sales,
}

/// What is the same in the end whatever happened on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    orders: Vec<(String, String, String, i64)>,
    balances: Vec<(String, String)>,
    redemptions: Vec<(String, i64)>,
    /// Recipient and cause.
    mails: Vec<(String, String)>,
}

/// Sales that give an e-mail each, and redemptions that do.
const SALES: usize = 2;
const REDEMPTIONS: usize = 2;
/// All customers are old enough to be imported, and all orders but one young enough.
const DAYS_BACK: i64 = 365;

/// Plays a scene; gives its end and how many pages of orders the import read.
pub(super) async fn play(shop: &'static Shop, blow: Blow) -> (End, usize) {
    let mut stage = Stage::open(shop, json!({ "rate_limit": "off" }), &[], DAYS_BACK).await;
    // Connecting read some too.
    let before = stage.gate.count(Step::Orders);
    if blow == Blow::BeforeMails {
        block(&stage.mail_folder());
    }
    import(&mut stage, blow).await;
    let pages = stage.gate.count(Step::Orders) - before;
    if blow == Blow::BeforeMails {
        assert!(stage.mail_folder().is_file());
        stage.process.kill();
        std::fs::remove_file(stage.mail_folder()).unwrap();
        stage.start_again().await;
    }
    let redemptions = redeem(&mut stage, blow).await;
    (end(&stage, redemptions).await, pages)
}

/// The import that begins with the activation. Two sales are made before it has read any.
async fn import(stage: &mut Stage, blow: Blow) {
    let begun = stage.begin_import(Step::Customers).await;
    for nth in 0..SALES {
        stage.order(nth, stage.shop.paid, 12_345, json!({})).await;
    }
    match blow {
        Blow::Import(Step::Customers, 1, Moment::Before) => {
            stage.process.kill();
            drop(begun);
            stage.start_again().await;
        }
        Blow::Import(step, nth, moment) => {
            let caught = stage.gate.trap(step, nth, moment);
            begun.let_go();
            let was_held = stage.kill_in_import(caught).await;
            // How many pages there are depends on how long an import takes: the last one may not be asked for.
            assert!(was_held || moment == Moment::Answered, "{blow:?} never came");
            stage.start_again().await;
        }
        Blow::Twice => {
            let caught = stage.gate.trap(Step::Order, 3, Moment::Before);
            begun.let_go();
            stage.kill(caught).await;
            let caught = stage.gate.trap(Step::Order, 1, Moment::Applied);
            stage.start_again().await;
            stage.kill(caught).await;
            stage.start_again().await;
        }
        _ => begun.let_go(),
    }
    stage
        .merchant
        .run_that(&stage.store, "the import", |run| run["trigger"] == "ACTIVATION")
        .await;
    assert_eq!(stage.merchant.rejects(&stage.store).await, Vec::<Value>::new());
}

/// The two customers with the most points redeem.
async fn redeem(stage: &mut Stage, blow: Blow) -> Vec<Value> {
    let takes_off = json!({ "kind": "AMOUNT_OFF", "amount": "10.00" });
    let reward = stage
        .merchant
        .create_reward(&stage.store, "R$ 10 de desconto", 50, takes_off)
        .await;
    let mut customers = stage.merchant.customers(&stage.store).await;
    customers.retain(|customer| customer["email"].is_string());
    let points = |customer: &Value| number(&customer["balance"]["available"]);
    customers.sort_by_key(|customer| std::cmp::Reverse((points(customer), text(&customer["email"]))));
    let (first, second) = (text(&customers[0]["id"]), text(&customers[1]["id"]));
    let caught = match blow {
        Blow::Coupon(moment) => Some(stage.gate.trap(Step::CouponCreation, 1, moment)),
        _ => None,
    };
    let one = stage.merchant.redeem(&first, &reward, "o primeiro").await;
    if let Some(caught) = caught {
        stage.kill(caught).await;
        stage.start_again().await;
    }
    if blow == Blow::AfterRedeem {
        stage.process.kill();
        stage.start_again().await;
    }
    // A client that did not hear the answer asks again: it is the same redemption.
    assert_eq!(stage.merchant.redeem(&first, &reward, "o primeiro").await, one);
    let other = stage.merchant.redeem(&second, &reward, "o segundo").await;
    let one = stage.merchant.redemption(&one).await;
    stage.merchant.redemption(&other).await;
    vec![one, cancel(stage, &other, blow).await]
}

/// The second customer does not want the coupon.
async fn cancel(stage: &mut Stage, redemption: &str, blow: Blow) -> Value {
    let caught = match blow {
        Blow::Ending(moment) => Some(stage.gate.trap(Step::CouponChange, 1, moment)),
        Blow::Sales => Some(stage.gate.trap(Step::Orders, 1, Moment::Before)),
        _ => None,
    };
    stage.merchant.cancel(redemption, "desistiu").await;
    if let Some(caught) = caught {
        stage.kill(caught).await;
        stage.start_again().await;
    }
    if blow == Blow::AfterCancel {
        stage.process.kill();
        stage.start_again().await;
    }
    // A client that did not hear the answer asks again.
    stage.merchant.cancel(redemption, "desistiu").await;
    eventually("the end of a cancellation", PATIENCE, async || {
        let told = stage.merchant.redemption(redemption).await;
        (told["state"] == "CANCELLED").then_some(told)
    })
    .await
}

/// The shop does not take the coupon of a redemption that was cancelled.
async fn is_dead(stage: &Stage, redemption: &Value) {
    let orders = stage.merchant.orders(&stage.store).await;
    let own = |order: &&Value| order["customer"]["id"] == redemption["customer"]["id"];
    let number = text(&orders.iter().find(own).unwrap()["number"]);
    let truth = stage.sandbox.truth(stage.shop.kind).await;
    let basket = json!({
        "coupon_code": redemption["coupon"]["code"], "products_cents": 20_000,
        "customer": truth.order(&number).person.external_id,
    });
    let bought = stage.sandbox.checkout(stage.shop.kind, &basket).await;
    assert!(bought.is_err(), "both points and coupon: {redemption:#}");
}

/// Waits until all e-mails are there, checks that program and shop agree, and tells how it ended.
async fn end(stage: &Stage, redemptions: Vec<Value>) -> End {
    let folder = stage.mail_folder();
    let all = async || (mailbox::read(&folder).len() >= SALES + REDEMPTIONS).then_some(());
    eventually("the last e-mail", PATIENCE, all).await;
    // One too many would be there by now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mails = mailbox::read(&folder);
    let truth = stage.sandbox.truth(stage.shop.kind).await;
    stage.compare().await;
    stage
        .known
        .compare_mails((&stage.merchant, &stage.store), &truth, &mails, 0)
        .await;
    stage.behaved_well().await;
    for redemption in &redemptions {
        let code = text(&redemption["coupon"]["code"]);
        let (posts, created) = stage.sandbox.coupon_count(stage.shop.kind, &code).await;
        assert_eq!(created, 1, "coupon {code} was asked for {posts} times");
    }
    is_dead(stage, &redemptions[1]).await;
    let sorted = |mut pairs: Vec<(String, String)>| {
        pairs.sort();
        pairs
    };
    let customers = stage.merchant.customers(&stage.store).await;
    let mut orders: Vec<_> = stage.merchant.orders(&stage.store).await.iter().map(facts).collect();
    orders.sort();
    End {
        orders,
        balances: sorted(
            customers
                .iter()
                .map(|one| (one["name"].to_string(), one["balance"].to_string()))
                .collect(),
        ),
        redemptions: redemptions
            .iter()
            .map(|one| (text(&one["state"]), number(&one["points"])))
            .collect(),
        mails: sorted(mails.iter().map(subject).collect()),
    }
}

fn facts(order: &Value) -> (String, String, String, i64) {
    let total = text(&order["total"]["amount"]);
    (
        text(&order["number"]),
        text(&order["statusCode"]),
        total,
        number(&order["points"]),
    )
}

/// Who is written to about what. Codes of coupons are drawn anew in each scene.
fn subject(mail: &Mail) -> (String, String) {
    (mail.to.clone(), mail.order_number().unwrap_or("a coupon").to_owned())
}
