//! The schema as it is checked in, and that nothing in it goes without a description.

use fidelidade::graphql;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::merchant::text;

/// Frontends read this file, and a change of the API shows in it.
const CHECKED_IN: &str = include_str!("../../../schema.graphql");

#[test]
fn the_schema_is_checked_in() {
    assert!(
        graphql::sdl() == CHECKED_IN,
        "the schema has changed: `cargo run -- schema > schema.graphql`"
    );
}

const EVERYTHING: &str = "{ __schema {
    types { name kind description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues(includeDeprecated: true) { name description } }
    directives { name description args { name description } } } }";

/// What has no description, by its path, though it could.
fn nameless(of: &str, things: &Value, missing: &mut Vec<String>) {
    for thing in things.as_array().into_iter().flatten() {
        let path = format!("{of}{}", text(&thing["name"]));
        let described = thing["description"]
            .as_str()
            .is_some_and(|words| words.trim().len() > 3);
        if !described {
            missing.push(path.clone());
        }
        for parts in ["fields", "args", "inputFields", "enumValues"] {
            nameless(&format!("{path}."), &thing[parts], missing);
        }
    }
}

#[tokio::test]
async fn everything_is_described() {
    let app = TestApp::start().await;
    let mut told = app.data(EVERYTHING, json!({}), None).await["__schema"].take();
    let built_in = ["String", "Int", "Float", "Boolean", "ID"];
    let types = told["types"].as_array_mut().unwrap();
    types.retain(|kind| {
        let name = kind["name"].as_str().unwrap();
        !name.starts_with("__") && !built_in.contains(&name)
    });
    assert!(types.len() > 80, "only {} types", types.len());
    let mut missing = Vec::new();
    nameless("", &told["types"], &mut missing);
    nameless("@", &told["directives"], &mut missing);
    assert!(missing.is_empty(), "without a description:\n  {}", missing.join("\n  "));
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let app = TestApp::builder().set("http.introspection", "false").start().await;
    let answer = app.gql(EVERYTHING, json!({}), None).await;
    assert!(
        answer["data"]["__schema"].is_null() && answer["errors"].is_array(),
        "{answer}"
    );
    let answer = app.gql("{ viewr { id } }", json!({}), None).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        !message.contains("viewer"),
        "a suggestion tells what there is: {message}"
    );
}
