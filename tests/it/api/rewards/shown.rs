//! What rewards are shown with, and in which order.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::Scene;
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};

impl Scene<'_> {
    /// The names of rewards in the order in which a list has them.
    async fn names(&self, arguments: &str) -> Vec<String> {
        let query = format!(
            "query ($id: ID!) {{ store(id: $id) {{ rewards(first: 50, {arguments}) {{ nodes {{ name }} }} }} }}"
        );
        let told = self.owner.ask(&query, json!({ "id": self.store })).await;
        let nodes = list(&told["store"]["rewards"]["nodes"]);
        nodes.iter().map(|node| text(&node["name"])).collect()
    }

    async fn place(&self, places: &[(&str, i64)]) -> Value {
        let rewards: Vec<Value> = places
            .iter()
            .map(|(reward, position)| json!({ "rewardId": reward, "position": position }))
            .collect();
        let input = json!({ "storeId": self.store, "rewards": rewards });
        self.owner
            .call("setRewardPositions", "rewards { name position version }", input)
            .await
    }
}

#[tokio::test]
async fn rewards_are_found_by_their_categories() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 0).await;
    for (name, category) in [
        ("a", "Roupas"),
        ("b", " Roupas>Camisetas "),
        ("c", "ROUPAS > camisetas > Básicas"),
        ("d", "Roupas íntimas"),
        ("e", "Experiências"),
    ] {
        scene.reward(name, json!({ "category": category })).await;
    }
    scene.reward("f", json!({})).await;
    let found = async |filter: &str| {
        let filter = format!("where: {{ category: {{ {filter} }} }}, orderBy: POSITION_ASC");
        scene.names(&filter).await.concat()
    };
    assert_eq!(found(r#"within: "roupas""#).await, "abc");
    assert_eq!(found(r#"within: "Roupas > Camisetas""#).await, "bc");
    assert_eq!(found(r#"eq: "roupas > CAMISETAS""#).await, "b");
    assert_eq!(found(r#"in: ["experiencias", "Roupas"]"#).await, "ae");
    assert_eq!(found(r#"within: " ""#).await, "");
    assert_eq!(found("in: []").await, "");
    let changed = scene.create(
        "g",
        json!({ "category": "Roupas  >Meias", "imageUrl": " https://a.example/x y.png" }),
    );
    assert_eq!(
        changed.await["reward"],
        json!({ "id": seed::rewards(app.app(), scene.shop.store_id).await[6].id, "name": "g",
            "category": "Roupas > Meias", "imageUrl": "https://a.example/x%20y.png", "availableFrom": null,
            "availableUntil": null, "remaining": null, "position": 7, "version": 1,
            "limits": { "total": null, "perCustomer": null, "perPeriod": null } })
    );
    let reward = seed::rewards(app.app(), scene.shop.store_id).await[6].id.to_string();
    let cleared = scene.change(&reward, json!({ "category": "", "imageUrl": "" })).await;
    assert_eq!(
        (&cleared["reward"]["category"], &cleared["reward"]["imageUrl"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(found(r#"within: "roupas""#).await, "abc");
    let sold = scene.reward("h", json!({ "limits": { "total": 9 } })).await;
    assert_eq!(scene.names("where: { soldOut: true }").await, [""; 0]);
    assert_eq!(scene.names("where: { soldOut: false }").await.len(), 8);
    assert_eq!(scene.look(&sold).await["remaining"], 9);
}

#[tokio::test]
async fn a_merchant_puts_rewards_in_order() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app, 0).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(scene.reward(name, json!({})).await);
    }
    seed::import_products(app.app(), &scene.shop, seed::products(0..2)).await;
    let order = async || scene.names("orderBy: POSITION_ASC").await.join(" ");
    assert_eq!(order().await, "a b c d Produto 0 Produto 1");
    let placed = scene.place(&[(&ids[3], 0), (&ids[0], 3)]).await;
    assert_eq!(
        placed,
        json!({ "rewards": [{ "name": "d", "position": 0, "version": 1 }, { "name": "a", "position": 3, "version": 1 }],
            "userErrors": [] })
    );
    // Of two at one position, the older comes first.
    assert_eq!(order().await, "d b a c Produto 0 Produto 1");
    assert_eq!(
        scene.names("orderBy: POSITION_DESC").await.join(" "),
        "Produto 1 Produto 0 c a b d"
    );
    scene.place(&[(&ids[1], 1_000_000_000)]).await;
    scene.reward("e", json!({})).await;
    assert_eq!(
        order().await,
        "d a c Produto 0 Produto 1 b e",
        "new ones come at the end"
    );

    // A page goes on where it was, whatever is placed before it.
    let page = async |after: Value| {
        let query = "query ($id: ID!, $after: String) { store(id: $id) { rewards(first: 3, after: $after,
            orderBy: POSITION_ASC) { nodes { name } pageInfo { endCursor } } } }";
        let told = scene
            .owner
            .ask(query, json!({ "id": scene.store, "after": after }))
            .await;
        let page = &told["store"]["rewards"];
        let names: Vec<String> = list(&page["nodes"]).iter().map(|node| text(&node["name"])).collect();
        (names.join(" "), page["pageInfo"]["endCursor"].clone())
    };
    let (first, cursor) = page(Value::Null).await;
    assert_eq!(first, "d a c");
    scene.place(&[(&ids[1], 0)]).await;
    assert_eq!(page(cursor).await.0, "Produto 0 Produto 1 e");

    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::fill(app.app(), &other.create_store("Outra").await, 2).await;
    let before = order().await;
    let refused = scene.place(&[(&ids[2], 0), (&foreign.reward.to_string(), 0)]).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(refused["rewards"], json!([]));
    assert_eq!(order().await, before, "all of them or none");
}
