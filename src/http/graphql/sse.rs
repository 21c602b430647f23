//! Server-sent events, for subscriptions where WebSockets do not pass: the 'distinct connections
//! mode' of GraphQL over SSE. One request, one operation; a `next` event for each answer, and a
//! `complete` event at the end.

use std::convert::Infallible;

use async_graphql::Response as Answer;
use axum::{
    http::{HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt as _, stream};

use super::{super::stream::place_of, respond};

/// Sends the answers of one operation as they come.
pub(super) fn respond(answers: impl Stream<Item = Answer> + Send + 'static) -> Response {
    let next = answers.map(|answer| {
        let event = Event::default().event("next").data(respond::event_data(&answer));
        match place_of(&answer) {
            Some(place) => event.id(place),
            None => event,
        }
    });
    // Browsers drop events without data, and axum writes none for an empty text; this is two empty lines.
    let complete = stream::once(async { Event::default().event("complete").data("\n") });
    let events = next.chain(complete).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    // A proxy that collects the answer before passing it on would keep the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
