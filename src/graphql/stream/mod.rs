//! What subscriptions are made of: a feed of events that misses and repeats nothing, places that a client can go
//! on from, and the standing of whoever listens.

mod feed;
mod place;
mod seat;
mod standing;
mod watch;

pub(super) use feed::{Beat, Feed};
pub(super) use place::Place;
pub(super) use seat::Seat;
pub(super) use standing::Standing;
pub(super) use watch::{Watched, watch};
