//! Persisted documents: the forms in which clients name them, who must, and answers that may be kept.

use super::*;

const HELLO: &str = "2a";
const ECHO: &str = "2b";
const WRITE: &str = "2c";

fn documents() -> Documents {
    let folder = tempfile::tempdir().unwrap();
    let manifest = json!({
        HELLO: "query Hello { hello }",
        ECHO: "query Echo($text: String!) { echo(text: $text) }",
        WRITE: "mutation Write { write }",
    });
    std::fs::write(folder.path().join("relay.json"), manifest.to_string()).unwrap();
    Documents::load(folder.path()).unwrap()
}

async fn server(change: impl FnOnce(&mut HttpSettings)) -> Server {
    Server::start_with(settings(change), TestDoor::default(), documents()).await
}

fn production(settings: &mut HttpSettings) {
    settings.get_queries = false;
    settings.graphiql = false;
    settings.only_persisted = true;
}

#[tokio::test]
async fn each_client_names_a_document_in_its_own_way() {
    let server = server(|_| {}).await;
    for body in [
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": HELLO } } }),
        json!({ "operationName": "Hello", "documentId": HELLO, "variables": {} }),
        json!({ "documentId": format!("sha256:{HELLO}") }),
        json!({ "doc_id": HELLO }),
        json!({ "id": HELLO, "query": null }),
        json!({ "id": HELLO, "query": "" }),
        json!({ "query": "query Hello { hello }", "extensions": { "persistedQuery": { "sha256Hash": HELLO } } }),
        json!({ "query": "{ hello }", "id": "a client's own" }),
    ] {
        let answer = Answer::of(server.post(&body)).await;
        assert_eq!(
            answer.body["data"],
            json!({ "hello": "hello" }),
            "{body} {}",
            answer.body
        );
    }
    let body = json!({ "documentId": ECHO, "variables": { "text": "x" } });
    assert_eq!(Answer::of(server.post(&body)).await.body["data"]["echo"], "x");
    let batch = json!([{ "id": HELLO }, { "query": "{ hello }" }]);
    assert_eq!(Answer::of(server.post(&batch)).await.body[0]["data"]["hello"], "hello");
}

#[tokio::test]
async fn what_is_not_there_is_said_as_clients_expect_it() {
    let missing = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "ff" } } });
    let told = async |server: &Server, body: &Value| {
        let answer = Answer::of(server.post(body).header("accept", "application/graphql-response+json")).await;
        (
            answer.status,
            answer.code().to_owned(),
            answer.body["errors"][0]["message"].clone(),
        )
    };
    let with = server(|_| {}).await;
    let not_found = (
        400,
        "PERSISTED_QUERY_NOT_FOUND".to_owned(),
        json!("PersistedQueryNotFound"),
    );
    assert_eq!(told(&with, &missing).await, not_found);
    let without = Server::start(HttpSettings::default()).await;
    let not_supported = (
        400,
        "PERSISTED_QUERY_NOT_SUPPORTED".to_owned(),
        json!("PersistedQueryNotSupported"),
    );
    assert_eq!(told(&without, &missing).await, not_supported);
    let other = json!({ "query": "{ who }", "extensions": { "persistedQuery": { "sha256Hash": HELLO } } });
    assert_eq!(told(&with, &other).await.1, "PERSISTED_QUERY_MISMATCH");
    assert_eq!(told(&with, &json!({ "id": 5 })).await.1, "BAD_REQUEST");
}

#[tokio::test]
async fn users_and_strangers_can_be_held_to_them_and_partners_are_not() {
    let server = server(production).await;
    let (free, named) = (json!({ "query": "{ hello }" }), json!({ "id": HELLO }));
    let ask = async |body: &Value, token: Option<&str>| {
        let request = server.post(body);
        let request = token.into_iter().fold(request, RequestBuilder::bearer_auth);
        Answer::of(request).await
    };
    for token in [None, Some("good")] {
        let answer = ask(&free, token).await;
        assert_eq!((answer.status, answer.code()), (403, "PERSISTED_DOCUMENTS_ONLY"));
        assert_eq!(ask(&named, token).await.body["data"]["hello"], "hello");
    }
    assert_eq!(ask(&free, Some("partner")).await.body["data"]["hello"], "hello");
}

#[tokio::test]
async fn by_get_they_are_answered_in_production_too_and_may_be_kept() {
    let server = server(production).await;
    let get = |parameters: &str| server.get(&format!("/graphql?{parameters}"));
    let answer = Answer::of(get("query=%7Bhello%7D")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(Answer::of(get(&format!("id={WRITE}"))).await.status, 405);

    let first = Answer::of(get(&format!("documentId={ECHO}&variables=%7B%22text%22%3A%22x%22%7D"))).await;
    assert_eq!(
        (first.status, &first.body["data"]["echo"]),
        (200, &json!("x")),
        "{}",
        first.body
    );
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let varies: Vec<_> = first.headers.get_all("vary").iter().collect();
    assert!(varies.iter().any(|value| *value == "authorization"), "{varies:?}");
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");

    let known = |text: &str| {
        let address = format!("documentId={ECHO}&variables=%7B%22text%22%3A%22{text}%22%7D");
        get(&address).header("if-none-match", format!("\"other\", {tag}"))
    };
    let again = Answer::of(known("x")).await;
    assert_eq!(
        (again.status, again.header("etag"), &again.body),
        (304, tag.as_str(), &json!(""))
    );
    let changed = Answer::of(known("y")).await;
    assert_eq!((changed.status, &changed.body["data"]["echo"]), (200, &json!("y")));

    let extensions = "extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%222a%22%7D%7D";
    assert_eq!(Answer::of(get(extensions)).await.body["data"]["hello"], "hello");
    let refused = Answer::of(get(&format!("documentId={ECHO}"))).await;
    assert_eq!(
        (refused.header("etag"), refused.header("cache-control")),
        ("", "no-store")
    );
}
