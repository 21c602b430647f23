//! What a webhook's delivery is on the wire: its signature in the format of
//! [Standard Webhooks](https://www.standardwebhooks.com), and when a failed one is tried again.
//!
//! Pure: no database, no HTTP, time as a parameter. `service::webhook` calls it.

mod delays;
mod signature;

pub use delays::{MAX_ATTEMPTS, delay_after};
pub use signature::{BadSecret, SECRET_BYTES, Secret, signatures};
