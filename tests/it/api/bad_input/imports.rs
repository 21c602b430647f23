//! Starting and cancelling imports.

use entity::import_run::ImportKind;
use fidelidade::run::Halves;
use fidelidade::service::order;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::shop::LOJA_INTEGRADA;

pub(super) fn rows() -> Vec<Row> {
    let start = |what, integration: &str, kind: &str, said: Said| {
        row(
            what,
            "startImport",
            json!({ "integrationId": integration, "kind": kind }),
            &[said],
        )
    };
    vec![
        start(
            "an integration that is off",
            "$inactive",
            "SHOP",
            ("INTEGRATION_INACTIVE", "", "activate it first"),
        ),
        start(
            "an integration without a feed",
            "$inactive",
            "CATALOGUE",
            ("NOTHING_TO_IMPORT", "", "no Google Shopping address"),
        ),
        start(
            "neither customers nor sales",
            "$idle",
            "SHOP",
            ("NOTHING_TO_IMPORT", "", "switch one of them on first"),
        ),
        start(
            "another is under way",
            "$busy",
            "SHOP",
            ("IMPORT_UNDER_WAY", "", "an import of this integration is under way"),
        ),
        start(
            "somebody else's",
            "$foreign",
            "SHOP",
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        start(
            "nothing",
            "",
            "SHOP",
            ("NOT_FOUND", "integrationId", "no such integration"),
        ),
        row(
            "somebody else's",
            "cancelImport",
            json!({ "id": "$foreign_run" }),
            &[("NOT_FOUND", "id", "no such import run")],
        ),
        row(
            "something else",
            "cancelImport",
            json!({ "id": "$busy" }),
            &[("NOT_FOUND", "id", "no such import run")],
        ),
    ]
}

#[tokio::test]
async fn wrong_imports() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = seed::fill(app.app(), &other.create_store("Outra").await, 1).await;
    let store = merchant.create_store("Loja").await;
    let busy = seed::integration(app.app(), &store).await;
    let mut idle = seed::integration(app.app(), &merchant.create_store("Parada").await)
        .await
        .into_active_model();
    (idle.register_customers, idle.register_sales) = (Set(false), Set(false));
    let idle = idle.update(&app.app().db).await.unwrap();
    let input = json!({ "integrationId": busy.id });
    let run = merchant
        .must("startImport", "importRun { id state }", input.clone())
        .await["importRun"]
        .take();
    assert_eq!(run["state"], "QUEUED");
    let names = Names::default()
        .is("$inactive", merchant.connect(&store, &LOJA_INTEGRADA).await)
        .is("$idle", idle.id.to_string())
        .is("$busy", busy.id.to_string())
        .is("$foreign", foreign.integration.to_string())
        .is("$foreign_run", foreign.run.to_string());
    check(&merchant, &names, rows()).await;
    let refused = merchant.call("startImport", "importRun { id }", input.clone()).await;
    assert_eq!(
        refused["userErrors"][0]["importRun"], run,
        "the user error carries the import that is under way"
    );

    // Cancelled, and cancelled again; then another may begin.
    for _ in 0..2 {
        let told = merchant
            .must(
                "cancelImport",
                "importRun { state cancelRequested }",
                json!({ "id": run["id"] }),
            )
            .await;
        assert_eq!(
            told["importRun"],
            json!({ "state": "CANCELLED", "cancelRequested": true })
        );
    }
    let next = merchant.must("startImport", "importRun { id }", input).await["importRun"]["id"].take();
    assert_ne!(next, run["id"]);
}

/// A run that a worker is at ends after its page.
#[tokio::test]
async fn an_import_under_way_is_cancelled_after_its_page() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let integration = seed::integration(app.app(), &merchant.create_store("Loja").await).await;
    let (context, lease) = seed::run(app.app(), &integration, ImportKind::Shop).await;
    let id = context.run.id.to_string();
    let told = merchant
        .must(
            "cancelImport",
            "importRun { state cancelRequested }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(
        told["importRun"],
        json!({ "state": "RUNNING", "cancelRequested": true })
    );
    order::import(app.app(), &context, &lease, seed::sales(app.app(), 0..3, 1))
        .await
        .unwrap();
    assert!(
        !fidelidade::service::import::renew(app.app(), context.run.id, &lease)
            .await
            .unwrap(),
        "the worker sees it"
    );
    fidelidade::service::import::end_cancelled(app.app(), context.run.id)
        .await
        .unwrap();
    let run = merchant.run(&id).await;
    assert_eq!(
        (&run["state"], &run["created"], &run["errorMessage"]),
        (&json!("CANCELLED"), &json!(3), &Value::Null)
    );
}
