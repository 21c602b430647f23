//! An order, which both generations tell with the same fields.
//!
//! Points are worth `totalItens` less `totalDiscount`; `total` also holds shipping and interest. The status
//! is the newest of its history, whose order is not guaranteed.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;

use super::dates::{birth_date, instant};
use super::status;
use crate::platform::record::{FieldError, Record, scalar, scaled};
use crate::platform::{Buyer, Cents, DetailLevel, OrderLine, OrderListing, PersonKind, PlatformOrder, SalesChannel};
use crate::secrets::sha256_hex;

/// The order's key, which is its number too.
pub(super) const ID: &str = "idOrder";

/// Takes the envelope off, where there is one.
pub(super) fn unwrapped(raw: &RawValue) -> &RawValue {
    let result = Record::parse(raw).ok().and_then(|record| record.get("result"));
    result.unwrap_or(raw)
}

/// The id in a record or in a bare scalar.
pub(super) fn id_of(raw: &RawValue) -> Option<String> {
    let id = match Record::parse(raw) {
        Ok(record) => record.id(ID),
        Err(_) => scalar(raw).ok().flatten(),
    };
    id.filter(|id| is_id(id))
}

/// The platform's ids are digits.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the record tells a whole order, and not only which one.
pub(super) fn is_whole(raw: &RawValue) -> bool {
    let has = |record: &Record<'_>, key: &str| record.get(key).is_some();
    Record::parse(raw).is_ok_and(|record| {
        has(&record, "orderItems")
            && has(&record, "dateOrder")
            && (has(&record, "historyListOrderStatus") || has(&record, "nameStatus"))
    })
}

/// The row that stands for a whole order in a walk.
pub(super) fn listing(raw: &RawValue) -> Option<OrderListing> {
    let changed_at = Record::parse(raw).ok().and_then(|record| newest(&record)?.at);
    Some(OrderListing {
        external_id: id_of(raw)?,
        fingerprint: fingerprint(raw),
        changed_at,
        row: raw.to_owned(),
    })
}

/// When the order of a row was placed, if it says so.
pub(super) fn placed_at(listing: &OrderListing) -> Option<DateTime<Utc>> {
    Record::parse(&listing.row).ok()?.read("dateOrder", instant).ok()?
}

/// The same order gives the same fingerprint, however its history is sorted.
fn fingerprint(raw: &RawValue) -> String {
    let mut order: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    if let Some(history) = order.get_mut("historyListOrderStatus").and_then(Value::as_array_mut) {
        history.sort_by_key(Value::to_string);
    }
    sha256_hex(order.to_string())
}

/// The order that a record tells.
pub(super) fn order(raw: &RawValue) -> Result<PlatformOrder, FieldError> {
    let record = Record::parse(raw)?;
    let id = record.id(ID).ok_or_else(|| missing(ID))?;
    let lines = lines(&record)?;
    let status = newest(&record).ok_or_else(|| missing("historyListOrderStatus"))?;
    let channel = channel(&record);
    let amounts = Amounts::read(&record, &lines)?;
    Ok(PlatformOrder {
        number: id.clone(),
        external_id: id,
        shop_number: None,
        status: status.key,
        placed_at: record.read("dateOrder", instant)?.ok_or_else(|| missing("dateOrder"))?,
        changed_at: status.at,
        buyer: buyer(&record, channel),
        products: amounts.products,
        discount: amounts.discount,
        shipping: amounts.shipping,
        surcharge: amounts.surcharge,
        total: amounts.total,
        credit_used: amounts.voucher,
        refunded: 0,
        coupon_code: record.soft_text("orderNotes").as_deref().and_then(coupon_code),
        channel,
        shop_id: None,
        lines,
        detail: DetailLevel::Full,
    })
}

fn missing(field: &str) -> FieldError {
    FieldError::new(field, "is missing: an order cannot be told without it")
}

struct Amounts {
    products: Cents,
    discount: Cents,
    shipping: Cents,
    surcharge: Cents,
    voucher: Cents,
    total: Cents,
}

impl Amounts {
    fn read(record: &Record<'_>, lines: &[OrderLine]) -> Result<Self, FieldError> {
        let optional = |key: &str| Ok::<_, FieldError>(record.money(key)?.unwrap_or(0));
        let products = match record.money("totalItens")? {
            Some(products) => products,
            None if lines.is_empty() => return Err(missing("totalItens")),
            None => lines.iter().fold(0, |sum: Cents, line| sum.saturating_add(line.total)),
        };
        let discount = optional("totalDiscount")?.saturating_abs();
        let shipping = optional("totalShipping")?;
        // Which of the two is the interest of instalments is not known; they would be the same money.
        let surcharge = optional("interestValue")?.max(optional("totalInstallment")?);
        let worked_out = products
            .saturating_sub(discount)
            .saturating_add(shipping)
            .saturating_add(surcharge);
        Ok(Self {
            products,
            discount,
            shipping,
            surcharge,
            voucher: optional("totalShoppingVoucher")?.saturating_abs(),
            total: record.money("total")?.unwrap_or(worked_out),
        })
    }
}

/// Where the order stands, and since when.
struct Standing {
    key: String,
    at: Option<DateTime<Utc>>,
}

/// The newest of the history by its date, then by its id; the name alone where there is no history.
fn newest(record: &Record<'_>) -> Option<Standing> {
    let history = record.list("historyListOrderStatus").unwrap_or_default();
    let steps = history.iter().filter_map(|raw| {
        let step = Record::parse(raw).ok()?;
        let at = step.read("dateRegisterStatus", instant).ok()??;
        let name = step
            .soft_text("statusName")
            .or_else(|| step.soft_text("statusExhibitionName"));
        let key = status::key_of(step.soft_text("statusCode").as_deref(), name.as_deref())?;
        let id: u64 = step.id("idOrderStatus").and_then(|id| id.parse().ok()).unwrap_or(0);
        Some(((at, id), key))
    });
    if let Some(((at, _), key)) = steps.max_by_key(|(order, _)| *order) {
        return Some(Standing { key, at: Some(at) });
    }
    let key = status::key_of(None, record.soft_text("nameStatus").as_deref())?;
    Some(Standing { key, at: None })
}

fn channel(record: &Record<'_>) -> SalesChannel {
    let from_hub = ["marketPlaceName", "marketPlaceID", "marketPlaceNumberOrder"]
        .iter()
        .any(|key| record.id(key).is_some());
    if from_hub {
        SalesChannel::Marketplace
    } else {
        SalesChannel::Site
    }
}

fn buyer(record: &Record<'_>, channel: SalesChannel) -> Buyer {
    let phone = record.soft_text("phone1").or_else(|| record.soft_text("phone2"));
    let phone = phone.map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
    let kind = match record.soft_text("typeCustomer").as_deref() {
        Some("F" | "f") => Some(PersonKind::Person),
        Some("J" | "j") => Some(PersonKind::Company),
        _ => None,
    };
    Buyer {
        external_id: record.id("idCustomer"),
        name: record.soft_text("nameCustomer"),
        // Marketplaces hand out an alias instead of the buyer's address.
        email: record
            .soft_text("email")
            .filter(|_| channel != SalesChannel::Marketplace),
        document: record.soft_text("cpf_cnpj"),
        kind,
        phone: phone.filter(|digits| !digits.is_empty()),
        birth_date: record.soft_text("birthDate").as_deref().and_then(birth_date),
        anonymised: false,
    }
}

fn lines(record: &Record<'_>) -> Result<Vec<OrderLine>, FieldError> {
    let items = record.list("orderItems")?;
    let lines = items.iter().enumerate().map(|(index, raw)| {
        Record::parse(raw)
            .and_then(|item| line(&item))
            .map_err(|error| error.under(&format!("orderItems[{index}]")))
    });
    lines.collect()
}

fn line(item: &Record<'_>) -> Result<OrderLine, FieldError> {
    const TOO_LARGE: &str = "is too large";
    let quantity = item.decimal("quantity")?.unwrap_or(Decimal::ONE);
    let unit_price = item.money("unitPrice")?;
    let times = |price: Cents| {
        Decimal::from(price)
            .checked_mul(quantity)
            .and_then(|cents| scaled(cents, 0))
    };
    let total = match (item.money("total")?, unit_price) {
        (Some(total), _) => Some(total),
        (None, Some(price)) => times(price),
        (None, None) => Some(0),
    };
    let each = |total: Cents| {
        Decimal::from(total)
            .checked_div(quantity)
            .and_then(|cents| scaled(cents, 0))
    };
    let total = total.ok_or_else(|| FieldError::new("total", TOO_LARGE))?;
    let thousandths = scaled(quantity, 3);
    let sku = item.soft_text("skuCode").or_else(|| item.soft_text("productCode"));
    let name = item.soft_text("nameProduct");
    let name = name.or_else(|| item.soft_text("name").map(|text| without_tags(&text)));
    Ok(OrderLine {
        name: name.or_else(|| sku.clone()).unwrap_or_default(),
        sku,
        // One name without its place in the tree: the shop's feed tells the path.
        category: None,
        quantity_milli: thousandths.ok_or_else(|| FieldError::new("quantity", TOO_LARGE))?,
        unit_price: unit_price.or_else(|| each(total)).unwrap_or(0),
        total,
    })
}

/// A text without HTML's tags.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut is_tag = false;
    for letter in text.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => is_tag = false,
            other if !is_tag => plain.push(other),
            _ => {}
        }
    }
    plain.trim().to_owned()
}

/// The coupon's code in the order's notes, such as `Desconto Demanda: Id - 12345 Nome - EXEMPLO10`.
fn coupon_code(notes: &str) -> Option<String> {
    // Lower case of ASCII alone keeps every letter's place.
    let lower = notes.to_ascii_lowercase();
    let begin = lower.find("desconto demanda")?;
    let name = begin + lower.get(begin..)?.find("nome")? + "nome".len();
    let rest = notes.get(name..)?.trim_start_matches([' ', '-', ':', '\u{2013}']);
    let code = rest.split([' ', '\t', '\r', '\n', ',', ';', '<', '|']).next()?;
    (!code.is_empty()).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn sample() -> Value {
        json!({
            "idOrder": 1001, "marketPlaceName": null, "dateOrder": "2026-01-31T22:05:00",
            "total": 155.00, "totalItens": 150.00, "totalShipping": 15.00, "totalDiscount": 10.00,
            "totalShoppingVoucher": 5.5, "idCustomer": 501, "nameCustomer": "Cliente Exemplo",
            "email": "cliente@example.com", "cpf_cnpj": "01234567890", "typeCustomer": "F",
            "birthDate": "1990-05-17T00:00:00", "phone1": "(11) 90000-0000", "nameStatus": "Novo",
            "historyListOrderStatus": [
                { "idOrderStatus": 9002, "statusCode": "03", "statusName": "Aprovado", "dateRegisterStatus": "2026-01-31T22:20:00" },
                { "idOrderStatus": 9001, "statusCode": "01", "statusName": "Novo", "dateRegisterStatus": "2026-01-31T22:05:00" }
            ],
            "orderItems": [{ "skuCode": "SKU-1", "nameProduct": "Produto", "name": "<b>Produto</b>", "quantity": 1,
                "unitPrice": 150.00, "total": 150.00, "category": "Categoria" }],
            "orderNotes": "Presente. Desconto Demanda: Id - 12345 Nome - EXEMPLO10"
        })
    }

    fn read(value: &Value) -> Result<PlatformOrder, FieldError> {
        order(&to_raw_value(value).unwrap())
    }

    #[test]
    fn an_order_is_read_whole() {
        let order = read(&sample()).unwrap();
        assert_eq!((order.external_id.as_str(), order.number.as_str()), ("1001", "1001"));
        assert_eq!((order.products, order.discount, order.shipping), (15_000, 1_000, 1_500));
        assert_eq!((order.surcharge, order.credit_used, order.total), (0, 550, 15_500));
        assert_eq!(order.status, "APROVADO");
        assert_eq!(order.placed_at.to_rfc3339(), "2026-02-01T01:05:00+00:00");
        assert_eq!(order.changed_at.unwrap().to_rfc3339(), "2026-02-01T01:20:00+00:00");
        assert_eq!(order.coupon_code.as_deref(), Some("EXEMPLO10"));
        assert_eq!(order.channel, SalesChannel::Site);
        assert_eq!(order.buyer.document.as_deref(), Some("01234567890"));
        assert_eq!(order.buyer.phone.as_deref(), Some("11900000000"));
        assert_eq!(order.lines[0].sku.as_deref(), Some("SKU-1"));
        assert_eq!((order.lines[0].quantity_milli, order.lines[0].total), (1_000, 15_000));
    }

    #[test]
    fn what_is_missing_is_worked_out_or_named() {
        let mut thin = sample();
        for key in ["totalItens", "historyListOrderStatus", "total"] {
            thin.as_object_mut().unwrap().remove(key);
        }
        let order = read(&thin).unwrap();
        assert_eq!((order.products, order.total), (15_000, 15_500));
        assert_eq!((order.status.as_str(), order.changed_at), ("NOVO", None));
        for (key, wrong) in [
            ("idOrder", json!(null)),
            ("dateOrder", json!("ontem")),
            ("totalItens", json!("1.234,56")),
            ("orderItems", json!([{ "quantity": "dois" }])),
        ] {
            let mut broken = sample();
            broken[key] = wrong;
            let field = read(&broken).unwrap_err().field.unwrap();
            assert!(field.starts_with(key), "{field}");
        }
    }

    #[test]
    fn the_fingerprint_knows_no_order_of_history() {
        let print = |value: &Value| listing(&to_raw_value(value).unwrap()).unwrap().fingerprint;
        let (first, mut turned, mut other) = (sample(), sample(), sample());
        turned["historyListOrderStatus"].as_array_mut().unwrap().reverse();
        other["totalDiscount"] = json!(11);
        assert_eq!(print(&first), print(&turned));
        assert_ne!(print(&first), print(&other));
    }

    #[test]
    fn codes_are_found_in_notes() {
        for (notes, code) in [
            ("Desconto Demanda: Id - 12345 Nome - EXEMPLO10", Some("EXEMPLO10")),
            (
                "entregar à tarde\nDESCONTO DEMANDA: id - 1 nome - fiel-abc; obrigado",
                Some("fiel-abc"),
            ),
            ("Desconto Demanda: Id - 12345", None),
            ("Nome - Maria", None),
            ("", None),
        ] {
            assert_eq!(coupon_code(notes).as_deref(), code, "{notes}");
        }
    }

    #[test]
    fn a_marketplace_hides_its_buyers_address() {
        let mut order = sample();
        order["marketPlaceName"] = json!("Marketplace Exemplo");
        let read = read(&order).unwrap();
        assert_eq!((read.channel, read.buyer.email), (SalesChannel::Marketplace, None));
    }
}
