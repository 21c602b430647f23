//! What needs which permission, as the schema declares it, and the matrix of it that is checked in.
//!
//! A declaration stands at its resolver (`#[requires]` of the crate `macros`), which enforces it and writes it into
//! the description and, as a directive, into the schema. Here the schema is read back.

use std::fmt::Write as _;

use async_graphql::TypeDirective;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{ConstDirective, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, Value};

use crate::access::{Permission, ROLES, Scope};

/// What seeing or doing this needs in the store that it belongs to. Roles have permissions; an API token has those
/// that its scopes name.
#[TypeDirective(location = "FieldDefinition", location = "Object")]
pub(super) fn requires(
    #[graphql(desc = "The permission, which is also the scope of an API token, for instance `orders:read`.")]
    permission: String,
) {
}

/// Something of the schema that needs a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The type.
    pub kind: String,
    /// Its field; none: seeing one of the type at all.
    pub field: Option<String>,
    /// What is needed.
    pub permission: Permission,
}

impl Requirement {
    /// `Order.customer`, `Order`, or a mutation's name.
    pub fn name(&self) -> String {
        match &self.field {
            Some(field) if self.kind == "Mutation" => field.clone(),
            Some(field) => format!("{}.{field}", self.kind),
            None => self.kind.clone(),
        }
    }
}

/// Everything of the schema that needs a permission, in the schema's order.
pub fn requirements() -> Vec<Requirement> {
    let mut all = Vec::new();
    // The schema is ours: what the library writes, it reads.
    let Ok(document) = parse_schema(super::sdl()) else {
        return all;
    };
    for definition in document.definitions {
        let TypeSystemDefinition::Type(kind) = definition else {
            continue;
        };
        let (name, directives) = (kind.node.name.node.to_string(), kind.node.directives);
        let mut add = |field: Option<String>, directives: &[Positioned<ConstDirective>]| {
            all.extend(required(directives).map(|permission| Requirement {
                kind: name.clone(),
                field,
                permission,
            }));
        };
        add(None, &directives);
        if let TypeKind::Object(object) = kind.node.kind {
            for field in object.fields {
                add(Some(field.node.name.node.to_string()), &field.node.directives);
            }
        }
    }
    all
}

fn required(directives: &[Positioned<ConstDirective>]) -> Option<Permission> {
    let directive = directives.iter().find(|one| one.node.name.node == "requires")?;
    match &directive.node.get_argument("permission")?.node {
        Value::String(name) => Permission::ALL.into_iter().find(|one| one.name() == name),
        _ => None,
    }
}

const HEAD: &str = "\
# Permissions

What each role of a store's members and each scope of an API token may do. Made from the schema's declarations by
`cargo run -- permissions > docs/permissions.md`; every cell is tried through the API by the tests.

Who is not a member of a store, and whose token is not for it, finds nothing there. A field that is not listed needs what
its object needs. `cancelExport` and `Store.exportRuns` need what the exported list needs, and `Subscription.events` what each
event's object needs. Signing in, one's own account and creating a store need no permission.

## Roles

";

/// The matrix of roles and scopes, and of everything that needs a permission, as `docs/permissions.md` holds it.
pub fn matrix() -> String {
    let mut text = HEAD.to_owned();
    let columns = ROLES.map(|(name, _)| format!(" {name} |")).concat();
    let line = |text: &mut String, cells: &str, permission: Permission| {
        let roles = ROLES.map(|(_, role)| {
            if permission.allowed_to(role) {
                " ✓ |"
            } else {
                " – |"
            }
        });
        let is_scope = Scope::all().any(|scope| scope.permission() == permission);
        let token = if is_scope { "✓" } else { "–" };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| {cells} |{} {token} |", roles.concat());
    };
    let _ = writeln!(
        text,
        "| permission |{columns} a token's scope |\n|---|---|---|---|---|---|"
    );
    for permission in Permission::ALL {
        line(&mut text, &format!("`{permission}`"), permission);
    }
    let (mutations, others): (Vec<_>, Vec<_>) = requirements().into_iter().partition(|one| one.kind == "Mutation");
    for (title, all) in [("Mutations", mutations), ("Types and fields", others)] {
        let _ = writeln!(
            text,
            "\n## {title}\n\n| | permission |{columns} a token with it |\n|---|---|---|---|---|---|---|"
        );
        for one in all {
            line(
                &mut text,
                &format!("`{}` | `{}`", one.name(), one.permission),
                one.permission,
            );
        }
    }
    text
}
