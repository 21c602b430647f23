//! The mutations, a file per noun. Each takes one input and answers with a payload: what it changed
//! and the user errors.

mod adjustment;
mod consent;
mod customer;
mod export;
mod fulfilment;
mod hook;
mod import;
mod integration;
mod member;
mod password;
mod pool;
mod pool_codes;
mod reconciliation;
mod redemption;
mod redemption_code;
mod registration;
mod reward;
mod reward_input;
mod reward_order;
mod sale;
mod sale_file;
mod sale_input;
mod session;
mod store;
mod token;
mod webhook;

use async_graphql::{Context, MergedObject};
use entity::StoreId;
use serde::Serialize;

use super::context::ContextExt;
use super::error::{UserError, UserErrorCode, denied, fault};
use crate::access::{Denied, Permission};
use crate::service::idempotency::{Key, KeyError};

/// Writes.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    session::SessionMutation,
    password::PasswordMutation,
    member::MemberMutation,
    token::TokenMutation,
    store::StoreMutation,
    integration::IntegrationMutation,
    hook::HookMutation,
    consent::ConsentMutation,
    import::ImportMutation,
    reconciliation::ReconciliationMutation,
    export::ExportMutation,
    reward::RewardMutation,
    reward_order::RewardOrderMutation,
    pool::PoolMutation,
    pool_codes::PoolCodesMutation,
    fulfilment::FulfilmentMutation,
    redemption::RedemptionMutation,
    redemption_code::RedemptionCodeMutation,
    adjustment::AdjustmentMutation,
    customer::CustomerMutation,
    registration::RegistrationMutation,
    sale::SaleMutation,
    sale_file::SaleFileMutation,
    webhook::WebhookMutation,
);

/// Checks a permission in the store that owns what a mutation names. Something of another store is
/// a user error, *not found*; a lacking permission or nobody signed in is a top-level error.
fn permit(
    ctx: &Context<'_>,
    store: Option<StoreId>,
    permission: Permission,
    (what, path): (&str, &str),
) -> async_graphql::Result<Result<StoreId, UserError>> {
    let Some(store) = store else {
        return match ctx.requester() {
            crate::access::Requester::Anonymous => Err(denied(Denied::Unauthenticated)),
            _ => Ok(Err(UserError::not_found(what, &[path]))),
        };
    };
    match ctx.requester().demand(store, permission) {
        Ok(()) => Ok(Ok(store)),
        Err(Denied::NotFound) => Ok(Err(UserError::not_found(what, &[path]))),
        Err(error) => Err(denied(error)),
    }
}

/// The caller's idempotency key for an operation with an input.
fn key(
    ctx: &Context<'_>,
    key: &str,
    operation: &'static str,
    input: &impl Serialize,
) -> async_graphql::Result<Result<Key, UserError>> {
    match Key::new(ctx.requester().actor(), key.to_owned(), operation, input) {
        Ok(key) => Ok(Ok(key)),
        Err(error) => key_error(error).map(Err),
    }
}

/// An unusable key as a user error; a fault of ours as a top-level error.
fn key_error(error: KeyError) -> async_graphql::Result<UserError> {
    let path = &["idempotencyKey"];
    match error {
        KeyError::Malformed => Ok(UserError::new(UserErrorCode::Invalid, error, path)),
        KeyError::Reused => Ok(UserError::new(UserErrorCode::IdempotencyKeyReused, error, path)),
        KeyError::Database(error) => Err(fault(error)),
    }
}
