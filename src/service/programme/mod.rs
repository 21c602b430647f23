//! The programme: a store's rules of points, in versions that are never changed.

mod check;
mod find;
mod preview;
mod rules;
mod update;

pub use check::ProgrammeError;
pub use find::find_in_force;
pub use preview::{Preview, preview};
pub use rules::{Bonuses, Period, Rate, Rules, earning_rules, in_force};
pub use update::update;
