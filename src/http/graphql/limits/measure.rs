//! Weighs a parsed document: how much is left when each fragment stands in the place of its spreads.
//!
//! Nothing is expanded. A fragment is weighed once for each operation and its weight added wherever
//! it is spread, so the time taken grows with the document's length and not with what it unfolds to.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
};

use super::Excess;
use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};

/// Bounds the recursion below; async-graphql refuses a chain of more than 32 fragments in any case.
const MAX_LEVELS: usize = 256;

/// Lists of the introspection schema that lead back to types; nested, they unfold without end.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// What a selection amounts to, its fragments unfolded. All sums saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) depth: usize,
    pub(super) selections: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    pub(super) repeated: u64,
    pub(super) complexity: u64,
    /// The longest way through lists that lead back to types.
    introspection_lists: usize,
    /// The same, but only ways that begin at `__schema` or `__type`; `None` without any such field.
    pub(super) introspection: Option<usize>,
}

impl Weight {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            repeated: self.repeated.saturating_add(other.repeated),
            complexity: self.complexity.saturating_add(other.complexity),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            introspection: self.introspection.max(other.introspection),
        }
    }

    fn with_directives(self, directives: &[Positioned<Directive>]) -> Self {
        Self {
            directives: self.directives.saturating_add(count(directives.len())),
            ..self
        }
    }
}

/// Weighs the parts of one document for one operation.
pub(super) struct Scales<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
    /// `None` while a fragment is being weighed: meeting it again means that it contains itself.
    fragments: HashMap<&'a str, Option<Weight>>,
}

impl<'a> Scales<'a> {
    pub(super) fn new(document: &'a ExecutableDocument, variables: &'a Variables) -> Self {
        Self {
            document,
            variables,
            defaults: HashMap::new(),
            fragments: HashMap::new(),
        }
    }

    pub(super) fn operation(mut self, operation: &'a OperationDefinition) -> Result<Weight, Excess> {
        each_once(&operation.directives)?;
        let mut directives = count(operation.directives.len());
        for definition in &operation.variable_definitions {
            each_once(&definition.node.directives)?;
            directives = directives.saturating_add(count(definition.node.directives.len()));
            if let Some(default) = &definition.node.default_value {
                self.defaults.insert(definition.node.name.node.as_str(), &default.node);
            }
        }
        let weight = self.selection_set(&operation.selection_set.node, 0)?;
        Ok(Weight {
            directives: weight.directives.saturating_add(directives),
            ..weight
        })
    }

    /// Every fragment, whether it is spread or not: validation visits them all.
    pub(super) fn all_fragments(mut self) -> Result<Vec<Weight>, Excess> {
        let fragments = self.document.fragments.iter();
        fragments
            .map(|(name, fragment)| self.fragment(name, &fragment.node, 0))
            .collect()
    }

    fn fragment(&mut self, name: &'a Name, fragment: &'a FragmentDefinition, level: usize) -> Result<Weight, Excess> {
        match self.fragments.insert(name.as_str(), None) {
            Some(Some(known)) => {
                self.fragments.insert(name.as_str(), Some(known));
                return Ok(known);
            }
            Some(None) => return Err(Excess::FragmentCycle { name: name.to_string() }),
            None => {}
        }
        each_once(&fragment.directives)?;
        let weight = self
            .selection_set(&fragment.selection_set.node, level)?
            .with_directives(&fragment.directives);
        self.fragments.insert(name.as_str(), Some(weight));
        Ok(weight)
    }

    fn selection_set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Weight, Excess> {
        if level > MAX_LEVELS {
            return Err(Excess::Nesting { limit: MAX_LEVELS });
        }
        let mut keys = HashSet::with_capacity(set.items.len());
        let mut sum = Weight::default();
        for item in &set.items {
            each_once(item.node.directives())?;
            let weight = match &item.node {
                Selection::Field(field) => {
                    if !keys.insert(&field.node.response_key().node) {
                        sum.repeated = sum.repeated.saturating_add(1);
                    }
                    self.field(&field.node, level)?
                }
                Selection::InlineFragment(inline) => self.selection_set(&inline.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    match self.document.fragments.get(name) {
                        Some(fragment) => self.fragment(name, &fragment.node, level + 1)?,
                        None => Weight::default(),
                    }
                }
            };
            // Spreads count too: fragments can double without a single field in them.
            let weight = Weight {
                selections: weight.selections.saturating_add(1),
                ..weight
            };
            sum = sum.beside(weight.with_directives(item.node.directives()));
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, level: usize) -> Result<Weight, Excess> {
        let below = self.selection_set(&field.selection_set.node, level + 1)?;
        let name = field.name.node.as_str();
        let lists = below.introspection_lists + usize::from(INTROSPECTION_LISTS.contains(&name));
        let introspects = matches!(name, "__schema" | "__type");
        Ok(Weight {
            depth: below.depth + 1,
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            complexity: below.complexity.saturating_mul(self.rows(field)).saturating_add(1),
            introspection_lists: lists,
            introspection: if introspects { Some(lists) } else { below.introspection },
            ..below
        })
    }

    /// How many rows a field asks for: its page size, or the number of ids that it names; else 1.
    fn rows(&self, field: &Field) -> u64 {
        let sizes = ["first", "last", "ids"].into_iter().filter_map(|name| {
            let value = field.get_argument(name)?.node.clone();
            // A variable's list is counted and not copied: it can be long, and used in many places.
            match value.into_const_with(|name| Ok::<_, Infallible>(self.variable(&name).map_or(Value::Null, size))) {
                Ok(Value::Number(number)) => number.as_u64(),
                Ok(Value::List(items)) => Some(count(items.len())),
                _ => None,
            }
        });
        sizes.max().unwrap_or(1).max(1)
    }

    fn variable(&self, name: &Name) -> Option<&Value> {
        self.variables
            .get(name)
            .or_else(|| self.defaults.get(name.as_str()).copied())
    }
}

/// No directive stands twice at one place. Validation would refuse that too, with an error for each.
fn each_once(directives: &[Positioned<Directive>]) -> Result<(), Excess> {
    let mut names = HashSet::with_capacity(directives.len());
    match directives
        .iter()
        .find(|directive| !names.insert(&directive.node.name.node))
    {
        Some(twice) => Err(Excess::DirectiveTwice {
            name: twice.node.name.to_string(),
        }),
        None => Ok(()),
    }
}

/// A number itself, or the length of a list, as a number.
fn size(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number.clone()),
        Value::List(items) => Value::from(count(items.len())),
        _ => Value::Null,
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
