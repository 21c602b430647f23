use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use macros::permissions;

use super::integration::{own, platform_error};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Url;
use crate::service::consent::{self, AskError, Asked};

#[derive(Default)]
pub(super) struct ConsentMutation;

/// For `authorizeIntegration`.
#[derive(InputObject)]
struct AuthorizeIntegrationInput {
    /// The integration.
    id: ID,
}

/// What came of `authorizeIntegration`.
#[derive(SimpleObject)]
struct AuthorizeIntegrationPayload {
    /// The platform's page, to be opened in the merchant's browser. It serves once. From there the merchant comes back
    /// to `Platform.callbackUrl`, and is sent on to the frontend's page `integracoes#ID`.
    authorize_url: Option<Url>,
    /// Until when the merchant can come back.
    expires_at: Option<DateTime<Utc>>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl ConsentMutation {
    /// Prepares the merchant's way to a platform's page of consent, for platforms with `byConsent`: after
    /// `connectIntegration`, when a consent is over, or when the app was given another permission. Nothing changes until
    /// the merchant comes back; `credentialsState` and `consent` tell what came of it.
    #[requires("integrations:write")]
    async fn authorize_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AuthorizeIntegrationInput,
    ) -> async_graphql::Result<AuthorizeIntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(error)),
        };
        match consent::ask(ctx.app(), store, id).await {
            Ok(Asked { url, expires_at }) => Ok(AuthorizeIntegrationPayload {
                authorize_url: Some(Url(url.into())),
                expires_at: Some(expires_at),
                user_errors: Vec::new(),
            }),
            Err(AskError::NotFound) => Ok(refused(UserError::not_found("integration", &["id"]))),
            Err(error @ AskError::Unsupported) => {
                Ok(refused(UserError::new(UserErrorCode::Unsupported, error, &["id"])))
            }
            Err(AskError::Platform(error)) => Ok(refused(platform_error(&error))),
            Err(error @ (AskError::Callback | AskError::Vault(_) | AskError::Database(_))) => Err(fault(error)),
        }
    }
}

fn refused(error: UserError) -> AuthorizeIntegrationPayload {
    AuthorizeIntegrationPayload {
        authorize_url: None,
        expires_at: None,
        user_errors: vec![error],
    }
}
