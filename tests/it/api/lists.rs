//! Lists page by page: every row once, in order, forward and backward, alone and below a hundred
//! parents, and while rows come and go.

use entity::customer;
use fidelidade::run::Halves;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::actor::Actor;
use super::{seed, seed_access};
use crate::support::app::TestApp;
use crate::support::merchant::{list, text};

/// How a list's nodes are told apart.
fn id_of(list: &str) -> &'static str {
    if list == "members" { "userId" } else { "id" }
}

/// What is asked of something, which is called `node`: of whoever asks, or of a node.
fn below(kind: &str, arguments: &str, selection: &str) -> String {
    if kind == "Viewer" {
        format!("query ({arguments}) {{ node: viewer {{ {selection} }} }}")
    } else {
        format!("query ($id: ID!, {arguments}) {{ node(id: $id) {{ ... on {kind} {{ {selection} }} }} }}")
    }
}

/// A connection below a node, walked in one direction by pages of a size.
struct Walk {
    /// The type of the node and the connection's name, with its other arguments.
    of: (&'static str, &'static str, &'static str),
    backward: bool,
    size: usize,
}

impl Walk {
    fn query(&self) -> String {
        let (kind, name, arguments) = self.of;
        let page = if self.backward {
            "last: $size, before: $at"
        } else {
            "first: $size, after: $at"
        };
        let id = id_of(name);
        let list = format!(
            "list: {name}({page}{arguments}) {{ totalCount edges {{ cursor node {{ id: {id} }} }} nodes {{ id: {id} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
        );
        below(kind, "$size: Int, $at: String", &list)
    }

    /// The ids of all rows, in the list's order.
    async fn all(&self, who: &Actor<'_>, id: &str) -> Vec<String> {
        let (mut found, mut at) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "id": id, "size": self.size, "at": at });
            let page = who.ask(&self.query(), variables).await["node"]["list"].take();
            let info = &page["pageInfo"];
            let edges = list(&page["edges"]);
            assert!(edges.len() <= self.size);
            let mut ids: Vec<String> = edges.iter().map(|edge| text(&edge["node"]["id"])).collect();
            assert_eq!(
                list(&page["nodes"])
                    .iter()
                    .map(|node| text(&node["id"]))
                    .collect::<Vec<_>>(),
                ids
            );
            let ends = (
                edges.first().map(|edge| &edge["cursor"]),
                edges.last().map(|edge| &edge["cursor"]),
            );
            assert_eq!(
                ends,
                (
                    Some(&info["startCursor"]).filter(|_| !ids.is_empty()),
                    Some(&info["endCursor"]).filter(|_| !ids.is_empty())
                )
            );
            let (more, went_on, next) = if self.backward {
                ids.extend(std::mem::take(&mut found));
                found = ids;
                ("hasPreviousPage", "hasNextPage", "startCursor")
            } else {
                found.extend(ids);
                ("hasNextPage", "hasPreviousPage", "endCursor")
            };
            assert_eq!(info[went_on], !at.is_null());
            if info[more] == false {
                assert_eq!(page["totalCount"], found.len());
                return found;
            }
            at = info[next].clone();
        }
    }
}

#[tokio::test]
async fn every_row_comes_once_and_in_order() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 7).await;
    let lists = [
        (("Store", "customers", ""), store.clone(), 7),
        (("Store", "orders", ""), store.clone(), 35),
        (("Store", "orders", ", orderBy: PLACED_AT_ASC"), store.clone(), 35),
        (
            ("Store", "orders", r#", where: { statusCode: { in: ["4", "x"] } }"#),
            store.clone(),
            35,
        ),
        (("Store", "integrations", ""), store.clone(), 1),
        (("Store", "rewards", ", where: { active: true }"), store.clone(), 7),
        (("Store", "redemptions", ""), store.clone(), 7),
        (
            ("Store", "coupons", ", where: { state: { eq: USED } }"),
            store.clone(),
            7,
        ),
        (("Customer", "orders", ""), full.customer.to_string(), 5),
        (("Customer", "coupons", ""), full.customer.to_string(), 1),
        (("Customer", "statement", ""), full.customer.to_string(), 8),
        (
            ("Customer", "statement", ", where: { kind: { eq: EARN } }"),
            full.customer.to_string(),
            5,
        ),
        (("Customer", "lots", ""), full.customer.to_string(), 6),
        (("Integration", "importRuns", ""), full.integration.to_string(), 10),
        (("ImportRun", "rejects", ""), full.run.to_string(), 6),
    ];
    for (of, id, count) in lists {
        let whole = Walk {
            of,
            backward: false,
            size: 100,
        }
        .all(&merchant, &id)
        .await;
        assert_eq!(whole.len(), count, "{of:?}");
        for (backward, size) in [(true, 100), (false, 1), (true, 1), (false, 3), (true, 3)] {
            let walked = Walk { of, backward, size }.all(&merchant, &id).await;
            assert_eq!(walked, whole, "{of:?} by {size}, backward: {backward}");
        }
    }
    let ascending = Walk {
        of: ("Store", "orders", ", orderBy: PLACED_AT_ASC"),
        backward: false,
        size: 9,
    };
    let mut descending = Walk {
        of: ("Store", "orders", ""),
        backward: false,
        size: 9,
    }
    .all(&merchant, &store)
    .await;
    descending.reverse();
    assert_eq!(ascending.all(&merchant, &store).await, descending);
}

/// Every list, with every sort that it has: backward first, then forward.
const SORTS: [(&str, &str, [&str; 2]); 29] = [
    ("Store", "customers", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "customers", ["NAME_DESC", "NAME_ASC"]),
    ("Store", "orders", ["PLACED_AT_DESC", "PLACED_AT_ASC"]),
    ("Store", "orders", ["UPDATED_AT_DESC", "UPDATED_AT_ASC"]),
    ("Store", "rewards", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "rewards", ["POINTS_DESC", "POINTS_ASC"]),
    ("Store", "redemptions", ["REQUESTED_AT_DESC", "REQUESTED_AT_ASC"]),
    ("Store", "coupons", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "coupons", ["VALID_UNTIL_DESC", "VALID_UNTIL_ASC"]),
    ("Store", "integrations", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Customer", "orders", ["PLACED_AT_DESC", "PLACED_AT_ASC"]),
    ("Customer", "orders", ["UPDATED_AT_DESC", "UPDATED_AT_ASC"]),
    ("Customer", "coupons", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Customer", "coupons", ["VALID_UNTIL_DESC", "VALID_UNTIL_ASC"]),
    ("Customer", "statement", ["RECORDED_AT_DESC", "RECORDED_AT_ASC"]),
    ("Customer", "lots", ["RECORDED_AT_DESC", "RECORDED_AT_ASC"]),
    ("Integration", "importRuns", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("ImportRun", "rejects", ["MET_DESC", "MET_ASC"]),
    ("Customer", "mergedCustomers", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "members", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "invitations", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "apiTokens", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "auditLog", ["AT_DESC", "AT_ASC"]),
    ("Store", "webhooks", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Store", "jobs", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Webhook", "deliveries", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Viewer", "sessions", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Viewer", "tokens", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
    ("Viewer", "stores", ["CREATED_AT_DESC", "CREATED_AT_ASC"]),
];

/// The ids on a page of some of a list's rows, and where its walk goes on.
async fn some_of(
    who: &Actor<'_>,
    (kind, name, sort): (&str, &str, &str),
    (id, only): (&str, &[String]),
    (backward, at): (bool, &Value),
) -> (Vec<String>, Value) {
    let (size, end) = if backward {
        ("last: 3, before: $at", "startCursor")
    } else {
        ("first: 3, after: $at", "endCursor")
    };
    let field = id_of(name);
    let selection = format!(
        "list: {name}({size}, orderBy: {sort}, where: {{ {field}: {{ in: $only }} }}) {{
            nodes {{ id: {field} }} pageInfo {{ {end} }} }}"
    );
    let query = below(kind, "$at: String, $only: [ID!]", &selection);
    let mut page = who.ask(&query, json!({ "id": id, "at": at, "only": only })).await["node"]["list"].take();
    let ids = list(&page["nodes"]).iter().map(|node| text(&node["id"])).collect();
    (ids, page["pageInfo"][end].take())
}

/// The row that a page ended with is gone when the next is asked for, as are others, and some have come:
/// whatever is there comes once, in its place.
#[tokio::test]
async fn every_sort_is_stable_while_rows_come_and_go() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 8).await;
    for number in 0..6 {
        merchant.create_store(&format!("Loja {number}")).await;
    }
    let user = text(&merchant.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let access = seed_access::fill(app.app(), store.parse().unwrap(), user.parse().unwrap(), (8, 8)).await;
    seed_access::merge(app.app(), full.customer, 8).await;
    for (kind, name, [backward, forward]) in SORTS {
        let id = match kind {
            "Store" => store.clone(),
            "Customer" => full.customer.to_string(),
            "Integration" => full.integration.to_string(),
            "Webhook" => access.webhook.to_string(),
            _ => full.run.to_string(),
        };
        let by = |sort: &'static str| format!(", orderBy: {sort}");
        let walk = async |arguments: &str, size, backward| {
            let arguments: &'static str = Box::leak(arguments.to_owned().into_boxed_str());
            let of = (kind, name, arguments);
            Walk { of, backward, size }.all(&merchant, &id).await
        };
        let mut whole = walk(&by(backward), 100, false).await;
        assert!(!whole.is_empty());
        for (size, backward_pages) in [(3, false), (3, true)] {
            assert_eq!(
                walk(&by(backward), size, backward_pages).await,
                whole,
                "{name} {backward}"
            );
        }
        whole.reverse();
        for (size, backward_pages) in [(100, false), (3, false), (3, true)] {
            assert_eq!(
                walk(&by(forward), size, backward_pages).await,
                whole,
                "{name} {forward}"
            );
        }
        // From here on in the forward sort's order.
        let early: Vec<String> = whole
            .iter()
            .enumerate()
            .filter(|(place, _)| place % 3 != 1)
            .map(|(_, id)| id.clone())
            .collect();
        for (sort, backward_pages) in [(forward, false), (backward, true), (backward, false), (forward, true)] {
            // Whether this walk goes through `whole` from its beginning.
            let along = (sort == forward) != backward_pages;
            let order = |mut ids: Vec<String>| {
                if !along {
                    ids.reverse();
                }
                ids
            };
            let of = (kind, name, sort);
            let (mut ids, at) = some_of(&merchant, of, (&id, &early), (backward_pages, &Value::Null)).await;
            if backward_pages {
                ids.reverse();
            }
            assert_eq!(ids, order(early.clone())[..ids.len()], "{name} {sort}");
            let Some(end) = ids.last() else { continue };
            let late: Vec<String> = whole
                .iter()
                .filter(|id| *id != end)
                .enumerate()
                .filter(|(place, _)| place % 4 != 2)
                .map(|(_, id)| id.clone())
                .collect();
            let (mut next, _) = some_of(&merchant, of, (&id, &late), (backward_pages, &at)).await;
            if backward_pages {
                next.reverse();
            }
            let beyond: Vec<String> = order(whole.clone())
                .into_iter()
                .skip_while(|id| id != end)
                .filter(|id| late.contains(id))
                .take(3)
                .collect();
            assert_eq!(next, beyond, "{name} {sort}, pages backward: {backward_pages}");
        }
    }
}

/// Below many parents each list has its own rows, whatever each is asked for.
#[tokio::test]
async fn lists_below_lists_do_not_mix() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    seed::fill(app.app(), &store, 9).await;
    let query = "query ($id: ID!, $at: String) { store(id: $id) { customers(first: 20) { nodes { id
        first: orders(first: 2) { nodes { id customer { id } } pageInfo { hasNextPage } }
        last: orders(last: 2) { nodes { id } pageInfo { hasPreviousPage } }
        all: orders(first: 9) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
        after: orders(first: 9, after: $at) { nodes { placedAt } }
        coupons(first: 1) { totalCount nodes { customer { id } } } } } } }";
    let cursor = "query ($id: ID!) { store(id: $id) { orders(first: 1) { edges { cursor node { placedAt } } } } }";
    let newest = merchant.ask(cursor, json!({ "id": store })).await["store"]["orders"]["edges"][0].take();
    let told = merchant
        .ask(query, json!({ "id": store, "at": newest["cursor"] }))
        .await;
    let customers = list(&told["store"]["customers"]["nodes"]);
    assert_eq!(customers.len(), 9);
    let mut after = 0;
    for customer in customers {
        let ids = |of: &str| {
            list(&customer[of]["nodes"])
                .iter()
                .map(|node| text(&node["id"]))
                .collect::<Vec<_>>()
        };
        let all = ids("all");
        assert_eq!((all.len(), &customer["all"]["totalCount"]), (5, &json!(5)));
        assert_eq!((ids("first"), ids("last")), (all[..2].to_vec(), all[3..].to_vec()));
        assert!(
            list(&customer["first"]["nodes"])
                .iter()
                .all(|order| order["customer"]["id"] == customer["id"])
        );
        assert_eq!(
            (
                &customer["first"]["pageInfo"]["hasNextPage"],
                &customer["last"]["pageInfo"]["hasPreviousPage"]
            ),
            (&json!(true), &json!(true))
        );
        assert_eq!(customer["coupons"]["nodes"][0]["customer"]["id"], customer["id"]);
        let later = list(&customer["after"]["nodes"]);
        assert!(
            later
                .iter()
                .all(|order| text(&order["placedAt"]) <= text(&newest["node"]["placedAt"]))
        );
        after += later.len();
    }
    assert_eq!(
        after, 44,
        "one cursor serves below every parent: all orders but the newest are after it"
    );
}

/// A page goes on from the row it ended with, though that row is gone and others have come.
#[tokio::test]
async fn rows_that_come_and_go_neither_repeat_nor_hide_others() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let integration = seed::integration(app.app(), &store).await;
    let (context, lease) = seed::run(app.app(), &integration, entity::import_run::ImportKind::Shop).await;
    let people = |numbers: std::ops::Range<usize>| fidelidade::platform::Page {
        items: numbers.map(seed::person).collect(),
        rejects: Vec::new(),
        next: None,
        total: None,
    };
    fidelidade::service::customer::import(app.app(), &context, &lease, people(0..6))
        .await
        .unwrap();
    let query = "query ($id: ID!, $at: String) { store(id: $id) { customers(first: 3, after: $at) {
        nodes { id name } pageInfo { endCursor } } } }";
    let page = merchant.ask(query, json!({ "id": store })).await["store"]["customers"].take();
    let names = |page: &Value| {
        list(&page["nodes"])
            .iter()
            .map(|node| text(&node["name"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&page), ["Pessoa 5", "Pessoa 4", "Pessoa 3"]);

    fidelidade::service::customer::import(app.app(), &context, &lease, people(6..8))
        .await
        .unwrap();
    let gone: entity::CustomerId = text(&page["nodes"][2]["id"]).parse().unwrap();
    let sources = entity::customer_source::Entity::delete_many();
    let own = sea_orm::ColumnTrait::eq(&entity::customer_source::Column::CustomerId, gone);
    sea_orm::QueryFilter::filter(sources, own)
        .exec(&app.app().db)
        .await
        .unwrap();
    customer::Entity::delete_by_id(gone).exec(&app.app().db).await.unwrap();
    let page = merchant
        .ask(query, json!({ "id": store, "at": page["pageInfo"]["endCursor"] }))
        .await;
    assert_eq!(names(&page["store"]["customers"]), ["Pessoa 2", "Pessoa 1", "Pessoa 0"]);
}
