//! What a reward is shown with, and what its row says of its limits and its time.

use entity::reward;

use crate::domain::category::Category;
use crate::domain::reward_limits::{Availability, Limits};
use crate::domain::settings::{Problem, check_url};

/// How often a reward can be redeemed.
pub fn limits_of(row: &reward::Model) -> Limits {
    let period = row.period_limit.zip(row.period_days);
    Limits::kept(row.total_limit, row.customer_limit, period)
}

/// When it can be.
pub fn availability_of(row: &reward::Model) -> Availability {
    Availability::kept(row.available_from, row.available_until)
}

/// The address of a picture; an empty text is none. Browsers show it on the merchant's pages, so that it is https.
pub(super) fn picture(text: Option<&str>, problems: &mut Vec<Problem>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    match check_url("imageUrl", text) {
        Ok(url) if url.starts_with("https://") => return Some(url),
        Ok(_) => problems.push(Problem {
            field: "imageUrl",
            code: "INVALID_URL",
            message: "the address of a picture must begin with https://".to_owned(),
        }),
        Err(problem) => problems.push(problem),
    }
    None
}

/// A category; an empty text is none.
pub(super) fn category(text: Option<&str>, problems: &mut Vec<Problem>) -> Option<Category> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let parsed = text.parse();
    if let Err(error) = &parsed {
        let error: &crate::domain::category::NotACategory = error;
        problems.push(Problem {
            field: "category",
            code: "INVALID",
            message: error.to_string(),
        });
    }
    parsed.ok()
}
