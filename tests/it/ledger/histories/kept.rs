//! Histories that once went wrong, as small as they can be.

use chrono::TimeDelta;
use entity::programme_version::DebtPolicy;

use super::operations::{History, Operation, Script};
use super::play::play;
use crate::ledger::sale::{Sale, Standing, State, Told};
use crate::ledger::world::{PLAIN, Rules, World, beginning};

use Operation::{Capture, Release, Reserve, See};
use Standing::{Cancelled, Paid, Pending};

/// A sale of two hours before the beginning, with a state in each minute after it.
fn sale(states: &[(Standing, i64)]) -> Sale {
    let states = states.iter().zip(1..).map(|((standing, cents), at)| State {
        at,
        standing: *standing,
        cents: *cents,
        told: Told::Whole,
    });
    Sale {
        placed_at: beginning() - TimeDelta::hours(2),
        credit: 0,
        marketplace: false,
        states: states.collect(),
    }
}

/// Plays a history under rules that change, in these rounds, without the clock going on.
async fn goes_well(rules: Rules, changes: &[(usize, Rules)], sales: &[Sale], rounds: &[&[Operation]]) {
    let change = |round| {
        let found = changes.iter().find(|(when, _)| *when == round);
        (0, found.map(|(_, rules)| *rules))
    };
    let script = Script {
        rules,
        rounds: (0..rounds.len()).map(change).collect(),
    };
    let history = History {
        sales: sales.to_vec(),
        rounds: rounds.iter().map(|round| round.to_vec()).collect(),
    };
    let world = World::open().await;
    let outcome = play(&world, &script, &[history]).await;
    assert!(outcome.is_ok(), "{outcome:#?}");
}

/// The points of both sales are spent; the first loses some of its points, which its rules leave to the
/// customer, and is worth some again later.
#[tokio::test]
async fn points_that_were_kept_are_not_given_again() {
    let rules = Rules {
        debt: DebtPolicy::WithinBalance,
        ..PLAIN
    };
    let first = sale(&[(Pending, 0), (Paid, 3_700), (Pending, 0), (Pending, 100)]);
    let second = sale(&[(Paid, 2_200)]);
    let rounds: [&[Operation]; 4] = [
        &[See { sale: 0, state: 1 }, See { sale: 1, state: 0 }],
        &[Reserve { who: 0, points: 59 }],
        &[See { sale: 0, state: 2 }],
        &[See { sale: 0, state: 3 }],
    ];
    goes_well(rules, &[], &[first, second], &rounds).await;
}

/// Rules were changed when the sale had been judged, and by the clock they are older than it.
#[tokio::test]
async fn a_sale_that_was_judged_keeps_its_rules() {
    let minimum = Rules {
        minimum: 5_000,
        ..PLAIN
    };
    let mut late = sale(&[(Paid, 2_600), (Paid, 100)]);
    late.placed_at = beginning();
    let rounds: [&[Operation]; 3] = [
        &[See { sale: 0, state: 0 }],
        &[See { sale: 0, state: 0 }],
        &[See { sale: 0, state: 1 }, See { sale: 0, state: 0 }],
    ];
    goes_well(PLAIN, &[(1, minimum), (2, PLAIN)], &[late], &rounds).await;
}

/// A sale is cancelled while its points are held: what comes back pays the debt at once.
#[tokio::test]
async fn points_that_come_back_pay_the_debt_first() {
    let sale = sale(&[(Paid, 4_900), (Cancelled, 4_900)]);
    let rounds: [&[Operation]; 3] = [
        &[
            See { sale: 0, state: 0 },
            Reserve { who: 0, points: 1 },
            Reserve { who: 0, points: 47 },
        ],
        &[See { sale: 0, state: 1 }],
        &[Release { nth: 0 }, Capture { nth: 0 }],
    ];
    goes_well(PLAIN, &[], &[sale], &rounds).await;
}
