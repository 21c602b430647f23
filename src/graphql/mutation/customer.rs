use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{CustomerId, StoreId};
use macros::permissions;
use serde::Serialize;

use super::adjustment::by;
use super::{key, key_error, permit};
use crate::access::Permission;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::Customer;
use crate::service::customer::{JoinError, merge, unmerge};

#[derive(Default)]
pub(super) struct CustomerMutation;

/// For `mergeCustomers`.
#[derive(InputObject, Serialize)]
struct MergeCustomersInput {
    /// Who will be read as the other.
    from_customer_id: ID,
    /// Who stays.
    into_customer_id: ID,
    /// Why, in 1 to 500 characters. The statement shows it.
    reason: String,
    /// A new key for each intent: the same request again changes nothing.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// For `unmergeCustomers`.
#[derive(InputObject, Serialize)]
struct UnmergeCustomersInput {
    /// Who was merged into another.
    customer_id: ID,
    /// Why, in 1 to 500 characters. The statement shows it.
    reason: String,
    /// A new key for each intent: the same request again changes nothing.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What came of a merge, or of undoing one.
#[derive(SimpleObject)]
struct CustomerPayload {
    /// The customer who stays, or who is separate again. None without the permission `customers:read`.
    customer: Option<Customer>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl CustomerMutation {
    /// Makes one customer of two who are the same person. Points, debt, sales and coupons of the first are
    /// the second's from now on, and whoever asks for the first finds the second. Can be undone.
    #[requires("points:write")]
    async fn merge_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: MergeCustomersInput,
    ) -> async_graphql::Result<CustomerPayload> {
        let (store, from) = match find(ctx, REQUIRED, &input.from_customer_id, "fromCustomerId").await? {
            Ok(found) => found,
            Err(error) => return Ok(refused(error)),
        };
        let Ok(into) = input.into_customer_id.parse::<CustomerId>() else {
            return Ok(refused(UserError::not_found("customer", &["intoCustomerId"])));
        };
        let key = match key(ctx, &input.idempotency_key, "mergeCustomers", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let done = merge(ctx.app(), store, (from, into), by(ctx, input.reason), key).await;
        answer(ctx, store, into, done.map(drop)).await
    }

    /// Separates a customer who was merged into another. What is left of the points and the debt that came
    /// along goes back; what was spent meanwhile stays spent.
    #[requires("points:write")]
    async fn unmerge_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UnmergeCustomersInput,
    ) -> async_graphql::Result<CustomerPayload> {
        let (store, from) = match find(ctx, REQUIRED, &input.customer_id, "customerId").await? {
            Ok(found) => found,
            Err(error) => return Ok(refused(error)),
        };
        let key = match key(ctx, &input.idempotency_key, "unmergeCustomers", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let done = unmerge(ctx.app(), store, from, by(ctx, input.reason), key).await;
        answer(ctx, store, from, done.map(drop)).await
    }
}

/// The store of a customer, and the customer as named: whoever was merged is meant.
async fn find(
    ctx: &Context<'_>,
    permission: Permission,
    id: &str,
    path: &'static str,
) -> async_graphql::Result<Result<(StoreId, CustomerId), UserError>> {
    let id = id.parse::<CustomerId>().ok();
    let row = match id {
        Some(id) => load(ctx, id).await?,
        None => None,
    };
    let store = row.map(|row| row.store_id);
    Ok(match (permit(ctx, store, permission, ("customer", path))?, id) {
        (Ok(store), Some(id)) => Ok((store, id)),
        (Ok(_), None) => Err(UserError::not_found("customer", &[path])),
        (Err(error), _) => Err(error),
    })
}

async fn answer(
    ctx: &Context<'_>,
    store: StoreId,
    customer: CustomerId,
    done: Result<(), JoinError>,
) -> async_graphql::Result<CustomerPayload> {
    let error = match done {
        Ok(()) => {
            let customer = match ctx.demand(store, Customer::REQUIRED) {
                Ok(()) => load(ctx, customer).await?.map(Customer),
                Err(_) => None,
            };
            return Ok(CustomerPayload {
                customer,
                user_errors: Vec::new(),
            });
        }
        Err(error) => error,
    };
    Ok(refused(match error {
        JoinError::NotFound(path) => UserError::not_found("customer", &[path]),
        JoinError::Reason(message) => UserError::new(UserErrorCode::Invalid, message, &["reason"]),
        JoinError::Same => UserError::new(UserErrorCode::Invalid, error, &["intoCustomerId"]),
        JoinError::AlreadyMerged(path) => UserError::new(UserErrorCode::AlreadyMerged, error, &[path]),
        JoinError::NotMerged => UserError::new(UserErrorCode::NotMerged, error, &["customerId"]),
        JoinError::UnderWay(path) => UserError::new(UserErrorCode::RedemptionUnderWay, error, &[path]),
        JoinError::Key(error) => key_error(error)?,
        JoinError::Database(error) => return Err(fault(error)),
    }))
}

fn refused(error: UserError) -> CustomerPayload {
    CustomerPayload {
        customer: None,
        user_errors: vec![error],
    }
}
