//! What must be true in every state, and what has to come about so that this means something.

use entity::coupon::CouponState;
use entity::redemption::RedemptionState;

use super::model::{Action, Saga, State};
use super::shop::{Fate, Request, There};
use super::worker::{Next, Worker};

type Condition = (&'static str, fn(&Saga, &State) -> bool);

/// True in every state.
pub(crate) const ALWAYS: [Condition; 6] = [
    ("never both the points back and a coupon", |_, state| {
        state.row.returned == 0 || state.shop.worth_something() == 0
    }),
    ("never two coupons", |_, state| state.shop.worth_something() <= 1),
    ("points move once", |_, state| points_move_once(state)),
    ("at rest, points or coupon", |_, state| {
        !state.is_at_rest() || is_right(state)
    }),
    ("all goes well from here", |saga, state| {
        ends(*saga, *state, Mood::Willing)
    }),
    ("the shop refuses from here", |saga, state| {
        ends(*saga, *state, Mood::Refusing)
    }),
];

/// Comes about.
pub(crate) const REACHED: [Condition; 12] = [
    ("a coupon that is bought with", |_, state| {
        state.row.redemption == RedemptionState::Completed && state.shop.at(state.row.code) == There::Used
    }),
    ("a refusal", |_, state| state.row.redemption == RedemptionState::Failed),
    ("a refusal after a lost answer", |_, state| {
        state.row.redemption == RedemptionState::Failed && state.row.attempts > 1
    }),
    ("cancelled before anything was sent", |_, state| {
        state.row.redemption == RedemptionState::Cancelled && state.row.attempts == 0
    }),
    ("cancelled after the points were spent", |_, state| {
        state.row.redemption == RedemptionState::Cancelled && state.row.spent == 1
    }),
    ("a wish that waits for the shop", |_, state| {
        state.row.redemption == RedemptionState::Requested && state.row.is_unwanted
    }),
    ("cancelled in vain: it was used", |_, state| {
        let was_kept = state.row.redemption == RedemptionState::Completed && state.row.is_unwanted;
        was_kept && state.row.coupon == CouponState::Used && state.row.attempts > 1
    }),
    ("cancelled in vain: it cannot be ended", |_, state| {
        let was_kept = state.row.redemption == RedemptionState::Completed && state.row.is_unwanted;
        was_kept && state.row.coupon == CouponState::Active && state.row.attempts > 1
    }),
    ("another code", |_, state| {
        state.row.code == 1 && state.row.redemption == RedemptionState::Completed
    }),
    ("a coupon that is not shown yet", |_, state| {
        state.shop.at(0) == There::Live { shown: false } && state.is_at_rest()
    }),
    ("two requests at the same time", |_, state| {
        let requests = state.workers.iter().flatten().filter_map(Worker::request);
        requests.count() == 2
    }),
    ("a request that outlives its sender", |_, state| {
        state.workers == [None, None] && matches!(state.wire, [_, Some(Request::End { .. })])
    }),
];

fn points_move_once(state: &State) -> bool {
    let moved = (state.row.spent, state.row.returned);
    match state.row.redemption {
        RedemptionState::Requested => moved == (0, 0),
        RedemptionState::Completed | RedemptionState::Cancelling => moved == (1, 0),
        RedemptionState::Failed => moved == (0, 1),
        RedemptionState::Cancelled => moved.0 <= 1 && moved.1 == 1,
    }
}

/// Points or a coupon, when nobody is at it. What the merchant ended in the panel can be cancelled.
fn is_right(state: &State) -> bool {
    match state.row.redemption {
        RedemptionState::Completed => state.shop.worth_something() == 1 || state.shop.was_meddled_with,
        RedemptionState::Failed | RedemptionState::Cancelled => state.shop.worth_something() == 0,
        // `wake_stuck` looks for just these two.
        RedemptionState::Requested | RedemptionState::Cancelling => true,
    }
}

/// How the shop answers from some moment on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Willing,
    Refusing,
}

/// More steps than any redemption needs that is not disturbed any more.
const PATIENCE: usize = 60;

/// Whether the redemption comes to its right end when nothing more goes wrong: each worker goes on, the shop
/// answers, and what is under way is tried again.
fn ends(saga: Saga, mut state: State, mood: Mood) -> bool {
    for _ in 0..PATIENCE {
        let Some(action) = onward(&state, mood) else {
            return is_right(&state);
        };
        state = saga.after(state, action);
    }
    false
}

/// The next step of a history that is not disturbed; none at its end.
fn onward(state: &State, mood: Mood) -> Option<Action> {
    for (worker, one) in state.workers.iter().enumerate() {
        let Some(one) = one else { continue };
        return Some(match one.next() {
            Next::Look => Action::Look {
                worker,
                counts_uses: false,
            },
            Next::Write => Action::Write { worker },
            Next::Answer(request) => Action::Answer {
                worker,
                fate: answer(state, request, mood),
            },
        });
    }
    if let Some(request) = state.wire.iter().position(Option::is_some) {
        return Some(Action::Arrive { request, shown: true });
    }
    let is_under_way = matches!(
        state.row.redemption,
        RedemptionState::Requested | RedemptionState::Cancelling
    );
    if !is_under_way {
        return None;
    }
    if !state.row.is_settled || !state.row.is_listed {
        return Some(Action::Settle);
    }
    let is_dead = state.row.coupon == CouponState::Disabled;
    let is_used = state.shop.at(state.row.code) == There::Used && state.row.coupon != CouponState::Used;
    if is_dead && !state.row.all_sales_seen || is_used {
        return Some(Action::Import);
    }
    Some(match state.row.redemption {
        RedemptionState::Cancelling => Action::End,
        _ => Action::Issue,
    })
}

fn answer(state: &State, request: Request, mood: Mood) -> Fate {
    let possible = state.shop.fates(request);
    let wanted = [
        (mood == Mood::Refusing).then_some(Fate::Refused),
        Some(Fate::Done {
            shown: true,
            answered: true,
        }),
        Some(Fate::Duplicate),
        Some(Fate::NotFound),
    ];
    let first = wanted.into_iter().flatten().find(|fate| possible.contains(fate));
    first.unwrap_or(Fate::Failed)
}
