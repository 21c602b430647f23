//! The house stays as drawn: who may use whom, checked by reading the sources.
//!
//! `ARCHITECTURE.md` explains the drawing and repeats [`MAY_USE`]. A failure here is a question: is
//! the new use a mistake, or has the drawing changed? In the second case change both, and say why in
//! a decision record under `docs/adr/`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

mod sources;

use sources::{is_within, root, sources};

/// Each room, and what it may use of the others: a whole room or a part of one. A room is a module
/// directly under `src/`; using itself goes without saying. `ARCHITECTURE.md` holds the same lines.
const MAY_USE: &str = "
main      -> cli
cli       -> access app clock config db demo domain::money_text feed graphql platform::http run sandbox service::points service::token telemetry till
demo      -> access app clock config db feed platform::http run sandbox secrets telemetry
run       -> app clock config consent db files graphql hooks http platform secrets service::pace till worker

http      ->
files     -> app service::export service::sale_file
hooks     -> app service::hook
consent   -> app platform service::consent
till      -> access app domain::money_text http platform service::customer service::idempotency service::order service::points service::redemption service::reward
graphql   -> access app db::is_away domain http platform service
access    -> app domain secrets

worker    -> app domain::saga feed platform queue service
queue     -> app
service   -> access app clock db domain feed mail platform queue secrets webhook
domain    ->

platform  -> secrets
feed      ->
mail      -> domain
sandbox   ->
webhook   ->

app       -> clock config mail platform secrets
config    -> http mail platform::registry
db        -> config queue
telemetry -> config
clock     ->
secrets   ->
";

/// Parts that only some modules may name, whatever their room may use.
const KEPT_TO: &[(&str, &str)] = &[
    // A transaction is opened by a use case, and by nobody else.
    ("db::begin", "service"),
    // Use cases see platforms, never HTTP. Turns are the exception: the database keeps them for it.
    (
        "platform::http",
        "app cli demo platform run service::pace worker::import_catalogue",
    ),
    // An adapter is known to the registry, and to no other adapter.
    ("platform::magazord", "platform::magazord platform::registry"),
    (
        "platform::loja_integrada",
        "platform::loja_integrada platform::registry",
    ),
    ("platform::jet", "platform::jet platform::registry"),
    ("platform::tiny", "platform::tiny platform::registry"),
    ("platform::magento", "platform::magento platform::registry"),
    ("platform::bling", "platform::bling platform::registry"),
    ("platform::sales_api", "platform::sales_api platform::registry"),
];

/// Crates that only some rooms may name: the rest of the house does not know that they are there.
const CRATES: &[(&str, &str)] = &[
    ("apalis", "worker"),
    ("apalis_postgres", "queue worker"),
    ("apalis_sqlite", "queue worker"),
    ("argon2", "access"),
    ("async_graphql", "graphql http"),
    ("axum", "consent demo files graphql hooks http run sandbox till"),
    ("chacha20poly1305", "secrets"),
    ("clap", "cli demo sandbox"),
    ("figment", "config"),
    ("hmac", "platform sandbox secrets webhook"),
    ("lettre", "mail"),
    ("macros", "graphql"),
    ("migration", "cli db"),
    ("quick_xml", "feed platform sandbox"),
    ("reqwest", "platform sandbox"),
    ("sea_orm", "access app cli db graphql queue service worker"),
    // Rules are pure, and the reader of feeds blocks a thread of its own: neither waits.
    ("async_trait", "app graphql http mail platform service worker"),
    (
        "tokio",
        "access app cli db demo files graphql http mail main platform run sandbox service till worker",
    ),
    ("utoipa", "till"),
];

/// The lines of [`MAY_USE`].
fn rooms() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let lines = MAY_USE.lines().filter_map(|line| line.split_once("->"));
    lines.map(|(room, parts)| (room.trim(), parts.split_whitespace().collect()))
}

#[test]
fn every_room_uses_only_what_it_may() {
    let mut offences = String::new();
    for source in sources() {
        let room = source.room();
        let Some((_, allowed)) = rooms().find(|(name, _)| *name == room) else {
            writeln!(
                offences,
                "{}: the room '{room}' is not in MAY_USE",
                source.file.display()
            )
            .unwrap();
            continue;
        };
        for path in source.inside() {
            let used = path.split("::").next().unwrap_or_default();
            if used != room && !allowed.iter().any(|part| is_within(&path, part)) {
                writeln!(offences, "{}: '{room}' may not use '{path}'", source.file.display()).unwrap();
            }
        }
    }
    assert!(offences.is_empty(), "\n{offences}");
}

#[test]
fn what_is_kept_to_some_modules_stays_there() {
    let mut offences = String::new();
    for source in sources() {
        let module = source.module.join("::");
        for path in source.inside() {
            for (kept, keepers) in KEPT_TO {
                let may = keepers.split(' ').any(|keeper| is_within(&module, keeper));
                if is_within(&path, kept) && !may {
                    writeln!(offences, "{}: '{kept}' is only for: {keepers}", source.file.display()).unwrap();
                }
            }
        }
    }
    assert!(offences.is_empty(), "\n{offences}");
}

#[test]
fn crates_are_known_only_where_they_should_be() {
    let mut offences = String::new();
    for source in sources() {
        for (name, rooms) in CRATES {
            let may = rooms.split(' ').any(|room| room == source.room());
            if source.outside().contains(*name) && !may {
                writeln!(
                    offences,
                    "{}: the crate '{name}' is only for: {rooms}",
                    source.file.display()
                )
                .unwrap();
            }
        }
    }
    assert!(offences.is_empty(), "\n{offences}");
}

#[test]
fn tables_and_their_changes_do_not_know_each_other() {
    for (one, other) in [("entity", "migration"), ("migration", "entity")] {
        let manifest = fs::read_to_string(root().join(one).join("Cargo.toml")).unwrap();
        let depends = manifest
            .lines()
            .any(|line| line.starts_with(other) || line.starts_with("fidelidade"));
        assert!(!depends, "{one} depends on {other} or on the program");
    }
}

/// The fuzz target compiles the reader of feeds by itself, and no other test builds it: it needs a nightly toolchain.
#[test]
fn the_fuzz_target_has_the_crates_that_the_reader_of_feeds_uses() {
    let (own, fuzz) = (dependencies("Cargo.toml"), dependencies("fuzz/Cargo.toml"));
    let mut reader = sources();
    reader.retain(|source| source.room() == "feed");
    // Some of its own modules are called like crates.
    let is_module = |name: &String| reader.iter().any(|source| source.module.contains(name));
    let used: BTreeSet<String> = reader
        .iter()
        .flat_map(sources::Source::outside)
        .filter(|name| own.contains(name) && !is_module(name))
        .collect();
    assert!(used.contains("quick_xml"), "{used:?}");
    let missing: Vec<_> = used.difference(&fuzz).collect();
    assert!(missing.is_empty(), "fuzz/Cargo.toml lacks {missing:?}");
}

/// The crates that a manifest names among its dependencies, as code names them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let lines = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// A permission that nobody uses makes the drawing say more than the house is.
#[test]
fn no_permission_is_idle() {
    let sources = sources();
    for (room, allowed) in rooms() {
        for part in allowed {
            let used = sources
                .iter()
                .filter(|source| source.room() == room)
                .any(|source| source.inside().iter().any(|path| is_within(path, part)));
            assert!(used, "'{room}' no longer uses '{part}': take it out of MAY_USE");
        }
    }
}

#[test]
fn the_drawing_repeats_the_table() {
    let drawing = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(
        drawing.contains(MAY_USE),
        "ARCHITECTURE.md must hold these lines:\n{MAY_USE}"
    );
}
