//! Integrations: a store's connection to a platform, its settings, and the master switch.

mod activate;
mod connect;
mod session;
mod settings;
mod statuses;

pub use activate::{ActivateError, Missing, activate, deactivate, missing};
pub use connect::{ConnectError, Connected, connect};
pub use session::{SessionError, session};
pub use settings::{Settings, SettingsError, update};
pub use statuses::{RefreshError, class, refresh_statuses};
