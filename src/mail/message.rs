//! The e-mails that exist, and what each of them has to be told.
//!
//! A message says what happened; its context says in which store, to whom and when. Neither is
//! trusted to be safe text: names come from sign-up forms and imports, and are made safe where
//! they are written out.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use lettre::Address;
use serde::{Deserialize, Serialize};
use url::Url;

/// What an e-mail tells a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Message {
    /// An order was worth points.
    PointsEarned {
        /// The points of this order.
        points: i64,
        /// The points that the customer has now, these included.
        balance: i64,
        /// The order's number as the shop shows it to the customer.
        order_number: String,
    },
    /// A redemption succeeded; the coupon can be used.
    CouponIssued {
        /// The reward's name.
        reward_name: String,
        /// The code to type at the checkout.
        code: String,
        /// What the coupon takes off, in Portuguese, for instance `R$ 20,00 de desconto`.
        takes_off: String,
        /// The smallest order on which it works, in centavos, if there is such a limit.
        minimum_order_cents: Option<i64>,
        /// The last instant at which it works, if it ends.
        valid_until: Option<DateTime<Utc>>,
    },
    /// A redemption failed for good, and its points are back.
    RedemptionFailed {
        /// The reward's name.
        reward_name: String,
        /// The points that were given back.
        points_returned: i64,
        /// Why it failed, in Portuguese that the customer understands.
        reason: String,
    },
    /// A redemption was fulfilled by hand, with something else than a coupon.
    RewardFulfilled {
        /// The reward's name.
        reward_name: String,
        /// How the customer gets it, as the staff wrote it.
        note: String,
    },
    /// A code was asked for, to redeem with at a till.
    RedemptionCode {
        /// The code to tell whoever is at the till.
        code: String,
        /// The last instant at which it works.
        valid_until: DateTime<Utc>,
    },
    /// A member of a store's staff forgot the password.
    PasswordReset {
        /// The code by which another is set.
        code: String,
        /// The last instant at which it works.
        valid_until: DateTime<Utc>,
    },
    /// Somebody is invited to a store's staff.
    Invitation {
        /// The code by which the invitation is accepted.
        code: String,
        /// The last instant at which it works.
        valid_until: DateTime<Utc>,
    },
    /// A store's webhook was paused.
    WebhookPaused {
        /// The host that deliveries are sent to.
        receiver: String,
        /// Why.
        cause: PauseCause,
        /// Since when no delivery succeeded, if they fail.
        failing_since: Option<DateTime<Utc>>,
        /// For how many days deliveries are kept.
        days_kept: u32,
    },
    /// Redemptions wait for a store's staff.
    FulfilmentsWaiting {
        /// How many.
        count: u64,
        /// Since when the first.
        since: DateTime<Utc>,
    },
    /// A store's pool of codes has few left.
    PoolLow {
        /// The pool's name.
        pool: String,
        /// How many codes are left.
        left: i64,
        /// The number below which the store wanted to be told.
        threshold: i64,
    },
    /// A store's consent on a platform will end, since it cannot be renewed.
    ConsentEnding {
        /// The platform's name.
        platform: String,
        /// When it ends.
        ends_at: DateTime<Utc>,
        /// Since when it cannot be renewed, where that was tried.
        failing_since: Option<DateTime<Utc>>,
    },
    /// A store's consent on a platform is over.
    ConsentEnded {
        /// The platform's name.
        platform: String,
        /// When that was found.
        ended_at: DateTime<Utc>,
    },
}

/// Why a webhook was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// The receiver wants nothing any more.
    Gone,
    /// No delivery succeeded for days.
    Failing,
    /// Who answers for it may not see any more what it shows.
    Forbidden,
}

/// Whether a customer may opt out of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageClass {
    /// The answer to something that the customer did: always sent.
    Transactional,
    /// News of the programme: not sent to those who opted out.
    Programme,
}

/// Where, to whom and when: what all messages need.
#[derive(Clone)]
pub struct MailContext {
    /// The e-mail's own id. The Message-ID is made from it, so it must stay the same when the
    /// e-mail is sent again.
    pub mail_id: String,
    /// When the e-mail came to be; the same on every repetition.
    pub date: DateTime<Utc>,
    /// The address that the mail server sends for, common to all stores.
    pub from: Address,
    /// The customer's address.
    pub to: Address,
    /// Where answers go: the store's own address, if it has given one.
    pub reply_to: Option<Address>,
    /// The store's name, which is also the name of the sender.
    pub store_name: String,
    /// The store's shop; the link of the e-mail. Only `http` and `https` addresses are linked.
    pub site_url: Url,
    /// The customer's first name, if it is known.
    pub customer_first_name: Option<String>,
    /// The store's time zone, in which dates are written.
    pub zone: Tz,
    /// Where the customer can opt out of programme messages with one click, without signing in.
    pub unsubscribe: Option<Url>,
}

impl Message {
    /// The message's short name, for records and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PointsEarned { .. } => "points_earned",
            Self::CouponIssued { .. } => "coupon_issued",
            Self::RedemptionFailed { .. } => "redemption_failed",
            Self::PasswordReset { .. } => "password_reset",
            Self::Invitation { .. } => "invitation",
            Self::WebhookPaused { .. } => "webhook_paused",
            Self::PoolLow { .. } => "pool_low",
            Self::RewardFulfilled { .. } => "reward_fulfilled",
            Self::RedemptionCode { .. } => "redemption_code",
            Self::FulfilmentsWaiting { .. } => "fulfilments_waiting",
            Self::ConsentEnding { .. } => "consent_ending",
            Self::ConsentEnded { .. } => "consent_ended",
        }
    }

    /// Whether customers may opt out of it.
    pub fn class(&self) -> MessageClass {
        match self {
            Self::PointsEarned { .. } => MessageClass::Programme,
            Self::CouponIssued { .. }
            | Self::RedemptionFailed { .. }
            | Self::PasswordReset { .. }
            | Self::Invitation { .. }
            | Self::WebhookPaused { .. }
            | Self::PoolLow { .. }
            | Self::RewardFulfilled { .. }
            | Self::RedemptionCode { .. }
            | Self::FulfilmentsWaiting { .. }
            | Self::ConsentEnding { .. }
            | Self::ConsentEnded { .. } => MessageClass::Transactional,
        }
    }
}

impl MailContext {
    /// The opt-out link for this message: only programme messages have one.
    pub(super) fn unsubscribe_for(&self, message: &Message) -> Option<&Url> {
        match message.class() {
            MessageClass::Programme => self.unsubscribe.as_ref(),
            MessageClass::Transactional => None,
        }
    }
}
