//! Of which moment a file is, and what becomes of an export on its way.

use std::time::Duration;

use chrono::TimeDelta;
use entity::export_run::{self, ExportState};
use entity::{ExportRunId, export_part, order};
use fidelidade::app::App;
use fidelidade::queue::RunExport;
use fidelidade::run::Halves;
use fidelidade::service::export::{self, Written};
use fidelidade::worker::Work as _;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{EMAIL, RUN, fetch, run, start, written};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::bulk;
use crate::support::merchant::{number, text};

const PATIENCE: Duration = Duration::from_mins(1);

/// Copies of an order: parts of several megabytes.
const COPIES: usize = 20_000;

async fn with_many_orders(app: &TestApp) -> (Actor<'_>, String) {
    let merchant = Actor::user(app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    bulk::copies(&app.app().db, full.order, COPIES).await;
    (merchant, store)
}

/// Keeps whoever writes files from going on, and may write itself.
async fn hold_writers(app: &App) -> DatabaseTransaction {
    let held = fidelidade::db::begin(&app.db).await.unwrap();
    // On SQLite a transaction that writes is alone.
    if app.db.get_database_backend() == DbBackend::Postgres {
        let lock = "LOCK TABLE export_parts IN EXCLUSIVE MODE";
        held.execute_unprepared(lock).await.unwrap();
    }
    held
}

/// The export when some of it is written, and the rest is not.
async fn under_way(merchant: &Actor<'_>, id: &str) -> Value {
    eventually("progress", PATIENCE, async || {
        Some(run(merchant, id).await).filter(|run| number(&run["done"]) > 0)
    })
    .await
}

/// What changes, goes and comes while a file is written does not show in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_of_one_moment() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (merchant, store) = with_many_orders(&app).await;
    app.work();
    let filter = json!({ "number": { "startsWith": "B" } });
    let input = json!({ "storeId": store, "format": "JSON_LINES", "where": filter, "orderBy": "PLACED_AT_ASC" });
    let id = start(&merchant, "exportOrders", input.clone()).await;
    under_way(&merchant, &id).await;

    let held = hold_writers(app.app()).await;
    let told = export_run::Entity::find_by_id(id.parse::<ExportRunId>().unwrap());
    let told = told.one(&held).await.unwrap().unwrap();
    let total = told.total.unwrap();
    assert_eq!(
        (total, told.state),
        (i64::try_from(COPIES).unwrap(), ExportState::Running)
    );
    assert!(told.done > 0 && told.done < total / 2, "{} of {total}", told.done);
    order::Entity::update_many()
        .col_expr(order::Column::CouponCode, Expr::value("DEPOIS"))
        .exec(&held)
        .await
        .unwrap();
    order::Entity::delete_many()
        .filter(order::Column::Number.gte("B0010000"))
        .exec(&held)
        .await
        .unwrap();
    held.commit().await.unwrap();
    order::Entity::delete_many()
        .filter(order::Column::Number.eq("B0000001"))
        .exec(&app.app().db)
        .await
        .unwrap();
    assert_eq!(run(&merchant, &id).await["state"], "RUNNING");

    let done = eventually("the export", PATIENCE, async || {
        Some(run(&merchant, &id).await).filter(|run| run["state"] == "SUCCEEDED")
    })
    .await;
    assert_eq!(done["done"], total);
    let (_, _, file) = fetch(&app, &text(&done["url"]), &[("accept-encoding", "gzip")]).await;
    let mut numbers: Vec<String> = file
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            assert_ne!(row["couponCode"], "DEPOIS");
            text(&row["number"])
        })
        .collect();
    numbers.sort_unstable();
    let expected: Vec<String> = (1..=COPIES).map(|number| format!("B{number:07}")).collect();
    assert!(numbers == expected, "{} rows instead of {COPIES}", numbers.len());

    // The next one is of the next moment.
    let again = start(
        &merchant,
        "exportOrders",
        json!({ "storeId": store, "format": "CSV", "where": filter }),
    )
    .await;
    let done = eventually("the next export", PATIENCE, async || {
        Some(run(&merchant, &again).await).filter(|run| run["state"] == "SUCCEEDED")
    })
    .await;
    assert_eq!(done["done"], 9_998);
}

/// One under way is cancelled before its next part, and leaves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_under_way_is_cancelled() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let (merchant, store) = with_many_orders(&app).await;
    app.work();
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    let progress = under_way(&merchant, &id).await;
    assert_eq!(progress["state"], "RUNNING");
    assert!(number(&progress["bytes"]) > 1_000_000 && number(&progress["total"]) > 20_000);
    assert!(progress["startedAt"].is_string() && progress["finishedAt"].is_null());
    let told = merchant.must("cancelExport", RUN, json!({ "id": id })).await;
    assert_eq!(told["exportRun"]["cancelRequested"], true);
    let end = eventually("its end", PATIENCE, async || {
        Some(run(&merchant, &id).await).filter(|run| run["state"] != "RUNNING")
    })
    .await;
    assert_eq!((&end["state"], &end["url"]), (&json!("CANCELLED"), &Value::Null));
    assert!(number(&end["done"]) < number(&end["total"]));
    assert_eq!(export_part::Entity::find().count(&app.app().db).await.unwrap(), 0);
    // Once more changes nothing, and waiting ones end at once.
    let told = merchant.must("cancelExport", RUN, json!({ "id": id })).await;
    assert_eq!(told["exportRun"]["state"], "CANCELLED");
}

#[tokio::test]
async fn one_that_waits_is_cancelled_at_once() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    let told = merchant.must("cancelExport", RUN, json!({ "id": id })).await;
    assert_eq!(told["exportRun"]["state"], "CANCELLED");
    written(&app, &id).await;
    assert_eq!(run(&merchant, &id).await["state"], "CANCELLED");
}

/// A worker that died, or was taken for dead, leaves nothing in the file.
#[tokio::test]
async fn who_takes_a_run_over_begins_anew() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 2).await;
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    let run_id: ExportRunId = id.parse().unwrap();
    let lease = |until: TimeDelta| {
        export_run::Entity::update_many()
            .col_expr(export_run::Column::State, Expr::value(ExportState::Running))
            .col_expr(export_run::Column::LeaseHolder, Expr::value(Some("dead")))
            .col_expr(
                export_run::Column::LeaseUntil,
                Expr::value(Some(app.app().clock.now() + until)),
            )
            .col_expr(export_run::Column::Parts, Expr::value(2))
            .filter(export_run::Column::Id.eq(run_id))
            .exec(&app.app().db)
    };
    lease(TimeDelta::seconds(60)).await.unwrap();
    let rest = (0..2).map(|position| {
        let row = export_part::Model {
            export_run_id: run_id,
            position,
            begins_at: 0,
            packed: b"of another".to_vec(),
        };
        sea_orm::IntoActiveModel::into_active_model(row)
    });
    export_part::Entity::insert_many(rest)
        .exec_without_returning(&app.app().db)
        .await
        .unwrap();
    let write = async || export::write(app.app(), run_id, "a test").await.unwrap();
    assert_eq!(write().await, Written::Held);
    lease(TimeDelta::seconds(-1)).await.unwrap();
    written(&app, &id).await;
    let told = run(&merchant, &id).await;
    let (_, _, file) = fetch(&app, &text(&told["url"]), &[]).await;
    assert_eq!((file.lines().count(), &told["done"]), (11, &json!(10)));
    assert_eq!(write().await, Written::Ended, "once more is nothing");
    assert_eq!(export_part::Entity::find().count(&app.app().db).await.unwrap(), 1);
}

/// What an export asks for, a later program may not know: it says so.
#[tokio::test]
async fn what_cannot_be_told_any_more_fails_in_words() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let id = start(&merchant, "exportOrders", json!({ "storeId": store, "format": "CSV" })).await;
    let run_id: ExportRunId = id.parse().unwrap();
    export_run::Entity::update_many()
        .col_expr(export_run::Column::Sort, Expr::value("BY_MOON"))
        .filter(export_run::Column::Id.eq(run_id))
        .exec(&app.app().db)
        .await
        .unwrap();
    let job = RunExport { run: run_id };
    job.work(app.app(), 1).await.unwrap();
    let told = run(&merchant, &id).await;
    assert_eq!(told["state"], "FAILED");
    assert!(text(&told["errorMessage"]).ends_with("start another"));
}
