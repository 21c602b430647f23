//! Coupons (cupomDesconto): create once, find, list, end.

use reqwest::{Method, StatusCode};

use super::{
    COUPONS, Magazord, answers,
    coupon_body::{Creation, Ending},
    fields::{FieldError, Record},
    page::Cursor,
    read_page,
};
use crate::platform::{
    Discount, NewCoupon, Page, PageToken, PlatformCoupon, PlatformError, RefusalReason,
    http::{Answer, FetchError, encode_segment},
};

/// A coupon and the shop it is for.
pub(super) struct Found {
    pub(super) coupon: PlatformCoupon,
    shop: Option<String>,
}

impl Magazord {
    pub(super) async fn post_coupon(&self, coupon: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        let shop = coupon.shop_id.as_deref().or(self.shop.as_deref());
        let body = Creation::new(coupon, shop)?;
        let answer = self.api.send_once(Method::POST, COUPONS.path, &body).await?;
        match answers::expect_single(&answer, COUPONS.name) {
            Ok(raw) => {
                let created = Record::read(&raw).and_then(|record| read(&record, Some(&coupon.code)));
                created.map(|found| found.coupon).map_err(|_| unreadable())
            }
            // Accepted, but in words that we do not know: looking the code up tells.
            Err(PlatformError::Malformed { .. }) if answer.status.is_success() => Err(unreadable()),
            Err(error) => Err(self.refused_creation(coupon, &answer, error).await),
        }
    }

    /// A refusal of a creation: the code is taken, or else what its status means. The wording is not
    /// documented, and the body may be empty: where it does not tell, looking the code up does.
    async fn refused_creation(&self, coupon: &NewCoupon, answer: &Answer, error: PlatformError) -> PlatformError {
        if !matches!(error, PlatformError::Refused { .. } | PlatformError::NotFound { .. }) {
            return error;
        }
        let is_told = answer.status == StatusCode::CONFLICT || answers::says_duplicate_code(&answer.body);
        if is_told || matches!(self.coupon_by_code(&coupon.code).await, Ok(Some(_))) {
            let detail = answers::said(&answer.body);
            return PlatformError::Refused {
                reason: RefusalReason::DuplicateCode,
                detail,
            };
        }
        error
    }

    /// The coupon with exactly this code, whatever its case. The filter by code may be ignored, so
    /// codes are compared here, on as many pages as there are.
    pub(super) async fn coupon_by_code(&self, code: &str) -> Result<Option<Found>, PlatformError> {
        let wanted = code.trim().to_lowercase();
        let mut cursor = Some(Cursor::first(None));
        while let Some(place) = cursor {
            let list = match self.list(COUPONS, &place, &[("codigo", code.trim())]).await {
                Err(PlatformError::NotFound { .. }) => return Ok(None),
                list => list?,
            };
            let page = read_page(&place, &list, |record, _| {
                let is_wanted = record.text("codigo")?.is_some_and(|code| code.to_lowercase() == wanted);
                if is_wanted {
                    read(record, None).map(|found| vec![found])
                } else {
                    Ok(Vec::new())
                }
            });
            if let Some(found) = page.items.into_iter().next() {
                return Ok(Some(found));
            }
            cursor = place.after(&list);
        }
        Ok(None)
    }

    pub(super) async fn list_coupons(&self, token: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        let cursor = Cursor::resume(token, None);
        let filter = self.shop.as_deref().map(|shop| ("loja", shop));
        let list = self.list(COUPONS, &cursor, filter.as_slice()).await?;
        Ok(read_page(&cursor, &list, |record, _| {
            let found = read(record, None)?;
            Ok(if self.is_ours(found.shop.as_deref()) {
                vec![found.coupon]
            } else {
                Vec::new()
            })
        }))
    }

    /// Moves a coupon's validity into the past: the one change of it that is documented. Panels
    /// without it answer 500.
    pub(super) async fn expire_coupon(&self, code: &str) -> Result<(), PlatformError> {
        let body = if let Some(shop) = &self.shop {
            Ending::new(Some(shop))?
        } else {
            let found = self.coupon_by_code(code).await?;
            let found = found.ok_or_else(|| PlatformError::NotFound {
                what: COUPONS.name.to_owned(),
            })?;
            Ending::new(found.shop.as_deref())?
        };
        let path = format!("{}/{}", COUPONS.path, encode_segment(code.trim()));
        let answer = match self.api.try_send_once(Method::PATCH, &path, &body).await {
            Ok(answer) => answer,
            Err(FetchError::Server {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                detail,
            }) => {
                return Err(PlatformError::Unsupported { detail });
            }
            Err(error) => return Err(error.of_write()),
        };
        if answer.status == StatusCode::METHOD_NOT_ALLOWED {
            return Err(PlatformError::Unsupported {
                detail: answers::said(&answer.body),
            });
        }
        match answers::expect_single(&answer, COUPONS.name) {
            Err(PlatformError::Malformed { .. }) if answer.status.is_success() => Ok(()),
            other => other.map(drop),
        }
    }
}

fn unreadable() -> PlatformError {
    PlatformError::Unknown {
        detail: "the platform accepted the coupon, but its answer cannot be read".to_owned(),
    }
}

/// Reads a coupon from a list or an answer, which differ in types. `asked` stands in for a code
/// that the answer to a creation leaves out.
fn read(record: &Record<'_>, asked: Option<&str>) -> Result<Found, FieldError> {
    let code = record
        .text("codigo")?
        .or_else(|| asked.map(str::to_owned))
        .ok_or_else(|| FieldError::missing("codigo"))?;
    let discount = match (
        record.text_or_none("tipoDesconto").as_deref(),
        record.cents("valorDesconto")?,
    ) {
        (Some("1"), Some(cents)) => Some(Discount::Amount(cents)),
        (Some("2"), Some(hundredths)) => u32::try_from(hundredths).ok().map(Discount::Percent),
        _ => None,
    };
    let coupon = PlatformCoupon {
        external_id: record.id("id")?.unwrap_or_else(|| code.clone()),
        code,
        description: record.text_or_none("descricao"),
        discount,
        // A list does not tell it; a single coupon does.
        minimum_order: record.cents("valorMinimoPedido").ok().flatten(),
        valid_until: record.instant("validoAte").ok().flatten(),
        active: record.flag("ativo").unwrap_or(true),
        times_used: None,
    };
    Ok(Found {
        coupon,
        shop: shop(record),
    })
}

/// A number, or an object with an id.
fn shop(record: &Record<'_>) -> Option<String> {
    let number = record.id("loja").ok().flatten();
    number.or_else(|| Record::read(record.raw("loja")?).ok()?.id("id").ok().flatten())
}
