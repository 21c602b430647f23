//! Comparing a shop with the books, and mending what differs.

use entity::difference::Repair;
use entity::import_run;
use fidelidade::run::Halves;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{Names, Row, check, row};
use crate::api::actor::Actor;
use crate::api::{seed, seed_differences};
use crate::support::app::TestApp;
use crate::support::shop::LOJA_INTEGRADA;

pub(super) fn rows() -> Vec<Row> {
    let apply = |what, run: &str, ids: Value, said| {
        row(
            what,
            "applyRepairs",
            json!({ "importRunId": run, "differenceIds": ids }),
            &[said],
        )
    };
    let compare = |what, integration: &str, days: Value, said| {
        row(
            what,
            "reconcile",
            json!({ "integrationId": integration, "days": days }),
            &[said],
        )
    };
    vec![
        compare(
            "an integration that is off",
            "$inactive",
            Value::Null,
            ("INTEGRATION_INACTIVE", "", "activate it first"),
        ),
        compare(
            "a source that is never asked",
            "$source",
            Value::Null,
            ("NOTHING_TO_IMPORT", "", "pushed in"),
        ),
        compare(
            "another is under way",
            "$busy",
            json!(7),
            (
                "IMPORT_UNDER_WAY",
                "",
                "a reconciliation of this integration is under way",
            ),
        ),
        compare("no day", "$busy", json!(0), ("INVALID", "days", "from 1 to 730")),
        compare(
            "too many days",
            "$busy",
            json!(731),
            ("INVALID", "days", "from 1 to 730"),
        ),
        compare(
            "somebody else's",
            "$foreign",
            Value::Null,
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        apply("none", "$run", json!([]), ("INVALID", "differenceIds", "1 to 50")),
        apply(
            "too many",
            "$run",
            json!(vec!["$of_sale"; 51]),
            ("INVALID", "differenceIds", "1 to 50"),
        ),
        apply(
            "something else",
            "$run",
            json!(["$of_sale", "$busy"]),
            ("NOT_FOUND", "differenceIds.1", "no such difference"),
        ),
        apply(
            "another run's",
            "$other_run",
            json!(["$of_sale"]),
            ("NOT_FOUND", "differenceIds.0", "no such difference"),
        ),
        apply(
            "nothing that could be mended",
            "$run",
            json!(["$of_sale", "$by_hand"]),
            ("UNSUPPORTED", "differenceIds.1", "by hand"),
        ),
        apply(
            "somebody else's",
            "$foreign_run",
            json!(["$of_sale"]),
            ("NOT_FOUND", "importRunId", "no such import run"),
        ),
    ]
}

#[tokio::test]
async fn wrong_repairs() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::fill(app.app(), &other.create_store("Outra").await, 1).await;
    let foreign_run = seed_differences::found(app.app(), &foreign, 1).await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let source = seed::source(app.app(), &store).await;
    let found = seed_differences::found(app.app(), &full, 1).await;
    let run = import_run::Entity::find_by_id(found.run)
        .one(&app.app().db)
        .await
        .unwrap();
    let mut by_hand = seed_differences::row(app.app(), &full, &run.unwrap(), 3);
    by_hand.repair = Repair::LookByHand;
    by_hand.clone().into_active_model().insert(&app.app().db).await.unwrap();
    let input = json!({ "integrationId": full.integration });
    let begun = merchant
        .must("reconcile", "importRun { id kind state }", input.clone())
        .await["importRun"]
        .take();
    assert_eq!(
        (&begun["kind"], &begun["state"]),
        (&json!("RECONCILIATION"), &json!("QUEUED"))
    );
    let names = Names::default()
        .is("$inactive", merchant.connect(&store, &LOJA_INTEGRADA).await)
        .is("$source", source.id.to_string())
        .is("$busy", full.integration.to_string())
        .is("$foreign", foreign.integration.to_string())
        .is("$foreign_run", foreign_run.run.to_string())
        .is("$run", found.run.to_string())
        .is("$other_run", full.run.to_string())
        .is("$of_sale", found.differences[0].to_string())
        .is("$by_hand", by_hand.id.to_string());
    check(&merchant, &names, rows()).await;
    let refused = merchant.call("reconcile", "importRun { id }", input).await;
    assert_eq!(
        refused["userErrors"][0]["importRun"]["id"], begun["id"],
        "the user error carries the one that is under way"
    );
    let query = "query ($id: ID!) { node(id: $id) { ... on Difference { state } } }";
    let told = merchant.ask(query, json!({ "id": found.differences[0] })).await;
    assert_eq!(told["node"]["state"], "OPEN", "all are asked for, or none");
}
