//! Making the coupon: exactly one comes into being, and the points are spent if and only if it does.

use entity::coupon::CouponState;

use super::Known;

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Nothing: the redemption is at its end.
    Stop,
    /// Ask the shop for a coupon with the code.
    Look,
    /// Note that the coupon may exist from now on, then ask the shop to make it, once.
    Send,
    /// It exists: spend the points.
    Complete,
    /// It never will: give the points back, unless somebody else has sent a request meanwhile.
    Fail,
    /// The code is somebody else's: draw another, under the same condition, and try again.
    ReplaceCode,
    /// The request had no effect: take the note back, under the same condition, and try again.
    TakeBack,
    /// Try again later.
    Wait,
    /// Try again when what earlier requests did must show.
    Settle,
}

/// What the shop has under the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// Our coupon.
    Ours,
    /// A coupon that somebody else made.
    Anothers,
    /// None that it shows.
    Nothing,
}

/// What became of a request to make the coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It exists.
    Created,
    /// There is one with this code already.
    DuplicateCode,
    /// The shop refuses for good.
    Refused,
    /// Unknown: it may exist, or come into being later.
    Lost,
    /// It had no effect: a limit, no connection, credentials.
    NotSent,
}

/// An attempt to make a coupon.
#[must_use = "an attempt is its next step"]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Issuing {
    step: Step,
    /// An earlier attempt's request may take effect, or has, without being seen.
    in_doubt: bool,
    answer: Option<Answer>,
}

impl Issuing {
    /// Begins an attempt.
    pub fn begin(known: Known) -> Self {
        let step = match known.coupon {
            CouponState::Pending if known.outcome_unknown => Step::Look,
            CouponState::Pending => Step::Send,
            // A sale was seen that used it, before the answer to its making was.
            CouponState::Used | CouponState::Active => Step::Complete,
            CouponState::Failed | CouponState::Disabled => Step::Stop,
        };
        Self {
            step,
            in_doubt: known.is_in_doubt(),
            answer: None,
        }
    }

    /// What is done next.
    pub fn step(self) -> Step {
        self.step
    }

    /// The shop was looked at.
    pub fn looked(self, found: Found) -> Self {
        let step = match (found, self.answer) {
            (Found::Ours, _) => Step::Complete,
            (Found::Nothing, None) => Step::Send,
            // It says that the code is taken and shows nobody's coupon: ours, perhaps, from before.
            (Found::Nothing, Some(Answer::DuplicateCode)) if self.in_doubt => Step::Settle,
            (_, None | Some(Answer::DuplicateCode)) => Step::ReplaceCode,
            // It may still arrive: the next attempt looks before it sends.
            (_, Some(_)) => Step::Wait,
        };
        Self { step, ..self }
    }

    /// The shop answered the request to make the coupon.
    pub fn answered(self, answer: Answer) -> Self {
        let step = match answer {
            Answer::Created => Step::Complete,
            Answer::DuplicateCode | Answer::Lost => Step::Look,
            // It refuses a second coupon; of the first nothing is known yet.
            Answer::Refused if self.in_doubt => Step::Settle,
            Answer::Refused => Step::Fail,
            Answer::NotSent if self.in_doubt => Step::Wait,
            Answer::NotSent => Step::TakeBack,
        };
        Self {
            step,
            answer: Some(answer),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(outcome_unknown: bool, is_settled: bool) -> Known {
        Known {
            coupon: CouponState::Pending,
            outcome_unknown,
            is_settled,
            is_listed: false,
        }
    }

    #[test]
    fn what_may_exist_is_looked_for_first() {
        assert_eq!(Issuing::begin(known(false, false)).step(), Step::Send);
        let again = Issuing::begin(known(true, false));
        assert_eq!(again.step(), Step::Look);
        assert_eq!(again.looked(Found::Ours).step(), Step::Complete);
        assert_eq!(again.looked(Found::Anothers).step(), Step::ReplaceCode);
        assert_eq!(again.looked(Found::Nothing).step(), Step::Send);
    }

    #[test]
    fn a_refusal_is_believed_when_no_earlier_request_is_in_doubt() {
        let steps = |known, answer| Issuing::begin(known).looked(Found::Nothing).answered(answer).step();
        let (first, soon, late) = (known(false, false), known(true, false), known(true, true));
        assert_eq!(Issuing::begin(first).answered(Answer::Refused).step(), Step::Fail);
        assert_eq!(steps(soon, Answer::Refused), Step::Settle);
        assert_eq!(steps(late, Answer::Refused), Step::Fail);
        assert_eq!(Issuing::begin(first).answered(Answer::NotSent).step(), Step::TakeBack);
        assert_eq!(steps(soon, Answer::NotSent), Step::Wait);
        assert_eq!(steps(late, Answer::NotSent), Step::TakeBack);
    }

    #[test]
    fn a_taken_code_is_ours_as_long_as_that_is_possible() {
        let after = |known, found| {
            let sent = Issuing::begin(known).answered(Answer::DuplicateCode);
            assert_eq!(sent.step(), Step::Look);
            sent.looked(found).step()
        };
        let (first, soon) = (known(false, false), known(true, false));
        assert_eq!(after(first, Found::Nothing), Step::ReplaceCode);
        assert_eq!(after(soon, Found::Nothing), Step::Settle);
        assert_eq!(after(soon, Found::Anothers), Step::ReplaceCode);
        assert_eq!(after(soon, Found::Ours), Step::Complete);
        let lost = Issuing::begin(first).answered(Answer::Lost);
        assert_eq!(lost.step(), Step::Look);
        assert_eq!(lost.looked(Found::Nothing).step(), Step::Wait);
    }

    #[test]
    fn what_a_sale_used_exists_and_what_has_ended_stays() {
        let at = |coupon| {
            Issuing::begin(Known {
                coupon,
                ..known(true, false)
            })
            .step()
        };
        assert_eq!(at(CouponState::Used), Step::Complete);
        assert_eq!(at(CouponState::Failed), Step::Stop);
        assert_eq!(at(CouponState::Disabled), Step::Stop);
    }
}
