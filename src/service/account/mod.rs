//! A user's own account: what its owner changes. Who may sign in, and how, is `access`'s.

mod password;
mod reset;

pub use password::{ChangePasswordError, change_password};
pub use reset::{RequestResetError, ResetError, request_reset, reset_code, reset_password};
