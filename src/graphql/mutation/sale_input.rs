//! Sales as `registerSales` takes them, and their way into the service's words.

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::money_text::{parse_machine, parse_machine_thousandths};
use crate::graphql::scalar::{Date, Decimal};
use crate::graphql::types::SalesChannel;
use crate::platform;
use crate::service::order::{PushedBuyer, PushedLine, PushedSale};

/// Where a pushed sale stands. The codes in `orderStatuses` and `Order.statusCode` are the same in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "platform::SaleStatus")]
pub(super) enum SaleStatus {
    /// Made, not paid.
    Pending,
    /// Paid.
    Approved,
    /// Invoiced.
    Invoiced,
    /// On its way.
    Shipped,
    /// With the customer.
    Delivered,
    /// Cancelled: points are taken back.
    Cancelled,
    /// Given back as a whole: points are taken back. For a part, see `refundedAmount`.
    Returned,
}

/// A sale as it is at `changedAt`. Send it again, whole, with a later `changedAt` whenever it changes; what is
/// older than the newest known is noted and changes nothing else, so sequence and repetition do not matter.
#[derive(InputObject, Serialize)]
pub(super) struct SaleInput {
    /// Its key in the source, 1 to 100 characters: with the integration, what makes it one sale.
    external_id: String,
    /// The number that people know it by; left out: `externalId`.
    number: Option<String>,
    /// The shop's order number, where the sale is an order of the shop. Both are linked, and only the shop's
    /// order counts.
    shop_order_number: Option<String>,
    /// Where it stands.
    status: SaleStatus,
    /// When it was made.
    placed_at: DateTime<Utc>,
    /// When it became as it is told here.
    changed_at: DateTime<Utc>,
    /// ISO 4217 code of all amounts; must be the store's. Left out: the store's.
    currency: Option<String>,
    /// Products before discounts, without shipping.
    products_total: Decimal,
    /// Discounts on products, as a positive amount.
    discount_total: Option<Decimal>,
    /// Shipping.
    shipping_total: Option<Decimal>,
    /// Interest and other surcharges.
    surcharge_total: Option<Decimal>,
    /// What the customer pays in all; left out: the sum of the above.
    total: Option<Decimal>,
    /// Product money given back so far, all refunds together, as a positive amount.
    refunded_amount: Option<Decimal>,
    /// The part paid with store credit, which gives no points.
    credit_used: Option<Decimal>,
    /// The coupon code used.
    coupon_code: Option<String>,
    /// Where it was sold.
    #[graphql(default_with = "SalesChannel::Unknown")]
    channel: SalesChannel,
    /// The branch that sold it.
    branch: Option<String>,
    /// Who bought. Without a valid document, a valid e-mail address or an `externalId` nobody is recognised: the
    /// sale is kept, and gives its points when it is sent again with one.
    customer: Option<SaleCustomerInput>,
    /// What was sold, at most 500 lines. Needed where products have a rate of their own.
    #[graphql(default)]
    lines: Vec<SaleLineInput>,
}

/// Who bought, as far as it is known. Recognised by document, then e-mail address, then `externalId`.
#[derive(InputObject, Serialize)]
struct SaleCustomerInput {
    /// The customer's key in the source.
    external_id: Option<String>,
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// Full name.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Phone.
    phone: Option<String>,
    /// Birth date.
    birth_date: Option<Date>,
}

/// A line of a sale.
#[derive(InputObject, Serialize)]
struct SaleLineInput {
    /// The SKU.
    sku: Option<String>,
    /// What the customer saw.
    name: String,
    /// How many, to three decimals.
    quantity: Decimal,
    /// Price of one, before discounts.
    unit_price: Decimal,
    /// The line's total after discounts; left out: quantity times price.
    total: Option<Decimal>,
}

/// What cannot be an amount is none that is allowed: the service says so at its field.
const NO_AMOUNT: i64 = -1;

fn cents(amount: &Decimal) -> i64 {
    parse_machine(&amount.0).unwrap_or(NO_AMOUNT)
}

fn cents_or_zero(amount: Option<&Decimal>) -> i64 {
    amount.map_or(0, cents)
}

impl SaleInput {
    /// In the service's words.
    pub(super) fn into_sale(self) -> PushedSale {
        PushedSale {
            external_id: self.external_id,
            number: self.number,
            shop_number: self.shop_order_number,
            status: self.status.into(),
            placed_at: self.placed_at,
            changed_at: self.changed_at,
            currency: self.currency,
            products: cents(&self.products_total),
            discount: cents_or_zero(self.discount_total.as_ref()),
            shipping: cents_or_zero(self.shipping_total.as_ref()),
            surcharge: cents_or_zero(self.surcharge_total.as_ref()),
            total: self.total.as_ref().map(cents),
            refunded: cents_or_zero(self.refunded_amount.as_ref()),
            credit: cents_or_zero(self.credit_used.as_ref()),
            coupon_code: self.coupon_code,
            channel: self.channel.into_platform(),
            branch: self.branch,
            buyer: self.customer.map(SaleCustomerInput::into_buyer).unwrap_or_default(),
            lines: self.lines.into_iter().map(SaleLineInput::into_line).collect(),
        }
    }
}

impl SaleCustomerInput {
    fn into_buyer(self) -> PushedBuyer {
        PushedBuyer {
            external_id: self.external_id,
            document: self.document,
            name: self.name,
            email: self.email,
            phone: self.phone,
            birth_date: self.birth_date.map(|date| date.0),
        }
    }
}

impl SaleLineInput {
    fn into_line(self) -> PushedLine {
        PushedLine {
            sku: self.sku,
            name: self.name,
            quantity_milli: parse_machine_thousandths(&self.quantity.0).unwrap_or(NO_AMOUNT),
            unit_price: cents(&self.unit_price),
            total: self.total.as_ref().map(cents),
        }
    }
}
