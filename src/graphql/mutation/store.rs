use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{Cents, StoreId};
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::Permission;
use crate::domain::money_text::parse_machine;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::graphql::scalar::Decimal;
use crate::graphql::types::{DebtPolicy, Programme, Store};
use crate::service::programme::{self, ProgrammeError, Rules};
use crate::service::store::{self, CreateStoreError, NewStore};

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

/// For `updateProgramme`: the whole set of rules.
#[derive(InputObject)]
struct UpdateProgrammeInput {
    /// The store.
    store_id: ID,
    /// Points for one real of products less discounts, for instance `"1"` or `"0.5"`.
    points_per_real: Decimal,
    /// Whether shipping earns points too.
    #[graphql(default)]
    include_shipping: bool,
    /// Sales with a smaller base give nothing.
    minimum_order: Option<Decimal>,
    /// Days after the sale until its points can be spent, 0 to 365.
    #[graphql(default)]
    hold_days: i32,
    /// Months after becoming available until points expire, 1 to 120; none: never.
    expiry_months: Option<i32>,
    /// What happens when points that were spent must be taken back.
    #[graphql(default_with = "DebtPolicy::AllowDebt")]
    debt_policy: DebtPolicy,
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

    /// Puts new rules in force. They apply to sales that become awarding from now on; in a store that
    /// has given no points yet, to all sales. Permission: `store:write`.
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
        let permitted = permit(
            ctx,
            input.store_id.parse().ok(),
            Permission::ManageStore,
            ("store", "storeId"),
        )?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return refuse(vec![error]),
        };
        let by = ctx.requester().demand_user().ok();
        let rules = Rules {
            points_per_real: input.points_per_real.0,
            include_shipping: input.include_shipping,
            minimum_order: Cents(
                input
                    .minimum_order
                    .and_then(|amount| parse_machine(&amount.0))
                    .unwrap_or(0),
            ),
            hold_days: input.hold_days,
            expiry_months: input.expiry_months,
            debt_policy: input.debt_policy.into(),
        };
        match programme::update(ctx.app(), store, by, input.version, rules).await {
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
