use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{ApiTokenId, StoreId, api_token};
use macros::permissions;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::{Denied, Permission, Scope};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::graphql::types::ApiToken;
use crate::service::token::{self, NewToken, TokenError, TokenRequest};

/// The most stores that a token opens.
const MOST_STORES: usize = 50;
/// The longest that a replaced token works on, in minutes: a week.
const LONGEST_OVERLAP: i32 = 10_080;

#[derive(Default)]
pub(super) struct TokenMutation;

/// For `createApiToken`.
#[derive(InputObject, Serialize)]
struct CreateApiTokenInput {
    /// The store that it opens.
    store_id: ID,
    /// More stores that it opens, at most 49. `access:write` is needed in each.
    #[graphql(default)]
    more_store_ids: Vec<ID>,
    /// What to call it.
    name: String,
    /// What it may do, for instance `customers:read`; the same in each of its stores.
    scopes: Vec<String>,
    /// Refused from here on; none: until it is revoked.
    expires_at: Option<DateTime<Utc>>,
    /// A new key for each intent: the same request again makes nothing, and answers with the token without its secret,
    /// which is kept nowhere: `rotateApiToken` gives it another. It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: Option<String>,
}

/// What came of `createApiToken` or `rotateApiToken`.
#[derive(SimpleObject)]
struct ApiTokenPayload {
    /// The token.
    token: Option<ApiToken>,
    /// Its secret, shown this once; none when the same request made the token before.
    secret: Option<String>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `rotateApiToken`.
#[derive(InputObject)]
struct RotateApiTokenInput {
    /// The token.
    id: ID,
    /// Minutes that the secret before works beside the new one, 0 to 10080 (a week).
    #[graphql(default)]
    overlap_minutes: i32,
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

#[permissions]
#[Object]
impl TokenMutation {
    /// Makes an API token for one or more stores. Its secret is shown this once.
    #[requires("access:write")]
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateApiTokenInput,
    ) -> async_graphql::Result<ApiTokenPayload> {
        let mut stores: Vec<StoreId> = Vec::new();
        let more = input.more_store_ids.iter().map(|id| (id, "moreStoreIds"));
        for (id, path) in [(&input.store_id, "storeId")].into_iter().chain(more) {
            match permit(ctx, id.parse().ok(), REQUIRED, ("store", path))? {
                Ok(store) if stores.contains(&store) => {}
                Ok(store) => stores.push(store),
                Err(error) => return Ok(refused(vec![error])),
            }
        }
        let by = ctx.requester().demand_user().map_err(denied)?;
        let scopes: Vec<Result<Scope, String>> = input.scopes.iter().map(|text| text.parse()).collect();
        let errors = problems(&input, &scopes, ctx.app().clock.now());
        if !errors.is_empty() {
            return Ok(refused(errors));
        }
        let key = match &input.idempotency_key {
            Some(text) => match key(ctx, text, "createApiToken", &input)? {
                Ok(key) => Some(key),
                Err(error) => return Ok(refused(vec![error])),
            },
            None => None,
        };
        let request = TokenRequest {
            stores,
            by,
            name: input.name,
            scopes: scopes.into_iter().flatten().collect(),
            expires_at: input.expires_at,
        };
        made(token::create(ctx.app(), request, key).await)
    }

    /// Gives an API token a new secret, with the same stores, scopes and expiry. `access:write` is needed in each of
    /// its stores.
    #[requires("access:write")]
    async fn rotate_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RotateApiTokenInput,
    ) -> async_graphql::Result<ApiTokenPayload> {
        let (row, stores) = match find(ctx, &input.id, REQUIRED).await? {
            Ok(found) => found,
            Err(error) => return Ok(refused(vec![error])),
        };
        let all = stores.iter().all(|store| ctx.demand(*store, REQUIRED).is_ok());
        if !all {
            return Err(denied(Denied::Forbidden(REQUIRED)));
        }
        if !(0..=LONGEST_OVERLAP).contains(&input.overlap_minutes) {
            let message = "must be from 0 to 10080 minutes";
            let error = UserError::new(UserErrorCode::Invalid, message, &["overlapMinutes"]);
            return Ok(refused(vec![error]));
        }
        let overlap = TimeDelta::minutes(input.overlap_minutes.into());
        made(token::rotate(ctx.app(), &row, overlap).await)
    }

    /// Revokes an API token for good, in all of its stores. `access:write` in one of them is enough.
    #[requires("access:write")]
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeApiTokenInput,
    ) -> async_graphql::Result<RevokeApiTokenPayload> {
        match find(ctx, &input.id, REQUIRED).await? {
            Ok((row, _)) => Ok(RevokeApiTokenPayload {
                revoked: token::revoke(ctx.app(), row.id).await.map_err(fault)?,
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(RevokeApiTokenPayload {
                revoked: false,
                user_errors: vec![error],
            }),
        }
    }
}

/// A token that an id names, with its stores, if the permission is held in one of them.
async fn find(
    ctx: &Context<'_>,
    id: &ID,
    permission: Permission,
) -> async_graphql::Result<Result<(api_token::Model, Vec<StoreId>), UserError>> {
    let db = &ctx.app().db;
    let row = match id.parse::<ApiTokenId>() {
        Ok(id) => api_token::Entity::find_by_id(id).one(db).await.map_err(fault)?,
        Err(_) => None,
    };
    let stores = match &row {
        Some(row) => token::stores(db, row.id).await.map_err(fault)?,
        None => Vec::new(),
    };
    let own = |store: &&StoreId| ctx.requester().stores().contains(store);
    let held = stores.iter().find(|store| ctx.demand(**store, permission).is_ok());
    let store = held.or_else(|| stores.iter().find(own));
    Ok(match (permit(ctx, store.copied(), permission, ("token", "id"))?, row) {
        (Ok(_), Some(row)) => Ok((row, stores)),
        (Err(error), _) => Err(error),
        (Ok(_), None) => Err(UserError::not_found("token", &["id"])),
    })
}

fn problems(input: &CreateApiTokenInput, scopes: &[Result<Scope, String>], now: DateTime<Utc>) -> Vec<UserError> {
    let unknown = scopes.iter().filter_map(|scope| scope.as_ref().err());
    let mut errors: Vec<UserError> = unknown
        .map(|message| UserError::new(UserErrorCode::Invalid, message, &["scopes"]))
        .collect();
    let mut wrong = |is_wrong: bool, code, message: &str, path| {
        if is_wrong {
            errors.push(UserError::new(code, message, &[path]));
        }
    };
    let invalid = UserErrorCode::Invalid;
    wrong(
        scopes.is_empty(),
        UserErrorCode::Required,
        "give at least one scope",
        "scopes",
    );
    let name = input.name.trim().chars().count();
    wrong(
        !(1..=100).contains(&name),
        invalid,
        "the name must have 1 to 100 characters",
        "name",
    );
    let passed = input.expires_at.is_some_and(|end| end <= now);
    wrong(passed, invalid, "this instant has passed", "expiresAt");
    let many = input.more_store_ids.len() >= MOST_STORES;
    wrong(many, invalid, "a token opens at most 50 stores", "moreStoreIds");
    errors
}

fn refused(user_errors: Vec<UserError>) -> ApiTokenPayload {
    ApiTokenPayload {
        token: None,
        secret: None,
        user_errors,
    }
}

fn made(result: Result<NewToken, TokenError>) -> async_graphql::Result<ApiTokenPayload> {
    match result {
        Ok(made) => Ok(ApiTokenPayload {
            token: Some(ApiToken(made.token)),
            secret: made.secret,
            user_errors: Vec::new(),
        }),
        Err(error @ TokenError::Gone) => Ok(refused(vec![UserError::new(UserErrorCode::Invalid, error, &["id"])])),
        Err(TokenError::Key(error)) => Ok(refused(vec![key_error(error)?])),
        Err(error) => Err(fault(error)),
    }
}
