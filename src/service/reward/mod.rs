//! Rewards: what points can be exchanged for.

mod create;
mod from_products;
mod fulfilment;
mod update;

pub use create::{NewReward, RewardError, create};
pub use from_products::offer;
pub use update::{RewardChanges, update};
