use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{IntegrationId, StoreId, integration};
use macros::permissions;

use super::permit;
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Url;
use crate::graphql::types::{Integration, PlatformKind, Shop};
use crate::platform::PlatformError;
use crate::service::integration::{
    self as service, ActivateError, ConnectError, RefreshError, SessionError, Settings, SettingsError,
};

#[derive(Default)]
pub(super) struct IntegrationMutation;

/// A credential.
#[derive(InputObject)]
struct CredentialInput {
    /// Its key, as in `credentialFields`.
    key: String,
    /// What the merchant typed.
    #[graphql(secret)]
    value: String,
}

/// For `connectIntegration`.
#[derive(InputObject)]
struct ConnectIntegrationInput {
    /// The store.
    store_id: ID,
    /// Which platform.
    platform: PlatformKind,
    /// What to call a source of pushed sales, 1 to 60 characters; several of a store are told apart by it. An ERP may
    /// have one. A shop's platform is connected once in a store and takes none.
    name: Option<String>,
    /// The credentials; empty for a platform without any.
    #[graphql(default)]
    credentials: Vec<CredentialInput>,
}

/// What came of `connectIntegration`.
#[derive(SimpleObject)]
struct ConnectIntegrationPayload {
    /// The integration.
    integration: Option<Integration>,
    /// The account's shops. Where there are several, choose one with `updateIntegration`.
    shops: Vec<Shop>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `updateIntegration`: what is left out stays as it is; an empty text clears an address.
#[derive(InputObject)]
struct UpdateIntegrationInput {
    /// The integration.
    id: ID,
    /// The version that the change is based on.
    version: i64,
    /// The shop's address.
    site_url: Option<Url>,
    /// Where a visitor signs up.
    sign_up_url: Option<Url>,
    /// The Google Shopping XML.
    feed_url: Option<Url>,
    /// How long coupons are valid, 1 to 3650 days.
    coupon_validity_days: Option<i32>,
    /// SKUs offered as rewards; empty: the whole feed.
    reward_skus: Option<Vec<String>>,
    /// Points for 100.00 of a product's price.
    reward_points_per_hundred: Option<i32>,
    /// Codes of the statuses that award points: more than one, but on Bis2Bis and Bling one is enough. The next import
    /// then judges all sales of its whole window anew.
    awarding_statuses: Option<Vec<String>>,
    /// The shop of the account to import from.
    shop_id: Option<String>,
    /// Import customers.
    register_customers: Option<bool>,
    /// Import sales. Refused while another shop of the store has its sales imported. Sales that an ERP pushes in
    /// are in nobody's way: what carries the shop's order number counts once.
    register_sales: Option<bool>,
    /// How many days the first import goes back, 1 to 730.
    import_days_back: Option<i32>,
}

/// For mutations that name an integration.
#[derive(InputObject)]
pub(super) struct IntegrationInput {
    /// The integration.
    pub(super) id: ID,
}

/// For `activateIntegration`.
#[derive(InputObject)]
struct ActivateIntegrationInput {
    /// The integration.
    id: ID,
    /// The version that was looked at; left out: whatever it is.
    version: Option<i64>,
    /// Must be true: the caller knows that e-mails to customers start.
    #[graphql(default)]
    confirm_emails: bool,
}

/// What came of a change to an integration.
#[derive(SimpleObject)]
pub(super) struct IntegrationPayload {
    /// The integration as it is now.
    integration: Option<Integration>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl IntegrationMutation {
    /// Connects a store to a platform. The credentials are tried on every resource that the product
    /// needs before they are kept, encrypted. On a platform with `byConsent` they are those of the merchant's own app, and
    /// nothing is tried before the merchant consents: `authorizeIntegration` is next. On a platform that is connected already (for a source of pushed
    /// sales: under this name) it replaces them and leaves the settings as they are, so repeating it is safe.
    #[requires("integrations:write")]
    async fn connect_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ConnectIntegrationInput,
    ) -> async_graphql::Result<ConnectIntegrationPayload> {
        let refuse = |error| {
            Ok(ConnectIntegrationPayload {
                integration: None,
                shops: Vec::new(),
                user_errors: vec![error],
            })
        };
        let permitted = permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return refuse(error),
        };
        let values: BTreeMap<String, String> = input
            .credentials
            .into_iter()
            .map(|field| (field.key, field.value))
            .collect();
        match service::connect(ctx.app(), store, (input.platform.into(), input.name.as_deref()), values).await {
            Ok(connected) => Ok(ConnectIntegrationPayload {
                integration: load(ctx, connected.integration).await?.map(Integration),
                shops: connected.shops.into_iter().map(Shop::from).collect(),
                user_errors: Vec::new(),
            }),
            Err(ConnectError::Credential(problem)) => refuse(UserError::new(
                UserErrorCode::Invalid,
                &problem,
                &["credentials", problem.key()],
            )),
            Err(error @ ConnectError::Name(_)) => refuse(UserError::new(UserErrorCode::Invalid, error, &["name"])),
            Err(ConnectError::Platform(error)) => refuse(platform_error(&error)),
            Err(ConnectError::Vault(error)) => Err(fault(error)),
            Err(ConnectError::Database(error)) => Err(fault(error)),
        }
    }

    /// Changes an integration's settings, all or none.
    #[requires("integrations:write")]
    async fn update_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateIntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        let version = input.version;
        let settings = Settings {
            site_url: input.site_url.map(|url| url.0),
            sign_up_url: input.sign_up_url.map(|url| url.0),
            feed_url: input.feed_url.map(|url| url.0),
            coupon_validity_days: input.coupon_validity_days,
            reward_skus: input.reward_skus,
            reward_points_per_hundred: input.reward_points_per_hundred,
            awarding_statuses: input.awarding_statuses,
            shop_id: input.shop_id,
            register_customers: input.register_customers,
            register_sales: input.register_sales,
            import_days_back: input.import_days_back,
        };
        match service::update(ctx.app(), store, id, version, settings).await {
            Ok(()) => changed(ctx, id).await,
            Err(SettingsError::NotFound) => Ok(refused(vec![UserError::not_found("integration", &["id"])])),
            Err(SettingsError::Invalid(problems)) => Ok(refused(UserError::problems(problems))),
            Err(error @ SettingsError::Conflict { current }) => {
                Ok(refused(vec![UserError::conflict(error.to_string(), current)]))
            }
            Err(SettingsError::Session(error)) => Ok(refused(vec![session_error(error)?])),
            Err(SettingsError::Database(error)) => Err(fault(error)),
        }
    }

    /// Reads the shop's order statuses anew.
    #[requires("integrations:write")]
    async fn refresh_order_statuses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let id = match own(ctx, REQUIRED, &input.id).await? {
            Ok((_, id)) => id,
            Err(error) => return Ok(refused(vec![error])),
        };
        let Some(row) = load::<IntegrationId>(ctx, id).await? else {
            return Ok(refused(vec![UserError::not_found("integration", &["id"])]));
        };
        match service::refresh_statuses(ctx.app(), &row).await {
            Ok(()) => changed(ctx, id).await,
            Err(RefreshError::Session(error)) => Ok(refused(vec![session_error(error)?])),
            Err(RefreshError::Database(error)) => Err(fault(error)),
        }
    }

    /// Switches an integration on: the first import begins (of a shop), and e-mails to customers start, which the
    /// caller must confirm. Says everything that is missing.
    #[requires("integrations:write")]
    async fn activate_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ActivateIntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        activation(
            ctx,
            id,
            service::activate(ctx.app(), store, id, input.version, input.confirm_emails).await,
        )
        .await
    }

    /// Switches an integration off: no more imports by the schedule, no more e-mails, no redemptions of
    /// its rewards. Everything stays and can be switched on again. Whatever was changed meanwhile: a stop is never refused.
    #[requires("integrations:write")]
    async fn deactivate_integration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IntegrationInput,
    ) -> async_graphql::Result<IntegrationPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        activation(ctx, id, service::deactivate(ctx.app(), store, id).await).await
    }
}

async fn activation(
    ctx: &Context<'_>,
    id: IntegrationId,
    result: Result<(), ActivateError>,
) -> async_graphql::Result<IntegrationPayload> {
    match result {
        Ok(()) => changed(ctx, id).await,
        Err(ActivateError::NotFound) => Ok(refused(vec![UserError::not_found("integration", &["id"])])),
        Err(error @ ActivateError::NotConfirmed) => Ok(refused(vec![UserError::new(
            UserErrorCode::ConfirmationRequired,
            error,
            &["confirmEmails"],
        )])),
        Err(ActivateError::Incomplete(missing)) => {
            let fields: Vec<&str> = missing.iter().map(|missing| missing.field()).collect();
            let message = format!("still missing: {}", fields.join(", "));
            Ok(refused(vec![UserError::incomplete(
                message,
                missing.into_iter().map(Into::into).collect(),
            )]))
        }
        Err(error @ ActivateError::Conflict { current }) => {
            Ok(refused(vec![UserError::conflict(error.to_string(), current)]))
        }
        Err(ActivateError::Database(error)) => Err(fault(error)),
    }
}

/// The integration that an id names, if it is the caller's to manage.
pub(super) async fn own(
    ctx: &Context<'_>,
    permission: Permission,
    id: &ID,
) -> async_graphql::Result<Result<(StoreId, IntegrationId), UserError>> {
    let row: Option<integration::Model> = match id.parse::<IntegrationId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    let permitted = permit(ctx, store, permission, ("integration", "id"))?;
    Ok(match (permitted, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Ok(_), None) => Err(UserError::not_found("integration", &["id"])),
        (Err(error), _) => Err(error),
    })
}

pub(super) fn refused(user_errors: Vec<UserError>) -> IntegrationPayload {
    IntegrationPayload {
        integration: None,
        user_errors,
    }
}

/// The integration as it is after a change: loaders keep nothing.
pub(super) async fn changed(ctx: &Context<'_>, id: IntegrationId) -> async_graphql::Result<IntegrationPayload> {
    let integration = load(ctx, id).await?.map(Integration);
    Ok(IntegrationPayload {
        integration,
        user_errors: Vec::new(),
    })
}

pub(super) fn session_error(error: SessionError) -> async_graphql::Result<UserError> {
    match error {
        SessionError::Platform(error) => Ok(platform_error(&error)),
        error => Err(fault(error)),
    }
}

/// A platform's error as something that the merchant can act on.
pub(super) fn platform_error(error: &PlatformError) -> UserError {
    let (code, path): (_, &[&str]) = match error {
        PlatformError::Unauthorized { .. } => (UserErrorCode::CredentialsRefused, &["credentials"]),
        PlatformError::Expired { .. } => (UserErrorCode::CredentialsExpired, &["credentials"]),
        PlatformError::ConsentNeeded { .. } => (UserErrorCode::ConsentNeeded, &[]),
        PlatformError::Forbidden { .. } => (UserErrorCode::PermissionMissing, &["credentials"]),
        PlatformError::WrongAlias { .. } => (UserErrorCode::WrongAlias, &["credentials", "alias"]),
        PlatformError::WrongAddress { .. } => (UserErrorCode::WrongAddress, &["credentials", "address"]),
        PlatformError::RateLimited { .. } => (UserErrorCode::PlatformBusy, &[]),
        PlatformError::Unsupported { .. } => (UserErrorCode::Unsupported, &[]),
        PlatformError::Unreachable { .. }
        | PlatformError::Unknown { .. }
        | PlatformError::Refused { .. }
        | PlatformError::NotFound { .. }
        | PlatformError::Malformed { .. } => (UserErrorCode::PlatformUnreachable, &[]),
    };
    let advice = match code {
        UserErrorCode::CredentialsRefused => "; copy them again from the platform's panel or its e-mail",
        UserErrorCode::CredentialsExpired => "; renew the credential on the platform, then type it again",
        UserErrorCode::ConsentNeeded => "; authorizeIntegration gives the address to consent at",
        UserErrorCode::PermissionMissing => "; ask the platform to grant it, then connect again",
        UserErrorCode::WrongAlias => "; the alias is the first part of the panel's address",
        UserErrorCode::WrongAddress => "; type the address that the shop is opened with",
        UserErrorCode::PlatformBusy => "; try again in a minute",
        UserErrorCode::PlatformUnreachable => "; nothing was changed, try again later",
        _ => "",
    };
    UserError::new(code, format!("{error}{advice}"), path)
}
