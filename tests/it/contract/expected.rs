//! Compares what an adapter read with what is true, field by field, and tells all differences.

use chrono::TimeDelta;
use fidelidade::platform::{
    DetailLevel, OrderLine, PersonKind, PlatformCustomer, PlatformOrder, SalesChannel, StatusClass,
};

use super::subject::{Document, Reading, Subject};
use crate::support::truth::{TrueOrder, TruePerson};

/// The name that anonymised records bear.
const ANONYMISED: &str = "Cliente Anonimizado";

/// Differences found so far.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, read: &T, truth: &T) {
        if read != truth {
            self.0.push(format!("{what}: read {read:?}, true is {truth:?}"));
        }
    }

    fn none_in(self, what: &str) {
        assert!(self.0.is_empty(), "{what} was read wrongly:\n  {}", self.0.join("\n  "));
    }
}

/// Everything that the detail of an order tells.
pub(super) fn order(read: &PlatformOrder, truth: &TrueOrder, subject: &dyn Subject, reading: &Reading) {
    let mut differences = Differences::default();
    let interest = subject.surcharge_on(truth, reading);
    header(&mut differences, read, truth, subject);
    differences.compare("detail", &read.detail, &DetailLevel::Full);
    amounts(&mut differences, read, truth, interest);
    differences.compare("shop's number", &read.shop_number, &truth.shop_number);
    differences.compare("store credit", &read.credit_used, &truth.store_credit_cents);
    differences.compare("coupon", &read.coupon_code.as_deref(), &truth.coupon_code.as_deref());
    let told = if subject.tells_channel(&truth.channel) {
        channel(&truth.channel)
    } else {
        SalesChannel::Unknown
    };
    differences.compare("channel", &read.channel, &told);
    // What is given back whole is taken back by its status.
    if subject.kind().status_class(&truth.status) != StatusClass::Revoking {
        differences.compare("refunded", &read.refunded, &truth.refunded_cents);
    }
    buyer(&mut differences, read, truth, subject, reading);
    lines(&mut differences, &read.lines, truth);
    categories(&mut differences, &read.lines, truth, subject, reading);
    differences.none_in(&format!("order {}", truth.number));
}

/// Everything that an order's list row tells, where its detail could not be had.
pub(super) fn order_row(read: &PlatformOrder, truth: &TrueOrder, subject: &dyn Subject) {
    let mut differences = Differences::default();
    header(&mut differences, read, truth, subject);
    if subject.rows_tell_amounts() {
        differences.compare("detail", &read.detail, &DetailLevel::ListOnly);
        amounts(&mut differences, read, truth, 0);
    } else {
        differences.compare("detail", &read.detail, &DetailLevel::RowWithoutAmounts);
        differences.compare("products", &read.products, &0);
    }
    differences.compare("lines", &read.lines.len(), &0);
    let buyer = read.buyer.external_id.clone();
    differences.compare("buyer", &buyer, &subject.buyer_on(truth));
    let possible = [SalesChannel::Unknown, channel(&truth.channel)];
    differences.compare("channel is told or unknown", &possible.contains(&read.channel), &true);
    differences.none_in(&format!("the row of order {}", truth.number));
}

fn header(differences: &mut Differences, read: &PlatformOrder, truth: &TrueOrder, subject: &dyn Subject) {
    differences.compare("key", &read.external_id, &subject.order_key(truth));
    differences.compare("number", &read.number, &truth.number);
    differences.compare("status", &read.status, &truth.status);
    differences.compare("placed at", &read.placed_at, &subject.placed_on(truth));
    if let Some(changed_at) = read.changed_at {
        differences.compare("changed at", &changed_at, &truth.changed_at);
    }
    if let Some(shop) = &read.shop_id {
        differences.compare("shop", shop, &truth.shop_id.to_string());
    }
}

fn amounts(differences: &mut Differences, read: &PlatformOrder, truth: &TrueOrder, interest: i64) {
    differences.compare("products", &read.products, &truth.products_cents);
    differences.compare("discount", &read.discount, &truth.discount_cents);
    differences.compare("shipping", &read.shipping, &truth.shipping_cents);
    differences.compare("surcharge", &read.surcharge, &interest);
    differences.compare("total", &read.total, &(truth.total_cents + interest));
}

fn channel(name: &str) -> SalesChannel {
    match name {
        "site" => SalesChannel::Site,
        "marketplace" => SalesChannel::Marketplace,
        "manual" => SalesChannel::Manual,
        "point_of_sale" => SalesChannel::PointOfSale,
        other => panic!("the truth knows a channel {other}"),
    }
}

fn buyer(
    differences: &mut Differences,
    read: &PlatformOrder,
    truth: &TrueOrder,
    subject: &dyn Subject,
    reading: &Reading,
) {
    let (buyer, person) = (&read.buyer, &truth.person);
    differences.compare("buyer", &buyer.external_id, &subject.buyer_on(truth));
    differences.compare("buyer's name", &buyer.name.as_deref(), &Some(person.name.as_str()));
    let email = person.email.as_deref().filter(|_| truth.channel != "marketplace");
    differences.compare("buyer's e-mail", &buyer.email.as_deref(), &email);
    let document = bare(buyer.document.as_deref());
    match subject.document_on(truth, reading) {
        Document::MayBe(_) if document.is_none() => {}
        Document::Is(expected) | Document::MayBe(expected) => {
            differences.compare("buyer's document", &document, &expected);
        }
    }
    if buyer.birth_date.is_some() {
        differences.compare("buyer's birth date", &buyer.birth_date, &person.birth_date);
    }
    differences.compare("buyer is anonymised", &buyer.anonymised, &(person.name == ANONYMISED));
}

fn lines(differences: &mut Differences, read: &[OrderLine], truth: &TrueOrder) {
    let told: Vec<_> = read
        .iter()
        .map(|line| (line.sku.as_deref(), line.quantity_milli, line.unit_price))
        .collect();
    let expected: Vec<_> = truth
        .lines
        .iter()
        .map(|line| (Some(line.sku.as_str()), line.quantity * 1000, line.unit_cents))
        .collect();
    differences.compare("lines", &told, &expected);
    // Where a discount belongs to the whole order, the lines come to the products before it.
    let sum: i64 = read.iter().map(|line| line.total).sum();
    let possible = [truth.products_cents, truth.products_cents - truth.discount_cents];
    differences.compare("sum of the lines is possible", &possible.contains(&sum), &true);
    differences.compare(
        "a line has no name",
        &read.iter().any(|line| line.name.trim().is_empty()),
        &false,
    );
}

/// What was sold is in the categories that it is in, as far as the platform tells them.
fn categories(
    differences: &mut Differences,
    read: &[OrderLine],
    truth: &TrueOrder,
    subject: &dyn Subject,
    reading: &Reading,
) {
    let told: Vec<_> = read.iter().map(|line| line.category.clone()).collect();
    let expected: Vec<_> = truth
        .lines
        .iter()
        .map(|line| subject.category_on(&line.category, reading))
        .collect();
    differences.compare("categories", &told, &expected);
}

/// Everything that a customer's record tells.
pub(super) fn customer(read: &PlatformCustomer, truth: &TruePerson, subject: &dyn Subject, reading: &Reading) {
    let mut differences = Differences::default();
    differences.compare("key", &read.external_id, &truth.external_id.to_string());
    differences.compare("name", &read.name.as_deref(), &Some(truth.name.as_str()));
    differences.compare("e-mail", &read.email.as_deref(), &truth.email.as_deref());
    differences.compare("is anonymised", &read.anonymised, &(truth.name == ANONYMISED));
    if !read.anonymised {
        differences.compare(
            "document",
            &bare(read.document.as_deref()),
            &subject.document_of(truth, reading),
        );
        differences.compare("birth date", &read.birth_date, &truth.birth_date);
        if let Some(kind) = read.kind {
            differences.compare("is a company", &(kind == PersonKind::Company), &truth.company);
        }
        if let Some(phone) = &read.phone {
            differences.compare("phone", phone, &truth.phone);
        }
    }
    // Some platforms tell the day only.
    for (what, at, truth) in [
        ("signed up at", read.signed_up_at, truth.registered_at),
        ("changed at", read.changed_at, truth.updated_at),
    ] {
        if let Some(at) = at {
            differences.compare(what, &((at - truth).abs() < TimeDelta::days(1)), &true);
        }
    }
    differences.none_in(&format!("customer {}", truth.external_id));
}

/// A document without punctuation.
fn bare(document: Option<&str>) -> Option<String> {
    document.map(|text| text.chars().filter(char::is_ascii_alphanumeric).collect())
}
