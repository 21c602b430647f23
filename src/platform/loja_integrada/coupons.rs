//! Coupons: making, finding, listing and switching off.
//!
//! The platform cannot look a coupon up by its code, may answer a creation with nothing but an
//! address, and wants the whole object back for a change while refusing parts of what it gave.
//! There is no start date and no proven way to bind a coupon to one customer: a secret code that
//! can be used once stands in for it. Called by the issuing of redemptions.

use reqwest::{Method, header};
use serde_json::value::RawValue;

use super::LojaIntegrada;
use super::answer::{accept, complains_of, detail, is_duplicate_code};
use super::coupon_body::{draft, expiry_day, switched_off};
use super::paging::Walk;
use super::wire::{end_of_validity, flag, own_id};
use crate::platform::http::Answer;
use crate::platform::record::{FieldError, Record};
use crate::platform::{Cents, Discount, NewCoupon, Page, PageToken, PlatformCoupon, PlatformError, RefusalReason};

const RESOURCE: &str = "cupom";

impl LojaIntegrada {
    pub(super) async fn coupon_page(&self, page: Option<&PageToken>) -> Result<Page<PlatformCoupon>, PlatformError> {
        let walk = page.map_or_else(|| Ok(self.walk(RESOURCE)), Walk::resume)?;
        let (page, next) = self.coupons_at(walk).await?;
        Ok(Page {
            next: next.map(|next| next.token()).transpose()?,
            ..page
        })
    }

    /// A page and the position behind it; the page's own `next` is left empty.
    async fn coupons_at(&self, walk: Walk) -> Result<(Page<PlatformCoupon>, Option<Walk>), PlatformError> {
        let listing = self.page(&walk).await?;
        let mut page = Page {
            items: Vec::new(),
            rejects: Vec::new(),
            next: None,
            total: listing.total,
        };
        for raw in &listing.rows {
            match coupon(raw) {
                Ok(found) => page.items.push(found),
                Err(error) => page.rejects.push(error.reject(raw, None)),
            }
        }
        Ok((page, walk.after(&listing, &[])))
    }

    /// Pages through all coupons: no filter by code is known, and their order is not by date.
    pub(super) async fn coupon_by_code(&self, code: &str) -> Result<Option<PlatformCoupon>, PlatformError> {
        let mut walk = Some(self.walk(RESOURCE));
        while let Some(here) = walk {
            let (page, next) = self.coupons_at(here).await?;
            if let Some(found) = page.items.into_iter().find(|found| is_same_code(&found.code, code)) {
                return Ok(Some(found));
            }
            walk = next;
        }
        Ok(None)
    }

    pub(super) async fn new_coupon(&self, wanted: &NewCoupon) -> Result<PlatformCoupon, PlatformError> {
        let mut body = draft(wanted);
        let mut answer = self.write(Method::POST, RESOURCE, &body).await?;
        if complains_of(&answer, "validade") && !is_duplicate_code(&answer) {
            // Some shops take only a day. Refused means that nothing was made.
            body["validade"] = expiry_day(wanted).into();
            answer = self.write(Method::POST, RESOURCE, &body).await?;
        }
        if is_duplicate_code(&answer) {
            return Err(PlatformError::Refused {
                reason: RefusalReason::DuplicateCode,
                detail: detail(&answer),
            });
        }
        let answer = accept(RESOURCE, answer)?;
        self.made_coupon(wanted, &answer).await
    }

    /// The coupon that a successful creation made, whatever the answer tells of it.
    async fn made_coupon(&self, wanted: &NewCoupon, answer: &Answer) -> Result<PlatformCoupon, PlatformError> {
        let is_wanted = |found: &PlatformCoupon| is_same_code(&found.code, &wanted.code);
        let body: Option<Box<RawValue>> = serde_json::from_str(&answer.body).ok();
        if let Some(found) = body.as_deref().and_then(|raw| coupon(raw).ok()).filter(is_wanted) {
            return Ok(found);
        }
        let named = body
            .as_deref()
            .and_then(|raw| Record::parse(raw).ok().and_then(|record| own_id(&record)));
        if let Some(id) = located_id(answer).or(named) {
            match self.coupon_by_id(&id).await.map(|raw| coupon(&raw)) {
                Ok(Ok(found)) if is_wanted(&found) => return Ok(found),
                Ok(_) | Err(PlatformError::NotFound { .. }) => {}
                // It was made; reading it back is only a confirmation.
                Err(_) => return Ok(as_wanted(wanted, id)),
            }
        }
        let lost = || PlatformError::Unknown {
            detail: "the coupon was accepted but is not in the list".to_owned(),
        };
        self.coupon_by_code(&wanted.code)
            .await
            .map_err(|_| lost())?
            .ok_or_else(lost)
    }

    async fn coupon_by_id(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        self.item(RESOURCE, id).await
    }

    pub(super) async fn switch_coupon_off(&self, code: &str) -> Result<(), PlatformError> {
        let found = self.coupon_by_code(code).await?;
        let found = found.ok_or_else(|| PlatformError::NotFound {
            what: "coupon with this code".to_owned(),
        })?;
        let raw = self.coupon_by_id(&found.external_id).await?;
        if is_off(&raw)? {
            return Ok(());
        }
        let body = switched_off(&raw, &found.code).map_err(unreadable)?;
        let sent = self
            .write(Method::PUT, &format!("{RESOURCE}/{}", found.external_id), &body)
            .await;
        let lost = match sent {
            Ok(answer) => accept(RESOURCE, answer).map(|_| None)?,
            // The change may have been made all the same: looking tells.
            Err(error @ PlatformError::Unknown { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        let is_off = is_off(&self.coupon_by_id(&found.external_id).await?)?;
        match (is_off, lost) {
            (true, _) => Ok(()),
            (false, Some(lost)) => Err(lost),
            (false, None) => Err(PlatformError::Refused {
                reason: RefusalReason::Other,
                detail: "the coupon is still active after it was switched off".to_owned(),
            }),
        }
    }
}

fn unreadable(error: FieldError) -> PlatformError {
    let field = error.field.unwrap_or_default();
    PlatformError::Malformed {
        detail: format!("the coupon's field '{field}' {}", error.message),
    }
}

fn is_off(raw: &RawValue) -> Result<bool, PlatformError> {
    let active = Record::parse(raw)
        .and_then(|record| record.read("ativo", flag))
        .map_err(unreadable)?;
    Ok(active != Some(true))
}

fn is_same_code(left: &str, right: &str) -> bool {
    left.trim().to_uppercase() == right.trim().to_uppercase()
}

/// The last number in the address of what was made.
fn located_id(answer: &Answer) -> Option<String> {
    let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
    let path = location.split(['?', '#']).next()?;
    let id = path
        .rsplit('/')
        .find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(id.to_owned())
}

/// What is known of a coupon that was made but could not be read back.
fn as_wanted(wanted: &NewCoupon, external_id: String) -> PlatformCoupon {
    PlatformCoupon {
        external_id,
        code: wanted.code.trim().to_uppercase(),
        description: Some(wanted.description.clone()),
        discount: Some(wanted.discount),
        minimum_order: None,
        valid_until: Some(wanted.valid_until),
        active: true,
        times_used: None,
    }
}

/// A coupon. Only its id and code are indispensable: a coupon that was found must never look
/// missing because something else about it is odd.
fn coupon(raw: &RawValue) -> Result<PlatformCoupon, FieldError> {
    let record = Record::parse(raw)?;
    let id = own_id(&record).ok_or_else(|| FieldError::new("id", "is missing: a coupon cannot be told without it"))?;
    let code = record
        .text("codigo")?
        .ok_or_else(|| FieldError::new("codigo", "is missing"))?;
    let exhausted = record.soft_text("quantidade").as_deref() == Some("0");
    Ok(PlatformCoupon {
        external_id: id,
        code,
        description: record.soft_text("descricao"),
        discount: discount(&record),
        minimum_order: minimum_order(&record),
        valid_until: record.soft_text("validade").as_deref().and_then(end_of_validity),
        active: record.read("ativo", flag).ok().flatten().unwrap_or(false) && !exhausted,
        times_used: record.soft_text("quantidade_usada").and_then(|text| text.parse().ok()),
    })
}

/// An empty text is none; what is not told, or cannot be read, is unknown.
fn minimum_order(record: &Record<'_>) -> Option<Cents> {
    if !record.has("valor_minimo") {
        return None;
    }
    record.money("valor_minimo").ok().map(Option::unwrap_or_default)
}

fn discount(record: &Record<'_>) -> Option<Discount> {
    let value = record.money("valor").ok().flatten();
    match record.soft_text("tipo")?.as_str() {
        "fixo" => value.map(Discount::Amount),
        "porcentagem" => value
            .and_then(|hundredths| u32::try_from(hundredths).ok())
            .map(Discount::Percent),
        "frete_gratis" => Some(Discount::FreeShipping),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn read(json: &str) -> Result<PlatformCoupon, FieldError> {
        coupon(&serde_json::from_str::<Box<RawValue>>(json).unwrap())
    }

    #[test]
    fn reads_back_what_the_platform_tells() {
        let found = read(
            r#"{"id": 330001, "codigo": "FIEL7XK2Q9", "descricao": "Resgate 5001", "tipo": "fixo", "valor": "20.0000",
                "valor_minimo": "", "limite_desconto": null, "quantidade": 1, "quantidade_usada": "1",
                "validade": "2026-12-31T23:59:59", "ativo": 1}"#,
        );
        assert_eq!(
            found.unwrap(),
            PlatformCoupon {
                external_id: "330001".to_owned(),
                code: "FIEL7XK2Q9".to_owned(),
                description: Some("Resgate 5001".to_owned()),
                discount: Some(Discount::Amount(2000)),
                minimum_order: Some(0),
                valid_until: Some("2027-01-01T02:59:59Z".parse().unwrap()),
                active: true,
                times_used: Some(1),
            }
        );
    }

    #[test]
    fn kinds_and_odd_values_never_hide_a_coupon() {
        for (json, discount, active) in [
            (
                r#"{"id":1,"codigo":"A","tipo":"porcentagem","valor":12.5,"ativo":true}"#,
                Some(Discount::Percent(1250)),
                true,
            ),
            (
                r#"{"id":1,"codigo":"A","tipo":"frete_gratis","valor":"","ativo":"0"}"#,
                Some(Discount::FreeShipping),
                false,
            ),
            (
                r#"{"id":1,"codigo":"A","tipo":"outro","valor":"x","quantidade":"0","ativo":true}"#,
                None,
                false,
            ),
            (r#"{"id":1,"codigo":"A","validade":"nunca"}"#, None, false),
        ] {
            let found = read(json).unwrap();
            assert_eq!((found.discount, found.active), (discount, active), "{json}");
        }
        assert_eq!(read(r#"{"id":1}"#).unwrap_err().field.as_deref(), Some("codigo"));
    }

    #[test]
    fn a_bare_date_ends_with_its_day() {
        let found = read(r#"{"id":1,"codigo":"A","validade":"2026-12-31"}"#).unwrap();
        assert_eq!(found.valid_until, Some("2027-01-01T02:59:59Z".parse().unwrap()));
    }
}
