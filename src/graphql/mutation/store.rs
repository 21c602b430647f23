use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{StoreId, membership};
use macros::permissions;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::Requester;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::graphql::types::{Programme, ProgrammeRulesInput, Store};
use crate::service::programme::{self, ProgrammeError};
use crate::service::store::{self, CreateStoreError, NewStore, UpdateStoreError};

#[derive(Default)]
pub(super) struct StoreMutation;

/// For `createStore`.
#[derive(InputObject, Serialize)]
struct CreateStoreInput {
    /// Its name, 1 to 120 characters.
    name: String,
    /// IANA zone of its days.
    #[graphql(default_with = "\"America/Sao_Paulo\".to_owned()")]
    time_zone: String,
    /// ISO 4217 code of its money.
    #[graphql(default_with = "\"BRL\".to_owned()")]
    currency: String,
    /// A new key for each intent, for instance a UUID: the same request again creates nothing twice.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of `createStore`.
#[derive(SimpleObject)]
struct CreateStorePayload {
    /// The store.
    store: Option<Store>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `updateStore`.
#[derive(InputObject)]
struct UpdateStoreInput {
    /// The store.
    id: ID,
    /// The version that the change is based on.
    version: i64,
    /// Its new name, 1 to 120 characters.
    name: String,
}

/// What came of `updateStore`.
#[derive(SimpleObject)]
struct UpdateStorePayload {
    /// The store as it is now. None without the permission to see it.
    store: Option<Store>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `updateProgramme`: the whole set of rules.
#[derive(InputObject)]
struct UpdateProgrammeInput {
    /// The store.
    store_id: ID,
    #[graphql(flatten)]
    rules: ProgrammeRulesInput,
    /// The version (`programme.version`) that the change is based on.
    version: i32,
}

/// What came of `updateProgramme`.
#[derive(SimpleObject)]
struct UpdateProgrammePayload {
    /// The rules in force now.
    programme: Option<Programme>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl StoreMutation {
    /// Creates a store; the caller becomes its owner. Its first programme gives 1 point for R$ 1.00 of
    /// products less discounts. Needs a signed-in user.
    async fn create_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateStoreInput,
    ) -> async_graphql::Result<CreateStorePayload> {
        let owner = ctx.requester().demand_user().map_err(denied)?;
        let refuse = |error| {
            Ok(CreateStorePayload {
                store: None,
                user_errors: vec![error],
            })
        };
        let key = match key(ctx, &input.idempotency_key, "createStore", &input)? {
            Ok(key) => key,
            Err(error) => return refuse(error),
        };
        let new = NewStore {
            name: input.name,
            time_zone: input.time_zone,
            currency: input.currency,
        };
        match store::create(ctx.app(), owner, new, key).await {
            Ok(id) => {
                if let Requester::User { stores, .. } = ctx.requester() {
                    stores.join(id, membership::Role::Owner);
                }
                let store = load::<StoreId>(ctx, id).await?.map(Store);
                Ok(CreateStorePayload {
                    store,
                    user_errors: Vec::new(),
                })
            }
            Err(error @ CreateStoreError::Name) => refuse(UserError::new(UserErrorCode::Invalid, error, &["name"])),
            Err(error @ CreateStoreError::TimeZone(_)) => {
                refuse(UserError::new(UserErrorCode::Invalid, error, &["timeZone"]))
            }
            Err(error @ CreateStoreError::Currency(_)) => {
                refuse(UserError::new(UserErrorCode::Invalid, error, &["currency"]))
            }
            Err(CreateStoreError::Key(error)) => refuse(key_error(error)?),
            Err(CreateStoreError::Database(error)) => Err(fault(error)),
        }
    }

    /// Gives a store another name. Its time zone and its currency stay: points and promises count on them.
    #[requires("store:write")]
    async fn update_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateStoreInput,
    ) -> async_graphql::Result<UpdateStorePayload> {
        let refuse = |error| {
            Ok(UpdateStorePayload {
                store: None,
                user_errors: vec![error],
            })
        };
        let id = match permit(ctx, input.id.parse().ok(), REQUIRED, ("store", "id"))? {
            Ok(id) => id,
            Err(error) => return refuse(error),
        };
        match store::rename(ctx.app(), id, input.version, &input.name).await {
            Ok(()) => Ok(UpdateStorePayload {
                store: load::<StoreId>(ctx, id).await?.map(Store),
                user_errors: Vec::new(),
            }),
            Err(error @ UpdateStoreError::Name) => refuse(UserError::new(UserErrorCode::Invalid, error, &["name"])),
            Err(error @ UpdateStoreError::Conflict { current }) => {
                refuse(UserError::conflict(error.to_string(), current))
            }
            Err(UpdateStoreError::Database(error)) => Err(fault(error)),
        }
    }

    /// Puts new rules in force. They apply to sales that become awarding from now on; in a store that
    /// has given no points yet, to all sales.
    #[requires("store:write")]
    async fn update_programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateProgrammeInput,
    ) -> async_graphql::Result<UpdateProgrammePayload> {
        let refuse = |errors| {
            Ok(UpdateProgrammePayload {
                programme: None,
                user_errors: errors,
            })
        };
        let permitted = permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return refuse(vec![error]),
        };
        let by = ctx.requester().demand_user().ok();
        match programme::update(ctx.app(), store, by, input.version, input.rules.into()).await {
            Ok(row) => {
                let currency = load(ctx, store).await?.map(|store| store.currency).unwrap_or_default();
                Ok(UpdateProgrammePayload {
                    programme: Some(Programme::new(row, &currency)),
                    user_errors: Vec::new(),
                })
            }
            Err(ProgrammeError::Invalid(problems)) => refuse(UserError::problems(problems)),
            Err(error @ ProgrammeError::Conflict { current }) => {
                refuse(vec![UserError::conflict(error.to_string(), current.into())])
            }
            Err(ProgrammeError::Database(error)) => Err(fault(error)),
        }
    }
}
