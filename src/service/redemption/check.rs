use entity::reward::{Fulfilment, RewardKind};
use entity::{CustomerId, Instant, Points, RewardId, StoreId, coupon_pool, customer, integration, reward, store};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{RedeemError, limits};
use crate::domain::reward_limits::Used;
use crate::platform::Kind;
use crate::service::points::Balance;
use crate::service::pool;
use crate::service::reward::availability_of;

/// A rule of redeeming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeemRule {
    /// The reward is offered.
    RewardActive,
    /// It can be redeemed at this time.
    Availability {
        /// From when on.
        from: Option<Instant>,
        /// Up to when.
        until: Option<Instant>,
    },
    /// It can be redeemed once more in all.
    Places {
        /// How many redemptions stand.
        used: i32,
        /// How many there may be.
        times: i32,
    },
    /// The customer can redeem it once more.
    Limit(Used),
    /// The integration that would make the coupon is on.
    IntegrationActive,
    /// The platform makes such coupons.
    Supported,
    /// The pool that its codes are taken from has one.
    PoolStock,
    /// The customer owes no points.
    Debt {
        /// What is owed.
        debt: Points,
    },
    /// The points suffice.
    Points {
        /// What can be spent now.
        available: Points,
        /// What the reward costs.
        required: Points,
    },
}

/// A rule that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeemCheck {
    /// Which rule, with its values.
    pub rule: RedeemRule,
    /// Whether it lets the redemption pass.
    pub is_met: bool,
}

impl RedeemRule {
    /// The values by name.
    pub fn values(self) -> Vec<(&'static str, String)> {
        match self {
            Self::RewardActive | Self::IntegrationActive | Self::Supported | Self::PoolStock => Vec::new(),
            Self::Availability { from, until } => [("from", from), ("until", until)]
                .into_iter()
                .filter_map(|(name, at)| Some((name, at?.to_rfc3339())))
                .collect(),
            Self::Places { used, times } | Self::Limit(Used::OfCustomer { used, times }) => {
                vec![("used", used.to_string()), ("times", times.to_string())]
            }
            Self::Limit(Used::OfPeriod {
                used,
                times,
                days,
                again_at,
            }) => {
                let again = again_at.map(|at| ("againAt", at.to_rfc3339()));
                let counts = [("used", used), ("times", times), ("days", days)];
                let counts = counts.map(|(name, count)| (name, count.to_string()));
                counts.into_iter().chain(again).collect()
            }
            Self::Debt { debt } => vec![("debt", debt.to_string())],
            Self::Points { available, required } => {
                vec![("available", available.to_string()), ("required", required.to_string())]
            }
        }
    }
}

impl RedeemCheck {
    /// The rule's outcome in Portuguese and English.
    pub fn text(self) -> (String, String) {
        let fixed = |pt: &str, en: &str| (pt.to_owned(), en.to_owned());
        match (self.rule, self.is_met) {
            (RedeemRule::RewardActive, true) => fixed("O prêmio está disponível.", "The reward is offered."),
            (RedeemRule::RewardActive, false) => fixed(
                "O prêmio não está disponível no momento.",
                "The reward is not offered at present.",
            ),
            (RedeemRule::Availability { .. }, true) => fixed(
                "O prêmio pode ser resgatado nesta data.",
                "The reward can be redeemed at this time.",
            ),
            (RedeemRule::Availability { .. }, false) => fixed(
                "O prêmio não pode ser resgatado nesta data.",
                "The reward cannot be redeemed at this time.",
            ),
            (RedeemRule::Places { used, times }, is_met) => (
                if is_met {
                    format!("Há unidades deste prêmio: {used} de {times} foram resgatadas.")
                } else {
                    "As unidades deste prêmio acabaram.".to_owned()
                },
                format!("{used} of {times} redemptions of the reward are taken."),
            ),
            (RedeemRule::Limit(Used::OfCustomer { used, times }), _) => (
                format!("O cliente resgatou este prêmio {used} de {times} vezes."),
                format!("The customer has redeemed the reward {used} of {times} times."),
            ),
            (RedeemRule::Limit(Used::OfPeriod { used, times, days, .. }), _) => (
                format!("O cliente resgatou este prêmio {used} de {times} vezes em {days} dias."),
                format!("The customer has redeemed the reward {used} of {times} times within {days} days."),
            ),
            (RedeemRule::IntegrationActive, true) => {
                fixed("A integração com a loja está ativa.", "The integration is active.")
            }
            (RedeemRule::IntegrationActive, false) => fixed(
                "A integração com a loja está desativada; nenhum cupom pode ser criado.",
                "The integration is not active, so no coupon can be made.",
            ),
            (RedeemRule::Supported, true) => fixed(
                "A plataforma cria este tipo de cupom.",
                "The platform makes this kind of coupon.",
            ),
            (RedeemRule::Supported, false) => fixed(
                "A plataforma não cria este tipo de cupom.",
                "The platform cannot make this kind of coupon.",
            ),
            (RedeemRule::PoolStock, true) => fixed("Há códigos de cupom disponíveis.", "There are codes to hand out."),
            (RedeemRule::PoolStock, false) => fixed(
                "Os códigos de cupom deste prêmio acabaram.",
                "The codes of this reward have all been handed out.",
            ),
            (RedeemRule::Debt { .. }, true) => fixed("O cliente não deve pontos.", "The customer owes no points."),
            (RedeemRule::Debt { debt }, false) => (
                format!("O cliente deve {debt} pontos e só resgata depois de quitá-los."),
                format!("The customer owes {debt} points and can redeem when they are paid."),
            ),
            (RedeemRule::Points { available, required }, true) => (
                format!("O prêmio custa {required} pontos; há {available} disponíveis."),
                format!("The reward costs {required} points, {available} can be spent."),
            ),
            (RedeemRule::Points { available, required }, false) => (
                format!("O prêmio custa {required} pontos, mas só há {available} disponíveis."),
                format!("The reward costs {required} points, but only {available} can be spent."),
            ),
        }
    }
}

/// What a redemption would be about, as far as it is there.
pub(super) struct Subject {
    pub(super) customer: customer::Model,
    pub(super) reward: reward::Model,
    integration: Option<integration::Model>,
    /// The pool that its codes are taken from, and whether it has one.
    pool: Option<(coupon_pool::Model, bool)>,
    /// What the customer made of the reward's limits.
    used: Vec<Used>,
    now: Instant,
    /// The store's zone, in which a coupon's last day ends.
    zone: chrono_tz::Tz,
}

/// What a redemption is about.
pub(super) struct Terms {
    pub(super) reward: reward::Model,
    pub(super) integration: integration::Model,
    /// The pool that its code is taken from, if it is.
    pub(super) pool: Option<coupon_pool::Model>,
    /// The store's zone, in which a coupon's last day ends.
    pub(super) zone: chrono_tz::Tz,
}

impl Subject {
    /// Loads it; an error when the customer or the reward is not the store's.
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        (store, customer, reward): (StoreId, CustomerId, RewardId),
        now: Instant,
    ) -> Result<Self, RedeemError> {
        let customer = customer::Entity::in_store(store)
            .filter(customer::Column::Id.eq(customer))
            .one(db)
            .await?
            .ok_or(RedeemError::CustomerNotFound)?;
        let reward = reward::Entity::in_store(store)
            .filter(reward::Column::Id.eq(reward))
            .one(db)
            .await?
            .ok_or(RedeemError::RewardNotFound)?;
        let integration = integration::Entity::in_store(store)
            .filter(integration::Column::Id.eq(reward.integration_id))
            .one(db)
            .await?;
        let pool = match reward.pool_id.filter(|_| reward.fulfilment == Fulfilment::Pool) {
            Some(id) => coupon_pool::Entity::find_by_id(id).one(db).await?,
            None => None,
        };
        let pool = match pool {
            Some(pool) => {
                let has_free = pool::has_free(db, pool.id, now).await?;
                Some((pool, has_free))
            }
            None => None,
        };
        let store = store::Entity::find_by_id(store)
            .one(db)
            .await?
            .ok_or_else(|| DbErr::RecordNotFound(format!("the store of {}", customer.id)))?;
        let zone = store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo);
        Ok(Self {
            used: limits::used(db, (&customer, &reward), now, zone).await?,
            customer,
            reward,
            integration,
            pool,
            now,
            zone,
        })
    }

    /// Looks at every rule about the reward and its shop.
    pub(super) fn checks(&self) -> Vec<RedeemCheck> {
        let shop = self.integration.as_ref();
        let kind = shop.and_then(|shop| shop.platform.parse::<Kind>().ok());
        let supported = kind.is_some_and(|kind| {
            let can = kind.descriptor().capabilities;
            can.create_coupons && (self.reward.kind != RewardKind::FreeShipping || can.free_shipping_coupons)
        });
        let last = match self.reward.fulfilment {
            Fulfilment::Automatic => (RedeemRule::Supported, supported),
            // People can do what no platform does.
            Fulfilment::Manual => (RedeemRule::Supported, true),
            Fulfilment::Pool => (
                RedeemRule::PoolStock,
                self.pool.as_ref().is_some_and(|(_, has_free)| *has_free),
            ),
        };
        let mut rules = vec![(RedeemRule::RewardActive, self.reward.active)];
        rules.extend(self.limits());
        rules.push((RedeemRule::IntegrationActive, shop.is_some_and(|shop| shop.active)));
        rules.push(last);
        rules
            .into_iter()
            .map(|(rule, is_met)| RedeemCheck { rule, is_met })
            .collect()
    }

    /// The rules that the merchant set on when and how often; those that were set.
    fn limits(&self) -> impl Iterator<Item = (RedeemRule, bool)> {
        let time = availability_of(&self.reward);
        let (from, until) = (time.from(), time.until());
        let is_open = time.holds(self.now);
        let time = (from.is_some() || until.is_some()).then_some((RedeemRule::Availability { from, until }, is_open));
        let places = self.reward.total_limit.map(|times| {
            let used = self.reward.places_taken.min(times);
            (RedeemRule::Places { used, times }, used < times)
        });
        let used = self
            .used
            .iter()
            .map(|used| (RedeemRule::Limit(*used), used.leaves_one()));
        time.into_iter().chain(places).chain(used)
    }

    /// What is redeemed, or the first rule that forbids it.
    pub(super) fn terms(self) -> Result<Terms, RedeemError> {
        let forbids = self.checks().into_iter().find(|check| !check.is_met);
        match (forbids.map(|check| check.rule), self.integration) {
            (None, Some(integration)) => Ok(Terms {
                reward: self.reward,
                integration,
                pool: self.pool.map(|(pool, _)| pool),
                zone: self.zone,
            }),
            (Some(RedeemRule::RewardActive), _) => Err(RedeemError::RewardInactive),
            (Some(RedeemRule::Availability { from, until }), _) => Err(RedeemError::NotAvailable { from, until }),
            (Some(RedeemRule::Places { .. }), _) => Err(RedeemError::SoldOut),
            (Some(RedeemRule::Limit(used)), _) => Err(RedeemError::LimitReached(used)),
            (Some(RedeemRule::PoolStock), _) => Err(RedeemError::PoolEmpty),
            (None | Some(RedeemRule::IntegrationActive), _) => Err(RedeemError::IntegrationInactive),
            (Some(_), _) => Err(RedeemError::Unsupported),
        }
    }
}

/// The rules about points.
pub(super) fn points_checks(before: &Balance, required: Points) -> [RedeemCheck; 2] {
    let (available, debt) = (before.available, before.debt);
    [
        (RedeemRule::Debt { debt }, !debt.is_positive()),
        (RedeemRule::Points { available, required }, available >= required),
    ]
    .map(|(rule, is_met)| RedeemCheck { rule, is_met })
}
