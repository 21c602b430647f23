//! The rules by which the platform takes a coupon in.
//!
//! Strict where the platform is known to be strict or where it is not known at all, so that what
//! passes here passes there. The first bad field is the one that is named.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    super::exchange::Answer,
    refuse::invalid,
    shop::GROUPS,
    switches::{Acceptance, BareValidity, Switches},
    terms::{Kind, Scope, Terms, number_of},
    wire,
};

const LONGEST_CODE: usize = 32;
const HUNDRED_PERCENT: i64 = 1_000_000;

/// Whether a body creates a coupon or replaces one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Replace,
}

/// A body that was taken in.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) code: String,
    pub(super) active: bool,
    pub(super) terms: Terms,
}

/// Takes a body in, or refuses it because of its first bad field.
pub(super) fn read(
    body: &Map<String, Value>,
    purpose: Purpose,
    now: DateTime<Utc>,
    switches: &Switches,
) -> Result<Wanted, Answer> {
    let body = Body { fields: body, switches };
    if purpose == Purpose::Replace {
        body.whole()?;
    }
    let code = body.text("codigo")?.to_uppercase();
    if code.chars().count() > LONGEST_CODE || code.contains(char::is_whitespace) {
        return body.bad("codigo", "use no máximo 32 caracteres, sem espaços.");
    }
    let kind = body.one_of("tipo", &[Kind::Porcentagem, Kind::Fixo, Kind::FreteGratis])?;
    let value = match body.decimal("valor")? {
        None if kind != Kind::FreteGratis => return body.bad("valor", "este campo é obrigatório."),
        value => value.unwrap_or_default(),
    };
    if kind == Kind::Porcentagem && value > HUNDRED_PERCENT {
        return body.bad("valor", "a porcentagem não pode passar de 100.");
    }
    let mut terms = Terms::new(body.text("descricao")?, kind, value, now);
    terms.minimum = body.decimal("valor_minimo")?;
    terms.cap = body.decimal("limite_desconto")?;
    terms.quantity = match body.integer("quantidade")? {
        Some(quantity) => quantity,
        None => return body.bad("quantidade", "este campo é obrigatório."),
    };
    terms.per_customer = body.integer("quantidade_por_cliente")?.unwrap_or_default();
    terms.valid_until = body.validity(purpose)?;
    terms.cumulative = body.flag("cumulativo")?;
    terms.on_total = body.flag("aplicar_no_total")?;
    body.scopes(&mut terms)?;
    terms.external_id = body
        .fields
        .get("id_externo")
        .filter(|id| id.is_string() || id.is_i64())
        .cloned();
    Ok(Wanted {
        code,
        active: body.flag("ativo")?,
        terms,
    })
}

/// A flag as senders write it.
pub(super) fn read_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => [false, true].into_iter().nth(usize::try_from(number.as_u64()?).ok()?),
        Value::String(text) => [("0", false), ("1", true), ("false", false), ("true", true)]
            .into_iter()
            .find_map(|(name, value)| (name == text).then_some(value)),
        _ => None,
    }
}

struct Body<'a> {
    fields: &'a Map<String, Value>,
    switches: &'a Switches,
}

impl Body<'_> {
    fn bad<T>(&self, field: &str, text: &str) -> Result<T, Answer> {
        Err(invalid(self.switches, field, text))
    }

    /// A replacement has every field and none that only the platform writes.
    fn whole(&self) -> Result<(), Answer> {
        let read_only = [
            "id",
            "resource_uri",
            "data_criacao",
            "data_modificacao",
            "quantidade_usada",
        ];
        if let Some(field) = read_only.into_iter().find(|field| self.fields.contains_key(*field)) {
            return self.bad(field, "este campo é somente leitura.");
        }
        match self.fields.get("ativo") {
            Some(_) => Ok(()),
            None => self.bad("ativo", "este campo é obrigatório."),
        }
    }

    fn text(&self, field: &str) -> Result<String, Answer> {
        match self.fields.get(field).and_then(Value::as_str).map(str::trim) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => self.bad(field, "este campo é obrigatório."),
        }
    }

    /// One of an enumeration's names; there is no default.
    fn one_of<T: Serialize + Copy>(&self, field: &str, known: &[T]) -> Result<T, Answer> {
        let given = self.fields.get(field);
        let found = known
            .iter()
            .find(|one| serde_json::to_value(one).ok().as_ref() == given);
        match found {
            Some(one) => Ok(*one),
            None => self.bad(field, "valor inexistente ou não informado."),
        }
    }

    /// Absent is `None`; `null` and `""` are not accepted.
    fn decimal(&self, field: &str) -> Result<Option<i64>, Answer> {
        let text = match self.fields.get(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return self.bad(field, "informe um número decimal."),
        };
        let value = text.parse::<Decimal>().ok().filter(|value| !value.is_sign_negative());
        let value = value.and_then(|value| value.checked_mul(Decimal::from(10_000)));
        match value
            .filter(|value| value.fract().is_zero())
            .and_then(|value| value.to_i64())
        {
            Some(value) => Ok(Some(value)),
            None => self.bad(field, "informe um número decimal."),
        }
    }

    fn integer(&self, field: &str) -> Result<Option<i64>, Answer> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().filter(|value| *value >= 0) {
                Some(value) => Ok(Some(value)),
                None => self.bad(field, "informe um número inteiro."),
            },
        }
    }

    fn flag(&self, field: &str) -> Result<bool, Answer> {
        match self.fields.get(field).map(read_flag) {
            None => Ok(false),
            Some(Some(value)) => Ok(value),
            Some(None) => self.bad(field, "informe true ou false."),
        }
    }

    fn validity(&self, purpose: Purpose) -> Result<Option<NaiveDateTime>, Answer> {
        let text = match self.fields.get("validade") {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value.as_str().unwrap_or_default(),
        };
        match wire::read_date(text) {
            Some((_, Some(_)))
                if purpose == Purpose::Create && self.switches.datetime_validity == Acceptance::Refused =>
            {
                self.bad("validade", "use o formato AAAA-MM-DD.")
            }
            Some((_, Some(whole))) => Ok(Some(whole)),
            Some((day, None)) => {
                let last = match self.switches.bare_validity {
                    BareValidity::EndOfDay => NaiveTime::from_hms_opt(23, 59, 59),
                    BareValidity::StartOfDay => None,
                };
                Ok(Some(day.and_time(last.unwrap_or(NaiveTime::MIN))))
            }
            None => self.bad("validade", "formato de data inválido."),
        }
    }

    /// The two conditions and the lists that go with them.
    fn scopes(&self, terms: &mut Terms) -> Result<(), Answer> {
        let customers = [
            Scope::TodosClientes,
            Scope::GruposSelecionados,
            Scope::ClientesSelecionados,
        ];
        let products = [
            Scope::TodosProdutos,
            Scope::CategoriasSelecionadas,
            Scope::ProdutosSelecionados,
        ];
        terms.customers = self.one_of("condicao_cliente", &customers)?;
        terms.products = self.one_of("condicao_produto", &products)?;
        terms.clients = self.list("clientes")?;
        terms.groups = self.list("grupos")?;
        terms.goods = self.list("produtos")?;
        terms.categories = self.list("categorias")?;
        let known = |id: &Value| GROUPS.iter().any(|(known, _)| number_of(id) == Some(*known));
        if !terms.groups.iter().all(known) {
            return self.bad("grupos", "grupo inexistente.");
        }
        let paired = [
            (terms.customers == Scope::GruposSelecionados, "grupos", &terms.groups),
            (
                terms.customers == Scope::ClientesSelecionados,
                "clientes",
                &terms.clients,
            ),
            (
                terms.products == Scope::CategoriasSelecionadas,
                "categorias",
                &terms.categories,
            ),
            (terms.products == Scope::ProdutosSelecionados, "produtos", &terms.goods),
        ];
        match paired.into_iter().find(|(needed, _, list)| *needed && list.is_empty()) {
            Some((_, field, _)) => self.bad(field, "informe ao menos um."),
            None => Ok(()),
        }
    }

    fn list(&self, field: &str) -> Result<Vec<Value>, Answer> {
        match self.fields.get(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(ids)) if ids.iter().all(|id| number_of(id).is_some()) => Ok(ids.clone()),
            Some(_) => self.bad(field, "informe uma lista de ids."),
        }
    }
}
