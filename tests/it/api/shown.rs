//! What lists read of their rows: a field tells the same when it is asked for alone, so that little else is read, and
//! beside all others.

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};

/// Lists that do not read whole rows, from the store down.
const LISTS: [(&str, &[&str]); 5] = [
    ("Customer", &["customers"]),
    ("Order", &["orders"]),
    ("Coupon", &["coupons"]),
    ("Order", &["customers", "orders"]),
    ("Coupon", &["customers", "coupons"]),
];

const TYPE: &str = "query ($name: String!) { __type(name: $name) { kind fields { name args { name }
    type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }";

/// A type's fields, each with what to select below it.
async fn fields_of(who: &Actor<'_>, kind: &str, deep: bool) -> Vec<(String, String)> {
    let told = who.ask(TYPE, json!({ "name": kind })).await["__type"].take();
    let mut fields = Vec::new();
    for field in list(&told["fields"]) {
        let (name, mut inner) = (text(&field["name"]), &field["type"]);
        while !inner["ofType"].is_null() {
            inner = &inner["ofType"];
        }
        let paged = list(&field["args"]).iter().any(|argument| argument["name"] == "first");
        let below = match (text(&inner["kind"]).as_str(), deep) {
            ("SCALAR" | "ENUM", _) => String::new(),
            (_, true) if paged => "(first: 2) { totalCount nodes { id } }".to_owned(),
            ("OBJECT", true) => {
                let leaves = Box::pin(fields_of(who, &text(&inner["name"]), false)).await;
                let names: Vec<String> = leaves.into_iter().map(|(name, _)| name).collect();
                format!("{{ __typename {} }}", names.join(" "))
            }
            _ => continue,
        };
        fields.push((name, below));
    }
    fields
}

fn query(path: &[&str], node: &str, edges: bool) -> String {
    let below = match path {
        [_] => node.to_owned(),
        [_, rest @ ..] => query(rest, node, edges),
        [] => String::new(),
    };
    if edges {
        format!("{}(first: 10) {{ edges {{ node {{ {below} }} }} }}", path[0])
    } else {
        format!("{}(first: 10) {{ nodes {{ {below} }} }}", path[0])
    }
}

/// The rows of the innermost list.
fn rows(mut found: Vec<Value>, path: &[&str]) -> Vec<Value> {
    for name in path {
        let pages = found.iter_mut().map(|node| node[*name].take());
        found = pages
            .flat_map(|page| match &page["nodes"] {
                Value::Null => list(&page["edges"]).iter().map(|edge| edge["node"].clone()).collect(),
                nodes => list(nodes),
            })
            .collect();
    }
    found
}

#[tokio::test]
async fn a_field_tells_the_same_alone_and_beside_all_others() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 7).await;
    for (kind, path) in LISTS {
        let fields = fields_of(&merchant, kind, true).await;
        let ask = async |node: &str, edges: bool| {
            let query = format!(
                "query ($id: ID!) {{ store(id: $id) {{ {} }} }}",
                query(path, node, edges)
            );
            let mut data = merchant.ask(&query, json!({ "id": store })).await;
            rows(vec![data["store"].take()], path)
        };
        let all: Vec<String> = fields.iter().map(|(name, below)| format!("{name}{below}")).collect();
        let whole = ask(&all.join(" "), false).await;
        assert!(whole.len() > 5, "{path:?} has {} rows", whole.len());
        for (name, below) in &fields {
            let alone = ask(&format!("{name}{below}"), name.len().is_multiple_of(2)).await;
            let told = alone.iter().map(|row| &row[name]);
            assert!(
                told.eq(whole.iter().map(|row| &row[name])),
                "{kind}.{name} of {path:?}: {alone:#?}"
            );
        }
        assert!(fields.len() > 12, "{kind} has {} fields", fields.len());
    }
}
