//! A client of `graphql-transport-ws`, on a library for WebSockets as others use it.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// A message of the protocol.
    Said(Value),
    /// The end, with its code and reason.
    Closed(u16, String),
}

impl Heard {
    /// The code of the end.
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Closed(code, _) => *code,
            Self::Said(message) => panic!("it is not closed: {message}"),
        }
    }
}

/// An open connection.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, and says nothing yet.
    pub(crate) async fn open(address: &str) -> Self {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        Self(connect_async(request).await.unwrap().0)
    }

    /// Connects and introduces itself: the answer is the next that is heard.
    pub(crate) async fn greeting(address: &str, token: &str) -> Self {
        let mut socket = Self::open(address).await;
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        socket
    }

    /// Connects, introduces itself and is let in.
    pub(crate) async fn init(address: &str, token: &str) -> Self {
        let mut socket = Self::greeting(address, token).await;
        assert_eq!(socket.said().await["type"], "connection_ack");
        socket
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Begins an operation.
    pub(crate) async fn ask(&mut self, id: &str, query: &str, variables: &Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// What is heard next; pings are answered and passed over.
    pub(crate) async fn next(&mut self) -> Heard {
        let next = tokio::time::timeout(PATIENCE, self.read()).await;
        next.unwrap_or_else(|_| panic!("nothing is heard within {PATIENCE:?}"))
    }

    /// The next message, which has to be one.
    pub(crate) async fn said(&mut self) -> Value {
        match self.next().await {
            Heard::Said(message) => message,
            closed @ Heard::Closed(..) => panic!("{closed:?}"),
        }
    }

    /// What is heard next, if anything is within a while.
    pub(crate) async fn within(&mut self, patience: Duration) -> Option<Heard> {
        tokio::time::timeout(patience, self.read()).await.ok()
    }

    async fn read(&mut self) -> Heard {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Heard::Said(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the connection is lost: {other:?}"),
            }
        }
    }
}
