//! The matrix of permissions: every cell of it, and that nobody has any right elsewhere.

use std::collections::BTreeSet;

use entity::coupon;
use fidelidade::access::{Permission, ROLES, Scope};
use fidelidade::graphql::{self, Requirement};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::operations::{AS_NAMED, ONESELF, Read, Write, read, reads, subscribe, subscriptions, write, writes};
use super::{Ids, Member, Town, program};
use crate::api::actor::Actor;
use crate::api::seed;
use crate::support::app::TestApp;
use crate::support::merchant::text;

const CHECKED_IN: &str = include_str!("../../../../docs/permissions.md");

#[test]
fn the_matrix_is_checked_in() {
    assert!(
        graphql::matrix() == CHECKED_IN,
        "the permissions have changed: `cargo run -- permissions > docs/permissions.md`"
    );
}

async fn code_of_coupon(app: &TestApp, ids: &Ids) -> String {
    coupon::Entity::find_by_id(ids.full.coupon)
        .one(&app.app().db)
        .await
        .unwrap()
        .unwrap()
        .code
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

/// How something that needs a permission is asked for.
enum Asked {
    Write(Write),
    Read(Read),
    Subscription(Read),
}

impl Asked {
    fn name(&self) -> &str {
        match self {
            Self::Write(one) => one.name,
            Self::Read(one) | Self::Subscription(one) => &one.name,
        }
    }

    async fn may(&self, member: &Member<'_>) -> bool {
        match self {
            Self::Write(one) => may_write(member, one).await,
            Self::Read(one) => may_read(member, one).await,
            Self::Subscription(one) => subscribe(&member.actor, one).await,
        }
    }
}

fn everything(ids: &Ids, code: &str) -> Vec<Asked> {
    let reads = reads(ids, code).into_iter().map(Asked::Read);
    let writes = writes(ids).into_iter().filter(|one| !AS_NAMED.contains(&one.name));
    let writes = writes.map(Asked::Write);
    let subscriptions = subscriptions(ids).into_iter().map(Asked::Subscription);
    reads.chain(writes).chain(subscriptions).collect()
}

/// The scopes that a token needs to see a field: its own, and that of what it belongs to.
fn scopes_for(one: &Requirement, all: &[Requirement]) -> BTreeSet<Permission> {
    let kind = all.iter().find(|other| other.kind == one.kind && other.field.is_none());
    kind.into_iter().chain([one]).map(|one| one.permission).collect()
}

async fn token<'a>(app: &'a TestApp, owner: &Actor<'_>, store: &str, scopes: &BTreeSet<Permission>) -> Member<'a> {
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let name = scopes.join(" ");
    let input = json!({ "storeId": store, "name": name.chars().take(100).collect::<String>(), "scopes": scopes });
    let made = owner.must("createApiToken", "secret", input).await;
    Member {
        name,
        actor: Actor::with(app, &text(&made["secret"])),
    }
}

/// Every cell of the matrix: each role, a token with just the scopes, and one with all but the scope.
#[tokio::test]
async fn every_cell_of_the_matrix() {
    let app = program().await;
    let town = Town::new(&app).await;
    let owner = &town.members[0].actor;
    let code = code_of_coupon(&app, &town.own).await;
    let all = graphql::requirements();
    let asked = everything(&town.own, &code);
    let known: BTreeSet<&str> = asked.iter().map(Asked::name).collect();
    let declared: BTreeSet<String> = all.iter().map(Requirement::name).collect();
    let declared: BTreeSet<&str> = declared.iter().map(String::as_str).collect();
    assert_eq!(known, declared, "asked for here, and declared in the schema");
    for one in &all {
        let (name, permission) = (one.name(), one.permission);
        let asked = asked.iter().find(|asked| asked.name() == name).unwrap();
        let needed = scopes_for(one, &all);
        for (member, (role, allowed)) in town
            .members
            .iter()
            .zip(ROLES.map(|(role, kind)| (role, needed.iter().all(|one| one.allowed_to(kind)))))
        {
            assert_eq!(member.name.to_lowercase(), role);
            assert_eq!(asked.may(member).await, allowed, "{name} by {role}");
        }
        let scopes: BTreeSet<Permission> = Scope::all().map(Scope::permission).collect();
        let mut others = scopes.clone();
        others.remove(&permission);
        let without = token(&app, owner, &town.own.store, &others).await;
        assert!(!asked.may(&without).await, "{name} without {permission}");
        if scopes.contains(&permission) {
            let with = token(&app, owner, &town.own.store, &needed).await;
            assert!(asked.may(&with).await, "{name} with {}", with.name);
        }
    }
}

/// Mutations without a declared permission are those about oneself, the one that makes a store, and those
/// that need what they name needs.
#[test]
fn every_mutation_declares_its_permission() {
    let declared = graphql::requirements().into_iter().map(|one| one.name());
    let known: BTreeSet<String> = declared
        .chain(
            ONESELF
                .into_iter()
                .chain(AS_NAMED)
                .chain(["createStore"])
                .map(str::to_owned),
        )
        .collect();
    let sdl = graphql::sdl();
    let (_, mutations) = sdl.split_once("\ntype Mutation {\n").unwrap();
    let (mutations, _) = mutations.split_once("\n}\n").unwrap();
    // Between the marks of a description.
    let fields = mutations
        .split("\"\"\"")
        .step_by(2)
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix('\t'))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(['(', ':']))
        .map(|(name, _)| name.to_owned());
    let missing: Vec<String> = fields.filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "without `#[requires]`: {missing:?}");
    assert!(
        !sdl.replace("Permission: `", "").contains("Permission:"),
        "a permission is told in words only"
    );
}

/// Descriptions tell what is declared, and nothing else.
#[test]
fn descriptions_tell_what_is_declared() {
    let sdl = graphql::sdl();
    // Types of events tell what each of them needs; they are no fields.
    let (before, rest) = sdl.split_once("\nenum EventType {").unwrap();
    let (_, after) = rest.split_once("\n}").unwrap();
    let told = [before, after].concat().matches("Permission: `").count();
    assert_eq!(told, graphql::requirements().len());
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
        let is_user = ROLES.iter().any(|(role, _)| member.name.to_lowercase() == *role);
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
    for question in subscriptions(&town.foreign) {
        for member in &town.members {
            assert!(
                !subscribe(&member.actor, &question).await,
                "{} of {}",
                question.name,
                member.name
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
