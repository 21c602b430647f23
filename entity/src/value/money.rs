use std::ops::{Add, Sub};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// An amount of money in the minor unit of its currency (centavos of a real).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize,
)]
pub struct Cents(pub i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The amount as a decimal string with a point, for instance `1234.56`.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", value / 100, value % 100)
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Cents;

    #[test]
    fn decimals_keep_sign_and_two_digits() {
        assert_eq!(Cents(123_456).to_decimal(), "1234.56");
        assert_eq!(Cents(-5).to_decimal(), "-0.05");
        assert_eq!(Cents(0).to_decimal(), "0.00");
    }
}
