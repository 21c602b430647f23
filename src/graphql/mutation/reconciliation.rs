//! Comparing a shop with the books, and mending what differs.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::import_run::ImportKind;
use entity::{DifferenceId, ImportRunId, IntegrationId};
use macros::permissions;

use super::import::{ImportRunPayload, not_started};
use super::permit;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::{Difference, ImportRun};
use crate::service::import;
use crate::service::reconcile::{self, ApplyError, MAX_DAYS};

#[derive(Default)]
pub(super) struct ReconciliationMutation;

/// For `reconcile`.
#[derive(InputObject)]
struct ReconcileInput {
    /// The integration.
    integration_id: ID,
    /// How many days sales are looked back, 1 to 730; 90 unless it is said. Coupons are all looked at.
    days: Option<i32>,
}

/// For `applyRepairs`.
#[derive(InputObject)]
struct ApplyRepairsInput {
    /// The run that found the differences.
    import_run_id: ID,
    /// The differences to be mended, 1 to 50.
    difference_ids: Vec<ID>,
}

/// What came of `applyRepairs`.
#[derive(SimpleObject)]
struct ApplyRepairsPayload {
    /// The differences that were named, in this order; none without the permission `integrations:read`. Their repairs are
    /// on their way: look again.
    differences: Vec<Difference>,
    /// What was wrong. No repair was asked for then.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl ReconciliationMutation {
    /// Compares a shop with the books now: sales that were made in the last days, and all coupons. The run changes
    /// nothing; its `differences` tell what differs, and `applyRepairs` mends what is chosen of them. What the shop changed
    /// since the last import is no difference. Two reconciliations of an integration never run at once: while one is under way
    /// the user error carries it, so repeating the request is safe.
    #[requires("integrations:write")]
    async fn reconcile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReconcileInput,
    ) -> async_graphql::Result<ImportRunPayload> {
        let row = match input.integration_id.parse::<IntegrationId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let path = ("integration", "integrationId");
        let (store, row) = match (permit(ctx, store, REQUIRED, path)?, row) {
            (Ok(store), Some(row)) => (store, row),
            (Err(error), _) => return Ok(ImportRunPayload::refused(error)),
            (Ok(_), None) => {
                let error = UserError::not_found("integration", &["integrationId"]);
                return Ok(ImportRunPayload::refused(error));
            }
        };
        if input.days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            let message = format!("say how many days are looked back, from 1 to {MAX_DAYS}");
            let error = UserError::new(UserErrorCode::Invalid, message, &["days"]);
            return Ok(ImportRunPayload::refused(error));
        }
        let since = reconcile::window_of(ctx.app().clock.now(), input.days);
        match import::start_reconciliation(ctx.app(), store, row.id, since).await {
            Ok(run) => Ok(ImportRunPayload::started(ImportRun(run))),
            Err(error) => not_started(error, ImportKind::Reconciliation).map(ImportRunPayload::refused),
        }
    }

    /// Has differences mended that a run found. For each a job asks the shop again: what differs no more is obsolete, and
    /// the others are mended once, however often they are asked for. What cannot be mended stays open and says why.
    #[requires("points:write")]
    async fn apply_repairs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ApplyRepairsInput,
    ) -> async_graphql::Result<ApplyRepairsPayload> {
        let refuse = |error| {
            Ok(ApplyRepairsPayload {
                differences: Vec::new(),
                user_errors: vec![error],
            })
        };
        let row = match input.import_run_id.parse::<ImportRunId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let path = ("import run", "importRunId");
        let (store, run) = match (permit(ctx, store, REQUIRED, path)?, row) {
            (Ok(store), Some(row)) => (store, row.id),
            (Err(error), _) => return refuse(error),
            (Ok(_), None) => return refuse(UserError::not_found("import run", &["importRunId"])),
        };
        let mut ids = Vec::with_capacity(input.difference_ids.len());
        for (index, id) in input.difference_ids.iter().enumerate() {
            match id.parse::<DifferenceId>() {
                Ok(id) => ids.push(id),
                Err(_) => return refuse(named(UserErrorCode::NotFound, &ApplyError::NotFound { index }, index)),
            }
        }
        let actor = ctx.requester().actor();
        match reconcile::apply(ctx.app(), (store, run), &ids, actor).await {
            Ok(rows) => {
                let shown = ctx.demand(store, Difference::REQUIRED).is_ok();
                let rows = rows.into_iter().filter(|_| shown);
                Ok(ApplyRepairsPayload {
                    differences: rows.map(Difference).collect(),
                    user_errors: Vec::new(),
                })
            }
            Err(error @ ApplyError::Count) => refuse(UserError::new(UserErrorCode::Invalid, error, &["differenceIds"])),
            Err(error @ ApplyError::NotFound { index }) => refuse(named(UserErrorCode::NotFound, &error, index)),
            Err(error @ ApplyError::NoRepair { index }) => refuse(named(UserErrorCode::Unsupported, &error, index)),
            Err(ApplyError::Database(error)) => Err(fault(error)),
        }
    }
}

/// An error about one of the differences that were named.
fn named(code: UserErrorCode, error: &ApplyError, index: usize) -> UserError {
    UserError::new(code, error, &["differenceIds", &index.to_string()])
}
