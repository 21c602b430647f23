//! Snapshots of an order in every sequence, with repetitions: the ledger ends in one state.
//!
//! What is legitimately different is left out and nothing else: by which of two versions a lot that was
//! replaced had been made. Who was never told a sale's detail waits for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use entity::programme_version;
use entity::{CustomerId, Points, RedemptionId};

use super::books::{self, Account, Sums};
use super::sale::{Sale, Standing, State, Told};
use super::world::{PLAIN, Rules, Store, World, beginning};

use Standing::{Cancelled, Delivered, Disputed, Paid, Pending};
use Told::{Row, Whole};

/// How many snapshots a sale has.
const STATES: usize = 6;
/// Orders of a page: as many as a platform's largest list, and not a divisor of anything.
const PAGE: usize = 701;
/// What customers spend in the middle of it, if they can.
const SPENT: i64 = 50;

/// The later after the earlier: standing, cents, how much is told.
type Life = [(Standing, i64, Told); STATES];

const REFUNDED_IN_PARTS: Life = [
    (Pending, 20_099, Whole),
    (Paid, 20_099, Whole),
    (Delivered, 20_099, Whole),
    (Delivered, 13_398, Whole),
    (Delivered, 6_699, Whole),
    (Cancelled, 6_699, Whole),
];
const TOLD_IN_ROWS: Life = [
    (Pending, 15_000, Row),
    (Paid, 15_000, Row),
    (Paid, 15_000, Whole),
    (Delivered, 9_050, Row),
    (Disputed, 9_050, Whole),
    (Disputed, 7_025, Row),
];
const CANCELLED_AND_BACK: Life = [
    (Paid, 10_001, Whole),
    (Cancelled, 10_001, Whole),
    (Paid, 10_001, Row),
    (Disputed, 10_001, Whole),
    (Cancelled, 10_001, Row),
    (Delivered, 9_999, Whole),
];
const NEVER_AWARDING_AGAIN: Life = [
    (Pending, 12_345, Row),
    (Disputed, 12_345, Whole),
    (Paid, 12_345, Row),
    (Disputed, 12_345, Row),
    (Pending, 6_789, Whole),
    (Disputed, 6_789, Row),
];

fn sale(life: Life, credit: i64, marketplace: bool) -> Sale {
    let states = life.into_iter().zip(1..).map(|((standing, cents, told), nth)| State {
        at: nth * 60,
        standing,
        cents,
        told,
    });
    Sale {
        placed_at: beginning() - TimeDelta::days(2),
        credit,
        marketplace,
        states: states.collect(),
    }
}

/// All sequences of so many of the numbers below `STATES`, each number as often as it likes.
fn words(length: u32) -> impl Iterator<Item = Vec<usize>> {
    (0..STATES.pow(length)).map(move |number| {
        let letter = |place| number / STATES.pow(place) % STATES;
        (0..length).map(letter).collect()
    })
}

/// All sequences that have each number once.
fn permutations() -> Vec<Vec<usize>> {
    let distinct = |word: &Vec<usize>| word.iter().collect::<BTreeSet<_>>().len() == STATES;
    words(6).filter(distinct).collect()
}

/// Every sequence of up to four, and every permutation of all followed by another one; with
/// `FIDELIDADE_TEST_THOROUGH`, every sequence of up to six.
fn sequences() -> Vec<Vec<usize>> {
    let longest = if std::env::var_os("FIDELIDADE_TEST_THOROUGH").is_some() {
        6
    } else {
        4
    };
    let mut sequences: Vec<Vec<usize>> = (1..=longest).flat_map(words).collect();
    let all = permutations();
    assert_eq!(all.len(), 720);
    // 7 and 720 have no common factor, so each permutation comes second once.
    let seconds = (0..all.len()).map(|nth| &all[(nth * 7 + 77) % all.len()]);
    sequences.extend(
        all.iter()
            .zip(seconds)
            .map(|(first, second)| [first.as_slice(), second].concat()),
    );
    sequences
}

/// A store with rules that change at some time.
struct Scene {
    world: World,
    store: Store,
    versions: Vec<(DateTime<Utc>, Rules)>,
}

impl Scene {
    /// `changes`: hours before the present and the rules from then on. A sale of somebody else comes
    /// first, so that none of them is in force since always.
    async fn open(rules: Rules, changes: &[(i64, Rules)]) -> Self {
        let world = World::open().await;
        let mut store = world.store(rules).await;
        let mut versions = vec![(DateTime::UNIX_EPOCH, rules)];
        let other = sale(REFUNDED_IN_PARTS, 0, false);
        store.import(vec![other.snapshot("somebody's", "somebody", 1)]).await;
        for (hours, rules) in changes {
            world.set_clock(beginning() - TimeDelta::hours(*hours));
            let version: programme_version::Model = store.change_rules(*rules).await;
            assert_eq!(version.starts_at, world.app.clock.now());
            versions.push((version.starts_at, *rules));
        }
        world.set_clock(beginning());
        Self { world, store, versions }
    }

    fn rules_at(&self, at: DateTime<Utc>) -> Rules {
        self.versions.iter().rev().find(|(since, _)| *since <= at).unwrap().1
    }

    /// What a sale is worth by the states that were seen, whatever their sequence.
    fn worth(&self, sale: &Sale, seen: &BTreeSet<usize>) -> i64 {
        let known = seen.iter().any(|state| sale.states[*state].told == Whole);
        let awarded = sale.awarded_at(seen.iter().copied());
        match (known, awarded, seen.last()) {
            (true, Some(first), Some(newest)) => sale.worth(*newest, known, true, &self.rules_at(first)),
            _ => 0,
        }
    }

    /// Imports each sequence as an order of its own, one snapshot of each at a time. After so many
    /// snapshots everybody spends.
    async fn play(&self, sale: &Sale, sequences: &[Vec<usize>], spend_after: Option<usize>) -> HashMap<String, i64> {
        let longest = sequences.iter().map(Vec::len).max().unwrap();
        let mut spent = HashMap::new();
        for step in 0..longest {
            let now = sequences.iter().enumerate().filter_map(|(nth, word)| {
                let state = *word.get(step)?;
                Some(sale.snapshot(&format!("o{nth}"), &format!("b{nth}"), state))
            });
            let now: Vec<_> = now.collect();
            for page in now.chunks(PAGE) {
                self.store.import(page.to_vec()).await;
            }
            if spend_after == Some(step + 1) {
                spent = self.spend().await;
            }
        }
        spent
    }

    /// Everybody who can redeems, for good.
    async fn spend(&self) -> HashMap<String, i64> {
        let accounts = self.accounts().await;
        let mut spent = HashMap::new();
        let purse = self.store.purse().await;
        for (order, account) in &accounts {
            let redemption: RedemptionId = self.world.app.id();
            let whose = (account.customer.id, Points(SPENT));
            if purse.reserve(redemption, whose).await.is_ok() {
                purse.capture(redemption, whose).await;
                spent.insert(order.clone(), SPENT);
            }
        }
        purse.commit().await;
        spent
    }

    /// The accounts by the order that they have, audited.
    async fn accounts(&self) -> BTreeMap<String, Account> {
        let now = self.world.app.clock.now();
        let accounts: BTreeMap<CustomerId, Account> = books::read(&self.world.app.db, self.store.id).await;
        let by_order = accounts.into_values().filter_map(|account| {
            let order = account.orders.values().next()?.external_id.clone();
            let wrong = account.audit(now, now, &[]);
            assert_eq!(wrong, Vec::<String>::new(), "{order}: {account:#?}");
            (order != "somebody's").then_some((order, account))
        });
        by_order.collect()
    }

    /// Compares every order's end with what the states that it was seen in are worth.
    async fn compare(&self, sale: &Sale, sequences: &[Vec<usize>], spent: &HashMap<String, i64>) {
        let accounts = self.accounts().await;
        assert_eq!(accounts.len(), sequences.len());
        for (nth, word) in sequences.iter().enumerate() {
            let id = format!("o{nth}");
            let account = &accounts[&id];
            let order = account.orders.values().next().unwrap();
            let worth = self.worth(sale, &word.iter().copied().collect());
            let rest = worth - spent.get(&id).copied().unwrap_or_default();
            let expected = Sums {
                balance: rest.max(0),
                reserved: 0,
                debt: (-rest).max(0),
            };
            assert_eq!((order.points.0, account.sums()), (worth, expected), "after {word:?}");
        }
    }
}

async fn same_end(sale: &Sale, rules: Rules, changes: &[(i64, Rules)]) {
    let scene = Scene::open(rules, changes).await;
    let sequences = sequences();
    scene.play(sale, &sequences, None).await;
    scene.compare(sale, &sequences, &HashMap::new()).await;
}

#[tokio::test]
async fn refunds_in_parts_end_in_one_state() {
    let rate = Rules { milli: 1_375, ..PLAIN };
    same_end(&sale(REFUNDED_IN_PARTS, 0, false), rate, &[]).await;
}

#[tokio::test]
async fn rows_without_details_end_in_one_state() {
    let minimum = Rules {
        minimum: 7_000,
        ..PLAIN
    };
    same_end(&sale(TOLD_IN_ROWS, 777, false), minimum, &[]).await;
    same_end(&sale(TOLD_IN_ROWS, 0, true), PLAIN, &[]).await;
}

#[tokio::test]
async fn a_cancelled_sale_that_comes_back_ends_in_one_state() {
    let held = Rules {
        hold_days: 7,
        expiry_months: Some(1),
        ..PLAIN
    };
    same_end(&sale(CANCELLED_AND_BACK, 0, false), held, &[]).await;
}

#[tokio::test]
async fn that_it_was_awarding_once_is_never_forgotten() {
    same_end(&sale(NEVER_AWARDING_AGAIN, 100, false), PLAIN, &[]).await;
}

/// The sale is 48 hours old and its states are an hour apart: the rules change with the second of them and
/// the fourth.
#[tokio::test]
async fn the_rules_are_those_of_the_first_awarding_state_whenever_it_is_seen() {
    let twice = Rules { milli: 2_000, ..PLAIN };
    let thrice = Rules {
        milli: 3_000,
        hold_days: 30,
        ..PLAIN
    };
    let changes = [(46, twice), (44, thrice)];
    same_end(&sale(CANCELLED_AND_BACK, 0, false), PLAIN, &changes).await;
}

#[tokio::test]
async fn debt_and_balance_are_the_same_for_all_who_spent() {
    let life = sale(CANCELLED_AND_BACK, 0, false);
    for spend_after in [1, 2, 4] {
        let scene = Scene::open(PLAIN, &[]).await;
        let sequences = permutations();
        let spent = scene.play(&life, &sequences, Some(spend_after)).await;
        assert!(spent.len() > 100, "{} have spent", spent.len());
        scene.compare(&life, &sequences, &spent).await;
    }
}

#[tokio::test]
async fn a_page_may_tell_of_an_order_more_than_once() {
    for life in [REFUNDED_IN_PARTS, TOLD_IN_ROWS, CANCELLED_AND_BACK] {
        let life = sale(life, 0, false);
        let scene = Scene::open(PLAIN, &[]).await;
        let sequences: Vec<Vec<usize>> = (1..=3).flat_map(words).chain(permutations()).collect();
        for (nth, words) in sequences.chunks(100).enumerate() {
            let told = words.iter().enumerate().flat_map(|(place, word)| {
                let id = nth * 100 + place;
                let life = &life;
                word.iter()
                    .map(move |state| life.snapshot(&format!("o{id}"), &format!("b{id}"), *state))
            });
            scene.store.import(told.collect()).await;
        }
        scene.compare(&life, &sequences, &HashMap::new()).await;
    }
}
