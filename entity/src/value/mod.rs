//! Typed values that columns hold: ids, points, money.
//!
//! A value of one kind cannot be passed where another is meant, and none of them is a float.

mod id;
mod money;
mod points;

pub use id::*;
pub use money::Cents;
pub use points::Points;
