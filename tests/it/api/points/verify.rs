//! The ledger is checked against itself: nothing is wrong after a story in which everything happens, and
//! each thing that somebody breaks past the program is found, with whom it concerns.

use entity::coupon::{self, CouponState};
use entity::{CustomerId, Points, customer, order, point_allocation, point_lot};
use fidelidade::service::points::{Check, verify};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::scene::{Scene, start};

async fn story() -> Scene {
    let scene = Scene::open(json!({ "expiryMonths": 1 })).await;
    scene.sell(1, 0, 100).await;
    scene.sell(2, 1, 70).await;
    let made = scene.redeem(0, 60).await;
    scene.complete(&made).await;
    let refused = scene.redeem(1, 20).await;
    scene.days(40);
    scene.expire().await;
    scene.refuse(&refused).await;
    scene.sell(3, 0, 30).await;
    scene.snapshot(1, 0, 100, "2", start()).await;
    scene.sell(4, 2, 25).await;
    scene.redeem(2, 5).await;
    scene
}

/// What is found: what was compared, what it must be, what it is.
async fn found(scene: &Scene) -> Vec<(Check, i64, i64)> {
    let mut found = Vec::new();
    let note = |difference: &fidelidade::service::points::Difference| {
        assert_eq!(difference.store.to_string(), scene.store);
        found.push((difference.check, difference.expected, difference.found));
    };
    let told = verify(scene.app.app(), None, note).await.unwrap();
    assert_eq!((told.customers, told.orders, told.redemptions), (3, 4, 3));
    assert_eq!(told.differences, found.len() as u64);
    found
}

/// Adds to a number of a customer's row.
async fn shift(db: &DatabaseConnection, id: CustomerId, column: customer::Column, by: i64) {
    customer::Entity::update_many()
        .col_expr(column, Expr::col(column).add(by))
        .filter(customer::Column::Id.eq(id))
        .exec(db)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_customers_row_that_was_changed_is_found() {
    let scene = story().await;
    assert_eq!(found(&scene).await, []);
    assert_eq!(scene.balance(0, None).await, [0, 0, 0, 30]);
    let db = &scene.app.app().db;
    let third: CustomerId = scene.customer(2).await.parse().unwrap();
    let broken = [
        (
            customer::Column::PointsBalance,
            vec![(Check::CustomerBalance, 20, 27), (Check::CustomerLots, 20, 27)],
        ),
        (customer::Column::PointsReserved, vec![(Check::CustomerReserved, 5, 12)]),
        (
            customer::Column::PointsDebt,
            vec![(Check::CustomerDebt, 0, 7), (Check::DebtWithPoints, 0, 20)],
        ),
    ];
    for (column, expected) in broken {
        shift(db, third, column, 7).await;
        assert_eq!(found(&scene).await, expected);
        shift(db, third, column, -7).await;
    }
    assert_eq!(found(&scene).await, []);
}

#[tokio::test]
async fn lots_and_allocations_that_were_changed_are_found() {
    let scene = story().await;
    let db = &scene.app.app().db;
    let third: CustomerId = scene.customer(2).await.parse().unwrap();
    let of_third = point_lot::Column::CustomerId.eq(third);
    let lot = point_lot::Entity::find()
        .filter(of_third)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let remain = async |points: i64| {
        point_lot::Entity::update_many()
            .col_expr(point_lot::Column::Remaining, Expr::value(Points(points)))
            .filter(point_lot::Column::Id.eq(lot.id))
            .exec(db)
            .await
            .unwrap();
    };
    remain(25).await;
    assert_eq!(
        found(&scene).await,
        [(Check::CustomerLots, 25, 20), (Check::LotRemaining, 20, 25)]
    );
    remain(20).await;
    let taken = point_allocation::Entity::find().filter(point_allocation::Column::LotId.eq(lot.id));
    let taken = taken.one(db).await.unwrap().unwrap();
    point_allocation::Entity::delete_by_id((taken.entry_id, taken.lot_id))
        .exec(db)
        .await
        .unwrap();
    assert_eq!(
        found(&scene).await,
        [(Check::LotRemaining, 25, 20), (Check::EntryAllocations, -5, 0)]
    );
    point_allocation::Entity::insert(taken.into_active_model())
        .exec_without_returning(db)
        .await
        .unwrap();
    assert_eq!(found(&scene).await, []);
}

#[tokio::test]
async fn sales_and_coupons_that_were_changed_are_found() {
    let scene = story().await;
    let db = &scene.app.app().db;
    for (column, by, expected) in [
        (order::Column::Points, 3, (Check::OrderPoints, 70, 73)),
        (order::Column::Postings, -1, (Check::OrderPostings, 1, 0)),
    ] {
        let update = async |by: i64| {
            order::Entity::update_many()
                .col_expr(column, Expr::col(column).add(by))
                .filter(order::Column::ExternalId.eq("o2"))
                .exec(db)
                .await
                .unwrap();
        };
        update(by).await;
        assert_eq!(found(&scene).await, [expected]);
        update(-by).await;
    }
    for (was, becomes, expected) in [
        // Points spent, and no coupon.
        (
            CouponState::Active,
            CouponState::Failed,
            (Check::RedemptionPoints, 0, 60),
        ),
        // Points back, and a coupon.
        (
            CouponState::Failed,
            CouponState::Active,
            (Check::RedemptionPoints, 20, 0),
        ),
    ] {
        let states = coupon::Entity::find().filter(coupon::Column::State.eq(was));
        let coupon = states.one(db).await.unwrap().unwrap();
        let set = async |state: CouponState| {
            coupon::Entity::update_many()
                .col_expr(coupon::Column::State, Expr::value(state))
                .filter(coupon::Column::Id.eq(coupon.id))
                .exec(db)
                .await
                .unwrap();
        };
        set(becomes).await;
        assert_eq!(found(&scene).await, [expected]);
        set(was).await;
    }
    assert_eq!(found(&scene).await, []);
}

#[tokio::test]
async fn the_command_tells_and_fails() {
    let scene = story().await;
    let (succeeded, told) = scene.app.command(&["ledger", "verify"]);
    assert!(succeeded, "{told}");
    assert_eq!(
        told,
        "3 customers, 4 orders and 3 redemptions verified: 0 differences.\n"
    );
    let id = scene.customer(2).await;
    shift(
        &scene.app.app().db,
        id.parse().unwrap(),
        customer::Column::PointsReserved,
        2,
    )
    .await;
    let (succeeded, told) = scene
        .app
        .command(&["ledger", "verify", "--json", "--store", &scene.store]);
    assert!(!succeeded, "{told}");
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        told,
        [
            json!({ "difference": { "check": "customer_reserved", "store": scene.store, "customer": id, "subject": id,
                "expected": 5, "found": 7,
                "likely_cause": "the customer's row was changed past the ledger, or entries are missing" } }),
            json!({ "verified": { "customers": 3, "orders": 4, "redemptions": 3, "differences": 1 } }),
        ]
    );
}
