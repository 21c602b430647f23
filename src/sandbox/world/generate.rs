//! Invents a world from a seed: the same configuration always gives the same people, products and
//! orders, of which some are still on their way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{Channel, Line, Order, Payment, Product, Shape, StatusChange, World, whole_seconds};
use crate::sandbox::{
    SandboxConfig,
    people::{self, Person},
};

const DAYS_OF_ORDERS: i64 = 60;

impl World {
    /// Invents a world. The same configuration gives the same world.
    pub fn generate(config: &SandboxConfig, shape: Shape) -> Self {
        let mut rng = StdRng::seed_from_u64(config.seed);
        let now = whole_seconds(config.now);
        let people = invent_people(&mut rng, config.customers.max(1), shape.first_person_id, now);
        let products = invent_products(&mut rng, config.products.max(1));
        let mut world = Self {
            now,
            people,
            products,
            orders: Vec::new(),
            coupons: Vec::new(),
            coupon_posts: BTreeMap::new(),
            hidden_from: None,
            shape,
            moves: 0,
        };
        let mut rng = StdRng::seed_from_u64(config.seed ^ shape.salt);
        world.invent_orders(&mut rng, config.orders);
        world
    }

    fn invent_orders(&mut self, rng: &mut StdRng, count: usize) {
        let shown = self.shape.showcase.len().min(count);
        let mut lives: Vec<Option<&'static [&'static str]>> =
            self.shape.showcase.iter().take(shown).copied().map(Some).collect();
        lives.resize(count, None);
        lives.shuffle(rng);
        let start = self.now - TimeDelta::days(DAYS_OF_ORDERS);
        let span = TimeDelta::days(DAYS_OF_ORDERS).num_seconds() - 3600;
        for (index, life) in lives.into_iter().enumerate() {
            let step = span / i64::try_from(count).unwrap_or(i64::MAX).max(1);
            let offset = step * i64::try_from(index).unwrap_or_default() + rng.random_range(0..step.max(1));
            let order = self.invent_order(rng, index, start + TimeDelta::seconds(offset), life);
            self.orders.push(order);
        }
    }

    fn invent_order(
        &self,
        rng: &mut StdRng,
        index: usize,
        placed_at: DateTime<Utc>,
        life: Option<&'static [&'static str]>,
    ) -> Order {
        let id = self.shape.first_order_id + index as u64;
        let lines = self.invent_lines(rng);
        let products_cents = lines
            .iter()
            .map(|line| line.unit_cents * i64::from(line.quantity))
            .sum::<i64>();
        let discount_cents = if index % 4 == 1 {
            products_cents * rng.random_range(5..=10) / 100
        } else {
            0
        };
        let shipping_cents = if index % 3 == 2 {
            0
        } else {
            rng.random_range(1200..3900)
        };
        let channel = match index {
            index if life.is_none() && index % 10 == 7 => Channel::Marketplace,
            index if life.is_none() && index % 13 == 5 => Channel::PointOfSale,
            index if life.is_none() && index % 17 == 3 => Channel::Manual,
            _ => Channel::Site,
        };
        let walk_in = channel == Channel::PointOfSale && index % 2 == 1;
        let person = if walk_in {
            self.people.len() - 1
        } else {
            rng.random_range(0..self.people.len())
        };
        let (timeline, upcoming) = self.invent_life(rng, placed_at, life);
        Order {
            id,
            number: (self.shape.number)(id),
            shop_number: (self.shape.shop_number)(id, channel),
            shop_id: self.invent_shop(index, life.is_some()),
            person,
            products_cents,
            discount_cents,
            shipping_cents,
            refunded_cents: 0,
            store_credit_cents: if index % 15 == 4 { products_cents / 4 } else { 0 },
            payment: [Payment::Pix, Payment::Card, Payment::BankSlip][index % 3],
            channel,
            placed_at,
            timeline,
            upcoming,
            coupon: None,
            lines,
        }
    }

    fn invent_shop(&self, index: usize, showcase: bool) -> u64 {
        let shops = self.shape.shops;
        let place = match index {
            _ if showcase => 0,
            index if index % 9 == 8 => 2,
            index if index % 5 == 4 => 1,
            _ => 0,
        };
        shops.get(place).or(shops.first()).copied().unwrap_or(1)
    }

    fn invent_lines(&self, rng: &mut StdRng) -> Vec<Line> {
        let count = rng.random_range(1..=3.min(self.products.len()));
        let first = rng.random_range(0..self.products.len());
        (0..count)
            .map(|step| {
                let product = (first + step) % self.products.len();
                Line {
                    product,
                    quantity: rng.random_range(1..=2),
                    unit_cents: self.products[product].cents,
                }
            })
            .collect()
    }

    /// How far an order got: a showcase life to its end, an everyday one as far as its age allows.
    /// Every sixth everyday order is stuck, so that there are old ones that can still move.
    fn invent_life(
        &self,
        rng: &mut StdRng,
        placed_at: DateTime<Utc>,
        life: Option<&'static [&'static str]>,
    ) -> (Vec<StatusChange>, Vec<String>) {
        let everyday = self.shape.everyday;
        let statuses = life.unwrap_or_else(|| everyday[rng.random_range(0..everyday.len())]);
        let stuck_after = (life.is_none() && rng.random_range(0..6) == 0).then(|| rng.random_range(1..=statuses.len()));
        let age = (self.now - placed_at).num_seconds().max(1);
        let steps = i64::try_from(statuses.len()).unwrap_or(1).max(1);
        let mut timeline = Vec::new();
        let mut upcoming = Vec::new();
        let mut at = placed_at;
        for (index, status) in statuses.iter().enumerate() {
            if index > 0 {
                let pause = rng.random_range(2 * 3600..40 * 3600);
                at += TimeDelta::seconds(if life.is_some() { pause.min(age / steps) } else { pause });
            }
            let reached = at <= self.now && stuck_after.is_none_or(|stuck| index < stuck);
            if upcoming.is_empty() && (reached || index == 0) {
                timeline.push(StatusChange {
                    status: (*status).to_owned(),
                    at,
                });
            } else {
                upcoming.push((*status).to_owned());
            }
        }
        (timeline, upcoming)
    }
}

fn invent_people(rng: &mut StdRng, count: usize, first_id: u64, now: DateTime<Utc>) -> Vec<Person> {
    (0..count)
        .map(|index| {
            let id = first_id + index as u64;
            let last_of_many = index + 1 == count && count >= 10;
            if last_of_many {
                people::walk_in(id, now)
            } else {
                people::invent(rng, index, id, now)
            }
        })
        .collect()
}

fn invent_products(rng: &mut StdRng, count: usize) -> Vec<Product> {
    const NAMES: [&str; 6] = ["Camiseta", "Caneca", "Mochila", "Garrafa", "Boné", "Caderno"];
    const CATEGORIES: [[&str; 2]; 6] = [
        ["Vestuário", "Camisetas"],
        ["Casa", "Cozinha"],
        ["Acessórios", "Mochilas"],
        ["Casa", "Cozinha"],
        ["Vestuário", "Bonés"],
        ["Papelaria", "Cadernos"],
    ];
    const VARIANTS: [&str; 4] = ["Azul", "Verde", "Preto", "Único"];
    (0..count)
        .map(|index| Product {
            id: index as u64 + 1,
            sku: format!("EX-{:03}-{}", index + 1, ["AZ", "VD", "PT", "UN"][index % 4]),
            parent_code: format!("EX-{:03}", index + 1),
            name: format!("{} Exemplo {}", NAMES[index % NAMES.len()], index + 1),
            variant: VARIANTS[index % 4].to_owned(),
            category: CATEGORIES[index % CATEGORIES.len()],
            cents: rng.random_range(1990..24_990),
            stock: rng.random_range(0..50),
        })
        .collect()
}
