//! Magazord's imitation over real HTTP: every rule of it, and every switch.

mod coupons;
mod lists;
mod orders;
mod transport;
