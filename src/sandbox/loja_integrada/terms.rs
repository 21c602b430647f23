//! What the platform knows of a coupon beyond its code, as it is kept with the world's coupon.
//!
//! Decimals are integers of ten-thousandths. How a body becomes terms is the business of
//! `coupon_body`, how they look on the wire that of `coupons`.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{super::world::Coupon, wire};

/// `tipo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Porcentagem,
    Fixo,
    FreteGratis,
}

/// `condicao_cliente` and `condicao_produto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scope {
    TodosClientes,
    GruposSelecionados,
    ClientesSelecionados,
    TodosProdutos,
    CategoriasSelecionadas,
    ProdutosSelecionados,
}

/// A coupon's own fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) value: i64,
    pub(super) minimum: Option<i64>,
    pub(super) cap: Option<i64>,
    pub(super) quantity: i64,
    pub(super) per_customer: i64,
    /// Brasília's wall clock.
    pub(super) valid_until: Option<NaiveDateTime>,
    pub(super) cumulative: bool,
    pub(super) on_total: bool,
    pub(super) customers: Scope,
    pub(super) products: Scope,
    pub(super) clients: Vec<Value>,
    pub(super) groups: Vec<Value>,
    pub(super) goods: Vec<Value>,
    pub(super) categories: Vec<Value>,
    pub(super) external_id: Option<Value>,
    pub(super) created: DateTime<Utc>,
    pub(super) changed: DateTime<Utc>,
}

impl Terms {
    /// For everybody and everything, with nothing to use up yet.
    pub(super) fn new(description: String, kind: Kind, value: i64, now: DateTime<Utc>) -> Self {
        Self {
            description,
            kind,
            value,
            minimum: None,
            cap: None,
            quantity: 0,
            per_customer: 0,
            valid_until: None,
            cumulative: false,
            on_total: false,
            customers: Scope::TodosClientes,
            products: Scope::TodosProdutos,
            clients: Vec::new(),
            groups: Vec::new(),
            goods: Vec::new(),
            categories: Vec::new(),
            external_id: None,
            created: now,
            changed: now,
        }
    }

    /// The terms kept with a coupon.
    pub(super) fn of(coupon: &Coupon) -> Option<Self> {
        serde_json::from_value(Value::Object(coupon.own.clone())).ok()
    }

    /// A coupon of the world with these terms.
    pub(super) fn coupon(&self, code: String, active: bool) -> Coupon {
        Coupon {
            code,
            amount_cents: (self.kind == Kind::Fixo).then_some(self.value / 100),
            basis_points: (self.kind == Kind::Porcentagem).then_some(self.value / 100),
            minimum_cents: self.minimum.unwrap_or_default() / 100,
            valid_until: self.valid_until.map(wire::instant),
            active,
            created_at: Some(self.created),
            own: wire::fields(serde_json::to_value(self).unwrap_or_default()),
            ..Coupon::default()
        }
    }
}

/// Has a coupon's terms follow what was changed of the coupon.
pub(super) fn follow(coupon: &mut Coupon) {
    let Some(mut terms) = Terms::of(coupon) else { return };
    match terms.kind {
        Kind::Fixo => terms.value = coupon.amount_cents.unwrap_or_default() * 100,
        Kind::Porcentagem => terms.value = coupon.basis_points.unwrap_or_default() * 100,
        Kind::FreteGratis => {}
    }
    terms.minimum = Some(coupon.minimum_cents * 100).filter(|minimum| *minimum > 0);
    terms.valid_until = coupon.valid_until.map(wire::local);
    coupon.own = terms.coupon(String::new(), coupon.active).own;
}

/// An id that is a number, or the text of one, or an address that ends in one.
pub(super) fn number_of(id: &Value) -> Option<u64> {
    match id {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim_end_matches('/').rsplit('/').next()?.parse().ok(),
        _ => None,
    }
}
