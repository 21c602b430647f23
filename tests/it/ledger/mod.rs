//! The ledger under attack: snapshots in every order, random histories, the tricks that customers and
//! networks play, and crowds.
//!
//! What has to be is worked out here anew, from entries, lots and allocations alone ([`books`]); nothing
//! asks the program's own sums whether they are right.

mod books;
mod corners;
mod crowd;
mod exploits;
mod histories;
mod permutations;
mod sale;
mod world;
