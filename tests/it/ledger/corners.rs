//! Corners in which a rule was once forgotten, each as small as it can be.

use chrono::TimeDelta;
use entity::order_line;
use entity::{CustomerId, Points, RedemptionId};
use fidelidade::platform::OrderLine;
use fidelidade::service::order::ImportedOrder;
use sea_orm::EntityTrait;

use super::books::{self, Account};
use super::sale::{Sale, Standing, State, Told};
use super::world::{PLAIN, Rules, Store, World, beginning};

/// A sale of this moment that is paid, and then cancelled.
fn sale(world: &World, cents: i64) -> Sale {
    let state = |at, standing| State {
        at,
        standing,
        cents,
        told: Told::Whole,
    };
    Sale {
        placed_at: world.app.clock.now(),
        credit: 0,
        marketplace: false,
        states: vec![state(0, Standing::Paid), state(1, Standing::Cancelled)],
    }
}

async fn account(world: &World, store: &Store) -> Account {
    let now = world.app.clock.now();
    let (_, account) = books::read(&world.app.db, store.id).await.pop_first().unwrap();
    assert_eq!(account.audit(now, now, &[]), Vec::<String>::new(), "{account:#?}");
    account
}

async fn spend(world: &World, store: &Store, points: i64) {
    let whose: (CustomerId, Points) = (account(world, store).await.customer.id, Points(points));
    let redemption: RedemptionId = world.app.id();
    let purse = store.purse().await;
    purse.reserve(redemption, whose).await.unwrap();
    purse.capture(redemption, whose).await;
    purse.commit().await;
}

/// The sale that is taken back was spent, and all that the customer has left ran out long ago: whether or
/// not that was written down, it pays for nothing.
#[tokio::test]
async fn points_that_ran_out_pay_for_no_cancelled_sale() {
    let world = World::open().await;
    let month = Rules {
        expiry_months: Some(1),
        ..PLAIN
    };
    let store = world.store(month).await;
    store.import(vec![sale(&world, 10_000).snapshot("old", "who", 0)]).await;
    world.set_clock(beginning() + TimeDelta::days(60));
    let new = sale(&world, 7_000);
    store.import(vec![new.snapshot("new", "who", 0)]).await;
    spend(&world, &store, 70).await;
    store.import(vec![new.snapshot("new", "who", 1)]).await;
    assert_eq!(account(&world, &store).await.sums().debt, 70);
}

/// A walk over a shop takes hours. Sales that become awarding meanwhile are judged by the rules of then.
#[tokio::test]
async fn rules_that_change_while_an_import_goes_on_are_in_force() {
    let world = World::open().await;
    let store = world.store(PLAIN).await;
    store.import(vec![sale(&world, 10_000).snapshot("one", "who", 0)]).await;
    world.set_clock(beginning() + TimeDelta::hours(1));
    store.announce(Rules { milli: 2_000, ..PLAIN }).await;
    store.import(vec![sale(&world, 10_000).snapshot("two", "who", 0)]).await;
    assert_eq!(account(&world, &store).await.sums().balance, 300);
}

/// An older snapshot adds that a sale was once awarding, and nothing else: not its lines either.
#[tokio::test]
async fn lines_of_an_older_snapshot_replace_none() {
    let world = World::open().await;
    let store = world.store(PLAIN).await;
    let sale = sale(&world, 10_000);
    let told = |state: usize, sku: &str| {
        let ImportedOrder { mut order, fingerprint } = sale.snapshot("one", "who", state);
        order.lines = vec![OrderLine {
            sku: Some(sku.to_owned()),
            name: sku.to_owned(),
            quantity_milli: 1_000,
            unit_price: 10_000,
            total: 10_000,
        }];
        ImportedOrder { order, fingerprint }
    };
    for state in [1, 0, 1] {
        store.import(vec![told(state, &format!("SKU-{state}"))]).await;
        let lines = order_line::Entity::find().all(&world.app.db).await.unwrap();
        let skus: Vec<_> = lines.iter().filter_map(|line| line.sku.as_deref()).collect();
        assert_eq!(skus, ["SKU-1"]);
    }
    store.import(vec![told(1, "NEW"), told(0, "OLD")]).await;
    let lines = order_line::Entity::find().all(&world.app.db).await.unwrap();
    assert_eq!(lines[0].sku.as_deref(), Some("NEW"));
}
