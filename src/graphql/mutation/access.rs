use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ApiTokenId, StoreId, api_token, membership, user};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::permit;
use crate::access::{self, Permission, Scope};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::{ApiToken, Role};

#[derive(Default)]
pub(super) struct AccessMutation;

/// For `addStoreMember`.
#[derive(InputObject)]
struct AddStoreMemberInput {
    /// The store.
    store_id: ID,
    /// E-mail address of an existing user.
    email: String,
    /// What the user may do.
    role: Role,
}

/// What came of `addStoreMember`.
#[derive(SimpleObject)]
struct AddStoreMemberPayload {
    /// The role that the user has now.
    role: Option<Role>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `createApiToken`.
#[derive(InputObject)]
struct CreateApiTokenInput {
    /// The store that it opens.
    store_id: ID,
    /// What to call it.
    name: String,
    /// What it may do, for instance `customers:read`.
    scopes: Vec<String>,
    /// Refused from here on; none: until it is revoked.
    expires_at: Option<DateTime<Utc>>,
}

/// What came of `createApiToken`.
#[derive(SimpleObject)]
struct CreateApiTokenPayload {
    /// The token.
    token: Option<ApiToken>,
    /// Its secret, shown this once.
    secret: Option<String>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `revokeApiToken`.
#[derive(InputObject)]
struct RevokeApiTokenInput {
    /// The token.
    id: ID,
}

/// What came of `revokeApiToken`.
#[derive(SimpleObject)]
struct RevokeApiTokenPayload {
    /// It was revoked by this call.
    revoked: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[Object]
impl AccessMutation {
    /// Gives an existing user a role in a store, or changes it. Doing it again changes nothing.
    /// Permission: `access:write`.
    async fn add_store_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddStoreMemberInput,
    ) -> async_graphql::Result<AddStoreMemberPayload> {
        let refuse = |error| {
            Ok(AddStoreMemberPayload {
                role: None,
                user_errors: vec![error],
            })
        };
        let store = match permit(
            ctx,
            input.store_id.parse().ok(),
            Permission::ManageAccess,
            ("store", "storeId"),
        )? {
            Ok(store) => store,
            Err(error) => return refuse(error),
        };
        let by_email = user::Column::Email.eq(input.email.trim().to_lowercase());
        let Some(user) = user::Entity::find()
            .filter(by_email)
            .one(&ctx.app().db)
            .await
            .map_err(fault)?
        else {
            return refuse(UserError::not_found("user", &["email"]));
        };
        if ctx.requester().demand_user() == Ok(user.id) {
            return refuse(UserError::new(
                UserErrorCode::Invalid,
                "nobody changes their own role",
                &["email"],
            ));
        }
        let row = membership::Model {
            store_id: store,
            user_id: user.id,
            role: input.role.into(),
            created_at: ctx.app().clock.now(),
        };
        let change = OnConflict::columns([membership::Column::StoreId, membership::Column::UserId])
            .update_column(membership::Column::Role)
            .to_owned();
        membership::Entity::insert(row.into_active_model())
            .on_conflict(change)
            .exec_without_returning(&ctx.app().db)
            .await
            .map_err(fault)?;
        Ok(AddStoreMemberPayload {
            role: Some(input.role),
            user_errors: Vec::new(),
        })
    }

    /// Makes an API token for a store. Its secret is shown this once. Permission: `access:write`.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateApiTokenInput,
    ) -> async_graphql::Result<CreateApiTokenPayload> {
        let refuse = |errors| {
            Ok(CreateApiTokenPayload {
                token: None,
                secret: None,
                user_errors: errors,
            })
        };
        let store = match permit(
            ctx,
            input.store_id.parse().ok(),
            Permission::ManageAccess,
            ("store", "storeId"),
        )? {
            Ok(store) => store,
            Err(error) => return refuse(vec![error]),
        };
        let by = ctx.requester().demand_user().map_err(crate::graphql::error::denied)?;
        let mut errors = Vec::new();
        let mut scopes: Vec<Scope> = Vec::new();
        for text in &input.scopes {
            match text.parse() {
                Ok(scope) => scopes.push(scope),
                Err(message) => errors.push(UserError::new(UserErrorCode::Invalid, message, &["scopes"])),
            }
        }
        if scopes.is_empty() && errors.is_empty() {
            errors.push(UserError::new(
                UserErrorCode::Required,
                "give at least one scope",
                &["scopes"],
            ));
        }
        if !(1..=100).contains(&input.name.trim().chars().count()) {
            errors.push(UserError::new(
                UserErrorCode::Invalid,
                "the name must have 1 to 100 characters",
                &["name"],
            ));
        }
        if input.expires_at.is_some_and(|end| end <= ctx.app().clock.now()) {
            errors.push(UserError::new(
                UserErrorCode::Invalid,
                "this instant has passed",
                &["expiresAt"],
            ));
        }
        if !errors.is_empty() {
            return refuse(errors);
        }
        let made = access::create_token(ctx.app(), store, by, &input.name, &scopes, input.expires_at).await;
        let made = made.map_err(fault)?;
        Ok(CreateApiTokenPayload {
            token: Some(made.token.into()),
            secret: Some(made.secret),
            user_errors: Vec::new(),
        })
    }

    /// Revokes an API token for good. Permission: `access:write`.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeApiTokenInput,
    ) -> async_graphql::Result<RevokeApiTokenPayload> {
        let token = input.id.parse::<ApiTokenId>().ok();
        let row = match token {
            Some(id) => api_token::Entity::find_by_id(id)
                .one(&ctx.app().db)
                .await
                .map_err(fault)?,
            None => None,
        };
        let store: Option<StoreId> = row.as_ref().map(|row| row.store_id);
        match (permit(ctx, store, Permission::ManageAccess, ("token", "id"))?, token) {
            (Ok(store), Some(token)) => {
                let revoked = access::revoke_token(ctx.app(), store, token).await.map_err(fault)?;
                Ok(RevokeApiTokenPayload {
                    revoked,
                    user_errors: Vec::new(),
                })
            }
            (Ok(_), None) => Ok(RevokeApiTokenPayload {
                revoked: false,
                user_errors: vec![UserError::not_found("token", &["id"])],
            }),
            (Err(error), _) => Ok(RevokeApiTokenPayload {
                revoked: false,
                user_errors: vec![error],
            }),
        }
    }
}
