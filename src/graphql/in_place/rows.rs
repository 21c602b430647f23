//! Resolves objects of one type and tells them as JSON.

use std::future::poll_fn;
use std::sync::PoisonError;
use std::task::Poll;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ContextSelectionSet, ObjectType, Positioned, ServerError, ServerResult, Value};
use futures_util::future::BoxFuture;

use super::at_once;
use super::steps::{Plain, Step, Way, steps};
use crate::http::{MAX_ERRORS, fill_in, write_json, write_value};

/// Bytes that a field mostly takes.
const USUAL_BYTES: usize = 32;

/// An object with its place in the answer.
type Row<'a, T> = (&'a T, ContextSelectionSet<'a>);

/// A field that takes its time, with the place of its value.
type Waiting<'a> = (usize, BoxFuture<'a, Value>);

/// Resolves an object; none where it is better left to the library.
pub(super) async fn one<T: ObjectType + Plain>(ctx: &ContextSelectionSet<'_>, object: &T) -> Option<Value> {
    let asked = Asked(steps(ctx)?);
    let rows = [(object, ctx.clone())];
    let mut values = asked.values(&rows).await.into_iter();
    let mut out = asked.room(&rows);
    for row in &rows {
        asked.write(row, &mut values, &mut out);
    }
    Some(Value::Binary(out.into()))
}

/// Resolves a list of objects; none where it is better left to the library.
pub(in crate::graphql) async fn list<'a, T: ObjectType + Plain + 'a>(
    ctx: &'a ContextSelectionSet<'a>,
    objects: impl Iterator<Item = &'a T>,
) -> Option<Value> {
    let asked = Asked(steps(ctx)?);
    let rows: Vec<Row<'_, T>> = objects
        .enumerate()
        .map(|(place, object)| (object, ctx.with_index(place)))
        .collect();
    let mut values = asked.values(&rows).await.into_iter();
    let mut out = asked.room(&rows);
    out.push(b'[');
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        asked.write(row, &mut values, &mut out);
    }
    out.push(b']');
    Some(Value::Binary(out.into()))
}

/// Waits for all values, and puts each into its place. They come in few turns, many at a time, as loads end: whoever waits
/// is asked in each turn, which is less than to keep a book of who was woken.
async fn all(mut waiting: Vec<Waiting<'_>>, values: &mut [Value]) {
    poll_fn(|cx| {
        waiting.retain_mut(|(nth, value)| match value.as_mut().poll(cx) {
            Poll::Ready(value) => {
                values[*nth] = value;
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// What is asked of each object.
struct Asked<'a, T>(Vec<Step<'a, T>>);

impl<T: ObjectType + Plain> Asked<'_, T> {
    fn room(&self, rows: &[Row<'_, T>]) -> Vec<u8> {
        Vec::with_capacity(rows.len() * self.0.len() * USUAL_BYTES)
    }

    /// The values of the fields that are not written straight away, object by object.
    async fn values(&self, rows: &[Row<'_, T>]) -> Vec<Value> {
        let (mut values, mut waiting) = (Vec::new(), Vec::new());
        for (object, ctx) in rows {
            for step in &self.0 {
                let at_hand = match step.way {
                    None | Some(Way::Written(_)) => continue,
                    Some(Way::AtHand) => {
                        let place = ctx.with_field(step.field);
                        at_once(object.resolve_field(&place)).map(|value| given(&place, value))
                    }
                    Some(Way::InTime) => None,
                };
                if at_hand.is_none() {
                    let nth = values.len();
                    let value = Box::pin(async move {
                        let place = ctx.with_field(step.field);
                        given(&place, object.resolve_field(&place).await)
                    });
                    waiting.push((nth, value as BoxFuture<'_, Value>));
                }
                values.push(at_hand.unwrap_or_default());
            }
        }
        if !waiting.is_empty() {
            all(waiting, &mut values).await;
        }
        values
    }

    /// Writes an object.
    fn write(&self, (object, ctx): &Row<'_, T>, values: &mut impl Iterator<Item = Value>, out: &mut Vec<u8>) {
        let mut before = b'{';
        for step in &self.0 {
            out.push(before);
            before = b',';
            write_name(step.field, out);
            match &step.way {
                None => write_json(&*object.introspection_type_name(), out),
                Some(Way::Written(tell)) => tell(object, &ctx.with_field(step.field), out),
                Some(Way::AtHand | Way::InTime) => write_value(&values.next().unwrap_or_default(), out),
            }
        }
        out.push(b'}');
    }
}

/// An object of values that are there, as JSON.
pub(in crate::graphql) fn object<'a>(fields: impl Iterator<Item = (&'a Positioned<Field>, Value)>) -> Value {
    let mut out = Vec::new();
    let mut before = b'{';
    for (field, value) in fields {
        out.push(before);
        before = b',';
        write_name(field, &mut out);
        write_value(&value, &mut out);
    }
    out.push(b'}');
    Value::Binary(out.into())
}

/// Writes the name that a field has in the answer. GraphQL's names have no characters that JSON would escape.
fn write_name(field: &Positioned<Field>, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(field.node.response_key().node.as_bytes());
    out.extend_from_slice(b"\":");
}

/// What the library gave for a field. One that failed is null, and its error is told. It leaves out what failed below:
/// that is null, too.
pub(in crate::graphql) fn given(place: &Context<'_>, given: ServerResult<Option<Value>>) -> Value {
    let mut value = match given {
        Ok(value) => value.unwrap_or_default(),
        Err(error) => {
            place.add_error(error);
            Value::Null
        }
    };
    if matches!(value, Value::Object(_) | Value::List(_)) {
        let errors = place.query_env.errors.lock().unwrap_or_else(PoisonError::into_inner);
        if !errors.is_empty() {
            let path = place.set_error_path(ServerError::new(String::new(), None)).path;
            for error in errors.iter().take(MAX_ERRORS) {
                if let Some(below) = error.path.strip_prefix(path.as_slice()) {
                    fill_in(&mut value, below);
                }
            }
        }
    }
    value
}
