//! `reverseAdjustment`.

use entity::ledger_entry::{EntryKind, SourceKind};
use futures_util::future::join_all;
use serde_json::json;

use super::books::Books;
use super::{Scene, balance, program};

#[tokio::test]
async fn what_was_given_is_taken_from_its_own_lot_first() {
    let app = program().await;
    let scene = Scene::set(&app).await;
    let later = json!({ "expiresAt": "2026-06-01T00:00:00Z" });
    let given = scene.adjust(50, "engano", later).await;
    let soon = json!({ "expiresAt": "2026-04-01T00:00:00Z" });
    scene.adjust(20, "outro", soon).await;
    let reversed = scene.reverse(&given, "desfazer").await;
    assert_eq!(reversed["userErrors"], json!([]));
    let row = &reversed["adjustment"];
    assert_eq!((&row["kind"], &row["points"]), (&json!("REVERSAL"), &json!(-50)));
    assert_eq!(row["reverses"]["id"], given["adjustment"]["id"]);
    assert_eq!(reversed["customer"]["balance"], balance(120, 0));
    let books = Books::of(app.app(), scene.customer).await;
    assert_eq!(books.remaining(), [20, 0, 100]);

    // Once: neither again, nor the reversal itself.
    assert_eq!(
        scene.reverse(&given, "de novo").await["userErrors"][0]["code"],
        "ALREADY_REVERSED"
    );
    assert_eq!(
        scene.reverse(&reversed, "ao contrário").await["userErrors"][0]["code"],
        "INVALID"
    );
    assert_eq!(
        scene.reverse(&given, "desfazer").await,
        reversed,
        "the same request, the same answer"
    );
    assert_eq!(scene.balance().await, balance(120, 0));
    let query = "query ($id: ID!) { node(id: $id) { ... on Adjustment { reversedBy { id } } } }";
    let told = scene
        .merchant
        .ask(query, json!({ "id": given["adjustment"]["id"] }))
        .await;
    assert_eq!(told["node"]["reversedBy"]["id"], row["id"]);
}

#[tokio::test]
async fn what_nothing_covers_follows_the_debt_policy_of_today() {
    for (policy, left) in [
        ("ALLOW_DEBT", balance(0, 30)),
        ("WITHIN_BALANCE", balance(0, 0)),
        // Nothing of its own is left: the sale's points stay.
        ("ONLY_UNSPENT", balance(20, 0)),
    ] {
        let app = program().await;
        let scene = Scene::set(&app).await;
        let soon = json!({ "expiresAt": "2026-04-01T00:00:00Z" });
        let given = scene.adjust(50, "engano", soon).await;
        scene.adjust(-130, "gastos", json!({})).await;
        scene.rules(1, json!({ "debtPolicy": policy })).await;
        let reversed = scene.reverse(&given, "desfazer").await;
        assert_eq!(reversed["customer"]["balance"], left, "{policy}");
        let books = Books::of(app.app(), scene.customer).await;
        let entry = books.entries.last().unwrap();
        let forgone = match policy {
            "ALLOW_DEBT" => 0,
            "WITHIN_BALANCE" => 30,
            _ => 50,
        };
        assert_eq!((entry.kind, entry.points.0), (EntryKind::Revoke, -50));
        assert_eq!(entry.inputs["forgone"], forgone, "{policy}");
        if policy == "ALLOW_DEBT" {
            // The next points pay it.
            let given = scene.adjust(45, "agora", json!({})).await;
            assert_eq!(given["customer"]["balance"], balance(15, 0));
            Books::of(app.app(), scene.customer).await;
        }
    }
}

#[tokio::test]
async fn what_was_taken_goes_back_to_the_lots_that_it_came_from() {
    let app = program().await;
    let mut scene = Scene::set(&app).await;
    let at = |day: &str| json!({ "expiresAt": format!("2026-{day}T00:00:00Z") });
    scene.adjust(10, "até março", at("03-10")).await;
    scene.adjust(20, "até junho", at("06-01")).await;
    let taken = scene.adjust(-60, "engano", json!({})).await;
    assert_eq!(Books::of(app.app(), scene.customer).await.remaining(), [0, 0, 70]);

    scene.wait(20).await;
    let reversed = scene.reverse(&taken, "desfazer").await;
    assert_eq!(reversed["adjustment"]["points"], 60);
    assert_eq!(reversed["customer"]["balance"], balance(130, 0));
    let books = Books::of(app.app(), scene.customer).await;
    // The one that ran out meanwhile can be spent for 30 days of grace.
    assert_eq!(books.remaining(), [10, 20, 100]);
    assert_eq!(
        books.lots[0].expires_at,
        Some(scene.now() + chrono::TimeDelta::days(30))
    );
    scene.wait(30).await;
    assert_eq!(scene.balance().await, balance(120, 0));
}

#[tokio::test]
async fn what_ran_out_by_itself_is_not_taken_again() {
    let app = program().await;
    let mut scene = Scene::set(&app).await;
    let soon = json!({ "expiresAt": "2026-03-10T00:00:00Z" });
    let given = scene.adjust(50, "engano", soon).await;
    scene.adjust(-20, "gastos", json!({})).await;
    scene.wait(20).await;
    assert_eq!(scene.balance().await, balance(100, 0));
    // 20 of the 50 were used: these are owed back, whether or not a job wrote the other 30 down.
    let reversed = scene.reverse(&given, "desfazer").await;
    assert_eq!(reversed["customer"]["balance"], balance(80, 0));
    Books::of(app.app(), scene.customer).await;
}

#[tokio::test]
async fn two_who_reverse_at_once_reverse_once() {
    let app = program().await;
    let scene = Scene::set(&app).await;
    let given = scene.adjust(50, "engano", json!({})).await;
    let keys = ["um", "dois", "três", "quatro"];
    let told = join_all(keys.iter().map(|key| scene.reverse(&given, key))).await;
    let done = told.iter().filter(|one| one["userErrors"] == json!([])).count();
    assert_eq!(done, 1, "{told:#?}");
    assert_eq!(scene.balance().await, balance(100, 0));
    let books = Books::of(app.app(), scene.customer).await;
    assert_eq!(
        books.caused_by(SourceKind::Adjustment),
        [(EntryKind::Adjust, 50), (EntryKind::Revoke, -50)]
    );
}
