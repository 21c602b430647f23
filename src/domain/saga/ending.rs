//! Ending the coupon of a redemption that is cancelled: the points come back only when nobody has used it
//! and nobody can.

use entity::coupon::CouponState;

use super::Known;

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Nothing: the coupon is not one that could be ended.
    Stop,
    /// Ask the shop for the coupon.
    Look,
    /// Note that the coupon may be dead from now on, then ask the shop to end it, once.
    Send,
    /// Note that nobody can use it any more, unless a sale that used it was seen meanwhile.
    NoteDisabled,
    /// Look whether every sale is known that could have used it.
    CheckSales,
    /// Give the points back, unless a sale that used it was seen meanwhile.
    Refund,
    /// The coupon was used: the redemption stays completed, and that is noted.
    KeepUsed,
    /// The shop will not end it: the redemption stays completed, unless somebody else has sent a request
    /// meanwhile.
    KeepAlive,
    /// Try again later.
    Wait,
    /// Try again when what earlier requests did must show.
    Settle,
}

/// What the shop tells of the coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// A use is counted. Some shops do not count.
    Used,
    /// It can be used.
    Alive,
    /// It is there and cannot be used.
    Dead,
    /// None that the shop shows.
    Nothing,
}

/// What became of a request to end the coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Nobody can use it any more.
    Ended,
    /// There is no such coupon.
    NotFound,
    /// The shop will not, or cannot.
    Refused,
    /// Unknown, or without effect: it can be sent again at any time.
    Lost,
}

/// An attempt to end a coupon.
#[must_use = "an attempt is its next step"]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ending {
    step: Step,
    /// An earlier attempt's request may take effect, or has, without being seen.
    in_doubt: bool,
    /// The shop would show the coupon if it had it.
    is_listed: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    /// The coupon can be used.
    Before,
    /// The shop refused to end it.
    Refused,
    /// It cannot be used.
    After,
}

impl Ending {
    /// Begins an attempt.
    pub fn begin(known: Known) -> Self {
        let (step, stage) = match known.coupon {
            CouponState::Active => (Step::Look, Stage::Before),
            CouponState::Disabled => (Step::Look, Stage::After),
            CouponState::Used => (Step::KeepUsed, Stage::After),
            CouponState::Pending | CouponState::Failed => (Step::Stop, Stage::Before),
        };
        Self {
            step,
            in_doubt: known.is_in_doubt(),
            is_listed: known.is_listed,
            stage,
        }
    }

    /// What is done next.
    pub fn step(self) -> Step {
        self.step
    }

    /// The shop was looked at.
    pub fn looked(self, found: Found) -> Self {
        let step = match (self.stage, found) {
            (_, Found::Used) => Step::KeepUsed,
            (Stage::Before, _) => Step::Send,
            (Stage::Refused, Found::Dead) => Step::NoteDisabled,
            (Stage::Refused, Found::Nothing) => self.missing(),
            // Somebody else's request may end it yet.
            (Stage::Refused, Found::Alive) if self.in_doubt => Step::Settle,
            (Stage::Refused, Found::Alive) => Step::KeepAlive,
            (Stage::After, _) => Step::CheckSales,
        };
        Self { step, ..self }
    }

    /// The shop answered the request to end the coupon.
    pub fn answered(self, answer: Answer) -> Self {
        let (step, stage) = match answer {
            Answer::Ended => (Step::NoteDisabled, Stage::Before),
            Answer::NotFound => (self.missing(), Stage::Before),
            Answer::Refused => (Step::Look, Stage::Refused),
            Answer::Lost => (Step::Wait, Stage::Before),
        };
        Self { step, stage, ..self }
    }

    /// It was noted that nobody can use the coupon any more.
    pub fn disabled(self) -> Self {
        Self {
            step: Step::Look,
            stage: Stage::After,
            ..self
        }
    }

    /// Every sale is known that could have used the coupon.
    pub fn all_sales_seen(self) -> Self {
        Self {
            step: Step::Refund,
            ..self
        }
    }

    /// Something is still to come, or somebody else came first.
    pub fn put_off(self) -> Self {
        Self {
            step: Step::Wait,
            ..self
        }
    }

    /// A sale was seen that used the coupon, before the points came back.
    pub fn used(self) -> Self {
        Self {
            step: Step::KeepUsed,
            ..self
        }
    }

    /// A coupon that the shop does not show is gone if it had to show it.
    fn missing(self) -> Step {
        if self.is_listed {
            Step::NoteDisabled
        } else {
            Step::Settle
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(coupon: CouponState, outcome_unknown: bool, is_settled: bool) -> Ending {
        Ending::begin(Known {
            coupon,
            outcome_unknown,
            is_settled,
            is_listed: is_settled,
        })
    }

    #[test]
    fn a_coupon_is_ended_then_sales_are_counted_then_points_come_back() {
        let ending = begin(CouponState::Active, false, false);
        assert_eq!(ending.step(), Step::Look);
        let ending = ending.looked(Found::Alive);
        assert_eq!(ending.step(), Step::Send);
        let ending = ending.answered(Answer::Ended);
        assert_eq!(ending.step(), Step::NoteDisabled);
        assert_eq!(ending.put_off().step(), Step::Wait);
        let ending = ending.disabled();
        assert_eq!(ending.step(), Step::Look);
        let ending = ending.looked(Found::Dead);
        assert_eq!(ending.step(), Step::CheckSales);
        assert_eq!(ending.put_off().step(), Step::Wait);
        assert_eq!(ending.all_sales_seen().step(), Step::Refund);
        assert_eq!(ending.used().step(), Step::KeepUsed);
    }

    #[test]
    fn a_use_ends_it_at_every_stage() {
        for ending in [
            begin(CouponState::Active, false, false),
            begin(CouponState::Active, false, false)
                .looked(Found::Alive)
                .answered(Answer::Refused),
            begin(CouponState::Disabled, true, false),
        ] {
            assert_eq!(ending.looked(Found::Used).step(), Step::KeepUsed);
        }
        assert_eq!(begin(CouponState::Used, true, false).step(), Step::KeepUsed);
    }

    #[test]
    fn a_refusal_is_believed_when_no_earlier_request_is_in_doubt() {
        let refused = |unknown, settled, found| {
            let sent = begin(CouponState::Active, unknown, settled).looked(Found::Alive);
            sent.answered(Answer::Refused).looked(found).step()
        };
        assert_eq!(refused(false, false, Found::Alive), Step::KeepAlive);
        assert_eq!(refused(true, false, Found::Alive), Step::Settle);
        assert_eq!(refused(true, true, Found::Alive), Step::KeepAlive);
        assert_eq!(refused(true, false, Found::Dead), Step::NoteDisabled);
        assert_eq!(refused(true, false, Found::Nothing), Step::Settle);
        assert_eq!(refused(true, true, Found::Nothing), Step::NoteDisabled);
    }

    #[test]
    fn a_coupon_that_is_not_shown_is_gone_only_when_it_had_to_be_shown() {
        let answered = |settled| {
            let sent = begin(CouponState::Active, false, settled).looked(Found::Nothing);
            sent.answered(Answer::NotFound).step()
        };
        assert_eq!(answered(false), Step::Settle);
        assert_eq!(answered(true), Step::NoteDisabled);
    }
}
