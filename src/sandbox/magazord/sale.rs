//! An order as Magazord looks at it: what the list and the detail have in common.

use serde_json::{Value, json};

use super::{
    coupons,
    people::document,
    situations::situation,
    switches::{CreditOnOrder, Switches, TillOrigin},
};
use crate::sandbox::{
    people::Person,
    world::{Channel, Order, Payment, UsedCoupon, World},
};

/// The marketplace that marketplace orders come from.
pub(super) const MARKETPLACE: (u8, &str) = (9, "Marketplace Exemplo");

/// An order, its world, and the readings in force.
#[derive(Clone, Copy)]
pub(super) struct Sale<'a> {
    pub(super) world: &'a World,
    pub(super) order: &'a Order,
    pub(super) switches: Switches,
}

impl<'a> Sale<'a> {
    /// Who bought.
    pub(super) fn buyer(self) -> Option<&'a Person> {
        self.world.people.get(self.order.person)
    }

    /// Whether a marketplace sold it.
    pub(super) fn by_marketplace(self) -> bool {
        self.order.channel == Channel::Marketplace
    }

    /// The marketplace's own number of a marketplace order.
    pub(super) fn marketplace_code(self) -> Option<String> {
        self.by_marketplace().then(|| format!("MKT-{}", self.order.id))
    }

    /// 1 site, 2 marketplace, 3 typed in by staff, 4 or 5 till.
    pub(super) fn origin(self) -> u8 {
        match (self.order.channel, self.switches.till_origin) {
            (Channel::Site, _) => 1,
            (Channel::Marketplace, _) => 2,
            (Channel::Manual, _) => 3,
            (Channel::PointOfSale, TillOrigin::Four) => 4,
            (Channel::PointOfSale, TillOrigin::Five) => 5,
        }
    }

    /// Id and name of the means of payment; credit and cashback where they paid for all of it.
    pub(super) fn payment(self) -> (u8, &'static str) {
        if self.credit_cents() > 0 && self.total_cents() <= self.credit_cents() {
            return self.credit_payment();
        }
        match self.order.payment {
            Payment::Pix => (17, "Pix"),
            Payment::Card => (3, "Visa"),
            Payment::BankSlip => (1, "Boleto"),
        }
    }

    /// Id and name of the means of payment that store credit is.
    pub(super) fn credit_payment(self) -> (u8, &'static str) {
        if self.is_cashback() {
            (21, "Cashback")
        } else {
            (13, "Crédito")
        }
    }

    /// Every other order with store credit was paid with cashback instead.
    pub(super) fn is_cashback(self) -> bool {
        self.order.store_credit_cents > 0 && self.order.id.is_multiple_of(2)
    }

    /// What was paid with store credit, a credit coupon included where it counts as a payment.
    pub(super) fn credit_cents(self) -> i64 {
        self.order.store_credit_cents + self.coupon_payment_cents()
    }

    /// Everything taken off, in cents, a credit coupon left out where it counts as a payment.
    pub(super) fn discount_cents(self) -> i64 {
        self.order.discount_cents - self.coupon_payment_cents()
    }

    /// What the order costs, in cents.
    pub(super) fn total_cents(self) -> i64 {
        self.order.total_cents() + self.coupon_payment_cents()
    }

    /// The coupon, where the order shows it as one.
    pub(super) fn coupon(self) -> Option<&'a UsedCoupon> {
        self.order.coupon.as_ref().filter(|_| self.coupon_payment_cents() == 0)
    }

    /// The document as orders show it: with punctuation; sales at a till may have none.
    pub(super) fn document(self) -> Value {
        let hidden = self.order.channel == Channel::PointOfSale && self.order.id.is_multiple_of(2);
        let shown = self
            .buyer()
            .filter(|buyer| !hidden && !document(buyer, self.switches).is_null());
        json!(shown.and_then(Person::punctuated_document))
    }

    /// The buyer's id, which is text now and then.
    pub(super) fn person_id(self) -> Value {
        let id = self.buyer().map_or(0, |buyer| buyer.external_id);
        if self.order.id % 7 == 3 {
            json!(id.to_string())
        } else {
            json!(id)
        }
    }

    /// `pedidoSituacaoTipo`, which is text now and then.
    pub(super) fn situation_kind(self, status: &str) -> Value {
        let kind = situation(status).kind;
        if self.order.id.is_multiple_of(5) {
            json!(kind.to_string())
        } else {
            json!(kind)
        }
    }

    /// The part of the coupon that counts as a payment: all of a credit, if the switch says so.
    fn coupon_payment_cents(self) -> i64 {
        let Some(used) = &self.order.coupon else {
            return 0;
        };
        let kept = self.world.coupons.iter().find(|coupon| coupon.id == used.id);
        let is_payment = self.switches.credit_on_order == CreditOnOrder::CreditoUtilizado
            && kept.is_some_and(|coupon| coupons::kind(coupon) == coupons::CREDIT);
        if is_payment { used.cents } else { 0 }
    }
}

/// A situation code as a number.
pub(super) fn code(status: &str) -> Value {
    status.parse::<u16>().map_or(Value::Null, |code| json!(code))
}
