//! A receiver that is down for days: its webhook pauses, the owners hear of it, and nothing is lost.

use chrono::{DateTime, TimeDelta, Utc};
use entity::letter::{self, LetterKind};
use entity::membership::Role;
use fidelidade::clock::Clock;
use fidelidade::service::{email, member};
use sea_orm::{ColumnTrait, QueryFilter};

use super::*;
use crate::support::mailbox::{self, Mail};

const STATE: &str = "query ($id: ID!) { node(id: $id) { ... on Webhook {
    state pauseReason pausedBecause failingSince version } } }";
const OWNERS: [&str; 2] = ["dona@loja-exemplo.invalid", "socia@loja-exemplo.invalid"];

/// What the owners were written about webhooks.
pub(super) fn mails(app: &TestApp) -> Vec<Mail> {
    let all = mailbox::read(&app.folder.path().join("mail")).into_iter();
    all.filter(|mail| mail.text.contains("Um webhook foi pausado"))
        .collect()
}

async fn until_mails(app: &TestApp, count: usize) -> Vec<Mail> {
    eventually("e-mails about the pause", PATIENCE, async || {
        Some(mails(app)).filter(|mails| mails.len() >= count)
    })
    .await
}

impl Scene<'_> {
    async fn state(&self, webhook: &str) -> Value {
        self.owner.ask(STATE, json!({ "id": webhook })).await["node"].take()
    }

    pub(super) async fn until_paused(&self, webhook: &str) -> Value {
        eventually("the pause", PATIENCE, async || {
            Some(self.state(webhook).await).filter(|state| state["state"] == "PAUSED")
        })
        .await
    }

    pub(super) async fn resume(&self, webhook: &str) {
        let version = self.state(webhook).await["version"].take();
        let input = json!({ "id": webhook, "version": version, "paused": false });
        self.owner.must("updateWebhook", WEBHOOK, input).await;
    }
}

#[tokio::test]
async fn after_72_hours_without_success_the_owners_are_told_once_and_all_is_sent_in_order_afterwards() {
    // So far behind the system's time that jobs run at once however long they were to wait: the clock goes on by three
    // days, and the last attempt may be due another 28.8 hours later.
    let start = Clock::System.now() - TimeDelta::days(10);
    let app = TestApp::builder()
        .clock(Clock::Manual(start.into()))
        .set("access.access_minutes", "60000")
        .start()
        .await;
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.customer.clone(), scene.other.clone());
    for (email, role) in [(OWNERS[1], "OWNER"), ("gerente@loja-exemplo.invalid", "MANAGER")] {
        app.create_user(email).await;
        scene.owner.admit(&scene.store, email, role).await;
    }
    let (webhook, _) = scene
        .webhook(&["POINTS_BALANCE_CHANGED"], json!({ "ordering": "OBJECT" }))
        .await;
    scene.receiver.answer_always(500);
    scene.give(&one, "1").await;
    scene.until(&webhook, &[("FAILED", 9)]).await;
    let state = scene.state(&webhook).await;
    let since: DateTime<Utc> = text(&state["failingSince"]).parse().unwrap();
    assert_eq!((since, &state["state"]), (start, &json!("ACTIVE")));

    app.app().clock.advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
    scene.give(&one, "2").await;
    scene.until(&webhook, &[("FAILED", 9), ("FAILED", 9)]).await;
    assert_eq!(scene.state(&webhook).await["state"], "ACTIVE");
    app.app().clock.advance(TimeDelta::seconds(1));
    // Both are sent at once, and only one of them pauses it.
    tokio::join!(scene.give(&one, "3"), scene.give(&other, "4"));
    let state = scene.until_paused(&webhook).await;
    assert_eq!(
        (&state["pauseReason"], &state["pausedBecause"]),
        (&json!("FAILING"), &json!("no delivery succeeded for 72 hours"))
    );
    let told = until_mails(&app, 2).await;
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), OWNERS);
    let link = format!("http://localhost:3000/webhooks#{webhook}");
    for part in [
        "Destino: 127.0.0.1",
        "nenhuma entrega teve sucesso",
        "por 30 dias",
        link.as_str(),
    ] {
        assert!(told[0].text.contains(part), "{part}: {}", told[0].text);
    }

    // What was under way when it was paused comes to its end.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = scene.receiver.sent().len();
    scene.give(&one, "5").await;
    eventually("a delivery that waits", PATIENCE, async || {
        (scene.states(&webhook).await.len() == 5).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(scene.receiver.sent().len(), before, "it is paused");
    assert_eq!(mails(&app).len(), 2, "one e-mail for each owner and pause");

    scene.receiver.answer_always(200);
    scene.resume(&webhook).await;
    scene.until(&webhook, &[("DELIVERED", 1); 5]).await;
    let state = scene.state(&webhook).await;
    assert_eq!(
        (&state["state"], &state["pauseReason"], &state["failingSince"]),
        (&json!("ACTIVE"), &Value::Null, &Value::Null)
    );
    let sent = scene.receiver.sent().split_off(before);
    let all: Vec<Value> = scene.deliveries(&webhook).await.into_iter().rev().collect();
    for customer in [&one, &other] {
        let of = |object: &Value| object == customer;
        let arrived = sent.iter().filter(|sent| of(&sent.body["objectId"])).map(Sent::id);
        let expected = all
            .iter()
            .filter(|one| of(&one["objectId"]))
            .map(|one| text(&one["id"]));
        assert_eq!(
            arrived.collect::<Vec<_>>(),
            expected.collect::<Vec<_>>(),
            "in order, once"
        );
    }

    // Another pause is told again.
    scene.receiver.answer_always(410);
    scene.give(&one, "6").await;
    assert_eq!(scene.until_paused(&webhook).await["pauseReason"], "GONE");
    assert!(
        until_mails(&app, 4)
            .await
            .iter()
            .any(|mail| mail.text.contains("410 Gone"))
    );
}

#[tokio::test]
async fn who_is_no_owner_any_more_and_what_is_sent_again_by_then_are_not_written_about() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    app.create_user(OWNERS[1]).await;
    scene.owner.admit(&scene.store, OWNERS[1], "OWNER").await;
    let (webhook, _) = scene.webhook(&["POINTS_BALANCE_CHANGED"], json!({})).await;
    scene.give(&scene.customer, "1").await;
    service::hand_out(app.app()).await.unwrap();
    let delivery = webhook_delivery::Entity::find()
        .one(&app.app().db)
        .await
        .unwrap()
        .unwrap();
    let attempt = service::prepare(app.app(), delivery.id).await.unwrap().unwrap();
    let gone = service::Outcome {
        status: Some(410),
        ..service::Outcome::default()
    };
    service::settle(app.app(), &attempt, gone.clone()).await.unwrap();
    service::settle(app.app(), &attempt, gone).await.unwrap();
    let letters = letter::Entity::find().filter(letter::Column::Kind.eq(LetterKind::WebhookPaused));
    let letters = letters.all(&app.app().db).await.unwrap();
    assert_eq!(letters.len(), 2, "an attempt that is noted twice pauses once");

    let store = scene.store.parse().unwrap();
    let user = letters[1].recipient_id.unwrap();
    member::change_role(app.app(), store, user, Role::Manager, None)
        .await
        .unwrap();
    let (one, other) = (letters[0].id, letters[1].id);
    let sends = async |id| {
        matches!(
            email::prepare(app.app(), id).await.unwrap(),
            email::SendOutcome::Send(_)
        )
    };
    assert_eq!((sends(one).await, sends(other).await), (true, false));
    scene.resume(&webhook).await;
    assert!(!sends(one).await);
}
