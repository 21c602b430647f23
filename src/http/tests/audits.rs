//! The server audits of the npm package `graphql-http`, request by request, so that they are kept
//! without Node. `tests/audits/run` runs the originals against the built program.

use super::*;

const NEW: &str = "application/graphql-response+json";
const OLD: &str = "application/json";

#[tokio::test]
async fn the_content_type_of_the_answer_is_the_accepted_one() {
    let server = Server::start(HttpSettings::default()).await;
    for (accept, expected) in [(Some(NEW), NEW), (Some(OLD), OLD), (Some("*/*"), OLD), (None, OLD)] {
        let mut request = server.post(&json!({ "query": "{ __typename }" }));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            format!("{expected}; charset=utf-8"),
            "{accept:?}"
        );
    }
}

#[tokio::test]
async fn parameters_of_the_right_type_are_accepted_and_null_is_no_parameter() {
    let server = Server::start(HttpSettings::default()).await;
    let typed = "query Type($name: String!) { __type(name: $name) { name } }";
    for accept in [NEW, OLD] {
        for body in [
            json!({ "query": "{ __typename }" }),
            json!({ "query": "query Query { __typename }", "operationName": "Query" }),
            json!({ "query": "{ __typename }", "variables": null, "operationName": null, "extensions": null }),
            json!({ "query": typed, "variables": { "name": "sometype" } }),
            json!({ "query": "{ __typename }", "extensions": { "some": "value" } }),
            json!({ "query": "{ __type(name: \"Run🏃Swim🏊\") { name } }" }),
        ] {
            let answer = Answer::of(server.post(&body).header("accept", accept)).await;
            assert_eq!(
                (answer.status, answer.body.get("errors")),
                (200, None),
                "{accept} {body}"
            );
        }
    }
}

#[tokio::test]
async fn parameters_of_a_wrong_type_are_refused() {
    let server = Server::start(HttpSettings::default()).await;
    let mut bodies = vec![
        json!({ "notquery": "{ __typename }" }),
        json!({ "query": "" }),
        json!({}),
        json!([]),
    ];
    for wrong in [json!({ "obj": "ect" }), json!(0), json!(false), json!(["array"])] {
        bodies.push(json!({ "query": wrong }));
        bodies.push(json!({ "query": "{ __typename }", "operationName": wrong }));
    }
    for wrong in [json!("string"), json!(0), json!(false), json!(["array"])] {
        bodies.push(json!({ "query": "{ __typename }", "variables": wrong }));
        bodies.push(json!({ "query": "{ __typename }", "extensions": wrong }));
    }
    for body in bodies {
        for accept in [NEW, OLD] {
            let answer = Answer::of(server.post(&body).header("accept", accept)).await;
            assert_eq!((answer.status, answer.code()), (400, "BAD_REQUEST"), "{accept} {body}");
            assert!(answer.header("content-type").starts_with(accept));
        }
    }
}

#[tokio::test]
async fn bodies_that_are_missing_or_no_json_are_refused() {
    let server = Server::start(HttpSettings::default()).await;
    for body in ["", "{ \"not a JSON", "\u{0}"] {
        let request = server
            .client
            .post(server.url("/graphql"))
            .header("content-type", OLD)
            .body(body);
        assert_eq!(Answer::of(request).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn wrong_documents_are_400_in_the_new_form_and_200_in_the_old_and_never_have_data() {
    let server = Server::start(HttpSettings::default()).await;
    for (body, code) in [
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (
            json!({ "query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }" }),
            "GRAPHQL_PARSE_FAILED",
        ),
        (json!({ "query": "{ doesNotExist }" }), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({ "query": "{ hello }", "operationName": "None" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": "query CoerceFailure($id: ID!){ __typename }", "variables": { "id": null } }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": "query Q($text: String!){ echo(text: $text) }", "variables": { "text": 1 } }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        for (accept, status) in [(NEW, 400), (OLD, 200)] {
            let answer = Answer::of(server.post(&body).header("accept", accept)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (status, code),
                "{accept} {body} {}",
                answer.body
            );
            assert!(!answer.has_data(), "{accept} {body}");
        }
    }
}

#[tokio::test]
async fn errors_of_fields_leave_the_status_and_the_data() {
    let shelf = json!({ "name": "shelf", "fails": null });
    let server = Server::start(HttpSettings::default()).await;
    for (query, data) in [
        ("{ hello fails }", json!({ "hello": "hello", "fails": null })),
        ("{ failsWholly }", Value::Null),
        (
            "{ shelf { shelves(first: 2) { name fails } } }",
            json!({ "shelf": { "shelves": [shelf, shelf] } }),
        ),
    ] {
        let answer = Answer::of(server.post(&json!({ "query": query })).header("accept", NEW)).await;
        assert_eq!(
            (answer.status, answer.has_data(), &answer.body["data"]),
            (200, true, &data),
            "{query}"
        );
        assert_eq!(
            answer.body["errors"][0]["extensions"]["requestId"],
            answer.header("x-request-id")
        );
    }
}
