//! The bodies that create and change a coupon.
//!
//! A body sent is stricter than a body received: every required field, amounts as decimal text, no
//! null and no empty text. Only writes bodies; sending them is the business of `coupons`.

use chrono_tz::America::Sao_Paulo;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::wire::{brasilia, end_of_validity};
use crate::platform::record::scalar;
use crate::platform::record::{FieldError, Record};
use crate::platform::{Cents, Discount, NewCoupon};

/// Fields that the platform tells but does not take.
const READ_ONLY: [&str; 5] = [
    "id",
    "resource_uri",
    "data_criacao",
    "data_modificacao",
    "quantidade_usada",
];

/// The body that creates a coupon for one single use.
pub(super) fn draft(wanted: &NewCoupon) -> Value {
    let (kind, value) = match wanted.discount {
        Discount::Amount(cents) => ("fixo", cents),
        Discount::Percent(hundredths) => ("porcentagem", Cents::from(hundredths)),
        Discount::FreeShipping => ("frete_gratis", 0),
    };
    let code = wanted.code.trim().to_uppercase();
    let description = wanted.description.trim();
    let mut body = json!({
        "codigo": code,
        "descricao": if description.is_empty() { code.as_str() } else { description },
        "tipo": kind,
        "valor": decimal(value),
        "quantidade": 1,
        "quantidade_por_cliente": 1,
        "validade": brasilia(wanted.valid_until),
        "ativo": true,
        "cumulativo": false,
        "aplicar_no_total": false,
        "condicao_cliente": "todos_clientes",
        "condicao_produto": "todos_produtos",
    });
    // It is not known whether a discount larger than the order is capped: none may be larger.
    let minimum = match wanted.discount {
        Discount::Amount(cents) => Some(wanted.minimum_order.unwrap_or(0).max(cents)),
        Discount::Percent(_) | Discount::FreeShipping => wanted.minimum_order.filter(|cents| *cents > 0),
    };
    if let Some(cents) = minimum {
        body["valor_minimo"] = decimal(cents).into();
    }
    body
}

/// The day after the last one of validity, for shops that refuse a time of day: it is not known
/// whether a coupon ends when its day begins or when it ends, and none may end before it was promised.
pub(super) fn expiry_day(wanted: &NewCoupon) -> String {
    let last = wanted.valid_until.with_timezone(&Sao_Paulo).date_naive();
    last.succ_opt().unwrap_or(last).to_string()
}

/// The body that makes an existing coupon unusable: all that was told of it, in the forms that are
/// taken, and `ativo` false.
pub(super) fn switched_off(raw: &RawValue, code: &str) -> Result<Value, FieldError> {
    let mut body = Map::new();
    for (key, raw) in Record::parse(raw)?.fields() {
        if READ_ONLY.contains(&key) || is_empty(raw) {
            continue;
        }
        body.insert(key.to_owned(), sendable(key, raw)?);
    }
    for (key, default) in [
        ("codigo", code),
        ("descricao", code),
        ("valor", "0.00"),
        ("condicao_cliente", "todos_clientes"),
        ("condicao_produto", "todos_produtos"),
    ] {
        body.entry(key).or_insert_with(|| default.into());
    }
    body.entry("quantidade").or_insert_with(|| 0.into());
    body.insert("ativo".to_owned(), false.into());
    Ok(Value::Object(body))
}

fn is_empty(raw: &RawValue) -> bool {
    matches!(raw.get(), "null" | "[]" | "{}") || matches!(scalar(raw), Ok(None))
}

fn sendable(key: &str, raw: &RawValue) -> Result<Value, FieldError> {
    let text = || {
        scalar(raw)
            .map(Option::unwrap_or_default)
            .map_err(|message| FieldError::new(key, message))
    };
    Ok(match key {
        // Digit by digit, so that no amount passes through a float.
        "valor" | "valor_minimo" | "limite_desconto" => text()?.into(),
        "validade" => {
            let told = text()?;
            if told.contains([' ', 'T']) {
                end_of_validity(&told).map(brasilia).unwrap_or(told)
            } else {
                told
            }
            .into()
        }
        "cumulativo" | "aplicar_no_total" => match raw.get() {
            "1" | "\"1\"" | "true" => true.into(),
            _ => false.into(),
        },
        _ => serde_json::from_str(raw.get()).map_err(|_| FieldError::new(key, "cannot be read"))?,
    })
}

fn decimal(hundredths: Cents) -> String {
    format!("{}.{:02}", hundredths / 100, (hundredths % 100).abs())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn wanted(discount: Discount, minimum_order: Option<Cents>) -> NewCoupon {
        NewCoupon {
            code: "fiel7xk2q9".to_owned(),
            description: "Resgate 5001".to_owned(),
            discount,
            minimum_order,
            valid_from: "2026-10-20T12:00:00Z".parse().unwrap(),
            valid_until: "2027-01-01T02:59:59Z".parse().unwrap(),
            customer_external_id: None,
            shop_id: None,
        }
    }

    #[test]
    fn drafts_a_coupon_for_one_use() {
        assert_eq!(
            draft(&wanted(Discount::Amount(2000), Some(6000))),
            json!({
                "codigo": "FIEL7XK2Q9", "descricao": "Resgate 5001", "tipo": "fixo", "valor": "20.00",
                "valor_minimo": "60.00", "quantidade": 1, "quantidade_por_cliente": 1,
                "validade": "2026-12-31T23:59:59", "ativo": true, "cumulativo": false, "aplicar_no_total": false,
                "condicao_cliente": "todos_clientes", "condicao_produto": "todos_produtos"
            })
        );
        assert_eq!(expiry_day(&wanted(Discount::FreeShipping, None)), "2027-01-01");
    }

    #[test]
    fn the_minimum_is_never_below_a_fixed_amount() {
        for (discount, minimum, kind, value, sent) in [
            (Discount::Amount(2005), None, "fixo", "20.05", Some("20.05")),
            (Discount::Amount(2000), Some(100), "fixo", "20.00", Some("20.00")),
            (Discount::Percent(1250), None, "porcentagem", "12.50", None),
            (Discount::Percent(1000), Some(100), "porcentagem", "10.00", Some("1.00")),
            (Discount::FreeShipping, None, "frete_gratis", "0.00", None),
        ] {
            let body = draft(&wanted(discount, minimum));
            assert_eq!(
                (body["tipo"].as_str(), body["valor"].as_str()),
                (Some(kind), Some(value))
            );
            assert_eq!(body.get("valor_minimo").and_then(Value::as_str), sent);
        }
    }

    #[test]
    fn what_was_told_is_sent_back_in_the_forms_that_are_taken() {
        let told = r#"{"id": 330001, "id_externo": null, "codigo": "A1", "descricao": "Resgate", "tipo": "fixo",
            "valor": 20.10, "valor_minimo": "", "limite_desconto": null, "quantidade": 1, "quantidade_usada": 0,
            "quantidade_por_cliente": 1, "validade": "2026-12-31 23:59:59.000000", "ativo": "1", "cumulativo": 0,
            "condicao_cliente": "grupos_selecionados", "condicao_produto": "todos_produtos", "clientes": [],
            "grupos": ["12"], "data_criacao": "2026-10-20T10:00:00", "resource_uri": "/api/v1/cupom/330001"}"#;
        let raw: Box<RawValue> = serde_json::from_str(told).unwrap();
        assert_eq!(
            switched_off(&raw, "A1").unwrap(),
            json!({
                "codigo": "A1", "descricao": "Resgate", "tipo": "fixo", "valor": "20.10", "quantidade": 1,
                "quantidade_por_cliente": 1, "validade": "2026-12-31T23:59:59", "ativo": false, "cumulativo": false,
                "condicao_cliente": "grupos_selecionados", "condicao_produto": "todos_produtos", "grupos": ["12"]
            })
        );
    }
}
