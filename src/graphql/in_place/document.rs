//! Which documents are answered as JSON from the start.

use std::any::TypeId;
use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{ContextSelectionSet, Name, Request};

use crate::http::TakesJson;

/// Part of the data of an operation that is.
struct InJson;

/// Notes with a request whether its objects may be told as JSON: the answer takes it, and no selection asks for a name
/// twice. What stands under a name that is asked for twice has to be merged, and the library merges values.
pub(in crate::graphql) fn told_as_json(mut request: Request) -> Request {
    if TakesJson::is_in(&request.data) && request.parsed_query().is_ok_and(asks_once) {
        request.data.insert(InJson);
    }
    request
}

/// Whether it was noted.
pub(super) fn is_told_as_json(ctx: &ContextSelectionSet<'_>) -> bool {
    let known = TypeId::of::<InJson>();
    ctx.query_env.query_data.contains_key(&known)
}

fn asks_once(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, one)| &one.node.selection_set.node);
    let fragments = document.fragments.values().map(|one| &one.node.selection_set.node);
    operations.chain(fragments).all(|selection| below(document, selection))
}

/// Whether a selection, and each within it, asks for no name twice.
fn below(document: &ExecutableDocument, selection: &SelectionSet) -> bool {
    named_once(document, selection, &mut HashSet::new())
        && selection.items.iter().all(|item| match &item.node {
            Selection::Field(field) => below(document, &field.node.selection_set.node),
            Selection::InlineFragment(fragment) => below(document, &fragment.node.selection_set.node),
            // Looked at by itself.
            Selection::FragmentSpread(_) => true,
        })
}

/// Notes the names of a selection and of its fragments. A fragment that is met again repeats its names, so none is walked
/// through more than twice; documents with fragments in circles are refused before.
fn named_once<'a>(
    document: &'a ExecutableDocument,
    selection: &'a SelectionSet,
    names: &mut HashSet<&'a Name>,
) -> bool {
    selection.items.iter().all(|item| match &item.node {
        Selection::Field(field) => names.insert(&field.node.response_key().node),
        Selection::InlineFragment(fragment) => named_once(document, &fragment.node.selection_set.node, names),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .is_some_and(|fragment| named_once(document, &fragment.node.selection_set.node, names)),
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn a_name_that_is_asked_for_twice_is_found() {
        let once = |text: &str| parse_query(text).map(|document| asks_once(&document)).ok();
        for text in [
            "{ a { b c } d: a { b } }",
            "{ a { ...F } b { ...F } } fragment F on T { c ... on T { d { e } } }",
            "{ a @include(if: true) b @skip(if: true) }",
        ] {
            assert_eq!(once(text), Some(true), "{text}");
        }
        for text in [
            "{ a { b } a { c } }",
            "{ a { b ... { b } } }",
            "{ a { ...F b } } fragment F on T { b }",
            "{ a { ...F } } fragment F on T { ...G ...G } fragment G on T { c }",
            "{ a { ... on T { b } ... on U { b } } }",
            "{ a { b { c c } } }",
            "{ a } fragment F on T { b { c: d c } }",
        ] {
            assert_eq!(once(text), Some(false), "{text}");
        }
    }

    #[test]
    fn fragments_that_double_are_walked_through_once() {
        let doubled = |n: usize| format!("fragment F{n} on T {{ ...F{m} ...F{m} }}", m = n + 1);
        let fragments: Vec<String> = (0..60).map(doubled).collect();
        let text = format!("{{ ...F0 }} {} fragment F60 on T {{ a }}", fragments.join(" "));
        assert!(parse_query(text).is_ok_and(|document| !asks_once(&document)));
    }
}
