//! `reinstatePoints`.

use entity::ledger_entry::{EntryKind, SourceKind};
use serde_json::json;

use super::books::Books;
use super::{Scene, balance, program};

#[tokio::test]
async fn points_that_ran_out_are_given_again_once() {
    let app = program().await;
    let mut scene = Scene::set(&app).await;
    let soon = json!({ "expiresAt": "2026-03-10T00:00:00Z" });
    scene.adjust(50, "presente", soon).await;
    scene.adjust(-20, "gastos", json!({})).await;
    let lot = Books::of(app.app(), scene.customer).await.lots[0].id;
    let early = scene.reinstate(lot, "cedo").await;
    assert_eq!(early["userErrors"][0]["code"], "NOTHING_EXPIRED");

    scene.rules(1, json!({ "expiryMonths": 2 })).await;
    scene.wait(20).await;
    assert_eq!(scene.balance().await, balance(100, 0));
    let again = scene.reinstate(lot, "agora").await;
    assert_eq!(again["userErrors"], json!([]));
    let row = &again["adjustment"];
    assert_eq!(
        (&row["kind"], &row["points"], &row["reinstatedLotId"]),
        (&json!("REINSTATEMENT"), &json!(30), &json!(lot))
    );
    assert_eq!(again["customer"]["balance"], balance(130, 0));
    let books = Books::of(app.app(), scene.customer).await;
    assert_eq!(books.remaining(), [0, 30, 100]);
    assert_eq!(books.entries.last().unwrap().inputs["lot"], json!(lot));
    assert_eq!(books.caused_by(SourceKind::Expiry), [(EntryKind::Expire, -30)]);
    assert_eq!(books.lots[1].expires_at, Some("2026-05-22T03:00:00Z".parse().unwrap()));

    let twice = scene.reinstate(lot, "outra vez").await;
    assert_eq!(twice["userErrors"][0]["code"], "NOTHING_EXPIRED");
    assert_eq!(scene.reinstate(lot, "agora").await, again);
    assert_eq!(scene.balance().await, balance(130, 0));

    // It can be undone, and even then the points are not given a second time.
    let undone = scene.reverse(&again, "desfazer").await;
    assert_eq!(undone["customer"]["balance"], balance(100, 0));
    assert_eq!(
        scene.reinstate(lot, "mais uma").await["userErrors"][0]["code"],
        "NOTHING_EXPIRED"
    );
    Books::of(app.app(), scene.customer).await;
}
