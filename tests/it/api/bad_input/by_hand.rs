//! Points by hand, and redemptions that somebody wants back.

use fidelidade::run::Halves;
use fidelidade::service::redemption;
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;

fn adjust(what: &'static str, changes: Value, said: &[Said]) -> Row {
    let mut input = json!({ "customerId": "$customer", "points": 10, "reason": "cortesia", "idempotencyKey": what });
    if let (Value::Object(input), Value::Object(changes)) = (&mut input, changes) {
        input.extend(changes);
    }
    row(what, "adjustPoints", input, said)
}

fn reverse(what: &'static str, adjustment: &str, reason: &str, said: Said) -> Row {
    let input = json!({ "adjustmentId": adjustment, "reason": reason, "idempotencyKey": what });
    row(what, "reverseAdjustment", input, &[said])
}

fn reinstate(what: &'static str, lot: &str, reason: &str, said: Said) -> Row {
    let input = json!({ "lotId": lot, "reason": reason, "idempotencyKey": what });
    row(what, "reinstatePoints", input, &[said])
}

fn cancel(what: &'static str, redemption: &str, reason: &str, said: Said) -> Row {
    let input = json!({ "redemptionId": redemption, "reason": reason, "idempotencyKey": what });
    row(what, "cancelRedemption", input, &[said])
}

fn merge(what: &'static str, from: &str, into: &str, said: Said) -> Row {
    let input = json!({ "fromCustomerId": from, "intoCustomerId": into, "reason": "a mesma", "idempotencyKey": what });
    row(what, "mergeCustomers", input, &[said])
}

pub(super) fn rows() -> Vec<Row> {
    let invalid = |path, message| ("INVALID", path, message);
    let no_reason = invalid("reason", "say why, in 1 to 500 characters");
    vec![
        adjust("no reason", json!({ "reason": " " }), &[no_reason]),
        adjust("a long reason", json!({ "reason": "x".repeat(501) }), &[no_reason]),
        adjust(
            "no points",
            json!({ "points": 0 }),
            &[invalid("points", "must not be 0")],
        ),
        adjust(
            "far too many points",
            json!({ "points": 1_000_000_001 }),
            &[invalid("points", "at most 1000000000")],
        ),
        adjust(
            "a bonus that takes",
            json!({ "points": -1, "kind": "BONUS" }),
            &[invalid("points", "a bonus gives points")],
        ),
        adjust(
            "taken points that expire",
            json!({ "points": -1, "expiresAt": "2999-01-01T00:00:00Z" }),
            &[invalid("expiresAt", "leave it out")],
        ),
        adjust(
            "expired when given",
            json!({ "expiresAt": "2020-01-01T00:00:00Z" }),
            &[invalid("expiresAt", "in the future")],
        ),
        adjust(
            "all wrong",
            json!({ "points": 0, "reason": "", "expiresAt": "2020-01-01T00:00:00Z" }),
            &[no_reason, invalid("points", "not be 0"), invalid("expiresAt", "future")],
        ),
        adjust(
            "more than there is",
            json!({ "points": -1_000_000 }),
            &[("INSUFFICIENT_POINTS", "", "1000000 points were to be taken")],
        ),
        adjust(
            "somebody else's customer",
            json!({ "customerId": "$foreign_customer" }),
            &[("NOT_FOUND", "customerId", "no such customer")],
        ),
        adjust(
            "nobody",
            json!({ "customerId": "nobody" }),
            &[("NOT_FOUND", "customerId", "no such customer")],
        ),
        reverse("no reason to undo", "$adjustment", "", no_reason),
        reverse(
            "undone before",
            "$reversed",
            "de novo",
            ("ALREADY_REVERSED", "adjustmentId", "reversed once"),
        ),
        reverse(
            "an undoing",
            "$reversal",
            "ao contrário",
            invalid("adjustmentId", "make a new adjustment"),
        ),
        reverse(
            "somebody else's adjustment",
            "$foreign_adjustment",
            "engano",
            ("NOT_FOUND", "adjustmentId", "no such adjustment"),
        ),
        reverse(
            "no adjustment",
            "$customer",
            "engano",
            ("NOT_FOUND", "adjustmentId", "no such adjustment"),
        ),
        reinstate("no reason to give again", "$lot", "", no_reason),
        reinstate(
            "nothing ran out",
            "$lot",
            "cortesia",
            ("NOTHING_EXPIRED", "lotId", "no points of this lot ran out"),
        ),
        reinstate(
            "somebody else's lot",
            "$foreign_lot",
            "cortesia",
            ("NOT_FOUND", "lotId", "no such lot"),
        ),
        reinstate(
            "no lot",
            "$adjustment",
            "cortesia",
            ("NOT_FOUND", "lotId", "no such lot"),
        ),
        cancel(
            "a coupon that was used",
            "$redemption",
            "",
            ("COUPON_USED", "redemptionId", "its points stay spent"),
        ),
        cancel(
            "a redemption that failed",
            "$failed",
            "",
            ("REDEMPTION_FAILED", "redemptionId", "its points are back already"),
        ),
        cancel(
            "a long reason to cancel",
            "$failed",
            &"x".repeat(501),
            invalid("reason", "at most 500 characters"),
        ),
        cancel(
            "somebody else's redemption",
            "$foreign_redemption",
            "",
            ("NOT_FOUND", "redemptionId", "no such redemption"),
        ),
        merge(
            "with a redemption under way",
            "$customer",
            "$third",
            ("REDEMPTION_UNDER_WAY", "fromCustomerId", "try again when it has ended"),
        ),
        merge(
            "a customer with itself",
            "$customer",
            "$customer",
            invalid("intoCustomerId", "with itself"),
        ),
        merge(
            "into somebody else's customer",
            "$customer",
            "$foreign_customer",
            ("NOT_FOUND", "intoCustomerId", "no such customer"),
        ),
        merge(
            "into nobody",
            "$customer",
            "nobody",
            ("NOT_FOUND", "intoCustomerId", "no such customer"),
        ),
        merge(
            "nobody",
            "nobody",
            "$customer",
            ("NOT_FOUND", "fromCustomerId", "no such customer"),
        ),
        merge(
            "one who was merged",
            "$one",
            "$customer",
            ("ALREADY_MERGED", "fromCustomerId", "separate them first"),
        ),
        merge(
            "into one who was merged",
            "$customer",
            "$one",
            ("ALREADY_MERGED", "intoCustomerId", "separate them first"),
        ),
        merge(
            "one into whom another was merged",
            "$two",
            "$customer",
            ("ALREADY_MERGED", "fromCustomerId", "separate them first"),
        ),
        row(
            "merged for no reason",
            "mergeCustomers",
            json!({ "fromCustomerId": "$customer", "intoCustomerId": "$two", "reason": "", "idempotencyKey": "why" }),
            &[no_reason],
        ),
        row(
            "not merged",
            "unmergeCustomers",
            json!({ "customerId": "$customer", "reason": "engano", "idempotencyKey": "not merged" }),
            &[("NOT_MERGED", "customerId", "was not merged")],
        ),
        cancel(
            "no redemption",
            "$lot",
            "",
            ("NOT_FOUND", "redemptionId", "no such redemption"),
        ),
    ]
}

#[tokio::test]
async fn wrong_changes_by_hand() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::fill(app.app(), &other.create_store("Outra").await, 1).await;
    let own = seed::fill(app.app(), &merchant.create_store("Loja").await, 1).await;
    let fields = "adjustment { id } customer { balance { available } }";
    let input = json!({ "customerId": own.customer, "points": 1, "reason": "engano", "idempotencyKey": "um" });
    let made = merchant.must("adjustPoints", fields, input).await;
    let reversed = made["adjustment"]["id"].clone();
    let input = json!({ "adjustmentId": reversed, "reason": "engano", "idempotencyKey": "menos um" });
    let undone = merchant.must("reverseAdjustment", fields, input).await;
    let input = json!({ "customerId": own.customer, "rewardId": own.reward, "idempotencyKey": "resgate" });
    let failed = merchant.must("redeemReward", "redemption { id }", input).await["redemption"]["id"].take();
    let id = failed.as_str().unwrap().parse().unwrap();
    let attempt = redemption::begin_attempt(app.app(), id).await.unwrap().unwrap();
    redemption::fail(app.app(), &attempt, "SHOP_REFUSED", "limite")
        .await
        .unwrap();
    let shop = seed::integration_of(app.app(), own.integration).await;
    seed::import_sales(app.app(), &shop, seed::sales(app.app(), 5..8, 1)).await;
    let newest = seed::customers(app.app(), shop.store_id).await.split_off(1);
    let ids: Vec<String> = newest.iter().map(|row| row.id.to_string()).collect();
    let input =
        json!({ "fromCustomerId": ids[0], "intoCustomerId": ids[1], "reason": "a mesma", "idempotencyKey": "juntar" });
    merchant.must("mergeCustomers", "customer { id }", input).await;
    let names = Names::default()
        .is("$one", ids[0].as_str())
        .is("$two", ids[1].as_str())
        .is("$third", ids[2].as_str())
        .is("$failed", failed)
        .is("$redemption", own.redemption.to_string())
        .is("$foreign_redemption", foreign.redemption.to_string())
        .is("$customer", own.customer.to_string())
        .is("$adjustment", own.adjustment.to_string())
        .is("$lot", own.lot.to_string())
        .is("$reversed", reversed)
        .is("$reversal", undone["adjustment"]["id"].clone())
        .is("$foreign_customer", foreign.customer.to_string())
        .is("$foreign_adjustment", foreign.adjustment.to_string())
        .is("$foreign_lot", foreign.lot.to_string());
    check(&merchant, &names, rows()).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Customer { balance { available } } } }";
    let told = merchant.ask(query, json!({ "id": own.customer })).await;
    assert_eq!(
        told["node"]["balance"], undone["customer"]["balance"],
        "refused changes change nothing"
    );
}
