//! An order, from its row in the list and from its detail.
//!
//! Points are worth `totalProdutos` less the discount; freight and other expenses are never part of it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::contact::Contact;
use super::dates::instant;
use super::status::folded;
use crate::platform::record::{FieldError, Record, scaled};
use crate::platform::{Buyer, Cents, DetailLevel, OrderLine, OrderListing, PersonKind, PlatformOrder, SalesChannel};
use crate::secrets::sha256_hex;

/// Who is nobody: what tills call a buyer who gave no name.
const NOBODY: &str = "CONSUMIDOR FINAL";

/// The platform's ids are digits.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The row that stands for an order in a walk.
pub(super) fn listing(raw: &RawValue) -> Result<OrderListing, FieldError> {
    let record = Record::parse(raw)?;
    let external_id = record
        .id("id")
        .filter(|id| is_id(id))
        .ok_or_else(|| FieldError::missing("id"))?;
    Ok(OrderListing {
        fingerprint: fingerprint(&record),
        external_id,
        changed_at: None,
        row: raw.to_owned(),
    })
}

/// When the order of a row was placed.
pub(super) fn placed_at(record: &Record<'_>) -> Result<DateTime<Utc>, FieldError> {
    record.read("data", instant)?.ok_or_else(|| FieldError::missing("data"))
}

/// All that a row tells, which its detail tells too: both give the same.
fn fingerprint(record: &Record<'_>) -> String {
    let mut told: Vec<String> = Vec::new();
    for key in ["id", "numero", "numeroLoja", "data", "dataSaida"] {
        told.push(record.soft_text(key).unwrap_or_default());
    }
    for key in ["totalProdutos", "total"] {
        told.push(record.money(key).ok().flatten().unwrap_or_default().to_string());
    }
    for (key, inner) in [
        ("contato", &["id", "nome", "tipoPessoa", "numeroDocumento"][..]),
        ("situacao", &["id"]),
        ("loja", &["id"]),
    ] {
        let below = record.record(key);
        for field in inner {
            let text = below.as_ref().and_then(|below| below.soft_text(field));
            told.push(text.unwrap_or_default());
        }
    }
    sha256_hex(told.join("\u{1f}"))
}

/// Whether the record is a detail, and not only a row.
pub(super) fn is_whole(record: &Record<'_>) -> bool {
    record.get("itens").is_some()
}

/// The id of the contact to ask for, if the buyer is somebody. A marketplace's buyers are its own.
pub(super) fn contact_to_ask(record: &Record<'_>) -> Option<String> {
    let contact = record.record("contato")?;
    let is_nobody = contact.soft_text("nome").is_some_and(|name| folded(&name) == NOBODY);
    let wanted = !is_nobody && channel(record) != SalesChannel::Marketplace;
    contact.id("id").filter(|id| wanted && is_id(id))
}

/// The order that a detail tells, with what its buyer's contact adds.
pub(super) fn order(record: &Record<'_>, contact: Option<&Contact>) -> Result<PlatformOrder, FieldError> {
    let lines = lines(record)?;
    let products = products(record, &lines)?;
    let discount = discount(record, products)?;
    let freight = match record.record("transporte") {
        Some(transport) => transport.money("frete").map_err(|error| error.under("transporte"))?,
        None => None,
    };
    let shipping = freight.unwrap_or(0);
    let surcharge = record.money("outrasDespesas")?.unwrap_or(0);
    let worked_out = products
        .saturating_sub(discount)
        .saturating_add(shipping)
        .saturating_add(surcharge);
    Ok(PlatformOrder {
        buyer: buyer(record, contact),
        products,
        discount,
        shipping,
        surcharge,
        total: record.money("total")?.unwrap_or(worked_out),
        lines,
        detail: DetailLevel::Full,
        ..bare(record)?
    })
}

/// The order as far as its row tells. What was taken off is at least what the total lacks.
pub(super) fn row(record: &Record<'_>) -> Result<PlatformOrder, FieldError> {
    let products = products(record, &[])?;
    let total = record.money("total")?.unwrap_or(products);
    Ok(PlatformOrder {
        buyer: buyer(record, None),
        products,
        discount: products.saturating_sub(total).max(0),
        shipping: total.saturating_sub(products).max(0),
        total,
        ..bare(record)?
    })
}

fn bare(record: &Record<'_>) -> Result<PlatformOrder, FieldError> {
    let id = record.id("id").ok_or_else(|| FieldError::missing("id"))?;
    let status = record.record("situacao").and_then(|situation| situation.id("id"));
    Ok(PlatformOrder {
        number: record.id("numero").unwrap_or_else(|| id.clone()),
        external_id: id,
        shop_number: record.id("numeroLoja"),
        status: status.ok_or_else(|| FieldError::missing("situacao.id"))?,
        placed_at: placed_at(record)?,
        changed_at: None,
        buyer: Buyer::default(),
        products: 0,
        discount: 0,
        shipping: 0,
        surcharge: 0,
        total: 0,
        credit_used: 0,
        refunded: 0,
        coupon_code: None,
        channel: channel(record),
        shop_id: None,
        lines: Vec::new(),
        detail: DetailLevel::ListOnly,
    })
}

fn products(record: &Record<'_>, lines: &[OrderLine]) -> Result<Cents, FieldError> {
    match record.money("totalProdutos")? {
        Some(products) => Ok(products),
        None if lines.is_empty() => Err(FieldError::missing("totalProdutos")),
        None => Ok(lines.iter().fold(0, |sum: Cents, line| sum.saturating_add(line.total))),
    }
}

fn discount(record: &Record<'_>, products: Cents) -> Result<Cents, FieldError> {
    let Some(discount) = record.record("desconto") else {
        return Ok(0);
    };
    let value = discount.decimal("valor").map_err(|error| error.under("desconto"))?;
    let value = value.unwrap_or_default().abs();
    let is_share = discount
        .soft_text("unidade")
        .is_some_and(|unit| unit.eq_ignore_ascii_case("PERCENTUAL"));
    let cents = if is_share {
        // Hundredths of the products' cents.
        value
            .checked_mul(Decimal::from(products))
            .and_then(|share| scaled(share / Decimal::ONE_HUNDRED, 0))
    } else {
        scaled(value, 2)
    };
    cents.ok_or_else(|| FieldError::new("desconto.valor", "is too large for an amount of money"))
}

fn channel(record: &Record<'_>) -> SalesChannel {
    let through = record.record("intermediador");
    let is_marketplace =
        through.is_some_and(|through| ["cnpj", "nomeUsuario"].iter().any(|key| through.id(key).is_some()));
    let shop = record.record("loja").and_then(|shop| shop.id("id"));
    match (is_marketplace, shop) {
        (true, _) => SalesChannel::Marketplace,
        (false, Some(_)) => SalesChannel::Site,
        (false, None) => SalesChannel::Manual,
    }
}

/// Who bought. Somebody without a document and an e-mail is nobody: many people may be behind that contact.
fn buyer(record: &Record<'_>, contact: Option<&Contact>) -> Buyer {
    let Some(told) = record.record("contato") else {
        return Buyer::default();
    };
    let more = contact.cloned().unwrap_or_default();
    let document = told.soft_text("numeroDocumento").or(more.document);
    let kind = match told.soft_text("tipoPessoa").as_deref() {
        Some("F" | "f") => Some(PersonKind::Person),
        Some("J" | "j") => Some(PersonKind::Company),
        _ => None,
    };
    let is_somebody = document.is_some() || more.email.is_some();
    Buyer {
        external_id: told.id("id").filter(|_| is_somebody),
        name: told.soft_text("nome"),
        email: more.email,
        document,
        kind,
        phone: more.phone,
        birth_date: more.birth_date,
        anonymised: false,
    }
}

fn lines(record: &Record<'_>) -> Result<Vec<OrderLine>, FieldError> {
    let items = record.list("itens")?;
    let lines = items.iter().enumerate().map(|(index, raw)| {
        Record::parse(raw)
            .and_then(|item| line(&item))
            .map_err(|error| error.under(&format!("itens[{index}]")))
    });
    lines.collect()
}

fn line(item: &Record<'_>) -> Result<OrderLine, FieldError> {
    let too_large = |field| FieldError::new(field, "is too large");
    let quantity = item.decimal("quantidade")?.unwrap_or(Decimal::ONE);
    let unit_price = item.money("valor")?.unwrap_or(0);
    let total = Decimal::from(unit_price)
        .checked_mul(quantity)
        .and_then(|cents| scaled(cents, 0));
    let sku = item.soft_text("codigo");
    Ok(OrderLine {
        name: item.soft_text("descricao").or_else(|| sku.clone()).unwrap_or_default(),
        sku,
        category: None,
        quantity_milli: scaled(quantity, 3).ok_or_else(|| too_large("quantidade"))?,
        unit_price,
        total: total.ok_or_else(|| too_large("valor"))?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    fn detail() -> Value {
        json!({ "id": 1001, "numero": 501, "numeroLoja": "100000101", "data": "2026-01-31", "dataSaida": "2026-02-01",
            "totalProdutos": 150.00, "total": 155.00,
            "contato": { "id": 701, "nome": "Cliente Exemplo", "tipoPessoa": "F", "numeroDocumento": "12345678909" },
            "situacao": { "id": 9, "valor": 1 }, "loja": { "id": 0 },
            "itens": [{ "codigo": "SKU-1", "descricao": "Produto", "quantidade": 1, "valor": 150.00, "desconto": 0,
                "produto": { "id": 301 } }],
            "desconto": { "valor": 10.00, "unidade": "REAL" }, "outrasDespesas": 0, "transporte": { "frete": 15.00 },
            "parcelas": [], "notaFiscal": { "id": 0 }, "vendedor": { "id": 0 }, "intermediador": {}, "taxas": {} })
    }

    fn read(value: &Value) -> PlatformOrder {
        let raw = to_raw_value(value).unwrap();
        order(&Record::parse(&raw).unwrap(), None).unwrap()
    }

    #[test]
    fn a_detail_is_read_whole() {
        let order = read(&detail());
        assert_eq!((order.external_id.as_str(), order.number.as_str()), ("1001", "501"));
        assert_eq!(order.shop_number.as_deref(), Some("100000101"));
        assert_eq!(
            (order.products, order.discount, order.shipping, order.total),
            (15_000, 1_000, 1_500, 15_500)
        );
        assert_eq!((order.status.as_str(), order.channel), ("9", SalesChannel::Manual));
        assert_eq!(order.buyer.document.as_deref(), Some("12345678909"));
        assert_eq!((order.lines[0].quantity_milli, order.lines[0].total), (1_000, 15_000));
    }

    #[test]
    fn a_discount_may_be_a_share_of_the_products() {
        let mut told = detail();
        told["desconto"] = json!({ "valor": "12.5", "unidade": "PERCENTUAL" });
        assert_eq!(read(&told).discount, 1_875);
        told["desconto"] = json!({ "valor": "12.5" });
        assert_eq!(read(&told).discount, 1_250);
    }

    #[test]
    fn a_final_consumer_is_nobody() {
        let mut told = detail();
        told["contato"] = json!({ "id": 700, "nome": "Consumidor  Final", "numeroDocumento": "" });
        let buyer = read(&told).buyer;
        assert_eq!((buyer.external_id, buyer.document), (None, None));
        let raw = to_raw_value(&told).unwrap();
        assert_eq!(contact_to_ask(&Record::parse(&raw).unwrap()), None);
    }

    #[test]
    fn row_and_detail_have_the_same_fingerprint() {
        let whole = to_raw_value(&detail()).unwrap();
        let mut row = detail();
        for key in ["itens", "desconto", "transporte", "outrasDespesas"] {
            row.as_object_mut().unwrap().remove(key);
        }
        row["total"] = json!("155.0");
        let listed = listing(&to_raw_value(&row).unwrap()).unwrap();
        assert_eq!(listed.fingerprint, listing(&whole).unwrap().fingerprint);
        row["situacao"]["id"] = json!(12);
        assert_ne!(
            listed.fingerprint,
            listing(&to_raw_value(&row).unwrap()).unwrap().fingerprint
        );
    }
}
