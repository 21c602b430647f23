//! `send_email`: hands a message over to the transport.
//!
//! A process that dies between handing over and noting it sends the message again, with the same
//! Message-ID: mail programs show one. The other order could lose it.

use async_trait::async_trait;
use entity::email::EmailState;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::queue::SendEmail;
use crate::service::email::{self, SendOutcome};

#[async_trait]
impl Work for SendEmail {
    const MAX_ATTEMPTS: u32 = 12;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        match email::prepare(app, self.email).await? {
            SendOutcome::Done => {}
            SendOutcome::Skip(reason) => email::settle(app, self.email, EmailState::Skipped, Some(reason)).await?,
            SendOutcome::Send(mail) => match app.mailer.send(&mail).await {
                Ok(()) => email::settle(app, self.email, EmailState::Sent, None).await?,
                Err(error) if error.is_transient() => return Err(JobError::retry(error)),
                Err(error) => email::settle(app, self.email, EmailState::Failed, Some(&error.to_string())).await?,
            },
        }
        Ok(())
    }

    async fn give_up(&self, app: &App, reason: &str) -> Result<(), DbErr> {
        email::settle(app, self.email, EmailState::Failed, Some(reason)).await
    }
}
