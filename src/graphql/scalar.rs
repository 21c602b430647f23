//! Scalars and small values of the API.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use entity::Cents;
use serde::Serialize;

use crate::domain::document::{Document as DocumentValue, DocumentKind};
use crate::domain::money_text;
use crate::graphql::in_place::{Plain, Told as _, Way};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Points(pub(super) i64);

/// A number of points. An integer; debits are negative.
#[Scalar]
impl ScalarType for Points {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Number(number) => number
                .as_i64()
                .map(Self)
                .ok_or_else(|| InputValueError::custom("points are an integer")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

impl From<entity::Points> for Points {
    fn from(points: entity::Points) -> Self {
        Self(points.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Decimal(pub(super) String);

/// A decimal number as a string with a point, for instance `"1234.56"`. Never a float.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if money_text::parse_machine(&text).is_some() => Ok(Self(text)),
            Value::String(_) => Err(InputValueError::custom("a decimal is a string such as \"20.00\"")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Date(pub(super) chrono::NaiveDate);

/// A calendar date, `YYYY-MM-DD`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Self(
                text.parse()
                    .map_err(|_| InputValueError::custom("a date is YYYY-MM-DD"))?,
            )),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.to_string())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url(pub(super) String);

/// An http or https address. Those of this server itself – `ExportRun.url`, `SalesUpload.url`, `CodesUpload.url` and
/// `Integration.hookUrl` – are paths that begin with `/` and stand behind the API's own origin.
#[Scalar(name = "URL")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(super) struct Money {
    /// The amount, as a decimal string with two digits after the point.
    amount: Decimal,
    /// ISO 4217 code.
    currency: String,
}

impl Plain for Money {
    fn way(field: &str) -> Way<Self> {
        match field {
            "amount" => Way::Written(|money, _, out| money.amount.told(out)),
            "currency" => Way::Written(|money, _, out| money.currency.as_str().told(out)),
            _ => Way::InTime,
        }
    }
}

impl Money {
    pub(super) fn new(cents: Cents, currency: &str) -> Self {
        Self {
            amount: Decimal(cents.to_decimal()),
            currency: currency.to_owned(),
        }
    }
}

/// What kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub(super) enum DocumentType {
    /// A person's.
    Cpf,
    /// A company's.
    Cnpj,
}

/// A Brazilian tax document.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct Document {
    /// CPF or CNPJ.
    kind: DocumentType,
    /// Normalised: 11 digits, or 14 characters of which the last two are digits.
    number: String,
    /// With its usual punctuation.
    formatted: String,
}

impl Document {
    /// A stored document.
    pub(super) fn parse(number: &str) -> Option<Self> {
        let document = DocumentValue::parse(number, None)?;
        Some(Self {
            kind: match document.kind() {
                DocumentKind::Cpf => DocumentType::Cpf,
                DocumentKind::Cnpj => DocumentType::Cnpj,
            },
            number: document.as_str().to_owned(),
            formatted: document.formatted(),
        })
    }
}
