//! Where platforms send their webhooks to, and what they are known by.

use async_graphql::{Context, ID, InputObject, Object};
use entity::IntegrationId;
use macros::permissions;
use secrecy::SecretString;

use super::integration::{IntegrationInput, IntegrationPayload, changed, own, refused, session_error};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Url;
use crate::service::hook::{self, AddressError, RegisterError, SecretError};

#[derive(Default)]
pub(super) struct HookMutation;

/// For `registerHookAddress`.
#[derive(InputObject)]
struct RegisterHookAddressInput {
    /// The integration.
    id: ID,
    /// Where this API is reached from outside, scheme and host, for instance `https://api.example.com.br`; `hookUrl` stands
    /// behind it.
    origin: Url,
}

/// For `setHookSecret`.
#[derive(InputObject)]
struct SetHookSecretInput {
    /// The integration.
    id: ID,
    /// What the platform's panel signs its webhooks with: one line of at most 1024 characters. Nothing gives it back.
    secret: String,
}

#[permissions]
#[Object]
impl HookMutation {
    /// Gives an integration another `hookUrl`, which is to be pasted into the platform's panel again: the one before
    /// leads nowhere from now on.
    #[requires("integrations:write")]
    async fn replace_hook_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        match hook::replace(ctx.app(), store, id).await {
            Ok(()) => changed(ctx, id).await,
            Err(error) => Ok(refused(vec![address_error(error)?])),
        }
    }

    /// Has the platform send webhooks to the integration's `hookUrl`, where it takes that by its API (Loja Integrada, for
    /// applications of its partners); with others the address is pasted into the panel. From then on only what
    /// shows the token is taken that the platform was given with the address. Again changes nothing; after
    /// `replaceHookAddress` it is needed again.
    #[requires("integrations:write")]
    async fn register_hook_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RegisterHookAddressInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        match hook::register(ctx.app(), store, id, &input.origin.0).await {
            Ok(()) => changed(ctx, id).await,
            Err(RegisterError::Invalid(problem)) => Ok(refused(UserError::problems(vec![problem]))),
            Err(RegisterError::Session(error)) => Ok(refused(vec![session_error(error)?])),
            Err(RegisterError::Address(error)) => Ok(refused(vec![address_error(error)?])),
            Err(RegisterError::Database(error)) => Err(fault(error)),
        }
    }

    /// Has every webhook to `hookUrl` be signed with the secret that the platform's panel knows (Magazord's, for instance, in
    /// `X-Zord-Signature-256`): what is not is answered with 401 and changes nothing. In the place of any secret before;
    /// it stays when credentials or address are replaced.
    #[requires("integrations:write")]
    async fn set_hook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: SetHookSecretInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        let secret = SecretString::from(input.secret);
        hook_secret(ctx, id, hook::set_secret(ctx.app(), store, id, &secret).await).await
    }

    /// Forgets the secret of `setHookSecret`: whoever knows `hookUrl` may send to it again. Without one changes nothing.
    #[requires("integrations:write")]
    async fn remove_hook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        hook_secret(ctx, id, hook::remove_secret(ctx.app(), store, id).await).await
    }
}

fn address_error(error: AddressError) -> async_graphql::Result<UserError> {
    match error {
        AddressError::NotFound => Ok(UserError::not_found("integration", &["id"])),
        AddressError::Unsupported => Ok(UserError::new(UserErrorCode::Unsupported, error, &["id"])),
        AddressError::Database(error) => Err(fault(error)),
    }
}

async fn hook_secret(
    ctx: &Context<'_>,
    id: IntegrationId,
    result: Result<(), SecretError>,
) -> async_graphql::Result<IntegrationPayload> {
    match result {
        Ok(()) => changed(ctx, id).await,
        Err(SecretError::NotFound) => Ok(refused(vec![UserError::not_found("integration", &["id"])])),
        Err(error @ SecretError::Unsupported) => Ok(refused(vec![UserError::new(
            UserErrorCode::Unsupported,
            error,
            &["id"],
        )])),
        Err(SecretError::Invalid(problem)) => Ok(refused(UserError::problems(vec![problem]))),
        Err(SecretError::Vault(error)) => Err(fault(error)),
        Err(SecretError::Database(error)) => Err(fault(error)),
    }
}
