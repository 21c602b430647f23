//! Random histories of many customers: sales seen in any sequence, refunds, redemptions, rules that change,
//! clocks that jump. After every step the books are audited, and compared with a model of what each
//! customer must have.
//!
//! Many histories are played at once in a store of their own, which share its rules and the clock. One that
//! goes wrong is played alone and shrunk; what is left of it becomes a test in [`kept`].
//!
//! `FIDELIDADE_TEST_HISTORIES` says how many there are, `FIDELIDADE_TEST_SEED` begins others.

mod hand;
mod kept;
mod model;
mod operations;
mod play;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::operations::{History, Script, history, script};
use self::play::{Tally, play};
use super::world::World;

/// Histories that are played at once.
const BATCH: usize = 200;
/// Batches on one database: in a larger one the auditor would wade through what others left behind.
const OF_ONE_WORLD: usize = 10;
/// How often a history is made smaller at most.
const SHRINKS: usize = 400;

fn from_environment(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// As many as one or two minutes are good for.
fn how_many() -> usize {
    from_environment("FIDELIDADE_TEST_HISTORIES").unwrap_or(10_000)
}

/// Two databases at once: a database is mostly waited for.
#[test]
fn random_histories_keep_the_books_right() {
    let batches = how_many().div_ceil(BATCH);
    let work = |first: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mine: Vec<usize> = (first..batches).step_by(2).collect();
            let mut tally = Tally::new();
            for together in mine.chunks(OF_ONE_WORLD) {
                let world = World::open().await;
                for batch in together {
                    for (what, times) in Box::pin(play_batch(&world, *batch)).await {
                        *tally.entry(what).or_default() += times;
                    }
                }
            }
            tally
        })
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        (work(0), other.join().unwrap())
    });
    let mut tally = one;
    for (what, times) in other {
        *tally.entry(what).or_default() += times;
    }
    println!("{} histories had {tally:?}", batches * BATCH);
    for (what, times) in tally {
        let missing = times == 0 && batches >= 20;
        assert!(!missing, "no history had {what}");
    }
}

async fn play_batch(world: &World, batch: usize) -> Tally {
    let seed = from_environment("FIDELIDADE_TEST_SEED").unwrap_or(0);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&batch.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);

    let script = script().new_tree(&mut runner).unwrap();
    let strategy = history();
    let trees: Vec<_> = (0..BATCH).map(|_| strategy.new_tree(&mut runner).unwrap()).collect();
    let histories: Vec<History> = trees.iter().map(ValueTree::current).collect();
    let wrong = match outcome(world, &script.current(), &histories).await {
        Ok(tally) => return tally,
        Err(wrong) => wrong,
    };
    eprintln!("batch {batch} of seed {seed} goes wrong: {wrong}");
    for tree in trees {
        if outcome(world, &script.current(), &[tree.current()]).await.is_err() {
            Box::pin(shrink(world, script, tree)).await;
        }
    }
    panic!("batch {batch} of seed {seed} goes wrong, but no history of it alone: {wrong}");
}

/// What happened in these histories, or what is wrong after them.
async fn outcome(world: &World, script: &Script, histories: &[History]) -> Result<Tally, String> {
    match AssertUnwindSafe(play(world, script, histories)).catch_unwind().await {
        Ok(outcome) => outcome.map_err(|wrong| wrong.join("\n  ")),
        Err(_) => Err("it panics".to_owned()),
    }
}

/// Makes a history and its script as small as can be while they still go wrong.
async fn shrink(
    world: &World,
    mut script: impl ValueTree<Value = Script>,
    mut history: impl ValueTree<Value = History>,
) -> ! {
    for turn in 0..SHRINKS {
        // Both in turns: rules that do not matter make simpler histories fail.
        let changed = if turn % 4 == 3 {
            script.simplify()
        } else {
            history.simplify()
        };
        if !changed {
            continue;
        }
        while outcome(world, &script.current(), &[history.current()]).await.is_ok() {
            let more = if turn % 4 == 3 {
                script.complicate()
            } else {
                history.complicate()
            };
            if !more {
                break;
            }
        }
    }
    let (script, history) = (script.current(), history.current());
    let wrong = outcome(world, &script, std::slice::from_ref(&history)).await;
    panic!(
        "{}\nto be kept as a test:\n{script:#?}\n{history:#?}",
        wrong.err().unwrap_or_default()
    );
}
