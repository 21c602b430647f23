use async_graphql::{Context, Enum, SimpleObject};
use chrono::{DateTime, Utc};
use entity::store;

use super::ProgrammeRulesInput;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, fault};
use crate::graphql::scalar::{Money, Points};
use crate::service::programme::{self, Preview, ProgrammeError};

/// How many days of sales a preview looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Default)]
pub(in crate::graphql) enum PreviewPeriod {
    /// The last 30 days.
    #[default]
    #[graphql(name = "DAYS_30")]
    Days30,
    /// The last 60 days.
    #[graphql(name = "DAYS_60")]
    Days60,
    /// The last 90 days.
    #[graphql(name = "DAYS_90")]
    Days90,
}

/// What rules would have given on the sales of the last days. Bonuses are not sales and not part of it.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ProgrammePreview {
    /// Sales made from here on were looked at.
    since: DateTime<Utc>,
    /// How many sales of known customers were looked at.
    orders: i64,
    /// How many of them would give other points than they did.
    orders_changed: i64,
    /// How many customers that touches.
    customers_changed: i64,
    /// Points that the sales gave.
    given: Points,
    /// Points that they would give.
    points: Points,
    /// `points` less `given`.
    difference: Points,
    /// The money of the sales that would give points.
    base: Money,
    /// What `points` take off at most when they are redeemed: at the dearest reward on offer that takes an
    /// amount off. None without such a reward.
    points_money: Option<Money>,
    /// What `difference` takes off at most when it is redeemed.
    difference_money: Option<Money>,
}

/// What came of `previewProgramme`.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ProgrammePreviewPayload {
    /// The preview.
    preview: Option<ProgrammePreview>,
    /// What was wrong with the rules.
    user_errors: Vec<UserError>,
}

impl PreviewPeriod {
    fn days(self) -> u16 {
        match self {
            Self::Days30 => 30,
            Self::Days60 => 60,
            Self::Days90 => 90,
        }
    }
}

impl ProgrammePreview {
    fn new(found: &Preview, currency: &str) -> Self {
        let difference = found.points - found.given;
        let money = |points| found.money(points).map(|cents| Money::new(cents, currency));
        Self {
            since: found.since,
            orders: found.orders,
            orders_changed: found.orders_changed,
            customers_changed: found.customers_changed,
            given: found.given.into(),
            points: found.points.into(),
            difference: difference.into(),
            base: Money::new(found.base, currency),
            points_money: money(found.points),
            difference_money: money(difference),
        }
    }
}

impl ProgrammePreviewPayload {
    pub(in crate::graphql) async fn of(
        ctx: &Context<'_>,
        store: &store::Model,
        rules: ProgrammeRulesInput,
        period: PreviewPeriod,
    ) -> async_graphql::Result<Self> {
        match programme::preview(ctx.app(), store.id, &rules.into(), period.days()).await {
            Ok(found) => Ok(Self {
                preview: Some(ProgrammePreview::new(&found, &store.currency)),
                user_errors: Vec::new(),
            }),
            Err(ProgrammeError::Invalid(problems)) => Ok(Self {
                preview: None,
                user_errors: UserError::problems(problems),
            }),
            Err(error @ (ProgrammeError::Conflict { .. } | ProgrammeError::Database(_))) => Err(fault(error)),
        }
    }
}
