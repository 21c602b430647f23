//! `give_birthday_bonuses`: gives a store's birthday bonuses that are due. Done again, it gives
//! nothing twice.

use async_trait::async_trait;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::queue::GiveBirthdayBonuses;
use crate::service::bonus;

#[async_trait]
impl Work for GiveBirthdayBonuses {
    const MAX_ATTEMPTS: u32 = 5;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        Ok(bonus::give_birthdays(app, self.store).await?)
    }

    /// Another hour's job does what this one could not.
    async fn give_up(&self, _app: &App, _reason: &str) -> Result<(), DbErr> {
        Ok(())
    }
}
