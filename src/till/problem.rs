//! What is answered when something is wrong: RFC 9457, with the codes of the API's errors and a pointer to each field
//! at fault.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{AuthError, Denied};
use crate::http::RequestId;
use crate::service::customer::RegisterCustomersError;
use crate::service::idempotency::KeyError;
use crate::service::order::{AmendError, RegisterError};
use crate::service::redemption::{AskCodeError, RedeemError};

/// A field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// Where it stands in what was sent: a JSON pointer as the fragment of an address.
    #[schema(example = "#/sales/0/productsTotal")]
    pub(super) pointer: String,
    /// What is wrong and how to mend it.
    pub(super) detail: String,
}

impl FieldError {
    pub(super) fn new(path: impl IntoIterator<Item = impl Display>, detail: impl Display) -> Self {
        Self {
            pointer: pointer(path),
            detail: detail.to_string(),
        }
    }
}

/// RFC 6901, as the fragment of an address.
fn pointer(path: impl IntoIterator<Item = impl Display>) -> String {
    path.into_iter().fold("#".to_owned(), |mut pointer, part| {
        pointer.push('/');
        pointer.push_str(&part.to_string().replace('~', "~0").replace('/', "~1"));
        pointer
    })
}

/// Why a request is not answered as it was meant (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// For programs: the codes of the GraphQL API.
    #[schema(example = "INVALID")]
    code: String,
    /// What is wrong and how to mend it.
    detail: String,
    /// The request, as the header `x-request-id` and the logs have it.
    request_id: String,
    /// The fields at fault, where it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// Why a request is not answered as it was meant.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    /// Seconds after which the request may come again.
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Display) -> Self {
        Self {
            status,
            code,
            detail: detail.to_string(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Fields that cannot be used.
    pub(super) fn fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "INVALID",
                "what was sent cannot be used; 'errors' has each field at fault",
            )
        }
    }

    /// One field that cannot be used.
    pub(super) fn field(name: &str, detail: impl Display) -> Self {
        Self::fields(vec![FieldError::new([name], detail)])
    }

    /// Something that is not there, or not for this caller.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format_args!("there is no such {what}"),
        )
    }

    /// The caller has asked for too much of late.
    pub(super) fn exhausted(seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "COST_LIMIT_REACHED",
                format_args!("this costs more than is left of what you may ask for; try again in {seconds} s"),
            )
        }
    }

    /// The caller, or whoever it is about, has had as many as an hour allows.
    fn too_many(error: &impl Display) -> Self {
        Self {
            retry_after: Some(3600),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ATTEMPTS", error)
        }
    }

    pub(super) fn out_of_time(seconds: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "TIMEOUT",
            format_args!(
                "no answer within {seconds} s. It may have been done: repeat it with the same Idempotency-Key"
            ),
        )
    }

    /// The server failed. What of is logged here, once, and not told.
    pub(super) fn fault(error: &impl Display) -> Self {
        tracing::error!(%error, "a till's request failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "the server cannot answer now; repeat the request with the same Idempotency-Key",
        )
    }

    pub(super) fn into_response(self, id: &RequestId) -> Response {
        let body = ProblemBody {
            title: self.status.canonical_reason().unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
            request_id: id.as_str().to_owned(),
            errors: self.errors,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Malformed | AuthError::Invalid => Self::new(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", error),
            AuthError::Database(error) => Self::fault(&error),
        }
    }
}

impl From<Denied> for Problem {
    fn from(error: Denied) -> Self {
        match error {
            Denied::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", error),
            // Whoever does not see the store does not see its source either.
            Denied::NotFound => Self::not_found("source"),
            Denied::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => Self::new(StatusCode::BAD_REQUEST, "INVALID", error),
            KeyError::Reused => Self::new(StatusCode::CONFLICT, "IDEMPOTENCY_KEY_REUSED", error),
            KeyError::Database(error) => Self::fault(&error),
        }
    }
}

impl From<RegisterCustomersError> for Problem {
    fn from(error: RegisterCustomersError) -> Self {
        match error {
            RegisterCustomersError::Source(error) => error.into(),
            RegisterCustomersError::Count(_) => Self::field("customers", error),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::NotFound => Self::not_found("source"),
            RegisterError::NotASource => Self::field("source", error),
            RegisterError::NotActive => Self::new(StatusCode::CONFLICT, "INTEGRATION_INACTIVE", error),
            RegisterError::Count(_) => Self::field("sales", error),
            RegisterError::Key(error) => error.into(),
            RegisterError::Database(error) => Self::fault(&error),
        }
    }
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::NoSale => Self::not_found("sale"),
            AmendError::Register(error) => error.into(),
        }
    }
}

impl From<AskCodeError> for Problem {
    fn from(error: AskCodeError) -> Self {
        match error {
            AskCodeError::Source(error) => error.into(),
            AskCodeError::NoCustomer => Self::not_found("customer"),
            AskCodeError::NoEmail => Self::new(StatusCode::CONFLICT, "NO_EMAIL", error),
            AskCodeError::TooManyOfCustomer(_) | AskCodeError::TooManyOfCaller(_) => Self::too_many(&error),
        }
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        let code = match error {
            RedeemError::CustomerNotFound => return Self::not_found("customer"),
            RedeemError::RewardNotFound => return Self::not_found("reward"),
            RedeemError::Code => {
                return Self {
                    code: "INVALID_CODE",
                    ..Self::field("code", error)
                };
            }
            RedeemError::Source(error) => return error.into(),
            RedeemError::Key(error) => return error.into(),
            RedeemError::Database(error) => return Self::fault(&error),
            RedeemError::RewardInactive => "REWARD_INACTIVE",
            RedeemError::NotAvailable { .. } => "REWARD_NOT_AVAILABLE",
            RedeemError::SoldOut => "REWARD_SOLD_OUT",
            RedeemError::LimitReached(_) => "REWARD_LIMIT_REACHED",
            RedeemError::NotEnoughPoints { .. } => "INSUFFICIENT_POINTS",
            RedeemError::IntegrationInactive => "INTEGRATION_INACTIVE",
            RedeemError::Unsupported => "UNSUPPORTED",
            RedeemError::PoolEmpty => "POOL_EMPTY",
        };
        Self::new(StatusCode::CONFLICT, code, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_written_by_their_standard() {
        assert_eq!(pointer(["sales", "0", "total"]), "#/sales/0/total");
        assert_eq!(pointer(["a/b", "c~d"]), "#/a~1b/c~0d");
        assert_eq!(pointer(std::iter::empty::<&str>()), "#");
    }
}
