//! Reads what is asked: the operations in a body or in the parameters of an address.
//!
//! Only `application/json` bodies are read. The other types that a form can send without asking
//! first (`text/plain`, urlencoded, multipart) are refused, so that no foreign page can write with a
//! visitor's rights.

use std::{collections::HashMap, fmt};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Name, Request, Value, Variables, value};
use axum::{
    body::Bytes,
    extract::{FromRequest as _, Query},
    http::{HeaderMap, StatusCode, Uri, header},
};
use serde::{
    Deserialize, Deserializer as _,
    de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor},
};

use super::super::{fault::Fault, settings::Limits};

/// The extension in which a persisted document is named.
const PERSISTED: &str = "persistedQuery";

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

/// Reads the operations in a body, within the limits on its values and on the length of an array.
pub(super) fn from_body(body: &[u8], limits: &Limits) -> Result<Asked, Fault> {
    let max_batch = limits.max_batch;
    if has_more_values(body, limits.max_values) {
        let message = format!(
            "the body has more than {} values; send fewer at once, in several requests",
            limits.max_values
        );
        return Err(Fault::new(StatusCode::BAD_REQUEST, "TOO_MANY_VALUES", message));
    }
    if body.trim_ascii_start().first() != Some(&b'[') {
        let operation: Sent = json(body, "the body")?;
        return Ok(Asked::One(Box::new(operation.into_request()?)));
    }
    if max_batch == 0 {
        let message = "arrays of operations are not answered here; send one operation in each request";
        return Err(Fault::new(StatusCode::BAD_REQUEST, "BATCH_REFUSED", message));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let (requests, length) = deserializer
        .deserialize_seq(First(max_batch))
        .and_then(|read| deserializer.end().map(|()| read))
        .map_err(|error| unexpected("the body", &error))?;
    if length > max_batch {
        let message = format!("the array has {length} operations and {max_batch} are allowed");
        return Err(Fault::new(StatusCode::BAD_REQUEST, "BATCH_TOO_LONG", message));
    }
    if requests.is_empty() {
        return Err(Fault::bad_request("the array of operations is empty"));
    }
    Ok(Asked::Many(
        requests.into_iter().map(Sent::into_request).collect::<Result<_, _>>()?,
    ))
}

/// Whether there are more values in a JSON text than that. Counts what stands before values, outside of
/// strings, so that a bomb of values is refused before any of them is made.
fn has_more_values(body: &[u8], most: usize) -> bool {
    let (mut at, mut values) = (0, 0_usize);
    while let Some(&byte) = body.get(at) {
        at += 1;
        match byte {
            b',' | b'[' | b'{' => values += 1,
            b'"' => at += string_length(&body[at..]),
            _ => {}
        }
        if values > most {
            return true;
        }
    }
    false
}

/// Gives the variables that were left out their defaults. The library does so for arguments, but not where `@skip` and
/// `@include` look.
pub(super) fn fill_in_defaults(document: &ExecutableDocument, request: &mut Request) {
    let asked = request.operation_name.as_deref();
    let operation = document
        .operations
        .iter()
        .find(|(name, _)| asked.is_none() || name.map(Name::as_str) == asked);
    let Some((_, operation)) = operation else { return };
    for variable in &operation.node.variable_definitions {
        let (name, default) = (&variable.node.name.node, &variable.node.default_value);
        if let Some(default) = default
            && !request.variables.contains_key(name)
        {
            request.variables.insert(name.clone(), default.node.clone());
        }
    }
}

/// The length of what is left of a string, its last quote included.
fn string_length(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &rest[at..]) {
        at += found + 1;
        if rest[at - 1] == b'"' {
            return at;
        }
        at = (at + 1).min(rest.len());
    }
    rest.len()
}

/// Reads the first operations of an array and counts the others: to make them costs more than to refuse them.
struct First(usize);

impl<'de> Visitor<'de> for First {
    type Value = (Vec<Sent>, usize);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of operations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut requests = Vec::new();
        while requests.len() < self.0 {
            let Some(request) = sequence.next_element()? else {
                let length = requests.len();
                return Ok((requests, length));
            };
            requests.push(request);
        }
        let mut length = requests.len();
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok((requests, length))
    }
}

/// An operation as it is sent. Relay's clients name a persisted document in one of three ways.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<HashMap<String, Value>>,
    document_id: Option<Value>,
    id: Option<Value>,
    #[serde(rename = "doc_id")]
    doc_id: Option<Value>,
}

impl Sent {
    /// The same in one form: a document's id is where Apollo's clients put it.
    fn into_request(self) -> Result<Request, Fault> {
        let mut request = Request::new(self.query.unwrap_or_default());
        request.operation_name = self.operation_name;
        request.variables = self.variables.unwrap_or_default();
        if let Some(extensions) = self.extensions {
            request.extensions.extend(extensions);
        }
        let id = [self.document_id, self.id, self.doc_id].into_iter().flatten().next();
        if let (true, Some(Value::String(id))) = (request.query.is_empty(), id) {
            let named = value!({ "version": 1, "sha256Hash": (id) });
            request.extensions.insert(PERSISTED.to_owned(), named);
        }
        if request.query.is_empty() && document_id(&request).is_none() {
            let message = "'query' is missing: send {\"query\": \"{ ... }\"}, or the id of a persisted document";
            return Err(Fault::bad_request(message));
        }
        Ok(request)
    }
}

/// The persisted document that a request names.
pub(super) fn document_id(request: &Request) -> Option<&str> {
    match request.extensions.get(PERSISTED)? {
        Value::Object(named) => match named.get("sha256Hash")? {
            Value::String(id) => Some(id),
            _ => None,
        },
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
    document_id: Option<String>,
    id: Option<String>,
    #[serde(rename = "doc_id")]
    doc_id: Option<String>,
}

/// Reads the operation in an address.
pub(super) fn from_address(uri: &Uri) -> Result<Request, Fault> {
    let Query(parameters) = Query::<Parameters>::try_from_uri(uri)
        .map_err(|_| Fault::bad_request("the parameters of the address could not be read"))?;
    let mut operation = Sent {
        query: parameters.query,
        operation_name: parameters.operation_name,
        variables: None,
        extensions: None,
        document_id: parameters.document_id.map(Value::String),
        id: parameters.id.map(Value::String),
        doc_id: parameters.doc_id.map(Value::String),
    };
    if let Some(text) = parameters.variables {
        operation.variables = json(text.as_bytes(), "'variables'")?;
    }
    if let Some(text) = parameters.extensions {
        operation.extensions = json(text.as_bytes(), "'extensions'")?;
    }
    operation.into_request()
}

fn json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Fault> {
    serde_json::from_slice(text).map_err(|error| unexpected(what, &error))
}

fn unexpected(what: &str, error: &serde_json::Error) -> Fault {
    Fault::bad_request(format!("{what} is not as expected: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_strings() {
        let counted = |text: &str| (0..100).find(|&most| !has_more_values(text.as_bytes(), most));
        assert_eq!(counted("1"), Some(0));
        assert_eq!(counted(r#"{"a": [1, 2, {"b": 3}], "c": 4}"#), Some(6));
        assert_eq!(counted(r#"["a,b[{\", ,", "\\", 1]"#), Some(3));
        assert_eq!(counted(r#"["a, [\"#), Some(1));
        assert_eq!(counted(r#"["a, ["#), Some(1));
    }
}
