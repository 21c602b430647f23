//! Deliveries that wait for others of their object: none waits for ever.

use chrono::TimeDelta;
use entity::webhook_delivery::{Column, DeliveryState};
use fidelidade::clock::Clock;
use sea_orm::{ColumnTrait, QueryFilter};

use super::*;

impl Scene<'_> {
    /// A webhook that keeps the order.
    async fn ordered(&self) -> String {
        let more = json!({ "ordering": "OBJECT" });
        self.webhook(&["POINTS_BALANCE_CHANGED"], more).await.0
    }

    /// Something that happens to the first customer, and is handed out.
    async fn tell(&self, key: &str) {
        self.give(&self.customer, key).await;
        service::hand_out(self.owner.app.app()).await.unwrap();
    }

    async fn update(&self, webhook: &str, version: i64, field: &str, value: Value) {
        let input = json!({ "id": webhook, "version": version, field: value });
        self.owner.must("updateWebhook", WEBHOOK, input).await;
    }

    async fn stand(&self, webhook: &str, states: &[(&str, i64)]) {
        let expected: Vec<(String, i64)> = states
            .iter()
            .map(|(state, tries)| ((*state).to_owned(), *tries))
            .collect();
        assert_eq!(self.states(webhook).await, expected);
    }
}

/// The delivery that is the oldest now.
async fn oldest(app: &TestApp) -> webhook_delivery::Model {
    let rows = webhook_delivery::Entity::find().order_by_asc(Column::EventId);
    rows.one(&app.app().db).await.unwrap().unwrap()
}

#[tokio::test]
async fn without_an_order_from_now_on_what_waited_is_sent() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let webhook = scene.ordered().await;
    for key in ["1", "2", "3"] {
        scene.tell(key).await;
    }
    scene
        .stand(&webhook, &[("PENDING", 0), ("WAITING", 0), ("WAITING", 0)])
        .await;
    scene.update(&webhook, 1, "ordering", json!("NONE")).await;
    scene.stand(&webhook, &[("PENDING", 0); 3]).await;
    app.work();
    scene.until(&webhook, &[("DELIVERED", 1); 3]).await;

    // Nothing is left that would hold back what happens when there is an order again.
    scene.update(&webhook, 2, "ordering", json!("OBJECT")).await;
    scene.give(&scene.customer, "4").await;
    scene.until(&webhook, &[("DELIVERED", 1); 4]).await;
}

#[tokio::test]
async fn when_the_first_was_too_old_to_be_kept_the_next_is_sent() {
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(Clock::System.now().into()))
        .set("access.access_minutes", "5000000")
        .start()
        .await;
    let scene = Scene::set(&app).await;
    let webhook = scene.ordered().await;
    scene.tell("1").await;
    app.app().clock.advance(TimeDelta::days(20));
    scene.tell("2").await;
    scene.tell("3").await;
    service::purge(app.app()).await.unwrap();
    scene
        .stand(&webhook, &[("PENDING", 0), ("WAITING", 0), ("WAITING", 0)])
        .await;
    app.app().clock.advance(TimeDelta::days(11));
    service::purge(app.app()).await.unwrap();
    scene.stand(&webhook, &[("PENDING", 0), ("WAITING", 0)]).await;

    // It has no job yet: it is due since so long that it gets one.
    let now = app.app().clock.now();
    assert!(oldest(&app).await.due_at < now);
    service::wake_stuck(app.app()).await.unwrap();
    let next = oldest(&app).await;
    assert_eq!((next.state, next.due_at), (DeliveryState::Pending, now));
    let attempt = service::prepare(app.app(), next.id).await.unwrap().unwrap();
    let taken = service::Outcome {
        status: Some(200),
        ..service::Outcome::default()
    };
    service::settle(app.app(), &attempt, taken).await.unwrap();
    scene.stand(&webhook, &[("DELIVERED", 1), ("PENDING", 0)]).await;
}

#[tokio::test]
async fn the_end_of_a_pause_sends_what_waits_for_one_that_is_not_there_any_more() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let webhook = scene.ordered().await;
    scene.update(&webhook, 1, "paused", json!(true)).await;
    scene.tell("1").await;
    scene.tell("2").await;
    // As a process leaves it that dies after it has removed what was too old.
    webhook_delivery::Entity::delete_many()
        .filter(Column::Id.eq(oldest(&app).await.id))
        .exec(&app.app().db)
        .await
        .unwrap();
    scene.stand(&webhook, &[("WAITING", 0)]).await;
    scene.update(&webhook, 2, "paused", json!(false)).await;
    scene.stand(&webhook, &[("PENDING", 0)]).await;
    app.work();
    scene.until(&webhook, &[("DELIVERED", 1)]).await;
}

#[tokio::test]
async fn one_that_waits_is_not_replayed_and_the_answer_says_why() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let webhook = scene.ordered().await;
    scene.tell("1").await;
    scene.tell("2").await;
    let last = text(&scene.deliveries(&webhook).await[0]["id"]);
    let told = scene
        .owner
        .call("replayDelivery", "delivery { state }", json!({ "id": last }))
        .await;
    let error = &told["userErrors"][0];
    assert_eq!(
        (&told["delivery"], &error["code"], &error["path"], &error["message"]),
        (
            &Value::Null,
            &json!("INVALID"),
            &json!(["id"]),
            &json!(
                "the delivery waits for an earlier one of the same object, and is sent by itself when that one has ended"
            )
        )
    );
    scene.stand(&webhook, &[("PENDING", 0), ("WAITING", 0)]).await;
}
