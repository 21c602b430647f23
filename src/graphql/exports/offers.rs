//! What points are exchanged for, and what was exchanged: rewards, redemptions, coupons.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, coupon, redemption, reward};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id, money, percent};
use crate::graphql::lists::{
    CouponFilter, CouponSort, Coupons, RedemptionFilter, Redemptions, RewardFilter, RewardSort, Rewards,
};
use crate::graphql::sort::RedemptionSort;
use crate::graphql::types::{CouponState, RedemptionState, RewardKind};

columns! {
    /// A column of exported rewards. In the file it is called like the field of a reward.
    RewardColumn of reward::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// The shop in which its coupon is made.
        IntegrationId = |row| id(row.integration_id),
        /// What its coupon takes off.
        Kind = |row| choice::<RewardKind>(row.kind),
        /// Its name.
        Name = |row| json!(row.name),
        /// More about it.
        Description = |row| json!(row.description),
        /// Its picture.
        ImageUrl = |row| json!(row.picture()),
        /// Its category, a path.
        Category = |row| json!(row.category),
        /// What it costs.
        Points = |row| json!(row.points.0),
        /// Amount off, for amounts and products.
        Amount = |row| money(row.amount_cents),
        /// Per cent off, 0 to 100.
        Percent = |row| percent(row.percent_hundredths),
        /// Smallest order for its coupon.
        MinimumOrder = |row| money(row.minimum_order_cents),
        /// How long its coupon is valid, in days; none: as the integration says.
        ValidityDays = |row| json!(row.validity_days),
        /// The product that it stands for.
        ProductId = |row| json!(row.product_id.map(|id| id.to_string())),
        /// Whether it can be redeemed.
        Active = |row| json!(row.active),
        /// From when on it can be redeemed.
        AvailableFrom = |row| at(row.available_from),
        /// Up to when it can be redeemed.
        AvailableUntil = |row| at(row.available_until),
        /// How often by all customers together: `limits.total`.
        TotalLimit = |row| json!(row.total_limit),
        /// How many more times by all customers together.
        Remaining = |row| json!(row.places_left()),
        /// How often by one customer: `limits.perCustomer`.
        CustomerLimit = |row| json!(row.customer_limit),
        /// How often by one customer within some days: `limits.perPeriod.times`.
        PeriodLimit = |row| json!(row.period_limit),
        /// Within how many days: `limits.perPeriod.days`.
        PeriodDays = |row| json!(row.period_days),
        /// Its place in the merchant's order.
        Position = |row| json!(row.position),
        /// When it was created.
        CreatedAt = |row| at(row.created_at),
    }
}

impl Exported for Rewards {
    const LIST: ExportList = ExportList::Rewards;
    type Filter = RewardFilter;
    type Sort = RewardSort;
    type Row = reward::Model;
    type Column = RewardColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: RewardFilter, sort: RewardSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported redemptions. In the file it is called like the field of a redemption.
    RedemptionColumn of redemption::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// Whose points.
        CustomerId = |row| id(row.customer_id),
        /// For what.
        RewardId = |row| id(row.reward_id),
        /// How many points.
        Points = |row| json!(row.points.0),
        /// Where it stands.
        State = |row| choice::<RedemptionState>(row.state),
        /// Why it, or the attempt to cancel it, failed, for programs.
        FailureCode = |row| json!(row.failure_code),
        /// Why it, or the attempt to cancel it, failed, in words.
        FailureMessage = |row| json!(row.failure_message),
        /// When it was asked for.
        RequestedAt = |row| at(row.requested_at),
        /// When it ended.
        FinishedAt = |row| at(row.finished_at),
        /// When it was cancelled.
        CancelledAt = |row| at(row.cancelled_at),
    }
}

impl Exported for Redemptions {
    const LIST: ExportList = ExportList::Redemptions;
    type Filter = RedemptionFilter;
    type Sort = RedemptionSort;
    type Row = redemption::Model;
    type Column = RedemptionColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: RedemptionFilter, sort: RedemptionSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported coupons. In the file it is called like the field of a coupon.
    CouponColumn of coupon::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// What the shopper types, upper case. It is worth money.
        Code = |row| json!(row.code),
        /// Where it stands.
        State = |row| choice::<CouponState>(row.state),
        /// What it takes off.
        Kind = |row| choice::<RewardKind>(row.kind),
        /// Amount off.
        Amount = |row| money(row.amount_cents),
        /// Per cent off, 0 to 100.
        Percent = |row| percent(row.percent_hundredths),
        /// Smallest order.
        MinimumOrder = |row| money(row.minimum_order_cents),
        /// The redemption that made it.
        RedemptionId = |row| id(row.redemption_id),
        /// For whom it was made.
        CustomerId = |row| id(row.customer_id),
        /// The shop in which it is made.
        IntegrationId = |row| id(row.integration_id),
        /// Valid from.
        ValidFrom = |row| at(row.valid_from),
        /// Valid up to.
        ValidUntil = |row| at(row.valid_until),
        /// When it was asked for.
        CreatedAt = |row| at(row.created_at),
        /// When it existed in the shop.
        ActivatedAt = |row| at(row.activated_at),
        /// When the sale that used it was made.
        UsedAt = |row| at(row.used_at),
        /// The sale that used it.
        UsedByOrderId = |row| json!(row.used_order_id.map(|id| id.to_string())),
    }
}

impl Exported for Coupons {
    const LIST: ExportList = ExportList::Coupons;
    type Filter = CouponFilter;
    type Sort = CouponSort;
    type Row = coupon::Model;
    type Column = CouponColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: CouponFilter, sort: CouponSort) -> Option<Self> {
        Some(Self {
            store,
            customer: None,
            filter,
            sort,
        })
    }
}
