//! What it costs to bring products up to date, in statements: so many for each page of 500 items that has something
//! new, fewer for one that has not, and a handful for a feed that did not change, however many products there are.

use entity::import_run::{ImportKind, ImportTrigger};
use entity::{ImportRunId, import_run, integration};
use fidelidade::queue::RunImport;
use fidelidade::service::import;
use fidelidade::worker::Work;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use super::shop::{feed, item};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::api::statements::counted::Counted;
use crate::support::merchant::text;
use crate::support::site::{Site, Told};

/// A store with a feed, whose statements are counted.
struct Scene {
    program: Counted,
    site: Site,
    integration: integration::Model,
}

impl Scene {
    async fn new() -> Self {
        let (program, site) = (Counted::start().await, Site::start().await);
        let query = Actor::mutation("createStore", "store { id }");
        let input = json!({ "input": { "name": "Loja", "idempotencyKey": "loja" } });
        let answer = program.gql(&query, input).await;
        let store = text(&answer["data"]["createStore"]["store"]["id"]);
        let integration = seed::integration(program.app(), &store).await;
        let mut row = integration.clone().into_active_model();
        row.feed_url = Set(Some(site.url.clone()));
        let integration = row.update(&program.app().db).await.unwrap();
        Self {
            program,
            site,
            integration,
        }
    }

    /// Reads the feed as a worker does, and gives the run and the statements that it took.
    async fn read(&self) -> (import_run::Model, Vec<String>) {
        let app = self.program.app();
        let (store, of) = (self.integration.store_id, self.integration.id);
        let run = import::start(app, store, of, ImportKind::Catalogue, ImportTrigger::Manual)
            .await
            .unwrap();
        self.program.forget();
        RunImport { run: run.id }.work(app, 1).await.unwrap();
        let mut statements = self.program.statements();
        // PostgreSQL's planner is kept in the picture each time that a run has doubled.
        statements.retain(|sql| !sql.contains("pg_class") && !sql.starts_with("ANALYZE"));
        (self.run(run.id).await, statements)
    }

    async fn run(&self, id: ImportRunId) -> import_run::Model {
        let run = import_run::Entity::find_by_id(id).one(&self.program.app().db).await;
        run.unwrap().unwrap()
    }
}

/// Products with these numbers at a price.
fn products(numbers: std::ops::Range<usize>, price: &str) -> Vec<String> {
    numbers.map(|number| item(&format!("P{number:06}"), price)).collect()
}

/// The statements of each reading of a feed's life, with how many products it has: new; as it was, by its version; as it
/// was, but for a comment; a tenth dearer; a tenth gone.
async fn life(count: usize) -> Vec<(&'static str, usize)> {
    let scene = Scene::new().await;
    let tag = |text: &str| Told::Tag(format!("\"{text}\""));
    let whole = i64::try_from(count).unwrap();
    let mut costs = Vec::new();
    let mut step = async |name, content: String, told, expected: [i64; 4]| {
        scene.site.has(content, told);
        let began = std::time::Instant::now();
        let (run, statements) = scene.read().await;
        let counts = [run.created, run.updated, run.unchanged, run.gone];
        assert_eq!(counts, expected, "{name}: {:?} {:?}", run.state, run.error_message);
        println!(
            "{count} products, {name}: {} statements, {:?}",
            statements.len(),
            began.elapsed()
        );
        costs.push((name, statements.len()));
        statements
    };
    step("new", feed(&products(0..count, "10.00")), tag("a"), [whole, 0, 0, 0]).await;
    let statements = step("known version", feed(&[]), tag("a"), [0, 0, whole, 0]).await;
    let touched = |sql: &&String| sql.contains("products") || sql.contains("rewards");
    assert_eq!(
        statements.iter().find(touched),
        None,
        "an unchanged feed touches nothing"
    );
    let commented = format!("<!-- 2026 -->{}", feed(&products(0..count, "10.00")));
    let statements = step("known products", commented, tag("b"), [0, 0, whole, 0]).await;
    let written = |sql: &&String| touched(sql) && !sql.starts_with("SELECT");
    assert_eq!(
        statements.iter().find(written),
        None,
        "unchanged products are not written"
    );
    let mut dearer = products(0..count / 10, "12.00");
    dearer.extend(products(count / 10..count, "10.00"));
    step(
        "a tenth dearer",
        feed(&dearer),
        tag("c"),
        [0, whole / 10, whole - whole / 10, 0],
    )
    .await;
    let fewer = feed(&dearer[count / 10..]);
    step("a tenth gone", fewer, tag("d"), [0, 0, whole - whole / 10, whole / 10]).await;
    costs
}

/// Twice the products cost the pages more, and nothing else.
#[tokio::test]
async fn twice_the_products_cost_only_their_pages() {
    let (once, twice) = (Box::pin(life(1_000)).await, Box::pin(life(2_000)).await);
    let more: Vec<(&str, usize)> = once
        .iter()
        .zip(&twice)
        .map(|((name, once), (_, twice))| (*name, twice - once))
        .collect();
    // Two more pages, of the tenth that changed the same one; and to see what is gone, one more look.
    let expected = [
        ("new", 2 * 9 + 1),
        ("known version", 0),
        ("known products", 2 * 4 + 1),
        ("a tenth dearer", 2 * 4 + 1),
        ("a tenth gone", 2 * 4 + 1),
    ];
    assert_eq!(more, expected);
    let known = once[1].1;
    assert!(known <= 24, "a feed that did not change costs {known} statements");
}

/// The same with 100,000 products. Takes minutes: `cargo test --test it -- --ignored --nocapture a_hundred_thousand`.
#[tokio::test]
#[ignore = "takes minutes"]
async fn a_hundred_thousand_products() {
    let costs = Box::pin(life(100_000)).await;
    // 200 pages, 100 looks at what is gone, of which each finds some.
    let [new, known_version, known_products, dearer, gone] =
        costs.iter().map(|(_, cost)| *cost).collect::<Vec<_>>()[..]
    else {
        panic!("{costs:?}");
    };
    assert!(known_version <= 24, "{costs:?}");
    assert!(new <= 200 * 9 + 150, "{costs:?}");
    assert!(known_products <= 200 * 4 + 150, "{costs:?}");
    assert!(dearer <= 200 * 4 + 20 * 5 + 150, "{costs:?}");
    assert!(gone <= 200 * 4 + 100 * 9, "{costs:?}");
}
