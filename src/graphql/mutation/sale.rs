use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{IntegrationId, StoreId};
use macros::permissions;
use serde::Serialize;

use super::sale_input::SaleInput;
use super::{key, key_error, permit};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::scalar::Points;
use crate::graphql::types::Order;
use crate::service::order::{self, Outcome, RegisterError, RegisterRequest};

#[derive(Default)]
pub(super) struct SaleMutation;

/// For `registerSales`.
#[derive(InputObject, Serialize)]
struct RegisterSalesInput {
    /// The source: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// 1 to 100 sales.
    sales: Vec<SaleInput>,
    /// A new key for each intent: the same request again gives the first answer and changes nothing.
    /// It is remembered for 30 days.
    #[serde(skip)]
    idempotency_key: String,
}

/// What became of a pushed sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
enum SaleOutcome {
    /// It was not known before.
    Created,
    /// It told something new of a sale that was known.
    Updated,
    /// It told nothing new.
    Unchanged,
    /// It cannot be used; `errors` says why. The other sales of the request are not touched by it.
    Rejected,
}

struct SaleResult {
    store: StoreId,
    place: usize,
    result: order::SaleResult,
}

/// What became of a pushed sale, and why.
#[Object]
impl SaleResult {
    /// Its key in the source, as it was sent.
    async fn external_id(&self) -> &str {
        &self.result.external_id
    }

    /// What became of it.
    async fn outcome(&self) -> SaleOutcome {
        self.result.outcome.into()
    }

    /// The sale as it is now; none for one that was rejected, and none without the permission `orders:read`.
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        match self.result.order {
            Some(id) if ctx.demand(self.store, Order::REQUIRED).is_ok() => Ok(load(ctx, id).await?.map(Order)),
            _ => Ok(None),
        }
    }

    /// The points that it gave after the request; 0 where it counts as a shop's order, whose points they are.
    async fn points(&self) -> Points {
        self.result.points.into()
    }

    /// Why it was rejected, all reasons at once; empty for the others.
    async fn errors(&self) -> Vec<UserError> {
        let place = self.place.to_string();
        let error = |problem: &order::SaleProblem| {
            let path = ["sales", &place]
                .into_iter()
                .chain(problem.path.iter().map(String::as_str));
            UserError::new(UserErrorCode::Invalid, &problem.message, &path.collect::<Vec<_>>())
        };
        self.result.problems.iter().map(error).collect()
    }
}

/// What came of `registerSales`.
#[derive(SimpleObject)]
struct RegisterSalesPayload {
    /// What became of each sale, in the order in which they were sent; empty when the request was refused as a
    /// whole.
    results: Vec<SaleResult>,
    /// What was wrong with the request as a whole.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl SaleMutation {
    /// Registers sales of an ERP or a till: new ones, and changes of status or refunds of known ones. Each is
    /// judged by itself. A sale that carries the number of a shop's order is linked with it, whichever is known
    /// first, and only the shop's order gives points.
    #[requires("orders:write")]
    async fn register_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RegisterSalesInput,
    ) -> async_graphql::Result<RegisterSalesPayload> {
        let row = match input.integration_id.parse::<IntegrationId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let path = ("integration", "integrationId");
        let (store, integration) = match (permit(ctx, store, REQUIRED, path)?, row) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return Ok(refused(error)),
            (Ok(_), None) => return Ok(refused(UserError::not_found("integration", &["integrationId"]))),
        };
        let key = match key(ctx, &input.idempotency_key, "registerSales", &input)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(error)),
        };
        let request = RegisterRequest {
            store,
            integration,
            sales: input.sales.into_iter().map(SaleInput::into_sale).collect(),
            actor: ctx.requester().actor(),
            request_id: ctx.request_id(),
        };
        match order::register(ctx.app(), request, key).await {
            Ok(results) => Ok(RegisterSalesPayload {
                results: results
                    .into_iter()
                    .enumerate()
                    .map(|(place, result)| SaleResult { store, place, result })
                    .collect(),
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(refused(refusal(error)?)),
        }
    }
}

fn refused(error: UserError) -> RegisterSalesPayload {
    RegisterSalesPayload {
        results: Vec::new(),
        user_errors: vec![error],
    }
}

pub(super) fn refusal(error: RegisterError) -> async_graphql::Result<UserError> {
    let source = &["integrationId"];
    Ok(match error {
        RegisterError::NotFound => UserError::not_found("integration", source),
        RegisterError::NotASource => UserError::new(UserErrorCode::Unsupported, error, source),
        RegisterError::NotActive => UserError::new(UserErrorCode::IntegrationInactive, error, source),
        RegisterError::Count(_) => UserError::new(UserErrorCode::Invalid, error, &["sales"]),
        RegisterError::Key(error) => key_error(error)?,
        RegisterError::Database(error) => return Err(fault(error)),
    })
}
