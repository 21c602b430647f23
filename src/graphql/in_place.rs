//! Objects whose plain fields are resolved in place.
//!
//! For each field of each object the library makes a future in memory of its own, as large as the largest that any
//! field of the object's type may need. A plain field looks at nothing but its object, so its future ends as soon as it
//! is asked: here it never leaves the stack. The others are resolved as the library does it, all at once. Beside being
//! quicker, fields come in the order in which they were asked for.
//!
//! The schema has no extensions of the library, which would have to be told of each field.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerError, ServerResult, Value};
use futures_util::future::{BoxFuture, join_all};

/// Knows which of its fields look at nothing but the object.
pub(super) trait Plain {
    /// Whether a field's resolver takes neither arguments nor context. `#[permissions]` tells it from the resolvers.
    fn is_plain(field: &str) -> bool;
}

/// An object whose plain fields are resolved in place. In the schema it is the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InPlace<T>(pub(super) T);

impl<T: ObjectType + Plain> OutputType for InPlace<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let mut fields = Vec::with_capacity(ctx.item.node.items.len());
        if flatten::<T>(ctx, &ctx.item.node, &mut fields)
            && let Some(values) = named(&fields)
        {
            let (mut values, mut failed) = (values, Vec::new());
            let waiting = fill(&self.0, ctx, &fields, (&mut values, &mut failed));
            if !waiting.is_empty() {
                for (place, value) in join_all(waiting).await {
                    note((place, value), (&mut values, &mut failed));
                }
            }
            return Ok(without(ctx, values, failed));
        }
        Box::pin(self.0.resolve(ctx, field)).await
    }
}

/// The values of an object's fields, by the names that were asked for.
type Values = IndexMap<Name, Value>;

/// A field that takes its time, with its place.
type Waiting<'a> = BoxFuture<'a, (usize, ServerResult<Value>)>;

/// A field without a value, by its place.
type Failed = (usize, ServerError);

/// Notes the fields of a selection and of its fragments. False where something is out of the ordinary and better left to
/// the library: directives, fragments on interfaces.
fn flatten<'a, T: OutputType>(
    ctx: &ContextSelectionSet<'a>,
    selection: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> bool {
    selection.items.iter().all(|item| {
        let (condition, selection) = match &item.node {
            Selection::Field(field) => {
                fields.push(field);
                return field.node.directives.is_empty();
            }
            Selection::FragmentSpread(spread) => match ctx.query_env.fragments.get(&spread.node.fragment_name.node) {
                Some(fragment) => (Some(&fragment.node.type_condition), &fragment.node.selection_set),
                None => return false,
            },
            Selection::InlineFragment(fragment) => {
                (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
            }
        };
        condition.is_none_or(|condition| *condition.node.on.node == *T::type_name())
            && flatten::<T>(ctx, &selection.node, fields)
    })
}

/// A place for each field's value. None where a name is asked for twice: its parts have to be merged.
fn named(fields: &[&Positioned<Field>]) -> Option<Values> {
    let mut values = Values::with_capacity(fields.len());
    for field in fields {
        let name = field.node.response_key().node.clone();
        if values.insert(name, Value::Null).is_some() {
            return None;
        }
    }
    Some(values)
}

/// Fills in what is at hand, and gives what takes its time.
fn fill<'a, T: ObjectType + Plain>(
    object: &'a T,
    ctx: &ContextSelectionSet<'a>,
    fields: &[&'a Positioned<Field>],
    (values, failed): (&mut Values, &mut Vec<Failed>),
) -> Vec<Waiting<'a>> {
    let mut waiting = Vec::new();
    for (place, field) in fields.iter().copied().enumerate() {
        let name = field.node.name.node.as_str();
        if name == "__typename" {
            values[place] = Value::String(object.introspection_type_name().into_owned());
        } else if T::is_plain(name)
            && let Some(value) = at_once(object.resolve_field(&ctx.with_field(field)))
        {
            note((place, value.map(Option::unwrap_or_default)), (values, failed));
        } else {
            let ctx = ctx.clone();
            waiting.push(Box::pin(async move {
                let value = object.resolve_field(&ctx.with_field(field)).await;
                (place, value.map(Option::unwrap_or_default))
            }) as Waiting<'a>);
        }
    }
    waiting
}

/// Puts a field's value into its place.
fn note((place, value): (usize, ServerResult<Value>), (values, failed): (&mut Values, &mut Vec<Failed>)) {
    match value {
        Ok(value) => values[place] = value,
        Err(error) => failed.push((place, error)),
    }
}

/// An object without the fields that failed, whose errors are told, as the library has it.
fn without(ctx: &ContextSelectionSet<'_>, mut values: Values, failed: Vec<Failed>) -> Value {
    if failed.is_empty() {
        return Value::Object(values);
    }
    let mut places: Vec<usize> = failed.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    for place in places.into_iter().rev() {
        values.shift_remove_index(place);
    }
    for (_, error) in failed {
        ctx.add_error(error);
    }
    if values.is_empty() {
        Value::Null
    } else {
        Value::Object(values)
    }
}

/// A future's value, if it has it already.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
