//! Subscriptions, as server-sent events and over WebSocket.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// The last event, with data that is empty and yet there.
const COMPLETE: &str = "event: complete\ndata: \ndata: \n\n";

async fn events(server: &Server, query: &str) -> (u16, String) {
    let request = server
        .post(&json!({ "query": query }))
        .header("accept", "text/event-stream");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_events_with_an_end() {
    let server = Server::start(settings(|settings| settings.cost.capacity = 9)).await;
    let (status, text) = events(&server, "subscription { count(to: 2) }").await;
    let cost = r#""extensions":{"cost":{"requested":1,"limit":20000,"remaining":8,"restoreRate":5000}}"#;
    let next = |number: i32| format!("event: next\ndata: {{\"data\":{{\"count\":{number}}},{cost}}}\n\n");
    assert_eq!((status, text), (200, format!("{}{}{COMPLETE}", next(1), next(2))));

    let (_, text) = events(&server, "{ hello }").await;
    assert!(text.contains(r#"{"hello":"hello"}"#) && text.ends_with(COMPLETE));
    let (status, text) = events(&server, "subscription { nothing }").await;
    assert!(
        status == 200 && text.contains("GRAPHQL_VALIDATION_FAILED") && !text.contains("\"data\":"),
        "{text}"
    );
    assert_eq!(events(&server, "subscription {").await.0, 400);
}

#[tokio::test]
async fn a_subscription_needs_a_stream() {
    let server = Server::start(HttpSettings::default()).await;
    let answer = server.ask("subscription { count(to: 2) }").await;
    assert_eq!((answer.status, answer.code()), (406, "NOT_ACCEPTABLE"));
}

#[tokio::test]
async fn streams_end_after_their_time_and_when_the_server_stops() {
    let server = Server::start(settings(|settings| settings.stream_seconds = 1)).await;
    assert!(events(&server, "subscription { silence }").await.1.ends_with(COMPLETE));

    let server = Server::start(HttpSettings::default()).await;
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.door.closing.cancel();
    };
    let (ended, ()) = tokio::join!(events(&server, "subscription { silence }"), stop);
    assert!(ended.1.contains("silence") && ended.1.ends_with(COMPLETE));
}

/// The least of a WebSocket client: text frames of up to 64 kB, each message in one frame.
struct Socket(reqwest::Upgraded);

impl Socket {
    async fn open(server: &Server, protocol: &str) -> Result<Self, Answer> {
        let request = server
            .get("/graphql/ws")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", protocol);
        let response = request.try_clone().unwrap().send().await.unwrap();
        if response.status().as_u16() != 101 {
            return Err(Answer::of(request).await);
        }
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Ok(Self(response.upgrade().await.unwrap()))
    }

    /// Opens and introduces itself.
    async fn greeted(server: &Server, payload: Value) -> Self {
        let mut socket = Self::open(server, "graphql-transport-ws").await.ok().unwrap();
        socket
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        socket
    }

    async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let length = u16::try_from(text.len()).unwrap();
        // A final text frame, its length in the next two bytes, masked with zeros, which leave the text as it is.
        let mut frame = vec![0x81, 0xfe];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).await.unwrap();
    }

    /// The next message: its JSON, or `{"close": code}`. Pings are passed over.
    async fn next(&mut self) -> Value {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).await.unwrap();
            let length = match head[1] {
                126 => self.0.read_u16().await.unwrap(),
                short => u16::from(short),
            };
            let mut payload = vec![0; usize::from(length)];
            self.0.read_exact(&mut payload).await.unwrap();
            match head[0] & 0x0f {
                1 => return serde_json::from_slice(&payload).unwrap(),
                8 => return json!({ "close": u16::from_be_bytes([payload[0], payload[1]]) }),
                _ => {}
            }
        }
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }
}

#[tokio::test]
async fn a_websocket_carries_subscriptions_and_queries() {
    let server = Server::start(HttpSettings::default()).await;
    let mut socket = Socket::greeted(&server, json!({ "authorization": "Bearer good" })).await;
    assert_eq!(socket.next().await["type"], "connection_ack");

    socket.subscribe("1", "subscription { count(to: 2) }").await;
    for number in [1, 2] {
        let message = socket.next().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!("1")));
        assert_eq!(message["payload"]["data"]["count"], number);
        assert_eq!(message["payload"]["extensions"]["cost"]["requested"], 1);
    }
    assert_eq!(socket.next().await, json!({ "type": "complete", "id": "1" }));

    for (id, query) in [("2", "subscription { who }"), ("3", "{ who }")] {
        socket.subscribe(id, query).await;
        assert_eq!(socket.next().await["payload"]["data"]["who"], "ana");
        assert_eq!(socket.next().await["type"], "complete");
    }
}

#[tokio::test]
async fn limits_hold_on_websockets_too() {
    let server = Server::start(settings(|settings| settings.limits.max_depth = 1)).await;
    let mut socket = Socket::greeted(&server, Value::Null).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    socket.subscribe("1", "{ shelf { name } }").await;
    let error = &socket.next().await["payload"]["errors"][0];
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_DEEP");
    assert_eq!(socket.next().await["type"], "complete");

    for id in 0..32 {
        socket
            .subscribe(&format!("silent{id}"), "subscription { silence }")
            .await;
        assert_eq!(socket.next().await["payload"]["data"]["silence"], 0);
    }
    socket.subscribe("more", "{ hello }").await;
    assert_eq!(
        socket.next().await["payload"]["errors"][0]["extensions"]["code"],
        "TOO_MANY_OPERATIONS"
    );
    assert_eq!(socket.next().await["type"], "complete");
    socket.send(&json!({ "type": "complete", "id": "silent7" })).await;
    assert_eq!(socket.next().await["type"], "complete");
    socket.subscribe("more", "{ hello }").await;
    assert_eq!(socket.next().await["payload"]["data"]["hello"], "hello");
}

#[tokio::test]
async fn websockets_of_strangers_are_closed() {
    let server = Server::start(HttpSettings::default()).await;
    let mut socket = Socket::greeted(&server, json!({ "Authorization": "Bearer old" })).await;
    assert_eq!(socket.next().await, json!({ "close": 4403 }));

    let refused = Socket::open(&server, "graphql-ws").await.err().unwrap();
    assert_eq!((refused.status, refused.code()), (400, "BAD_REQUEST"));
    assert_eq!(Answer::of(server.get("/graphql/ws")).await.status, 400);

    let mut socket = Socket::open(&server, "graphql-transport-ws").await.ok().unwrap();
    socket.subscribe("1", "{ hello }").await;
    assert!(socket.next().await["close"].is_u64());
}

#[tokio::test]
async fn websockets_are_closed_when_the_server_stops() {
    let server = Server::start(HttpSettings::default()).await;
    let mut socket = Socket::greeted(&server, Value::Null).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    server.door.closing.cancel();
    assert_eq!(socket.next().await, json!({ "close": 1001 }));
}

/// This client answers no pings.
#[tokio::test]
async fn a_websocket_that_answers_no_pings_is_closed() {
    let server = Server::start(settings(|settings| settings.sockets.ping_seconds = 1)).await;
    let mut socket = Socket::greeted(&server, Value::Null).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let began = std::time::Instant::now();
    assert_eq!(socket.next().await, json!({ "close": 3008 }));
    let passed = began.elapsed().as_millis();
    assert!((2_500..10_000).contains(&passed), "after {passed} ms");
}
