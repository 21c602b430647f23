//! What is sent to create or end a coupon. Amounts are written digit by digit, never by a float.

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::value::RawValue;

use super::dates;
use crate::platform::{Cents, Discount, NewCoupon, PlatformError, RefusalReason};

const LONGEST_CODE: usize = 32;
const LONGEST_DESCRIPTION: usize = 100;
const AMOUNT: u8 = 1;
const PERCENT: u8 = 2;
/// `tipoLimite`: may be used once, by whomever it is for.
const ONCE_OVERALL: u8 = 3;
/// The platform may read a `Z` as the time of Brasília, three hours later: a coupon that begins
/// earlier works at once either way.
const ZONE_DOUBT_HOURS: i64 = 3;

/// The body of a creation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Creation {
    codigo: String,
    descricao: String,
    loja: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pessoa: Option<u64>,
    tipo_desconto: u8,
    valor_desconto: Box<RawValue>,
    tipo_limite: u8,
    valido_de: String,
    valido_ate: String,
    valor_minimo_pedido: Box<RawValue>,
}

/// The body that ends a coupon: its validity is moved into the past, since `ativo` cannot be set.
/// Both ends are moved, so that they stay in order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ending {
    loja: u64,
    valido_de: &'static str,
    valido_ate: &'static str,
}

impl Ending {
    pub(super) fn new(shop: Option<&str>) -> Result<Self, PlatformError> {
        Ok(Self {
            loja: shop_number(shop)?,
            valido_de: "2000-01-01T00:00:00Z",
            valido_ate: "2000-01-02T00:00:00Z",
        })
    }
}

impl Creation {
    /// The body for a coupon of this shop. What the platform is known to refuse is refused here.
    pub(super) fn new(coupon: &NewCoupon, shop: Option<&str>) -> Result<Self, PlatformError> {
        if coupon.code.trim().is_empty() || coupon.code.chars().count() > LONGEST_CODE {
            return Err(refused("a coupon's code has 1 to 32 characters"));
        }
        let (tipo_desconto, hundredths) = match coupon.discount {
            Discount::Amount(cents) if cents > 0 => (AMOUNT, cents),
            Discount::Percent(hundredths) if (1..=10_000).contains(&hundredths) => (PERCENT, Cents::from(hundredths)),
            Discount::Amount(_) | Discount::Percent(_) => {
                return Err(refused("the discount is not above zero, or above 100 %"));
            }
            Discount::FreeShipping => {
                let detail = "coupons with free shipping cannot be created".to_owned();
                return Err(PlatformError::Unsupported { detail });
            }
        };
        let begin = coupon.valid_from - TimeDelta::hours(ZONE_DOUBT_HOURS);
        Ok(Self {
            codigo: coupon.code.trim().to_owned(),
            descricao: coupon.description.chars().take(LONGEST_DESCRIPTION).collect(),
            loja: shop_number(shop)?,
            pessoa: coupon
                .customer_external_id
                .as_deref()
                .and_then(|id| id.trim().parse().ok()),
            tipo_desconto,
            valor_desconto: number(hundredths)?,
            tipo_limite: ONCE_OVERALL,
            valido_de: dates::with_z(begin),
            valido_ate: dates::with_z(coupon.valid_until),
            // Null is refused; zero means none.
            valor_minimo_pedido: number(coupon.minimum_order.unwrap_or_default().max(0))?,
        })
    }
}

fn shop_number(shop: Option<&str>) -> Result<u64, PlatformError> {
    shop.and_then(|shop| shop.parse().ok())
        .ok_or_else(|| refused("the shop to import from must be chosen first"))
}

/// Hundredths as a JSON number with two decimals; whole ones without.
fn number(hundredths: Cents) -> Result<Box<RawValue>, PlatformError> {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    let text = if part == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{part:02}")
    };
    RawValue::from_string(text).map_err(|_| refused("the amount cannot be written"))
}

fn refused(detail: &str) -> PlatformError {
    PlatformError::Refused {
        reason: RefusalReason::InvalidValue,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed conversion is a failed test")]
    use super::*;

    fn coupon(discount: Discount) -> NewCoupon {
        NewCoupon {
            code: "FIDEL-0001".into(),
            description: "é".repeat(150),
            discount,
            minimum_order: None,
            valid_from: "2026-01-10T03:00:00.123Z".parse().unwrap(),
            valid_until: "2026-04-11T02:59:59.999Z".parse().unwrap(),
            customer_external_id: Some("4321".into()),
            shop_id: None,
        }
    }

    fn body(coupon: &NewCoupon) -> String {
        serde_json::to_string(&Creation::new(coupon, Some("1")).unwrap()).unwrap()
    }

    #[test]
    fn a_creation_has_what_the_platform_demands() {
        let text = body(&coupon(Discount::Amount(1_805)));
        assert_eq!(
            text.replace(&"é".repeat(100), "D"),
            r#"{"codigo":"FIDEL-0001","descricao":"D","loja":1,"pessoa":4321,"tipoDesconto":1,"valorDesconto":18.05,"tipoLimite":3,"validoDe":"2026-01-10T00:00:00Z","validoAte":"2026-04-11T02:59:59Z","valorMinimoPedido":0}"#
        );
        let percent = NewCoupon {
            minimum_order: Some(5_000),
            customer_external_id: None,
            ..coupon(Discount::Percent(1_250))
        };
        let text = body(&percent);
        assert!(
            text.contains(r#""tipoDesconto":2,"valorDesconto":12.50,"#) && text.contains(r#""valorMinimoPedido":50"#),
            "{text}"
        );
        assert!(!text.contains("pessoa"));
    }

    #[test]
    fn what_cannot_be_is_refused_before_it_is_sent() {
        assert!(matches!(
            Creation::new(&coupon(Discount::FreeShipping), Some("1")),
            Err(PlatformError::Unsupported { .. })
        ));
        for (coupon, shop) in [
            (coupon(Discount::Amount(0)), Some("1")),
            (coupon(Discount::Percent(10_001)), Some("1")),
            (coupon(Discount::Amount(100)), None),
            (
                NewCoupon {
                    code: "X".repeat(33),
                    ..coupon(Discount::Amount(100))
                },
                Some("1"),
            ),
        ] {
            assert!(
                matches!(Creation::new(&coupon, shop), Err(PlatformError::Refused { .. })),
                "{coupon:?}"
            );
        }
    }
}
