//! `POST cupomDesconto` and `POST cupomCredito`: what must be in the body, what must not, and in
//! which order Magazord finds out.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    catalogue::SHOP_IDS,
    coupons::{self, CREDIT},
    switches::{CouponCase, Switches},
    wire::{self, BadTime},
};
use crate::sandbox::{
    exchange::Answer,
    world::{Coupon, World},
};

const LONGEST_CODE: usize = 32;
const LONGEST_TEXT: usize = 100;
const DUPLICATE: &str = "Já existe um cupom com este código.";

/// The fields that hold times, in the order in which [`times`] gives them.
pub(super) const TIME_FIELDS: [&str; 2] = ["validoDe", "validoAte"];

/// Why a body is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It breaks a rule.
    Invalid(String),
    /// The code exists.
    Duplicate,
    /// It makes the platform stumble.
    Stumble,
}

impl Refusal {
    /// The refusal as the switches want it.
    pub(super) fn answer(&self, switches: Switches) -> Answer {
        match self {
            Self::Invalid(message) => wire::error(switches, switches.invalid_body.status(), message),
            Self::Duplicate if switches.errors_as_200 => wire::error(switches, 422, DUPLICATE),
            Self::Duplicate => wire::error_as(switches.duplicate_body, switches.duplicate_coupon.status(), DUPLICATE),
            Self::Stumble => wire::error(switches, 500, "Internal Server Error"),
        }
    }
}

/// Which of the two calls a body came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// `cupomDesconto`.
    Discount,
    /// `cupomCredito`.
    Credit,
}

/// Creates a coupon or says why not.
pub(super) fn create(world: &mut World, switches: Switches, call: Call, body: &Value) -> Answer {
    match read(world, switches, call, body) {
        Ok(coupon) => {
            let id = world.add_coupon(coupon);
            let created = world.coupons.iter().find(|coupon| coupon.id == id);
            let shown = created.map_or(Value::Null, |coupon| coupons::whole(world, switches, coupon));
            wire::single(201, shown)
        }
        Err(refusal) => refusal.answer(switches),
    }
}

fn read(world: &World, switches: Switches, call: Call, body: &Value) -> Result<Coupon, Refusal> {
    let [valid_from, valid_until] = times(body)?;
    let required: &[&str] = match call {
        Call::Discount => &["descricao", "loja", "tipoDesconto", "valorDesconto", "tipoLimite"],
        Call::Credit => &["descricao", "loja", "pessoa", "valorDesconto"],
    };
    if let Some(name) = required.iter().find(|name| body.get(**name).is_none_or(Value::is_null)) {
        return Err(invalid(&format!("O campo {name} é obrigatório.")));
    }
    if matches!((valid_from, valid_until), (Some(from), Some(until)) if from > until) {
        return Err(invalid("validoDe é posterior a validoAte."));
    }
    let code = read_code(world, switches, body)?;
    for name in ["descricao", "observacaoCliente"] {
        if body[name]
            .as_str()
            .is_some_and(|text| text.chars().count() > LONGEST_TEXT)
        {
            return Err(invalid(&format!(
                "O campo {name} tem no máximo {LONGEST_TEXT} caracteres."
            )));
        }
    }
    let shop_id = body["loja"].as_u64().filter(|shop| SHOP_IDS.contains(shop));
    let shop_id = shop_id.ok_or_else(|| invalid("loja inválida."))?;
    let kind = read_kind(call, body)?;
    let value = wire::read_cents(&body["valorDesconto"]).filter(|value| *value > 0);
    let value = value.ok_or_else(|| invalid("valorDesconto inválido."))?;
    if kind == 2 && value > 10_000 {
        return Err(invalid("valorDesconto acima de 100%."));
    }
    Ok(Coupon {
        id: 0,
        code,
        amount_cents: (kind != 2).then_some(value),
        basis_points: (kind == 2).then_some(value),
        minimum_cents: read_minimum(body)?,
        valid_from,
        valid_until,
        person: read_person(world, body)?,
        shop_id: Some(shop_id),
        active: true,
        created_at: Some(world.now),
        uses: Vec::new(),
        own: own_fields(kind, read_limit(call, body)?, body),
    })
}

fn invalid(message: &str) -> Refusal {
    Refusal::Invalid(message.to_owned())
}

/// The times of a body. Fractions of a second make the platform stumble before it looks at
/// anything else.
pub(super) fn times(body: &Value) -> Result<[Option<DateTime<Utc>>; 2], Refusal> {
    let utc = chrono::Offset::fix(&Utc);
    let mut read = [None; 2];
    for (slot, name) in read.iter_mut().zip(TIME_FIELDS) {
        let Some(text) = body.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        *slot = match wire::read_time(text.as_str().unwrap_or_default(), utc) {
            Ok(instant) => Some(instant.at),
            Err(BadTime::Fraction) => return Err(Refusal::Stumble),
            Err(BadTime::Unreadable) => return Err(invalid(&format!("{name} inválido."))),
        };
    }
    Ok(read)
}

fn read_code(world: &World, switches: Switches, body: &Value) -> Result<String, Refusal> {
    let Some(code) = body["codigo"].as_str().filter(|code| !code.is_empty()) else {
        return Ok(format!("MZ{:06}", world.coupons.len() + 1));
    };
    if code.chars().count() > LONGEST_CODE {
        return Err(invalid(&format!(
            "O campo codigo tem no máximo {LONGEST_CODE} caracteres."
        )));
    }
    let same = |other: &str| match switches.coupon_case {
        CouponCase::Insensitive => other.eq_ignore_ascii_case(code),
        CouponCase::Sensitive => other == code,
    };
    if world.coupons.iter().any(|coupon| same(&coupon.code)) {
        return Err(Refusal::Duplicate);
    }
    Ok(code.to_owned())
}

/// The minimum may be missing but not null.
fn read_minimum(body: &Value) -> Result<i64, Refusal> {
    match body.get("valorMinimoPedido") {
        None => Ok(0),
        Some(value) => wire::read_cents(value)
            .filter(|cents| *cents >= 0)
            .ok_or_else(|| invalid("valorMinimoPedido não pode ser nulo.")),
    }
}

fn read_person(world: &World, body: &Value) -> Result<Option<usize>, Refusal> {
    match body.get("pessoa").filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(id) => {
            let index = id.as_u64().and_then(|id| world.person_by_id(id));
            index.map(Some).ok_or_else(|| invalid("pessoa inválida."))
        }
    }
}

fn read_kind(call: Call, body: &Value) -> Result<u64, Refusal> {
    match (call, body["tipoDesconto"].as_u64()) {
        (Call::Credit, _) => Ok(CREDIT),
        (Call::Discount, Some(kind @ 1..=2)) => Ok(kind),
        (Call::Discount, _) => Err(invalid("tipoDesconto deve ser 1 ou 2.")),
    }
}

fn read_limit(call: Call, body: &Value) -> Result<u64, Refusal> {
    const ONCE_OVERALL: u64 = 3;
    match (call, body["tipoLimite"].as_u64()) {
        (Call::Credit, _) => Ok(ONCE_OVERALL),
        (Call::Discount, Some(limit @ 1..=8)) => Ok(limit),
        (Call::Discount, _) => Err(invalid("tipoLimite inválido.")),
    }
}

fn own_fields(kind: u64, limit: u64, body: &Value) -> Map<String, Value> {
    let given = |name: &str| body.get(name).cloned().unwrap_or_default();
    let payment_discounts = body
        .get("aplicarDescontoFormaPagamento")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    super::people::object(json!({
        "descricao": given("descricao"), "observacaoCliente": given("observacaoCliente"), "tipoDesconto": kind,
        "tipoLimite": limit, "valorLimite": given("valorLimite"), "aplicaDescontosFp": payment_discounts,
    }))
}
