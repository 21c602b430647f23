//! `adjustPoints`.

use entity::ledger_entry::{EntryKind, SourceKind};
use futures_util::future::join_all;
use serde_json::json;

use super::books::Books;
use super::{Scene, balance, program};
use crate::support::merchant::text;

#[tokio::test]
async fn points_come_and_go_nearest_expiry_first() {
    let app = program().await;
    let scene = Scene::set(&app).await;
    let soon = json!({ "expiresAt": "2026-04-01T00:00:00Z", "kind": "BONUS" });
    let given = scene.adjust(40, "feliz aniversário", soon).await;
    assert_eq!(given["userErrors"], json!([]));
    assert_eq!(given["customer"]["balance"], balance(140, 0));
    let made = &given["adjustment"];
    assert_eq!(
        (&made["kind"], &made["points"], &made["reason"]),
        (&json!("BONUS"), &json!(40), &json!("feliz aniversário"))
    );
    assert!(text(&made["actor"]).starts_with("user_"));
    let later = json!({ "expiresAt": "2026-05-01T00:00:00Z" });
    scene.adjust(50, "faltou um pedido", later).await;

    let taken = scene.adjust(-60, "pontos em dobro", json!({})).await;
    assert_eq!(
        (&taken["adjustment"]["points"], &taken["customer"]["balance"]),
        (&json!(-60), &balance(130, 0))
    );
    let books = Books::of(app.app(), scene.customer).await;
    assert_eq!(
        books.remaining(),
        [0, 30, 100],
        "what expires first goes first, the sale's points last"
    );
    assert_eq!(
        books.caused_by(SourceKind::Adjustment),
        [
            (EntryKind::Adjust, 40),
            (EntryKind::Adjust, 50),
            (EntryKind::Adjust, -60)
        ]
    );
    let entry = books.entries.last().unwrap();
    assert_eq!(entry.reason.as_deref(), Some("pontos em dobro"));
    assert_eq!(Some(entry.actor.as_str()), made["actor"].as_str());
    assert!(entry.request_id.is_some());
}

#[tokio::test]
async fn nobody_gets_into_debt_by_hand() {
    let app = program().await;
    let scene = Scene::set(&app).await;
    let refused = scene.adjust(-101, "demais", json!({})).await;
    let error = &refused["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["available"], &error["required"]),
        (&json!("INSUFFICIENT_POINTS"), &json!(100), &json!(101))
    );
    assert!(refused["adjustment"].is_null());
    assert_eq!(scene.balance().await, balance(100, 0));
    // What was refused has not used its key up, and all there is can be taken.
    let input = json!({ "customerId": scene.customer, "points": -100, "reason": "tudo", "idempotencyKey": "demais" });
    let taken = scene.merchant.must("adjustPoints", super::FIELDS, input).await;
    assert_eq!(taken["customer"]["balance"], balance(0, 0));
}

#[tokio::test]
async fn the_programme_says_when_points_by_hand_run_out() {
    let app = program().await;
    let mut scene = Scene::set(&app).await;
    scene.rules(1, json!({ "expiryMonths": 1 })).await;
    scene.adjust(40, "um mês", json!({})).await;
    assert_eq!(scene.balance().await, balance(140, 0));
    scene.wait(31).await;
    assert_eq!(scene.balance().await, balance(140, 0), "to the end of the day, here");
    scene.wait(1).await;
    assert_eq!(scene.balance().await, balance(100, 0));
}

#[tokio::test]
async fn the_same_request_at_once_is_one_adjustment_and_others_never_take_too_much() {
    let app = program().await;
    let scene = Scene::set(&app).await;
    let same = join_all((0..5).map(|_| scene.adjust(-30, "a mesma", json!({})))).await;
    assert!(same.iter().all(|one| *one == same[0]), "{same:#?}");
    assert_eq!(scene.balance().await, balance(70, 0));

    let reasons: Vec<String> = (0..6).map(|number| format!("a {number}ª")).collect();
    let others = join_all(reasons.iter().map(|reason| scene.adjust(-30, reason, json!({})))).await;
    let done = others.iter().filter(|one| one["userErrors"] == json!([])).count();
    assert_eq!(done, 2, "{others:#?}");
    assert_eq!(scene.balance().await, balance(10, 0));
    Books::of(app.app(), scene.customer).await;
}
