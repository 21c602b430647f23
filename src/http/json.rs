//! Writes the data of answers as JSON, of which parts may be JSON already.

use std::any::TypeId;

use async_graphql::{Data, Name, PathSegment, Value};
use serde::Serialize;

/// More errors than this help nobody, and a document can be made to cause very many. Only these are told.
pub(crate) const MAX_ERRORS: usize = 50;

/// Part of the data of an operation whose answer is written here: its executor may give parts of it as JSON, each as
/// [`Value::Binary`], and they are sent as they are. Nothing else has a value of that kind. WebSockets are written by the
/// library, which would take such a part for bytes.
#[derive(Debug, Clone, Copy)]
pub struct TakesJson;

impl TakesJson {
    /// Whether whoever executes an operation may do so.
    pub fn is_in(data: &Data) -> bool {
        data.contains_key(&TypeId::of::<Self>())
    }
}

/// Puts a null where a field failed: async-graphql leaves the field out, and the specification, and
/// the caches of clients, want every field that was asked for. Whoever gives a part as JSON does so before.
pub(crate) fn fill_in(data: &mut Value, path: &[PathSegment]) {
    match (data, path) {
        (Value::Object(fields), [PathSegment::Field(name), rest @ ..]) => {
            fill_in(fields.entry(Name::new(name)).or_insert(Value::Null), rest);
        }
        (Value::List(items), [PathSegment::Index(index), rest @ ..]) => {
            if let Some(item) = items.get_mut(*index) {
                fill_in(item, rest);
            }
        }
        _ => {}
    }
}

/// Writes a value.
pub(crate) fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_json(number, out),
        Value::String(text) => write_json(text, out),
        Value::Enum(name) => write_json(name.as_str(), out),
        Value::Binary(json) => out.extend_from_slice(json),
        Value::List(items) => {
            let mut before = b'[';
            for item in items {
                out.push(before);
                write_value(item, out);
                before = b',';
            }
            end((before, b"[]", b']'), out);
        }
        Value::Object(fields) => {
            let mut before = b'{';
            for (name, value) in fields {
                out.push(before);
                write_json(name.as_str(), out);
                out.push(b':');
                write_value(value, out);
                before = b',';
            }
            end((before, b"{}", b'}'), out);
        }
    }
}

/// Closes what was opened with its first item, if it has one.
fn end((before, empty, close): (u8, &[u8; 2], u8), out: &mut Vec<u8>) {
    if before == b',' {
        out.push(close);
    } else {
        out.extend_from_slice(empty);
    }
}

/// Writes a text, a number or whatever else `serde_json` has a form for. Memory takes all that is written, and neither text
/// nor number has anything that JSON lacks, so with them nothing can fail.
pub(crate) fn write_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    let begun = out.len();
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        tracing::error!(%error, "a part of an answer could not be written as json");
        out.truncate(begun);
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write_value(value, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn values_are_written_as_serde_writes_them() {
        let value = value!({
            "none": null, "yes": true, "no": false, "whole": -5, "part": 2.5, "text": "a \"b\"\n\u{1}é\u{2028}",
            "list": [1, [], {}, [null]], "empty": {}, "below": { "one": { "two": "" } },
        });
        assert_eq!(Some(written(&value)), serde_json::to_string(&value).ok());
        assert_eq!(written(&Value::Enum(async_graphql::Name::new("ACTIVE"))), "\"ACTIVE\"");
    }

    #[test]
    fn parts_that_are_json_stay_as_they_are() {
        let part = Value::Binary(br#"{"a":[1,2]}"#.as_slice().into());
        assert_eq!(
            written(&Value::List(vec![part.clone(), part])),
            r#"[{"a":[1,2]},{"a":[1,2]}]"#
        );
    }
}
