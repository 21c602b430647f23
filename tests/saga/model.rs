//! What can happen next, and what it changes.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use entity::redemption::RedemptionState;
use stateright::{Model, Property};

use super::properties::{ALWAYS, REACHED};
use super::row::Row;
use super::shop::{Fate, Request, Shop, There};
use super::twists::Twist;
use super::worker::{Next, Worker};

/// A redemption, its coupon in the shop, and everybody who is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Row,
    pub(crate) shop: Shop,
    /// Two that may be at the same job: a job outlives the sign of life of the process that does it.
    pub(crate) workers: [Option<Worker>; 2],
    /// Requests whose senders have died or given up.
    pub(crate) wire: [Option<Request>; 2],
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A worker takes the job: the first of a redemption, a later attempt, or one that `wake_stuck` enqueued.
    Issue,
    GiveUp,
    End,
    /// A worker looks at the shop, which counts uses or does not.
    Look {
        worker: usize,
        counts_uses: bool,
    },
    /// A worker commits a transaction.
    Write {
        worker: usize,
    },
    /// A request is answered, or not.
    Answer {
        worker: usize,
        fate: Fate,
    },
    /// A worker dies, or its job ends because the shop does not answer.
    Die {
        worker: usize,
    },
    /// A request arrives whose sender is gone.
    Arrive {
        request: usize,
        shown: bool,
    },
    /// It never arrives.
    Vanish {
        request: usize,
    },
    /// So much time passes that no request is on its way any more and the shop shows what it has.
    Settle,
    /// The customer, or the merchant, cancels.
    Cancel,
    /// A buyer uses the coupon.
    Use {
        code: u8,
    },
    /// The merchant ends the coupon in the shop's panel.
    EndByHand {
        code: u8,
    },
    /// The merchant deletes it there.
    Delete {
        code: u8,
    },
    /// Sales are imported.
    Import,
}

/// The model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saga {
    /// How often the shop is asked to make or to end the coupon in one history.
    pub(crate) requests: u8,
    pub(crate) twist: Twist,
}

impl Saga {
    pub(crate) fn new(requests: u8) -> Self {
        Self {
            requests,
            twist: Twist::None,
        }
    }

    /// What happens next, without what is only a detour in a history.
    pub(crate) fn after(self, mut state: State, action: Action) -> State {
        let twist = self.twist;
        match action {
            Action::Issue => state.hire(Worker::issue(&state.row, twist)),
            Action::GiveUp => {
                if let Some(worker) = Worker::give_up(&state.row, twist) {
                    state.hire(worker);
                }
            }
            Action::End => state.hire(Worker::end(&state.row, twist)),
            Action::Look { worker, counts_uses } => {
                state.workers[worker] = state.workers[worker].map(|one| one.looked(state.shop, counts_uses));
            }
            Action::Write { worker } => {
                state.workers[worker] = state.workers[worker].and_then(|one| one.write(&mut state.row, twist));
            }
            Action::Answer { worker, fate } => state.answer(worker, fate),
            Action::Die { worker } => {
                if let Some(request) = state.workers[worker].take().and_then(|one| one.request()) {
                    state.send(request);
                }
            }
            Action::Arrive { request, shown } => {
                if let Some(request) = state.wire[request].take() {
                    state.shop.carry_out(request, shown);
                }
            }
            Action::Vanish { request } => state.wire[request] = None,
            Action::Settle => state.settle(),
            Action::Cancel => state.row.cancel(),
            Action::Use { code } => state.shop.put(code, There::Used),
            Action::EndByHand { code } => state.shop.meddle(code, There::Dead),
            Action::Delete { code } => state.shop.meddle(code, There::Gone),
            Action::Import => {
                let was_used = state.shop.at(state.row.code) == There::Used;
                state.row.import(was_used);
            }
        }
        state.in_order()
    }
}

impl Shop {
    fn meddle(&mut self, code: u8, there: There) {
        self.put(code, there);
        self.was_meddled_with = true;
    }
}

impl State {
    fn hire(&mut self, worker: Worker) {
        if let Some(place) = self.workers.iter_mut().find(|place| place.is_none()) {
            *place = Some(worker);
        }
    }

    fn send(&mut self, request: Request) {
        if let Some(place) = self.wire.iter_mut().find(|place| place.is_none()) {
            *place = Some(request);
        }
    }

    fn answer(&mut self, worker: usize, fate: Fate) {
        let Some(one) = self.workers[worker] else { return };
        if let Some(request) = one.request() {
            match fate {
                Fate::Done { shown, .. } => self.shop.carry_out(request, shown),
                Fate::OnItsWay => self.send(request),
                _ => {}
            }
        }
        self.workers[worker] = Some(one.answered(fate));
    }

    fn settle(&mut self) {
        self.row.is_settled = true;
        self.row.is_listed = true;
        for there in &mut self.shop.codes {
            if matches!(there, There::Live { .. }) {
                *there = There::Live { shown: true };
            }
        }
    }

    /// Requests under way.
    pub(crate) fn requests(&self) -> impl Iterator<Item = Request> {
        let waited_for = self.workers.into_iter().flatten().filter_map(|one| one.request());
        waited_for.chain(self.wire.into_iter().flatten())
    }

    fn is_being_made(&self) -> bool {
        self.requests().any(|request| matches!(request, Request::Create { .. }))
    }

    /// Nobody is at it, and nothing is under way.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.workers == [None, None] && self.wire == [None, None]
    }

    /// Workers do not differ, nor do requests on their way: one order stands for both.
    fn in_order(mut self) -> Self {
        self.wire.sort();
        let weight = |worker: &Option<Worker>| BuildHasherDefault::<DefaultHasher>::default().hash_one(worker);
        self.workers.sort_by_cached_key(weight);
        self
    }
}

impl Model for Saga {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let state = |first| State {
            row: Row::requested(),
            shop: Shop {
                codes: [first, There::Nothing, There::Nothing],
                was_meddled_with: false,
            },
            workers: [None, None],
            wire: [None, None],
        };
        vec![state(There::Nothing), state(There::Anothers)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.workers.contains(&None) {
            match state.row.redemption {
                RedemptionState::Requested => actions.extend([Action::Issue, Action::GiveUp]),
                RedemptionState::Cancelling => actions.push(Action::End),
                _ => {}
            }
        }
        for (worker, one) in state.workers.iter().enumerate() {
            let Some(one) = one else { continue };
            actions.push(Action::Die { worker });
            match one.next() {
                Next::Look => actions.extend([true, false].map(|counts_uses| Action::Look { worker, counts_uses })),
                Next::Write => actions.push(Action::Write { worker }),
                Next::Answer(request) => {
                    let fates = state.shop.fates(request).into_iter();
                    actions.extend(fates.map(|fate| Action::Answer { worker, fate }));
                }
            }
        }
        for request in (0..2).filter(|nth| state.wire[*nth].is_some()) {
            actions.extend([true, false].map(|shown| Action::Arrive { request, shown }));
            actions.push(Action::Vanish { request });
        }
        if state.requests().next().is_none() {
            actions.push(Action::Settle);
        }
        for code in 0..2 {
            let there = state.shop.at(code);
            if let There::Live { .. } = there {
                actions.extend([Action::Use { code }, Action::EndByHand { code }]);
            }
            // Not in the seconds in which a second request to make it is on its way.
            if matches!(there, There::Live { .. } | There::Dead) && !state.is_being_made() {
                actions.push(Action::Delete { code });
            }
        }
        actions.extend([Action::Cancel, Action::Import]);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let is_full = !state.wire.contains(&None);
        let sends = match action {
            Action::Die { worker } => state.workers[worker].is_some_and(|one| one.request().is_some()),
            Action::Answer { fate, .. } => fate == Fate::OnItsWay,
            _ => false,
        };
        if sends && is_full {
            return None;
        }
        let next = self.after(*state, action);
        (next != *state).then_some(next)
    }

    fn within_boundary(&self, state: &State) -> bool {
        // A third code is a second like the second.
        state.row.attempts <= self.requests && state.row.code < 2
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = ALWAYS.iter().map(|(name, is_true)| Property::always(name, *is_true));
        let reached = REACHED
            .iter()
            .map(|(name, is_true)| Property::sometimes(name, *is_true));
        always.chain(reached).collect()
    }
}
