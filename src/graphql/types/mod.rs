//! Object types: thin wrappers over entities. A resolver that shows something of a store demands
//! the permission that its description names.

mod adjustment;
mod audit;
mod coupon;
mod customer;
mod event;
mod explanation;
mod import_run;
mod integration;
mod ledger;
mod member;
mod node;
mod order;
mod platform;
mod points_report;
mod preview;
mod programme;
mod programme_rules;
mod redemption_preview;
mod reward;
mod store;
mod token;
mod viewer;
mod webhook;

pub(super) use adjustment::Adjustment;
pub(super) use audit::AuditEntry;
pub(super) use coupon::{Coupon, CouponState, Redemption, RedemptionState};
pub(super) use customer::{Balance, Customer};
pub(super) use event::{Event, EventType};
pub(super) use import_run::{ImportKind, ImportReject, ImportRun, ImportState, ImportTrigger};
pub(super) use integration::{Integration, MissingSetting};
pub(super) use ledger::{LedgerEntry, LedgerEntryKind, PointAllocation, PointLot};
pub(super) use member::{Invitation, Member};
pub(super) use node::{Node, NodeInterface, resolve, typed};
pub(super) use order::{Order, SalesChannel};
pub(super) use platform::{Platform, PlatformKind, Shop};
pub(super) use points_report::PointsReport;
pub(super) use preview::{PreviewPeriod, ProgrammePreviewPayload};
pub(super) use programme::{DebtPolicy, Programme};
pub(super) use programme_rules::ProgrammeRulesInput;
pub(super) use redemption_preview::RedemptionPreview;
pub(super) use reward::{Product, Reward, RewardKind};
pub(super) use store::{Role, Store};
pub(super) use token::ApiToken;
pub(super) use viewer::{UserSession, Viewer};
pub(super) use webhook::{DeliveryState, Webhook, WebhookDelivery, WebhookOrdering};
