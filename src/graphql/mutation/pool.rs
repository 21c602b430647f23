//! Making and changing pools of coupon codes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{CouponPoolId, IntegrationId, StoreId};
use macros::permissions;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, fault};
use crate::graphql::types::CouponPool;
use crate::service::pool::{self, NewPool, PoolChanges, PoolError};

#[derive(Default)]
pub(super) struct PoolMutation;

/// For `createCouponPool`.
#[derive(InputObject, Serialize)]
struct CreateCouponPoolInput {
    /// The shop in which its codes can be used.
    integration_id: ID,
    /// Its name, 1 to 120 characters.
    name: String,
    /// The owners are told when fewer codes than this are left, at most 10000; 0: never.
    #[graphql(default)]
    low_stock: i32,
    /// A new key for each intent: the same request again creates nothing twice.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `updateCouponPool`: what is left out stays as it is.
#[derive(InputObject)]
struct UpdateCouponPoolInput {
    /// The pool.
    id: ID,
    /// The version that the change is based on.
    version: i64,
    /// Its name.
    name: Option<String>,
    /// The owners are told when fewer codes than this are left; 0: never.
    low_stock: Option<i32>,
}

/// What came of a mutation on a pool.
#[derive(SimpleObject)]
struct CouponPoolPayload {
    /// The pool; none without the permission `coupons:read`.
    pool: Option<CouponPool>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl PoolMutation {
    /// Creates a pool of coupon codes, with nothing in it.
    #[requires("rewards:write")]
    async fn create_coupon_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateCouponPoolInput,
    ) -> async_graphql::Result<CouponPoolPayload> {
        let row = match input.integration_id.parse::<IntegrationId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let named = ("integration", "integrationId");
        let (store, integration) = match (permit(ctx, store, REQUIRED, named)?, row) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("integration", &["integrationId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "createCouponPool", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let new = NewPool {
            integration,
            name: input.name,
            low_stock: input.low_stock,
        };
        match pool::create(ctx.app(), store, new, key).await {
            Ok(id) => changed(ctx, store, id).await,
            Err(error) => refusal(error),
        }
    }

    /// Changes a pool.
    #[requires("rewards:write")]
    async fn update_coupon_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateCouponPoolInput,
    ) -> async_graphql::Result<CouponPoolPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id, "id").await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(error)),
        };
        let changes = PoolChanges {
            name: input.name,
            low_stock: input.low_stock,
        };
        match pool::update(ctx.app(), (store, id), input.version, changes).await {
            Ok(()) => changed(ctx, store, id).await,
            Err(error) => refusal(error),
        }
    }
}

/// The pool that is named, where the requester may change it.
pub(super) async fn own(
    ctx: &Context<'_>,
    permission: Permission,
    id: &ID,
    path: &str,
) -> async_graphql::Result<Result<(StoreId, CouponPoolId), UserError>> {
    let row = match id.parse::<CouponPoolId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let store = row.as_ref().map(|row| row.store_id);
    Ok(match (permit(ctx, store, permission, ("pool", path))?, row) {
        (Ok(store), Some(row)) => Ok((store, row.id)),
        (Ok(_), None) => Err(UserError::not_found("pool", &[path])),
        (Err(error), _) => Err(error),
    })
}

/// A pool as it is now, for those who may see it.
pub(super) async fn seen(
    ctx: &Context<'_>,
    store: StoreId,
    id: CouponPoolId,
) -> async_graphql::Result<Option<CouponPool>> {
    if ctx.demand(store, CouponPool::REQUIRED).is_err() {
        return Ok(None);
    }
    let row = entity::coupon_pool::Entity::find_by_id(id).one(&ctx.app().db).await;
    Ok(row.map_err(fault)?.map(CouponPool))
}

async fn changed(ctx: &Context<'_>, store: StoreId, id: CouponPoolId) -> async_graphql::Result<CouponPoolPayload> {
    Ok(CouponPoolPayload {
        pool: seen(ctx, store, id).await?,
        user_errors: Vec::new(),
    })
}

fn refused(error: UserError) -> CouponPoolPayload {
    CouponPoolPayload {
        pool: None,
        user_errors: vec![error],
    }
}

fn refusal(error: PoolError) -> async_graphql::Result<CouponPoolPayload> {
    let user_errors = match error {
        PoolError::Invalid(problems) => UserError::problems(problems),
        PoolError::IntegrationNotFound => vec![UserError::not_found("integration", &["integrationId"])],
        PoolError::NotFound => vec![UserError::not_found("pool", &["id"])],
        error @ PoolError::Conflict { current } => vec![UserError::conflict(error.to_string(), current)],
        PoolError::Key(error) => vec![key_error(error)?],
        PoolError::Database(error) => return Err(fault(error)),
    };
    Ok(CouponPoolPayload {
        pool: None,
        user_errors,
    })
}
