//! Where a shop and the books differ, and what would mend it: rules without a database.

use chrono::TimeDelta;
use entity::coupon::{self, CouponState};
use entity::difference::{DifferenceKind, Repair};
use entity::order_status::StatusClass;
use entity::reward::RewardKind;
use entity::{Instant, order};

use super::told::is_usable;
use crate::platform::{DetailLevel, Discount, PlatformCoupon, PlatformOrder};
use crate::service::redemption::CODE_PREFIX;

/// A difference and what would mend it.
pub type Verdict = (DifferenceKind, Repair);

/// How much later than asked for a shop may let a coupon end: one that knows only days gets the day after the last, and
/// may tell that day's end.
const LATER: TimeDelta = TimeDelta::hours(28);
/// How much earlier: a shop may take an instant of UTC for Brasília's, and keep whole minutes.
const EARLIER: TimeDelta = TimeDelta::hours(4);

/// Judges a sale that both sides have. What the shop tells may be older than what is known: that differs for good reason.
pub fn judge_order(known: &order::Model, told: &PlatformOrder, class: StatusClass) -> Option<Verdict> {
    let outdated = matches!((told.changed_at, known.changed_at), (Some(told), Some(known)) if told < known);
    if outdated {
        return None;
    }
    let kind = if told.status != known.status_code {
        if class == StatusClass::Revoking && known.status_class != StatusClass::Revoking {
            DifferenceKind::OrderUndone
        } else {
            DifferenceKind::OrderStatus
        }
    } else if told.refunded > known.refunded_cents.0 {
        DifferenceKind::OrderUndone
    } else if has_other_value(known, told) {
        DifferenceKind::OrderValue
    } else {
        return None;
    };
    Some((kind, Repair::ImportOrder))
}

fn has_other_value(known: &order::Model, told: &PlatformOrder) -> bool {
    let credit = told.detail == DetailLevel::Full && told.credit_used != known.credit_cents.0;
    let told = [
        told.products,
        told.discount,
        told.shipping,
        told.surcharge,
        told.total,
        told.refunded,
    ];
    let known = [
        known.products_cents,
        known.discount_cents,
        known.shipping_cents,
        known.surcharge_cents,
        known.total_cents,
        known.refunded_cents,
    ];
    credit || told != known.map(|cents| cents.0)
}

/// Judges a coupon that both sides have. One that is being made or ended is its redemption's business.
pub fn judge_coupon(ours: &coupon::Model, told: &PlatformCoupon, now: Instant) -> Option<Verdict> {
    let usable = is_usable(told, now);
    match ours.state {
        // The points are back: whoever has the code has both.
        CouponState::Failed | CouponState::Disabled => {
            usable.then_some((DifferenceKind::CouponUsable, Repair::DisableCoupon))
        }
        CouponState::Active if told.times_used.is_some_and(|times| times > 0) => {
            Some((DifferenceKind::CouponUsed, Repair::MarkCouponUsed))
        }
        CouponState::Active if !usable && ours.valid_until > now => {
            Some((DifferenceKind::CouponEnded, Repair::CancelRedemption))
        }
        CouponState::Active if usable && told.discount.is_none() => {
            Some((DifferenceKind::CouponChanged, Repair::LookByHand))
        }
        CouponState::Active if usable && has_other_terms(ours, told) => {
            Some((DifferenceKind::CouponChanged, Repair::AcceptTerms))
        }
        CouponState::Active | CouponState::Pending | CouponState::Used => None,
    }
}

/// Judges a coupon that can be used by the books and that the shop has not, as it says when asked.
pub fn judge_missing_coupon(ours: &coupon::Model, now: Instant) -> Option<Verdict> {
    let usable = ours.state == CouponState::Active && ours.valid_until > now;
    usable.then_some((DifferenceKind::CouponNotInShop, Repair::CancelRedemption))
}

/// Judges a coupon that the books have not: only one that looks like ours and can be used is of any interest.
pub fn judge_unknown(told: &PlatformCoupon, now: Instant) -> Option<Verdict> {
    let like_ours = told.code.trim().to_uppercase().starts_with(CODE_PREFIX);
    (like_ours && is_usable(told, now)).then_some((DifferenceKind::CouponUnknown, Repair::LookByHand))
}

fn has_other_terms(ours: &coupon::Model, told: &PlatformCoupon) -> bool {
    let discount = told.discount.is_some() && told.discount != wanted(ours);
    let until = told
        .valid_until
        .is_some_and(|end| end > ours.valid_until + LATER || end < ours.valid_until - EARLIER);
    discount || until || has_other_minimum(ours, told)
}

/// What the coupon takes off by the books.
fn wanted(ours: &coupon::Model) -> Option<Discount> {
    match ours.kind {
        RewardKind::AmountOff | RewardKind::Product => ours.amount_cents.map(|cents| Discount::Amount(cents.0)),
        RewardKind::PercentOff => {
            let hundredths = ours.percent_hundredths?;
            hundredths.try_into().ok().map(Discount::Percent)
        }
        RewardKind::FreeShipping => Some(Discount::FreeShipping),
    }
}

/// Where it is told. An adapter may ask for no smaller order than what a coupon takes off.
fn has_other_minimum(ours: &coupon::Model, told: &PlatformCoupon) -> bool {
    let Some(told) = told.minimum_order else { return false };
    let asked = ours.minimum_order_cents.map_or(0, |cents| cents.0);
    let raised = match wanted(ours) {
        Some(Discount::Amount(cents)) => asked.max(cents),
        _ => asked,
    };
    told != asked && told != raised
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use entity::Cents;
    use uuid::Uuid;

    use super::*;

    fn now() -> Instant {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn ours(state: CouponState) -> coupon::Model {
        let (id, until) = (Uuid::nil(), now() + TimeDelta::days(30));
        coupon::Model {
            id: entity::CouponId(id),
            store_id: entity::StoreId(id),
            integration_id: entity::IntegrationId(id),
            redemption_id: entity::RedemptionId(id),
            customer_id: entity::CustomerId(id),
            code: "FIELABCDEFGHJK".to_owned(),
            state,
            kind: RewardKind::AmountOff,
            amount_cents: Some(Cents(2_000)),
            percent_hundredths: None,
            minimum_order_cents: None,
            valid_from: now() - TimeDelta::days(1),
            valid_until: until,
            external_id: Some("77".to_owned()),
            attempts: 1,
            outcome_unknown: false,
            requested_at: None,
            used_order_id: None,
            used_at: None,
            created_at: now(),
            activated_at: Some(now()),
            disabled_at: None,
        }
    }

    fn told() -> PlatformCoupon {
        PlatformCoupon {
            external_id: "77".to_owned(),
            code: "fielABCDEFGHJK".to_owned(),
            description: None,
            discount: Some(Discount::Amount(2_000)),
            minimum_order: None,
            valid_until: Some(now() + TimeDelta::days(30)),
            active: true,
            times_used: None,
        }
    }

    fn judged(state: CouponState, change: impl Fn(&mut PlatformCoupon)) -> Option<DifferenceKind> {
        let mut told = told();
        change(&mut told);
        judge_coupon(&ours(state), &told, now()).map(|(kind, _)| kind)
    }

    #[test]
    fn a_coupon_that_is_as_it_was_made_does_not_differ() {
        for same in [
            |_: &mut PlatformCoupon| {},
            |told: &mut PlatformCoupon| told.times_used = Some(0),
            |told: &mut PlatformCoupon| told.valid_until = None,
            |told: &mut PlatformCoupon| told.minimum_order = Some(0),
            // Asked for by an adapter, so that nothing is given away.
            |told: &mut PlatformCoupon| told.minimum_order = Some(2_000),
            // The day after the last, up to its end.
            |told: &mut PlatformCoupon| told.valid_until = told.valid_until.map(|end| end + TimeDelta::hours(26)),
            |told: &mut PlatformCoupon| told.valid_until = told.valid_until.map(|end| end - TimeDelta::hours(3)),
        ] {
            assert_eq!(judged(CouponState::Active, same), None);
        }
    }

    #[test]
    fn what_was_changed_by_hand_differs() {
        for changed in [
            |told: &mut PlatformCoupon| told.discount = Some(Discount::Amount(5_000)),
            |told: &mut PlatformCoupon| told.discount = Some(Discount::Percent(2_000)),
            |told: &mut PlatformCoupon| told.discount = None,
            |told: &mut PlatformCoupon| told.minimum_order = Some(5_000),
            |told: &mut PlatformCoupon| told.valid_until = told.valid_until.map(|end| end + TimeDelta::days(2)),
            |told: &mut PlatformCoupon| told.valid_until = told.valid_until.map(|end| end - TimeDelta::days(2)),
        ] {
            assert_eq!(
                judged(CouponState::Active, changed),
                Some(DifferenceKind::CouponChanged)
            );
        }
        assert_eq!(
            judged(CouponState::Active, |told| told.active = false),
            Some(DifferenceKind::CouponEnded)
        );
        // The one way to end a coupon by hand where it cannot be switched off.
        let past = |told: &mut PlatformCoupon| told.valid_until = Some(now() - TimeDelta::days(1));
        assert_eq!(judged(CouponState::Active, past), Some(DifferenceKind::CouponEnded));
    }

    #[test]
    fn a_use_is_told_before_all_else() {
        let used = |told: &mut PlatformCoupon| {
            told.times_used = Some(1);
            told.active = false;
        };
        assert_eq!(judged(CouponState::Active, used), Some(DifferenceKind::CouponUsed));
        for state in [CouponState::Used, CouponState::Pending, CouponState::Disabled] {
            assert_eq!(judged(state, used), None, "{state:?}");
        }
    }

    #[test]
    fn nobody_has_both_the_points_and_a_coupon() {
        for state in [CouponState::Disabled, CouponState::Failed] {
            assert_eq!(judged(state, |_| {}), Some(DifferenceKind::CouponUsable));
            assert_eq!(judged(state, |told| told.active = false), None);
        }
    }

    #[test]
    fn what_ended_by_itself_does_not_differ() {
        let mut ended = ours(CouponState::Active);
        ended.valid_until = now() - TimeDelta::days(3);
        let mut there = told();
        there.valid_until = Some(ended.valid_until);
        assert_eq!(judge_coupon(&ended, &there, now()), None);
        assert_eq!(judge_missing_coupon(&ended, now()), None);
        // Somebody has prolonged it.
        there.valid_until = Some(now() + TimeDelta::days(3));
        let verdict = judge_coupon(&ended, &there, now());
        assert_eq!(verdict, Some((DifferenceKind::CouponChanged, Repair::AcceptTerms)));
    }

    #[test]
    fn of_the_coupons_that_nobody_knows_those_like_ours_are_told() {
        let unknown = |code: &str, active| {
            let told = PlatformCoupon {
                code: code.to_owned(),
                active,
                ..told()
            };
            judge_unknown(&told, now()).is_some()
        };
        assert!(unknown("fielqualquer", true));
        assert!(!unknown("FIELQUALQUER", false));
        assert!(!unknown("BEMVINDO10", true));
    }
}
