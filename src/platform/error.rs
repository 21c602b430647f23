//! What can go wrong with a platform, told apart by what someone can do about it.

use std::time::Duration;

/// A failed call to a platform. Messages never hold credentials or personal data.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PlatformError {
    /// The credentials are wrong: the merchant must type them again.
    #[error("the platform refuses these credentials: {detail}")]
    Unauthorized {
        /// What the platform said, shortened.
        detail: String,
    },
    /// The credentials were valid and are no more: the merchant must renew them.
    #[error("the credential has expired: {detail}")]
    Expired {
        /// What the platform said, shortened.
        detail: String,
    },
    /// The merchant has to consent on the platform, for the first time or again.
    #[error("the merchant's consent on the platform is needed: {detail}")]
    ConsentNeeded {
        /// What became of the one before, if there was one.
        detail: String,
    },
    /// The credentials are valid but lack a permission.
    #[error("the credential may not use '{resource}': {detail}")]
    Forbidden {
        /// The resource in the platform's own word, for instance `pedido`.
        resource: String,
        /// What the platform said, shortened.
        detail: String,
    },
    /// The panel's address (Magazord's alias) does not lead to the platform.
    #[error("no panel answers at this alias: {detail}")]
    WrongAlias {
        /// What was met instead.
        detail: String,
    },
    /// The address that was typed does not lead to a shop of the platform.
    #[error("no shop of this platform answers at this address: {detail}")]
    WrongAddress {
        /// What was met instead.
        detail: String,
    },
    /// The platform could not be reached, or answered only with server errors. Nothing was changed.
    #[error("the platform cannot be reached: {detail}")]
    Unreachable {
        /// What was met.
        detail: String,
    },
    /// The platform's limit was met; try again after the delay. Nothing was changed.
    #[error("the platform's request limit is reached")]
    RateLimited {
        /// How long the platform asks to wait, where it says so.
        retry_after: Option<Duration>,
    },
    /// A write whose answer was lost: it may or may not have been done. Ask before doing it again.
    #[error("the answer was lost; it is unknown whether the change was made: {detail}")]
    Unknown {
        /// What was met.
        detail: String,
    },
    /// The platform refuses the request for good.
    #[error("the platform refuses: {detail}")]
    Refused {
        /// Why, told apart by what can be done about it.
        reason: RefusalReason,
        /// What the platform said, shortened.
        detail: String,
    },
    /// What was asked for does not exist.
    #[error("not found on the platform: {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The answer cannot be understood.
    #[error("the platform's answer cannot be understood: {detail}")]
    Malformed {
        /// What is wrong with it, without its contents.
        detail: String,
    },
    /// The platform has no such function, or it was not switched on for this account.
    #[error("the platform does not offer this: {detail}")]
    Unsupported {
        /// What is missing.
        detail: String,
    },
}

/// Why a platform refuses a write for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// A coupon with this code exists already.
    DuplicateCode,
    /// A value is not accepted.
    InvalidValue,
    /// Anything else.
    Other,
}

impl PlatformError {
    /// Whether the same call may succeed later without anyone's doing.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::RateLimited { .. } | Self::Unknown { .. } | Self::Malformed { .. }
        )
    }
}
