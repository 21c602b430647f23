//! An import's page costs what it costs, however many rows it has.

use entity::import_run::ImportKind;
use fidelidade::feed::SeenIds;
use fidelidade::platform::Page;
use fidelidade::service::{catalogue, customer, import, order};

use super::counted::Counted;
use crate::api::seed;

/// Statements of a page of so many sales: all new, all changed, all with a reject each; then of as
/// many customers, and of as many products and rewards, new and gone.
async fn cost(rows: usize) -> Vec<usize> {
    let program = Counted::start().await;
    let app = program.app();
    let query = crate::api::actor::Actor::mutation("createStore", "store { id }");
    let input = serde_json::json!({ "input": { "name": "Loja", "idempotencyKey": "loja" } });
    let answer = program.gql(&query, input).await;
    let store = crate::support::merchant::text(&answer["data"]["createStore"]["store"]["id"]);
    let integration = seed::integration(app, &store).await;
    let mut costs = Vec::new();
    let mut count = |program: &Counted| {
        costs.push(program.statements().len());
        program.forget();
    };

    let (context, lease) = seed::run(app, &integration, ImportKind::Shop).await;
    let page = seed::sales(app, 0..rows, 1);
    let mut changed = page.clone();
    for snapshot in &mut changed.orders {
        "2".clone_into(&mut snapshot.order.status);
        snapshot.order.lines.pop();
    }
    let mut spoilt = page.clone();
    spoilt.rejects = seed::rejects(rows);
    program.forget();
    for page in [page, changed, spoilt] {
        order::import(app, &context, &lease, page).await.unwrap();
        count(&program);
    }
    import::fail(app, context.run.id, "TEST", "done", None).await.unwrap();
    // Another run, since every time that a run doubles it may cost one statement more.
    let (context, lease) = seed::run(app, &integration, ImportKind::Shop).await;
    program.forget();
    let people = |numbers: std::ops::Range<usize>| Page {
        items: numbers.map(seed::person).collect(),
        rejects: seed::rejects(rows),
        next: None,
        total: None,
    };
    for page in [people(rows..2 * rows), people(0..rows)] {
        customer::import(app, &context, &lease, page).await.unwrap();
        count(&program);
    }

    let (context, lease) = seed::run(app, &integration, ImportKind::Catalogue).await;
    program.forget();
    catalogue::import(app, &context, &lease, seed::products(0..rows))
        .await
        .unwrap();
    count(&program);
    import::fail(app, context.run.id, "TEST", "done", None).await.unwrap();
    let (context, lease) = seed::run(app, &integration, ImportKind::Catalogue).await;
    let last = catalogue::last_reading(app, &context).await.unwrap();
    let reading = catalogue::begin(app, &context, &lease, &last, "another feed")
        .await
        .unwrap();
    program.forget();
    catalogue::withdraw_missing(app, &context, &lease, &reading, &SeenIds::default())
        .await
        .unwrap();
    count(&program);
    assert!(
        seed::rewards(app, integration.store_id)
            .await
            .iter()
            .all(|reward| !reward.active)
    );
    costs
}

#[tokio::test]
async fn pages_of_imports_cost_the_same_with_few_rows_and_with_many() {
    let (few, many) = (Box::pin(cost(5)).await, Box::pin(cost(50)).await);
    assert_eq!(few, many);
    assert!(many.iter().all(|count| (1..=20).contains(count)), "{many:?}");
}
