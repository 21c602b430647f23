//! axum around GraphQL: what is asked and answered over HTTP, and what surrounds it.
//!
//! Generic over what it serves: an executor (the schema) and a [`Door`] (who is asking). It knows
//! no table, no rule and no type of the API. The composition calls [`router`], or, where it has
//! routes of its own such as webhooks, [`framed`] around [`routes`] and those.
//!
//! | address | what |
//! |---|---|
//! | `POST /graphql` | queries, mutations; subscriptions as server-sent events |
//! | `GET /graphql` | queries by setting, persisted ones always; GraphiQL for browsers |
//! | `GET /graphql/ws` | WebSocket, `graphql-transport-ws` |
//! | `GET /` | the addresses and a query console that needs no other server |
//! | `GET /health/live`, `GET /health/ready` | for orchestrators |

mod budget;
mod documents;
mod door;
mod fault;
mod frame;
mod graphql;
mod health;
mod json;
mod pages;
mod request_id;
mod settings;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;

pub use budget::{Balance, Budget, Exhausted};
pub use documents::{Documents, DocumentsError};
pub use door::{Caller, Check, Door, Entry, Refusal};
pub use frame::framed;
pub use graphql::within_limits;
pub use json::TakesJson;
pub(crate) use json::{MAX_ERRORS, fill_in, write_json, write_value};
pub use pages::{Link, Pages, ReadyQuery};
pub use request_id::RequestId;
pub use settings::{CostSettings, HttpSettings, Limits, SocketSettings};
pub use stream::StreamPlace;

/// Everything that this module answers, ready to be served.
pub fn router<E: async_graphql::Executor, D: Door>(
    executor: E,
    door: D,
    settings: &HttpSettings,
    pages: &Pages,
    documents: Documents,
) -> Router {
    let budget = Budget::new(&settings.cost).map(Arc::new);
    framed(routes(executor, door, settings, pages, documents, budget), settings)
}

/// The same routes without the frame, to be merged with others before [`framed`] goes around all. Whoever answers
/// others charges them to the same budget.
pub fn routes<E: async_graphql::Executor, D: Door>(
    executor: E,
    door: D,
    settings: &HttpSettings,
    pages: &Pages,
    documents: Documents,
    budget: Option<Arc<Budget>>,
) -> Router {
    let door = Arc::new(door);
    graphql::routes(executor, Arc::clone(&door), settings.clone(), pages, documents, budget)
        .merge(health::routes(door))
        .merge(pages::routes(pages, settings.graphiql))
}
