//! One sale that two integrations of one account tell of, under one id: by Tiny's two interfaces, or by an ERP that is
//! connected twice under two names. The one connected last counts, so that a merchant who goes over from one to the other
//! has the sales of the overlap judged by what the new one tells.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use entity::{Instant, IntegrationId, OrderId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Select};

use super::Source;
use super::judge::waits_for_detail;
use crate::service::integration::of_one_account;

/// The account that a source is connected to.
pub(super) struct Account {
    own: IntegrationId,
    others: Vec<IntegrationId>,
}

impl Account {
    /// With the statements of [`of_one_account`].
    pub(super) async fn of(db: &impl ConnectionTrait, source: &Source) -> Result<Self, DbErr> {
        Ok(Self {
            own: source.integration.id,
            others: of_one_account(db, &source.integration).await?,
        })
    }

    /// Whether an order is told by another integration of the account.
    pub(super) fn has(&self, order: &order::Model) -> bool {
        self.others.contains(&order.integration_id)
    }

    /// What the other integrations tell of a page's orders. One statement, where there are others.
    pub(super) async fn tells(
        &self,
        db: &impl ConnectionTrait,
        orders: &[order::Model],
    ) -> Result<Vec<order::Model>, DbErr> {
        if self.others.is_empty() {
            return Ok(Vec::new());
        }
        let ids = orders.iter().map(|order| order.external_id.as_str());
        told_under(&self.others, ids).all(db).await
    }

    /// Lets each sale that several of the integrations tell of count once: as the shop's order that any of them is
    /// linked with, else by the integration connected last. While that one waits for its detail, the one before it counts.
    /// Gives the orders of these sales.
    pub(super) fn count_once(&self, orders: &mut [order::Model], now: Instant) -> HashSet<OrderId> {
        let mut by_id: HashMap<String, Vec<&mut order::Model>> = HashMap::new();
        for order in orders {
            if order.integration_id == self.own || self.has(order) {
                by_id.entry(order.external_id.clone()).or_default().push(order);
            }
        }
        let mut decided = HashSet::new();
        for mut told in by_id.into_values().filter(|told| told.len() > 1) {
            told.sort_by_key(|order| Reverse(order.integration_id));
            let counts = told.iter().find_map(|order| order.counted_as_id).or_else(|| {
                let ready = told.iter().find(|order| !waits_for_detail(order, now));
                ready.or(told.first()).map(|order| order.id)
            });
            for order in told {
                order.counted_as_id = counts.filter(|counts| *counts != order.id);
                decided.insert(order.id);
            }
        }
        decided
    }
}

/// Which order counts instead of each that does not count itself.
pub(super) fn links_of<'a>(orders: impl Iterator<Item = &'a order::Model>) -> HashMap<OrderId, OrderId> {
    orders
        .filter_map(|order| Some((order.id, order.counted_as_id?)))
        .collect()
}

/// Keeps what was found to be told twice where the other integration's order is not looked at: the page is of another
/// source, or the account is not known at present. `until_now` tells which order counted instead.
pub(super) fn keep(orders: &mut [order::Model], until_now: &HashMap<OrderId, OrderId>) {
    let counted = links_of(orders.iter());
    for order in orders.iter_mut().filter(|order| order.counted_as_id.is_none()) {
        if let Some(twin) = until_now.get(&order.id) {
            order.counted_as_id = Some(counted.get(twin).copied().unwrap_or(*twin));
        }
    }
}

/// Orders of these integrations under these ids.
fn told_under<'a>(integrations: &[IntegrationId], ids: impl Iterator<Item = &'a str>) -> Select<order::Entity> {
    order::Entity::find()
        .filter(order::Column::IntegrationId.is_in(integrations.iter().copied()))
        .filter(order::Column::ExternalId.is_in(ids))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn what_another_integration_tells_under_the_same_ids_is_found_by_them() {
        let found = plan(told_under(&[IntegrationId(Uuid::nil())], ["1", "2"].into_iter())).await;
        assert_eq!(
            found,
            ["SEARCH orders USING INDEX orders_integration_id_external_id (integration_id=? AND external_id=?)"]
        );
    }
}
