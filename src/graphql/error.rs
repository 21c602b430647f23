//! Errors as callers see them: user errors in payloads, and top-level errors with a code.

use async_graphql::{Enum, ErrorExtensions, Interface, SimpleObject};
use chrono::{DateTime, Utc};
use entity::Points as PointsValue;

use super::scalar::Points;
use super::types::{ImportRun, MissingSetting};
use crate::access::Denied;
use crate::db::is_away;
use crate::domain::reward_limits::Used;
use crate::domain::settings::Problem;

/// What a user error is about. New codes may be added; treat unknown ones by their message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum UserErrorCode {
    /// There is no such thing, or it belongs to a store that is not the caller's.
    NotFound,
    /// A value cannot be used; `message` says why and how to mend it.
    Invalid,
    /// A value that is needed is missing.
    Required,
    /// E-mail address or password is wrong.
    WrongCredentials,
    /// Too many attempts; `message` says how long to wait: a minute after sign-ins and changes of a password, an hour
    /// after password resets and redemption codes.
    TooManyAttempts,
    /// The refresh token is not valid; sign in again.
    InvalidRefreshToken,
    /// The code from the e-mail is not valid, was used, or is too old.
    InvalidCode,
    /// The customer has no e-mail address that a code can be sent to.
    NoEmail,
    /// Whoever has this address is a member already.
    AlreadyMember,
    /// A store keeps at least one owner.
    LastOwner,
    /// The platform refuses the credentials: type them again.
    CredentialsRefused,
    /// The credential has expired: renew it on the platform.
    CredentialsExpired,
    /// The merchant has to consent on the platform, with `authorizeIntegration`.
    ConsentNeeded,
    /// The credential lacks a permission on the platform.
    PermissionMissing,
    /// No panel answers at this alias.
    WrongAlias,
    /// No shop of the platform answers at this address.
    WrongAddress,
    /// The platform cannot be reached; nothing was changed, try again later.
    PlatformUnreachable,
    /// The platform's request limit is reached; try again in a minute.
    PlatformBusy,
    /// The platform does not offer this.
    Unsupported,
    /// Sales are registered by another integration of the store.
    SalesRegisteredElsewhere,
    /// The thing was changed since the version that the change is based on.
    Conflict,
    /// Settings are missing before activation.
    ActivationIncomplete,
    /// Something has to be confirmed first: that activation starts e-mails to customers, or that a coupon was ended by hand.
    ConfirmationRequired,
    /// The integration is not active.
    IntegrationInactive,
    /// Nothing is there to be imported.
    NothingToImport,
    /// An import is under way.
    ImportUnderWay,
    /// Three exports of the store are under way: wait until one has ended, or cancel one.
    TooManyExports,
    /// Many files of the store wait to be imported.
    TooManyUploads,
    /// The points do not suffice.
    InsufficientPoints,
    /// The reward is not offered at present.
    RewardInactive,
    /// The reward cannot be redeemed at this time.
    RewardNotAvailable,
    /// The reward has been redeemed as often as it can be in all.
    RewardSoldOut,
    /// The customer has redeemed the reward as often as one customer can.
    RewardLimitReached,
    /// The codes of the reward's pool have all been handed out.
    PoolEmpty,
    /// The reward follows the shop's feed.
    FollowsFeed,
    /// The idempotency key was used before with other input.
    IdempotencyKeyReused,
    /// The redemption failed: its points are back already.
    RedemptionFailed,
    /// The redemption does not wait for the staff any more.
    FulfilmentDone,
    /// The coupon was used already.
    CouponUsed,
    /// A redemption of the customer is under way; try again in a moment.
    RedemptionUnderWay,
    /// The customer was merged with others already.
    AlreadyMerged,
    /// The customer was not merged into another.
    NotMerged,
    /// The adjustment was reversed before.
    AlreadyReversed,
    /// No points of the lot ran out that were not given again already.
    NothingExpired,
    /// A webhook's query shows something that its scopes do not permit; `message` says what needs which.
    ScopeMissing,
}

/// Something that the caller can mend.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "What it is about, for programs."),
    field(
        name = "message",
        ty = "&String",
        desc = "What is wrong and how to mend it, for people, in English."
    ),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "The input's field, from the outside in; empty for the whole."
    )
)]
#[expect(clippy::large_enum_variant, reason = "made once per failed mutation")]
pub(super) enum UserError {
    Input(InputError),
    InsufficientPoints(InsufficientPoints),
    ActivationIncomplete(ActivationIncomplete),
    Conflict(VersionConflict),
    ImportUnderWay(ImportUnderWay),
    RewardNotAvailable(RewardNotAvailable),
    RewardLimitReached(RewardLimitReached),
}

/// A value or an action that is not possible.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct InputError {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
}

/// The customer's points do not suffice.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct InsufficientPoints {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// What can be spent now.
    available: Points,
    /// What is needed.
    required: Points,
}

/// Settings are missing before the integration can be switched on.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct ActivationIncomplete {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// What is missing, all of it.
    missing: Vec<MissingSetting>,
}

/// The thing was changed meanwhile.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct VersionConflict {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// The version now; read the thing again.
    current_version: i64,
}

/// The reward cannot be redeemed at this time.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct RewardNotAvailable {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// From when on it can be.
    available_from: Option<DateTime<Utc>>,
    /// Up to when it can be, this instant no more.
    available_until: Option<DateTime<Utc>>,
}

/// The customer has redeemed the reward as often as one customer can.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct RewardLimitReached {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// How often one customer can.
    times: i32,
    /// Within how many days, today included; none: ever.
    days: Option<i32>,
    /// When the customer can again; none: never, unless a redemption is cancelled or the limit is raised.
    again_at: Option<DateTime<Utc>>,
}

/// An import is under way.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct ImportUnderWay {
    /// What it is about, for programs.
    code: UserErrorCode,
    /// What is wrong and how to mend it, for people, in English.
    message: String,
    /// The input's field, from the outside in; empty for the whole.
    path: Vec<String>,
    /// The import that is under way.
    import_run: ImportRun,
}

impl UserError {
    /// An ordinary user error.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over an error or a text and keep neither"
    )]
    pub(super) fn new(code: UserErrorCode, message: impl ToString, path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self::Input(InputError {
            code,
            message: message.to_string(),
            path,
        })
    }

    /// There is no such thing.
    pub(super) fn not_found(what: &str, path: &[&str]) -> Self {
        Self::new(UserErrorCode::NotFound, format!("there is no such {what}"), path)
    }

    /// Settings that cannot be used.
    pub(super) fn problems(problems: Vec<Problem>) -> Vec<Self> {
        problems
            .into_iter()
            .map(|problem| {
                let code = match problem.code {
                    "REQUIRED" => UserErrorCode::Required,
                    "SCOPE_MISSING" => UserErrorCode::ScopeMissing,
                    "UNSUPPORTED" => UserErrorCode::Unsupported,
                    "SALES_REGISTERED_ELSEWHERE" => UserErrorCode::SalesRegisteredElsewhere,
                    _ => UserErrorCode::Invalid,
                };
                let path: Vec<&str> = problem.field.split('.').collect();
                Self::new(code, problem.message, &path)
            })
            .collect()
    }

    /// The points do not suffice.
    pub(super) fn insufficient(message: String, available: PointsValue, required: PointsValue) -> Self {
        Self::InsufficientPoints(InsufficientPoints {
            code: UserErrorCode::InsufficientPoints,
            message,
            path: Vec::new(),
            available: available.into(),
            required: required.into(),
        })
    }

    /// Settings are missing.
    pub(super) fn incomplete(message: String, missing: Vec<MissingSetting>) -> Self {
        let code = UserErrorCode::ActivationIncomplete;
        Self::ActivationIncomplete(ActivationIncomplete {
            code,
            message,
            path: Vec::new(),
            missing,
        })
    }

    /// Somebody changed it meanwhile.
    pub(super) fn conflict(message: String, current_version: i64) -> Self {
        let path = vec!["version".to_owned()];
        Self::Conflict(VersionConflict {
            code: UserErrorCode::Conflict,
            message,
            path,
            current_version,
        })
    }

    /// It is not the reward's time.
    pub(super) fn not_available(message: String, [from, until]: [Option<DateTime<Utc>>; 2]) -> Self {
        Self::RewardNotAvailable(RewardNotAvailable {
            code: UserErrorCode::RewardNotAvailable,
            message,
            path: vec!["rewardId".to_owned()],
            available_from: from,
            available_until: until,
        })
    }

    /// The customer may not once more.
    pub(super) fn limit_reached(message: String, used: Used) -> Self {
        let (times, days, again_at) = match used {
            Used::OfCustomer { times, .. } => (times, None, None),
            Used::OfPeriod {
                times, days, again_at, ..
            } => (times, Some(days), again_at),
        };
        Self::RewardLimitReached(RewardLimitReached {
            code: UserErrorCode::RewardLimitReached,
            message,
            path: vec!["rewardId".to_owned()],
            times,
            days,
            again_at,
        })
    }

    /// An import is under way.
    pub(super) fn under_way(message: String, import_run: ImportRun) -> Self {
        let code = UserErrorCode::ImportUnderWay;
        Self::ImportUnderWay(ImportUnderWay {
            code,
            message,
            path: Vec::new(),
            import_run,
        })
    }
}

/// A top-level error with a code.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers hand over an error or a text and keep neither"
)]
pub(super) fn coded(code: &'static str, message: impl ToString) -> async_graphql::Error {
    async_graphql::Error::new(message.to_string()).extend_with(|_, extensions| extensions.set("code", code))
}

/// A denial: who is not signed in, or may not.
pub(super) fn denied(denied: Denied) -> async_graphql::Error {
    let code = match denied {
        Denied::Unauthenticated => "UNAUTHENTICATED",
        Denied::NotFound => "NOT_FOUND",
        Denied::Forbidden(_) => "FORBIDDEN",
    };
    coded(code, denied)
}

/// A fault of ours, or the database's absence: logged once, here, and hidden.
pub(super) fn fault(error: impl std::error::Error + 'static) -> async_graphql::Error {
    if is_away(&error) {
        tracing::error!(%error, "the database does not answer");
        let message = "the database does not answer; try again, a mutation with the same idempotency key";
        return coded("UNAVAILABLE", message);
    }
    tracing::error!(%error, "a request failed");
    coded("INTERNAL", "an internal error; the request id finds it in the log")
}
