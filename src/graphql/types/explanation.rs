use async_graphql::{Context, Enum, SimpleObject};
use entity::order;

use super::Programme;
use super::platform::Text;
use crate::domain::earning::{self, Rule, Step, Words};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::loaders::{LinesOf, ProgrammeOf};
use crate::graphql::scalar::Points;
use crate::service::order::judge;

/// A rule of earning. New ones may be added; treat unknown ones by their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum EarningRule {
    /// The sale counts once: as the shop's order when the shop and another source tell of it, and by the integration
    /// connected last when two of one account do. Values: `shopOrderNumber`, where another source tells of it.
    CountedOnce,
    /// Points go to a customer who is known.
    Customer,
    /// The sale's detail was read, or was waited for long enough.
    Detail,
    /// The sale is not cancelled, returned or charged back. Values: `statusCode`, `statusClass`.
    Status,
    /// The programme does not exclude the sale's status. Values: `statusCode`.
    ExcludedStatuses,
    /// The sale was once in a status that awards points. Values: `awardedAt`.
    Awarding,
    /// The programme does not exclude where the sale was made. Values: `channel`.
    Channel,
    /// The money that points are given for. Values: `products`, `discount`, `refunded`, `credit`, `shipping`,
    /// `base`.
    Base,
    /// The base is not too small. Values: `minimum`, `base`.
    Minimum,
    /// The general rate. Values: `pointsPerReal`, `money`.
    Rate,
    /// A rate of some products' own. Values: `pointsPerReal`, `money`, `skus`.
    ProductRate,
    /// A rate of a category's own. Values: `pointsPerReal`, `money`, `category`, `skus`.
    CategoryRate,
    /// A period in which sales give more points. Values: `placedAt`, `factor`, `startsAt`, `endsAt`.
    Multiplier,
    /// The points, rounded down once. Values: `exact`, `points`.
    Points,
}

/// What a rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "earning::Outcome")]
pub(in crate::graphql) enum RuleOutcome {
    /// A condition that is met.
    Met,
    /// A condition that is not met: nothing comes of it.
    Blocks,
    /// It took part in the count.
    Applied,
    /// There is no such rule in force, or it is not about this.
    NotApplied,
}

/// A value that a rule was applied to.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RuleValue {
    /// Its name, as the rule's description lists it.
    pub(super) name: &'static str,
    /// The value: money, points and rates as decimals with a point, instants as RFC 3339.
    pub(super) value: String,
}

/// A rule that was looked at.
#[derive(SimpleObject)]
pub(in crate::graphql) struct EarningStep {
    /// Which rule.
    code: EarningRule,
    /// What it did.
    outcome: RuleOutcome,
    /// The values that it was applied to.
    values: Vec<RuleValue>,
    /// The same in words that a merchant understands.
    text: Text,
}

/// Why a sale gives its points, or none.
#[derive(SimpleObject)]
pub(in crate::graphql) struct OrderExplanation {
    /// What the sale is worth now.
    points: Points,
    /// What was posted for it so far; the next import posts the difference.
    posted: Points,
    /// The rules that judge it.
    programme: Programme,
    /// Every rule that was looked at, in that order.
    steps: Vec<EarningStep>,
}

impl OrderExplanation {
    pub(super) async fn of(ctx: &Context<'_>, order: &order::Model) -> async_graphql::Result<Option<Self>> {
        let Some(store) = load(ctx, order.store_id).await? else {
            return Ok(None);
        };
        let version = match order.programme_version_id {
            Some(id) => load(ctx, id).await?,
            None => load(ctx, ProgrammeOf(order.store_id)).await?,
        };
        let Some(version) = version else { return Ok(None) };
        let programme = Programme::new(version, &store.currency);
        let lines = load(ctx, LinesOf(order.id)).await?.unwrap_or_default();
        let lines = lines.iter().map(Into::into).collect();
        let worth = judge(order, lines, programme.earning(), ctx.app().clock.now());
        let words = Words {
            currency: &store.currency,
            zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        };
        Ok(Some(Self {
            points: worth.points.into(),
            posted: order.points.into(),
            programme,
            steps: worth.steps.iter().map(|step| EarningStep::new(step, &words)).collect(),
        }))
    }
}

impl EarningStep {
    fn new(step: &Step, words: &Words<'_>) -> Self {
        let values = step.rule.values().into_iter();
        Self {
            code: code(&step.rule),
            outcome: step.outcome.into(),
            values: values.map(|(name, value)| RuleValue { name, value }).collect(),
            text: Text::new(&words.pt(step), &words.en(step)),
        }
    }
}

fn code(rule: &Rule) -> EarningRule {
    match rule {
        Rule::CountedOnce { .. } => EarningRule::CountedOnce,
        Rule::Customer => EarningRule::Customer,
        Rule::Detail => EarningRule::Detail,
        Rule::Status { .. } => EarningRule::Status,
        Rule::ExcludedStatuses { .. } => EarningRule::ExcludedStatuses,
        Rule::Awarding { .. } => EarningRule::Awarding,
        Rule::Channel { .. } => EarningRule::Channel,
        Rule::Base { .. } => EarningRule::Base,
        Rule::Minimum { .. } => EarningRule::Minimum,
        Rule::Rate { .. } => EarningRule::Rate,
        Rule::ProductRate { .. } => EarningRule::ProductRate,
        Rule::CategoryRate { .. } => EarningRule::CategoryRate,
        Rule::Multiplier { .. } => EarningRule::Multiplier,
        Rule::Points { .. } => EarningRule::Points,
    }
}
