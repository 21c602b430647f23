//! Pure rules: no async, no database, no clock, no input or output. Same facts, same answer.

pub mod allocation;
pub mod birthday;
pub mod category;
pub mod coupon_code;
pub mod document;
pub mod earning;
pub mod email;
pub mod expiry;
pub mod folded;
pub mod money_text;
pub mod reward_limits;
pub mod reward_price;
pub mod saga;
pub mod same_sale;
pub mod settings;
