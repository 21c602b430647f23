//! Writes answers: what every GraphQL answer carries, its status, and its JSON.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use async_graphql::{ErrorExtensionValues, Response as Answer, Value};
use axum::{
    body::Body as Content,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    super::{
        json::{MAX_ERRORS, fill_in, write_json, write_value},
        request_id::RequestId,
    },
    limits::Cost,
    negotiate::MediaType,
};

/// How async-graphql begins to tell that an argument cannot be read, which it notices at its field.
const UNREADABLE: [&str; 2] = ["Failed to parse \"", "Expected input type \""];

/// Validation shows the caller's own names, which can be as long as the document.
const MAX_MESSAGE: usize = 1000;

/// What most answers have room in.
const USUAL_BYTES: usize = 1024;

/// Adds what every answer carries: `extensions.cost`, and in each error the request id and a code.
pub(super) fn complete(mut answer: Answer, cost: Option<Cost>, id: &RequestId) -> Answer {
    let invalid = is_request_error(&answer);
    answer.errors.truncate(MAX_ERRORS);
    for error in &answer.errors {
        fill_in(&mut answer.data, &error.path);
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

/// An answer to one operation.
pub(super) fn one(answer: &Answer, media: MediaType) -> Response {
    let status = match media {
        MediaType::GraphQlResponse if is_request_error(answer) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let body = written(|out| write(answer, out));
    with_headers(status, media, body, std::slice::from_ref(answer))
}

/// An answer to a persisted query by GET, which its caller may keep and ask whether it still holds. The tag
/// is of the data alone: ids and costs differ each time.
pub(super) fn cacheable(answer: &Answer, media: MediaType, asked: &HeaderMap) -> Response {
    let mut response = one(answer, media);
    if !answer.errors.is_empty() {
        return response;
    }
    let data = written(|out| write_value(&answer.data, out));
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
    let body = written(|out| {
        out.push(b'[');
        for (place, answer) in answers.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            write(answer, out);
        }
        out.push(b']');
    });
    with_headers(StatusCode::OK, media, body, answers)
}

/// An answer as the JSON of one event.
pub(super) fn event_data(answer: &Answer) -> String {
    String::from_utf8(written(|out| write(answer, out))).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer is not text");
        r#"{"errors":[{"message":"the answer could not be written","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    })
}

/// Whether the operation was refused before its execution began: nothing was done, there is no data,
/// and no error belongs to a field.
fn is_request_error(answer: &Answer) -> bool {
    answer.data == Value::Null && !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty())
}

/// Writes an answer as it is sent. async-graphql writes `data: null` also where the specification wants no `data` at all.
fn write(answer: &Answer, out: &mut Vec<u8>) {
    let mut before = b'{';
    let mut part = |name: &str, out: &mut Vec<u8>| {
        out.push(std::mem::replace(&mut before, b','));
        write_json(name, out);
        out.push(b':');
    };
    if !answer.errors.is_empty() {
        part("errors", out);
        write_json(&answer.errors, out);
    }
    if !is_request_error(answer) {
        part("data", out);
        write_value(&answer.data, out);
    }
    if !answer.extensions.is_empty() {
        part("extensions", out);
        write_json(&answer.extensions, out);
    }
    out.push(b'}');
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    write(&mut out);
    out
}

fn with_headers(status: StatusCode, media: MediaType, body: Vec<u8>, answers: &[Answer]) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    for answer in answers {
        headers.extend(answer.http_headers.clone());
    }
    response
}
