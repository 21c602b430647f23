//! Every order of events in the life of a redemption: its transactions and requests, two workers at the
//! same job, a process that dies between any two steps, a shop that refuses, loses answers, carries requests
//! out late and shows coupons late, a buyer, somebody who meddles in the shop's panel.
//!
//! The decisions are the program's own (`domain::saga`). The rest of the model mirrors the program's
//! transactions one to one, and says which. A decision that is wrong on purpose is found: see `twists`.

mod model;
mod properties;
mod row;
mod shop;
mod twists;
mod worker;

use stateright::{Checker, Model};

use model::Saga;
use properties::{ALWAYS, REACHED};

/// How often the shop is asked to make or to end the coupon in one history. So many show each of the mistakes in
/// `twists`.
const REQUESTS: u8 = 3;

#[test]
fn whatever_happens_points_and_coupon_are_exchanged_once() {
    explore(REQUESTS);
}

#[test]
#[ignore = "some minutes: a request more"]
fn whatever_happens_with_a_request_more() {
    explore(REQUESTS + 1);
}

fn explore(requests: u8) {
    let checker = Saga::new(requests).checker().spawn_bfs().join();
    let states = checker.unique_state_count();
    println!("{states} states, {} transitions", checker.state_count());
    for (name, _) in ALWAYS {
        if let Some(path) = checker.discovery(name) {
            panic!("\"{name}\" is not true after\n{:#?}", path.into_actions());
        }
    }
    for (name, _) in REACHED {
        assert!(checker.discovery(name).is_some(), "\"{name}\" never comes about");
    }
    assert!(checker.is_done() && states > 100_000, "only {states} states");
}
