//! Each setting and each credential wrong in turn, and what the API says about it.
//!
//! A table is a list of [`Row`]s: an input with one thing wrong, and the user errors that it gives,
//! which are compared in full. Together the tables reach every code of the schema.
#![expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]

mod access;
mod by_hand;
mod credentials;
mod differences;
mod exports;
mod feeds;
mod imports;
mod jet;
mod keys;
mod pages;
mod pools;
mod rewards;
mod sales;
mod settings;
mod stores;
mod tiny;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::TestApp;

/// A user error: its code, its path with points between the parts, and a part of its message.
type Said = (&'static str, &'static str, &'static str);

/// An input with something wrong.
struct Row {
    /// What is wrong.
    what: &'static str,
    mutation: &'static str,
    /// Texts that begin with `$` stand for what the scene calls so.
    input: Value,
    said: Vec<Said>,
}

fn row(what: &'static str, mutation: &'static str, input: Value, said: &[Said]) -> Row {
    Row {
        what,
        mutation,
        input,
        said: said.to_vec(),
    }
}

impl Row {
    /// With more that is said.
    fn and(mut self, said: &[Said]) -> Self {
        self.said.extend(said);
        self
    }
}

/// What the names in tables stand for.
#[derive(Default)]
struct Names(BTreeMap<&'static str, Value>);

impl Names {
    fn is(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    fn fill(&self, input: &Value) -> Value {
        match input {
            Value::String(text) if text.starts_with('$') => self
                .0
                .get(text.as_str())
                .unwrap_or_else(|| panic!("nothing is called {text}"))
                .clone(),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), self.fill(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

/// Sends every row and compares what is said; all that differ are shown.
async fn check(who: &Actor<'_>, names: &Names, rows: Vec<Row>) {
    let mut wrong = String::new();
    for row in rows {
        let payload = who.call(row.mutation, "", names.fill(&row.input)).await;
        let told: Vec<(String, String, String)> = payload["userErrors"].as_array().unwrap().iter().map(said).collect();
        let agrees = told.len() == row.said.len()
            && told.iter().zip(&row.said).all(|(told, said)| {
                told.0 == said.0 && told.1 == said.1 && !said.2.is_empty() && told.2.contains(said.2)
            });
        if !agrees {
            writeln!(
                wrong,
                "{} ({}):\n    expected {:?}\n    but said {told:?}",
                row.what, row.mutation, row.said
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn said(error: &Value) -> (String, String, String) {
    let path: Vec<&str> = error["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_str().unwrap())
        .collect();
    (
        error["code"].as_str().unwrap().to_owned(),
        path.join("."),
        error["message"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn the_tables_reach_every_code() {
    let tables = [
        credentials::magazord(),
        credentials::loja_integrada(),
        credentials::bis2bis(),
        jet::credentials(),
        jet::settings(),
        tiny::credentials(),
        tiny::settings(),
        credentials::expired(),
        credentials::no_answer(),
        credentials::busy(),
        settings::fields(),
        settings::of_an_active_one(),
        settings::incomplete(),
        settings::unconfirmed(),
        rewards::creation(),
        rewards::change(),
        rewards::redemption(),
        stores::rows(),
        imports::rows(),
        differences::rows(),
        exports::rows(),
        access::sign_ins(),
        access::rights(),
        keys::rows(),
        by_hand::rows(),
        sales::rows(),
        pools::rows(),
    ];
    let reached: BTreeSet<&str> = tables
        .iter()
        .flatten()
        .flat_map(|row| row.said.iter().map(|said| said.0))
        .collect();
    let app = TestApp::start().await;
    let query = r#"{ __type(name: "UserErrorCode") { enumValues { name } } }"#;
    let told = app.data(query, json!({}), None).await;
    let codes = told["__type"]["enumValues"].as_array().unwrap();
    let codes: BTreeSet<&str> = codes.iter().map(|value| value["name"].as_str().unwrap()).collect();
    assert_eq!(codes, reached);
}
