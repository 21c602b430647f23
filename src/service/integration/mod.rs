//! Integrations: a store's connection to a platform, its settings, and the master switch.

mod account;
mod activate;
mod confirm;
mod connect;
mod session;
mod settings;
mod statuses;

pub(crate) use account::{account, of_one_account};
pub use activate::{ActivateError, Missing, activate, deactivate, missing};
pub(crate) use confirm::confirm;
pub use connect::{ConnectError, Connected, connect};
pub(crate) use session::credentials;
pub use session::{SessionError, session};
pub use settings::{Settings, SettingsError, update};
pub use statuses::{RefreshError, class, refresh_statuses};
