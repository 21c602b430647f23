//! `run_export`: writes an export's file.

use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm::DbErr;

use super::{JobError, Work};
use crate::app::App;
use crate::queue::RunExport;
use crate::service::export::{self, WriteError, Written};

#[async_trait]
impl Work for RunExport {
    /// Somebody waits for it: an hour or so, not a day.
    const MAX_ATTEMPTS: u32 = 8;

    async fn work(&self, app: &App, _attempt: u32) -> Result<(), JobError> {
        let holder = format!("{}:{}", app.process, app.id::<entity::ExportRunId>());
        match export::write(app, self.run, &holder).await {
            Ok(Written::Ended) => Ok(()),
            Ok(Written::Held) => {
                let wait = TimeDelta::seconds(app.config.jobs.lease_seconds.into());
                Err(JobError::Busy(wait))
            }
            Ok(Written::HandedBack) => {
                export::let_go(app, self.run, &holder).await?;
                Err(JobError::HandBack)
            }
            Err(WriteError::Unknown(reason)) => Ok(export::give_up(app, self.run, &reason).await?),
            Err(WriteError::Database(error)) => {
                export::let_go(app, self.run, &holder).await?;
                Err(error.into())
            }
        }
    }

    async fn give_up(&self, app: &App, _reason: &str) -> Result<(), DbErr> {
        let reason = "it could not be written, several times over; start another";
        export::give_up(app, self.run, reason).await
    }
}
