//! The door through which e-mails leave.

use async_trait::async_trait;

use super::{MailError, Outgoing};

/// Delivers e-mails. Chosen once, at start, by [`super::MailSettings::build`].
#[async_trait]
pub trait Transport: Send + Sync {
    /// Hands one e-mail over for delivery. It may be called again with the same e-mail after any
    /// error or crash.
    ///
    /// # Errors
    /// [`MailError`] says whether trying again makes sense.
    async fn send(&self, mail: &Outgoing) -> Result<(), MailError>;
}
