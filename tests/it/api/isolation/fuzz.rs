//! Ids of another store, of every kind, in the place of every id that the API takes.
//!
//! Where ids are taken is read from the schema, so a new argument is tried without being written down here, and
//! one that no operation of the tables reaches is told.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::operations::{Write, writes};
use super::{Ids, Town, program};
use crate::api::actor::{Actor, input_of};
use crate::support::merchant::text;

const TYPES: &str = "{ __schema { types { name kind inputFields { name type { ...T } }
    fields(includeDeprecated: true) { name args { name type { ...T } } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The name of the type at the bottom.
fn bottom(kind: &Value) -> &str {
    let mut kind = kind;
    while kind["ofType"].is_object() {
        kind = &kind["ofType"];
    }
    kind["name"].as_str().unwrap()
}

/// Ids of everything that another store has.
fn ids(of: &Ids) -> Vec<String> {
    let full = &of.full;
    vec![
        of.store.clone(),
        of.connected.clone(),
        of.token.clone(),
        of.invitation.clone(),
        of.user.clone(),
        of.webhook.clone(),
        of.delivery.clone(),
        of.export.clone(),
        of.pool.clone(),
        of.pooled.clone(),
        of.waiting.clone(),
        of.compared.clone(),
        of.of_sale.clone(),
        of.of_coupon.clone(),
        of.session.clone(),
        full.integration.to_string(),
        full.run.to_string(),
        full.customer.to_string(),
        full.order.to_string(),
        full.product.to_string(),
        full.reward.to_string(),
        full.redemption.to_string(),
        full.coupon.to_string(),
        full.earned.to_string(),
        full.lot.to_string(),
        full.reserved.to_string(),
        full.adjustment.to_string(),
    ]
}

/// The fields of inputs that take an id, by the input's name.
fn id_fields<'a>(types: &'a [Value], input: &str) -> Vec<&'a str> {
    let kind = types.iter().find(|kind| kind["name"] == input);
    let fields = kind.and_then(|kind| kind["inputFields"].as_array());
    let ids = fields
        .into_iter()
        .flatten()
        .filter(|field| ["ID", "IdFilter"].contains(&bottom(&field["type"])));
    ids.map(|field| field["name"].as_str().unwrap()).collect()
}

/// That an answer tells nothing of another store: none of its ids, but those that were sent.
fn tells_nothing(answer: &Value, sent: &str, foreign: &[String], what: &str) {
    let said = answer.to_string();
    for id in foreign.iter().filter(|id| *id != sent) {
        assert!(!said.contains(id), "{what} tells of {id}: {said}");
    }
    let codes: Vec<&Value> = answer["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| &error["extensions"]["code"])
        .collect();
    assert!(!codes.contains(&&json!("INTERNAL")), "{what}: {said}");
}

async fn try_write(owner: &Actor<'_>, operation: &Write, field: &str, foreign: &[String]) {
    for id in foreign {
        let mut input = operation.input.clone();
        // So that nothing else is in the way of being told.
        for (field, usable) in [("idempotencyKey", id.as_str()), ("reason", "engano")] {
            if input[field].is_string() {
                input[field] = json!(usable);
            }
        }
        input[field] = if input[field].is_array() {
            json!([id])
        } else {
            json!(id)
        };
        let query = Actor::mutation(operation.name, "");
        let answer = owner.answer(&query, json!({ "input": input })).await;
        let what = format!("{}.{field} = {id}", operation.name);
        tells_nothing(&answer, id, foreign, &what);
        let errors = answer["data"][operation.name]["userErrors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("{what}: {answer}"));
        let said: Vec<Value> = errors
            .iter()
            .map(|error| json!([error["code"], error["path"][0]]))
            .collect();
        assert_eq!(said, [json!(["NOT_FOUND", field])], "{what}");
    }
}

#[tokio::test]
async fn no_mutation_takes_an_id_of_another_store() {
    let app = program().await;
    let town = Town::new(&app).await;
    let owner = &town.members[0].actor;
    let mut told = owner.ask(TYPES, json!({})).await;
    let types = told["__schema"]["types"].as_array_mut().unwrap();
    let foreign = ids(&town.foreign);
    let mut tried = BTreeSet::new();
    for operation in writes(&town.own) {
        let input = input_of(operation.name);
        for field in id_fields(types, &input) {
            try_write(owner, &operation, field, &foreign).await;
            tried.insert(format!("{input}.{field}"));
        }
    }
    // Those about oneself have tests of their own; the others' inputs are all in the table, filters are below.
    // Some lie deeper in their input: a reward that is placed is in the table of wrong rewards, a customer at a till is among
    // the tests of that door.
    let elsewhere = [
        "CustomerAtTillInput.id",
        "EndSessionInput.id",
        "LeaveStoreInput.storeId",
        "RewardPositionInput.rewardId",
    ];
    let taken: BTreeSet<String> = types
        .iter()
        .filter(|kind| kind["kind"] == "INPUT_OBJECT" && text(&kind["name"]).ends_with("Input"))
        .flat_map(|kind| {
            let name = text(&kind["name"]);
            let fields = id_fields(types, &name);
            fields
                .into_iter()
                .map(move |field| format!("{name}.{field}"))
                .collect::<Vec<_>>()
        })
        .filter(|field| !elsewhere.contains(&field.as_str()))
        .collect();
    assert_eq!(tried, taken, "inputs with ids that were tried, and those of the schema");
}

/// Every argument of a field that takes an id, or a filter with one: `Type.field(argument)`.
fn id_arguments(types: &[Value]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for kind in types.iter().filter(|kind| kind["name"] != "Mutation") {
        for field in kind["fields"].as_array().into_iter().flatten() {
            for argument in field["args"].as_array().into_iter().flatten() {
                let place = format!(
                    "{}.{}({}",
                    text(&kind["name"]),
                    text(&field["name"]),
                    text(&argument["name"])
                );
                match bottom(&argument["type"]) {
                    "ID" => _ = all.insert(format!("{place})")),
                    input => all.extend(id_fields(types, input).iter().map(|field| format!("{place}.{field})"))),
                }
            }
        }
    }
    all
}

/// Questions with an id of another store as `ID`, and where the answer has what it would have found.
fn questions(own: &Ids) -> Vec<(&'static str, String, &'static str)> {
    let (customer, reward) = (&own.full.customer, &own.full.reward);
    vec![
        (
            "Query.store(id)",
            r#"{ found: store(id: "ID") { id name } }"#.to_owned(),
            "/data/found",
        ),
        (
            "Query.node(id)",
            r#"{ found: node(id: "ID") { id } }"#.to_owned(),
            "/data/found",
        ),
        (
            "Query.nodes(ids)",
            r#"{ found: nodes(ids: ["ID"]) { id } }"#.to_owned(),
            "/data/found/0",
        ),
        (
            "Query.previewProgramme(storeId)",
            r#"{ found: previewProgramme(storeId: "ID", rules: { pointsPerReal: "1" }) { preview { points } } }"#
                .to_owned(),
            "/data/found",
        ),
        (
            "Query.previewRedemption(customerId)",
            format!(r#"{{ found: previewRedemption(customerId: "ID", rewardId: "{reward}") {{ possible }} }}"#),
            "/data/found",
        ),
        (
            "Query.previewRedemption(rewardId)",
            format!(r#"{{ found: previewRedemption(customerId: "{customer}", rewardId: "ID") {{ possible }} }}"#),
            "/data/found",
        ),
    ]
}

/// Lists of what is one's own, filtered by an id: `Type.field(where.filter)`, the question, and what it would find.
fn filtered(types: &[Value], places: &BTreeSet<String>, own: &Ids) -> Vec<(String, String, String)> {
    let full = &own.full;
    let mut all = Vec::new();
    for place in places {
        let Some((path, filter)) = place.split_once("(where.") else {
            continue;
        };
        let (kind, field) = path.split_once('.').unwrap();
        let filter = filter.trim_end_matches(')');
        let value = if is_plain(types, kind, field, filter) {
            r#""ID""#
        } else {
            r#"{ eq: "ID" }"#
        };
        let list = format!("found: {field}(first: 9, where: {{ {filter}: {value} }}) {{ nodes {{ __typename }} }}");
        let node =
            |id: &dyn std::fmt::Display| format!(r#"{{ at: node(id: "{id}") {{ ... on {kind} {{ {list} }} }} }}"#);
        let query = match kind {
            "Store" => format!(r#"{{ at: store(id: "{}") {{ {list} }} }}"#, own.store),
            "Viewer" => format!("{{ at: viewer {{ {list} }} }}"),
            "Customer" => node(&full.customer),
            "CouponPool" => node(&own.pool),
            "Webhook" => node(&own.webhook),
            "Integration" => node(&full.integration),
            "ImportRun" => node(&full.run),
            "PointLot" => node(&full.lot),
            "LedgerEntry" => node(&full.earned),
            _ => panic!("nobody tries {place}: how is a {kind} found?"),
        };
        all.push((place.clone(), query, "/data/at/found/nodes/0".to_owned()));
    }
    all
}

/// Whether a filter takes an id as it is.
fn is_plain(types: &[Value], kind: &str, field: &str, filter: &str) -> bool {
    let named = |all: &Value, name: &str| all.as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
    let of = |name: &str| types.iter().find(|one| one["name"] == name).unwrap();
    let field = named(&of(kind)["fields"], field).unwrap();
    let argument = named(&field["args"], "where").unwrap();
    let filter = named(&of(bottom(&argument["type"]))["inputFields"], filter).unwrap();
    bottom(&filter["type"]) == "ID"
}

#[tokio::test]
async fn no_question_finds_anything_by_an_id_of_another_store() {
    let app = program().await;
    let town = Town::new(&app).await;
    let mut told = town.members[0].actor.ask(TYPES, json!({})).await;
    let types = told["__schema"]["types"].as_array_mut().unwrap();
    let foreign = ids(&town.foreign);
    // Subscriptions are tried with what is theirs, by the matrix.
    let mut taken = id_arguments(types);
    taken.retain(|place| !place.starts_with("Subscription."));
    let mut questions: Vec<(String, String, String)> = questions(&town.own)
        .into_iter()
        .map(|(place, query, at)| (place.to_owned(), query, at.to_owned()))
        .collect();
    questions.extend(filtered(types, &taken, &town.own));
    for member in &town.members {
        for (place, query, at) in &questions {
            for id in &foreign {
                let answer = member.actor.answer(&query.replace("ID", id), json!({})).await;
                let what = format!("{place} = {id} by {}", member.name);
                tells_nothing(&answer, id, &foreign, &what);
                assert!(answer.pointer(at).is_none_or(Value::is_null), "{what}: {answer}");
            }
        }
    }
    let tried: BTreeSet<String> = questions.into_iter().map(|(place, ..)| place).collect();
    let missing: Vec<&String> = taken.difference(&tried).collect();
    assert!(missing.is_empty(), "arguments with ids that nobody tried: {missing:?}");
}
