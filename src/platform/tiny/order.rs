//! An order: its row, which tells little, and its detail, in the words of either interface.
//!
//! The key is the platform's `id`. Points are worth the sum of the products less the discount; the total also holds
//! the freight. The row tells neither. Both tell the day of the sale and no time.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::contact::phone;
use super::dates::instant;
use super::status::folded;
use super::words::Words;
use crate::platform::record::{FieldError, Record, scaled};
use crate::platform::{
    Buyer, Cents, DetailLevel, OrderLine, OrderListing, PersonKind, PlatformCustomer, PlatformOrder, SalesChannel,
};
use crate::secrets::sha256_hex;

/// Words by which marketplaces are known, folded like statuses.
const MARKETPLACES: [&str; 29] = [
    "mercado_livre",
    "mercadolivre",
    "mercado_libre",
    "amazon",
    "shopee",
    "magalu",
    "magazine_luiza",
    "americanas",
    "submarino",
    "shoptime",
    "b2w",
    "casas_bahia",
    "ponto_frio",
    "pontofrio",
    "via_varejo",
    "carrefour",
    "netshoes",
    "zattini",
    "centauro",
    "dafiti",
    "kabum",
    "madeiramadeira",
    "madeira_madeira",
    "leroy_merlin",
    "aliexpress",
    "shein",
    "tiktok",
    "temu",
    "marketplace",
];

/// Takes the wrapping off, where there is one: `{"pedido": {…}}`.
pub(super) fn unwrapped<'a>(raw: &'a RawValue, key: &str) -> &'a RawValue {
    let inner = Record::parse(raw).ok().and_then(|record| record.get(key));
    inner.unwrap_or(raw)
}

/// The platform's ids are digits.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The id in a record.
pub(super) fn id_of(raw: &RawValue) -> Option<String> {
    Record::parse(raw).ok()?.id("id").filter(|id| is_id(id))
}

/// Whether a record is a detail.
pub(super) fn is_whole(raw: &RawValue) -> bool {
    Record::parse(raw).is_ok_and(|record| record.get("itens").is_some())
}

/// The row that stands for an order, from a row of the list or from its detail.
pub(super) fn listing(raw: &RawValue, words: &Words) -> Result<OrderListing, FieldError> {
    let record = Record::parse(raw)?;
    Ok(OrderListing {
        external_id: record
            .id("id")
            .filter(|id| is_id(id))
            .ok_or_else(|| FieldError::missing("id"))?,
        fingerprint: fingerprint(&record, raw, words),
        // Nothing tells when an order changed.
        changed_at: None,
        row: raw.to_owned(),
    })
}

/// What row and detail both tell, by its meaning: so that an order that a webhook told of is known to the list.
fn fingerprint(record: &Record<'_>, raw: &RawValue, words: &Words) -> String {
    let total = record.money("valor").ok().flatten();
    let total = total.or_else(|| record.money(words.total).ok().flatten());
    let Some(total) = total else {
        // Without an amount, any difference counts.
        return sha256_hex(raw.get());
    };
    let placed_at = placed_at(record, words).ok().filter(|_| words.rows_tell_the_day);
    let parts = [
        record.id("id").unwrap_or_default(),
        record.id(words.number).unwrap_or_default(),
        placed_at.map(|at| at.timestamp().to_string()).unwrap_or_default(),
        status_of(record, words).unwrap_or_default(),
        shop_number(record).unwrap_or_default(),
        total.to_string(),
    ];
    sha256_hex(parts.join("\u{1f}"))
}

fn status_of(record: &Record<'_>, words: &Words) -> Option<String> {
    record.soft_text("situacao").map(|text| (words.status)(&text))
}

/// The first moment of the day of the sale.
pub(super) fn placed_at(record: &Record<'_>, words: &Words) -> Result<DateTime<Utc>, FieldError> {
    for key in words.days {
        if let Some(found) = record.read(key, instant)? {
            return Ok(found);
        }
    }
    Err(FieldError::missing(words.days.first().copied().unwrap_or_default()))
}

/// The number of the shop's order that this sale is.
fn shop_number(record: &Record<'_>) -> Option<String> {
    record
        .id("numero_ecommerce")
        .or_else(|| record.record("ecommerce")?.id("numeroPedidoEcommerce"))
}

/// The order of a detail, or as much as a row tells.
pub(super) fn order(raw: &RawValue, words: &Words) -> Result<PlatformOrder, FieldError> {
    let record = Record::parse(raw)?;
    let is_whole = record.get("itens").is_some();
    let id = record.id("id").ok_or_else(|| FieldError::missing("id"))?;
    let lines = lines(&record, words)?;
    let amounts = if is_whole {
        Amounts::of_detail(&record, &lines, words)?
    } else {
        Amounts::of_row(&record)?
    };
    let channel = channel(&record);
    Ok(PlatformOrder {
        number: record.id(words.number).unwrap_or_else(|| id.clone()),
        external_id: id,
        shop_number: shop_number(&record),
        status: status_of(&record, words).ok_or_else(|| FieldError::missing("situacao"))?,
        placed_at: placed_at(&record, words)?,
        changed_at: None,
        buyer: buyer(&record, channel, words),
        products: amounts.products,
        discount: amounts.discount,
        shipping: amounts.shipping,
        surcharge: amounts.surcharge,
        total: amounts.total,
        credit_used: 0,
        refunded: 0,
        coupon_code: None,
        channel,
        shop_id: None,
        lines,
        detail: if is_whole {
            DetailLevel::Full
        } else {
            DetailLevel::RowWithoutAmounts
        },
    })
}

#[derive(Default)]
struct Amounts {
    products: Cents,
    discount: Cents,
    shipping: Cents,
    surcharge: Cents,
    total: Cents,
}

impl Amounts {
    fn of_detail(record: &Record<'_>, lines: &[OrderLine], words: &Words) -> Result<Self, FieldError> {
        let optional = |key: &str| Ok::<_, FieldError>(record.money(key)?.unwrap_or(0));
        let sum = lines.iter().fold(0, |sum: Cents, line| sum.saturating_add(line.total));
        let products = match record.money(words.products)? {
            Some(products) => products,
            None if lines.is_empty() => return Err(FieldError::missing(words.products)),
            None => sum,
        };
        let discount = optional(words.discount)?.saturating_abs();
        let shipping = optional(words.freight)?;
        let surcharge = optional(words.others)?;
        let worked_out = products
            .saturating_sub(discount)
            .saturating_add(shipping)
            .saturating_add(surcharge);
        Ok(Self {
            products,
            discount,
            shipping,
            surcharge,
            total: record.money(words.total)?.unwrap_or(worked_out),
        })
    }

    /// The row's only amount holds the freight, so what the products cost is not guessed from it.
    fn of_row(record: &Record<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            total: record.money("valor")?.unwrap_or(0),
            ..Self::default()
        })
    }
}

/// A marketplace is known by its name. Otherwise nothing tells a shop's site from a till.
fn channel(record: &Record<'_>) -> SalesChannel {
    let Some(shop) = record.record("ecommerce") else {
        return SalesChannel::Unknown;
    };
    let is_marketplace = ["canalVenda", "nomeEcommerce", "nome"].iter().any(|key| {
        let words = shop.soft_text(key).map(|name| format!("_{}_", folded(&name)));
        words.is_some_and(|words| MARKETPLACES.iter().any(|known| words.contains(&format!("_{known}_"))))
    });
    if is_marketplace {
        SalesChannel::Marketplace
    } else {
        SalesChannel::Unknown
    }
}

/// Who bought. Somebody without a document and an e-mail is nobody: many people may be behind that contact.
fn buyer(record: &Record<'_>, channel: SalesChannel, words: &Words) -> Buyer {
    let Some(told) = record.record("cliente") else {
        return Buyer {
            name: record.soft_text("nome"),
            ..Buyer::default()
        };
    };
    // Marketplaces hand out an alias instead of the buyer's address.
    let email = told.soft_text("email").filter(|_| channel != SalesChannel::Marketplace);
    let document = told.soft_text(words.document);
    Buyer {
        external_id: told.id("id").filter(|_| email.is_some() || document.is_some()),
        name: told.soft_text("nome"),
        email,
        document,
        kind: person_kind(&told, words),
        phone: words.phones.iter().find_map(|key| phone(&told.soft_text(key)?)),
        birth_date: None,
        anonymised: false,
    }
}

/// The id of the contact to ask for, where a detail names its buyer and leaves out what buyers are known by.
pub(super) fn contact_to_ask(raw: &RawValue, words: &Words) -> Option<String> {
    let record = Record::parse(raw).ok().filter(|record| record.get("itens").is_some())?;
    let told = record.record("cliente")?;
    let is_thin = !told.has("email") || !told.has(words.document);
    told.id("id").filter(|id| is_thin && is_id(id))
}

/// Adds what a contact tells of the buyer.
pub(super) fn add_contact(order: &mut PlatformOrder, contact: PlatformCustomer) {
    let buyer = &mut order.buyer;
    // Here too a marketplace's address is an alias.
    let email = contact.email.filter(|_| order.channel != SalesChannel::Marketplace);
    buyer.email = buyer.email.take().or(email);
    buyer.document = buyer.document.take().or(contact.document);
    buyer.name = buyer.name.take().or(contact.name);
    buyer.kind = buyer.kind.or(contact.kind);
    buyer.phone = buyer.phone.take().or(contact.phone);
    buyer.birth_date = buyer.birth_date.or(contact.birth_date);
    let is_somebody = buyer.email.is_some() || buyer.document.is_some();
    buyer.external_id = is_somebody.then_some(contact.external_id);
}

/// Person or company; a foreigner is neither.
pub(super) fn person_kind(record: &Record<'_>, words: &Words) -> Option<PersonKind> {
    match record.soft_text(words.person_kind)?.to_uppercase().as_str() {
        "F" => Some(PersonKind::Person),
        "J" => Some(PersonKind::Company),
        _ => None,
    }
}

fn lines(record: &Record<'_>, words: &Words) -> Result<Vec<OrderLine>, FieldError> {
    let items = record.list("itens")?;
    let lines = items.iter().enumerate().map(|(index, raw)| {
        Record::parse(unwrapped(raw, "item"))
            .and_then(|item| line(&item, words))
            .map_err(|error| error.under(&format!("itens[{index}]")))
    });
    lines.collect()
}

fn line(item: &Record<'_>, words: &Words) -> Result<OrderLine, FieldError> {
    const TOO_LARGE: &str = "is too large";
    let quantity = item.decimal("quantidade")?.unwrap_or(Decimal::ONE);
    let price = item.decimal(words.price)?.unwrap_or(Decimal::ZERO);
    // Prices of goods by weight have more than two places: rounded once, at the end.
    let total = price.checked_mul(quantity).and_then(|total| scaled(total, 2));
    let product = item.record("produto");
    let product = product.as_ref().unwrap_or(item);
    let sku = product.soft_text(words.sku);
    Ok(OrderLine {
        name: product
            .soft_text("descricao")
            .or_else(|| sku.clone())
            .unwrap_or_default(),
        sku,
        // No category is told.
        category: None,
        quantity_milli: scaled(quantity, 3).ok_or_else(|| FieldError::new("quantidade", TOO_LARGE))?,
        unit_price: scaled(price, 2).ok_or_else(|| FieldError::new(words.price, TOO_LARGE))?,
        total: total.ok_or_else(|| FieldError::new(words.price, TOO_LARGE))?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::super::words::V2;
    use super::*;

    fn row() -> Value {
        json!({ "id": "1001", "numero": 501, "numero_ecommerce": "100000101", "data_pedido": "31/01/2026",
            "nome": "Cliente Exemplo", "valor": "155.00", "situacao": "Entregue" })
    }

    fn detail() -> Value {
        json!({ "id": 1001, "numero": "501", "numero_ecommerce": "100000101", "data_pedido": "31/01/2026",
            "situacao": "entregue",
            "cliente": { "nome": "Cliente Exemplo", "tipo_pessoa": "F", "cpf_cnpj": "123.456.789-09",
                "email": "cliente@example.com", "fone": "(11) 90000-0000" },
            "itens": [
                { "item": { "codigo": "SKU-1", "descricao": "Produto", "quantidade": "1.00", "valor_unitario": "150.0000" } },
                { "codigo": "SKU-2", "descricao": "Brinde", "quantidade": 0.5, "valor_unitario": 0 },
            ],
            "total_produtos": "150.00", "total_pedido": 155, "valor_frete": "15.00", "valor_desconto": 10.0,
            "ecommerce": { "id": "0", "numeroPedidoEcommerce": "100000101", "nomeEcommerce": "Loja Própria" } })
    }

    fn read(value: &Value) -> Result<PlatformOrder, FieldError> {
        order(&to_raw_value(value).unwrap(), &V2)
    }

    #[test]
    fn a_detail_is_read_whole() {
        let order = read(&detail()).unwrap();
        assert_eq!((order.external_id.as_str(), order.number.as_str()), ("1001", "501"));
        assert_eq!(order.shop_number.as_deref(), Some("100000101"));
        assert_eq!(
            (order.products, order.discount, order.shipping, order.total),
            (15_000, 1_000, 1_500, 15_500)
        );
        assert_eq!((order.status.as_str(), order.detail), ("entregue", DetailLevel::Full));
        assert_eq!(order.placed_at.to_rfc3339(), "2026-01-31T03:00:00+00:00");
        assert_eq!(order.buyer.document.as_deref(), Some("123.456.789-09"));
        assert_eq!(order.buyer.phone.as_deref(), Some("11900000000"));
        let told: Vec<_> = order
            .lines
            .iter()
            .map(|line| (line.quantity_milli, line.total))
            .collect();
        assert_eq!(told, [(1_000, 15_000), (500, 0)]);
        assert_eq!(order.channel, SalesChannel::Unknown);
    }

    #[test]
    fn a_row_does_not_guess_what_the_products_cost() {
        let order = read(&row()).unwrap();
        assert_eq!(order.detail, DetailLevel::RowWithoutAmounts);
        assert_eq!((order.products, order.shipping, order.total), (0, 0, 15_500));
        assert_eq!(order.buyer.document, None);
    }

    #[test]
    fn row_and_detail_have_one_fingerprint_which_follows_what_matters() {
        let print = |value: &Value| listing(&to_raw_value(value).unwrap(), &V2).unwrap().fingerprint;
        assert_eq!(print(&row()), print(&detail()));
        for (key, other) in [
            ("situacao", json!("Cancelado")),
            ("valor", json!("154.99")),
            ("numero_ecommerce", json!("100000102")),
            ("data_pedido", json!("30/01/2026")),
        ] {
            let mut changed = row();
            changed[key] = other;
            assert_ne!(print(&row()), print(&changed), "{key}");
        }
    }

    #[test]
    fn what_is_missing_is_worked_out_or_named() {
        let mut thin = detail();
        for key in ["total_produtos", "total_pedido", "numero", "numero_ecommerce"] {
            thin.as_object_mut().unwrap().remove(key);
        }
        let order = read(&thin).unwrap();
        assert_eq!((order.products, order.total), (15_000, 15_500));
        assert_eq!(
            (order.number.as_str(), order.shop_number.as_deref()),
            ("1001", Some("100000101"))
        );
        for (key, wrong) in [
            ("id", json!(null)),
            ("data_pedido", json!("ontem")),
            ("situacao", json!("")),
            ("total_produtos", json!("1.234,56")),
            ("itens", json!([{ "item": { "quantidade": "dois" } }])),
        ] {
            let mut broken = detail();
            broken[key] = wrong;
            let field = read(&broken).unwrap_err().field.unwrap();
            assert!(field.starts_with(key), "{field}");
        }
    }

    #[test]
    fn a_marketplace_is_known_by_its_name_and_hides_its_buyers_address() {
        for (name, channel) in [
            ("Mercado Livre FULL", SalesChannel::Marketplace),
            ("Shopee - conta 2", SalesChannel::Marketplace),
            ("Magazine Luiza", SalesChannel::Marketplace),
            ("Nuvemshop", SalesChannel::Unknown),
            ("Sabores da Amazônia", SalesChannel::Unknown),
        ] {
            let mut order = detail();
            order["ecommerce"]["nomeEcommerce"] = json!(name);
            let read = read(&order).unwrap();
            assert_eq!(
                (read.channel, read.buyer.email.is_none()),
                (channel, channel == SalesChannel::Marketplace),
                "{name}"
            );
        }
    }
}
