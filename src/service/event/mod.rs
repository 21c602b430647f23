//! What happened, for those who follow it: subscriptions and webhooks.
//!
//! [`write()`] is the only place that writes an event, in the transaction of the change itself, so there is one if
//! and only if the change is there. Readers go on from a *place* that they have read: nothing that commits later
//! ever gets a place before it. On SQLite writers come one after the other, and the id is the place. On
//! PostgreSQL [`place()`] gives places after the commit, under a lock.

mod follow;
mod place;
mod purge;
mod read;
mod write;

pub use follow::follow;
pub use place::place;
pub use purge::purge;
pub use read::{Reach, after, end};
pub use write::Origin;
pub(crate) use write::write;
