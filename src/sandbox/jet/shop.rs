//! The shop on the platform: its world, its legacy queue, and what the platform has noticed so far.
//!
//! The control API changes the world behind the platform's back, as shoppers and staff do; [`Shop::notice`]
//! turns what changed since into items of the queue.

use std::collections::BTreeMap;

use super::{
    super::{
        SandboxConfig,
        world::{Channel, Coupon, Refunds, Shape, UsedCoupon, World},
    },
    status,
    switches::{Action, AfterChange, Deletion, Switches},
};

const FIRST_ORDER_ID: u64 = 50_001;
/// The first id of a queue's items.
const FIRST_ITEM: u64 = 880_001;
/// How many readings of a late order are answered 404.
const LATE_READINGS: u32 = 2;

/// An item of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) action: &'static str,
    pub(super) order: u64,
    /// Deleted, but given once more.
    deleted: bool,
}

/// A status that an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happened {
    /// The order.
    pub(super) order: u64,
    /// The status.
    pub(super) status: String,
}

/// The shop.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) world: World,
    pub(super) queue: Vec<Item>,
    /// What happened and no webhook has told of yet.
    pub(super) news: Vec<Happened>,
    /// How many statuses of each order were noticed.
    noticed: BTreeMap<u64, usize>,
    /// Orders that the OpenAPI does not know of yet, with how many readings that lasts.
    late: BTreeMap<u64, u32>,
    next_item: u64,
}

impl Shop {
    pub(super) fn invent(config: &SandboxConfig) -> Self {
        let shape = Shape {
            salt: 0x3e70,
            first_person_id: 501,
            first_order_id: FIRST_ORDER_ID,
            first_coupon_id: 12_345,
            number: |id| id.to_string(),
            shops: &[1],
            showcase: status::SHOWCASE,
            everyday: status::EVERYDAY,
            refunds: Refunds::Shrink,
            shop_number: |_, _| None,
        };
        let mut world = World::generate(config, shape);
        for order in &mut world.orders {
            if order.channel != Channel::Marketplace {
                order.channel = Channel::Site;
            }
        }
        hand_out(&mut world);
        let mut shop = Self {
            world,
            queue: Vec::new(),
            news: Vec::new(),
            noticed: BTreeMap::new(),
            late: BTreeMap::new(),
            next_item: FIRST_ITEM,
        };
        // What was there before is in the queue once, as it is now.
        let orders: Vec<(u64, usize)> = shop
            .world
            .orders
            .iter()
            .map(|one| (one.id, one.timeline.len()))
            .collect();
        for (order, statuses) in orders {
            shop.noticed.insert(order, statuses);
            shop.wait(order, "I");
        }
        shop
    }

    fn wait(&mut self, order: u64, action: &'static str) {
        self.queue.push(Item {
            id: self.next_item,
            action,
            order,
            deleted: false,
        });
        self.next_item += 1;
    }

    /// Puts what happened since into the queue, and among what webhooks are to tell of.
    pub(super) fn notice(&mut self, switches: &Switches) {
        let mut happened = Vec::new();
        for order in &self.world.orders {
            let known = self.noticed.insert(order.id, order.timeline.len()).unwrap_or(0);
            let news = order.timeline.iter().skip(known).map(|change| Happened {
                order: order.id,
                status: change.status.clone(),
            });
            happened.extend(news.zip(known..).map(|(news, place)| (news, place == 0)));
        }
        for (news, is_first) in &happened {
            let action = match switches.action {
                Action::Insert => "I",
                Action::Letters => {
                    if *is_first {
                        "I"
                    } else {
                        "U"
                    }
                }
                Action::Unknown => "Z",
            };
            self.wait(news.order, action);
            if switches.after_change == AfterChange::Late {
                self.late.insert(news.order, LATE_READINGS);
            }
        }
        self.news.extend(happened.into_iter().map(|(news, _)| news));
    }

    /// Whether the OpenAPI does not know the order yet; asking brings it nearer.
    pub(super) fn is_late(&mut self, order: u64) -> bool {
        match self.late.get_mut(&order) {
            Some(0) | None => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    /// Takes items out of the queue.
    pub(super) fn delete(&mut self, items: &[u64], deletion: Deletion) {
        for item in &mut self.queue {
            item.deleted |= items.contains(&item.id);
        }
        if deletion == Deletion::AtOnce {
            self.forget_deleted();
        }
    }

    /// Deleted items have been given once more.
    pub(super) fn forget_deleted(&mut self) {
        self.queue.retain(|item| !item.deleted);
    }
}

/// Some discounted orders carry a coupon that the merchant made in the panel.
fn hand_out(world: &mut World) {
    let id = world.add_coupon(Coupon {
        code: "BEMVINDO10".to_owned(),
        basis_points: Some(1000),
        active: true,
        ..Coupon::default()
    });
    let discounted = world
        .orders
        .iter_mut()
        .filter(|order| order.discount_cents > 1 && order.channel == Channel::Site);
    let mut uses = Vec::new();
    for order in discounted.step_by(2) {
        uses.push((order.number.clone(), order.person));
        order.coupon = Some(UsedCoupon {
            id,
            code: "BEMVINDO10".to_owned(),
            cents: order.discount_cents / 2,
        });
    }
    if let Some(coupon) = world.coupons.first_mut() {
        coupon.uses = uses;
    }
}
