//! What surrounds every route: ids, panics, CORS, compression, health, pages.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use super::*;

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let server = Server::start(HttpSettings::default()).await;
    let ask = |id: &str| {
        server
            .post(&json!({ "query": "{ nothing }" }))
            .header("x-request-id", id)
    };
    let answer = Answer::of(ask("order-42_A")).await;
    assert_eq!(answer.header("x-request-id"), "order-42_A");
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "order-42_A");
    let answer = Answer::of(ask("two words")).await;
    assert_eq!(answer.header("x-request-id").len(), 32);
    assert_eq!(
        answer.body["errors"][0]["extensions"]["requestId"],
        answer.header("x-request-id")
    );
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let server = Server::start(settings(|settings| settings.cors_origins = vec!["*".to_owned()])).await;
    let answer = Answer::of(
        server
            .post(&json!({ "query": "{ panics }" }))
            .header("origin", "https://a.example"),
    )
    .await;
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL"));
    assert!(!answer.body.to_string().contains("secret"));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(server.ask("{ hello }").await.status, 200);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_answered_in_json() {
    let server = Server::start(HttpSettings::default()).await;
    let answer = Answer::of(server.get("/nowhere")).await;
    assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"));
    for (path, allow) in [("/graphql", "GET,HEAD,POST"), ("/health/live", "GET,HEAD")] {
        let answer = Answer::of(server.client.delete(server.url(path))).await;
        assert_eq!(
            (answer.status, answer.code(), answer.header("allow")),
            (405, "METHOD_NOT_ALLOWED", allow),
            "{path}"
        );
    }
}

#[tokio::test]
async fn only_listed_origins_may_call() {
    let listed = "https://painel.example.com.br";
    let server = Server::start(settings(|settings| settings.cors_origins = vec![listed.to_owned()])).await;
    let preflight = |origin: &'static str| {
        server
            .client
            .request(reqwest::Method::OPTIONS, server.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
    };
    let answer = Answer::of(preflight(listed)).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, listed)
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "authorization,content-type"
    );
    assert_eq!(
        Answer::of(preflight("https://evil.example"))
            .await
            .header("access-control-allow-origin"),
        ""
    );
    let answer = Answer::of(server.post(&json!({ "query": "{ hello }" })).header("origin", listed)).await;
    assert_eq!(
        answer.header("access-control-expose-headers"),
        "x-request-id,retry-after,etag"
    );

    let server = Server::start(HttpSettings::default()).await;
    let answer = Answer::of(server.post(&json!({ "query": "{ hello }" })).header("origin", listed)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_want_it() {
    let server = Server::start(HttpSettings::default()).await;
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let post = || {
        client
            .post(server.url("/graphql"))
            .json(&json!({ "query": "{ shelf { shelves(first: 99) { name } } }" }))
    };
    assert_eq!(Answer::of(post()).await.header("content-encoding"), "");
    let answer = Answer::of(post().header("accept-encoding", "gzip")).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    let varies: Vec<_> = answer
        .headers
        .get_all("vary")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert!(
        varies.contains(&"accept") && varies.contains(&"accept-encoding"),
        "{varies:?}"
    );
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let server = Server::start(HttpSettings::default()).await;
    let answers = [
        Answer::of(server.post(&json!({ "query": "{ hello }" }))).await,
        Answer::of(server.post(&json!({}))).await,
        Answer::of(server.get("/")).await,
        Answer::of(server.get("/graphql").header("accept", "text/html")).await,
        Answer::of(server.get("/health/live")).await,
        Answer::of(server.get("/nowhere")).await,
    ];
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
    for answer in &answers[..2] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
    }
}

#[tokio::test]
async fn health_is_alive_always_and_ready_when_every_check_is_well() {
    let server = Server::start(HttpSettings::default()).await;
    let answer = Answer::of(server.get("/health/ready")).await;
    assert_eq!((answer.status, &answer.body["ok"]), (200, &json!(true)));

    let door = TestDoor {
        ill: true,
        ..TestDoor::default()
    };
    let server = Server::start_with(HttpSettings::default(), door, Documents::default()).await;
    assert_eq!(Answer::of(server.get("/health/live")).await.status, 200);
    let answer = Answer::of(server.get("/health/ready")).await;
    assert_eq!((answer.status, &answer.body["ok"]), (503, &json!(false)));
    assert_eq!(
        answer.body["checks"][1],
        json!({ "name": "database", "ok": false, "detail": "looked" })
    );
}

#[tokio::test]
async fn browsers_get_graphiql_and_the_console_where_they_are_switched_on() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let server = Server::start(HttpSettings::default()).await;
    let page = Answer::of(server.get("/graphql").header("accept", browser)).await;
    assert!(page.header("content-type").starts_with("text/html") && page.body.to_string().contains("GraphiQL"));

    let page = Answer::of(server.get("/")).await;
    let text = page.body.as_str().unwrap();
    assert!(text.contains("Loja &lt;test&gt;") && text.contains("/schema.graphql") && text.contains("{ hello }"));
    assert!(
        !text.contains("http://") && !text.contains("https://"),
        "the page must work without other servers"
    );
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; script-src 'self'")
    );
    for (file, kind) in [("/console.js", "text/javascript"), ("/console.css", "text/css")] {
        let file = Answer::of(server.get(file)).await;
        assert!(file.status == 200 && file.header("content-type").starts_with(kind));
        assert_eq!(file.header("x-content-type-options"), "nosniff");
    }

    let server = Server::start(settings(|settings| settings.graphiql = false)).await;
    let answer = Answer::of(server.get("/graphql?query=%7Bhello%7D").header("accept", browser)).await;
    assert_eq!((answer.status, &answer.body["data"]["hello"]), (200, &json!("hello")));
    assert!(
        !Answer::of(server.get("/"))
            .await
            .body
            .as_str()
            .unwrap()
            .contains("<script")
    );
    assert_eq!(Answer::of(server.get("/console.js")).await.status, 404);
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_a_line_for_each_request_and_nothing_of_what_it_says() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: whether a line is wanted at all is remembered per process, and other
    // tests' threads, which want none, would have a say. Their lines are told apart by the request id.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server = Server::start(HttpSettings::default()).await;
    let body =
        json!({ "query": "query Q($t: String!) { echo(text: $t) panics }", "variables": { "t": "ana@example.com" } });
    Answer::of(server.post(&body).header("x-request-id", "abc")).await;
    Answer::of(
        server
            .get("/someone/ana@example.com?cpf=12345678909")
            .header("x-request-id", "def"),
    )
    .await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .filter(|line| line.contains(r#""abc""#) || line.contains(r#""def""#))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<&Value> = lines
        .iter()
        .filter(|line| line["fields"]["message"] == "request answered")
        .collect();
    assert_eq!(answered.len(), 2, "{text}");
    let span = &answered[0]["span"];
    assert_eq!(
        (&span["http.method"], &span["http.path"]),
        (&json!("POST"), &json!("/graphql"))
    );
    assert_eq!(
        (&span["request.id"], &span["http.status"]),
        (&json!("abc"), &json!(500))
    );
    assert!(span["duration_ms"].is_u64());
    assert_eq!(answered[1]["span"]["http.path"], "unknown");
    for private in ["ana@", "123456", "secret", "echo"] {
        let found = lines.iter().find(|line| line.to_string().contains(private));
        assert!(found.is_none(), "{private} in {found:?}");
    }
}
