//! What callers may ask for in all: shown on every answer, refused when it is used up.

use super::*;

async fn server(capacity: u64) -> Server {
    let settings = settings(|settings| {
        settings.cost.capacity = capacity;
        settings.cost.restore_per_second = 1;
        settings.address_header = "x-forwarded-for".to_owned();
    });
    Server::start(settings).await
}

#[tokio::test]
async fn every_answer_shows_what_is_left() {
    let server = server(100).await;
    let query = json!({ "query": "{ shelf { shelves(first: 10) { name } } }" });
    let answer = Answer::of(server.post(&query).bearer_auth("good")).await;
    let cost = json!({ "requested": 12, "limit": 20_000, "remaining": 88, "restoreRate": 1 });
    assert_eq!(answer.body["extensions"]["cost"], cost);
    let answer = Answer::of(server.post(&json!({ "query": "{ fails }" })).bearer_auth("good")).await;
    assert_eq!(
        answer.body["extensions"]["cost"]["remaining"], 87,
        "also where something failed"
    );

    let server = Server::start(settings(|settings| settings.cost.capacity = 0)).await;
    let answer = server.ask("{ hello }").await;
    assert_eq!(
        answer.body["extensions"]["cost"],
        json!({ "requested": 1, "limit": 20_000 })
    );
}

#[tokio::test]
async fn who_asks_for_too_much_is_told_when_to_come_again() {
    let server = server(30).await;
    let query = json!({ "query": "{ shelf { shelves(first: 20) { name } } }" });
    let ask = async |token: &str| Answer::of(server.post(&query).bearer_auth(token)).await;
    assert_eq!(ask("good").await.status, 200);
    let refused = ask("good").await;
    assert_eq!(
        (refused.status, refused.code()),
        (429, "COST_LIMIT_REACHED"),
        "{}",
        refused.body
    );
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((12..=14).contains(&seconds), "{seconds}");
    assert_eq!(refused.body["errors"][0]["extensions"]["retryAfter"], seconds);
    assert_eq!(refused.body["extensions"]["cost"]["requested"], 22);
    assert!(!refused.has_data());
    assert_eq!(
        ask("partner").await.status,
        200,
        "each token and each user has their own"
    );
}

#[tokio::test]
async fn strangers_are_told_apart_by_address() {
    let server = server(2).await;
    let from = |address: &'static str| {
        server
            .post(&json!({ "query": "{ hello who }" }))
            .header("x-forwarded-for", address)
    };
    assert_eq!(Answer::of(from("192.0.2.1")).await.status, 200);
    assert_eq!(Answer::of(from("192.0.2.1")).await.status, 429);
    assert_eq!(Answer::of(from("192.0.2.1, 192.0.2.2")).await.status, 200);
    assert_eq!(Answer::of(from("192.0.2.1, 192.0.2.2")).await.status, 429);
    assert_eq!(
        server.ask("{ hello }").await.status,
        200,
        "without the header, the connection's own"
    );
}

#[tokio::test]
async fn a_batch_tells_what_was_done_before_it_ran_out() {
    let server = server(1).await;
    let write = json!({ "query": "mutation { write }" });
    let answer = Answer::of(server.post(&json!([write, write]))).await;
    assert_eq!(answer.body[0]["data"]["write"], true, "{}", answer.body);
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["code"], "COST_LIMIT_REACHED");
    assert_eq!(server.writes(), 1);
    assert_eq!(Answer::of(server.post(&json!([write, write]))).await.status, 429);
}
