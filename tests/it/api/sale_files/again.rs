//! The same file again, two at once, a file beside pushed sales, a file that is cancelled: each sale counts once.

use std::time::Duration;

use fidelidade::service::sale_file;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{Till, counts};
use crate::support::app::{TestApp, eventually};
use crate::support::document::cpf;
use crate::support::merchant::{PATIENCE, text};

/// So many sales of R$ 10.00, each somebody's.
pub(super) fn file(count: usize, status: &str, changed: &str) -> String {
    let lines = (0..count).map(|number| {
        format!(
            "P-{number:05};{status};2026-01-31T10:00:00-03:00;{changed};10,00;{}\n",
            cpf(number % 500)
        )
    });
    format!(
        "venda;status;placedAt;changedAt;produtos;cpf\n{}",
        lines.collect::<String>()
    )
}

const FIRST: &str = "2026-01-31T10:00:00-03:00";
const LATER: &str = "2026-02-01T10:00:00-03:00";

#[tokio::test]
async fn the_same_file_changes_nothing_and_a_later_one_updates() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let first = till.import("um", file(3, "paga", FIRST)).await;
    assert_eq!(counts(&first), [3, 3, 3, 0, 0, 0]);
    let again = till.import("dois", file(3, "paga", FIRST)).await;
    assert_eq!(counts(&again), [3, 3, 0, 0, 3, 0]);
    let upload = till.send("três", file(3, "paga", FIRST)).await;
    for key in ["a", "b"] {
        // An upload may be imported again, too.
        let begun = till.begin(key, &upload).await;
        let run = till.end(&text(&begun["importRun"]["id"])).await;
        assert_eq!(counts(&run), [3, 3, 0, 0, 3, 0]);
    }
    assert_eq!(till.ledger(&cpf(0)).await, [("EARN".to_owned(), 10)]);
    let later = till.import("depois", file(2, "devolvida", LATER)).await;
    assert_eq!(counts(&later), [2, 2, 0, 2, 0, 0]);
    let older = till.import("antes", file(3, "paga", FIRST)).await;
    assert_eq!(counts(&older), [3, 3, 0, 0, 3, 0], "old news change nothing");
    let points: Vec<i64> = till.sales().await.into_iter().map(|(_, _, points)| points).collect();
    assert_eq!(points, [0, 0, 10]);
    let ledger = till.ledger(&cpf(0)).await;
    assert_eq!(ledger.iter().map(|(_, points)| points).sum::<i64>(), 0, "{ledger:?}");
    assert_eq!(ledger.len(), 2, "{ledger:?}");
}

/// Two of a source never at once, two of two sources and the mutation at once; what all tell of counts once for each.
#[tokio::test]
async fn files_and_pushed_sales_at_once() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let uploads = join_all(["a", "b", "c"].map(|key| till.send(key, file(600, "paga", FIRST)))).await;
    let keys = ["x", "y", "z"];
    let begun = join_all(keys.iter().zip(&uploads).map(|(key, upload)| till.begin(key, upload))).await;
    let started: Vec<&Value> = begun.iter().filter(|one| one["userErrors"] == json!([])).collect();
    assert!(!started.is_empty());
    let run = text(&started[0]["importRun"]["id"]);
    for refused in begun.iter().filter(|one| one["userErrors"] != json!([])) {
        let error = &refused["userErrors"][0];
        assert_eq!(error["code"], "IMPORT_UNDER_WAY");
    }
    // Meanwhile the till pushes some of the same.
    let sale = |number: usize| {
        json!({ "externalId": format!("P-{number:05}"), "status": "APPROVED", "placedAt": FIRST, "changedAt": FIRST,
            "productsTotal": "10.00", "customer": { "document": cpf(number % 500) } })
    };
    let batches = (0..6).map(|nth| {
        let sales: Vec<Value> = (nth * 100..nth * 100 + 100).map(sale).collect();
        let input = json!({ "integrationId": till.source, "sales": sales, "idempotencyKey": format!("lote {nth}") });
        let till = &till;
        async move { till.owner.must("registerSales", "results { outcome }", input).await }
    });
    let other = Till {
        app: &app,
        owner: till.owner.clone(),
        store: till.store.clone(),
        source: till.owner.source(&till.store, "Outro caixa").await,
    };
    let beside = other.import("outro", file(600, "paga", FIRST));
    let (pushed, beside) = tokio::join!(join_all(batches), beside);
    assert_eq!(
        counts(&beside),
        [600, 600, 600, 0, 0, 0],
        "the other till's sales are others"
    );
    let created = pushed.iter().flat_map(|one| one["results"].as_array().unwrap());
    let created = created.filter(|one| one["outcome"] == "CREATED").count();
    let mut by_file = 0;
    for one in &started {
        let told = till.end(&text(&one["importRun"]["id"])).await;
        let [total, done, new, updated, known, rejected] = counts(&told);
        assert_eq!((total, done, updated, rejected), (600, 600, 0, 0));
        assert_eq!(new + known, 600);
        by_file += new;
    }
    assert_eq!(usize::try_from(by_file).unwrap() + created, 600, "each was new once");
    let orders = entity::order::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!(orders, 1200);
    let entries = entity::ledger_entry::Entity::find().all(&app.app().db).await.unwrap();
    assert_eq!(
        (entries.len(), entries.iter().map(|one| one.points.0).sum::<i64>()),
        (1200, 12_000)
    );
    let (whole, told) = app.command(&["ledger", "verify"]);
    assert!(whole, "{told}");
    assert_eq!(till.run(&run).await["state"], "SUCCEEDED");
}

#[tokio::test]
async fn a_cancelled_import_keeps_what_it_has_and_ends() {
    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let upload = till.send("grande", file(20_000, "paga", FIRST)).await;
    let run = text(&till.begin("k", &upload).await["importRun"]["id"]);
    eventually("the first pages", PATIENCE, async || {
        (till.run(&run).await["done"].as_i64().unwrap() > 0).then_some(())
    })
    .await;
    till.owner
        .must("cancelImport", "importRun { id }", json!({ "id": run }))
        .await;
    let told = till.end(&run).await;
    assert_eq!(told["state"], "CANCELLED");
    let done = told["done"].as_i64().unwrap();
    assert!(done > 0 && done < 20_000, "{told:#}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let orders = entity::order::Entity::find().count(&app.app().db).await.unwrap();
    assert_eq!(i64::try_from(orders).unwrap(), done, "nothing came after it");
    // The rest comes with the next import, which knows what is there.
    let next = till
        .import(
            "de novo",
            file(i64::min(done + 100, 19_999).try_into().unwrap(), "paga", FIRST),
        )
        .await;
    let [total, .., known, rejected] = counts(&next);
    assert_eq!((known, rejected), (done, 0), "of {total}");
}

/// Files go when they have served: a day after their import, or when nobody wanted them for a day.
#[tokio::test]
async fn files_are_removed_when_they_have_served() {
    use entity::{import_run, upload, upload_part};
    use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

    let app = TestApp::start().await;
    let till = Till::open(&app).await;
    let db = &app.app().db;
    let run = till.import("importado", file(3, "paga", FIRST)).await;
    till.send("esquecido", file(3, "paga", FIRST)).await;
    till.place("vazio").await;
    let counted = async || {
        sale_file::purge(app.app()).await.unwrap();
        (
            upload::Entity::find().count(db).await.unwrap(),
            upload_part::Entity::find().count(db).await.unwrap(),
        )
    };
    assert_eq!(counted().await, (3, 2), "today all stay");
    let long_ago = app.app().clock.now() - chrono::TimeDelta::hours(25);
    upload::Entity::update_many()
        .col_expr(upload::Column::CreatedAt, Expr::value(long_ago))
        .exec(db)
        .await
        .unwrap();
    assert_eq!(counted().await, (1, 1), "the import ended today");
    import_run::Entity::update_many()
        .col_expr(import_run::Column::FinishedAt, Expr::value(Some(long_ago)))
        .filter(import_run::Column::UploadId.is_not_null())
        .exec(db)
        .await
        .unwrap();
    assert_eq!(counted().await, (0, 0));
    assert_eq!(till.run(&text(&run["id"])).await["state"], "SUCCEEDED", "the run stays");
}
