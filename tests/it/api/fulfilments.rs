//! Redemptions that a store's staff see to: they wait, are fulfilled once or refused, and can be cancelled.

use entity::{coupon, email, event, letter};
use fidelidade::run::Halves;
use fidelidade::service::points;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::actor::Actor;
use super::{seed, seed_pools};
use crate::support::app::{TestApp, eventually};
use crate::support::mailbox;
use crate::support::merchant::{PATIENCE, list, text};

const FIELDS: &str = "fulfilment { id state note version doneAt doneById redemption { state failureCode failureMessage
    coupon { code state validUntil } customer { balance { available reserved } } } }";

/// A store with a customer of 400 points and a reward of 100 that people see to.
struct Scene<'a> {
    app: &'a TestApp,
    owner: Actor<'a>,
    store: String,
    shop: entity::integration::Model,
    customer: entity::CustomerId,
    reward: String,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
        let owner = Actor::user(app, "dona@loja-exemplo.invalid").await;
        let store = owner.create_store("Loja").await;
        let shop = seed::integration(app.app(), &store).await;
        seed::import_sales(app.app(), &shop, seed::sales(app.app(), 0..1, 4)).await;
        let customer = seed::customers(app.app(), shop.store_id).await[0].id;
        let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "10.00", "name": "Brinde",
            "points": 100, "fulfilment": "MANUAL", "idempotencyKey": "brinde" });
        let made = owner.must("createReward", "reward { id fulfilment }", input).await;
        assert_eq!(made["reward"]["fulfilment"], "MANUAL");
        Self {
            app,
            owner,
            store,
            shop,
            customer,
            reward: text(&made["reward"]["id"]),
        }
    }

    /// Redeems; gives the redemption and what waits for the staff.
    async fn redeem(&self, key: &str) -> (String, String) {
        let input = json!({ "customerId": self.customer, "rewardId": self.reward, "idempotencyKey": key });
        let fields = "redemption { id state fulfilment coupon { id } byHand { id state } }";
        let made = self.owner.must("redeemReward", fields, input).await;
        let redemption = &made["redemption"];
        assert_eq!(
            json!([
                redemption["state"],
                redemption["fulfilment"],
                redemption["coupon"],
                redemption["byHand"]["state"]
            ]),
            json!(["REQUESTED", "MANUAL", null, "WAITING"])
        );
        (text(&redemption["id"]), text(&redemption["byHand"]["id"]))
    }

    async fn fulfil(&self, id: &str, key: &str, what: Value) -> Value {
        let mut input = json!({ "id": id, "version": 1, "idempotencyKey": key });
        input.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        self.owner.call("fulfilRedemption", FIELDS, input).await
    }

    async fn refuse(&self, id: &str, key: &str) -> Value {
        let input = json!({ "id": id, "version": 1, "reason": "O brinde acabou.", "idempotencyKey": key });
        self.owner.call("refuseFulfilment", FIELDS, input).await
    }

    async fn cancel(&self, redemption: &str, key: &str) -> Value {
        let input = json!({ "redemptionId": redemption, "reason": "desistiu", "idempotencyKey": key });
        let fields = "redemption { state byHand { state } customer { balance { available reserved } } }";
        self.owner.call("cancelRedemption", fields, input).await
    }

    /// The queue: state, and whether it has waited.
    async fn queue(&self, filter: Value) -> Vec<Value> {
        let query =
            "query ($id: ID!, $where: FulfilmentFilter) { store(id: $id) { fulfilments(first: 10, where: $where) {
            nodes { id state waitedSeconds redemption { id } customer { id } } } } }";
        let told = self
            .owner
            .ask(query, json!({ "id": self.store, "where": filter }))
            .await;
        list(&told["store"]["fulfilments"]["nodes"])
    }

    async fn books_agree(&self) {
        let verified = points::verify(self.app.app(), None, |difference| println!("{difference:?}"))
            .await
            .unwrap();
        assert_eq!(verified.differences, 0);
    }
}

fn balance(available: i64, reserved: i64) -> Value {
    json!({ "available": available, "reserved": reserved })
}

#[tokio::test]
async fn what_waits_is_fulfilled_once_with_a_code_or_with_words() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let (redemption, first) = scene.redeem("um").await;
    let (_, second) = scene.redeem("dois").await;
    scene.books_agree().await;
    let waiting = scene.queue(json!({ "state": { "eq": "WAITING" } })).await;
    assert_eq!(
        waiting.iter().map(|one| text(&one["id"])).collect::<Vec<_>>(),
        [first.as_str(), second.as_str()]
    );
    assert!(waiting[0]["waitedSeconds"].as_i64().is_some());
    assert_eq!(
        scene.queue(json!({ "redemptionId": { "eq": redemption } })).await.len(),
        1
    );
    assert_eq!(
        scene
            .queue(json!({ "customerId": { "eq": scene.customer } }))
            .await
            .len(),
        2
    );

    let done = scene
        .fulfil(
            &first,
            "código",
            json!({ "code": "brinde-1", "validUntil": "2099-12-31T00:00:00Z" }),
        )
        .await;
    assert_eq!(done["userErrors"], json!([]), "{done}");
    let told = &done["fulfilment"];
    assert_eq!(
        json!([told["state"], told["version"], told["note"]]),
        json!(["FULFILLED", 2, null])
    );
    assert!(
        told["doneAt"].is_string() && text(&told["doneById"]).starts_with("user_"),
        "{told}"
    );
    assert_eq!(told["redemption"]["state"], "COMPLETED");
    let coupon = json!({ "code": "BRINDE-1", "state": "ACTIVE", "validUntil": "2099-12-31T00:00:00+00:00" });
    assert_eq!(told["redemption"]["coupon"], coupon);
    assert_eq!(told["redemption"]["customer"]["balance"], balance(200, 100));
    // The same again is the same; something else is too late.
    let again = scene
        .fulfil(
            &first,
            "código",
            json!({ "code": "brinde-1", "validUntil": "2099-12-31T00:00:00Z" }),
        )
        .await;
    assert_eq!(again["fulfilment"], done["fulfilment"]);
    let late = scene
        .fulfil(&first, "tarde", json!({ "note": "Retire na loja." }))
        .await;
    assert_eq!(late["userErrors"][0]["code"], "FULFILMENT_DONE", "{late}");
    assert_eq!(
        scene.refuse(&first, "tarde demais").await["userErrors"][0]["code"],
        "FULFILMENT_DONE"
    );

    let done = scene
        .fulfil(&second, "palavras", json!({ "note": " Retire na loja. " }))
        .await;
    let told = &done["fulfilment"];
    assert_eq!(
        json!([told["state"], told["note"]]),
        json!(["FULFILLED", "Retire na loja."])
    );
    assert_eq!(told["redemption"]["coupon"], Value::Null);
    assert_eq!(told["redemption"]["customer"]["balance"], balance(200, 0));
    scene.books_agree().await;
    assert!(scene.queue(json!({ "state": { "eq": "WAITING" } })).await.is_empty());

    let mails = email::Entity::find()
        .order_by_asc(email::Column::Id)
        .all(&app.app().db)
        .await
        .unwrap();
    let kinds: Vec<_> = mails
        .iter()
        .map(|mail| mail.kind)
        .filter(|kind| *kind != email::EmailKind::PointsEarned)
        .collect();
    assert_eq!(
        kinds,
        [email::EmailKind::CouponIssued, email::EmailKind::RewardFulfilled]
    );
    let events = event::Entity::find().filter(event::Column::Kind.is_in([
        event::EventKind::FulfilmentWaiting,
        event::EventKind::RedemptionFulfilled,
    ]));
    assert_eq!(events.all(&app.app().db).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_code_that_is_somebodys_is_not_given_again() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let (_, id) = scene.redeem("um").await;
    let pool = seed_pools::pool(app.app(), &scene.shop, 0).await;
    seed_pools::add(app.app(), &scene.shop, pool, "LOTE-1\n").await;
    let refused = scene.fulfil(&id, "a", json!({ "code": "lote-1" })).await;
    let error = &refused["userErrors"][0];
    assert_eq!(json!([error["code"], error["path"]]), json!(["INVALID", ["code"]]));
    assert!(text(&error["message"]).contains("in a pool of the store"));
    assert_eq!(
        scene.fulfil(&id, "b", json!({ "code": "BRINDE-1" })).await["userErrors"],
        json!([])
    );
    let (_, id) = scene.redeem("dois").await;
    let refused = scene.fulfil(&id, "c", json!({ "code": "brinde-1" })).await;
    assert!(text(&refused["userErrors"][0]["message"]).contains("that of another coupon"));
    // And no file brings it into a pool.
    let run = seed_pools::add(app.app(), &scene.shop, pool, "BRINDE-1\n").await;
    let run = scene.owner.run(&run.to_string()).await;
    assert_eq!(json!([run["created"], run["rejected"]]), json!([0, 1]));
}

#[tokio::test]
async fn a_refusal_and_a_cancellation_give_the_points_back() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    let (_, id) = scene.redeem("um").await;
    let told = scene.refuse(&id, "recusa").await;
    assert_eq!(told["userErrors"], json!([]), "{told}");
    let told = &told["fulfilment"];
    assert_eq!(
        json!([told["state"], told["note"]]),
        json!(["REFUSED", "O brinde acabou."])
    );
    let redemption = &told["redemption"];
    assert_eq!(
        json!([
            redemption["state"],
            redemption["failureCode"],
            redemption["failureMessage"]
        ]),
        json!(["FAILED", "REFUSED_BY_STAFF", "O brinde acabou."])
    );
    assert_eq!(redemption["customer"]["balance"], balance(400, 0));

    // While it waits.
    let (redemption, id) = scene.redeem("dois").await;
    let told = scene.cancel(&redemption, "cedo").await;
    assert_eq!(told["userErrors"], json!([]), "{told}");
    let expected = json!({ "state": "CANCELLED", "byHand": { "state": "CANCELLED" },
        "customer": { "balance": balance(400, 0) } });
    assert_eq!(told["redemption"], expected);
    assert_eq!(
        scene.fulfil(&id, "a", json!({ "code": "X" })).await["userErrors"][0]["code"],
        "FULFILMENT_DONE"
    );
    assert_eq!(coupon::Entity::find().all(&app.app().db).await.unwrap().len(), 0);

    // After words: people know what became of it.
    let (redemption, id) = scene.redeem("três").await;
    assert_eq!(
        scene.fulfil(&id, "b", json!({ "note": "Retire na loja." })).await["userErrors"],
        json!([])
    );
    let told = scene.cancel(&redemption, "palavras").await;
    assert_eq!(told["userErrors"], json!([]), "{told}");
    assert_eq!(told["redemption"]["state"], "CANCELLED");
    assert_eq!(told["redemption"]["customer"]["balance"], balance(400, 0));
    assert_eq!(
        scene.cancel(&redemption, "de novo").await["redemption"]["state"],
        "CANCELLED"
    );

    // After a code: it ends in the shop first, as any other.
    let (redemption, id) = scene.redeem("quatro").await;
    assert_eq!(
        scene.fulfil(&id, "c", json!({ "code": "BRINDE-9" })).await["userErrors"],
        json!([])
    );
    assert_eq!(
        scene.cancel(&redemption, "código").await["redemption"]["state"],
        "CANCELLING"
    );
    scene.books_agree().await;
}

/// Of several who see to the same, and of one who cancels meanwhile, one comes first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_are_at_it_one_comes_first() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    for round in 0..3 {
        let (redemption, id) = scene.redeem(&format!("corrida {round}")).await;
        let codes = (0..6).map(async |one| {
            let code = json!({ "code": format!("CORRIDA-{round}-{one}") });
            let told = scene.fulfil(&id, &format!("corrida {round} {one}"), code).await;
            usize::from(told["userErrors"] == json!([]))
        });
        let refusal = async {
            let told = scene.refuse(&id, &format!("recusa {round}")).await;
            usize::from(told["userErrors"] == json!([]))
        };
        let key = format!("cancela {round}");
        let (codes, refused, cancelled) = tokio::join!(
            futures_util::future::join_all(codes),
            refusal,
            scene.cancel(&redemption, &key)
        );
        let first = codes.iter().sum::<usize>() + refused;
        assert!(first <= 1, "{first}");
        assert!(
            first == 1 || cancelled["redemption"]["state"] == "CANCELLED",
            "{cancelled}"
        );
        scene.books_agree().await;
    }
}

#[tokio::test]
async fn the_staff_are_told_once_a_day() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let scene = Scene::set(&app).await;
    app.work();
    for (email, role) in [
        ("caixa@loja-exemplo.invalid", "ATTENDANT"),
        ("contas@loja-exemplo.invalid", "ANALYST"),
    ] {
        app.create_user(email).await;
        scene.owner.admit(&scene.store, email, role).await;
    }
    let letters = async || {
        let letters = letter::Entity::find().filter(letter::Column::Kind.eq(letter::LetterKind::FulfilmentsWaiting));
        letters.all(&app.app().db).await.unwrap().len()
    };
    scene.redeem("um").await;
    let (_, id) = scene.redeem("dois").await;
    assert_eq!(letters().await, 2, "the owner and who redeems, once");
    let mails = eventually("the e-mails", PATIENCE, async || {
        let mails = mailbox::read(&app.folder.path().join("mail"));
        let told: Vec<_> = mails
            .into_iter()
            .filter(|mail| mail.text.contains("Há resgates para atender"))
            .collect();
        (told.len() == 2).then_some(told)
    })
    .await;
    assert_eq!(mails[0].to, "caixa@loja-exemplo.invalid");
    assert_eq!(mails[1].to, "dona@loja-exemplo.invalid");
    // The customer is told what the staff wrote.
    scene
        .fulfil(&id, "palavras", json!({ "note": "Retire no balcão com este e-mail." }))
        .await;
    eventually("the customer's e-mail", PATIENCE, async || {
        let mails = mailbox::read(&app.folder.path().join("mail"));
        mails
            .into_iter()
            .find(|mail| mail.text.contains("Seu prêmio está pronto") && mail.text.contains("Retire no balcão"))
    })
    .await;
    // A day later again.
    let notice = entity::fulfilment_notice::Entity::update_many()
        .col_expr(
            entity::fulfilment_notice::Column::ToldAt,
            sea_orm::sea_query::Expr::value(app.app().clock.now() - chrono::TimeDelta::hours(25)),
        )
        .exec(&app.app().db)
        .await
        .unwrap();
    assert_eq!(notice.rows_affected, 1);
    scene.redeem("três").await;
    assert_eq!(letters().await, 4);
}
