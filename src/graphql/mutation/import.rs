use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::import_run::{self, ImportTrigger};
use entity::{ImportRunId, IntegrationId};
use macros::permissions;
use sea_orm::EntityTrait;

use super::permit;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::graphql::types::{ImportKind, ImportRun};
use crate::service::import::{self, StartError};

#[derive(Default)]
pub(super) struct ImportMutation;

/// For `startImport`.
#[derive(InputObject)]
struct StartImportInput {
    /// The integration.
    integration_id: ID,
    /// What to import: `SHOP`, `CATALOGUE`, `COUPONS`, or `RECONCILIATION` as `reconcile` does. Files are imported by
    /// `importSales` and `addCodes`, and refused here.
    #[graphql(default_with = "ImportKind::Shop")]
    kind: ImportKind,
}

/// For `cancelImport`.
#[derive(InputObject)]
struct CancelImportInput {
    /// The run.
    id: ID,
}

/// What came of a mutation on an import.
#[derive(SimpleObject)]
pub(super) struct ImportRunPayload {
    /// The run.
    import_run: Option<ImportRun>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

impl ImportRunPayload {
    /// A run.
    pub(super) fn started(run: ImportRun) -> Self {
        Self {
            import_run: Some(run),
            user_errors: Vec::new(),
        }
    }

    /// No run.
    pub(super) fn refused(error: UserError) -> Self {
        Self {
            import_run: None,
            user_errors: vec![error],
        }
    }
}

/// Why a run was not started, as a user error; a fault of ours as a top-level error.
pub(super) fn not_started(error: StartError, kind: import_run::ImportKind) -> async_graphql::Result<UserError> {
    Ok(match error {
        StartError::NotFound => UserError::not_found("integration", &["integrationId"]),
        error @ StartError::NotActive => UserError::new(UserErrorCode::IntegrationInactive, error, &[]),
        error @ (StartError::NothingToImport
        | StartError::NothingToCompare
        | StartError::NoFeed
        | StartError::Pushed) => UserError::new(UserErrorCode::NothingToImport, error, &[]),
        StartError::UnderWay(run) => {
            let what = match kind {
                import_run::ImportKind::Reconciliation => "a reconciliation",
                _ => "an import",
            };
            UserError::under_way(format!("{what} of this integration is under way"), ImportRun(*run))
        }
        StartError::Database(error) => return Err(fault(error)),
    })
}

#[permissions]
#[Object]
impl ImportMutation {
    /// Starts an import now. Two of the same kind of an integration never run at once: while one is under way the
    /// user error carries it, so repeating the request is safe.
    #[requires("integrations:write")]
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: StartImportInput,
    ) -> async_graphql::Result<ImportRunPayload> {
        let refuse = |error| {
            Ok(ImportRunPayload {
                import_run: None,
                user_errors: vec![error],
            })
        };
        let row = match input.integration_id.parse::<IntegrationId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let path = ("integration", "integrationId");
        let (store, row) = match (permit(ctx, store, REQUIRED, path)?, row) {
            (Ok(store), Some(row)) => (store, row),
            (Err(error), _) => return refuse(error),
            (Ok(_), None) => return refuse(UserError::not_found("integration", &["integrationId"])),
        };
        let kind = input.kind.into();
        match import::start(ctx.app(), store, row.id, kind, ImportTrigger::Manual).await {
            Ok(run) => Ok(ImportRunPayload::started(ImportRun(run))),
            Err(error) => not_started(error, kind).map(ImportRunPayload::refused),
        }
    }

    /// Cancels an import: at once while it waits, else after its current page. What was imported stays,
    /// and the next import goes on from the last one that succeeded.
    #[requires("integrations:write")]
    async fn cancel_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CancelImportInput,
    ) -> async_graphql::Result<ImportRunPayload> {
        let refuse = |error| {
            Ok(ImportRunPayload {
                import_run: None,
                user_errors: vec![error],
            })
        };
        let row = match input.id.parse::<ImportRunId>() {
            Ok(id) => import_run::Entity::find_by_id(id)
                .one(&ctx.app().db)
                .await
                .map_err(fault)?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        match (permit(ctx, store, REQUIRED, ("import run", "id"))?, row) {
            (Ok(store), Some(row)) => {
                let run = import::cancel(ctx.app(), store, row.id).await.map_err(fault)?;
                Ok(ImportRunPayload {
                    import_run: run.map(ImportRun),
                    user_errors: Vec::new(),
                })
            }
            (Err(error), _) => refuse(error),
            (Ok(_), None) => refuse(UserError::not_found("import run", &["id"])),
        }
    }
}
