//! Tries the credentials on every resource that the product needs.
//!
//! The platform grants each endpoint by itself, so one refusal among successes is a missing
//! permission, and only refusals everywhere are wrong credentials.

use reqwest::StatusCode;

use super::{COUPONS, Magazord, ORDERS, PEOPLE, PRODUCTS, Resource, SHOPS, answers};
use crate::platform::{
    PlatformError,
    http::{Answer, FetchError},
};

/// Someone waits in front of a screen: fewer tries than an import makes.
const TRIES: u32 = 2;

impl Magazord {
    pub(super) async fn check_access(&self) -> Result<(), PlatformError> {
        let mut works = false;
        let mut refused = Vec::new();
        for resource in [SHOPS, PEOPLE, ORDERS, COUPONS, PRODUCTS] {
            match self.probe(resource).await {
                Ok(()) => works = true,
                Err(error @ (PlatformError::Unauthorized { .. } | PlatformError::Forbidden { .. })) => {
                    refused.push((resource, error));
                }
                Err(other) => return Err(other),
            }
        }
        let is_unauthorized = |error: &PlatformError| matches!(error, PlatformError::Unauthorized { .. });
        let credentials_work = works || !refused.iter().all(|(_, error)| is_unauthorized(error));
        match refused.into_iter().next() {
            None => Ok(()),
            Some((resource, PlatformError::Unauthorized { detail })) if credentials_work => {
                Err(PlatformError::Forbidden {
                    resource: resource.name.to_owned(),
                    detail,
                })
            }
            Some((_, error)) => Err(error),
        }
    }

    async fn probe(&self, resource: Resource) -> Result<(), PlatformError> {
        let api = self.api.clone().with_max_tries(TRIES);
        let answer = match api.try_get(resource.path, &[("limit", "1"), ("page", "1")]).await {
            Ok(answer) => answer,
            Err(error @ (FetchError::NameNotFound { .. } | FetchError::Redirected { .. })) => {
                return Err(PlatformError::WrongAlias {
                    detail: error.to_string(),
                });
            }
            Err(error) => return Err(error.of_read()),
        };
        match answers::expect_list(&answer, resource.name) {
            Ok(_) => Ok(()),
            Err(PlatformError::Malformed { .. } | PlatformError::NotFound { .. }) => Err(not_a_panel(&answer)),
            Err(other) => Err(other),
        }
    }
}

/// Something answers at the address, but it does not speak as the API does.
fn not_a_panel(answer: &Answer) -> PlatformError {
    let what = if answer.status == StatusCode::NOT_FOUND {
        "there is no API there"
    } else {
        "another site answers there"
    };
    PlatformError::WrongAlias {
        detail: format!("{what} (status {})", answer.status),
    }
}
