//! The current generation: one order by its id. No list of orders is known, so ids are heard of from webhooks.

use serde_json::value::RawValue;

use super::answers::{accept, parse};
use super::order;
use crate::platform::PlatformError;
use crate::platform::http::Api;

/// The resource in the platform's own word.
const ORDERS: &str = "Pedido";

/// A number that no order has: the answer tells whether the credential opens anything.
const NOBODYS: &str = "0";

/// A session with the current generation.
pub(super) struct OpenApi(pub(super) Api);

impl OpenApi {
    /// The order with this id, without its envelope.
    pub(super) async fn order(&self, id: &str) -> Result<Box<RawValue>, PlatformError> {
        let answer = accept(ORDERS, self.0.get(&format!("/order/api/v1/id/{id}"), &[]).await?)?;
        let body: &RawValue = parse(ORDERS, &answer.body)?;
        Ok(order::unwrapped(body).to_owned())
    }

    /// Tries the credential. Somebody waits in front of a screen: fewer tries than an import makes.
    pub(super) async fn check(&self) -> Result<(), PlatformError> {
        let hasty = Self(self.0.clone().with_max_tries(2));
        match hasty.order(NOBODYS).await {
            // Nothing is wrong with the credential if only the order is missing, or its number refused.
            Ok(_) | Err(PlatformError::NotFound { .. } | PlatformError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
