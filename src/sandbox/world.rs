//! The invented world behind one imitated platform: people, products, orders and coupons, in a
//! form that belongs to no platform.
//!
//! Statuses are kept as the platform's own codes, but nothing here knows what they mean, and
//! nothing computes points: what the control API tells of the world must not depend on any
//! reading of it. The imitations render it; the control API changes it.

mod generate;
mod records;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use records::{Channel, Coupon, Line, NewOrder, Order, Payment, Product, Refunds, Shape, StatusChange, UsedCoupon};

use super::people::Person;

/// People, products, orders and coupons of one platform.
#[derive(Debug, Clone)]
pub struct World {
    /// The sandbox's clock, in whole seconds; set by the server before every request.
    pub now: DateTime<Utc>,
    /// All customers, by ascending id.
    pub people: Vec<Person>,
    /// All products.
    pub products: Vec<Product>,
    /// All orders, by ascending id.
    pub orders: Vec<Order>,
    /// All coupons, by ascending id.
    pub coupons: Vec<Coupon>,
    /// How often the creation of each code (in capitals) was asked for, whatever came of it.
    pub coupon_posts: BTreeMap<String, u32>,
    /// Coupons from this id on are missing in lists.
    pub hidden_from: Option<u64>,
    shape: Shape,
    moves: u64,
}

impl World {
    /// The shape that it was made from.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Index of the order with this number.
    pub fn order_by_number(&self, number: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.number == number)
    }

    /// Index of the customer with this id.
    pub fn person_by_id(&self, external_id: u64) -> Option<usize> {
        self.people.iter().position(|person| person.external_id == external_id)
    }

    /// Index of the first coupon with this code, without regard to case.
    pub fn coupon_by_code(&self, code: &str) -> Option<usize> {
        self.coupons
            .iter()
            .position(|coupon| coupon.code.eq_ignore_ascii_case(code))
    }

    /// Notes that the creation of this code was asked for.
    pub fn note_coupon_post(&mut self, code: &str) {
        *self.coupon_posts.entry(code.to_ascii_uppercase()).or_default() += 1;
    }

    /// Lets coupons that are created from now on be missing in lists, or shows all.
    pub fn hide_new_coupons(&mut self, hide: bool) {
        let next = self.next_coupon_id();
        self.hidden_from = hide.then(|| self.hidden_from.unwrap_or(next));
    }

    /// Whether lists show the coupon.
    pub fn lists(&self, coupon: &Coupon) -> bool {
        self.hidden_from.is_none_or(|first| coupon.id < first)
    }

    fn next_coupon_id(&self) -> u64 {
        let last = self.coupons.last();
        last.map_or(self.shape.first_coupon_id, |last| last.id + 1)
    }

    /// Keeps a coupon under the next free id, which is returned.
    pub fn add_coupon(&mut self, coupon: Coupon) -> u64 {
        let id = self.next_coupon_id();
        self.coupons.push(Coupon { id, ..coupon });
        id
    }

    /// Places an order now, of the first product, and returns its index. It carries its coupon.
    pub fn place(&mut self, new: NewOrder) -> usize {
        let id = self.orders.last().map_or(self.shape.first_order_id, |last| last.id + 1);
        let number = (self.shape.number)(id);
        let (status, upcoming) = match new.status {
            Some(status) => (status, Vec::new()),
            None => self.new_life(),
        };
        if let Some(used) = &new.coupon
            && let Some(coupon) = self.coupons.iter_mut().find(|coupon| coupon.id == used.id)
        {
            coupon.uses.push((number.clone(), new.person));
        }
        self.orders.push(Order {
            id,
            number,
            shop_number: new.shop_number.or_else(|| (self.shape.shop_number)(id, new.channel)),
            shop_id: new
                .shop_id
                .unwrap_or_else(|| self.shape.shops.first().copied().unwrap_or(1)),
            person: new.person,
            lines: vec![Line {
                product: 0,
                quantity: 1,
                unit_cents: new.products_cents,
            }],
            products_cents: new.products_cents,
            discount_cents: new.discount_cents,
            shipping_cents: new.shipping_cents,
            store_credit_cents: 0,
            refunded_cents: 0,
            payment: Payment::Pix,
            channel: new.channel,
            placed_at: self.now,
            timeline: vec![StatusChange { status, at: self.now }],
            upcoming,
            coupon: new.coupon,
        });
        self.orders.len() - 1
    }

    /// Moves an order to a status now, whatever was planned for it.
    pub fn set_status(&mut self, index: usize, status: &str) {
        let now = self.now;
        if let Some(order) = self.orders.get_mut(index) {
            if order.upcoming.first().is_some_and(|next| next == status) {
                order.upcoming.remove(0);
            } else {
                order.upcoming.clear();
            }
            order.timeline.push(StatusChange {
                status: status.to_owned(),
                at: now,
            });
        }
    }

    /// Gives a part of the products' money back, and lets it show in the platform's way.
    pub fn refund(&mut self, index: usize, cents: i64) {
        let now = self.now;
        let refunds = self.shape.refunds;
        if let Some(order) = self.orders.get_mut(index) {
            match refunds {
                Refunds::Shrink => order.discount_cents += cents,
                Refunds::Beside => order.refunded_cents += cents,
            }
            let status = order.status().to_owned();
            order.timeline.push(StatusChange { status, at: now });
        }
    }

    /// Forgets a customer who asked for it: what a shop keeps for its accounts names nobody.
    pub fn forget(&mut self, index: usize, address: Option<String>) {
        let now = self.now;
        if let Some(person) = self.people.get_mut(index) {
            "Cliente Anonimizado".clone_into(&mut person.name);
            person.company = false;
            person.document = Some("99999999999".to_owned());
            person.email = address;
            "00000000000".clone_into(&mut person.phone);
            person.birth_date = None;
            person.female = None;
            person.updated_at = now;
        }
    }

    /// Takes an order away, as if the shop had deleted it.
    pub fn remove_order(&mut self, index: usize) -> Order {
        self.orders.remove(index)
    }

    /// What happens in a shop between two pages of a list: the oldest order that is still on its
    /// way advances, and every second time somebody also buys something.
    pub fn move_rows(&mut self) {
        self.moves += 1;
        let waiting = self.orders.iter().position(|order| !order.upcoming.is_empty());
        if let Some(index) = waiting {
            let next = self.orders[index].upcoming[0].clone();
            self.set_status(index, &next);
        }
        if self.moves.is_multiple_of(2) {
            let person = usize::try_from(self.moves).unwrap_or_default() % self.people.len();
            let products_cents = self.products[person % self.products.len()].cents;
            self.place(NewOrder {
                person,
                shop_id: None,
                products_cents,
                discount_cents: 0,
                shipping_cents: 1990,
                channel: Channel::Site,
                status: None,
                coupon: None,
                shop_number: None,
            });
        }
    }

    /// First status of a new order and what follows it.
    fn new_life(&self) -> (String, Vec<String>) {
        let life = self.shape.everyday.first().copied().unwrap_or(&[""]);
        let mut statuses = life.iter().map(|status| (*status).to_owned());
        (statuses.next().unwrap_or_default(), statuses.collect())
    }
}

/// Platforms write seconds, so the truth must not have more.
pub(super) fn whole_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

#[cfg(test)]
mod tests;
