#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;

fn check(document: &str, variables: serde_json::Value, limits: &Limits) -> Result<Measured, Excess> {
    check_document(
        &parse_query(document).unwrap(),
        None,
        &Variables::from_json(variables),
        0,
        limits,
        true,
    )
}

fn cost(document: &str, variables: serde_json::Value) -> u64 {
    check(document, variables, &Limits::default()).unwrap().cost.requested
}

#[test]
fn fields_below_a_page_count_once_for_each_row() {
    assert_eq!(cost("{ a b { c } }", json!({})), 3);
    assert_eq!(cost("{ a(first: 10) { b c { d } } }", json!({})), 31);
    assert_eq!(cost("{ a(last: 10) { b(first: 5) { c } } }", json!({})), 61);
    assert_eq!(cost("{ a(first: 2, last: 3) { b } }", json!({})), 4);
    assert_eq!(cost("{ a(first: -1) { b } c(first: 0) { d } }", json!({})), 4);
    assert_eq!(cost("{ a(ids: [1, 2, 3]) { b } c(first: 100) }", json!({})), 5);
}

#[test]
fn page_sizes_come_from_variables_and_their_defaults() {
    let document =
        "query($n: Int = 4, $ids: [ID!], $a: ID) { a(first: $n) { b } c(ids: $ids) { d } e(ids: [$a, $a]) { f } }";
    assert_eq!(cost(document, json!({})), 5 + 2 + 3);
    assert_eq!(cost(document, json!({ "n": 6, "ids": ["x", "y", "z"] })), 7 + 4 + 3);
    assert_eq!(cost(document, json!({ "n": "6", "ids": "x" })), 2 + 2 + 3);
}

#[test]
fn fragments_weigh_what_they_hold_wherever_they_are_spread() {
    let spread = "{ a(first: 3) { ...F } ...F } fragment F on T { b c { d } }";
    let written_out = "{ a(first: 3) { b c { d } } b c { d } }";
    assert_eq!(cost(spread, json!({})), cost(written_out, json!({})));
    assert_eq!(cost("{ ... on T { ... { a } } }", json!({})), 1);
    let limits = Limits {
        max_depth: 2,
        ..Limits::default()
    };
    assert_eq!(
        check("{ a { ...F } } fragment F on T { b { c } }", json!({}), &limits),
        Err(Excess::Depth { depth: 3, limit: 2 })
    );
}

#[test]
fn each_operation_of_a_document_must_hold_and_one_is_charged() {
    let document = parse_query("query A { a(first: 9) { b } } query B { b }").unwrap();
    let limits = Limits {
        max_fields: 3,
        ..Limits::default()
    };
    let measure = |name, limits: &Limits| {
        check_document(&document, name, &Variables::default(), 0, limits, true)
            .map(|measured| (measured.operation, measured.cost.requested))
    };
    assert_eq!(measure(Some("A"), &limits), Ok((Some(OperationType::Query), 10)));
    assert_eq!(measure(Some("B"), &limits), Ok((Some(OperationType::Query), 1)));
    assert_eq!(measure(None, &limits), Ok((None, 0)));
    let limits = Limits {
        max_fields: 2,
        ..limits
    };
    assert_eq!(measure(Some("B"), &limits), Err(Excess::Fields { found: 3, limit: 2 }));
}

#[test]
fn what_may_be_reached_is_allowed_and_one_more_is_not() {
    let repeated = |limit| Limits {
        max_repeated: limit,
        ..Limits::default()
    };
    let document = "{ a { b b c: b } a { b } }";
    assert!(check(document, json!({}), &repeated(2)).is_ok());
    assert_eq!(
        check(document, json!({}), &repeated(1)),
        Err(Excess::Repeated { found: 2, limit: 1 })
    );
    let directives = |limit| Limits {
        max_directives: limit,
        ..Limits::default()
    };
    let document = "query($a: Int @d) @d { a @d ...F @d ... @d { b } } fragment F on T @d { c }";
    assert!(check(document, json!({}), &directives(6)).is_ok());
    assert_eq!(
        check(document, json!({}), &directives(5)),
        Err(Excess::Directives { found: 6, limit: 5 })
    );
}

#[test]
fn the_largest_sums_do_not_overflow() {
    let document = "{ a(first: 9223372036854775807) { b(first: 9223372036854775807) { c } } }";
    let refused = check(document, json!({}), &Limits::default()).unwrap_err();
    assert_eq!(refused.cost().map(|cost| cost.requested), Some(u64::MAX));
    assert_eq!(
        refused.cost().unwrap().to_value().to_string(),
        "{requested: 2147483647, limit: 20000}"
    );
}
