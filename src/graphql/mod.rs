//! The API: translation only. Resolvers parse, call one service or one loader, and wrap; no SQL that
//! is not a finder, no rule. Foreseen outcomes are user errors in payloads; top-level errors are for
//! the protocol, permissions, limits and faults.

mod access_filters;
mod access_lists;
mod audit_lists;
mod batching;
mod connection;
mod context;
mod currencies;
mod described;
mod difference_lists;
mod entrance;
mod error;
mod exports;
mod feed_loaders;
mod filter;
mod fulfilment_lists;
mod in_place;
mod job_lists;
mod lateral;
mod ledger_lists;
mod ledger_loaders;
mod list_filters;
mod lists;
mod loaders;
mod merged_lists;
mod mutation;
mod nodes;
mod page_loader;
mod pages;
mod permissions;
mod place;
mod pool_lists;
mod query;
mod run_lists;
mod scalar;
mod selection;
mod shaper;
mod sort;
mod stream;
mod subscription;
mod types;
mod webhook_lists;

pub use batching::Api;
pub use entrance::Entrance;
pub use exports::Lists;
pub use pages::{first_looks, guides, pages};
pub use permissions::{Requirement, matrix, requirements};
pub use shaper::Shaper;

use permissions::requires;

use async_graphql::SDLExportOptions;

use crate::http::HttpSettings;

type Schema = async_graphql::Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// Builds the schema. Depth and complexity are limited before a document comes here.
pub fn schema(settings: &HttpSettings) -> Api {
    let builder = Schema::build(query::Query, mutation::Mutation::default(), subscription::Subscription)
        .register_output_type::<types::NodeInterface>();
    let builder = described::describe(builder);
    let builder = if settings.introspection {
        builder
    } else {
        builder.disable_suggestions()
    };
    Api(builder.finish())
}

/// The schema as SDL, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let Api(schema) = schema(&HttpSettings::default());
    schema.sdl_with_options(SDLExportOptions::new().include_specified_by())
}
