//! Whether the credentials open every resource that the product needs.
//!
//! The platform answers alike to a wrong token and to a token without a permission; only trying
//! all resources tells the two apart. Called when a merchant connects the shop.

use super::LojaIntegrada;
use crate::platform::PlatformError;

/// The resources, in the order in which a refusal is told. Customers have two lists.
const RESOURCES: [&str; 5] = ["situacao", "pedido/search", "cliente", "produto", "cupom"];

/// What a wrong form of credential looks like cannot be told from the answer, so it is explained.
const HINT: &str = "an API key of 20 characters only works together with the application key; \
                    without one, use a personal token";

impl LojaIntegrada {
    pub(super) async fn check_access(&self) -> Result<(), PlatformError> {
        let mut refused = Vec::new();
        for resource in RESOURCES {
            let answer = match resource {
                "cliente" => self.probe_customers().await,
                list => self.page(&Self::probe(list)).await.map(drop),
            };
            match answer {
                Ok(()) => {}
                Err(PlatformError::Unauthorized { detail } | PlatformError::Forbidden { detail, .. }) => {
                    refused.push((super::resource_of(resource), detail));
                }
                Err(other) => return Err(other),
            }
        }
        let all = refused.len() == RESOURCES.len();
        match refused.into_iter().next() {
            None => Ok(()),
            Some((_, detail)) if all => Err(PlatformError::Unauthorized {
                detail: format!("{detail}; {HINT}"),
            }),
            Some((resource, detail)) => Err(PlatformError::Forbidden {
                resource: resource.to_owned(),
                detail,
            }),
        }
    }
}
