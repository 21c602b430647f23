//! Writing a run's file.

use std::io::Write as _;
use std::time::Duration;

use entity::export_run::{self, ExportState};
use entity::{ExportRunId, Instant, export_part};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};

use super::format::{heading, line};
use super::lease::{lasts, take, while_held};
use super::{KEPT, end};
use crate::app::{App, Rows};
use crate::db::{begin, connect_apart, snapshot};

/// Size of a part, unpacked, in bytes.
const PART: usize = 1 << 20;

/// How a worker's time with a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It has ended, now or before: done, or cancelled.
    Ended,
    /// Another worker is at it.
    Held,
    /// The process is to stop; another one begins anew.
    HandedBack,
}

/// Why a run could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What is asked for, this program does not know: it never will.
    #[error("{0}")]
    Unknown(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Why a worker stops before the end.
enum Stopped {
    /// The run is no longer this worker's, or not wanted.
    Lost,
    /// The process is to stop.
    HandedBack,
    Database(DbErr),
}

impl From<DbErr> for Stopped {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// Takes a run and writes its file.
pub async fn write(app: &App, run: ExportRunId, holder: &str) -> Result<Written, WriteError> {
    let Some(run) = take(app, run, holder).await? else {
        let row = export_run::Entity::find_by_id(run).one(&app.db).await?;
        let ended = row.is_none_or(|row| row.state.is_final());
        return Ok(if ended { Written::Ended } else { Written::Held });
    };
    let rows = app.lists.open(&run, app.clock.now()).map_err(WriteError::Unknown)?;
    let mut work = Work {
        app,
        holder,
        columns: serde_json::from_value(run.columns.clone()).unwrap_or_default(),
        run,
        text: String::new(),
        done: 0,
        bytes: 0,
        packed_bytes: 0,
        checksum: Crc::new(),
        parts: 0,
    };
    let apart = connect_apart(&app.config).await?;
    let written = work.all(rows, &snapshot(&apart).await?).await;
    // What it saw is of no more use, however it ended.
    apart.close().await?;
    match written {
        Ok(()) => Ok(Written::Ended),
        Err(Stopped::HandedBack) => Ok(Written::HandedBack),
        Err(Stopped::Lost) => Ok(work.lost().await?),
        Err(Stopped::Database(error)) => Err(error.into()),
    }
}

/// A worker's hold on a run, and what it has written.
struct Work<'a> {
    app: &'a App,
    run: export_run::Model,
    holder: &'a str,
    columns: Vec<String>,
    text: String,
    done: i64,
    bytes: i64,
    packed_bytes: i64,
    checksum: Crc,
    parts: i32,
}

impl Work<'_> {
    /// Writes all rows as they are when this begins: what others write meanwhile is not seen.
    async fn all(&mut self, mut rows: Box<dyn Rows>, seen: &DatabaseTransaction) -> Result<(), Stopped> {
        let total = self.holding(rows.count(seen)).await?;
        self.renew(Some(total)).await?;
        self.text = heading(self.run.format, &self.columns);
        loop {
            let some = self.holding(rows.next(seen)).await?;
            if some.is_empty() {
                return self.store(Some(self.app.clock.now())).await;
            }
            for values in some {
                self.text.push_str(&line(self.run.format, &self.columns, values));
                self.done += 1;
                if self.text.len() >= PART {
                    self.store(None).await?;
                }
            }
        }
    }

    /// Waits for something, which may take longer than the lease lasts.
    async fn holding<T>(&self, what: impl Future<Output = Result<T, DbErr>>) -> Result<T, Stopped> {
        let period = (lasts(self.app) / 3).to_std().unwrap_or(Duration::from_secs(1));
        let mut what = std::pin::pin!(what);
        loop {
            if self.app.stopping.is_cancelled() {
                return Err(Stopped::HandedBack);
            }
            match tokio::time::timeout(period, &mut what).await {
                Ok(done) => return Ok(done?),
                Err(_) => self.renew(None).await?,
            }
        }
    }

    /// Shows that the worker is at it, and how many rows there are once that is known.
    async fn renew(&self, total: Option<i64>) -> Result<(), Stopped> {
        let mut change = while_held(self.app, self.run.id, self.holder);
        if total.is_some() {
            change = change.col_expr(export_run::Column::Total, Expr::value(total));
        }
        let renewed = change.exec(&self.app.db).await?;
        if renewed.rows_affected == 0 {
            return Err(Stopped::Lost);
        }
        Ok(())
    }

    /// Writes a part and the progress, or neither; with the instant of its end, ends the run.
    async fn store(&mut self, end: Option<Instant>) -> Result<(), Stopped> {
        let text = std::mem::take(&mut self.text);
        let packed = pack(&text).map_err(|error| DbErr::Custom(format!("a part cannot be packed: {error}")))?;
        let part = export_part::Model {
            export_run_id: self.run.id,
            position: self.parts,
            begins_at: self.bytes,
            packed,
        };
        self.parts += 1;
        self.bytes += length(text.len());
        self.packed_bytes += length(part.packed.len());
        self.checksum.update(text.as_bytes());
        let checksum = i64::from(self.checksum.sum());
        let mut change = while_held(self.app, self.run.id, self.holder)
            .col_expr(export_run::Column::Done, Expr::value(self.done))
            .col_expr(export_run::Column::Bytes, Expr::value(self.bytes))
            .col_expr(export_run::Column::PackedBytes, Expr::value(self.packed_bytes))
            .col_expr(export_run::Column::Checksum, Expr::value(checksum))
            .col_expr(export_run::Column::Parts, Expr::value(self.parts));
        if let Some(end) = end {
            change = change
                .col_expr(export_run::Column::State, Expr::value(ExportState::Succeeded))
                .col_expr(export_run::Column::FinishedAt, Expr::value(Some(end)))
                .col_expr(export_run::Column::ExpiresAt, Expr::value(Some(end + KEPT)));
        }
        let txn = begin(&self.app.db).await?;
        if change.exec(&txn).await?.rows_affected == 0 {
            return Err(Stopped::Lost);
        }
        part.into_active_model().insert(&txn).await?;
        txn.commit().await?;
        Ok(())
    }

    /// The run is another's, or was cancelled: then it ends.
    async fn lost(&self) -> Result<Written, DbErr> {
        let txn = begin(&self.app.db).await?;
        let mine = export_run::Column::Id
            .eq(self.run.id)
            .and(export_run::Column::LeaseHolder.eq(self.holder))
            .and(export_run::Column::CancelRequestedAt.is_not_null());
        if export_run::Entity::find().filter(mine).one(&txn).await?.is_some() {
            end(&txn, self.run.id, ExportState::Cancelled, self.app.clock.now(), None).await?;
        }
        txn.commit().await?;
        Ok(Written::Ended)
    }
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Packs a text into blocks of deflate that end at a byte, and of which none is the last: others can follow.
fn pack(text: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes())?;
    packer.flush()?;
    Ok(std::mem::take(packer.get_mut()))
}
