//! What a product of the feed costs in points as a reward.

use entity::{Cents, Points};

/// Points that a product costs: so many for each 100.00 of its price, rounded up, at least one.
/// Rounded up so that a reward never costs less than it is worth.
pub fn product_points(price: Cents, points_per_hundred: i64) -> Points {
    let points = (i128::from(price.0.max(0)) * i128::from(points_per_hundred) + 9_999) / 10_000;
    Points(i64::try_from(points).unwrap_or(i64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_rounded_up_to_points() {
        assert_eq!(product_points(Cents(1_120), 2000), Points(224));
        assert_eq!(product_points(Cents(1_121), 100), Points(12));
        assert_eq!(product_points(Cents(0), 2000), Points(1));
    }
}
