//! WebSockets in the protocol `graphql-transport-ws`, for subscriptions and whatever else a client
//! sends over them.
//!
//! A browser cannot set headers on a WebSocket, so `authorization` may stand in the payload of
//! `connection_init`. Each operation passes the gate by itself: it has its own limits and loaders,
//! and is refused once the token no longer holds.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_graphql::{Data, Error, Executor, Request, Response as Answer};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::{
    FutureExt as _, SinkExt as _, StreamExt as _, future,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::MissedTickBehavior,
};
use tokio_util::sync::PollSender;

use super::{
    super::{
        door::Door,
        fault::{Fault, JSON},
        request_id::RequestId,
    },
    gate::Gate,
    origin::Origin,
    respond,
    sockets::Seat,
};

const SUBPROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take for what it is sent, and how many pings it may leave unanswered.
const SEND_PATIENCE: Duration = Duration::from_secs(30);
const UNANSWERED: u32 = 2;
/// Operations that may run at once on one connection.
const MAX_OPERATIONS: usize = 32;

// Close codes of WebSocket and of the protocol.
const GOING_AWAY: u16 = 1001;
const TRY_AGAIN_LATER: u16 = 1013;
const TIMEOUT: u16 = 3008;
const FORBIDDEN: u16 = 4403;
const INIT_TIMEOUT: u16 = 4408;
const TOO_MANY: u16 = 4429;

pub(super) async fn upgrade<E: Executor, D: Door>(
    State(gate): State<Gate<E, D>>,
    id: RequestId,
    origin: Origin,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Fault::bad_request("this address speaks WebSocket").into_response(JSON, &id);
    };
    let limit = gate.settings.max_body_bytes;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(limit)
        .max_frame_size(limit);
    let (Ok(protocol), Some(_)) = (protocol, upgrade.selected_protocol()) else {
        let message = format!("ask for 'sec-websocket-protocol: {SUBPROTOCOL}'");
        return Fault::bad_request(message).into_response(JSON, &id);
    };
    let Some(seat) = gate.sockets.enter(&gate.settings.sockets) else {
        // A browser shows its page no status, but a code.
        return upgrade.on_upgrade(refuse);
    };
    let connection = Connection {
        gate,
        id,
        seat: Arc::new(seat),
        session: Arc::default(),
        origin: origin.clone(),
        slots: Arc::new(Semaphore::new(MAX_OPERATIONS)),
    };
    upgrade.on_upgrade(move |socket| serve(socket, protocol, connection, origin.headers))
}

/// Tells a client that there are too many connections.
async fn refuse(mut socket: WebSocket) {
    let frame = CloseFrame {
        code: TRY_AGAIN_LATER,
        reason: "the server has as many connections as it takes; try again later".into(),
    };
    let close = socket.send(Message::Close(Some(frame)));
    let _ = tokio::time::timeout(SEND_PATIENCE, close).await;
}

/// One client's connection, as an executor of what it sends.
struct Connection<E, D> {
    gate: Gate<E, D>,
    id: RequestId,
    seat: Arc<Seat>,
    /// Empty until `connection_init`.
    session: Arc<OnceLock<Session>>,
    origin: Origin,
    slots: Arc<Semaphore>,
}

enum Session {
    /// The headers to enter with.
    Open(HeaderMap),
    /// The code to close with.
    Refused(u16),
}

impl<E: Executor, D> Clone for Connection<E, D> {
    fn clone(&self) -> Self {
        Self {
            gate: self.gate.clone(),
            id: self.id.clone(),
            seat: Arc::clone(&self.seat),
            session: Arc::clone(&self.session),
            origin: self.origin.clone(),
            slots: Arc::clone(&self.slots),
        }
    }
}

async fn serve<E: Executor, D: Door>(
    socket: WebSocket,
    protocol: GraphQLProtocol,
    connection: Connection<E, D>,
    headers: HeaderMap,
) {
    let settings = connection.gate.settings.sockets.clone();
    let (mut sink, source) = socket.split();
    // Whatever a client sends, the answer to a ping above all, shows that it is there.
    let silent = Arc::new(AtomicU32::new(0));
    let heard = Arc::clone(&silent);
    let source = source.inspect(move |_| heard.store(0, Ordering::Relaxed));
    // What the protocol says goes through here, so that pings and a close may come between.
    let (said, mut messages) = mpsc::channel(1);
    let init = connection.clone();
    let conversation = GraphQLWebSocket::new_with_pair(PollSender::new(said), source, connection.clone(), protocol)
        .on_connection_init(move |payload| init.init(headers, payload))
        .serve();
    let mut conversation = std::pin::pin!(conversation.fuse());
    let mut init_timeout = std::pin::pin!(tokio::time::sleep(Duration::from_secs(settings.init_seconds)));
    let mut pings = tokio::time::interval(Duration::from_secs(settings.ping_seconds.max(1)));
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let door = Arc::clone(connection.gate.door());
    let mut closing = door.closing();

    loop {
        let message = tokio::select! {
            message = messages.recv() => match message {
                Some(Message::Close(Some(frame))) => connection.close(frame.code, &frame.reason),
                Some(message) => message,
                None => break,
            },
            () = &mut conversation => continue,
            () = &mut init_timeout, if connection.session.get().is_none() => {
                connection.close(INIT_TIMEOUT, "Connection initialisation timeout")
            }
            () = &mut closing => connection.close(GOING_AWAY, "the server is stopping"),
            _ = pings.tick() => match silent.fetch_add(1, Ordering::Relaxed) {
                UNANSWERED.. => connection.close(TIMEOUT, "pings are not answered"),
                _ => Message::Ping(axum::body::Bytes::new()),
            },
        };
        let last = matches!(message, Message::Close(_));
        // A client that reads nothing must not hold its operations for ever.
        let sent = tokio::time::timeout(SEND_PATIENCE, sink.send(message)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
}

impl<E: Executor, D: Door> Connection<E, D> {
    /// Handles `connection_init`: checks the credentials once, and keeps them for the operations.
    async fn init(self, mut headers: HeaderMap, payload: serde_json::Value) -> async_graphql::Result<Data> {
        let authorization = payload.as_object().and_then(|fields| {
            let mut fields = fields.iter();
            fields
                .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .and_then(|(_, value)| value.as_str())
        });
        if let Some(text) = authorization {
            let Ok(mut value) = HeaderValue::from_str(text) else {
                return Err(self.refused(FORBIDDEN, "'authorization' is not a header's value"));
            };
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let entry = match self.gate.door().enter(&headers, self.id.as_str()).await {
            Ok(entry) => entry,
            Err(refusal) => return Err(self.refused(FORBIDDEN, refusal.message)),
        };
        let limits = &self.gate.settings.sockets;
        if !self.seat.claim(entry.caller.name(&self.origin.address), limits) {
            let message = format!(
                "at most {} connections at once; close others first",
                limits.max_per_caller
            );
            return Err(self.refused(TOO_MANY, message));
        }
        self.session.get_or_init(|| Session::Open(headers));
        Ok(Data::default())
    }

    /// Notes that the client is not let in, and with which code it is told so.
    fn refused(&self, code: u16, message: impl Into<String>) -> Error {
        self.session.get_or_init(|| Session::Refused(code));
        Error::new(message)
    }

    fn close(&self, code: u16, reason: &str) -> Message {
        let code = match self.session.get() {
            Some(Session::Refused(code)) => *code,
            _ => code,
        };
        // A control frame holds 125 bytes: two for the code and the rest for the reason.
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Message::Close(Some(CloseFrame {
            code,
            reason: reason[..end].into(),
        }))
    }

    /// One operation, from its text to the stream of its answers.
    async fn operation(self, mut request: Request) -> BoxStream<'static, Answer> {
        let refuse = |fault: Fault| respond::complete(Answer::from_errors(vec![fault.into_error()]), None, &self.id);
        let Some(Session::Open(headers)) = self.session.get() else {
            return only(refuse(Fault::bad_request("send 'connection_init' first")));
        };
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            let message = format!("{MAX_OPERATIONS} operations already run on this connection; complete some first");
            return only(refuse(Fault::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_OPERATIONS",
                message,
            )));
        };
        let measured = match self.gate.measure(&mut request, 0, &self.id) {
            Ok(measured) => measured,
            Err(answer) => return only(*answer),
        };
        let origin = Origin {
            headers: headers.clone(),
            ..self.origin.clone()
        };
        let measured = match self.gate.enter(&mut request, measured, &origin, &self.id).await {
            Ok(measured) => measured,
            Err(fault) => return only(refuse(fault)),
        };
        let answers = self.gate.stream(request, measured, self.id.clone());
        answers
            .map(move |answer| {
                let _held_while_answering = &slot;
                answer
            })
            .boxed()
    }
}

fn only(answer: Answer) -> BoxStream<'static, Answer> {
    stream::once(future::ready(answer)).boxed()
}

impl<E: Executor, D: Door> Executor for Connection<E, D> {
    async fn execute(&self, request: Request) -> Answer {
        self.execute_stream(request, None).next().await.unwrap_or_default()
    }

    fn execute_stream(&self, request: Request, _session: Option<Arc<Data>>) -> BoxStream<'static, Answer> {
        stream::once(self.clone().operation(request)).flatten().boxed()
    }
}
