//! What a selection asks of each object of a type, and in which way each field is told.

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned};

use super::document::is_told_as_json;

/// Knows how its fields can be told.
pub(in crate::graphql) trait Plain: Sized {
    /// A field's way. `#[plain]` tells it from the resolvers.
    fn way(field: &str) -> Way<Self>;
}

/// How a field is told.
pub(in crate::graphql) enum Way<T> {
    /// Its resolver takes neither arguments nor context, and gives a scalar: that is written. The library gives each
    /// resolver a context.
    Written(fn(&T, &Context<'_>, &mut Vec<u8>)),
    /// Its resolver mostly has its value at hand, which is asked for on the stack first.
    AtHand,
    /// It takes its time.
    InTime,
}

/// A field that is asked of each object.
pub(super) struct Step<'a, T> {
    pub(super) field: &'a Positioned<Field>,
    /// None for the name of the object's type.
    pub(super) way: Option<Way<T>>,
}

/// The steps of a selection; none where it is better left to the library.
pub(super) fn steps<'a, T: OutputType + Plain>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<Step<'a, T>>> {
    flat::<T, _>(ctx, |field| {
        let name = field.node.name.node.as_str();
        let way = (name != "__typename").then(|| T::way(name));
        Step { field, way }
    })
}

/// The fields of a selection and of its fragments; none where anything is out of the ordinary: directives, fragments on
/// interfaces, an answer that does not take JSON.
pub(in crate::graphql) fn flat<'a, T: OutputType, S>(
    ctx: &ContextSelectionSet<'a>,
    step: impl Fn(&'a Positioned<Field>) -> S,
) -> Option<Vec<S>> {
    let mut steps = Vec::with_capacity(ctx.item.node.items.len());
    let mut add = |field| steps.push(step(field));
    (is_told_as_json(ctx) && flatten::<T>(ctx, &ctx.item.node, &mut add)).then_some(steps)
}

fn flatten<'a, T: OutputType>(
    ctx: &ContextSelectionSet<'a>,
    selection: &'a SelectionSet,
    add: &mut impl FnMut(&'a Positioned<Field>),
) -> bool {
    selection.items.iter().all(|item| {
        let (condition, selection) = match &item.node {
            Selection::Field(field) => {
                add(field);
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
            && flatten::<T>(ctx, &selection.node, add)
    })
}
