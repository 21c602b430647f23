//! One shop on the platform: its world and what only this platform remembers of it.
//!
//! The world is the common one, bent to what the platform can tell: no tills, no store credit, a
//! few anonymised customers, and merchants' coupons that older orders carry.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    super::{
        SandboxConfig,
        world::{Channel, Coupon, Refunds, Shape, UsedCoupon, World},
    },
    status,
    terms::{Kind, Scope, Terms},
    wire,
};

/// The groups of every shop: id and name. The first is the default.
pub(super) const GROUPS: [(u64, &str); 2] = [(1, "Padrão"), (12, "Ouro")];

const FIRST_ORDER_ID: u64 = 7_700_001;
const FIRST_NUMBER: u64 = 1001;

/// A shop.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) world: World,
    /// Ids that a partner's system gave to orders, by order number.
    pub(super) order_external_ids: BTreeMap<String, i64>,
    /// When coupons were asked for within the last minute.
    pub(super) coupon_requests: VecDeque<DateTime<Utc>>,
}

impl Shop {
    /// Invents a shop; another salt gives other orders.
    pub(super) fn invent(config: &SandboxConfig, salt: u64) -> Self {
        let shape = Shape {
            salt,
            first_person_id: 900_001,
            first_order_id: FIRST_ORDER_ID,
            first_coupon_id: 330_001,
            number: |id| (id - FIRST_ORDER_ID + FIRST_NUMBER).to_string(),
            shops: &[1],
            showcase: status::SHOWCASE,
            everyday: status::EVERYDAY,
            refunds: Refunds::Shrink,
            shop_number: |_, _| None,
        };
        let mut world = World::generate(config, shape);
        for order in &mut world.orders {
            order.store_credit_cents = 0;
            if order.channel != Channel::Marketplace {
                order.channel = Channel::Site;
            }
        }
        anonymise(&mut world);
        for (code, terms, active) in merchants_coupons(world.now) {
            let coupon = terms.coupon(code.to_owned(), active);
            world.add_coupon(coupon);
        }
        hand_out(&mut world);
        Self {
            world,
            order_external_ids: BTreeMap::new(),
            coupon_requests: VecDeque::new(),
        }
    }
}

/// The group of a customer, by its index.
pub(super) fn group_of(person: usize) -> (u64, &'static str) {
    GROUPS[usize::from(person % 5 == 2)]
}

/// Whether the person asked to be forgotten.
pub(super) fn is_anonymised(document: Option<&str>) -> bool {
    document == Some("99999999999")
}

/// Two of ten or more customers asked to be forgotten. The addresses lie in a subdomain of the
/// platform's that receives no mail.
fn anonymise(world: &mut World) {
    let count = world.people.len();
    if count < 10 {
        return;
    }
    for index in [6, count - 1] {
        let (id, changed) = (world.people[index].external_id, world.people[index].updated_at);
        let address = format!("anonimizado-{id}@anonimizado.lojaintegrada.com.br");
        world.forget(index, Some(address));
        world.people[index].updated_at = changed;
    }
}

/// Coupons that merchants made in their panel long ago.
fn merchants_coupons(now: DateTime<Utc>) -> [(&'static str, Terms, bool); 6] {
    let end = |days: i64| end_of_day(now + TimeDelta::days(days));
    let made = now - TimeDelta::days(90);
    let terms = |description: &str, kind: Kind, value: i64| Terms {
        quantity: 999_999,
        ..Terms::new(description.to_owned(), kind, value, made)
    };
    [
        ("BEMVINDO10", terms("Boas-vindas", Kind::Porcentagem, 100_000), true),
        ("FRETEZERO", terms("Frete grátis", Kind::FreteGratis, 0), true),
        (
            "OUROVIP",
            Terms {
                minimum: Some(1_000_000),
                customers: Scope::GruposSelecionados,
                groups: vec![json!("12")],
                ..terms("Só para o grupo Ouro", Kind::Fixo, 300_000)
            },
            true,
        ),
        (
            "ANTIGO15",
            Terms {
                valid_until: Some(end(-10)),
                ..terms("Campanha passada", Kind::Porcentagem, 150_000)
            },
            true,
        ),
        (
            "ESGOTADO",
            Terms {
                quantity: 0,
                valid_until: Some(end(200)),
                ..terms("Sem saldo", Kind::Fixo, 200_000)
            },
            true,
        ),
        ("DESLIGADO", terms("Fora de uso", Kind::Fixo, 100_000), false),
    ]
}

fn end_of_day(at: DateTime<Utc>) -> NaiveDateTime {
    let local = wire::local(at);
    local.date().and_hms_opt(23, 59, 59).unwrap_or(local)
}

/// Some discounted orders carry the welcome coupon. It took off only half of the discount; the
/// other half came with the way of payment.
fn hand_out(world: &mut World) {
    let Some(coupon) = world.coupons.first_mut() else {
        return;
    };
    let discounted = world
        .orders
        .iter_mut()
        .filter(|order| order.discount_cents > 1 && order.channel == Channel::Site);
    for order in discounted.step_by(2) {
        coupon.uses.push((order.number.clone(), order.person));
        order.coupon = Some(UsedCoupon {
            id: coupon.id,
            code: coupon.code.clone(),
            cents: order.discount_cents / 2,
        });
    }
}

/// The coupon that an order carries.
pub(super) fn coupon_of<'a>(world: &'a World, used: &UsedCoupon) -> Option<&'a Coupon> {
    world.coupons.iter().find(|coupon| coupon.id == used.id)
}
