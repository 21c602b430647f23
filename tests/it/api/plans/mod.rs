//! How lists find their rows: every list with every sort and filter, asked through the API of a store with
//! many rows, and its statements explained by the database. No table that grows is read from end to end,
//! and nothing is sorted that an index has in order. Where two things are asked for at once, an index has either the
//! rows or their order: then the few that fit may be sorted, if walking along the order would have met more.
//!
//! ```sh
//! FIDELIDADE_TEST_ROWS=1000000 cargo test --test it api::plans -- --include-ignored --nocapture
//! ```
//!
//! does it with a million orders, and compares what the first, the thousandth and the last page cost.

mod explain;
mod many;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use explain::Sorting;
use fidelidade::access;
use many::{Many, analyse};
use serde_json::{Value, json};

use super::statements::counted::{Counted, EMAIL};
use crate::support::app::PASSWORD;
use crate::support::document::cpf;
use crate::support::merchant::text;

/// Orders of each store, where nobody says how many.
const ROWS: usize = 12_000;

fn rows() -> usize {
    std::env::var("FIDELIDADE_TEST_ROWS").map_or(ROWS, |rows| rows.parse().unwrap())
}

async fn filled(rows: usize) -> (Counted, Many) {
    let program = Counted::start().await;
    let mut stores = Vec::new();
    for name in ["Loja", "Outra"] {
        let query = super::actor::Actor::mutation("createStore", "store { id }");
        let input = json!({ "name": name, "idempotencyKey": name });
        let answer = program.gql(&query, json!({ "input": input })).await;
        stores.push(text(&answer["data"]["createStore"]["store"]["id"]));
    }
    let who = program.gql("{ viewer { id } }", Value::Null).await;
    let who = text(&who["data"]["viewer"]["id"]).parse().unwrap();
    let other = access::create_user(program.app(), "outra@loja-exemplo.invalid", "Outra", PASSWORD.into())
        .await
        .unwrap();
    // A store has few people, and there are many stores.
    let own = Many::new(program.app(), &stores[0], who, (rows, 60)).await;
    Many::new(program.app(), &stores[1], other, (rows, rows / 20)).await;
    analyse(program.app()).await;
    (program, own)
}

/// How the rows that a filter leaves are found.
#[derive(Clone, Copy)]
enum Found {
    /// Along the index of the sort.
    Along,
    /// They are few, and have an index of their own: they may be sorted.
    Few,
    /// They are a part of the index of a sort. With another sort SQLite, which does not know how many they are, finds
    /// them there and sorts them; PostgreSQL knows.
    PartOf(&'static str),
    /// By one field or another, or with one value or another: an index has the rows of each in order, and none those of
    /// both. PostgreSQL, which knows how many they are, may find them and sort them.
    Either,
}

/// How many rows may be sorted that were found by something else than the sort: so many that walking along the
/// sort's index to a page of them would have met more. Of `all` rows every `all / fits`-th fits, and a page needs `PAGE`
/// of them.
fn worth_sorting(all: f64) -> f64 {
    (PAGE * all).sqrt()
}

/// Rows of a page, and the one more that tells whether there are more.
const PAGE: f64 = 11.0;

/// A list, by the type and the id of what it belongs to, with its sorts and filters. A filter that leaves few rows is marked.
struct Case {
    of: (&'static str, String, &'static str),
    sorts: &'static [&'static str],
    filters: Vec<(Found, String)>,
}

fn case(
    kind: &'static str,
    id: &impl ToString,
    name: &'static str,
    sorts: &'static [&'static str],
    filters: Vec<(Found, String)>,
) -> Case {
    Case {
        of: (kind, id.to_string(), name),
        sorts,
        filters,
    }
}

#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
fn cases(own: &Many, now: entity::Instant) -> Vec<Case> {
    let range = |field: &str, from: i64, to: i64| {
        let at = |minutes| (now - chrono::TimeDelta::minutes(minutes)).to_rfc3339();
        format!(r#"{field}: {{ gte: "{}", lt: "{}" }}"#, at(from), at(to))
    };
    let many = |filter: &str| (Found::Along, filter.to_owned());
    let part = |sort: &'static str, filter: &str| (Found::PartOf(sort), filter.to_owned());
    let few = |filter: String| (Found::Few, filter);
    let either = |filter: &str| (Found::Either, filter.to_owned());
    let order = own.access.order;
    let of_order = format!(r#"objectId: {{ eq: "{order}" }}"#);
    let customer = format!(r#"customerId: {{ eq: "{}" }}"#, own.customer);
    let customers = format!(r#"customerId: {{ in: ["{}", "{}"] }}"#, own.customer, own.full.customer);
    vec![
        case(
            "Store",
            &own.store,
            "customers",
            &["CREATED_AT_DESC", "CREATED_AT_ASC", "NAME_ASC", "NAME_DESC"],
            vec![
                many(""),
                few(r#"name: { eq: "Pessoa 0000900" }"#.to_owned()),
                part("NAME", r#"name: { startsWith: "pess" }"#),
                few(r#"email: { eq: "p0000900@muitos.example" }"#.to_owned()),
                few(r#"email: { startsWith: "p000090" }"#.to_owned()),
                few(format!(r#"document: {{ in: ["{}", "{}"] }}"#, cpf(1_003), cpf(1_900))),
                few(format!(r#"id: {{ eq: "{}" }}"#, own.customer)),
                part("CREATED_AT", &range("createdAt", 2_000, 1_000)),
                either(r#"or: [{ name: { startsWith: "pessoa 00009" } }, { email: { startsWith: "p00008" } }]"#),
            ],
        ),
        case(
            "Store",
            &own.store,
            "orders",
            &["PLACED_AT_DESC", "PLACED_AT_ASC", "UPDATED_AT_DESC", "UPDATED_AT_ASC"],
            vec![
                many(""),
                few(r#"number: { eq: "M0000900" }"#.to_owned()),
                few(r#"number: { startsWith: "M000090" }"#.to_owned()),
                part("NUMBER", r#"number: { startsWith: "M" }"#),
                few(customer.clone()),
                few(customers.clone()),
                many(r#"statusCode: { eq: "4" }"#),
                many(r#"statusCode: { eq: "2" }"#),
                either(r#"statusCode: { in: ["4", "2"] }"#),
                part("PLACED_AT", &range("placedAt", 9_000, 3_000)),
                part("UPDATED_AT", &range("updatedAt", 5_000, 2_000)),
                part(
                    "PLACED_AT",
                    &format!(r#"statusCode: {{ eq: "4" }}, {}"#, range("placedAt", 9_000, 3_000)),
                ),
                either(r#"or: [{ statusCode: { eq: "2" } }, { number: { startsWith: "M00009" } }]"#),
                either(&format!(
                    r#"and: [{{ or: [{{ {customer} }}, {{ statusCode: {{ eq: "2" }} }}] }}]"#
                )),
            ],
        ),
        case(
            "Store",
            &own.store,
            "rewards",
            &[
                "CREATED_AT_DESC",
                "CREATED_AT_ASC",
                "POINTS_ASC",
                "POINTS_DESC",
                "POSITION_ASC",
                "POSITION_DESC",
            ],
            vec![
                many(""),
                many("active: true"),
                many(&format!(
                    r#"active: true, soldOut: false, availableAt: "{}""#,
                    now.to_rfc3339()
                )),
                part("POSITION", r#"category: { eq: "Roupas > Camisetas" }"#),
                part("CATEGORY", r#"category: { within: "Roupas" }"#),
                many("kind: { eq: PRODUCT }, active: true"),
                part("POINTS", "points: { gte: 100, lte: 500 }"),
                many(&format!(r#"integrationId: {{ eq: "{}" }}"#, own.full.integration)),
            ],
        ),
        case(
            "Store",
            &own.store,
            "redemptions",
            &["REQUESTED_AT_DESC", "REQUESTED_AT_ASC"],
            vec![
                many(""),
                many("state: { eq: COMPLETED }"),
                many("state: { eq: FAILED }"),
                either("state: { in: [FAILED, COMPLETED] }"),
                few(customer.clone()),
                many(&range("requestedAt", 900, 100)),
            ],
        ),
        case(
            "Store",
            &own.store,
            "coupons",
            &[
                "CREATED_AT_DESC",
                "CREATED_AT_ASC",
                "VALID_UNTIL_ASC",
                "VALID_UNTIL_DESC",
            ],
            vec![
                many(""),
                few(r#"code: { eq: "MUITOS0000100" }"#.to_owned()),
                many("state: { eq: ACTIVE }"),
                either("state: { in: [ACTIVE, USED] }"),
                few(customer.clone()),
                part("CREATED_AT", &range("createdAt", 900, 100)),
                part("VALID_UNTIL", r#"validUntil: { gte: "2001-01-01T00:00:00Z" }"#),
            ],
        ),
        case(
            "Store",
            &own.store,
            "fulfilments",
            &["REQUESTED_AT_ASC", "REQUESTED_AT_DESC"],
            vec![
                many(""),
                many("state: { eq: WAITING }"),
                many("state: { eq: FULFILLED }"),
                either("state: { in: [WAITING, FULFILLED] }"),
                few(customer.clone()),
                many(&range("requestedAt", 900, 100)),
            ],
        ),
        case(
            "Store",
            &own.store,
            "couponPools",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many(""), few(r#"name: { eq: "Verão" }"#.to_owned())],
        ),
        case(
            "CouponPool",
            &own.pool,
            "codes",
            &["ADDED_AT_DESC", "ADDED_AT_ASC"],
            vec![
                many(""),
                many("state: { eq: FREE }"),
                many("state: { eq: TAKEN }"),
                either("state: { in: [TAKEN, WITHDRAWN] }"),
            ],
        ),
        case(
            "Customer",
            &own.customer,
            "orders",
            &["PLACED_AT_DESC", "UPDATED_AT_ASC"],
            vec![few(String::new()), few(r#"statusCode: { eq: "4" }"#.to_owned())],
        ),
        case(
            "Customer",
            &own.customer,
            "coupons",
            &["CREATED_AT_DESC", "VALID_UNTIL_ASC"],
            vec![few(String::new())],
        ),
        case(
            "Customer",
            &own.full.customer,
            "statement",
            &["RECORDED_AT_DESC", "RECORDED_AT_ASC"],
            vec![
                many(""),
                many("kind: { eq: EARN }"),
                many(&range("recordedAt", 900, 100)),
            ],
        ),
        case(
            "Customer",
            &own.full.customer,
            "lots",
            &["RECORDED_AT_DESC", "RECORDED_AT_ASC"],
            vec![many(""), many("points: { gte: 1 }")],
        ),
        case(
            "Integration",
            &own.full.integration,
            "importRuns",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![
                many(""),
                many("state: { in: [FAILED, SUCCEEDED] }, kind: { eq: SHOP }"),
                part("CREATED_AT", &range("createdAt", 400, 100)),
            ],
        ),
        case(
            "ImportRun",
            &own.full.run,
            "rejects",
            &["MET_ASC", "MET_DESC"],
            vec![many(""), many(r#"resource: { eq: "order" }"#)],
        ),
        case(
            "ImportRun",
            &own.compared,
            "differences",
            &["FOUND_ASC", "FOUND_DESC"],
            vec![
                many(""),
                many("state: { eq: OPEN }"),
                many("kind: { eq: ORDER_UNDONE }"),
                many("repair: { eq: IMPORT_ORDER }"),
                either("state: { in: [OPEN, APPLIED] }"),
                either("kind: { in: [ORDER_UNDONE, COUPON_ENDED] }"),
            ],
        ),
        case(
            "Customer",
            &own.merged,
            "mergedCustomers",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many("")],
        ),
        case(
            "Store",
            &own.store,
            "members",
            &["CREATED_AT_ASC", "CREATED_AT_DESC"],
            vec![
                many(""),
                many("role: { eq: MANAGER }"),
                few(format!(r#"email: {{ eq: "{EMAIL}" }}"#)),
                part("CREATED_AT", &range("createdAt", 20, 5)),
            ],
        ),
        case(
            "Store",
            &own.store,
            "invitations",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many(""), many("accepted: false, revoked: false")],
        ),
        case(
            "Store",
            &own.store,
            "apiTokens",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![few(String::new()), few("revoked: false".to_owned())],
        ),
        case(
            "Viewer",
            &"",
            "tokens",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many(""), many("revoked: false")],
        ),
        case(
            "Viewer",
            &"",
            "sessions",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many(""), many(r#"device: { startsWith: "caixa" }"#)],
        ),
        case(
            "Store",
            &own.store,
            "auditLog",
            &["AT_DESC", "AT_ASC"],
            vec![
                many(""),
                many(r#"action: { eq: "reward.test" }"#),
                part("ACTION", r#"action: { startsWith: "reward." }"#),
                many(r#"actorId: { eq: "token_x" }"#),
                many(&of_order),
                many(&range("at", 200, 100)),
                either(&format!(
                    r#"or: [{{ action: {{ eq: "reward.test" }} }}, {{ {of_order} }}]"#
                )),
            ],
        ),
        case(
            "Store",
            &own.store,
            "webhooks",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![many(""), many("state: { eq: ACTIVE }")],
        ),
        case(
            "Webhook",
            &own.access.webhook,
            "deliveries",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![
                many(""),
                many("state: { eq: FAILED }"),
                many("state: { eq: DELIVERED }"),
                either("state: { in: [FAILED, PENDING] }"),
                many(&of_order),
            ],
        ),
        case(
            "Store",
            &own.store,
            "jobs",
            &["CREATED_AT_DESC", "CREATED_AT_ASC"],
            vec![
                many(""),
                many("state: { eq: FAILED }"),
                many("state: { eq: DONE }"),
                either("state: { in: [FAILED, RUNNING] }"),
                many("kind: { eq: CANCEL_COUPON }"),
                many(&of_order),
                many(&range("createdAt", 200, 100)),
            ],
        ),
    ]
}

/// Look-ups by what people know.
fn lookups(own: &Many) -> Vec<String> {
    let fields = [
        format!(r#"customer(document: "{}") {{ id }}"#, cpf(1_003)),
        r#"customer(email: "p0000900@muitos.example") { id }"#.to_owned(),
        r#"order(number: "M0000900") { id }"#.to_owned(),
        r#"coupon(code: "MUITOS0000100") { id }"#.to_owned(),
        r#"poolCode(code: "lote-0000100") { id }"#.to_owned(),
        r#"product(sku: "M-100") { id }"#.to_owned(),
        r#"reward(sku: "M-100") { id }"#.to_owned(),
    ];
    fields
        .iter()
        .map(|field| format!(r#"{{ store(id: "{}") {{ found: {field} }} }}"#, own.store))
        .collect()
}

#[tokio::test]
async fn every_list_walks_an_index() {
    let (program, own) = Box::pin(filled(rows())).await;
    let mut asked = Vec::new();
    for Case {
        of: (kind, id, name),
        sorts,
        filters,
    } in cases(&own, program.app().clock.now())
    {
        let ask = |list: &str| match kind {
            "Viewer" => format!("{{ node: viewer {{ {list} }} }}"),
            _ => format!(r#"{{ node(id: "{id}") {{ ... on {kind} {{ {list} }} }} }}"#),
        };
        let count = program
            .gql(&ask(&format!("list: {name}(first: 1) {{ totalCount }}")), Value::Null)
            .await;
        let all = count["data"]["node"]["list"]["totalCount"].as_f64().unwrap();
        for sort in sorts {
            for (found, filter) in &filters {
                let list = |page: &str| {
                    ask(&format!(
                        "list: {name}({page}, orderBy: {sort}, where: {{ {filter} }}) {{ nodes {{ __typename }} pageInfo {{ endCursor }} }}"
                    ))
                };
                let first = program.gql(&list("first: 10"), Value::Null).await;
                let end = &first["data"]["node"]["list"]["pageInfo"]["endCursor"];
                let may_sort = match found {
                    Found::Along => Sorting::default(),
                    Found::PartOf(sorted) if sort.starts_with(sorted) => Sorting::default(),
                    Found::Few | Found::PartOf(_) => Sorting {
                        found_first: true,
                        most: worth_sorting(all),
                    },
                    Found::Either => Sorting {
                        found_first: false,
                        most: worth_sorting(all),
                    },
                };
                asked.push((may_sort, list("first: 10")));
                asked.push((may_sort, list("last: 10")));
                if end.is_string() {
                    asked.push((may_sort, list(&format!("first: 10, after: {end}"))));
                    asked.push((may_sort, list(&format!("last: 10, before: {end}"))));
                }
            }
        }
    }
    let looked_up = Sorting {
        found_first: true,
        most: 0.0,
    };
    asked.extend(lookups(&own).into_iter().map(|query| (looked_up, query)));
    let mut wrong = String::new();
    for (may_sort, query) in &asked {
        program.forget();
        let answer = program.gql(query, Value::Null).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        assert!(
            !query.contains("found:") || answer["data"]["store"]["found"].is_object(),
            "{query}: {answer}"
        );
        for statement in program.asked() {
            // What is no list is looked up, such as who was merged into a customer.
            let may_sort = if statement.sql.contains(r#"AS "part""#) {
                *may_sort
            } else {
                looked_up
            };
            let faults = explain::faults(&program.app().db, &statement, may_sort).await;
            if !faults.is_empty() {
                writeln!(wrong, "{query}\n    {}\n    {faults:?}", statement.sql).unwrap();
            }
        }
    }
    println!("{} questions of {} orders were explained", asked.len(), rows());
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(asked.len() > 400, "only {} questions", asked.len());
}

/// Slow, and a matter of timing: by hand, with as many rows as the question is about.
#[tokio::test]
#[ignore = "measures"]
async fn the_first_the_thousandth_and_the_last_page_cost_the_same() {
    let (program, own) = Box::pin(filled(rows())).await;
    let page = |arguments: &str| {
        format!(
            r#"{{ store(id: "{}") {{ orders({arguments}) {{ nodes {{ id number }} pageInfo {{ endCursor }} }} }} }}"#,
            own.store
        )
    };
    let mut end = Value::Null;
    for _ in 0..(10_000 / 100).min(rows() / 200) {
        let answer = program
            .gql(&page(&format!("first: 100, after: {end}")), Value::Null)
            .await;
        end = answer["data"]["store"]["orders"]["pageInfo"]["endCursor"].clone();
    }
    let pages = [
        page("first: 10"),
        page(&format!("first: 10, after: {end}")),
        page("last: 10"),
    ];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..400 {
        for (page, times) in pages.iter().zip(&mut times) {
            let began = Instant::now();
            program.gql(page, Value::Null).await;
            times.push(began.elapsed());
        }
    }
    let [first, thousandth, last]: [Duration; 3] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    println!(
        "of {} orders: first {first:?}, thousandth {thousandth:?}, last {last:?}",
        rows()
    );
    let (shortest, longest) = (first.min(thousandth).min(last), first.max(thousandth).max(last));
    assert!(
        longest.as_secs_f64() / shortest.as_secs_f64() < 1.2,
        "{first:?} {thousandth:?} {last:?}"
    );
}
