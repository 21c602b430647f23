//! Reads what is asked: the operations in a body or in the parameters of an address.
//!
//! Only `application/json` bodies are read. The other types that a form can send without asking
//! first (`text/plain`, urlencoded, multipart) are refused, so that no foreign page can write with a
//! visitor's rights.

use async_graphql::Request;
use axum::{
    body::Bytes,
    extract::{FromRequest as _, Query},
    http::{HeaderMap, StatusCode, Uri, header},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::super::fault::Fault;

/// What a body holds.
#[derive(Debug)]
pub(super) enum Asked {
    /// One operation.
    One(Box<Request>),
    /// An array of operations, answered with an array.
    Many(Vec<Request>),
}

/// Refuses every body that is not said to be JSON.
pub(super) fn insist_on_json(headers: &HeaderMap) -> Result<(), Fault> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|part| match part.split_once('=') {
        Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
            charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if is_json && is_utf8 {
        return Ok(());
    }
    let message = "send the body as 'content-type: application/json' in UTF-8";
    Err(Fault::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        message,
    ))
}

/// Reads a body, up to the limit that the router has set.
pub(super) async fn read_body(request: axum::extract::Request, limit: usize) -> Result<Bytes, Fault> {
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let message = format!("the body is longer than {limit} bytes");
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
        } else {
            Fault::bad_request("the body could not be read")
        }
    })
}

/// Reads the operations in a body, at most `max_batch` where it is an array.
pub(super) fn from_body(body: &[u8], max_batch: usize) -> Result<Asked, Fault> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Ok(Asked::One(Box::new(with_query(json(body, "the body")?)?)));
    }
    if max_batch == 0 {
        let message = "arrays of operations are not answered here; send one operation in each request";
        return Err(Fault::new(StatusCode::BAD_REQUEST, "BATCH_REFUSED", message));
    }
    let requests: Vec<Request> = json(body, "the body")?;
    if requests.len() > max_batch {
        let message = format!(
            "the array has {} operations and {max_batch} are allowed",
            requests.len()
        );
        return Err(Fault::new(StatusCode::BAD_REQUEST, "BATCH_TOO_LONG", message));
    }
    if requests.is_empty() {
        return Err(Fault::bad_request("the array of operations is empty"));
    }
    Ok(Asked::Many(
        requests.into_iter().map(with_query).collect::<Result<_, _>>()?,
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(default)]
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// Reads the operation in an address.
pub(super) fn from_address(uri: &Uri) -> Result<Request, Fault> {
    let Query(parameters) = Query::<Parameters>::try_from_uri(uri)
        .map_err(|_| Fault::bad_request("the parameters of the address could not be read"))?;
    let mut request = Request::new(parameters.query);
    request.operation_name = parameters.operation_name;
    if let Some(text) = parameters.variables {
        request.variables = json(text.as_bytes(), "'variables'")?;
    }
    if let Some(text) = parameters.extensions {
        request.extensions = json(text.as_bytes(), "'extensions'")?;
    }
    with_query(request)
}

fn json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Fault> {
    serde_json::from_slice(text).map_err(|error| Fault::bad_request(format!("{what} is not as expected: {error}")))
}

fn with_query(request: Request) -> Result<Request, Fault> {
    if request.query.is_empty() {
        return Err(Fault::bad_request("'query' is missing: send {\"query\": \"{ ... }\"}"));
    }
    Ok(request)
}
