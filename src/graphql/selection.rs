//! What a query needs, read from the query and the schema's declarations without executing it: every field that it
//! selects, on every type that it names.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

use super::permissions::requirements;
use crate::access::Permission;

/// The schema, as far as it is needed to know what a selection needs.
pub(super) struct Declared {
    /// What a type's fields give.
    fields: HashMap<(String, String), String>,
    /// What seeing a type, or a field of it, needs.
    needs: HashMap<(String, Option<String>), Permission>,
    query: String,
}

impl Declared {
    /// That of the schema.
    pub(super) fn read() -> Self {
        let mut fields = HashMap::new();
        // The schema is ours: what the library writes, it reads.
        let definitions = parse_schema(super::sdl()).map_or_else(|_| Vec::new(), |document| document.definitions);
        for definition in definitions {
            let TypeSystemDefinition::Type(kind) = definition else {
                continue;
            };
            let owner = kind.node.name.node.to_string();
            let own = match kind.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            fields.extend(own.into_iter().map(|field| {
                let name = field.node.name.node.to_string();
                ((owner.clone(), name), named(&field.node.ty.node))
            }));
        }
        let needs = requirements()
            .into_iter()
            .map(|one| ((one.kind, one.field), one.permission));
        Self {
            fields,
            needs: needs.collect(),
            query: "Query".to_owned(),
        }
    }

    /// What a document's queries need: each place, such as `Order.customer`, with its permission.
    pub(super) fn needs(&self, document: &ExecutableDocument) -> BTreeMap<String, Permission> {
        let mut walk = Walk {
            declared: self,
            document,
            seen: HashSet::new(),
            needs: BTreeMap::new(),
        };
        let queries = document.operations.iter().map(|(_, operation)| &operation.node);
        for query in queries.filter(|operation| operation.ty == OperationType::Query) {
            walk.set(&self.query, &query.selection_set);
        }
        walk.needs
    }
}

/// The name of a type within its lists.
fn named(kind: &Type) -> String {
    match &kind.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(of) => named(of),
    }
}

struct Walk<'a> {
    declared: &'a Declared,
    document: &'a ExecutableDocument,
    /// Fragments that were looked at.
    seen: HashSet<&'a Name>,
    needs: BTreeMap<String, Permission>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, owner: &str, set: &'a Positioned<SelectionSet>) {
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => self.field(owner, field.node.name.node.as_str(), &field.node.selection_set),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.on(on.unwrap_or(owner), &fragment.node.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // What it needs does not depend on where it stands.
                    let known = self.document.fragments.get_key_value(name);
                    if let Some((_, fragment)) = known.filter(|(name, _)| self.seen.insert(*name)) {
                        self.on(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set);
                    }
                }
            }
        }
    }

    /// A selection on a type that is named, or given by a field.
    fn on(&mut self, kind: &str, set: &'a Positioned<SelectionSet>) {
        self.need(kind, None);
        self.set(kind, set);
    }

    fn field(&mut self, owner: &str, name: &str, set: &'a Positioned<SelectionSet>) {
        self.need(owner, Some(name));
        let declared = self.declared;
        if let Some(kind) = declared.fields.get(&(owner.to_owned(), name.to_owned())) {
            self.on(kind, set);
        }
    }

    fn need(&mut self, kind: &str, field: Option<&str>) {
        let key = (kind.to_owned(), field.map(str::to_owned));
        if let Some(permission) = self.declared.needs.get(&key) {
            let place = field.map_or_else(|| kind.to_owned(), |field| format!("{kind}.{field}"));
            self.needs.insert(place, *permission);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Declared;

    #[test]
    fn every_field_of_every_named_type_tells_what_it_needs() {
        let needs = |query: &str| -> Vec<String> {
            let document = async_graphql::parser::parse_query(query).unwrap_or_else(|error| panic!("{error}"));
            let needs = Declared::read().needs(&document);
            needs
                .iter()
                .map(|(place, needed)| format!("{place} {needed}"))
                .collect()
        };
        assert!(needs("query ($id: ID!) { node(id: $id) { id __typename nothing } }").is_empty());
        assert_eq!(
            needs(
                "query ($id: ID!) { node(id: $id) { ...a ... on Customer { name balance { available } } } }
                   fragment a on Order { number ...b customer { ...c } } fragment b on Order { ...a }
                   fragment c on Customer { coupons(first: 1) { nodes { code } } }"
            ),
            [
                "Coupon coupons:read",
                "Customer customers:read",
                "Customer.coupons coupons:read",
                "Order orders:read",
                "Order.customer customers:read"
            ]
        );
        assert_eq!(
            needs("{ store(id: 1) { integrations(first: 1) { nodes { id } } } }"),
            ["Integration integrations:read", "Store.integrations integrations:read"]
        );
    }
}
