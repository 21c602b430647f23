//! A store's jobs as its people see them: what is done, for what, how far it is, and by whom it is seen.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};

const JOBS: &str =
    "query ($id: ID!, $where: JobFilter) { store(id: $id) { jobs(first: 20, where: $where) { totalCount nodes {
    id kind state attempts error objectId object { __typename id } runAt createdAt finishedAt } } } }";

async fn jobs(who: &Actor<'_>, store: &str, filter: Value) -> Vec<Value> {
    let told = who.ask(JOBS, json!({ "id": store, "where": filter })).await["store"]["jobs"].take();
    assert_eq!(told["totalCount"], list(&told["nodes"]).len());
    list(&told["nodes"])
}

#[tokio::test]
async fn a_redemptions_job_is_seen_with_its_redemption() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let issued = jobs(&owner, &store, json!({ "kind": { "eq": "ISSUE_COUPON" } })).await;
    let [job] = &issued[..] else { panic!("{issued:?}") };
    assert_eq!(
        json!({ "kind": job["kind"], "state": job["state"], "attempts": job["attempts"], "error": job["error"],
            "object": job["object"], "finishedAt": job["finishedAt"] }),
        json!({ "kind": "ISSUE_COUPON", "state": "WAITING", "attempts": 0, "error": null,
            "object": { "__typename": "Redemption", "id": full.redemption }, "finishedAt": null })
    );
    assert_eq!(
        jobs(&owner, &store, json!({ "objectId": { "eq": full.redemption } })).await,
        issued
    );
    // As a node too.
    let query = "query ($id: ID!) { node(id: $id) { ... on Job { kind object { id } } } }";
    let told = owner.ask(query, json!({ "id": job["id"] })).await;
    assert_eq!(
        told["node"],
        json!({ "kind": "ISSUE_COUPON", "object": { "id": full.redemption } })
    );
    let runs = jobs(&owner, &store, json!({ "kind": { "eq": "RUN_IMPORT" } })).await;
    assert_eq!(runs.len(), 4);
    assert!(
        runs.iter().all(|job| job["object"]["__typename"] == "ImportRun"),
        "{runs:?}"
    );

    // Who may see jobs and not what they are for sees that there is something.
    let input = json!({ "storeId": store, "name": "painel", "scopes": ["integrations:read"] });
    let token = Actor::with(
        &app,
        &text(&owner.must("createApiToken", "secret", input).await["secret"]),
    );
    let told = jobs(&token, &store, json!({ "kind": { "eq": "ISSUE_COUPON" } })).await;
    assert_eq!(
        (&told[0]["object"], &told[0]["objectId"]),
        (&Value::Null, &json!(full.redemption))
    );
}

/// An invitation's letter is the store's, and no node; a forgotten password is nobody's.
#[tokio::test]
async fn letters_are_seen_where_they_are_a_stores() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let input = json!({ "storeId": store, "email": "outra@loja-exemplo.invalid", "role": "ANALYST" });
    let invited = owner.must("inviteMember", "invitation { id }", input).await;
    let input = json!({ "email": "dona@loja-exemplo.invalid" });
    Actor::stranger(&app).must("requestPasswordReset", "", input).await;
    let told = jobs(&owner, &store, json!({})).await;
    let seen: Vec<(&Value, &Value, &Value)> = told
        .iter()
        .map(|job| (&job["kind"], &job["objectId"], &job["object"]))
        .collect();
    assert_eq!(
        seen,
        [(&json!("SEND_EMAIL"), &invited["invitation"]["id"], &Value::Null)]
    );
}
