//! A user's own account: what its owner changes. Who may sign in, and how, is `access`'s.

mod password;

pub use password::{ChangePasswordError, change_password};
