//! The currencies of stores that a request has met. A store's currency never changes, and every amount shows it.

use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::Context;
use entity::{StoreId, store};

use super::context::{ContextExt, load};

/// Currencies by store; a request meets few stores.
#[derive(Default)]
pub(super) struct Currencies(RwLock<Vec<(StoreId, Arc<str>)>>);

impl Currencies {
    /// Notes a store's.
    pub(super) fn note(&self, store: &store::Model) {
        if self.of(store.id).is_none() {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.push((store.id, store.currency.as_str().into()));
        }
    }

    fn of(&self, store: StoreId) -> Option<Arc<str>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .find(|(id, _)| *id == store)
            .map(|(_, currency)| Arc::clone(currency))
    }
}

/// A store's currency. It is asked for only where the request has not met the store.
pub(super) async fn currency(ctx: &Context<'_>, store: StoreId) -> async_graphql::Result<Option<Arc<str>>> {
    let known = &ctx.loaders().loader().1;
    if let Some(currency) = known.of(store) {
        return Ok(Some(currency));
    }
    // Boxed, since it is seldom: as a part of every amount's future it would make each larger.
    Box::pin(load(ctx, store)).await?;
    Ok(known.of(store))
}
