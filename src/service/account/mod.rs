//! A user's own account: signing in, and what its owner changes. Who may sign in, and how, is `access`'s.

mod password;
mod reset;
mod sign_in;

pub use password::{ChangePasswordError, change_password};
pub use reset::{RequestResetError, ResetError, request_reset, reset_code, reset_password};
pub use sign_in::sign_in;
