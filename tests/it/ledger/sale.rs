//! A sale as its shop tells of it: what it is for good, the states that it passes through, and what it is
//! worth when some of these were seen.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order_status::StatusClass;
use fidelidade::platform::{Buyer, DetailLevel, PlatformOrder, SalesChannel};
use fidelidade::service::order::ImportedOrder;

use super::world::Rules;

/// Where a sale stands in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Pending,
    Paid,
    Delivered,
    Disputed,
    Cancelled,
}

use Standing::{Cancelled, Delivered, Disputed, Paid, Pending};

impl Standing {
    pub(super) const ALL: [Self; 5] = [Pending, Paid, Delivered, Disputed, Cancelled];

    /// The shop's code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Pending => "1",
            Paid => "4",
            Delivered => "8",
            Disputed => "11",
            Cancelled => "2",
        }
    }

    /// What it means for points.
    pub(super) fn class(self) -> StatusClass {
        match self {
            Pending => StatusClass::Pending,
            Paid => StatusClass::Earning,
            Delivered => StatusClass::Delivered,
            Disputed => StatusClass::Hold,
            Cancelled => StatusClass::Revoking,
        }
    }

    /// Whether the merchant lets it award points.
    pub(super) fn awards(self) -> bool {
        matches!(self, Paid | Delivered)
    }
}

/// How much of a state a snapshot tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// List row and detail.
    Whole,
    /// The list row alone, which knows neither store credit nor channel.
    Row,
}

/// A state that a sale has at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// Minutes since the sale.
    pub(super) at: i64,
    pub(super) standing: Standing,
    /// Products less what was given back.
    pub(super) cents: i64,
    pub(super) told: Told,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) placed_at: DateTime<Utc>,
    /// Paid with store credit.
    pub(super) credit: i64,
    pub(super) marketplace: bool,
    /// The later after the earlier; no two at the same time.
    pub(super) states: Vec<State>,
}

impl Sale {
    /// When a state began.
    pub(super) fn time(&self, state: usize) -> DateTime<Utc> {
        self.placed_at + TimeDelta::minutes(self.states[state].at)
    }

    /// What a shop tells of a state to whoever asks then.
    pub(super) fn snapshot(&self, id: &str, buyer: &str, state: usize) -> ImportedOrder {
        let now = self.states[state];
        let whole = now.told == Told::Whole;
        let channel = match (whole, self.marketplace) {
            (false, _) => SalesChannel::Unknown,
            (true, false) => SalesChannel::Site,
            (true, true) => SalesChannel::Marketplace,
        };
        // A discount stays when goods are returned.
        let discount = 199;
        let order = PlatformOrder {
            external_id: id.to_owned(),
            number: id.to_owned(),
            status: now.standing.code().to_owned(),
            placed_at: self.placed_at,
            changed_at: Some(self.time(state)),
            buyer: Buyer {
                external_id: Some(buyer.to_owned()),
                ..Buyer::default()
            },
            products: now.cents + discount,
            discount,
            shipping: 1_500,
            surcharge: 0,
            total: now.cents + 1_500,
            credit_used: if whole { self.credit } else { 0 },
            coupon_code: None,
            channel,
            shop_id: Some("1".to_owned()),
            lines: Vec::new(),
            detail: if whole {
                DetailLevel::Full
            } else {
                DetailLevel::ListOnly
            },
        };
        ImportedOrder {
            order,
            fingerprint: format!("{id} {state}"),
        }
    }

    /// When it was first seen in an awarding status, by what was seen.
    pub(super) fn awarded_at(&self, seen: impl IntoIterator<Item = usize>) -> Option<DateTime<Utc>> {
        seen.into_iter()
            .filter(|state| self.states[*state].standing.awards())
            .map(|state| self.time(state))
            .min()
    }

    /// What it is worth under rules, when `newest` is the latest state seen. `known`: some snapshot told
    /// everything.
    pub(super) fn worth(&self, newest: usize, known: bool, awarded: bool, rules: &Rules) -> i64 {
        let state = self.states[newest];
        if !awarded || state.standing == Cancelled || known && self.marketplace {
            return 0;
        }
        let credit = if known { self.credit } else { 0 };
        let base = (state.cents - credit).max(0);
        if base < rules.minimum {
            0
        } else {
            base * rules.milli / 100_000
        }
    }
}
