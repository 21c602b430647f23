//! A sale as tills send it: the fields of `registerSales`, with values in lower case; and its way into the service's
//! words.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::money_text::{parse_machine, parse_machine_thousandths};
use crate::platform;
use crate::service::order::{PushedBuyer, PushedLine, PushedSale};

/// An amount of the store's currency, or a quantity: a decimal as a text, such as `150.00`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "150.00")]
pub(super) struct Decimal(String);

/// What cannot be an amount is none that is allowed: the service says so at its field.
const NO_AMOUNT: i64 = -1;

impl Decimal {
    pub(super) fn cents(&self) -> i64 {
        parse_machine(&self.0).unwrap_or(NO_AMOUNT)
    }

    fn thousandths(&self) -> i64 {
        parse_machine_thousandths(&self.0).unwrap_or(NO_AMOUNT)
    }
}

fn cents_or_zero(amount: Option<&Decimal>) -> i64 {
    amount.map_or(0, Decimal::cents)
}

/// Where a sale stands. `cancelled` and `returned` take its points back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
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
    /// Cancelled.
    Cancelled,
    /// Given back as a whole.
    Returned,
}

impl From<Status> for platform::SaleStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Approved => Self::Approved,
            Status::Invoiced => Self::Invoiced,
            Status::Shipped => Self::Shipped,
            Status::Delivered => Self::Delivered,
            Status::Cancelled => Self::Cancelled,
            Status::Returned => Self::Returned,
        }
    }
}

/// Where a sale was made.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Channel {
    /// The shop's own site.
    Site,
    /// A marketplace; gives no points.
    Marketplace,
    /// Typed in by the shop's staff.
    Manual,
    /// A till.
    #[default]
    PointOfSale,
    /// Not told.
    Unknown,
}

impl From<Channel> for platform::SalesChannel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Site => Self::Site,
            Channel::Marketplace => Self::Marketplace,
            Channel::Manual => Self::Manual,
            Channel::PointOfSale => Self::PointOfSale,
            Channel::Unknown => Self::Unknown,
        }
    }
}

/// A sale as it is at `changedAt`. Send it again, whole, with a later `changedAt` whenever it changes; what is older
/// than the newest known changes nothing, so sequence and repetition do not matter.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sale {
    /// Its key in the source, 1 to 100 characters: with the source, what makes it one sale.
    #[schema(example = "PDV-000123")]
    external_id: String,
    /// The number that people know it by; left out: `externalId`.
    number: Option<String>,
    /// The shop's order number, where the sale is an order of the shop: only the shop's order counts.
    shop_order_number: Option<String>,
    /// Where it stands.
    status: Status,
    /// When it was made, with its zone.
    #[schema(example = "2026-01-31T14:05:00-03:00")]
    placed_at: DateTime<Utc>,
    /// When it became as it is told here; left out: when it was made.
    changed_at: Option<DateTime<Utc>>,
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
    /// Where it was sold; left out: at a till.
    #[serde(default)]
    channel: Channel,
    /// The branch that sold it.
    branch: Option<String>,
    /// Who bought. Without a valid document, a valid e-mail address or an `externalId` nobody is recognised: the sale is
    /// kept, and gives its points when it is sent again with one.
    customer: Option<Customer>,
    /// What was sold, at most 500 lines. Needed where products have a rate of their own.
    #[serde(default)]
    lines: Vec<Line>,
}

/// Who bought, as far as it is known. Recognised by document, then e-mail address, then `externalId`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Customer {
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
    birth_date: Option<NaiveDate>,
}

/// A line of a sale.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    /// The SKU.
    sku: Option<String>,
    /// What the customer saw.
    name: String,
    /// How many, to three decimals.
    #[schema(example = "1")]
    quantity: Decimal,
    /// Price of one, before discounts.
    unit_price: Decimal,
    /// The line's total after discounts; left out: quantity times price.
    total: Option<Decimal>,
}

impl Sale {
    /// In the service's words.
    pub(super) fn into_sale(self) -> PushedSale {
        PushedSale {
            external_id: self.external_id,
            number: self.number,
            shop_number: self.shop_order_number,
            status: self.status.into(),
            placed_at: self.placed_at,
            changed_at: self.changed_at.unwrap_or(self.placed_at),
            currency: self.currency,
            products: self.products_total.cents(),
            discount: cents_or_zero(self.discount_total.as_ref()),
            shipping: cents_or_zero(self.shipping_total.as_ref()),
            surcharge: cents_or_zero(self.surcharge_total.as_ref()),
            total: self.total.as_ref().map(Decimal::cents),
            refunded: cents_or_zero(self.refunded_amount.as_ref()),
            credit: cents_or_zero(self.credit_used.as_ref()),
            coupon_code: self.coupon_code,
            channel: self.channel.into(),
            branch: self.branch,
            buyer: self.customer.map(Customer::into_buyer).unwrap_or_default(),
            lines: self.lines.into_iter().map(Line::into_line).collect(),
        }
    }
}

impl Customer {
    pub(super) fn into_buyer(self) -> PushedBuyer {
        PushedBuyer {
            external_id: self.external_id,
            document: self.document,
            name: self.name,
            email: self.email,
            phone: self.phone,
            birth_date: self.birth_date,
        }
    }
}

impl Line {
    fn into_line(self) -> PushedLine {
        PushedLine {
            sku: self.sku,
            name: self.name,
            quantity_milli: self.quantity.thousandths(),
            unit_price: self.unit_price.cents(),
            total: self.total.as_ref().map(Decimal::cents),
        }
    }
}
