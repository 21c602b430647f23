//! Objects of lists, resolved on the spot and told as JSON.
//!
//! For each field of each object the library makes a future in memory of its own, as large as the largest that any
//! field of the object's type may need, and a value that is written as JSON in the end. A page with lists in lists has
//! thousands of fields, nearly all of which read a column of a row that is there. Here such a *plain* field is told as
//! it is resolved; the others are resolved as the library does it, all at once. Beside being quicker, fields come in
//! the order in which they were asked for.
//!
//! It is done where the answer takes JSON and each name is asked for once ([`told_as_json`]), and left to the library
//! where it is not, or where a selection has anything out of the ordinary.
//!
//! The schema has no extensions of the library, which would have to be told of each field.

mod document;
mod json;
mod rows;
mod steps;

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value};

pub(super) use document::told_as_json;
pub(super) use json::{Told, tell};
pub(super) use rows::{given, list, object};
pub(super) use steps::{Plain, Way, flat};

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
        match rows::one(ctx, &self.0).await {
            Some(told) => Ok(told),
            None => Box::pin(self.0.resolve(ctx, field)).await,
        }
    }
}

/// A future's value, if it has it already.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
