//! `renew_consent`: renews what an integration's consent gives, when nobody else has for a while.
//!
//! One that fails is not tried again here: the schedule writes another job, sooner or later by how long it has failed.

use async_trait::async_trait;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::queue::RenewConsent;
use crate::service::consent;

#[async_trait]
impl Work for RenewConsent {
    const MAX_ATTEMPTS: u32 = 1;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        match consent::work(app, self.integration).await? {
            None => Ok(()),
            Some(error) => Err(JobError::fail(error)),
        }
    }

    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        // What failed is noted with the consent.
        Ok(())
    }
}
