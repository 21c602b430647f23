//! The invented world: the same for the same seed, adding up, and able to move.

use super::*;
use crate::sandbox::SandboxConfig;

const SHAPE: Shape = Shape {
    salt: 1,
    first_person_id: 10,
    first_order_id: 100,
    first_coupon_id: 1,
    number: |id| format!("N{id}"),
    shops: &[1, 2],
    showcase: &[&["new", "paid"], &["new", "cancelled"]],
    everyday: &[&["new", "paid", "sent"]],
    refunds: Refunds::Shrink,
    shop_number: |_, _| None,
};

fn world(seed: u64) -> World {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    World::generate(
        &SandboxConfig {
            seed,
            ..SandboxConfig::at(now)
        },
        SHAPE,
    )
}

#[test]
fn a_seed_decides_everything() {
    assert_eq!((world(3).people, world(3).orders), (world(3).people, world(3).orders));
    assert_ne!(world(3).orders, world(4).orders);
}

#[test]
fn orders_add_up_and_lie_in_their_time() {
    let world = world(1);
    assert_eq!(world.orders.len(), 60);
    for order in &world.orders {
        let lines: i64 = order
            .lines
            .iter()
            .map(|line| line.unit_cents * i64::from(line.quantity))
            .sum();
        assert_eq!(lines, order.products_cents, "{}", order.number);
        assert!(
            order.total_cents() > 0 && order.discount_cents < order.products_cents,
            "{}",
            order.number
        );
        let age = world.now - order.placed_at;
        assert!(
            age.num_days() <= 60 && order.changed_at() <= world.now,
            "{}",
            order.number
        );
    }
    assert!(
        world
            .orders
            .windows(2)
            .all(|pair| pair[0].placed_at <= pair[1].placed_at)
    );
}

#[test]
fn every_showcase_life_is_there_and_some_orders_can_still_move() {
    let world = world(1);
    let ended = |status: &str| {
        world
            .orders
            .iter()
            .any(|order| order.status() == status && order.shop_id == 1)
    };
    assert!(ended("paid") && ended("cancelled"));
    assert!(world.orders.iter().any(|order| !order.upcoming.is_empty()));
    assert!(world.orders.iter().any(|order| order.shop_id == 2));
}

#[test]
fn moving_rows_advances_an_old_order_and_adds_a_new_one() {
    let mut world = world(1);
    world.now += chrono::TimeDelta::hours(1);
    let before = world.orders.clone();
    world.move_rows();
    world.move_rows();
    let changed = before
        .iter()
        .zip(&world.orders)
        .filter(|(old, new)| old.status() != new.status())
        .count();
    assert!((1..=2).contains(&changed), "{changed}");
    assert_eq!(world.orders.len(), before.len() + 1);
    assert!(
        world
            .orders
            .iter()
            .any(|order| order.changed_at() == world.now && order.id < 150)
    );
}
