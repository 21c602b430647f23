//! Connections, whose nodes are told all at once where the answer takes JSON.

use std::borrow::Cow;

use async_graphql::connection::{Connection, Edge, OpaqueCursor};
use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::ContainerType as _;
use async_graphql::{ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, TypeName, Value};
use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Totals;
use super::in_place::{InPlace, Plain, flat, given, list, object};

/// A connection of nodes, which are resolved in place. In the schema it is the library's.
pub(super) struct Nodes<K, N> {
    pub(super) page: Vec<InPlace<N>>,
    /// Each node's place.
    pub(super) keys: Vec<K>,
    pub(super) has_previous: bool,
    pub(super) has_next: bool,
    pub(super) totals: Totals,
}

/// What the library makes of it.
type Made<'a, K, N> = Connection<OpaqueCursor<K>, &'a InPlace<N>, &'a Totals>;

impl<K, N> OutputType for Nodes<K, N>
where
    K: Serialize + DeserializeOwned + Clone + Send + Sync,
    N: ObjectType + Plain,
{
    fn type_name() -> Cow<'static, str> {
        <Made<'_, K, N> as TypeName>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Made::<'_, K, N>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match flat::<Self, _>(ctx, |field| field).as_deref() {
            // Mostly only the nodes are asked for.
            Some([field]) => Ok(object(std::iter::once((*field, self.told(ctx, field).await)))),
            Some(fields) => {
                let values = join_all(fields.iter().map(|field| self.told(ctx, field))).await;
                Ok(object(fields.iter().copied().zip(values)))
            }
            None => Box::pin(async { self.made().resolve(ctx, field).await }).await,
        }
    }
}

impl<K, N> Nodes<K, N>
where
    K: Serialize + DeserializeOwned + Clone + Send + Sync,
    N: ObjectType + Plain,
{
    fn made(&self) -> Made<'_, K, N> {
        let mut made = Connection::with_additional_fields(self.has_previous, self.has_next, &self.totals);
        let edges = self.keys.iter().zip(&self.page);
        made.edges
            .extend(edges.map(|(key, node)| Edge::new(OpaqueCursor(key.clone()), node)));
        made
    }

    /// A field's value: of the nodes all at once, of anything else as the library has it.
    async fn told(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> Value {
        let place = ctx.with_field(field);
        match field.node.name.node.as_str() {
            "__typename" => return Value::String(Self::type_name().into_owned()),
            "nodes" => {
                let nodes = self.page.iter().map(|InPlace(node)| node);
                let below = place.with_selection_set(&field.node.selection_set);
                if let Some(nodes) = list(&below, nodes).await {
                    return nodes;
                }
            }
            _ => {}
        }
        // Boxed: it is large.
        given(
            &place,
            Box::pin(async { self.made().resolve_field(&place).await }).await,
        )
    }
}
