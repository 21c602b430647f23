//! What is done next about a redemption's coupon: from what the database knows and what the shop answered.
//!
//! Every step between two decisions is one transaction or one request, and the process may die before or
//! after each. Workers carry the steps out; they decide nothing. `tests/saga` explores every order of these
//! steps, with whatever a shop, a buyer, a second worker and a power cut may do between them.
//!
//! Two things are never known at once: what a request that was lost did, and what a request that is still on
//! its way will do. So a request is noted before it is sent, and what another one's refusal says about the
//! coupon is only believed when no earlier request is in doubt. After a while ([`Known::is_settled`]) none is:
//! no request is on its way any more, and what the shop has made is in its list.

pub mod ending;
pub mod issuing;

use entity::coupon::CouponState;

/// What the database knows of a coupon when an attempt begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Known {
    /// Where the coupon stands.
    pub coupon: CouponState,
    /// An earlier request to make it or to end it may have taken effect, or may still.
    pub outcome_unknown: bool,
    /// The last request was sent so long ago that its effect would show.
    pub is_settled: bool,
    /// The coupon was made so long ago that the shop shows it, if it has it.
    pub is_listed: bool,
}

impl Known {
    /// Whether an earlier request may take effect, or has, without being seen.
    fn is_in_doubt(self) -> bool {
        self.outcome_unknown && !self.is_settled
    }
}
