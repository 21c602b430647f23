//! The whole way of a merchant and his customers, through HTTP only, in a shop where nearly everything
//! goes wrong now and then: errors, broken answers, lost answers, limits, rows that move between pages.
//!
//! At the end the program must agree with the shop's truth to the cent and the point.

mod bis2bis;
mod bling;
mod categories;
mod details;
mod hook_proofs;
mod hooks;
mod jet;
mod redemptions;
mod tiny;
mod tiny_v3;
mod two_tinys;
mod unlisted;
mod without_coupons;

use std::time::Duration;

use chrono::{DateTime, Utc};
use fidelidade::clock::Clock;
use serde_json::{Value, json};

use crate::support::agreement::instant;
use crate::support::app::eventually;
use crate::support::mailbox;
use crate::support::merchant::{PATIENCE, number, text};
use crate::support::shop::{self, Shop, Step};
use crate::support::stage::Stage;

#[tokio::test]
async fn magazord() {
    journey(&shop::MAGAZORD).await;
}

#[tokio::test]
async fn loja_integrada() {
    journey(&shop::LOJA_INTEGRADA).await;
}

/// Days that the first import goes back: some orders are older.
const DAYS_BACK: i64 = 40;

/// The program imports every minute and asks the shop a little faster than the shop bears.
const SETTINGS: [(&str, &str); 5] = [
    ("import.every_minutes", "1"),
    ("platforms.magazord.per_minute", "420"),
    ("platforms.magazord.burst", "1"),
    ("platforms.loja_integrada.per_minute", "600"),
    ("platforms.loja_integrada.burst", "20"),
];

/// Numbers of orders that customers place while the first import is under way.
struct Placed {
    disputed: String,
    cancelled: String,
    paid_later: String,
    never_paid: String,
}

async fn journey(shop: &'static Shop) {
    let trouble = json!({
        "error_rate_percent": 10, "malformed_percent": 4, "order_detail_error_percent": 10,
        "lose_coupon_answers": { "every": 2 }, "rows_move": true,
    });
    let mut stage = Stage::open(shop, trouble, &SETTINGS, DAYS_BACK).await;
    let placed = first_import(&mut stage).await;
    let coupons = redemptions::all(&stage).await;
    let used_by = redemptions::use_one(&stage, &coupons[0]).await;
    meet_the_limit(&stage).await;
    let moved = move_orders(&mut stage, &placed).await;
    scheduled_import(&stage, moved).await;
    redemptions::is_used(&stage, &coupons[0], &used_by).await;
    // Rows move on with every page that these read.
    for _ in 0..2 {
        stage.merchant.import(&stage.store).await;
    }
    calm_down(&stage).await;
    off_and_on_again(&stage).await;
    stage.behaved_well().await;
}

/// The import that begins with the activation, which meets orders placed since.
async fn first_import(stage: &mut Stage) -> Placed {
    let input = json!({ "id": stage.store.integration });
    let refused = stage
        .merchant
        .call("activateIntegration", "integration { id }", input)
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "CONFIRMATION_REQUIRED");
    let begun = stage.begin_import(Step::Orders).await;
    let placed = place_orders(stage).await;
    begun.let_go();
    stage
        .merchant
        .run_that(&stage.store, "the first import", |run| run["trigger"] == "ACTIVATION")
        .await;
    placed
}

async fn place_orders(stage: &Stage) -> Placed {
    let (paid, unpaid) = (stage.shop.paid, stage.shop.unpaid);
    stage.order(0, paid, 15_000, json!({})).await;
    let more = json!({ "discount_cents": 1_000, "shipping_cents": 1_990 });
    stage.order(1, stage.shop.delivered, 25_050, more).await;
    stage.order(2, paid, 30_000, json!({ "channel": "marketplace" })).await;
    // Not a whole point.
    stage.order(3, paid, 99, json!({ "shipping_cents": 1_990 })).await;
    Placed {
        disputed: stage.order(4, paid, 12_000, json!({})).await.number,
        cancelled: stage.order(5, paid, 9_990, json!({})).await.number,
        paid_later: stage.order(6, unpaid, 8_000, json!({})).await.number,
        never_paid: stage.order(7, unpaid, 7_000, json!({})).await.number,
    }
}

/// Asks for something small until the shop has refused a request for its limit, as the import may have
/// met already. What comes next has to wait like everybody.
async fn meet_the_limit(stage: &Stage) {
    for _ in 0..150 {
        if stage.sandbox.stats(stage.shop.kind).await["too_many"] != 0 {
            return;
        }
        let input = json!({ "id": stage.store.integration });
        stage
            .merchant
            .call("refreshOrderStatuses", "integration { id }", input)
            .await;
    }
    panic!("the platform's limit cannot be met");
}

/// What becomes of the orders. Those that give points are known to do so, and those that lose them again
/// were seen: the program remembers what the truth shows no more.
async fn move_orders(stage: &mut Stage, placed: &Placed) -> DateTime<Utc> {
    let seen = [placed.disputed.clone(), placed.cancelled.clone()];
    // An order whose detail could not be had waits for the next import: then that has to see it first.
    for _ in 0..5 {
        let orders = stage.merchant.orders(&stage.store).await;
        let has_points = |wanted: &String| {
            orders
                .iter()
                .any(|order| order["number"] == **wanted && number(&order["points"]) > 0)
        };
        if seen.iter().all(has_points) {
            break;
        }
        stage.merchant.import(&stage.store).await;
    }
    let moves = [
        (&placed.disputed, stage.shop.disputed),
        (&placed.cancelled, stage.shop.cancelled),
        (&placed.paid_later, stage.shop.paid),
        (&placed.never_paid, stage.shop.cancelled),
    ];
    for (number, status) in moves {
        stage.sandbox.set_status(stage.shop.kind, number, status).await;
    }
    stage.known.seen_awarding.extend(seen);
    Clock::System.now()
}

/// Nobody starts the next import: it is due a minute after the last.
async fn scheduled_import(stage: &Stage, after: DateTime<Utc>) {
    let is_meant = |run: &Value| run["trigger"] == "SCHEDULE" && instant(&run["createdAt"]) > after;
    stage
        .merchant
        .run_that(&stage.store, "an import by the schedule", is_meant)
        .await;
}

/// The shop is well again: one more import, and everything agrees; another one finds nothing to do.
async fn calm_down(stage: &Stage) {
    let well = json!({
        "error_rate_percent": 0, "malformed_percent": 0, "order_detail_error_percent": 0,
        "lose_coupon_answers": "none", "rows_move": false,
    });
    stage.sandbox.faults(well).await;
    stage.merchant.import(&stage.store).await;
    stage.compare().await;
    mails_agree(stage, redemptions::FAILURES).await;

    let run = stage.merchant.import(&stage.store).await;
    assert_eq!((number(&run["created"]), number(&run["updated"])), (0, 0), "{run:#}");
    for run in stage.merchant.runs(&stage.store).await {
        assert_eq!(run["state"], "SUCCEEDED", "{run:#}");
    }
    assert_eq!(stage.merchant.rejects(&stage.store).await, Vec::<Value>::new());
    stage.compare().await;
}

/// Switched off, nothing is imported and nobody written to; switched on again, the sales made meanwhile
/// count, silently.
async fn off_and_on_again(stage: &Stage) {
    let before = mailbox::read(&stage.mail_folder());
    let input = json!({ "id": stage.store.integration });
    stage
        .merchant
        .must("deactivateIntegration", "integration { active }", input)
        .await;
    let order = stage.order(0, stage.shop.paid, 5_000, json!({})).await;
    let input = json!({ "integrationId": stage.store.integration });
    let refused = stage.merchant.call("startImport", "importRun { id }", input).await;
    assert_eq!(refused["userErrors"][0]["code"], "INTEGRATION_INACTIVE");

    // The sale is older than the second activation by a whole second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    stage.merchant.activate(&stage.store).await;
    eventually("the points of the sale made meanwhile", PATIENCE, async || {
        let orders = stage.merchant.orders(&stage.store).await;
        orders
            .into_iter()
            .find(|found| text(&found["number"]) == order.number && number(&found["points"]) == 50)
    })
    .await;
    stage.compare().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        mailbox::read(&stage.mail_folder()),
        before,
        "e-mails since it was switched off"
    );
}

/// Waits until no more e-mails come, and compares them with what should have caused them.
async fn mails_agree(stage: &Stage, failures: usize) {
    let mut count = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mails = mailbox::read(&stage.mail_folder());
        if mails.len() == count {
            let truth = stage.sandbox.truth(stage.shop.kind).await;
            return stage
                .known
                .compare_mails((&stage.merchant, &stage.store), &truth, &mails, failures)
                .await;
        }
        count = mails.len();
    }
}
