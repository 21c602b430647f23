//! What the database holds of a redemption, its coupon and its points, and the transactions that change it.
//! Each function is one transaction and mirrors the function of the program that it names.

use entity::coupon::CouponState;
use entity::redemption::RedemptionState;
use fidelidade::domain::saga::Known;

use super::twists::Twist;

/// The rows of a redemption and its coupon, and what its entries have moved.
#[expect(
    clippy::struct_excessive_bools,
    reason = "most are columns, or what a column is asked for"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) redemption: RedemptionState,
    pub(crate) coupon: CouponState,
    /// Somebody has asked to cancel it.
    pub(crate) is_unwanted: bool,
    pub(crate) code: u8,
    pub(crate) attempts: u8,
    pub(crate) outcome_unknown: bool,
    /// The last request, and the making of the coupon, lie so far back that what they did must show.
    pub(crate) is_settled: bool,
    pub(crate) is_listed: bool,
    /// An import that began after the coupon's end has ended.
    pub(crate) all_sales_seen: bool,
    /// The sale that used it was seen: `used_order_id`.
    pub(crate) is_use_noticed: bool,
    /// How often the points were spent, and how often they came back.
    pub(crate) spent: u8,
    pub(crate) returned: u8,
}

/// The coupon as a worker read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Read {
    pub(crate) coupon: CouponState,
    pub(crate) code: u8,
    pub(crate) attempts: u8,
    pub(crate) outcome_unknown: bool,
}

impl Row {
    /// `service::redemption::request`: the points are held.
    pub(crate) fn requested() -> Self {
        Self {
            redemption: RedemptionState::Requested,
            coupon: CouponState::Pending,
            is_unwanted: false,
            code: 0,
            attempts: 0,
            outcome_unknown: false,
            is_settled: false,
            is_listed: false,
            all_sales_seen: false,
            is_use_noticed: false,
            spent: 0,
            returned: 0,
        }
    }

    /// `begin_attempt` and `find_ending`.
    pub(crate) fn read(&self) -> Read {
        Read {
            coupon: self.coupon,
            code: self.code,
            attempts: self.attempts,
            outcome_unknown: self.outcome_unknown,
        }
    }

    /// `known`.
    pub(crate) fn known(&self, twist: Twist) -> Known {
        Known {
            coupon: self.coupon,
            outcome_unknown: self.outcome_unknown && twist != Twist::CreatesWithoutLooking,
            is_settled: self.is_settled || twist == Twist::BelievesRefusals,
            is_listed: self.is_listed || twist == Twist::TakesAbsenceForProof,
        }
    }

    /// `is_still`.
    fn is_still(&self, read: Read, twist: Twist) -> bool {
        let is_same = self.coupon == read.coupon && self.code == read.code;
        let is_last = self.attempts == read.attempts || twist == Twist::ForgetsOthers;
        let forgets = matches!(twist, Twist::ForgetsOthers | Twist::ForgetsConclusions);
        is_same && is_last && (forgets || self.outcome_unknown == read.outcome_unknown)
    }

    /// `note_request`: `about_to_send` of an attempt and of an ending.
    pub(crate) fn note_request(&mut self, read: &mut Read, twist: Twist) -> bool {
        if !self.is_still(*read, twist) {
            return false;
        }
        self.attempts += 1;
        read.attempts += 1;
        read.outcome_unknown = true;
        self.outcome_unknown = true;
        self.is_settled = false;
        true
    }

    /// `clear_attempt`.
    pub(crate) fn clear_attempt(&mut self, read: Read, twist: Twist) {
        if self.is_still(read, twist) {
            self.outcome_unknown = false;
        }
    }

    /// `replace_code`.
    pub(crate) fn replace_code(&mut self, read: Read, twist: Twist) {
        if self.is_still(read, twist) {
            self.code += 1;
            self.outcome_unknown = false;
        }
    }

    /// `complete` and `complete_used` of an attempt; the wish that was kept is heard here.
    pub(crate) fn complete(&mut self, twist: Twist) {
        if self.redemption != RedemptionState::Requested {
            return;
        }
        self.redemption = if self.is_unwanted {
            RedemptionState::Cancelling
        } else {
            RedemptionState::Completed
        };
        self.spent += 1;
        if self.coupon != CouponState::Used || twist == Twist::ForgetsUses {
            self.coupon = CouponState::Active;
        }
        self.outcome_unknown = false;
        self.is_listed = false;
    }

    /// `fail`.
    pub(crate) fn fail(&mut self, read: Read, twist: Twist) {
        if self.redemption == RedemptionState::Requested && self.is_still(read, twist) {
            self.redemption = RedemptionState::Failed;
            self.coupon = CouponState::Failed;
            self.outcome_unknown = false;
            self.returned += 1;
        }
    }

    /// `cancel`, with `withdraw`.
    pub(crate) fn cancel(&mut self) {
        match self.redemption {
            RedemptionState::Requested if self.coupon == CouponState::Pending && !self.outcome_unknown => {
                self.is_unwanted = true;
                self.redemption = RedemptionState::Cancelled;
                self.coupon = CouponState::Disabled;
                self.returned += 1;
            }
            RedemptionState::Requested if self.coupon != CouponState::Used => self.is_unwanted = true,
            RedemptionState::Completed if self.coupon != CouponState::Used => {
                self.is_unwanted = true;
                self.redemption = RedemptionState::Cancelling;
            }
            _ => {}
        }
    }

    /// `Ending::note_disabled`.
    pub(crate) fn note_disabled(&mut self) -> bool {
        let is_active = self.coupon == CouponState::Active;
        if is_active {
            self.coupon = CouponState::Disabled;
            self.outcome_unknown = false;
        }
        is_active
    }

    /// `Ending::complete`. False when the coupon was used after all.
    pub(crate) fn refund(&mut self) -> bool {
        if self.redemption != RedemptionState::Cancelling {
            return true;
        }
        let is_dead = self.coupon == CouponState::Disabled;
        if is_dead {
            self.redemption = RedemptionState::Cancelled;
            self.returned += 1;
        }
        is_dead
    }

    /// `Ending::keep_used`.
    pub(crate) fn keep_used(&mut self) {
        self.keep();
        self.coupon = CouponState::Used;
    }

    /// `Ending::keep_alive`.
    pub(crate) fn keep_alive(&mut self, read: Read, twist: Twist) {
        if self.is_still(read, twist) {
            self.keep();
            self.outcome_unknown = false;
        }
    }

    fn keep(&mut self) {
        if self.redemption == RedemptionState::Cancelling {
            self.redemption = RedemptionState::Completed;
        }
    }

    /// An import that begins and ends now: `notice_used`, and what `Ending::all_sales_seen` asks for.
    pub(crate) fn import(&mut self, was_used: bool) {
        self.all_sales_seen = self.coupon == CouponState::Disabled;
        if was_used && !self.is_use_noticed {
            self.coupon = CouponState::Used;
            self.is_use_noticed = true;
        }
    }
}
