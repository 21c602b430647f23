//! Sales as an ERP or a till tells of them, and whether they can be.

use chrono::{NaiveDate, TimeDelta};
use entity::Instant;
use serde::{Deserialize, Serialize};

use super::ImportedOrder;
use crate::platform::{Buyer, Cents, DetailLevel, OrderLine, PlatformOrder, SaleStatus, SalesChannel};
use crate::secrets::sha256_hex;

/// A sale that is pushed in: what is true of it at [`PushedSale::changed_at`].
#[derive(Debug, Clone, PartialEq)]
pub struct PushedSale {
    /// Its key in the source: with the integration, its natural unique key.
    pub external_id: String,
    /// The number that people know it by; the key, where there is none.
    pub number: Option<String>,
    /// The number of the shop's order that it is.
    pub shop_number: Option<String>,
    /// Where it stands.
    pub status: SaleStatus,
    /// When it was made.
    pub placed_at: Instant,
    /// When it became as it is told here.
    pub changed_at: Instant,
    /// ISO 4217 code of its amounts; the store's, where there is none.
    pub currency: Option<String>,
    /// Products before discounts.
    pub products: Cents,
    /// Discounts on products, positive.
    pub discount: Cents,
    /// Shipping.
    pub shipping: Cents,
    /// Interest and other surcharges.
    pub surcharge: Cents,
    /// What the customer pays; worked out, where it is not told.
    pub total: Option<Cents>,
    /// Product money given back so far, as a whole.
    pub refunded: Cents,
    /// The part paid with store credit.
    pub credit: Cents,
    /// The coupon code used.
    pub coupon_code: Option<String>,
    /// Where it was made.
    pub channel: SalesChannel,
    /// The branch that made it.
    pub branch: Option<String>,
    /// Who bought, as far as that is known.
    pub buyer: PushedBuyer,
    /// What was sold.
    pub lines: Vec<PushedLine>,
}

/// Who bought. None of it has to be known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PushedBuyer {
    /// The customer's key in the source.
    pub external_id: Option<String>,
    /// CPF or CNPJ, with or without punctuation.
    pub document: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
}

/// A line of a sale.
#[derive(Debug, Clone, PartialEq)]
pub struct PushedLine {
    /// The SKU.
    pub sku: Option<String>,
    /// What the customer saw.
    pub name: String,
    /// How many, in thousandths.
    pub quantity_milli: i64,
    /// Price of one, before discounts.
    pub unit_price: Cents,
    /// The line's total after discounts; worked out, where it is not told.
    pub total: Option<Cents>,
}

/// Why a sale cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleProblem {
    /// The field of the sale, from the outside in.
    pub path: Vec<String>,
    /// What is wrong and how to mend it. No personal data.
    pub message: String,
}

/// The longest text of a key or number, in characters.
const LONGEST: usize = 100;
/// The most lines of a sale.
const MAX_LINES: usize = 500;
/// The largest amount, in cents: a billion.
const LARGEST: Cents = 100_000_000_000;
/// How far a source's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::days(1);

impl PushedSale {
    /// Everything that is wrong with it, in a store with this currency.
    pub(crate) fn problems(&self, currency: &str, now: Instant) -> Vec<SaleProblem> {
        let mut found = Problems(Vec::new());
        found.texts(self);
        let foreign = self.currency.as_deref().is_some_and(|told| told != currency);
        found.need(!foreign, &["currency"], || {
            format!("the store's amounts are in {currency}")
        });
        for (field, at) in [("placedAt", self.placed_at), ("changedAt", self.changed_at)] {
            found.need(at <= now + AHEAD, &[field], || {
                "it is in the future; send the time with its zone, for instance 2026-01-31T14:05:00-03:00".to_owned()
            });
        }
        found.amounts(self);
        found.lines(&self.lines);
        found.0
    }

    /// As every source's orders are told, with a fingerprint of all that is told.
    pub(super) fn snapshot(&self) -> ImportedOrder {
        let text = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let external_id = self.external_id.trim().to_owned();
        let order = PlatformOrder {
            number: text(&self.number).unwrap_or_else(|| external_id.clone()),
            external_id,
            shop_number: text(&self.shop_number),
            status: self.status.code().to_owned(),
            placed_at: self.placed_at,
            changed_at: Some(self.changed_at),
            buyer: self.buyer.as_told(text),
            products: self.products,
            discount: self.discount,
            shipping: self.shipping,
            surcharge: self.surcharge,
            total: self
                .total
                .unwrap_or(self.products - self.discount + self.shipping + self.surcharge),
            credit_used: self.credit,
            refunded: self.refunded,
            coupon_code: text(&self.coupon_code),
            channel: self.channel,
            shop_id: text(&self.branch),
            lines: self.lines.iter().map(PushedLine::as_told).collect(),
            detail: DetailLevel::Full,
        };
        let mut fingerprint = sha256_hex(format!("{order:?}"));
        fingerprint.truncate(32);
        ImportedOrder { order, fingerprint }
    }
}

impl PushedBuyer {
    /// As every source tells of buyers.
    pub(crate) fn as_told(&self, text: impl Fn(&Option<String>) -> Option<String>) -> Buyer {
        let digits = |phone: String| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        Buyer {
            external_id: text(&self.external_id),
            name: text(&self.name),
            email: text(&self.email),
            document: text(&self.document),
            kind: None,
            phone: text(&self.phone).map(digits).filter(|digits| !digits.is_empty()),
            birth_date: self.birth_date,
            anonymised: false,
        }
    }
}

impl PushedLine {
    fn as_told(&self) -> OrderLine {
        let worked_out = i128::from(self.unit_price) * i128::from(self.quantity_milli) / 1000;
        OrderLine {
            category: None,
            sku: self
                .sku
                .as_deref()
                .map(str::trim)
                .filter(|sku| !sku.is_empty())
                .map(str::to_owned),
            name: self.name.trim().to_owned(),
            quantity_milli: self.quantity_milli,
            unit_price: self.unit_price,
            total: self.total.unwrap_or(i64::try_from(worked_out).unwrap_or(i64::MAX)),
        }
    }
}

struct Problems(Vec<SaleProblem>);

impl Problems {
    fn need(&mut self, holds: bool, path: &[&str], message: impl FnOnce() -> String) {
        if !holds {
            let path = path.iter().map(|part| (*part).to_owned()).collect();
            let message = message();
            self.0.push(SaleProblem { path, message });
        }
    }

    fn texts(&mut self, sale: &PushedSale) {
        let length = sale.external_id.trim().chars().count();
        self.need((1..=LONGEST).contains(&length), &["externalId"], || {
            format!("the sale's key in the source must have 1 to {LONGEST} characters")
        });
        let buyer = &sale.buyer;
        let texts: [(&[&str], &Option<String>); 9] = [
            (&["number"], &sale.number),
            (&["shopOrderNumber"], &sale.shop_number),
            (&["couponCode"], &sale.coupon_code),
            (&["branch"], &sale.branch),
            (&["customer", "externalId"], &buyer.external_id),
            (&["customer", "document"], &buyer.document),
            (&["customer", "name"], &buyer.name),
            (&["customer", "email"], &buyer.email),
            (&["customer", "phone"], &buyer.phone),
        ];
        for (path, text) in texts {
            let longest = if path.last() == Some(&"name") || path.last() == Some(&"email") {
                LONGEST * 3
            } else {
                LONGEST
            };
            let fits = text.as_ref().is_none_or(|text| text.chars().count() <= longest);
            self.need(fits, path, || format!("it must have at most {longest} characters"));
        }
    }

    fn amounts(&mut self, sale: &PushedSale) {
        let amounts = [
            ("productsTotal", sale.products),
            ("discountTotal", sale.discount),
            ("shippingTotal", sale.shipping),
            ("surchargeTotal", sale.surcharge),
            ("total", sale.total.unwrap_or(0)),
            ("refundedAmount", sale.refunded),
            ("creditUsed", sale.credit),
        ];
        for (field, cents) in amounts {
            self.need((0..=LARGEST).contains(&cents), &[field], || {
                "it must be 0 or more, and at most a billion; discounts and refunds are told as positive amounts"
                    .to_owned()
            });
        }
        self.need(sale.discount <= sale.products.max(0), &["discountTotal"], || {
            "discounts cannot exceed productsTotal; leave discounts on shipping out".to_owned()
        });
        let paid = sale.products.saturating_sub(sale.discount).max(0);
        self.need(sale.refunded <= paid, &["refundedAmount"], || {
            "it cannot exceed productsTotal less discountTotal; leave shipping out, and tell all refunds so far together"
                .to_owned()
        });
    }

    fn lines(&mut self, lines: &[PushedLine]) {
        self.need(lines.len() <= MAX_LINES, &["lines"], || {
            format!("a sale has at most {MAX_LINES} lines")
        });
        for (place, line) in lines.iter().take(MAX_LINES).enumerate() {
            let place = place.to_string();
            let fits = line.sku.as_ref().is_none_or(|sku| sku.chars().count() <= LONGEST);
            self.need(fits, &["lines", &place, "sku"], || {
                format!("it must have at most {LONGEST} characters")
            });
            self.need(
                line.name.chars().count() <= LONGEST * 5,
                &["lines", &place, "name"],
                || format!("it must have at most {} characters", LONGEST * 5),
            );
            let quantity = line.quantity_milli > 0 && line.quantity_milli <= 1_000_000_000;
            self.need(quantity, &["lines", &place, "quantity"], || {
                "it must be above 0 and at most a million".to_owned()
            });
            let amounts = [("unitPrice", line.unit_price), ("total", line.total.unwrap_or(0))];
            for (field, cents) in amounts {
                self.need((0..=LARGEST).contains(&cents), &["lines", &place, field], || {
                    "it must be 0 or more, and at most a billion".to_owned()
                });
            }
        }
    }
}
