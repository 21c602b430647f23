//! Tries what was typed on every resource that the product needs.
//!
//! Magento grants each resource by itself, so one refusal among successes is a missing right, and only refusals
//! everywhere are a wrong credential. Where the door is not there, the other one is looked at, so that the merchant
//! learns of which generation the shop is.

use super::{CUSTOMERS, Door, Magento, ORDERS, PRODUCTS, Resource, Search, rest::Rest};
use crate::platform::{PlatformError, http::Auth, magento::access::Login, magento::soap::speaks_soap};

/// Someone waits in front of a screen: fewer tries than an import makes.
const TRIES: u32 = 2;

impl Magento {
    pub(super) async fn check_access(&self) -> Result<(), PlatformError> {
        let verdict = match &self.door {
            Door::Rest(rest) => check_rest(&rest.for_check(TRIES)).await,
            Door::Soap(soap) => {
                let soap = soap.for_check(TRIES);
                let mut verdict = Ok(());
                for resource in [ORDERS, CUSTOMERS, PRODUCTS] {
                    verdict = soap.probe(resource).await;
                    if verdict.is_err() {
                        break;
                    }
                }
                verdict
            }
        };
        match verdict {
            Err(PlatformError::WrongAddress { detail }) => Err(PlatformError::WrongAddress {
                detail: format!("{detail}; {}", self.other_door().await),
            }),
            verdict => verdict,
        }
    }

    /// What stands behind the door that was not chosen.
    async fn other_door(&self) -> &'static str {
        let api = self.api.clone().with_auth(Auth::None).with_max_tries(1);
        match &self.door {
            Door::Rest(_) if speaks_soap(&api).await => {
                "but Magento 1 answers there: fill in the API user and key instead, or choose the dialect m1_soap"
            }
            Door::Rest(_) => "and no Magento 1 WSDL either",
            Door::Soap(_) => {
                let rest = Rest::new(api, Login::Rest(Auth::None), "all".into(), 1).for_check(1);
                match rest.list(ORDERS, &one_row()).await {
                    Ok(_) | Err(PlatformError::Unauthorized { .. } | PlatformError::Forbidden { .. }) => {
                        "but Magento 2 answers there: fill in an access token instead, or choose the dialect m2_rest"
                    }
                    Err(_) => "and no Magento 2 either",
                }
            }
        }
    }
}

async fn check_rest(rest: &Rest) -> Result<(), PlatformError> {
    let mut works = false;
    let mut refused: Vec<(Resource, PlatformError)> = Vec::new();
    for resource in [ORDERS, CUSTOMERS, PRODUCTS] {
        match rest.list(resource, &one_row()).await {
            Ok(_) => works = true,
            Err(error @ (PlatformError::Unauthorized { .. } | PlatformError::Forbidden { .. })) => {
                refused.push((resource, error));
            }
            Err(PlatformError::NotFound { .. }) => {
                return Err(PlatformError::WrongAddress {
                    detail: "there is no Magento 2 API (status 404)".into(),
                });
            }
            Err(other) => return Err(other),
        }
    }
    match refused.into_iter().next() {
        None => Ok(()),
        Some((resource, PlatformError::Unauthorized { detail })) if works => Err(PlatformError::Forbidden {
            resource: resource.name.to_owned(),
            detail,
        }),
        Some((_, PlatformError::Unauthorized { detail })) => Err(PlatformError::Unauthorized {
            detail: format!(
                "{detail} If the token is right, allow access tokens as standalone bearer in the shop, or fill in the \
                 consumer key, consumer secret and token secret too"
            ),
        }),
        Some((_, error)) => Err(error),
    }
}

fn one_row() -> Search<'static> {
    Search {
        filter: None,
        sort: &[],
        direction: "ASC",
        size: 1,
        page: 1,
    }
}
