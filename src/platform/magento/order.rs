//! An order of either dialect: its row and, where the row does not hold everything, its detail.

use serde_json::value::RawValue;

use super::{
    KEY,
    record::{FieldError, Record, fingerprint, id_of},
    status,
};
use crate::platform::{Buyer, Cents, DetailLevel, OrderLine, OrderListing, PlatformOrder, Reject, SalesChannel};

/// What tells one order of a list, before anything else of it is read.
pub(super) fn listing(record: &Record<'_>, row: &RawValue) -> Result<OrderListing, FieldError> {
    Ok(OrderListing {
        external_id: record.id(KEY)?.ok_or_else(|| FieldError::missing(KEY))?,
        fingerprint: fingerprint(row),
        changed_at: record.instant("updated_at").ok().flatten(),
        row: row.to_owned(),
    })
}

/// Reads an order from its row, which is whole, or from its row and what its detail adds.
pub(super) fn read(
    listing: &OrderListing,
    detail: Option<&RawValue>,
    is_whole: bool,
    attribute: &str,
) -> Result<PlatformOrder, Reject> {
    let shown = detail.unwrap_or(&listing.row);
    let order = || -> Result<PlatformOrder, FieldError> {
        let order = Order {
            row: Record::read(&listing.row)?,
            detail: detail.map(Record::read).transpose()?,
            attribute,
        };
        order.read(listing, is_whole || detail.is_some())
    };
    order().map_err(|fault| fault.reject(shown, id_of(shown, KEY)))
}

struct Order<'a> {
    row: Record<'a>,
    detail: Option<Record<'a>>,
    attribute: &'a str,
}

impl<'a> Order<'a> {
    /// The first of detail and row to have a value.
    fn first<T>(&self, read: impl Fn(&Record<'a>) -> Result<Option<T>, FieldError>) -> Result<Option<T>, FieldError> {
        match self.detail.as_ref().map(&read).transpose()?.flatten() {
            Some(value) => Ok(Some(value)),
            None => read(&self.row),
        }
    }

    fn text(&self, field: &str) -> Result<Option<String>, FieldError> {
        self.first(|record| record.text(field))
    }

    /// An amount that is zero where it is missing.
    fn part(&self, field: &str) -> Result<Cents, FieldError> {
        Ok(self.first(|record| record.cents(field))?.unwrap_or_default())
    }

    /// An amount that must be there and must not be negative.
    fn amount(&self, field: &str) -> Result<Cents, FieldError> {
        match self.first(|record| record.cents(field))? {
            Some(cents) if cents >= 0 => Ok(cents),
            Some(_) => Err(FieldError::new(field, "the amount is negative")),
            None => Err(FieldError::missing(field)),
        }
    }

    fn read(&self, listing: &OrderListing, is_whole: bool) -> Result<PlatformOrder, FieldError> {
        let products = self.amount("subtotal")?;
        // Negative on orders, positive on their items.
        let discount = self.part("discount_amount")?.abs();
        let shipping = self.part("shipping_amount")?;
        let total = self.amount("grand_total")?;
        Ok(PlatformOrder {
            external_id: listing.external_id.clone(),
            number: listing.external_id.clone(),
            shop_number: None,
            status: self.status()?,
            placed_at: self
                .first(|record| record.instant("created_at"))?
                .ok_or_else(|| FieldError::missing("created_at"))?,
            changed_at: self
                .first(|record| record.instant("updated_at"))?
                .or(listing.changed_at),
            buyer: self.buyer()?,
            products,
            discount,
            shipping,
            surcharge: (total - (products - discount + shipping)).max(0),
            total,
            credit_used: 0,
            refunded: product_part(self.part("total_refunded")?, products - discount, total),
            coupon_code: self.text("coupon_code")?,
            channel: SalesChannel::Unknown,
            shop_id: None,
            lines: if is_whole { self.lines()? } else { Vec::new() },
            detail: if is_whole {
                DetailLevel::Full
            } else {
                DetailLevel::ListOnly
            },
        })
    }

    fn status(&self) -> Result<String, FieldError> {
        status::code(self.text("state")?.as_deref(), self.text("status")?.as_deref())
            .ok_or_else(|| FieldError::missing("state"))
    }

    fn buyer(&self) -> Result<Buyer, FieldError> {
        let words = [self.text("customer_firstname")?, self.text("customer_lastname")?];
        let billing = self.first(|record| Ok(record.below("billing_address")))?;
        let of_billing = |field| billing.as_ref().and_then(|address| address.text_or_none(field));
        let attribute = self.first(|record| Ok(record.attribute(self.attribute)))?;
        Ok(Buyer {
            external_id: self.first(|record| record.id("customer_id"))?,
            name: full_name(words),
            email: self.text("customer_email")?,
            document: attribute.or_else(|| of_billing("vat_id")),
            kind: None,
            phone: of_billing("telephone").and_then(|text| phone(&text)),
            birth_date: self.first(|record| Ok(record.date_or_none("customer_dob")))?,
            anonymised: false,
        })
    }

    fn lines(&self) -> Result<Vec<OrderLine>, FieldError> {
        let record = self.detail.as_ref().unwrap_or(&self.row);
        let mut lines = Vec::new();
        for item in record.list("items") {
            let item = Record::read(item)?;
            // The child of a configurable product is the same goods again.
            if item.id("parent_item_id").ok().flatten().is_none() {
                lines.push(line(&item)?);
            }
        }
        Ok(lines)
    }
}

fn line(item: &Record<'_>) -> Result<OrderLine, FieldError> {
    let in_item = |fault: FieldError| FieldError {
        field: fault.field.map(|field| format!("items.{field}")),
        ..fault
    };
    let cents = |field| item.cents(field).map_err(in_item);
    let sku = item.text_or_none("sku");
    let price = cents("price")?.unwrap_or_default();
    let quantity = item.milli("qty_ordered").map_err(in_item)?.unwrap_or(1000).max(0);
    let gross = cents("row_total")?.unwrap_or_else(|| times(price, quantity));
    Ok(OrderLine {
        name: item.text_or_none("name").or_else(|| sku.clone()).unwrap_or_default(),
        sku,
        category: None,
        quantity_milli: quantity,
        unit_price: price,
        total: (gross - cents("discount_amount")?.unwrap_or_default().abs()).max(0),
    })
}

/// What of the money given back was paid for products: as large a part as products are of the whole.
fn product_part(refunded: Cents, products: Cents, total: Cents) -> Cents {
    if refunded <= 0 || total <= 0 || products <= 0 {
        return 0;
    }
    let (refunded, products, total) = (i128::from(refunded), i128::from(products), i128::from(total));
    let part = (refunded * products * 2 + total) / (total * 2);
    Cents::try_from(part.min(products)).unwrap_or(Cents::MAX)
}

/// A price of one piece for so many thousandths of a piece, rounded half up.
fn times(price: Cents, quantity_milli: i64) -> Cents {
    let product = i128::from(price) * i128::from(quantity_milli);
    Cents::try_from((product + 500).div_euclid(1000)).unwrap_or(Cents::MAX)
}

/// First and last name as one.
pub(super) fn full_name(words: [Option<String>; 2]) -> Option<String> {
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// At least eight digits, or it is no phone.
pub(super) fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 8).then_some(digits)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn order(value: &Value) -> Result<PlatformOrder, Reject> {
        let row = to_raw_value(value).unwrap();
        let listing = listing(&Record::read(&row).unwrap(), &row).unwrap();
        read(&listing, None, true, "customer_taxvat")
    }

    fn documented() -> Value {
        json!({
            "entity_id": 1001, "increment_id": "100000101", "state": "complete", "status": "complete",
            "created_at": "2026-01-31 17:05:00", "updated_at": "2026-01-31 18:00:00",
            "base_grand_total": 155.0, "grand_total": 155.0, "subtotal": 150.0, "discount_amount": -10.0,
            "shipping_amount": 15.0, "total_refunded": null, "coupon_code": null, "customer_id": null,
            "customer_email": "cliente@example.com", "customer_firstname": "Cliente", "customer_lastname": "Exemplo",
            "customer_taxvat": "123.456.789-09", "customer_dob": "1990-05-17", "customer_gender": null,
            "items": [
                { "sku": "SKU-1", "name": "Produto", "qty_ordered": 1, "price": 150.0, "row_total": 150.0,
                  "discount_amount": 10.0, "parent_item_id": null, "item_id": 7 },
                { "sku": "SKU-1", "name": "Produto azul", "qty_ordered": 1, "price": 0, "parent_item_id": 7 },
            ]
        })
    }

    #[test]
    fn the_documented_order() {
        let order = order(&documented()).unwrap();
        assert_eq!(
            (
                order.products,
                order.discount,
                order.shipping,
                order.total,
                order.surcharge
            ),
            (15_000, 1_000, 1_500, 15_500, 0)
        );
        assert_eq!((order.refunded, order.status.as_str()), (0, "complete"));
        assert_eq!(order.buyer.external_id, None);
        assert_eq!(order.buyer.name.as_deref(), Some("Cliente Exemplo"));
        assert_eq!(order.buyer.document.as_deref(), Some("123.456.789-09"));
        assert_eq!(order.lines.len(), 1, "the child of a configurable product is no line");
        assert_eq!(order.lines[0].total, 14_000);
        assert_eq!(order.placed_at.to_rfc3339(), "2026-01-31T17:05:00+00:00");
    }

    #[test]
    fn a_partial_refund_takes_its_part_of_the_products() {
        let mut value = documented();
        value["total_refunded"] = json!("77.5000");
        assert_eq!(order(&value).unwrap().refunded, 7_000);
        value["total_refunded"] = json!(155);
        assert_eq!(order(&value).unwrap().refunded, 14_000);
        value["total_refunded"] = json!(999);
        assert_eq!(order(&value).unwrap().refunded, 14_000);
    }

    #[test]
    fn what_cannot_be_read_names_its_field_and_hides_the_buyer() {
        let mut value = documented();
        value["subtotal"] = json!("1.234,56");
        let reject = order(&value).unwrap_err();
        assert_eq!(reject.field.as_deref(), Some("subtotal"));
        assert_eq!(reject.external_id.as_deref(), Some("100000101"));
        let text = reject.record.to_string();
        for private in ["cliente@", "Exemplo", "123.456", "1990-05"] {
            assert!(!text.contains(private), "{text}");
        }
    }
}
