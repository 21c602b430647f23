//! Writes answers: what every GraphQL answer carries, its status, and its JSON.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use async_graphql::{ErrorExtensionValues, Name, PathSegment, Response as Answer, ServerError, Value};
use axum::{
    body::Body as Content,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{super::request_id::RequestId, limits::Cost, negotiate::MediaType};

/// More errors than this help nobody, and a document can be made to cause very many.
const MAX_ERRORS: usize = 50;

/// How async-graphql begins to tell that an argument cannot be read, which it notices at its field.
const UNREADABLE: [&str; 2] = ["Failed to parse \"", "Expected input type \""];

/// Validation shows the caller's own names, which can be as long as the document.
const MAX_MESSAGE: usize = 1000;

/// Adds what every answer carries: `extensions.cost`, and in each error the request id and a code.
pub(super) fn complete(mut answer: Answer, cost: Option<Cost>, id: &RequestId) -> Answer {
    let invalid = is_request_error(&answer);
    answer.errors.truncate(MAX_ERRORS);
    for error in &answer.errors {
        fill(&mut answer.data, &error.path);
    }
    for error in &mut answer.errors {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("requestId", id.as_str());
        if extensions.get("code").is_none() {
            if invalid {
                extensions.set("code", "GRAPHQL_VALIDATION_FAILED");
            } else if UNREADABLE.iter().any(|beginning| error.message.starts_with(beginning)) {
                extensions.set("code", "BAD_USER_INPUT");
            }
        }
        if invalid && let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) {
            error.message.truncate(end);
            error.message.push('…');
        }
    }
    if let Some(cost) = cost {
        answer.extensions.insert("cost".to_owned(), cost.to_value());
    }
    answer
}

/// Puts a null where a field failed: async-graphql leaves the field out, and the specification, and
/// the caches of clients, want every field that was asked for.
fn fill(data: &mut Value, path: &[PathSegment]) {
    match (data, path) {
        (Value::Object(fields), [PathSegment::Field(name), rest @ ..]) => {
            fill(fields.entry(Name::new(name)).or_insert(Value::Null), rest);
        }
        (Value::List(items), [PathSegment::Index(index), rest @ ..]) => {
            if let Some(item) = items.get_mut(*index) {
                fill(item, rest);
            }
        }
        _ => {}
    }
}

/// An answer to one operation.
pub(super) fn one(answer: &Answer, media: MediaType) -> Response {
    let status = match media {
        MediaType::GraphQlResponse if is_request_error(answer) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    with_headers(status, media, text(&Body::of(answer)), std::slice::from_ref(answer))
}

/// An answer to a persisted query by GET, which its caller may keep and ask whether it still holds. The tag
/// is of the data alone: ids and costs differ each time.
pub(super) fn cacheable(answer: &Answer, media: MediaType, asked: &HeaderMap) -> Response {
    let mut response = one(answer, media);
    if !answer.errors.is_empty() {
        return response;
    }
    let data = text(&answer.data);
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let tag = format!("W/\"{:x}-{:016x}\"", data.len(), hasher.finish());
    let known = asked.get_all(header::IF_NONE_MATCH).iter();
    let known = known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim() == tag || one.trim() == "*");
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Content::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("authorization"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Answers to an array of operations, in its order. They share one status, which says nothing of
/// any of them.
pub(super) fn many(answers: &[Answer], media: MediaType) -> Response {
    let bodies: Vec<Body<'_>> = answers.iter().map(Body::of).collect();
    with_headers(StatusCode::OK, media, text(&bodies), answers)
}

/// An answer as the JSON of one event.
pub(super) fn event_data(answer: &Answer) -> String {
    text(&Body::of(answer))
}

/// Whether the operation was refused before its execution began: nothing was done, there is no data,
/// and no error belongs to a field.
fn is_request_error(answer: &Answer) -> bool {
    answer.data == Value::Null && !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty())
}

/// The answer as it is sent. async-graphql writes `data: null` also where the specification wants no
/// `data` at all.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

impl<'a> Body<'a> {
    fn of(answer: &'a Answer) -> Self {
        let data = if is_request_error(answer) {
            None
        } else {
            Some(&answer.data)
        };
        Self {
            errors: &answer.errors,
            data,
            extensions: &answer.extensions,
        }
    }
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written as json");
        r#"{"errors":[{"message":"the answer could not be written","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    })
}

fn with_headers(status: StatusCode, media: MediaType, body: String, answers: &[Answer]) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    for answer in answers {
        headers.extend(answer.http_headers.clone());
    }
    response
}
