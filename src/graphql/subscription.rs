//! What people wait for. Whatever process changes something, it is told here: see `service::event`.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription as GraphqlSubscription};
use entity::event::{EventKind, Model};
use entity::import_run::ImportState;
use entity::redemption::RedemptionState;
use entity::{CustomerId, ImportRunId, RedemptionId, StoreId, customer, import_run, redemption};
use futures_util::{Stream, stream};
use macros::permissions;
use sea_orm::{DbErr, EntityTrait, Iterable};

use super::context::ContextExt;
use super::error::{denied, fault};
use super::stream::{Beat, Feed, Place, Seat, Standing, Watched, watch};
use super::types::{Balance, Event, EventType, ImportRun, Redemption};
use crate::access::{Denied, Permission};
use crate::app::App;
use crate::http::StreamPlace;
use crate::service::event::Reach;
use crate::service::points;

pub(super) struct Subscription;

/// Live updates, as soon as a change is committed by whatever process. Each answer's `extensions.cursor` (with
/// server-sent events also the event's `id`) is its place: subscribe again with it as `after`, and nothing is
/// missed and nothing told twice. A subscription ends with an error some seconds after its session, token or
/// membership has ended.
#[permissions]
#[GraphqlSubscription]
impl Subscription {
    /// What happens in a store, each event once, in an order that keeps that of every object. From now on, or after
    /// a cursor; events are kept for 30 days, and a cursor that is older is refused with `CURSOR_EXPIRED`.
    /// Each type needs what its object needs; without `types`, all that the requester may see.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] store_id: ID,
        #[graphql(desc = "Only events of these types.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only what happened after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Event>> + use<>> {
        let store: StoreId = store_id.parse().map_err(|_| denied(Denied::NotFound))?;
        let (kinds, permissions) = allowed(ctx, store, types)?;
        let after = Place::wanted(ctx, ctx.app(), after)?;
        let seat = Seat::take(ctx)?;
        let feed = Feed::open(ctx.app(), Reach::Store(store, kinds), after)
            .await
            .map_err(fault)?;
        let standing = Standing::of(ctx, store, permissions);
        let places = ctx.data_opt::<StreamPlace>().cloned().unwrap_or_default();
        let events = stream::unfold(
            (feed, standing, seat, false),
            move |(mut feed, standing, seat, ended)| {
                let places = places.clone();
                async move {
                    if ended {
                        return None;
                    }
                    let told = next(&mut feed, &standing).await;
                    if let Ok(event) = &told {
                        places.tell(Place::of(event).text());
                    }
                    let ended = told.is_err();
                    Some((told.map(Event), (feed, standing, seat, ended)))
                }
            },
        );
        Ok(events)
    }

    /// An import's progress: the present state first, then every change, and the end with the final state.
    #[requires("integrations:read")]
    async fn import_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run.")] id: ID,
        #[graphql(desc = "The client has the state up to this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ImportRun>> + use<>> {
        let id: ImportRunId = id.parse().map_err(|_| not_found())?;
        let row = find_run(ctx.app(), id).await.map_err(fault)?.ok_or_else(not_found)?;
        seen(ctx, row.store_id, REQUIRED)?;
        let watched = Watched::open(ctx, (row.store_id, id.0), REQUIRED, after).await?;
        let app = ctx.app().clone();
        let row = find_run(&app, id).await.map_err(fault)?.ok_or_else(not_found)?;
        let look = move || {
            let app = app.clone();
            async move { find_run(&app, id).await }
        };
        Ok(watch(watched, row, look, is_ended, ImportRun))
    }

    /// A redemption until its coupon exists, it failed, or its cancellation ended: the present state first, then
    /// every change.
    #[requires("coupons:read")]
    async fn redemption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The redemption.")] id: ID,
        #[graphql(desc = "The client has the state up to this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Redemption>> + use<>> {
        let id: RedemptionId = id.parse().map_err(|_| not_found())?;
        let row = find_redemption(ctx.app(), id)
            .await
            .map_err(fault)?
            .ok_or_else(not_found)?;
        seen(ctx, row.store_id, REQUIRED)?;
        let watched = Watched::open(ctx, (row.store_id, id.0), REQUIRED, after).await?;
        let app = ctx.app().clone();
        let row = find_redemption(&app, id).await.map_err(fault)?.ok_or_else(not_found)?;
        let look = move || {
            let app = app.clone();
            async move { find_redemption(&app, id).await }
        };
        let is_final = |row: &redemption::Model| {
            let under_way = [RedemptionState::Requested, RedemptionState::Cancelling];
            !under_way.contains(&row.state)
        };
        Ok(watch(watched, row, look, is_final, Redemption))
    }

    /// A customer's points: the present balance first, then every change, also when points become available or run
    /// out by the passing of time.
    #[requires("customers:read")]
    async fn customer_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer.")] customer_id: ID,
        #[graphql(desc = "The client has the balance up to this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Balance>> + use<>> {
        let id: CustomerId = customer_id.parse().map_err(|_| not_found())?;
        let row = customer::Entity::find_by_id(id)
            .one(&ctx.app().db)
            .await
            .map_err(fault)?;
        let row = row.ok_or_else(not_found)?;
        seen(ctx, row.store_id, REQUIRED)?;
        let watched = Watched::open(ctx, (row.store_id, id.0), REQUIRED, after).await?;
        let app = ctx.app().clone();
        let balance = find_balance(&app, id).await.map_err(fault)?.unwrap_or_default();
        let look = move || {
            let app = app.clone();
            async move { find_balance(&app, id).await }
        };
        Ok(watch(watched, balance, look, |_| false, Balance::from))
    }
}

fn not_found() -> async_graphql::Error {
    denied(Denied::NotFound)
}

/// Whether the requester may see something; if not, it is not there.
fn seen(ctx: &Context<'_>, store: StoreId, permission: Permission) -> async_graphql::Result<()> {
    ctx.requester().demand(store, permission).map_err(|_| not_found())
}

/// Which kinds of events the requester is told of, and what for: those that were asked for, or all that are allowed.
fn allowed(
    ctx: &Context<'_>,
    store: StoreId,
    types: Option<Vec<EventType>>,
) -> async_graphql::Result<(Vec<EventKind>, Vec<Permission>)> {
    let demand = |kind: &EventType| ctx.requester().demand(store, kind.permission());
    let types: Vec<EventType> = if let Some(types) = types {
        types.iter().try_for_each(demand).map_err(denied)?;
        types
    } else {
        let all = EventKind::iter().map(EventType::from);
        let allowed: Vec<EventType> = all.filter(|kind| demand(kind).is_ok()).collect();
        if allowed.is_empty() {
            demand(&EventType::OrderCreated).map_err(denied)?;
        }
        allowed
    };
    let mut permissions: Vec<Permission> = types.iter().map(|kind| kind.permission()).collect();
    permissions.sort_unstable();
    permissions.dedup();
    Ok((types.into_iter().map(EventKind::from).collect(), permissions))
}

/// The next event, for as long as the listener may listen.
async fn next(feed: &mut Feed, standing: &Standing) -> async_graphql::Result<Arc<Model>> {
    loop {
        match feed.next().await.map_err(fault)? {
            Beat::Event(event) => return Ok(event),
            Beat::Tick => standing.check().await?,
        }
    }
}

fn is_ended(row: &import_run::Model) -> bool {
    let state: ImportState = row.state;
    state.is_final()
}

async fn find_run(app: &App, id: ImportRunId) -> Result<Option<import_run::Model>, DbErr> {
    let row = import_run::Entity::find_by_id(id).one(&app.db).await?;
    // A worker's sign of life is no news.
    Ok(row.map(|row| import_run::Model {
        lease_until: None,
        ..row
    }))
}

async fn find_redemption(app: &App, id: RedemptionId) -> Result<Option<redemption::Model>, DbErr> {
    redemption::Entity::find_by_id(id).one(&app.db).await
}

async fn find_balance(app: &App, id: CustomerId) -> Result<Option<points::Balance>, DbErr> {
    let mut found = points::balances(&app.db, &[id], app.clock.now()).await?;
    Ok(found.remove(&id))
}
