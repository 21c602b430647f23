//! What can happen to a customer and to the store, and how often it does. A new operation of the program
//! gets a variant here, its deed in `play`, and what it must come to in `model`.

use chrono::TimeDelta;
use entity::programme_version::DebtPolicy;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::ledger::sale::{Sale, Standing, State, Told};
use crate::ledger::world::{Rules, beginning};

/// Steps of a script.
pub(super) const ROUNDS: usize = 8;
/// Sales of a history: the last one is the second customer's.
const SALES: usize = 3;

/// Whose sale it is: the first or the second of a history's customers.
pub(super) fn buyer_of(sale: usize) -> usize {
    sale / (SALES - 1)
}

/// What a store's histories share.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The rules since always.
    pub(super) rules: Rules,
    /// How many hours the clock jumps, and which rules are in force from then on.
    pub(super) rounds: Vec<(i64, Option<Rules>)>,
}

/// What happens to two customers, who may turn out to be one.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(super) sales: Vec<Sale>,
    /// One for each round of the script: first everything that is seen, on one page, then the rest.
    pub(super) rounds: Vec<Vec<Operation>>,
}

/// Something that happens to the customers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    /// An import sees a sale in a state that it has or had.
    See { sale: usize, state: usize },
    /// One of the customers asks for a reward.
    Reserve { who: usize, points: i64 },
    /// The shop has made the coupon of one of the redemptions under way.
    Capture { nth: usize },
    /// The shop refuses the coupon of one.
    Release { nth: usize },
    /// A redemption whose coupon was made is cancelled, and the coupon has been ended.
    Refund { nth: usize },
    /// The merchant gives points, for so many days or as the rules say, or takes some.
    Adjust { who: usize, points: i64, days: Option<i64> },
    /// One of the adjustments is undone.
    Reverse { nth: usize },
    /// What ran out of one of the lots is given again.
    Reinstate { nth: usize },
    /// One of the customers turns out to be the other.
    Merge { from: usize },
    /// They turn out to be two after all.
    Unmerge,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (0..SALES, 0_usize..5).prop_map(|(sale, state)| Operation::See { sale, state }),
        3 => (who(), prop_oneof![1_i64..60, 1_i64..250]).prop_map(|(who, points)| Operation::Reserve { who, points }),
        2 => (0_usize..3).prop_map(|nth| Operation::Capture { nth }),
        1 => (0_usize..3).prop_map(|nth| Operation::Release { nth }),
        1 => (0_usize..3).prop_map(|nth| Operation::Refund { nth }),
        1 => by_hand(),
    ]
}

/// Mostly the first: most sales are of the first.
fn who() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0_usize), 1 => Just(1)]
}

/// Each is a transaction of its own, so there are not many.
fn by_hand() -> impl Strategy<Value = Operation> {
    let points = prop_oneof![1_i64..200, -150_i64..0];
    let days = prop_oneof![2 => Just(None), 1 => (1_i64..40).prop_map(Some)];
    prop_oneof![
        3 => (who(), points, days).prop_map(|(who, points, days)| Operation::Adjust { who, points, days }),
        2 => (0_usize..3).prop_map(|nth| Operation::Reverse { nth }),
        1 => (0_usize..6).prop_map(|nth| Operation::Reinstate { nth }),
        2 => (0_usize..2).prop_map(|from| Operation::Merge { from }),
        1 => Just(Operation::Unmerge),
    ]
}

/// A customer's history.
pub(super) fn history() -> impl Strategy<Value = History> {
    let rounds = vec(vec(operation(), 0..7), ROUNDS);
    (vec(sale(), SALES), rounds).prop_map(|(sales, rounds)| History { sales, rounds })
}

/// A store's script.
pub(super) fn script() -> impl Strategy<Value = Script> {
    let jump = prop_oneof![
        6 => 0_i64..72,
        2 => 600_i64..900,
        // The clock is put back.
        1 => -100_i64..0,
    ];
    let change = prop_oneof![3 => Just(None), 1 => rules().prop_map(Some)];
    (rules(), vec((jump, change), ROUNDS)).prop_map(|(rules, rounds)| Script { rules, rounds })
}

fn rules() -> impl Strategy<Value = Rules> {
    let debt = prop_oneof![
        3 => Just(DebtPolicy::AllowDebt),
        1 => Just(DebtPolicy::WithinBalance),
        1 => Just(DebtPolicy::OnlyUnspent),
    ];
    (
        prop_oneof![2 => Just(1_000_i64), 1 => 0_i64..3_000],
        prop_oneof![2 => Just(0_i64), 1 => Just(5_000)],
        prop_oneof![2 => Just(0), 1 => 0..8],
        prop_oneof![2 => Just(None), 1 => (1..3).prop_map(Some)],
        debt,
    )
        .prop_map(|(milli, minimum, hold_days, expiry_months, debt)| Rules {
            milli,
            minimum,
            hold_days,
            expiry_months,
            debt,
        })
}

fn sale() -> impl Strategy<Value = Sale> {
    let standing = prop_oneof![
        1 => Just(Standing::Pending),
        5 => Just(Standing::Paid),
        3 => Just(Standing::Delivered),
        1 => Just(Standing::Disputed),
        3 => Just(Standing::Cancelled),
    ];
    let told = prop_oneof![6 => Just(Told::Whole), 1 => Just(Told::Row)];
    let cents = prop_oneof![1 => Just(0_i64), 6 => 1_i64..10_000, 6 => 1_i64..30_000];
    let states = vec((1_i64..3_000, standing, cents, told), 1..6);
    let credit = prop_oneof![4 => Just(0_i64), 1 => 0_i64..5_000];
    (
        prop_oneof![-200_i64..0, -200_i64..900],
        credit,
        prop::bool::weighted(0.1),
        states,
    )
        .prop_map(|(hours, credit, marketplace, states)| {
            let mut at = 0;
            let states = states.into_iter().map(|(gap, standing, cents, told)| {
                at += gap;
                State {
                    at,
                    standing,
                    cents,
                    told,
                }
            });
            Sale {
                placed_at: beginning() + TimeDelta::hours(hours),
                credit,
                marketplace,
                states: states.collect(),
            }
        })
}
