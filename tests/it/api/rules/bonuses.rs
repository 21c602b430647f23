//! Points without a sale: for signing up and for birthdays.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::import_run::ImportKind;
use entity::{CustomerId, Points, customer, ledger_entry};
use fidelidade::clock::Clock;
use fidelidade::platform::{Page, PlatformCustomer};
use fidelidade::service::import::ImportContext;
use fidelidade::service::{bonus, import};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{Shop, program};
use crate::api::seed;
use crate::support::app::{TestApp, eventually};

/// Imports customers as the shop tells of them, after something was done to what the run knows.
async fn import_customers(shop: &Shop<'_>, people: Vec<PlatformCustomer>, change: impl Fn(&mut ImportContext)) {
    let app = shop.merchant.app.app();
    let (mut context, lease) = seed::run(app, &shop.integration, ImportKind::Shop).await;
    change(&mut context);
    let page = Page {
        items: people,
        rejects: Vec::new(),
        next: None,
        total: None,
    };
    fidelidade::service::customer::import(app, &context, &lease, page)
        .await
        .unwrap();
    import::fail(app, context.run.id, "TEST", "one page is enough", None)
        .await
        .unwrap();
}

#[tokio::test]
async fn signing_up_is_given_points_once() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let before = app.app().clock.now();
    shop.set_rules(
        1,
        &json!({ "pointsPerReal": "1", "signUpBonus": 50, "expiryMonths": 1 }),
    )
    .await;
    let now = app.app().clock.now();
    let signed_up = |number, at| PlatformCustomer {
        signed_up_at: at,
        ..seed::person(number)
    };
    let mut twice = signed_up(0, Some(now));
    twice.external_id = "another record of the same person".to_owned();
    let people = vec![
        signed_up(0, Some(now)),
        signed_up(1, Some(before)),
        signed_up(2, None),
        twice,
        // The shop's clock is ahead.
        signed_up(3, Some(now + TimeDelta::minutes(3))),
    ];
    for _ in 0..2 {
        import_customers(&shop, people.clone(), |_| {}).await;
        let mut available = Vec::new();
        for number in 0..4 {
            available.push(shop.customer(number).await["balance"]["available"].clone());
        }
        assert_eq!(available, [50, 0, 0, 50]);
    }
    // Somebody who is known, and whose sign-up is told of later.
    import_customers(&shop, vec![signed_up(2, Some(now))], |_| {}).await;
    assert_eq!(shop.customer(2).await["balance"]["available"], 50);
    // The integration was switched off meanwhile.
    import_customers(&shop, vec![signed_up(4, Some(now))], |context| {
        context.source.integration.active = false;
    })
    .await;
    assert_eq!(shop.customer(4).await["balance"]["available"], 0);
    // Another version later on gives nothing for what was before.
    shop.set_rules(2, &json!({ "pointsPerReal": "1", "signUpBonus": 70 }))
        .await;
    import_customers(&shop, vec![signed_up(1, Some(before)), signed_up(5, Some(now))], |_| {}).await;
    assert_eq!(shop.customer(1).await["balance"]["available"], 0);
    assert_eq!(
        shop.customer(5).await["balance"]["available"],
        50,
        "by the rules of that time"
    );
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Somebody who has taken part for so many days.
async fn born(shop: &Shop<'_>, number: usize, birth_date: &str, days: i64) -> CustomerId {
    let app = shop.merchant.app.app();
    let since = app.clock.now() - TimeDelta::days(days);
    let row = customer::Model {
        id: app.id(),
        store_id: shop.store.parse().unwrap(),
        name: None,
        name_key: String::new(),
        email: Some(format!("pessoa{number}@exemplo.com.br")),
        document: None,
        document_invalid: false,
        phone: None,
        birth_date: Some(birth_date.parse::<NaiveDate>().unwrap()),
        signed_up_at: None,
        newsletter: None,
        points_balance: Points::ZERO,
        points_reserved: Points::ZERO,
        points_debt: Points::ZERO,
        merged_into_id: None,
        created_at: since,
        updated_at: since,
    };
    row.clone().into_active_model().insert(&app.db).await.unwrap();
    row.id
}

/// Lets time go by, and signs the merchant in again.
async fn later(shop: &mut Shop<'_>, by: TimeDelta) {
    let app = shop.merchant.app;
    app.app().clock.advance(by);
    shop.merchant.token = Some(app.sign_in("dona@loja-exemplo.invalid").await);
}

async fn reaches(shop: &Shop<'_>, number: usize, points: i64) {
    eventually(
        &format!("{points} points of {number}"),
        Duration::from_secs(30),
        async || (shop.customer(number).await["balance"]["available"] == points).then_some(()),
    )
    .await;
}

async fn available(shop: &Shop<'_>, numbers: std::ops::Range<usize>) -> Vec<i64> {
    let mut points = Vec::new();
    for number in numbers {
        points.push(shop.customer(number).await["balance"]["available"].as_i64().unwrap());
    }
    points
}

#[tokio::test]
async fn a_birthday_is_given_points_once_a_year_in_the_stores_zone() {
    // 23:30 of 27 February in the store.
    let clock = Clock::Manual(Mutex::new(at("2025-02-28T02:30:00Z")));
    let app = TestApp::builder().clock(clock).start().await;
    let mut shop = Shop::open(&app).await;
    shop.set_rules(
        1,
        &json!({ "pointsPerReal": "1", "birthdayBonus": 30, "expiryMonths": 24 }),
    )
    .await;
    let clock = &app.app().clock;
    let leap = born(&shop, 0, "2000-02-29", 10).await;
    let edited = born(&shop, 1, "1990-02-28", 10).await;
    born(&shop, 2, "1990-03-01", 10).await;
    born(&shop, 3, "1990-02-26", 10).await;
    born(&shop, 4, "1990-02-27", 10).await;
    later(&mut shop, TimeDelta::minutes(61)).await;
    // 28 February has come; the 27th was a birthday under these rules, the 26th was not.
    reaches(&shop, 0, 30).await;
    reaches(&shop, 1, 30).await;
    reaches(&shop, 4, 30).await;
    assert_eq!(available(&shop, 0..5).await, [30, 30, 0, 0, 30]);

    // Nothing ran for some days, somebody changed the birth date, somebody came a day too late.
    let mut row = customer::Entity::find_by_id(edited)
        .one(&app.app().db)
        .await
        .unwrap()
        .unwrap()
        .into_active_model();
    row.birth_date = ActiveValue::Set("1990-03-02".parse().ok());
    row.update(&app.app().db).await.unwrap();
    clock.advance(TimeDelta::days(3));
    born(&shop, 5, "1990-03-01", 1).await;
    later(&mut shop, TimeDelta::hours(1)).await;
    reaches(&shop, 2, 30).await;
    let store = shop.store.parse().unwrap();
    let (one, other) = tokio::join!(
        bonus::give_birthdays(app.app(), store),
        bonus::give_birthdays(app.app(), store)
    );
    one.and(other).unwrap();
    assert_eq!(available(&shop, 0..6).await, [30, 30, 30, 0, 30, 0]);

    later(&mut shop, at("2026-02-28T12:00:00Z") - clock.now()).await;
    reaches(&shop, 0, 60).await;
    bonus::give_birthdays(app.app(), store).await.unwrap();
    assert_eq!(available(&shop, 0..6).await, [60, 30, 30, 30, 60, 0]);
    let entries = ledger_entry::Entity::find().filter(ledger_entry::Column::CustomerId.eq(leap));
    assert_eq!(entries.count(&app.app().db).await.unwrap(), 2);
}
