//! Rewards: what points can be exchanged for.

mod create;
mod from_products;
mod fulfilment;
mod look;
mod offered;
mod places;
mod position;
mod update;

pub use create::{NewReward, RewardError, create};
pub use from_products::offer;
pub use look::{availability_of, limits_of};
pub use offered::{Offered, offered};
pub use places::{give_back, take};
pub use position::arrange;
pub use update::{RewardChanges, update};
