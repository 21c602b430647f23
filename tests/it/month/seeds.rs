//! What is changed in the shop so that no import sees it, and what a reconciliation has to find.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fidelidade::platform::Kind;
use serde_json::{Value, json};

use super::found;
use super::life::{Life, Won};

/// A difference's kind, subject and repair.
pub(super) type Found = (String, String, String);

/// Changes orders and coupons behind the books' back; gives all that differs then, and the one of these that people have
/// to see to.
pub(super) async fn sow(life: &Life, undone: &Won) -> (BTreeSet<Found>, Found) {
    let mut expected = orders(life).await;
    expected.extend(coupons(life, undone).await);
    let unknown = unknown(life).await;
    expected.insert(unknown.clone());
    (expected, unknown)
}

/// Old orders: what was moved lately an import looks at again. They stand, and nobody has touched them.
async fn orders(life: &Life) -> BTreeSet<Found> {
    let (sandbox, kind) = (&life.app.sandbox, life.shop.kind);
    let [removed, dearer, undone] = [1, 6, 11].map(|day: usize| life.orders[day].number.as_str());
    sandbox.delete_order(kind, removed).await;
    sandbox
        .edit_order(kind, dearer, &json!({ "products_cents": 45_000 }))
        .await;
    sandbox
        .edit_order(kind, undone, &json!({ "status": life.shop.cancelled }))
        .await;
    BTreeSet::from([
        found("ORDER_NOT_IN_SHOP", removed, "REVOKE_ORDER"),
        found("ORDER_VALUE", dearer, "IMPORT_ORDER"),
        found("ORDER_UNDONE", undone, "IMPORT_ORDER"),
    ])
}

async fn coupons(life: &Life, undone: &Won) -> BTreeSet<Found> {
    let (sandbox, kind) = (&life.app.sandbox, life.shop.kind);
    let [dearer, longer, off, gone, used] = [0, 1, 2, 3, 4].map(|place: usize| &life.coupons[place]);
    sandbox
        .edit_coupon(kind, &dearer.code, &json!({ "amount_cents": 2_500 }))
        .await;
    let later = sandbox.truth(kind).await.now + TimeDelta::days(700);
    sandbox
        .edit_coupon(kind, &longer.code, &json!({ "valid_until": later }))
        .await;
    sandbox.edit_coupon(kind, &off.code, &json!({ "active": false })).await;
    sandbox.delete_coupon(kind, &gone.code).await;
    // Somebody makes usable again what a cancelled redemption has ended.
    let again = json!({ "active": true, "valid_until": later });
    sandbox.edit_coupon(kind, &undone.code, &again).await;
    // A sale that never was in a list of changes.
    let sale = sandbox.checkout(kind, &life.basket(used)).await.unwrap();
    let long_ago = sale.placed_at - TimeDelta::days(12);
    sandbox
        .edit_order(kind, &sale.number, &json!({ "placed_at": long_ago }))
        .await;
    let mut expected = BTreeSet::from([
        found("COUPON_CHANGED", &dearer.code, "ACCEPT_TERMS"),
        found("COUPON_CHANGED", &longer.code, "ACCEPT_TERMS"),
        found("COUPON_ENDED", &off.code, "CANCEL_REDEMPTION"),
        found("COUPON_NOT_IN_SHOP", &gone.code, "CANCEL_REDEMPTION"),
        found("COUPON_USABLE", &undone.code, "DISABLE_COUPON"),
        found("ORDER_NOT_HERE", &sale.number, "IMPORT_ORDER"),
    ]);
    // Magazord does not count uses.
    if kind == Kind::LojaIntegrada {
        expected.insert(found("COUPON_USED", &used.code, "MARK_COUPON_USED"));
    }
    expected
}

/// Somebody gives a coupon of the shop's own a code like ours.
async fn unknown(life: &Life) -> Found {
    const CODE: &str = "FIELNATAL26";
    let (sandbox, kind) = (&life.app.sandbox, life.shop.kind);
    let now = sandbox.truth(kind).await.now;
    let coupons = sandbox.coupons_made(kind).await;
    let usable = |coupon: &&Value| {
        let until = coupon["valid_until"]
            .as_str()
            .map(|end| end.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        coupon["active"] == true
            && coupon["orders"] == json!([])
            // Where it can be used so many times.
            && coupon["own"]["quantity"] != 0
            && until.is_none_or(|end| end > now)
            && !coupon["code"].as_str().unwrap().starts_with("FIEL")
    };
    let own = coupons.iter().find(usable).unwrap();
    let code = own["code"].as_str().unwrap();
    let far = now + TimeDelta::days(90);
    sandbox
        .edit_coupon(kind, code, &json!({ "code": CODE, "valid_until": far }))
        .await;
    found("COUPON_UNKNOWN", CODE, "LOOK_BY_HAND")
}
