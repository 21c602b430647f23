//! What happened is written down once, with the change, and can be followed without missing anything.

use std::time::Duration;

use chrono::TimeDelta;
use entity::event::{self, EventKind};
use entity::import_run::ImportKind;
use fidelidade::run::Halves;
use fidelidade::service::event::{Reach, after, end, follow, purge};
use fidelidade::service::order;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, TransactionTrait};
use sea_orm::{NotSet, PaginatorTrait, Set};
use serde_json::json;

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;
use crate::support::database::Engine;

async fn quiet() -> TestApp {
    TestApp::builder().halves(Halves::Serve).start().await
}

/// What happened since a place: the kinds, and the kinds of objects.
async fn told(app: &TestApp, since: i64) -> Vec<(String, String)> {
    end(&app.app().db).await.unwrap();
    let events = after(&app.app().db, &Reach::All, since, 1000).await.unwrap();
    let prefix = |id: String| id.split('_').next().unwrap().to_owned();
    events
        .iter()
        .map(|event| (event.kind.name(), prefix(event.object())))
        .collect()
}

fn kinds(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn a_page_of_sales_tells_what_is_new_and_the_same_page_again_nothing() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let integration = seed::integration(app.app(), &store).await;
    let (context, lease) = seed::run(app.app(), &integration, ImportKind::Shop).await;
    let before = end(&app.app().db).await.unwrap();
    let page = seed::sales(app.app(), 0..1, 2);
    order::import(app.app(), &context, &lease, page.clone()).await.unwrap();
    let first = told(&app, before).await;
    assert_eq!(
        kinds(&first),
        [
            "customer.created",
            "points.earned",
            "points.earned",
            "points.balance_changed",
            "order.created",
            "order.created",
            "import.progressed"
        ]
    );
    let objects: Vec<&str> = first.iter().map(|(_, object)| object.as_str()).collect();
    assert_eq!(
        objects,
        ["customer", "entry", "entry", "customer", "order", "order", "import"]
    );
    let rows = event::Entity::in_store(integration.store_id)
        .all(&app.app().db)
        .await
        .unwrap();
    let run = context.run.id.to_string();
    let imported = rows.iter().filter(|row| row.request_id.as_deref() == Some(&run));
    assert_eq!(imported.count(), 7);

    let before = end(&app.app().db).await.unwrap();
    order::import(app.app(), &context, &lease, page.clone()).await.unwrap();
    assert_eq!(kinds(&told(&app, before).await), ["import.progressed"]);

    let before = end(&app.app().db).await.unwrap();
    let mut cancelled = page;
    "2".clone_into(&mut cancelled.orders[0].order.status);
    order::import(app.app(), &context, &lease, cancelled).await.unwrap();
    assert_eq!(
        kinds(&told(&app, before).await),
        ["points.balance_changed", "order.updated", "import.progressed"]
    );
}

#[tokio::test]
async fn what_is_done_by_hand_is_told_with_its_request() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 1).await;
    let before = end(&app.app().db).await.unwrap();
    let input = json!({ "customerId": full.customer, "points": 50, "reason": "cortesia", "idempotencyKey": "mais" });
    owner.must("adjustPoints", "adjustment { id }", input.clone()).await;
    assert_eq!(kinds(&told(&app, before).await), ["points.balance_changed"]);
    // The same key again does nothing, so nothing happened.
    owner.must("adjustPoints", "adjustment { id }", input).await;
    assert_eq!(kinds(&told(&app, before).await), ["points.balance_changed"]);
    let last = event::Entity::find()
        .order_by_desc(event::Column::Id)
        .one(&app.app().db)
        .await
        .unwrap();
    assert!(last.unwrap().request_id.is_some());

    let before = end(&app.app().db).await.unwrap();
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "resgate" });
    let made = owner.must("redeemReward", "redemption { id }", input).await;
    let id = made["redemption"]["id"].clone();
    assert_eq!(
        kinds(&told(&app, before).await),
        ["points.balance_changed", "redemption.requested"]
    );
    let before = end(&app.app().db).await.unwrap();
    let input = json!({ "redemptionId": id, "idempotencyKey": "cancelar" });
    owner.must("cancelRedemption", "redemption { state }", input).await;
    assert_eq!(
        kinds(&told(&app, before).await),
        ["points.balance_changed", "coupon.disabled", "redemption.cancelled"]
    );
}

/// An event of a store by itself.
fn some(store: entity::StoreId, object: u128, at: entity::Instant) -> event::ActiveModel {
    event::ActiveModel {
        id: NotSet,
        position: NotSet,
        store_id: Set(store),
        kind: Set(EventKind::OrderCreated),
        object_id: Set(uuid::Uuid::from_u128(object)),
        request_id: Set(None),
        created_at: Set(at),
    }
}

#[tokio::test]
async fn who_follows_misses_nothing_that_is_committed_late() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await.parse().unwrap();
    let now = app.app().clock.now();
    let mut following = follow(app.app()).await.unwrap();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(10), following.recv()).await;
        event.unwrap().unwrap()
    };
    if Engine::of_tests() == Engine::Postgres {
        let late = app.app().db.begin().await.unwrap();
        some(store, 1, now).insert(&late).await.unwrap();
        some(store, 2, now).insert(&app.app().db).await.unwrap();
        let second = next().await;
        assert_eq!(second.object_id.as_u128(), 2);
        late.commit().await.unwrap();
        let first = next().await;
        assert_eq!(first.object_id.as_u128(), 1);
        assert!(first.id < second.id && first.place() > second.place());
        let since = after(&app.app().db, &Reach::All, second.place(), 10).await.unwrap();
        assert_eq!(since, [(*first).clone()]);
    } else {
        for object in [1, 2] {
            some(store, object, now).insert(&app.app().db).await.unwrap();
        }
        assert_eq!(next().await.object_id.as_u128(), 1);
        assert_eq!(next().await.object_id.as_u128(), 2);
    }
    // Many at once, from many connections: each is told once, in the order of places.
    let writers = (10..60).map(|object| {
        let db = app.app().db.clone();
        async move {
            let txn = fidelidade::db::begin(&db).await.unwrap();
            some(store, object, now).insert(&txn).await.unwrap();
            txn.commit().await.unwrap();
        }
    });
    futures_util::future::join_all(writers).await;
    let mut told = Vec::new();
    let mut place = 0;
    for _ in 10..60 {
        let event = next().await;
        assert!(event.place() > place);
        place = event.place();
        told.push(event.object_id.as_u128());
    }
    told.sort_unstable();
    assert_eq!(told, (10..60).collect::<Vec<_>>());
}

#[tokio::test]
async fn events_cannot_be_changed_and_old_ones_are_removed() {
    let app = quiet().await;
    let owner = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = owner.create_store("Loja").await.parse().unwrap();
    let now = app.app().clock.now();
    let db = &app.app().db;
    let old = some(store, 1, now - TimeDelta::days(31)).insert(db).await.unwrap();
    let kept = some(store, 2, now - TimeDelta::days(29)).insert(db).await.unwrap();
    let mut changed = kept.clone().into_active_model();
    changed.kind = Set(EventKind::OrderUpdated);
    let refused = changed.update(db).await.unwrap_err().to_string();
    assert!(refused.contains("append-only"), "{refused}");

    purge(app.app()).await.unwrap();
    let left = event::Entity::in_store(store).filter(event::Column::Id.is_in([old.id, kept.id]));
    let left: Vec<i64> = left.all(db).await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(left, [kept.id]);
    assert_eq!(event::Entity::in_store(store).count(db).await.unwrap(), 1);
}
