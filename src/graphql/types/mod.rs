//! Object types: thin wrappers over entities. A resolver that shows something of a store demands
//! the permission that its description names.

mod adjustment;
mod coupon;
mod customer;
mod import_run;
mod integration;
mod node;
mod order;
mod platform;
mod programme;
mod reward;
mod store;
mod viewer;

pub(super) use adjustment::Adjustment;
pub(super) use coupon::{Coupon, CouponState, Redemption};
pub(super) use customer::Customer;
pub(super) use import_run::{ImportKind, ImportRun};
pub(super) use integration::{Integration, MissingSetting};
pub(super) use node::{Node, NodeInterface, resolve, typed};
pub(super) use order::Order;
pub(super) use platform::{Platform, PlatformKind, Shop};
pub(super) use programme::{DebtPolicy, Programme};
pub(super) use reward::{Product, Reward, RewardKind};
pub(super) use store::{Role, Store};
pub(super) use viewer::{ApiToken, Viewer};
