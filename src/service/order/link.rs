//! One sale that two sources tell of: the shop's order counts, the other is linked with it. What two integrations of one
//! account tell is in `twin`.
//!
//! The links of a number are worked out from all orders that have it or carry it, so they do not depend on
//! which was told first. Whoever calls holds the store, so nobody else tells of these orders meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{CustomerId, Instant, OrderId, StoreId, integration, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QuerySelect, QueryTrait, Select};

use super::Source;
use super::judge::waits_for_detail;
use super::twin::{self, Account, links_of};
use crate::domain::same_sale::{Sale, counts_as};
use crate::platform::Kind;

/// What links mean for posting the points of orders.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Who has the points that were posted for an order, where that is no longer its customer.
    pub(super) holders: HashMap<OrderId, CustomerId>,
    /// The orders that are the same sale, now or until now.
    pub(super) akin: HashMap<OrderId, Vec<OrderId>>,
    /// Orders of whose points the customer knows already, from another source.
    pub(super) told: HashSet<OrderId>,
}

/// An order as its own source tells of it, without what it has from others.
pub(super) fn as_told(order: &order::Model) -> order::Model {
    order::Model {
        counted_as_id: None,
        customer_id: order.customer_id.filter(|_| order.customer_of_id.is_none()),
        customer_of_id: None,
        ..order.clone()
    }
}

/// Works out anew what the orders of a page, each as told by its source, are linked with. Orders of other
/// sources that change by it join the page. At most two statements, and for an ERP those of [`Account::of`] and one more;
/// `before` are the page's orders as they are stored.
pub(super) async fn link(
    db: &impl ConnectionTrait,
    source: &Source,
    now: Instant,
    orders: &mut Vec<order::Model>,
    before: &HashMap<OrderId, order::Model>,
) -> Result<Links, DbErr> {
    let is_shop = source.kind().is_none_or(Kind::is_shop);
    let account = Account::of(db, source).await?;
    let twins = account.tells(db, orders).await?;
    let mut numbers: BTreeSet<String> = orders
        .iter()
        .chain(before.values())
        .chain(&twins)
        .filter_map(|order| number_of(order, is_shop))
        .collect();
    if numbers.is_empty() && twins.is_empty() {
        // Without a number, what counted instead can only be another integration's order.
        twin::keep(orders, &links_of(before.values()));
        return Ok(Links::default());
    }
    let told = told_elsewhere(source.store.id, &numbers).all(db).await?;
    if is_shop {
        // Only what another source tells of can be linked: mostly nothing.
        numbers = told.iter().filter_map(|sale| sale.shop_number.clone()).collect();
        if numbers.is_empty() {
            return Ok(Links::default());
        }
    }
    let mut stored = told;
    stored.extend(shop_orders(source.store.id, &numbers).all(db).await?);
    stored.retain(|order| twins.iter().all(|twin| twin.id != order.id));
    stored.extend(twins);
    let page: HashSet<OrderId> = orders.iter().map(|order| order.id).collect();
    stored.retain(|order| !page.contains(&order.id));
    let own = orders.len();
    orders.extend(stored.iter().map(as_told));
    let is_order = |place: usize, order: &order::Model| {
        order.shop_number.is_none()
            && numbers.contains(&order.number)
            && (place >= own || is_shop)
            && !account.has(order)
    };
    let shops: Vec<usize> = places(orders, is_order);
    let sales: Vec<usize> = places(orders, |_, order| order.shop_number.is_some());
    count_once(orders, &shops, &sales, now);
    let decided = account.count_once(orders, now);
    let mut until_now = links_of(before.values().chain(&stored));
    // A link with a shop's order hangs on its number, which was looked at; a shop's page tells of nothing else.
    let by_number: HashSet<OrderId> = shops.iter().filter_map(|place| Some(orders.get(*place)?.id)).collect();
    let is_by_number = |counts: &OrderId| by_number.contains(counts) || (is_shop && page.contains(counts));
    until_now.retain(|id, counts| !decided.contains(id) && !is_by_number(counts));
    twin::keep(orders, &until_now);
    share_customers(orders, &shops, &sales);

    let stored_by_id = stored.into_iter().map(|order| (order.id, order)).collect();
    let links = Links::between(orders, before, &stored_by_id);
    let changed = |order: &order::Model| stored_by_id.get(&order.id).is_none_or(|stored| stored != order);
    orders.retain(changed);
    for order in orders.iter_mut().filter(|order| !page.contains(&order.id)) {
        order.updated_at = now;
    }
    Ok(links)
}

fn number_of(order: &order::Model, is_shop: bool) -> Option<String> {
    if is_shop {
        Some(order.number.clone())
    } else {
        order.shop_number.clone()
    }
}

/// Sales that carry one of these numbers of a shop's orders.
fn told_elsewhere(store: StoreId, numbers: &BTreeSet<String>) -> Select<order::Entity> {
    order::Entity::in_store(store).filter(order::Column::ShopNumber.is_in(numbers))
}

/// Orders of shops with one of these numbers.
fn shop_orders(store: StoreId, numbers: &BTreeSet<String>) -> Select<order::Entity> {
    let pushed = Kind::ALL.into_iter().filter(|kind| !kind.is_shop()).map(Kind::as_str);
    let shops = integration::Entity::in_store(store)
        .select_only()
        .column(integration::Column::Id)
        .filter(integration::Column::Platform.is_not_in(pushed))
        .into_query();
    order::Entity::in_store(store)
        .filter(order::Column::Number.is_in(numbers))
        .filter(order::Column::IntegrationId.in_subquery(shops))
}

fn places(orders: &[order::Model], which: impl Fn(usize, &order::Model) -> bool) -> Vec<usize> {
    let all = orders.iter().enumerate();
    all.filter(|(place, order)| which(*place, order))
        .map(|(place, _)| place)
        .collect()
}

fn sale(order: &order::Model) -> Sale<'_> {
    Sale {
        id: order.id,
        placed_at: order.placed_at,
        integration: order.integration_id,
        external_id: &order.external_id,
    }
}

/// Lets each sale count as the shop's order that it is. While that order waits for its detail it gives no
/// points, and the sale still counts itself: so points change hands in one transaction.
fn count_once(orders: &mut [order::Model], shops: &[usize], sales: &[usize], now: Instant) {
    let mut by_number: HashMap<String, Vec<usize>> = HashMap::new();
    for place in shops {
        if let Some(order) = orders.get(*place).filter(|order| !waits_for_detail(order, now)) {
            by_number.entry(order.number.clone()).or_default().push(*place);
        }
    }
    for place in sales {
        let Some(told) = orders.get(*place) else { continue };
        let named = told.shop_number.as_ref().and_then(|number| by_number.get(number));
        let named: Vec<Sale<'_>> = named
            .into_iter()
            .flatten()
            .filter_map(|place| orders.get(*place).map(sale))
            .collect();
        let counted_as = counts_as(sale(told), &named);
        if let Some(told) = orders.get_mut(*place) {
            told.counted_as_id = counted_as;
        }
    }
}

/// A shop's order whose buyer nobody recognises is that of the buyer whom a linked sale tells.
fn share_customers(orders: &mut [order::Model], shops: &[usize], sales: &[usize]) {
    let mut buyers: HashMap<OrderId, (CustomerId, OrderId)> = HashMap::new();
    let mut linked: Vec<&order::Model> = sales.iter().filter_map(|place| orders.get(*place)).collect();
    linked.sort_by(|one, other| sale(one).rank().cmp(&sale(other).rank()));
    for told in linked {
        if let (Some(order), Some(customer)) = (told.counted_as_id, told.customer_id) {
            buyers.entry(order).or_insert((customer, told.id));
        }
    }
    for place in shops {
        let Some(order) = orders.get_mut(*place).filter(|order| order.customer_id.is_none()) else {
            continue;
        };
        if let Some((customer, told)) = buyers.get(&order.id) {
            order.customer_id = Some(*customer);
            order.customer_of_id = Some(*told);
        }
    }
}

impl Links {
    fn between(
        orders: &[order::Model],
        page: &HashMap<OrderId, order::Model>,
        others: &HashMap<OrderId, order::Model>,
    ) -> Self {
        let mut links = Self::default();
        let before = |id: &OrderId| page.get(id).or_else(|| others.get(id));
        for order in orders {
            let known = before(&order.id);
            let linked = [order.counted_as_id, known.and_then(|known| known.counted_as_id)];
            for shop in linked.into_iter().flatten() {
                links.pair(order.id, shop);
                links.pair(shop, order.id);
            }
            if let Some(known) = known.filter(|known| known.points.is_positive())
                && let Some(holder) = known.customer_id.filter(|_| known.customer_id != order.customer_id)
            {
                links.holders.insert(order.id, holder);
            }
        }
        let known_by = |akin: &Vec<OrderId>| akin.iter().filter_map(before).any(|order| order.points.is_positive());
        let told = links.akin.iter().filter(|(_, akin)| known_by(akin));
        links.told = told.map(|(order, _)| *order).collect();
        links
    }

    fn pair(&mut self, one: OrderId, other: OrderId) {
        let akin = self.akin.entry(one).or_default();
        if !akin.contains(&other) {
            akin.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn both_sides_of_a_link_are_found_by_their_numbers() {
        let (store, numbers) = (
            StoreId(Uuid::nil()),
            BTreeSet::from(["1001".to_owned(), "1002".to_owned()]),
        );
        let found = plan(told_elsewhere(store, &numbers)).await;
        assert_eq!(
            found,
            ["SEARCH orders USING INDEX orders_by_store_id_shop_number (store_id=? AND shop_number=?)"]
        );
        let found = plan(shop_orders(store, &numbers)).await;
        assert!(
            found.contains(&"SEARCH orders USING INDEX orders_by_store_id_number (store_id=? AND number=?)".to_owned()),
            "{found:?}"
        );
    }
}
