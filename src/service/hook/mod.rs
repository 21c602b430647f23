//! Webhooks that platforms send in: their addresses, and what they hinted at.
//!
//! A webhook's body is a hint and nothing more: the order that it names is asked for through the platform's API and
//! saved as an import saves it. So a body that somebody made up costs a reading at most, a repeat costs less, and one
//! that got lost is made good by the next import, where the platform has a list. What a platform shows besides knowing
//! the address is checked all the same, as far as it can be known. `src/hooks.rs` takes them in, and the job `read_order`
//! does what they hint at.

mod address;
mod proof;
mod read;
mod receive;
mod register;
mod secret;

pub use address::{AddressError, ensure, path_of, replace};
pub use read::{Hint, hint, is_known, note_refusal, save, settle};
pub use receive::{KEPT_DAYS, Taken, receive};
pub use register::{RegisterError, register};
pub use secret::{SecretError, is_set, remove_secret, set_secret};
