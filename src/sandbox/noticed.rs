//! What a platform has noticed of its orders: the control API changes the world behind its back, as shoppers and staff
//! do, and each change is told once.

use std::collections::BTreeMap;

use super::world::World;

/// How often the status of each order was noticed to change, by the order's id.
#[derive(Debug, Default)]
pub(super) struct Noticed(BTreeMap<u64, usize>);

/// What webhooks do besides telling what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookDelivery {
    /// Each comes once, in order.
    #[default]
    Once,
    /// Each comes twice.
    Twice,
    /// Those that are sent together come in the opposite order.
    Backwards,
    /// None comes.
    Lost,
}

impl Noticed {
    /// The orders as they are at the beginning.
    pub(super) fn of(world: &World) -> Self {
        let mut noticed = Self::default();
        noticed.news(world);
        noticed
    }

    /// The places of orders whose status has changed since, or that are new: once for each status.
    pub(super) fn news(&mut self, world: &World) -> Vec<usize> {
        let mut news = Vec::new();
        for (index, order) in world.orders.iter().enumerate() {
            let known = self.0.insert(order.id, order.timeline.len()).unwrap_or(0);
            news.extend((known..order.timeline.len()).map(|_| index));
        }
        news
    }
}

impl HookDelivery {
    /// Bodies as they are sent.
    pub(super) fn sent<T: Clone>(self, bodies: Vec<T>) -> Vec<T> {
        match self {
            Self::Once => bodies,
            Self::Twice => bodies.into_iter().flat_map(|body| [body.clone(), body]).collect(),
            Self::Backwards => bodies.into_iter().rev().collect(),
            Self::Lost => Vec::new(),
        }
    }
}
