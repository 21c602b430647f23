//! What people wait for. Changes are read from the database, so any process may have made them.

use std::time::Duration;

use async_graphql::{Context, ID, Subscription as GraphqlSubscription};
use entity::redemption::RedemptionState;
use entity::{ImportRunId, RedemptionId, import_run, redemption};
use futures_util::{Stream, stream};
use sea_orm::EntityTrait;

use super::context::ContextExt;
use super::error::{denied, fault};
use super::types::{ImportRun, Redemption};
use crate::access::{Denied, Permission};
use crate::app::App;

/// How often a watched thing is looked at.
const LOOK: Duration = Duration::from_millis(250);

pub(super) struct Subscription;

/// Live updates. Each sends the present state first, then every change, and ends with the final
/// state; to resume, subscribe again.
#[GraphqlSubscription]
impl Subscription {
    /// An import's progress. Permission: `integrations:read`.
    async fn import_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ImportRun>> + use<>> {
        let not_found = || denied(Denied::NotFound);
        let id: ImportRunId = id.parse().map_err(|_| not_found())?;
        let row = find_run(ctx.app(), id).await?.ok_or_else(not_found)?;
        ctx.requester()
            .demand(row.store_id, Permission::ReadIntegrations)
            .map_err(|_| not_found())?;
        let app = ctx.app().clone();
        Ok(watch(
            row,
            move || {
                let app = app.clone();
                async move { find_run(&app, id).await }
            },
            |row| row.state.is_final(),
            ImportRun,
        ))
    }

    /// A redemption until its coupon exists, it failed, or its cancellation ended. Permission: `coupons:read`.
    async fn redemption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The redemption.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Redemption>> + use<>> {
        let not_found = || denied(Denied::NotFound);
        let id: RedemptionId = id.parse().map_err(|_| not_found())?;
        let row = find_redemption(ctx.app(), id).await?.ok_or_else(not_found)?;
        ctx.requester()
            .demand(row.store_id, Permission::ReadCoupons)
            .map_err(|_| not_found())?;
        let app = ctx.app().clone();
        Ok(watch(
            row,
            move || {
                let app = app.clone();
                async move { find_redemption(&app, id).await }
            },
            |row| {
                let under_way = [RedemptionState::Requested, RedemptionState::Cancelling];
                !under_way.contains(&row.state)
            },
            Redemption,
        ))
    }
}

async fn find_run(app: &App, id: ImportRunId) -> async_graphql::Result<Option<import_run::Model>> {
    import_run::Entity::find_by_id(id).one(&app.db).await.map_err(fault)
}

async fn find_redemption(app: &App, id: RedemptionId) -> async_graphql::Result<Option<redemption::Model>> {
    redemption::Entity::find_by_id(id).one(&app.db).await.map_err(fault)
}

/// Where a watch stands: the state to send, or to wait for one that differs from the last sent.
enum Watch<R> {
    Send(R),
    Wait(R),
    End,
}

/// Sends a row, then each state that differs from the last sent, until the final one.
fn watch<R, F, T>(
    first: R,
    look: impl Fn() -> F + Send,
    is_final: impl Fn(&R) -> bool + Send,
    wrap: impl Fn(R) -> T + Send,
) -> impl Stream<Item = async_graphql::Result<T>>
where
    R: Clone + PartialEq + Send,
    F: Future<Output = async_graphql::Result<Option<R>>> + Send,
{
    stream::unfold(
        (Watch::Send(first), look, is_final, wrap),
        |(watch, look, is_final, wrap)| async move {
            let row = match watch {
                Watch::End => return None,
                Watch::Send(row) => row,
                Watch::Wait(sent) => loop {
                    tokio::time::sleep(LOOK).await;
                    match look().await {
                        Ok(Some(row)) if row != sent => break row,
                        Ok(Some(_)) => {}
                        Ok(None) => return None,
                        Err(error) => return Some((Err(error), (Watch::End, look, is_final, wrap))),
                    }
                },
            };
            let next = if is_final(&row) {
                Watch::End
            } else {
                Watch::Wait(row.clone())
            };
            let item = wrap(row);
            Some((Ok(item), (next, look, is_final, wrap)))
        },
    )
}
