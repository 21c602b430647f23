//! What one document may ask for, worked out before it is validated or executed.
//!
//! First on the text, then on the parsed document. async-graphql's own limits walk the unfolded
//! document, which a hostile one of a kilobyte makes endless; these do not unfold anything. The gate
//! calls [`check_text`], parses, and calls [`check_document`]. Nothing here knows HTTP.

mod measure;
#[cfg(test)]
mod tests;
mod tokens;

use async_graphql::{
    Name, Value, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use thiserror::Error;

use self::measure::{Scales, Weight};
use super::super::{budget::Balance, settings::Limits};

/// Lists that lead back to types inside each other, below `__schema`: the usual introspection query
/// needs one, and each further one multiplies the answer by the size of the schema.
const MAX_INTROSPECTION_LISTS: usize = 2;

/// Larger costs are shown as this, the largest `Int`.
const LARGEST_SHOWN: u64 = 2_147_483_647;

/// Why a document is refused before anything of it is done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Excess {
    #[error("the document has more than {limit} tokens; split it into several requests")]
    Tokens { limit: usize },
    #[error("the document has more than {limit} brackets or fragments inside each other")]
    Nesting { limit: usize },
    #[error("the document is {depth} levels deep and {limit} are allowed; ask for the lower levels by id")]
    Depth { depth: usize, limit: usize },
    #[error("the document has {found} aliases and {limit} are allowed; use lists such as 'ids' or several requests")]
    Aliases { found: u64, limit: usize },
    #[error("the document has {found} directives and {limit} are allowed")]
    Directives { found: u64, limit: usize },
    #[error("the directive '@{name}' stands more than once at one place")]
    DirectiveTwice { name: String },
    #[error("the document selects {found} fields with its fragments unfolded and {limit} are allowed")]
    Fields { found: u64, limit: usize },
    #[error("the document repeats {found} fields beside themselves and {limit} are allowed; ask for each once")]
    Repeated { found: u64, limit: usize },
    #[error(
        "the document costs {cost} and {limit} is allowed; ask for smaller pages ('first', 'last') or fewer fields"
    )]
    Complexity { cost: u64, limit: usize },
    #[error("the fragment '{name}' contains itself")]
    FragmentCycle { name: String },
    #[error("the document asks for the types of the types' types; fetch the schema as graphql tools do")]
    IntrospectionDepth,
    #[error("introspection is switched off on this server; its schema is published as a file")]
    Introspection,
}

impl Excess {
    /// The error's `extensions.code`.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Tokens { .. } => "QUERY_TOO_LONG",
            Self::Nesting { .. } | Self::Depth { .. } | Self::IntrospectionDepth => "QUERY_TOO_DEEP",
            Self::Aliases { .. } => "QUERY_TOO_MANY_ALIASES",
            Self::Directives { .. } | Self::DirectiveTwice { .. } => "QUERY_TOO_MANY_DIRECTIVES",
            Self::Fields { .. } => "QUERY_TOO_MANY_FIELDS",
            Self::Repeated { .. } => "QUERY_TOO_REPETITIVE",
            Self::Complexity { .. } => "QUERY_TOO_COMPLEX",
            Self::FragmentCycle { .. } => "QUERY_FRAGMENT_CYCLE",
            Self::Introspection => "INTROSPECTION_OFF",
        }
    }

    /// What the document would have cost, where that is what it is refused for.
    pub(super) fn cost(&self) -> Option<Cost> {
        match *self {
            Self::Complexity { cost, limit } => Some(Cost {
                requested: cost,
                limit,
                balance: None,
            }),
            _ => None,
        }
    }
}

/// What a document asks for, and the most that it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) requested: u64,
    pub(super) limit: usize,
    /// What is left to the caller, once it is known who that is.
    pub(super) balance: Option<Balance>,
}

impl Cost {
    /// As `extensions.cost`.
    pub(super) fn to_value(self) -> Value {
        let mut value = async_graphql::value!({
            "requested": (self.requested.min(LARGEST_SHOWN)),
            "limit": (self.limit)
        });
        if let (Value::Object(fields), Some(balance)) = (&mut value, self.balance) {
            fields.insert(Name::new("remaining"), balance.remaining.min(LARGEST_SHOWN).into());
            fields.insert(Name::new("restoreRate"), balance.restore_rate.min(LARGEST_SHOWN).into());
        }
        value
    }
}

/// A document within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    /// What would be executed; `None` where the operation name does not select one.
    pub(super) operation: Option<OperationType>,
    pub(super) cost: Cost,
    /// The document is one of the persisted ones.
    pub(super) persisted: bool,
}

/// Refuses a document that is too long to be parsed.
pub(super) fn check_text(document: &str, limits: &Limits) -> Result<(), Excess> {
    tokens::check(document, limits.max_tokens)
}

/// Refuses a document that asks for too much. `spent` is what the same HTTP request has already asked
/// for in other documents.
pub(super) fn check_document(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
    spent: u64,
    limits: &Limits,
    introspection: bool,
) -> Result<Measured, Excess> {
    let selected = select(&document.operations, operation_name);
    let (mut fields, mut requested) = (0_u64, 0_u64);
    for (_, operation) in document.operations.iter() {
        let weight = Scales::new(document, variables).operation(&operation.node)?;
        check_shape(&weight, limits, introspection)?;
        // Validation visits every operation, also those that are not executed.
        fields = fields.saturating_add(weight.selections);
        at_most(fields, limits.max_fields, |found, limit| Excess::Fields {
            found,
            limit,
        })?;
        if selected.is_some_and(|selected| std::ptr::eq(selected, &raw const operation.node)) {
            requested = weight.complexity;
        }
    }
    for weight in Scales::new(document, variables).all_fragments()? {
        check_shape(&weight, limits, introspection)?;
    }

    let total = spent.saturating_add(requested);
    at_most(total, limits.max_complexity, |cost, limit| Excess::Complexity {
        cost,
        limit,
    })?;
    let cost = Cost {
        requested,
        limit: limits.max_complexity,
        balance: None,
    };
    Ok(Measured {
        persisted: false,
        operation: selected.map(|operation| operation.ty),
        cost,
    })
}

fn check_shape(weight: &Weight, limits: &Limits, introspection: bool) -> Result<(), Excess> {
    at_most(weight.selections, limits.max_fields, |found, limit| Excess::Fields {
        found,
        limit,
    })?;
    if weight.depth > limits.max_depth {
        return Err(Excess::Depth {
            depth: weight.depth,
            limit: limits.max_depth,
        });
    }
    at_most(weight.aliases, limits.max_aliases, |found, limit| Excess::Aliases {
        found,
        limit,
    })?;
    at_most(weight.directives, limits.max_directives, |found, limit| {
        Excess::Directives { found, limit }
    })?;
    at_most(weight.repeated, limits.max_repeated, |found, limit| Excess::Repeated {
        found,
        limit,
    })?;
    match weight.introspection {
        Some(_) if !introspection => Err(Excess::Introspection),
        Some(lists) if lists > MAX_INTROSPECTION_LISTS => Err(Excess::IntrospectionDepth),
        _ => Ok(()),
    }
}

fn at_most(found: u64, limit: usize, excess: impl Fn(u64, usize) -> Excess) -> Result<(), Excess> {
    if u64::try_from(limit).is_ok_and(|most| found > most) {
        Err(excess(found, limit))
    } else {
        Ok(())
    }
}

/// The operation that would be executed, by the rules of the GraphQL specification.
fn select<'a>(operations: &'a DocumentOperations, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name).map(|operation| &operation.node),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => {
            named.values().next().map(|operation| &operation.node)
        }
        _ => None,
    }
}
