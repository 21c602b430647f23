use std::sync::{Arc, PoisonError, RwLock};

use entity::StoreId;
use entity::membership::Role;

/// The stores that a user works in, as of the request, and those that the request itself makes: whoever
/// creates a store may look at it in the same answer.
#[derive(Debug, Clone)]
pub struct Memberships(Arc<RwLock<Vec<(StoreId, Role)>>>);

impl Memberships {
    /// Those that were found.
    pub fn new(stores: Vec<(StoreId, Role)>) -> Self {
        Self(Arc::new(RwLock::new(stores)))
    }

    /// The user's role in a store; none in a store that is not the user's.
    pub fn role_in(&self, store: StoreId) -> Option<Role> {
        let stores = self.0.read().unwrap_or_else(PoisonError::into_inner);
        stores.iter().find(|(id, _)| *id == store).map(|(_, role)| *role)
    }

    /// The stores.
    pub fn stores(&self) -> Vec<StoreId> {
        let stores = self.0.read().unwrap_or_else(PoisonError::into_inner);
        stores.iter().map(|(id, _)| *id).collect()
    }

    /// Notes a store that this request has created for the user.
    pub fn join(&self, store: StoreId, role: Role) {
        let mut stores = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !stores.iter().any(|(id, _)| *id == store) {
            stores.push((store, role));
        }
    }
}
