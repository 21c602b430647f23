//! What is read and refused: content types, methods, `GET`, arrays, sizes, credentials.

use super::*;

#[tokio::test]
async fn only_json_bodies_are_read() {
    let server = Server::start(HttpSettings::default()).await;
    let post = |content_type: Option<&str>| {
        let request = server
            .client
            .post(server.url("/graphql"))
            .body(r#"{"query": "mutation { write }"}"#);
        match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        }
    };
    for refused in [
        None,
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonx"),
        Some("application/json; charset=latin1"),
    ] {
        let answer = Answer::of(post(refused)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{refused:?}"
        );
    }
    for read in ["application/json", "Application/JSON;charset=UTF-8"] {
        assert_eq!(Answer::of(post(Some(read))).await.status, 200, "{read}");
    }
}

#[tokio::test]
async fn what_is_not_accepted_is_not_sent() {
    let server = Server::start(HttpSettings::default()).await;
    for accept in ["text/html", "image/*", "application/json;q=0"] {
        let answer = Answer::of(server.post(&json!({ "query": "{ hello }" })).header("accept", accept)).await;
        assert_eq!((answer.status, answer.code()), (406, "NOT_ACCEPTABLE"), "{accept}");
    }
}

#[tokio::test]
async fn queries_over_get_are_answered_and_mutations_are_not() {
    let server = Server::start(HttpSettings::default()).await;
    let get = |parameters: &'static [(&'static str, &'static str)]| server.get("/graphql").query(parameters);

    let answer = Answer::of(get(&[
        ("query", "query A($t: String!) { echo(text: $t) } query B { hello }"),
        ("operationName", "A"),
        ("variables", r#"{"t": "é"}"#),
    ]))
    .await;
    assert_eq!((answer.status, &answer.body["data"]["echo"]), (200, &json!("é")));

    for parameters in [
        &[("query", "mutation { write }")][..],
        &[
            ("query", "query A { hello } mutation B { write }"),
            ("operationName", "B"),
        ],
    ] {
        for accept in ["application/json", "text/event-stream"] {
            let request = server.get("/graphql").query(parameters).header("accept", accept);
            let answer = Answer::of(request).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{accept}");
        }
    }
    assert_eq!(server.writes(), 0);

    for wrong in [
        &[][..],
        &[("query", "{ hello }"), ("variables", "{")],
        &[("query", "{ hello }"), ("extensions", "1")],
    ] {
        assert_eq!(Answer::of(get(wrong)).await.status, 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn get_can_be_switched_off() {
    let server = Server::start(settings(|settings| settings.get_queries = false)).await;
    let answer = Answer::of(server.get("/graphql").query(&[("query", "{ hello }")])).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("allow")),
        (405, "METHOD_NOT_ALLOWED", "POST")
    );
}

#[tokio::test]
async fn arrays_are_answered_in_order_up_to_a_length_and_refused_when_switched_off() {
    let batch = |length: usize| Value::Array(vec![json!({ "query": "{ hello }" }); length]);
    let server = Server::start(settings(|settings| settings.limits.max_batch = 2)).await;
    let answer = Answer::of(server.post(&json!([{ "query": "{ hello }" }, { "query": "{ nothing }" }]))).await;
    assert_eq!(
        (answer.status, &answer.body[0]["data"]["hello"]),
        (200, &json!("hello"))
    );
    assert_eq!(
        answer.body[1]["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    let answer = Answer::of(server.post(&batch(3))).await;
    assert_eq!((answer.status, answer.code()), (400, "BATCH_TOO_LONG"));

    let server = Server::start(settings(|settings| settings.limits.max_batch = 0)).await;
    let answer = Answer::of(server.post(&batch(1))).await;
    assert_eq!((answer.status, answer.code()), (400, "BATCH_REFUSED"));
}

#[tokio::test]
async fn long_bodies_are_refused() {
    let server = Server::start(settings(|settings| settings.max_body_bytes = 1000)).await;
    let body = |length: usize| json!({ "query": format!("{{ hello }} #{}", "x".repeat(length)) });
    assert_eq!(Answer::of(server.post(&body(900))).await.status, 200);
    let answer = Answer::of(server.post(&body(1000))).await;
    assert_eq!((answer.status, answer.code()), (413, "BODY_TOO_LARGE"));
    // Without a length that is known beforehand.
    let parts = stream::iter([Ok::<_, std::io::Error>(vec![b' '; 600]), Ok(vec![b' '; 600])]);
    let request = server
        .client
        .post(server.url("/graphql"))
        .header("content-type", "application/json");
    let answer = Answer::of(request.body(reqwest::Body::wrap_stream(parts))).await;
    assert_eq!((answer.status, answer.code()), (413, "BODY_TOO_LARGE"));
}

#[tokio::test]
async fn credentials_are_looked_at_for_each_request() {
    let server = Server::start(HttpSettings::default()).await;
    let who = |token: &'static str| {
        server
            .post(&json!({ "query": "{ who }" }))
            .header("authorization", token)
    };
    assert_eq!(Answer::of(who("Bearer good")).await.body["data"]["who"], "ana");
    assert_eq!(server.ask("{ who }").await.body["data"]["who"], Value::Null);
    let answer = Answer::of(who("Bearer old").header("x-request-id", "abc")).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("www-authenticate")),
        (401, "TOKEN_EXPIRED", "Bearer")
    );
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "abc");
    assert_eq!(answer.body["errors"][0]["message"], "the token has expired");
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let server = Server::start(settings(|settings| settings.request_timeout_seconds = 1)).await;
    let answer = server.ask("{ slow }").await;
    assert_eq!((answer.status, answer.code()), (503, "TIMEOUT"));
    let endless = reqwest::Body::wrap_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = server
        .client
        .post(server.url("/graphql"))
        .header("content-type", "application/json")
        .body(endless);
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, answer.code()), (408, "BODY_TIMEOUT"));
}
