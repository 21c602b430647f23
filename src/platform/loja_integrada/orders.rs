//! Orders: the list, the detail behind a row, and one neutral order made of both.
//!
//! The key everywhere is `numero`, the number that the shop shows; the internal `id` leads to other
//! orders or nowhere. A detail that cannot be had now never loses the order: the row alone is
//! enough for its amounts and status. Called by the import of orders.

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::LojaIntegrada;
use super::customers::{buyer, customer, is_thin};
use super::lines::lines;
use super::paging::{Walk, since};
use super::wire::{instant, own_id, reference};
use crate::platform::record::{FieldError, Record};
use crate::platform::{
    Buyer, DetailLevel, OrderListing, Page, PageToken, PlatformError, PlatformOrder, Reject, SalesChannel, Window,
    WindowKind,
};

impl LojaIntegrada {
    pub(super) async fn order_page(
        &self,
        window: Window,
        page: Option<&PageToken>,
    ) -> Result<Page<OrderListing>, PlatformError> {
        let filter = match window.by {
            WindowKind::Created => "since_criado",
            WindowKind::Changed => "since_atualizado",
        };
        let walk = match page {
            Some(token) => Walk::resume(token)?,
            None => self
                .walk("pedido/search")
                .filter(filter, since(window.since))
                .filter("order_by", "-data_criacao")
                .newest_first("until_criado"),
        };
        let page = self.page(&walk).await?;
        let (mut items, mut rejects, mut dates) = (Vec::new(), Vec::new(), Vec::new());
        for raw in &page.rows {
            match listing(raw) {
                Ok(found) => items.push(found),
                Err(error) => rejects.push(error.reject(raw, None)),
            }
            dates.push(
                Record::parse(raw)
                    .ok()
                    .and_then(|record| record.read("data_criacao", instant).ok()?),
            );
        }
        let next = walk.after(&page, &dates).map(|next| next.token()).transpose()?;
        Ok(Page {
            items,
            rejects,
            next,
            total: page.total,
        })
    }

    /// The order with a number, as its detail tells it.
    pub(super) async fn order_by_number(&self, number: &str) -> Result<OrderListing, PlatformError> {
        // What is no number would lead elsewhere.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            let what = "an order whose number has other characters than digits".to_owned();
            return Err(PlatformError::NotFound { what });
        }
        let raw = self.item("pedido", number).await?;
        match listing(&raw) {
            Ok(found) if found.external_id == number => Ok(found),
            Ok(_) => Err(PlatformError::NotFound {
                what: format!("pedido {number}"),
            }),
            Err(error) => Err(PlatformError::Malformed { detail: error.message }),
        }
    }

    pub(super) async fn whole_order(
        &self,
        listing: &OrderListing,
    ) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let number = &listing.external_id;
        let detail = self.optional_item("pedido", number).await?;
        let detail = detail.filter(|raw| number_of(raw).is_some_and(|found| found == *number));
        let (raw, level) = match &detail {
            Some(raw) => (raw, DetailLevel::Full),
            None => (&listing.row, DetailLevel::ListOnly),
        };
        let read = match order(raw, level) {
            Ok(read) => read,
            Err(error) => return Ok(Err(error.reject(raw, Some(number.clone())))),
        };
        self.fill_in(read, listing).await.map(Ok)
    }

    /// Follows what the record only refers to: the status by its id, the buyer by theirs.
    async fn fill_in(&self, read: Read, listing: &OrderListing) -> Result<PlatformOrder, PlatformError> {
        let Read {
            mut order,
            status,
            buyer_is_known,
        } = read;
        order.status = match status {
            Status::Code(code) => code,
            Status::Id(id) => self.status_code(&id).await?,
        };
        if order.detail == DetailLevel::Full && !buyer_is_known {
            // A detail without any customer leaves the one that the row names.
            let id = order.buyer.external_id.take().or_else(|| customer_of(&listing.row));
            if let Some(id) = id {
                let found = self.customer_detail(&id).await?.map(buyer);
                order.buyer = Buyer {
                    external_id: Some(id),
                    ..found.unwrap_or_default()
                };
            }
        }
        if order.channel == SalesChannel::Marketplace {
            // Marketplaces hand out an alias instead of the buyer's address.
            order.buyer.email = None;
        }
        Ok(order)
    }
}

/// An order as far as its record tells.
struct Read {
    order: PlatformOrder,
    status: Status,
    buyer_is_known: bool,
}

enum Status {
    Code(String),
    Id(String),
}

fn number_of(raw: &RawValue) -> Option<String> {
    Record::parse(raw).ok()?.soft_text("numero")
}

fn customer_of(row: &RawValue) -> Option<String> {
    Record::parse(row).ok()?.read("cliente", reference).ok()?
}

fn listing(raw: &RawValue) -> Result<OrderListing, FieldError> {
    let record = Record::parse(raw)?;
    let number = required_number(&record)?;
    Ok(OrderListing {
        external_id: number,
        fingerprint: fingerprint(&record, raw),
        changed_at: record.read("data_modificacao", instant).ok().flatten(),
        row: raw.to_owned(),
    })
}

fn required_number(record: &Record<'_>) -> Result<String, FieldError> {
    record
        .text("numero")?
        .ok_or_else(|| FieldError::new("numero", "is missing: an order cannot be told without it"))
}

/// A digest of what matters in a row, by meaning: other spellings of the same amounts and dates
/// give the same fingerprint.
fn fingerprint(record: &Record<'_>, raw: &RawValue) -> String {
    let mut parts = Vec::new();
    match record.read("data_modificacao", instant) {
        Ok(Some(changed)) => parts.push(changed.timestamp_micros().to_string()),
        // Without a time of change, any difference counts.
        _ => parts.push(raw.get().to_owned()),
    }
    parts.push(match status(record) {
        Ok(Status::Code(text) | Status::Id(text)) => text,
        Err(_) => String::new(),
    });
    for key in ["valor_subtotal", "valor_desconto", "valor_envio", "valor_total"] {
        parts.push(match record.money(key) {
            Ok(cents) => cents.map(|cents| cents.to_string()).unwrap_or_default(),
            Err(_) => record.get(key).map(|raw| raw.get().to_owned()).unwrap_or_default(),
        });
    }
    let digest = Sha256::digest(parts.join("\u{1f}"));
    let half = digest
        .iter()
        .take(16)
        .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    format!("{half:032x}")
}

fn order(raw: &RawValue, detail: DetailLevel) -> Result<Read, FieldError> {
    let record = Record::parse(raw)?;
    let number = required_number(&record)?;
    let amounts = Amounts::read(&record)?;
    let (buyer, buyer_is_known) = inline_buyer(&record)?;
    let placed_at = record
        .read("data_criacao", instant)?
        .ok_or_else(|| FieldError::new("data_criacao", "is missing: the time of the sale is needed"))?;
    let order = PlatformOrder {
        external_id: number.clone(),
        number,
        shop_number: None,
        status: String::new(),
        placed_at,
        changed_at: record.read("data_modificacao", instant)?,
        buyer,
        products: amounts.products,
        discount: amounts.discount,
        shipping: amounts.shipping,
        surcharge: 0,
        total: amounts.total,
        credit_used: 0,
        refunded: 0,
        coupon_code: coupon_code(&record),
        channel: channel(&record, detail),
        shop_id: None,
        lines: if detail == DetailLevel::Full {
            lines(&record)?
        } else {
            Vec::new()
        },
        detail,
    };
    Ok(Read {
        order,
        status: status(&record)?,
        buyer_is_known,
    })
}

struct Amounts {
    products: i64,
    discount: i64,
    shipping: i64,
    total: i64,
}

impl Amounts {
    /// Of subtotal and total, one may be missing and is worked out from the other.
    fn read(record: &Record<'_>) -> Result<Self, FieldError> {
        let discount = record.money("valor_desconto")?.unwrap_or(0).saturating_abs();
        let shipping = record.money("valor_envio")?.unwrap_or(0);
        let (products, total) = match (record.money("valor_subtotal")?, record.money("valor_total")?) {
            (Some(products), Some(total)) => (products, total),
            (Some(products), None) => (products, products.saturating_sub(discount).saturating_add(shipping)),
            (None, Some(total)) => (total.saturating_add(discount).saturating_sub(shipping), total),
            (None, None) => return Err(FieldError::new("valor_total", "is missing, and so is valor_subtotal")),
        };
        Ok(Self {
            products,
            discount,
            shipping,
            total,
        })
    }
}

/// The status by its code, or by its id where the record only refers to it.
fn status(record: &Record<'_>) -> Result<Status, FieldError> {
    if let Some(code) = record.record("situacao").and_then(|status| status.soft_text("codigo")) {
        return Ok(Status::Code(code));
    }
    let id = record.read("situacao", reference)?;
    id.map(Status::Id)
        .ok_or_else(|| FieldError::new("situacao", "is missing: the order's status is needed"))
}

/// The buyer as told inline, and whether that is more than a reference.
fn inline_buyer(record: &Record<'_>) -> Result<(Buyer, bool), FieldError> {
    let Some(inline) = record.record("cliente") else {
        return Ok((
            Buyer {
                external_id: record.read("cliente", reference)?,
                ..Buyer::default()
            },
            false,
        ));
    };
    let is_told = !is_thin(&inline) || ["nome", "email"].iter().any(|key| inline.soft_text(key).is_some());
    if own_id(&inline).is_none() {
        // Hub imports may lack the id: whoever is described is still the buyer.
        return Ok((unnumbered_buyer(&inline), is_told));
    }
    let found = customer(&inline).map_err(|error| error.under("cliente"))?;
    Ok((buyer(found), is_told))
}

fn unnumbered_buyer(inline: &Record<'_>) -> Buyer {
    Buyer {
        name: inline.soft_text("nome"),
        email: inline.soft_text("email"),
        document: inline.soft_text("cpf").or_else(|| inline.soft_text("cnpj")),
        ..Buyer::default()
    }
}

/// The coupon's code from an object or a plain text.
fn coupon_code(record: &Record<'_>) -> Option<String> {
    match record.record("cupom_desconto") {
        Some(coupon) => coupon.soft_text("codigo"),
        // A path refers to a coupon without naming its code.
        None => record.soft_text("cupom_desconto").filter(|text| !text.contains('/')),
    }
}

/// Orders that a hub brought in are a marketplace's; a row alone cannot rule that out.
fn channel(record: &Record<'_>, detail: DetailLevel) -> SalesChannel {
    let told = |key| {
        record
            .get(key)
            .is_some_and(|raw| !matches!(raw.get(), "\"\"" | "{}" | "[]" | "0" | "false"))
    };
    let external = |raw: &&RawValue| {
        let payment = Record::parse(raw).ok();
        let method = payment.as_ref().and_then(|payment| payment.record("forma_pagamento"));
        method
            .and_then(|method| method.soft_text("codigo"))
            .is_some_and(|code| code.eq_ignore_ascii_case("PAGAMENTOEXTERNO"))
    };
    let from_hub = ["id_anymarket", "integration_data", "marketplace_info"]
        .into_iter()
        .any(told);
    if from_hub || record.list("pagamentos").unwrap_or_default().iter().any(external) {
        return SalesChannel::Marketplace;
    }
    match detail {
        DetailLevel::Full => SalesChannel::Site,
        DetailLevel::ListOnly | DetailLevel::RowWithoutAmounts => SalesChannel::Unknown,
    }
}
