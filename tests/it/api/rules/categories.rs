//! Rates of categories: which counts, where a sale's categories are from, and that nothing later changes
//! them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::order;
use fidelidade::platform::OrderLine;
use fidelidade::service::order::ImportedOrder;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Shop, program};
use crate::api::seed;
use crate::support::app::TestApp;

/// What the feed says now of products: SKU and category.
async fn catalogue(shop: &Shop<'_>, products: &[(&str, Option<&str>)]) {
    let mut page = seed::products(0..products.len());
    for (product, (sku, category)) in page.products.iter_mut().zip(products) {
        (*sku).clone_into(&mut product.id);
        product.product_type = category.map(ToOwned::to_owned);
    }
    seed::import_products(shop.merchant.app.app(), &shop.integration, page).await;
}

/// A line: SKU, category as the platform tells it, total.
type Told = (&'static str, Option<&'static str>, i64);

/// A sale of these lines as it was at an instant.
fn sale(app: &TestApp, number: usize, lines: &[Told], at: DateTime<Utc>) -> ImportedOrder {
    let mut sale = seed::sale(app.app(), number, 0);
    let line = |(sku, category, total): &Told| OrderLine {
        sku: Some((*sku).to_owned()),
        name: format!("Produto {sku}"),
        category: category.map(ToOwned::to_owned),
        quantity_milli: 1000,
        unit_price: *total,
        total: *total,
    };
    sale.order.lines = lines.iter().map(line).collect();
    sale.order.products = lines.iter().map(|(.., total)| total).sum();
    sale.order.changed_at = Some(at);
    sale.fingerprint = format!("{number} at {at}");
    sale
}

fn rates(rates: &[(&str, &str)]) -> Value {
    let rates = rates
        .iter()
        .map(|(category, points)| json!({ "category": category, "pointsPerReal": points }));
    json!({ "pointsPerReal": "1", "categoryRates": rates.collect::<Vec<_>>() })
}

const EXPLAINED: &str = "points lines { sku category }
    explanation { points posted steps { code outcome values { name value } text { pt en } } }";

#[tokio::test]
async fn the_most_specific_category_counts_and_is_explained() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let mut rules = rates(&[("Roupas", "2"), ("roupas > camisetas", "3.5"), ("Livros", "0")]);
    rules["productRates"] = json!([{ "skus": ["P"], "pointsPerReal": "10" }]);
    shop.set_rules(1, &rules).await;
    catalogue(
        &shop,
        &[("C", Some("ROUPAS>Camisetas > Gola Polo")), ("E", Some("Livros"))],
    )
    .await;
    let lines: [Told; 6] = [
        ("A", Some("Roupas"), 1_000),
        ("B", Some("Roupas > Calças"), 2_000),
        ("C", None, 4_000),
        ("D", Some("Casa > Roupas"), 8_000),
        ("E", None, 16_000),
        ("P", Some("Roupas > Camisetas"), 32_000),
    ];
    shop.import(vec![sale(&app, 1, &lines, app.app().clock.now())]).await;
    let order = shop.order(1, EXPLAINED).await;
    // 10 × 2 + 20 × 2 + 40 × 3.5 + 80 × 1 + 160 × 0 + 320 × 10
    assert_eq!(order["points"], 3_480);
    assert_eq!(
        (&order["explanation"]["points"], &order["explanation"]["posted"]),
        (&json!(3_480), &json!(3_480))
    );
    assert_eq!(
        order["lines"],
        json!([
            { "sku": "A", "category": "Roupas" }, { "sku": "B", "category": "Roupas > Calças" },
            { "sku": "C", "category": "ROUPAS > Camisetas > Gola Polo" }, { "sku": "D", "category": "Casa > Roupas" },
            { "sku": "E", "category": "Livros" }, { "sku": "P", "category": "Roupas > Camisetas" },
        ])
    );
    let steps = order["explanation"]["steps"].as_array().unwrap().iter();
    let told: Vec<&Value> = steps.filter(|step| step["code"] == "CATEGORY_RATE").collect();
    let step = |rate: &str, money: &str, category: &str, skus: &str, (pt, en): (&str, &str)| {
        json!({
            "code": "CATEGORY_RATE", "outcome": "APPLIED",
            "values": [
                { "name": "pointsPerReal", "value": rate }, { "name": "money", "value": money },
                { "name": "category", "value": category }, { "name": "skus", "value": skus },
            ],
            "text": { "pt": pt, "en": en },
        })
    };
    let expected = [
        step(
            "2",
            "30.00",
            "Roupas",
            "A, B",
            (
                "2 ponto(s) por real sobre R$\u{a0}30,00 dos produtos da categoria Roupas: A, B.",
                "2 point(s) for 1.00 on BRL 30.00 of products in category Roupas: A, B.",
            ),
        ),
        step(
            "3.5",
            "40.00",
            "roupas > camisetas",
            "C",
            (
                "3,5 ponto(s) por real sobre R$\u{a0}40,00 dos produtos da categoria roupas > camisetas: C.",
                "3.5 point(s) for 1.00 on BRL 40.00 of products in category roupas > camisetas: C.",
            ),
        ),
        step(
            "0",
            "160.00",
            "Livros",
            "E",
            (
                "0 ponto(s) por real sobre R$\u{a0}160,00 dos produtos da categoria Livros: E.",
                "0 point(s) for 1.00 on BRL 160.00 of products in category Livros: E.",
            ),
        ),
    ];
    assert_eq!(told, expected.iter().collect::<Vec<_>>());
}

/// The feed sorts anew: sales that were read before stay as they were, whatever is told of them, and new
/// ones follow.
#[tokio::test]
async fn a_catalogue_that_changes_leaves_old_sales_alone() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    shop.set_rules(1, &rates(&[("Roupas", "2"), ("Casa", "5")])).await;
    catalogue(&shop, &[("A", Some("Roupas")), ("B", None)]).await;
    let now = app.app().clock.now();
    let lines: [Told; 3] = [("A", None, 10_000), ("B", None, 10_000), ("C", None, 10_000)];
    shop.import(vec![sale(&app, 1, &lines, now)]).await;
    assert_eq!(shop.points(&[1]).await, [400]);

    catalogue(&shop, &[("A", Some("Casa")), ("B", Some("Casa")), ("C", Some("Casa"))]).await;
    let later = now + TimeDelta::minutes(1);
    shop.import(vec![sale(&app, 1, &lines, later), sale(&app, 2, &lines, later)])
        .await;
    assert_eq!(shop.points(&[1, 2]).await, [400, 1_500]);
    let sold = |category: [Option<&str>; 3]| {
        let skus = ["A", "B", "C"].iter().zip(category);
        let lines: Vec<Value> = skus
            .map(|(sku, category)| json!({ "sku": sku, "category": category }))
            .collect();
        json!(lines)
    };
    assert_eq!(
        shop.order(1, EXPLAINED).await["lines"],
        sold([Some("Roupas"), None, None])
    );
    assert_eq!(shop.order(2, EXPLAINED).await["lines"], sold([Some("Casa"); 3]));
    let query = "query ($id: ID!) { store(id: $id) { product(sku: \"A\") { category } } }";
    let told = shop.merchant.ask(query, json!({ "id": shop.store })).await;
    assert_eq!(told["store"]["product"]["category"], "Casa");

    // A product is given back and bought again: its category is the one that it was sold in.
    for (minutes, lines, points) in [(2, &lines[1..], 200), (3, &lines[..], 400)] {
        let at = now + TimeDelta::minutes(minutes);
        shop.import(vec![sale(&app, 1, lines, at)]).await;
        assert_eq!(shop.points(&[1]).await, [points]);
    }
}

/// Each part takes what is no longer earned, and all parts together exactly what there was.
#[tokio::test]
async fn refunds_in_parts_take_exactly_what_a_full_one_takes() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    shop.set_rules(1, &rates(&[("Roupas", "3.333"), ("Roupas > Bonés", "0.007")]))
        .await;
    let now = app.app().clock.now();
    let lines: [Told; 3] = [
        ("A", Some("Roupas"), 3_333),
        ("B", Some("Roupas > Bonés"), 1_111),
        ("C", Some("Casa"), 777),
    ];
    let whole = 5_221;
    // A part of each real is of each line: (3333 × 3.333 + 1111 × 0.007 + 777 × 1) / 5221 for a centavo.
    let worth = |rest: i64| rest * (3_333 * 3_333 + 1_111 * 7 + 777 * 1_000) / whole / 100_000;
    assert_eq!(worth(whole), 118);
    let mut parts = vec![(1, vec![whole])];
    parts.push((2, vec![1, 99, 1_000, 2_000, 2_121]));
    parts.push((3, (0..20).map(|_| 261).chain([1]).collect()));
    let first: Vec<_> = parts
        .iter()
        .map(|(number, _)| sale(&app, *number, &lines, now))
        .collect();
    shop.import(first).await;
    for (number, parts) in parts {
        let mut refunded = 0;
        for (minutes, part) in (1..).zip(parts) {
            refunded += part;
            let mut snapshot = sale(&app, number, &lines, now + TimeDelta::minutes(minutes));
            snapshot.order.discount = refunded;
            shop.import(vec![snapshot]).await;
            assert_eq!(
                shop.points(&[number]).await,
                [worth(whole - refunded)],
                "{number} less {refunded}"
            );
        }
        assert_eq!(shop.points(&[number]).await, [0]);
    }
    assert_eq!(
        shop.customer(0).await["balance"],
        json!({ "available": 0, "pending": 0, "reserved": 0, "debt": 0 })
    );
}

#[tokio::test]
async fn what_is_foretold_is_what_the_same_rules_give() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let now = app.app().clock.now();
    let lines: [Told; 2] = [("A", Some("Roupas > Bonés"), 9_950), ("B", None, 10_050)];
    let sales = || vec![sale(&app, 1, &lines, now), sale(&app, 2, &lines[1..], now)];
    let products = [("B", Some("Casa > Mesa"))];
    catalogue(&shop, &products).await;
    shop.import(sales()).await;
    let rules = rates(&[("Roupas", "4"), ("Casa", "0.5")]);
    let query = "query ($store: ID!, $rules: ProgrammeRulesInput!) {
        previewProgramme(storeId: $store, rules: $rules, period: DAYS_30) {
            preview { orders ordersChanged given points } userErrors { code } } }";
    let variables = json!({ "store": shop.store, "rules": rules });
    let told = shop.merchant.ask(query, variables).await["previewProgramme"].take();
    assert_eq!(
        told,
        json!({
            "preview": { "orders": 2, "ordersChanged": 2, "given": 200 + 100, "points": 448 + 50 }, "userErrors": [],
        })
    );
    let other = Shop::of(&shop.merchant, "Outra").await;
    other.set_rules(1, &rules).await;
    catalogue(&other, &products).await;
    other.import(sales()).await;
    assert_eq!(other.points(&[1, 2]).await, [448, 50]);
}

/// The states that a sale passes through, a minute apart.
const STATES: [&[Told]; 5] = [
    &[("A", None, 5_000), ("B", Some("Casa"), 3_000)],
    &[("A", Some("Roupas > Bonés"), 5_000), ("B", Some("Mesa"), 3_000)],
    // A is given back, and bought again later.
    &[("B", None, 3_000)],
    &[("A", None, 7_000), ("B", Some("Banho"), 2_000)],
    &[("A", Some("Livros"), 7_000), ("B", None, 1_000), ("C", None, 500)],
];
/// What the feed says.
const CATALOGUE: [(&str, Option<&str>); 2] = [("A", Some("Acessórios")), ("B", Some("Papelaria"))];
/// Points for one real, all different.
const RATES: [(&str, i64); 8] = [
    ("Roupas", 5),
    ("Roupas > Bonés", 3),
    ("Casa", 2),
    ("Mesa", 7),
    ("Banho", 11),
    ("Acessórios", 13),
    ("Papelaria", 17),
    ("Livros", 19),
];

/// What a sale is worth by the states that were seen: the newest one's lines, each in the category that was
/// told of it first, or else that of the feed.
fn worth(seen: &[usize]) -> i64 {
    let newest = seen.iter().max().unwrap();
    let mut first: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for state in seen {
        for (sku, category, _) in STATES[*state] {
            let Some(category) = category else { continue };
            let kept = first.entry(*sku).or_insert((*state, *category));
            *kept = (*kept).min((*state, *category));
        }
    }
    let points = STATES[*newest].iter().map(|(sku, _, total)| {
        let found = CATALOGUE
            .iter()
            .find(|(known, _)| known == sku)
            .and_then(|(_, category)| *category);
        let category = first.get(sku).map(|(_, category)| *category).or(found);
        let rate = RATES.iter().find(|(name, _)| Some(*name) == category);
        total / 100 * rate.map_or(1, |(_, points)| *points)
    });
    points.sum()
}

/// Every sequence of up to four snapshots, with repetitions, and every permutation of all.
fn sequences() -> Vec<Vec<usize>> {
    let words = |length: u32| {
        (0..5_usize.pow(length)).map(move |number| (0..length).map(|place| number / 5_usize.pow(place) % 5).collect())
    };
    let mut sequences: Vec<Vec<usize>> = (1..=4).flat_map(words).collect();
    let distinct = |word: &Vec<usize>| (0..5).all(|state| word.contains(&state));
    sequences.extend(words(5).filter(distinct));
    sequences
}

#[tokio::test]
async fn snapshots_in_any_sequence_end_in_the_same_points() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let rules: Vec<(&str, String)> = RATES.iter().map(|(name, points)| (*name, points.to_string())).collect();
    let rules: Vec<(&str, &str)> = rules.iter().map(|(name, points)| (*name, points.as_str())).collect();
    shop.set_rules(1, &rates(&rules)).await;
    catalogue(&shop, &CATALOGUE).await;
    let begin = app.app().clock.now() - TimeDelta::days(1);
    let sequences = sequences();
    assert_eq!(sequences.len(), 5 + 25 + 125 + 625 + 120);
    for step in 0..5 {
        let now = sequences.iter().enumerate().filter_map(|(number, word)| {
            let state = *word.get(step)?;
            let at = begin + TimeDelta::minutes(i64::try_from(state).unwrap());
            let mut snapshot = sale(&app, number, STATES[state], at);
            snapshot.order.placed_at = begin;
            Some(snapshot)
        });
        shop.import(now.collect()).await;
    }
    let orders = order::Entity::find().all(&app.app().db).await.unwrap();
    let points: BTreeMap<&str, i64> = orders
        .iter()
        .map(|order| (order.external_id.as_str(), order.points.0))
        .collect();
    for (number, word) in sequences.iter().enumerate() {
        assert_eq!(points[format!("o{number}").as_str()], worth(word), "after {word:?}");
    }
}
