//! Where a stream of answers stands, so that a client can go on with it after its connection was lost.
//!
//! The resolvers tell the place of each answer before they give it; here it becomes `extensions.cursor`, and the
//! `id` of a server-sent event, which a browser sends back as `Last-Event-ID`. What a place means is the resolvers'.

use std::any::TypeId;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Data, Response as Answer, Value};
use axum::http::HeaderMap;

/// The extension of an answer that holds its place.
const CURSOR: &str = "cursor";

/// A stream's place; part of the data of every operation.
#[derive(Debug, Clone, Default)]
pub struct StreamPlace {
    last: Option<String>,
    next: Arc<Mutex<Option<String>>>,
}

impl StreamPlace {
    /// A stream whose client had this answer last, if it says so.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
        Self {
            last: last.filter(|text| !text.is_empty()).map(str::to_owned),
            next: Arc::default(),
        }
    }

    /// That of an operation.
    pub(super) fn find(data: &Data) -> Self {
        let place = data.get(&TypeId::of::<Self>());
        place
            .and_then(|place| place.downcast_ref::<Self>())
            .cloned()
            .unwrap_or_default()
    }

    /// The place of the answer that the client had last.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Tells the place of the answer that is given next.
    pub fn tell(&self, place: String) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// Notes the place that was told in its answer.
    pub(super) fn mark(&self, mut answer: Answer) -> Answer {
        if let Some(place) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
            answer.extensions.insert(CURSOR.to_owned(), Value::from(place));
        }
        answer
    }
}

/// The place of an answer, where one was told.
pub(super) fn place_of(answer: &Answer) -> Option<&str> {
    match answer.extensions.get(CURSOR) {
        Some(Value::String(place)) => Some(place),
        _ => None,
    }
}
