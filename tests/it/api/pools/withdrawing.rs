//! Codes that were not handed out can be taken out of their pool, and stay out.

use fidelidade::run::Halves;
use serde_json::json;

use super::Scene;
use crate::api::seed_pools::add;
use crate::support::app::TestApp;

#[tokio::test]
async fn what_was_handed_out_stays_and_the_rest_is_withdrawn_for_good() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 1, 0).await;
    let pool = scene.pool.parse().unwrap();
    add(app.app(), &scene.integration, pool, "D-1;2099-01-01\nD-2\nD-3\nD-4\n").await;
    let reward = scene.reward(1).await;
    assert_eq!(
        scene.redeem(0, &reward, "um").await["redemption"]["coupon"]["code"],
        "D-1"
    );
    let fields = "withdrawn hasMore kept { index message } pool { stock { free taken withdrawn } }";
    let input = json!({ "poolId": scene.pool, "codes": ["d-2", "D-1", "D-9", "a b"] });
    let told = scene.owner.must("withdrawCodes", fields, input.clone()).await;
    assert_eq!(json!([told["withdrawn"], told["hasMore"]]), json!([1, false]));
    let kept = json!([
        { "index": 1, "message": "it was handed out; cancel its redemption instead" },
        { "index": 2, "message": "it is not in this pool" },
        { "index": 3, "message": "it is not in this pool" },
    ]);
    assert_eq!(told["kept"], kept);
    assert_eq!(told["pool"]["stock"], json!({ "free": 2, "taken": 1, "withdrawn": 1 }));
    let again = scene.owner.must("withdrawCodes", fields, input).await;
    assert_eq!(again["withdrawn"], 0);
    assert_eq!(
        again["kept"][0],
        json!({ "index": 0, "message": "it was withdrawn before" })
    );
    let all = json!({ "poolId": scene.pool, "allFree": true });
    let told = scene.owner.must("withdrawCodes", fields, all.clone()).await;
    assert_eq!(json!([told["withdrawn"], told["hasMore"]]), json!([2, false]));
    assert_eq!(scene.owner.must("withdrawCodes", fields, all).await["withdrawn"], 0);
    assert_eq!(
        scene.redeem(0, &reward, "dois").await["userErrors"][0]["code"],
        "POOL_EMPTY"
    );
    let states: Vec<_> = scene.codes().await;
    let expected = [
        ("D-1", "TAKEN"),
        ("D-2", "WITHDRAWN"),
        ("D-3", "WITHDRAWN"),
        ("D-4", "WITHDRAWN"),
    ];
    assert_eq!(
        states,
        expected.map(|(code, state)| (code.to_owned(), state.to_owned()))
    );
}
