//! What a merchant may fill in when connecting a platform. Every problem is found at once.

use entity::order_status::StatusClass;
use url::Url;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as the API's input names it.
    pub field: &'static str,
    /// A stable code for it.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Problem {
    fn new(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            code,
            message: message.into(),
        }
    }
}

/// Longest validity of a coupon, in days.
pub const MAX_VALIDITY_DAYS: i32 = 3650;

/// Checks an address that a merchant typed: http or https, with a host, without a password.
pub fn check_url(field: &'static str, text: &str) -> Result<String, Problem> {
    let wrong = |message: &str| Problem::new(field, "INVALID_URL", message);
    let url = Url::parse(text.trim()).map_err(|_| {
        wrong("this is not an address; it must begin with https:// or http://, for instance https://www.loja.com.br")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the address must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the address must not contain a user name or password"));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() && text.len() <= 2000 => Ok(url.to_string()),
        _ => Err(wrong("the address must name a host and have at most 2000 characters")),
    }
}

/// Checks the validity of coupons.
pub fn check_validity(field: &'static str, days: i32) -> Result<i32, Problem> {
    if (1..=MAX_VALIDITY_DAYS).contains(&days) {
        Ok(days)
    } else {
        Err(Problem::new(
            field,
            "OUT_OF_RANGE",
            format!("must be 1 to {MAX_VALIDITY_DAYS} days; 365 is usual"),
        ))
    }
}

/// Checks how far back the first import goes.
pub fn check_days_back(days: i32) -> Result<i32, Problem> {
    if (1..=730).contains(&days) {
        Ok(days)
    } else {
        Err(Problem::new(
            "importDaysBack",
            "OUT_OF_RANGE",
            "must be 1 to 730 days; 30 is usual",
        ))
    }
}

/// Checks what products cost as rewards.
pub fn check_reward_rate(rate: i32) -> Result<i32, Problem> {
    if (1..=1_000_000).contains(&rate) {
        Ok(rate)
    } else {
        Err(Problem::new(
            "rewardPointsPerHundred",
            "OUT_OF_RANGE",
            "must be 1 to 1000000 points for 100.00 of price; 2000 makes a product cost 20 points per real",
        ))
    }
}

/// Cleans a list of SKUs: trimmed, none empty, each once.
pub fn check_skus(skus: &[String]) -> Result<Vec<String>, Problem> {
    let mut clean: Vec<String> = Vec::with_capacity(skus.len());
    for sku in skus.iter().map(|sku| sku.trim()).filter(|sku| !sku.is_empty()) {
        if sku.len() > 100 {
            return Err(Problem::new(
                "rewardSkus",
                "TOO_LONG",
                "a SKU has at most 100 characters",
            ));
        }
        if !clean.iter().any(|known| known == sku) {
            clean.push(sku.to_owned());
        }
    }
    if clean.len() > 10_000 {
        return Err(Problem::new(
            "rewardSkus",
            "TOO_MANY",
            "at most 10000 SKUs; leave the list empty to offer the feed",
        ));
    }
    Ok(clean)
}

/// Checks the statuses that award points against the shop's catalogue.
pub fn check_statuses(
    chosen: &[String],
    catalogue: &[(String, String, StatusClass)],
) -> Result<Vec<String>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut clean: Vec<String> = Vec::new();
    for code in chosen {
        match catalogue.iter().find(|(known, ..)| known == code) {
            None => problems.push(Problem::new(
                "awardingStatuses",
                "UNKNOWN_STATUS",
                format!("the shop has no status '{code}'; read the integration's orderStatuses"),
            )),
            Some((_, name, StatusClass::Revoking)) => problems.push(Problem::new(
                "awardingStatuses",
                "REVOKING_STATUS",
                format!("'{name}' takes points back and cannot award them"),
            )),
            Some(_) if clean.contains(code) => {}
            Some(_) => clean.push(code.clone()),
        }
    }
    if problems.is_empty() { Ok(clean) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn addresses_are_http_with_a_host_and_no_password() {
        for (typed, kept) in [
            (" https://www.loja.com.br ", "https://www.loja.com.br/"),
            ("HTTP://Loja.com.br/a?b", "http://loja.com.br/a?b"),
        ] {
            assert_eq!(check_url("siteUrl", typed).as_deref(), Ok(kept));
        }
        for wrong in [
            "loja.com.br",
            "ftp://loja.com.br",
            "https://a:b@loja.com.br",
            "https://a@loja.com.br",
            "https://:b@loja.com.br",
            "https://",
            "javascript:alert(1)",
        ] {
            let problem = check_url("siteUrl", wrong).unwrap_err();
            assert_eq!((problem.field, problem.code), ("siteUrl", "INVALID_URL"), "{wrong}");
        }
        let of_length = |length: usize| format!("{:a<length$}", "https://loja.com.br/");
        assert!(check_url("siteUrl", &of_length(2000)).is_ok());
        assert!(check_url("siteUrl", &of_length(2001)).is_err());
    }

    #[test]
    fn statuses_must_be_the_shops_and_not_take_points_back() {
        let catalogue = [
            ("4".to_owned(), "Aprovado".to_owned(), StatusClass::Earning),
            ("10".to_owned(), "Chargeback".to_owned(), StatusClass::Revoking),
        ];
        let choose =
            |codes: &[&str]| check_statuses(&codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>(), &catalogue);
        assert_eq!(choose(&["4", "4"]), Ok(vec!["4".to_owned()]));
        let codes: Vec<_> = choose(&["10", "99"])
            .unwrap_err()
            .into_iter()
            .map(|problem| problem.code)
            .collect();
        assert_eq!(codes, ["REVOKING_STATUS", "UNKNOWN_STATUS"]);
    }

    #[test]
    fn numbers_have_ranges() {
        type Check = fn(i32) -> Result<i32, Problem>;
        let validity: Check = |days| check_validity("couponValidityDays", days);
        let checks = [
            (validity, 3650, "couponValidityDays"),
            (check_days_back, 730, "importDaysBack"),
            (check_reward_rate, 1_000_000, "rewardPointsPerHundred"),
        ];
        for (check, greatest, field) in checks {
            for good in [1, 2, greatest] {
                assert_eq!(check(good), Ok(good), "{field}");
            }
            for wrong in [-1, 0, greatest + 1] {
                let problem = check(wrong).unwrap_err();
                assert_eq!((problem.field, problem.code), (field, "OUT_OF_RANGE"), "{wrong}");
            }
        }
    }

    #[test]
    fn skus_are_trimmed_and_each_is_there_once() {
        let check = |skus: &[&str]| check_skus(&skus.iter().map(|sku| (*sku).to_owned()).collect::<Vec<_>>());
        let (longest, longer) = ("x".repeat(100), "x".repeat(101));
        assert_eq!(
            check(&[" B ", "A", "", " ", "B", &longest, "A"]),
            Ok(vec!["B".to_owned(), "A".to_owned(), longest])
        );
        assert_eq!(check(&["A", &longer]).unwrap_err().code, "TOO_LONG");
        let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(check_skus(&numbers(10_000)), Ok(numbers(10_000)));
        assert_eq!(check_skus(&numbers(10_001)).unwrap_err().code, "TOO_MANY");
    }
}
