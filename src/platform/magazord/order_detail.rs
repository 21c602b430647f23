//! The whole order: list row and detail as one.
//!
//! The detail brings the lines, the e-mail and the coupon's code. It can fail while the list
//! works; then the row alone is given, and the next import asks again.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::{
    Magazord, ORDERS, answers, customers,
    fields::{FieldError, Record, id_of},
    lines, orders,
};
use crate::platform::{
    Buyer, Cents, DetailLevel, OrderListing, PlatformError, PlatformOrder, Reject, SalesChannel,
    http::{FetchError, encode_segment},
};

/// A detail that fails may be one that always fails: fewer tries than a list, whose failure stops
/// everything.
const TRIES: u32 = 3;

/// Hosts whose addresses stand for a marketplace's customer and reach nobody we know.
const RELAYS: [&str; 12] = [
    "marketplace",
    "mktp",
    "mercadolivre",
    "mercadolibre",
    "amazon",
    "shopee",
    "magazineluiza",
    "magalu",
    "americanas",
    "b2w",
    "viavarejo",
    "casasbahia",
];

impl Magazord {
    pub(super) async fn whole_order(
        &self,
        listing: &OrderListing,
    ) -> Result<Result<PlatformOrder, Reject>, PlatformError> {
        let row = match Record::read(&listing.row) {
            Ok(row) => row,
            Err(fault) => return Ok(Err(fault.reject(&listing.row, id_of(&listing.row)))),
        };
        let raw = match row.text("codigo") {
            Ok(Some(code)) => self.order_detail(&code).await?,
            _ => None,
        };
        let detail = raw.as_deref().and_then(|raw| Record::read(raw).ok()).filter(|detail| {
            // A detail of some other order is no detail of this one.
            detail
                .id("id")
                .ok()
                .flatten()
                .is_none_or(|id| id == listing.external_id)
        });
        let order = Order { row, detail }.read(listing);
        let order = order.and_then(|order| match order.shop_id.as_deref() {
            shop if self.is_ours(shop) => Ok(order),
            _ => Err(FieldError::new(
                "lojaId",
                "the order belongs to another shop of the account",
            )),
        });
        let shown = raw.as_deref().unwrap_or(&listing.row);
        Ok(order.map_err(|fault| fault.reject(shown, id_of(shown))))
    }

    /// The detail, or none where it cannot be had now. Trouble with the credentials, the limit or
    /// the network is an error: the list would fail too.
    async fn order_detail(&self, code: &str) -> Result<Option<Box<RawValue>>, PlatformError> {
        let path = format!("{}/{}", ORDERS.path, encode_segment(code));
        let answer = match self.api.clone().with_max_tries(TRIES).try_get(&path, &[]).await {
            Ok(answer) => answer,
            Err(FetchError::Server { .. }) => return Ok(None),
            Err(error) => return Err(error.of_read()),
        };
        match answers::expect_single(&answer, ORDERS.name) {
            Ok(detail) => Ok(Some(detail)),
            Err(PlatformError::NotFound { .. } | PlatformError::Malformed { .. } | PlatformError::Refused { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A row and, where it could be had, its detail, which goes first.
struct Order<'a> {
    row: Record<'a>,
    detail: Option<Record<'a>>,
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

    fn id(&self, field: &str) -> Result<Option<String>, FieldError> {
        self.first(|record| record.id(field))
    }

    fn cents(&self, field: &str) -> Result<Option<Cents>, FieldError> {
        self.first(|record| record.cents(field))
    }

    /// An amount that is zero where it is missing.
    fn part(&self, field: &str) -> Result<Cents, FieldError> {
        Ok(self.cents(field)?.unwrap_or_default())
    }

    /// An amount that must be there and must not be negative.
    fn amount(&self, field: &str) -> Result<Cents, FieldError> {
        match self.cents(field)? {
            Some(cents) if cents >= 0 => Ok(cents),
            Some(_) => Err(FieldError::new(field, "the amount is negative")),
            None => Err(FieldError::missing(field)),
        }
    }

    fn read(&self, listing: &OrderListing) -> Result<PlatformOrder, FieldError> {
        let (products, discount) = (self.amount("valorProduto")?, self.part("valorDesconto")?.abs());
        let total = match self.amount("valorTotal") {
            // Where the documented total is missing, the final one says the same.
            Err(fault) if fault == FieldError::missing("valorTotal") => {
                self.amount("valorTotalFinal").map_err(|_| fault)?
            }
            total => total?,
        };
        let lines = match &self.detail {
            Some(detail) => lines::read(detail, products - discount)?,
            None => Vec::new(),
        };
        Ok(PlatformOrder {
            external_id: listing.external_id.clone(),
            number: self.text("codigo")?.unwrap_or_else(|| listing.external_id.clone()),
            shop_number: None,
            status: self.status()?,
            placed_at: self.placed_at()?,
            changed_at: self
                .first(|record| Ok(orders::changed_at(record)))?
                .or(listing.changed_at),
            buyer: self.buyer()?,
            products,
            discount,
            shipping: self.part("valorFrete")?,
            surcharge: self.part("valorAcrescimo")? + self.part("valorPresente")?,
            total,
            credit_used: self.part("creditoUtilizado")?.abs() + self.part("cashbackUtilizado")?.abs(),
            refunded: 0,
            coupon_code: self.text("cupomCodigo")?,
            channel: self.channel()?,
            shop_id: self.first(orders::shop_of)?,
            lines,
            detail: if self.detail.is_some() {
                DetailLevel::Full
            } else {
                DetailLevel::ListOnly
            },
        })
    }

    /// The code alone decides; it comes as a number or as text.
    fn status(&self) -> Result<String, FieldError> {
        let code = self.first(|record| record.integer("pedidoSituacao"))?;
        code.map(|code| code.to_string())
            .ok_or_else(|| FieldError::missing("pedidoSituacao"))
    }

    fn placed_at(&self) -> Result<DateTime<Utc>, FieldError> {
        self.first(|record| record.instant("dataHora"))?
            .ok_or_else(|| FieldError::missing("dataHora"))
    }

    fn buyer(&self) -> Result<Buyer, FieldError> {
        let phone = |record: &Record<'a>| Ok(customers::phone(record, "pessoaContato"));
        Ok(Buyer {
            external_id: self.id("pessoaId")?,
            name: self.text("pessoaNome")?,
            email: self.text("pessoaEmail")?.filter(|email| !is_relay(email)),
            document: self.text("pessoaCpfCnpj")?,
            kind: self.first(|record| Ok(customers::person_kind(record, "pessoaTipo")))?,
            phone: self.first(phone)?,
            birth_date: self.first(|record| Ok(record.date_or_none("pessoaDataNascimento")))?,
            anonymised: false,
        })
    }

    /// A marketplace's ids are certain. The numbers of `origem` are told in two ways that agree on
    /// 1, on 5, and on 2 being some marketplace; 3 is manual in the documented one.
    fn channel(&self) -> Result<SalesChannel, FieldError> {
        for field in [
            "marketplaceId",
            "lojaDoMarketplaceId",
            "lojaMarketplaceId",
            "codigoMarketplace",
        ] {
            if self.id(field)?.is_some() {
                return Ok(SalesChannel::Marketplace);
            }
        }
        Ok(match self.text("origem")?.as_deref() {
            Some("1") => SalesChannel::Site,
            Some("2") => SalesChannel::Marketplace,
            Some("3") => SalesChannel::Manual,
            Some("4" | "5") => SalesChannel::PointOfSale,
            _ => SalesChannel::Unknown,
        })
    }
}

/// Whether an address is a marketplace's stand-in for its customer's.
fn is_relay(email: &str) -> bool {
    let host = email
        .rsplit_once('@')
        .map(|(_, host)| host.to_lowercase())
        .unwrap_or_default();
    host.split('.').any(|label| RELAYS.contains(&label))
}
