//! What an order is worth in points, and why.
//!
//! A pure function of the order's facts and the programme version in force when it first became
//! awarding. Importing posts the difference between this and what was posted before, so the same
//! facts in any order and with any repetition end in the same ledger. What looks at every rule and
//! what counts the points is one function, so an explanation cannot differ from the deed.

mod rules;
mod step;
#[cfg(test)]
mod tests;
mod words;
mod worth;

pub use rules::{EarningRules, Multiplier, ProductRate};
pub use step::{Outcome, Rule, Step};
pub use words::Words;
pub use worth::{LineFacts, OrderFacts, Worth, base, worth};
