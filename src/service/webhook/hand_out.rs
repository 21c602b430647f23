use std::collections::{BTreeSet, HashSet};

use entity::event::{self, EventKind};
use entity::webhook::{self, Ordering};
use entity::webhook_delivery::{self, DeliveryState};
use entity::{Instant, WebhookId, event_reader};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::app::App;
use crate::db::begin;
use crate::queue::{DeliverWebhook, Enqueue, Whose, enqueue_all};
use crate::service::event::{Reach, after, place};
use crate::service::rows;

/// The name of the reader that hands events out to webhooks.
pub(super) const READER: &str = "webhooks";
/// Events handed out at once.
const PAGE: u64 = 200;
/// Jobs of one statement.
const JOBS: usize = 2_000;

/// Hands out what happened since the last time: each event becomes a delivery, with its job, for each webhook that
/// wants to be told. Any number of processes may do so at once: the reader's row is held, so they do it one after
/// the other, and its place moves with what it led to.
pub async fn hand_out(app: &App) -> Result<(), DbErr> {
    place(&app.db).await?;
    loop {
        let txn = begin(&app.db).await?;
        let reader = event_reader::Entity::find_by_id(READER)
            .lock_exclusive()
            .one(&txn)
            .await?;
        // Nobody ever made a webhook.
        let Some(reader) = reader else {
            return txn.rollback().await;
        };
        let events = after(&txn, &Reach::All, reader.place, PAGE).await?;
        let Some(last) = events.last().map(event::Model::place) else {
            return txn.rollback().await;
        };
        let is_last = (events.len() as u64) < PAGE;
        deliver(&txn, app, events).await?;
        event_reader::Entity::update_many()
            .col_expr(event_reader::Column::Place, Expr::value(last))
            .filter(event_reader::Column::Name.eq(READER))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        if is_last {
            return Ok(());
        }
    }
}

async fn deliver(db: &impl ConnectionTrait, app: &App, events: Vec<event::Model>) -> Result<(), DbErr> {
    let stores: BTreeSet<entity::StoreId> = events.iter().map(|event| event.store_id).collect();
    // Held, so that no delivery of theirs ends between the look at what is open and the writing of what waits.
    let webhooks = webhook::Entity::find()
        .filter(webhook::Column::StoreId.is_in(stores))
        .filter(webhook::Column::State.ne(webhook::WebhookState::Deleted))
        .order_by_asc(webhook::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let wanted: Vec<(&webhook::Model, &event::Model)> = events
        .iter()
        .flat_map(|event| webhooks.iter().map(move |webhook| (webhook, event)))
        .filter(|(webhook, event)| wants(webhook, event))
        .collect();
    let mut open = open(db, &wanted).await?;
    let now = app.clock.now();
    let mut deliveries = Vec::with_capacity(wanted.len());
    for (webhook, event) in wanted {
        let is_first = webhook.ordering == Ordering::None || open.insert((webhook.id, event.object_id));
        deliveries.push(delivery(app, webhook, event, is_first, now));
    }
    let jobs: Vec<_> = deliveries
        .iter()
        .filter(|delivery| delivery.state == DeliveryState::Pending)
        .map(|delivery| {
            let whose = Whose::of(delivery.store_id, delivery.id);
            let args = DeliverWebhook { delivery: delivery.id };
            Enqueue::now(app, whose, args, delivery.id.to_string())
        })
        .collect();
    let once = OnConflict::columns([webhook_delivery::Column::WebhookId, webhook_delivery::Column::EventId])
        .do_nothing()
        .to_owned();
    let rows = deliveries.into_iter().map(IntoActiveModel::into_active_model);
    rows::insert(db, rows.collect(), Some(once)).await?;
    for jobs in jobs.chunks(JOBS) {
        enqueue_all(db, app, jobs.to_vec()).await?;
    }
    Ok(())
}

/// Whether a webhook is told of an event of its store: of the kinds that it names, since it was made.
fn wants(webhook: &webhook::Model, event: &event::Model) -> bool {
    if webhook.store_id != event.store_id || event.place() <= webhook.since {
        return false;
    }
    if event.kind == EventKind::WebhookTested {
        return event.object_id == webhook.id.0;
    }
    let name = event.kind.to_value();
    let kinds = webhook.kinds.as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind.as_str() == Some(&name)))
}

/// Of webhooks that keep the order: the objects of which something has not been delivered yet.
async fn open(
    db: &impl ConnectionTrait,
    wanted: &[(&webhook::Model, &event::Model)],
) -> Result<HashSet<(WebhookId, Uuid)>, DbErr> {
    let ordered = wanted
        .iter()
        .filter(|(webhook, _)| webhook.ordering == Ordering::Object);
    let (webhooks, objects): (BTreeSet<_>, BTreeSet<_>) =
        ordered.map(|(webhook, event)| (webhook.id, event.object_id)).unzip();
    if webhooks.is_empty() {
        return Ok(HashSet::new());
    }
    let theirs = webhook_delivery::Column::WebhookId
        .is_in(webhooks)
        .and(webhook_delivery::Column::ObjectId.is_in(objects));
    let open: Vec<(WebhookId, Uuid)> = webhook_delivery::Entity::open()
        .select_only()
        .columns([webhook_delivery::Column::WebhookId, webhook_delivery::Column::ObjectId])
        .filter(theirs)
        .into_tuple()
        .all(db)
        .await?;
    Ok(open.into_iter().collect())
}

fn delivery(
    app: &App,
    webhook: &webhook::Model,
    event: &event::Model,
    is_first: bool,
    now: Instant,
) -> webhook_delivery::Model {
    webhook_delivery::Model {
        id: app.id(),
        store_id: webhook.store_id,
        webhook_id: webhook.id,
        event_id: event.id,
        kind: event.kind,
        object_id: event.object_id,
        occurred_at: event.created_at,
        state: if is_first {
            DeliveryState::Pending
        } else {
            DeliveryState::Waiting
        },
        attempts: 0,
        due_at: now,
        attempted_at: None,
        status: None,
        answer: None,
        error: None,
        duration_ms: None,
        created_at: now,
        finished_at: None,
    }
}
