//! Starting and cancelling exports.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;

fn asked(store: &str, columns: &Value) -> Value {
    json!({ "storeId": store, "format": "CSV", "columns": columns, "idempotencyKey": "chave" })
}

pub(super) fn rows() -> Vec<Row> {
    let start = |what, input: Value, said: Said| row(what, "exportOrders", input, &[said]);
    let of = |field: &str| json!({ field: "x", "format": "CSV", "idempotencyKey": "chave" });
    vec![
        start(
            "no columns",
            asked("$store", &json!([])),
            ("INVALID", "columns", "at least one"),
        ),
        start(
            "a column twice",
            asked("$store", &json!(["TOTAL", "TOTAL"])),
            ("INVALID", "columns", "each column once"),
        ),
        start(
            "somebody else's store",
            asked("$foreign", &Value::Null),
            ("NOT_FOUND", "storeId", "no such store"),
        ),
        start(
            "a fourth",
            asked("$busy", &Value::Null),
            ("TOO_MANY_EXPORTS", "", "3 exports of the store are under way"),
        ),
        row(
            "no integration",
            "exportImportRuns",
            of("integrationId"),
            &[("NOT_FOUND", "integrationId", "no such integration")],
        ),
        row(
            "no import run",
            "exportImportRejects",
            of("importRunId"),
            &[("NOT_FOUND", "importRunId", "no such import run")],
        ),
        row(
            "no webhook",
            "exportWebhookDeliveries",
            of("webhookId"),
            &[("NOT_FOUND", "webhookId", "no such webhook")],
        ),
        row(
            "no export",
            "cancelExport",
            json!({ "id": "export_x" }),
            &[("NOT_FOUND", "id", "no such export")],
        ),
    ]
}

#[tokio::test]
async fn an_export_that_cannot_be_started() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let who = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let (store, busy) = (who.create_store("Loja").await, who.create_store("Cheia").await);
    for key in ["a", "b", "c"] {
        let input = json!({ "storeId": busy, "format": "CSV", "idempotencyKey": key });
        who.must("exportOrders", "", input).await;
    }
    let names = Names::default()
        .is("$store", store)
        .is("$busy", busy)
        .is("$foreign", other.create_store("Outra").await);
    check(&who, &names, rows()).await;
}
