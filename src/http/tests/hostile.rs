//! Documents made to do harm: each is refused, over HTTP, with its code and within a bounded time.

use std::{fmt::Write as _, time::Instant};

use super::*;

/// Generous for a debug build on a busy machine; unfolding any of these would take far longer.
const PATIENCE: Duration = Duration::from_secs(2);

async fn refused(server: &Server, body: &Value, code: &str) {
    let started = Instant::now();
    let request = server.post(body).header("accept", "application/graphql-response+json");
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, answer.code()), (400, code), "{}", answer.body);
    assert!(!answer.has_data());
    assert!(started.elapsed() < PATIENCE, "{code} took {:?}", started.elapsed());
}

/// `count` fragments, each of which spreads the next one twice; the last holds `end`.
fn doubling(count: usize, end: &str) -> String {
    let mut document = "{ ...F0 ...F0 }".to_owned();
    for index in 0..count - 1 {
        let next = index + 1;
        write!(document, " fragment F{index} on Query {{ ...F{next} ...F{next} }}").unwrap();
    }
    document + &format!(" fragment F{} on Query {{ {end} }}", count - 1)
}

#[tokio::test]
async fn doubling_fragments_are_refused() {
    let server = Server::start(HttpSettings::default()).await;
    refused(
        &server,
        &json!({ "query": doubling(28, "hello") }),
        "QUERY_TOO_MANY_FIELDS",
    )
    .await;
    refused(
        &server,
        &json!({ "query": doubling(28, "...Nowhere") }),
        "QUERY_TOO_MANY_FIELDS",
    )
    .await;
    refused(
        &server,
        &json!({ "query": doubling(120, "hello") }),
        "QUERY_TOO_MANY_FIELDS",
    )
    .await;
    // Not even spread: validation would visit them nevertheless.
    let beside = doubling(28, "hello").replacen("{ ...F0 ...F0 }", "{ hello }", 1);
    refused(&server, &json!({ "query": beside }), "QUERY_TOO_MANY_FIELDS").await;
}

#[tokio::test]
async fn fragments_that_contain_themselves_are_refused() {
    let server = Server::start(HttpSettings::default()).await;
    for query in [
        "{ ...A } fragment A on Query { hello ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { shelf { name } ...A }",
        "{ hello } fragment A on Query { ... { ...B } } fragment B on Query { ...A }",
    ] {
        refused(&server, &json!({ "query": query }), "QUERY_FRAGMENT_CYCLE").await;
    }
}

#[tokio::test]
async fn each_limit_has_its_code() {
    let server = Server::start(HttpSettings::default()).await;
    let nested = |times: usize| {
        format!(
            "{{ shelf {{ {}name{} }} }}",
            "shelves(first: 1) { ".repeat(times),
            " }".repeat(times)
        )
    };
    let aliases = (0..60)
        .map(|index| format!("a{index}: hello"))
        .collect::<Vec<_>>()
        .join(" ");
    let inline = format!("{{ {} hello {} }}", "... { ".repeat(62), "}".repeat(62));
    for (query, code) in [
        (format!("{{ {} }}", "hello ".repeat(20_000)), "QUERY_TOO_LONG"),
        (format!("{{ {} }}", "hello ".repeat(100)), "QUERY_TOO_REPETITIVE"),
        (nested(20), "QUERY_TOO_DEEP"),
        (nested(100), "QUERY_TOO_DEEP"),
        (format!("{{ {aliases} }}"), "QUERY_TOO_MANY_ALIASES"),
        (
            format!("{{ hello {} }}", "@skip(if: false) ".repeat(60)),
            "QUERY_TOO_MANY_DIRECTIVES",
        ),
        (
            "{ shelf { shelves(first: 100) { shelves(last: 100) { shelves(first: 3) { name } } } } }".to_owned(),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "{ shelf { shelves(first: 99999999999999999999) { name } } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ shelf { shelves(first: 9999999999) { shelves(first: 9999999999) { name } } } }".to_owned(),
            "QUERY_TOO_COMPLEX",
        ),
        (inline, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ echo(text: {}) }}", "[".repeat(100_000)), "QUERY_TOO_DEEP"),
        (
            "{ hello @skip(if: false) @skip(if: false) }".to_owned(),
            "QUERY_TOO_MANY_DIRECTIVES",
        ),
        (format!("{{ hello }} #{}", "x".repeat(100_000)), "QUERY_TOO_LONG"),
        (
            format!("{{ echo(text: \"{}\") }}", "x".repeat(100_000)),
            "QUERY_TOO_LONG",
        ),
        (
            format!("query A($a: {}Int) {{ hello }}", "[".repeat(1000)),
            "QUERY_TOO_DEEP",
        ),
        (
            format!("{{ echo(text: {}1{}) }}", "[".repeat(62), "]".repeat(62)),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (format!("{{ echo(text: {}", "{a:".repeat(60)), "GRAPHQL_PARSE_FAILED"),
    ] {
        refused(&server, &json!({ "query": query }), code).await;
    }
}

#[tokio::test]
async fn the_cost_follows_page_sizes_and_is_shown() {
    let server = Server::start(settings(|settings| settings.limits.max_complexity = 50)).await;
    let query = "query Q($n: Int = 7) { shelf { shelves(first: $n) { name shelves(first: 2) { name } } } }";
    for (variables, requested) in [
        (json!({}), 30),
        (json!({ "n": 0 }), 6),
        (json!({ "n": 10 }), 42),
        (json!({ "n": null }), 6),
    ] {
        let answer = Answer::of(server.post(&json!({ "query": query, "variables": variables }))).await;
        let cost = &answer.body["extensions"]["cost"];
        assert_eq!(
            (&cost["requested"], &cost["limit"]),
            (&json!(requested), &json!(50)),
            "{variables} {}",
            answer.body
        );
    }
    let answer = Answer::of(server.post(&json!({ "query": query, "variables": { "n": 13 } }))).await;
    assert_eq!(
        (answer.code(), &answer.body["extensions"]["cost"]["requested"]),
        ("QUERY_TOO_COMPLEX", &json!(54))
    );
    // Operations of an array share what one may cost.
    let one = json!({ "query": query, "variables": { "n": 7 } });
    let answer = Answer::of(server.post(&json!([one, one]))).await;
    assert!(answer.body[0].get("errors").is_none());
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn a_long_list_in_many_places_costs_no_time() {
    let server = Server::start(HttpSettings::default()).await;
    let ids: Vec<usize> = (0..40_000).collect();
    let query = format!("query Q($ids: [ID!]!) {{ {} }}", "hello(ids: $ids) ".repeat(21));
    refused(
        &server,
        &json!({ "query": query, "variables": { "ids": ids } }),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn bodies_with_very_many_values_or_operations_are_refused_before_they_are_made() {
    let server = Server::start(HttpSettings::default()).await;
    let one = json!({ "query": "{ hello }" });
    let values = |count: usize| json!({ "query": "{ nothing }", "variables": { "a": vec![","; count] } });
    refused(&server, &values(60_000), "TOO_MANY_VALUES").await;
    refused(&server, &values(40_000), "GRAPHQL_VALIDATION_FAILED").await;
    refused(&server, &json!(vec![&one; 10_000]), "BATCH_TOO_LONG").await;
    refused(&server, &json!(vec![&one; 11]), "BATCH_TOO_LONG").await;
    let answer = Answer::of(server.post(&json!(vec![&one; 10]))).await;
    assert_eq!(answer.body.as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn an_argument_that_cannot_be_read_has_a_code_at_its_field() {
    let server = Server::start(HttpSettings::default()).await;
    let answer = server.ask("{ day(of: \"yesterday\") hello }").await;
    assert_eq!(
        (answer.status, answer.code(), &answer.body["data"]["hello"]),
        (200, "BAD_USER_INPUT", &json!("hello")),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn one_small_document_does_not_cause_endless_errors() {
    let server = Server::start(HttpSettings::default()).await;
    let long = server
        .ask(&format!("{{ echo(text: \"{}\" }}", "x".repeat(25_000)))
        .await;
    assert!(long.code() == "GRAPHQL_PARSE_FAILED" && long.body.to_string().len() < 1000);
    let name = server.ask(&format!("{{ {} }}", "x".repeat(25_000))).await;
    assert!(name.code() == "GRAPHQL_VALIDATION_FAILED" && name.body.to_string().len() < 2000);
    let wrong = (0..19).map(|_| "a: hello a: who ").collect::<String>();
    let query = format!("{{ {} {wrong} {} }}", "... { ".repeat(20), "}".repeat(20));
    let answer = Answer::of(server.post(&json!({ "query": query }))).await;
    assert!(answer.body["errors"].as_array().unwrap().len() <= 50);
}

#[tokio::test]
async fn introspection_works_for_tools_and_not_for_mischief() {
    let server = Server::start(HttpSettings::default()).await;
    let of_types = (0..9).fold("name kind".to_owned(), |below, _| {
        format!("name kind ofType {{ {below} }}")
    });
    let tools = format!("{{ __schema {{ types {{ fields {{ name args {{ name type {{ {of_types} }} }} }} }} }} }}");
    assert_eq!(server.ask(&tools).await.body.get("errors"), None);
    let mischief = "{ __schema { types { fields { type { fields { type { ...T } } } } } } }
                    fragment T on __Type { fields { name } }";
    assert_eq!(server.ask(mischief).await.code(), "QUERY_TOO_DEEP");
}

#[tokio::test]
async fn introspection_can_be_switched_off_wherever_it_hides() {
    let server = Server::start(settings(|settings| settings.introspection = false)).await;
    for query in [
        "{ __schema { types { name } } }",
        "{ a: __type(name: \"Query\") { name } }",
        "{ ...F } fragment F on Query { ... { __schema { types { name } } } }",
        "query A { hello } query B { __schema { types { name } } }",
    ] {
        refused(
            &server,
            &json!({ "query": query, "operationName": "A" }),
            "INTROSPECTION_OFF",
        )
        .await;
    }
    assert_eq!(
        server.ask("{ __typename hello }").await.body["data"]["__typename"],
        "Query"
    );
}
