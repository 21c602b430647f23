//! The table of rights, and that nobody has any elsewhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use entity::coupon;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::operations::{ONESELF, Read, Write, read, reads, write, writes};
use super::{Ids, Member, ROLES, Town, program};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::text;

const TABLE: &str = include_str!("rights.txt");

async fn code_of_coupon(app: &TestApp, ids: &Ids) -> String {
    coupon::Entity::find_by_id(ids.full.coupon)
        .one(&app.app().db)
        .await
        .unwrap()
        .unwrap()
        .code
}

/// Who of the members may, in the words of the table: the roles, then the scopes that suffice alone.
fn line(name: &str, allowed: &[&str]) -> String {
    let roles = ROLES.map(|role| {
        format!(
            "{:<10}",
            if allowed.contains(&role) {
                role.to_lowercase()
            } else {
                "-".to_owned()
            }
        )
    });
    let mut scopes: Vec<&str> = allowed.iter().copied().filter(|name| name.contains(':')).collect();
    if scopes.is_empty() {
        scopes.push(if allowed.contains(&"all") { "(several)" } else { "-" });
    }
    format!("{name:<24}{}{}", roles.concat(), scopes.join(" "))
}

async fn may_write(member: &Member<'_>, operation: &Write) -> bool {
    let name = operation.name;
    match write(&member.actor, operation).await {
        Ok(errors) => {
            let lost = errors
                .as_array()
                .unwrap()
                .iter()
                .any(|error| error["code"] == "NOT_FOUND" && error["path"][0] == operation.names);
            assert!(!lost, "{name} of {} finds nothing: {errors}", member.name);
            true
        }
        Err(code) => {
            assert_eq!(code, "FORBIDDEN", "{name} of {}", member.name);
            false
        }
    }
}

async fn may_read(member: &Member<'_>, question: &Read) -> bool {
    match read(&member.actor, question).await {
        Ok(found) => found,
        Err(code) => {
            assert_eq!(code, "FORBIDDEN", "{} of {}", question.name, member.name);
            false
        }
    }
}

#[tokio::test]
async fn rights_in_ones_own_store() {
    let app = program().await;
    let town = Town::new(&app).await;
    let code = code_of_coupon(&app, &town.own).await;
    let mut table = format!(
        "{:<24}{}{}\n",
        "",
        ROLES.map(|role| format!("{:<10}", role.to_lowercase())).concat(),
        "scope"
    );
    for question in reads(&town.own, &code) {
        let mut allowed = Vec::new();
        for member in &town.members {
            if may_read(member, &question).await {
                allowed.push(member.name.as_str());
            }
        }
        writeln!(table, "{}", line(&question.name, &allowed)).unwrap();
    }
    for operation in writes(&town.own) {
        let mut allowed = Vec::new();
        for member in &town.members {
            // The token goes last, or there would be none left to revoke.
            if may_write(member, &operation).await {
                allowed.push(member.name.as_str());
            }
        }
        writeln!(table, "{}", line(operation.name, &allowed)).unwrap();
    }
    assert_eq!(
        table, TABLE,
        "the table of rights has changed; if it should, write this down in rights.txt:\n{table}"
    );
}

/// Stores are made by users, and by nobody else.
#[tokio::test]
async fn only_users_make_stores() {
    let app = program().await;
    let town = Town::new(&app).await;
    for member in &town.members {
        let query = Actor::mutation("createStore", "store { id }");
        let answer = member
            .actor
            .answer(
                &query,
                json!({ "input": { "name": "Nova", "idempotencyKey": member.name } }),
            )
            .await;
        let is_user = ROLES.contains(&member.name.as_str());
        assert_eq!(
            answer["data"]["createStore"]["store"]["id"].is_string(),
            is_user,
            "{}: {answer}",
            member.name
        );
        assert_eq!(
            answer["errors"][0]["extensions"]["code"],
            if is_user { Value::Null } else { json!("UNAUTHENTICATED") }
        );
    }
}

/// The permission that a description names.
fn permission(description: &Value) -> Option<String> {
    let description = description.as_str().unwrap_or_default().replace('\n', " ");
    let (_, rest) = description.split_once("Permission: `")?;
    rest.split('`').next().map(str::to_owned)
}

/// What descriptions promise: the permissions of fields, of mutations, and of types with ids.
async fn promised(app: &TestApp) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let query = "{ __schema { types { name description interfaces { name } fields { name description } } } }";
    let told = app.data(query, json!({}), None).await;
    let (mut promised, mut mutations) = (BTreeSet::new(), BTreeSet::new());
    for kind in told["__schema"]["types"].as_array().unwrap() {
        let name = text(&kind["name"]);
        if kind["interfaces"]
            .as_array()
            .is_some_and(|all| all.contains(&json!({ "name": "Node" })))
        {
            promised.extend(permission(&kind["description"]).map(|permission| (name.clone(), permission)));
        }
        for field in kind["fields"].as_array().into_iter().flatten() {
            let permission = permission(&field["description"]);
            let field = text(&field["name"]);
            match name.as_str() {
                // They answer *not found* instead, which the streams' tests see to.
                "Subscription" => {}
                "Mutation" => {
                    promised.extend(permission.map(|permission| (field.clone(), permission)));
                    mutations.insert(field);
                }
                _ => promised.extend(permission.map(|permission| (format!("{name}.{field}"), permission))),
            }
        }
    }
    (promised, mutations)
}

/// What the schema says, and what is so: whatever needs a permission is in the table, with it.
#[tokio::test]
async fn the_schema_tells_the_permissions_of_the_table() {
    let app = program().await;
    let (promised, mutations) = promised(&app).await;
    let mut kept = BTreeSet::new();
    for line in TABLE.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, scope) = (words[0].to_owned(), words[words.len() - 1]);
        let permission = match scope {
            // No token can do it.
            "-" => Some("access:write".to_owned()),
            // It needs what its parent needs, and something besides, which only the description tells.
            "(several)" => promised
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, permission)| permission.clone()),
            scope => Some(scope.to_owned()),
        };
        kept.insert((name, permission.unwrap_or_default()));
    }
    assert_eq!(kept, promised);
    let without = ONESELF.into_iter().chain(["createStore"]).map(str::to_owned);
    let known: BTreeSet<String> = kept.into_iter().map(|(name, _)| name).chain(without).collect();
    assert!(
        mutations.is_subset(&known),
        "not in the table: {:?}",
        mutations.difference(&known)
    );
}

#[tokio::test]
async fn nobody_finds_anything_in_another_store() {
    let app = program().await;
    let town = Town::new(&app).await;
    let code = code_of_coupon(&app, &town.foreign).await;
    let before = seed::integration_of(app.app(), town.foreign.connected.parse().unwrap()).await;
    for member in &town.members {
        let name = &member.name;
        for question in reads(&town.foreign, &code) {
            assert_eq!(
                read(&member.actor, &question).await,
                Ok(false),
                "{} of {name}",
                question.name
            );
        }
        for operation in writes(&town.foreign) {
            let errors = write(&member.actor, &operation)
                .await
                .unwrap_or_else(|code| panic!("{} of {name}: {code}", operation.name));
            let said: Vec<(&Value, &Value)> = errors
                .as_array()
                .unwrap()
                .iter()
                .map(|error| (&error["code"], &error["path"]))
                .collect();
            assert_eq!(
                said,
                [(&json!("NOT_FOUND"), &json!([operation.names]))],
                "{} of {name}",
                operation.name
            );
        }
    }
    assert_eq!(seed::integration_of(app.app(), before.id).await, before);

    // What is theirs, asked for with something of the other's.
    let owner = &town.members[0].actor;
    let customer = &town.foreign.full.customer;
    let query = format!(
        r#"query ($id: ID!) {{ store(id: $id) {{
            orders(first: 9, where: {{ customerId: {{ eq: "{customer}" }} }}) {{ nodes {{ id }} }}
            coupons(first: 9, where: {{ customerId: {{ eq: "{customer}" }} }}) {{ nodes {{ id }} }}
            rewards(first: 9, where: {{ integrationId: {{ eq: "{}" }} }}) {{ nodes {{ id }} }}
            coupon(code: "{code}") {{ id }} }} }}"#,
        town.foreign.full.integration
    );
    let told = owner.ask(&query, json!({ "id": town.own.store })).await;
    let nothing = json!({ "nodes": [] });
    assert_eq!(
        told["store"],
        json!({ "orders": nothing, "coupons": nothing, "rewards": nothing, "coupon": null })
    );
    let stores = "{ viewer { stores(first: 9) { nodes { id } } } }";
    for member in &town.members {
        let told = member.actor.ask(stores, json!({})).await;
        assert_eq!(
            told["viewer"]["stores"]["nodes"],
            json!([{ "id": town.own.store }]),
            "{}",
            member.name
        );
    }
}

#[tokio::test]
async fn strangers_are_told_to_sign_in() {
    let app = program().await;
    let town = Town::new(&app).await;
    let stranger = Actor::stranger(&app);
    let unauthenticated = Err("UNAUTHENTICATED".to_owned());
    for operation in writes(&town.own) {
        assert_eq!(
            write(&stranger, &operation).await.map(|_| ()),
            unauthenticated,
            "{}",
            operation.name
        );
    }
    // Also where what is named does not exist.
    for mut operation in writes(&town.own) {
        operation.input[operation.names] = json!("x");
        assert_eq!(
            write(&stranger, &operation).await.map(|_| ()),
            unauthenticated,
            "{}",
            operation.name
        );
    }
    let query = Actor::mutation("createStore", "store { id }");
    let answer = stranger
        .answer(&query, json!({ "input": { "name": "Nova", "idempotencyKey": "n" } }))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    for question in reads(&town.own, &code_of_coupon(&app, &town.own).await) {
        assert_eq!(read(&stranger, &question).await, Ok(false), "{}", question.name);
    }
    let answer = stranger.answer("{ viewer { id } platforms { kind } }", json!({})).await;
    assert_eq!(
        (&answer["data"]["viewer"], &answer["data"]["platforms"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}
