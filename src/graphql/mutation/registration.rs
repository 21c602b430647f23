use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{IntegrationId, StoreId};
use macros::permissions;

use super::permit;
use super::sale::refusal;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode};
use crate::graphql::scalar::Date;
use crate::graphql::types::Customer;
use crate::service::customer::{self, RegisterCustomers, RegisterCustomersError};
use crate::service::order::{Outcome, PushedBuyer};

#[derive(Default)]
pub(super) struct RegistrationMutation;

/// For `registerCustomers`.
#[derive(InputObject)]
struct RegisterCustomersInput {
    /// The source: an integration of the platform `SALES_API`.
    integration_id: ID,
    /// 1 to 100 customers.
    customers: Vec<CustomerInput>,
}

/// A customer, as far as is known. Recognised by document, then e-mail address, then `externalId`; one of them is needed.
/// What is left out stays as it is.
#[derive(InputObject)]
struct CustomerInput {
    /// The customer's key in the source.
    external_id: Option<String>,
    /// CPF or CNPJ, with or without punctuation.
    document: Option<String>,
    /// Full name.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Phone.
    phone: Option<String>,
    /// Birth date.
    birth_date: Option<Date>,
}

/// What became of a customer who was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
enum RegistrationOutcome {
    /// Not known before.
    Created,
    /// Known; something new was told.
    Updated,
    /// Known; nothing new was told.
    Unchanged,
    /// It cannot be used; `errors` says why. The other customers of the request are not touched by it.
    Rejected,
}

struct CustomerResult {
    store: StoreId,
    place: usize,
    result: customer::CustomerResult,
}

/// What became of a customer who was registered, and why.
#[Object]
impl CustomerResult {
    /// What became of the customer.
    async fn outcome(&self) -> RegistrationOutcome {
        self.result.outcome.into()
    }

    /// The customer now; none for one that was rejected, and none without the permission `customers:read`.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        match self.result.customer {
            Some(id) if ctx.demand(self.store, Customer::REQUIRED).is_ok() => Ok(load(ctx, id).await?.map(Customer)),
            _ => Ok(None),
        }
    }

    /// Why it was rejected, all reasons at once; empty for the others.
    async fn errors(&self) -> Vec<UserError> {
        let place = self.place.to_string();
        let problems = self.result.problems.iter().map(|problem| {
            let path = ["customers", &place].into_iter();
            let path: Vec<&str> = path.chain(problem.path.iter().map(String::as_str)).collect();
            UserError::new(UserErrorCode::Invalid, &problem.message, &path)
        });
        problems.collect()
    }
}

/// What came of `registerCustomers`.
#[derive(SimpleObject)]
struct RegisterCustomersPayload {
    /// What became of each customer, in the order in which they were sent; empty when the request was refused as a whole.
    results: Vec<CustomerResult>,
    /// What was wrong with the request as a whole.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl RegistrationMutation {
    /// Registers customers of an ERP or a till without a sale: creates those who are not known, and corrects what is known
    /// of the others. Each is judged by itself. The same again changes nothing, so there is no idempotency key. There is no
    /// bonus for signing up, which is given for accounts in the shop.
    #[requires("customers:write")]
    async fn register_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RegisterCustomersInput,
    ) -> async_graphql::Result<RegisterCustomersPayload> {
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
        let request = RegisterCustomers {
            store,
            integration,
            customers: input.customers.into_iter().map(CustomerInput::into_buyer).collect(),
            actor: ctx.requester().actor(),
            request_id: ctx.request_id(),
        };
        match customer::register(ctx.app(), request).await {
            Ok(results) => Ok(RegisterCustomersPayload {
                results: results
                    .into_iter()
                    .enumerate()
                    .map(|(place, result)| CustomerResult { store, place, result })
                    .collect(),
                user_errors: Vec::new(),
            }),
            Err(RegisterCustomersError::Source(error)) => Ok(refused(refusal(error)?)),
            Err(error @ RegisterCustomersError::Count(_)) => {
                Ok(refused(UserError::new(UserErrorCode::Invalid, error, &["customers"])))
            }
        }
    }
}

impl CustomerInput {
    fn into_buyer(self) -> PushedBuyer {
        PushedBuyer {
            external_id: self.external_id,
            document: self.document,
            name: self.name,
            email: self.email,
            phone: self.phone,
            birth_date: self.birth_date.map(|date| date.0),
        }
    }
}

fn refused(error: UserError) -> RegisterCustomersPayload {
    RegisterCustomersPayload {
        results: Vec::new(),
        user_errors: vec![error],
    }
}
