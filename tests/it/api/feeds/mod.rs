//! A shop's Google Shopping feed, from its address to the rewards on offer: fetched as seldom and as little as can be,
//! brought up to date in a bounded number of statements, and reported on.

mod fetched;
mod followed;
mod reported;
mod sales;
mod scale;
mod shop;
