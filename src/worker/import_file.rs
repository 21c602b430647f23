//! The import of a file of sales: its parts come from the database, a blocking thread reads them as one stream,
//! sales are registered page by page. Each page commits with the line where the run goes on.

use entity::upload;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::JobError;
use super::pieces::{Piece, Pieces};
use super::run_import::{Stopped, keep_hold, with_signs_of_life};
use crate::app::App;
use crate::platform::Reject;
use crate::service::import::{self, ImportContext, Lease};
use crate::service::order::{self, FilePage};
use crate::service::sale_file::{self, FileError, FileLimits, Judge, Reader};

/// Lines registered with one transaction.
const PAGE: usize = 250;
/// Parts of the file, and pages, that may wait: reading never runs far ahead of writing.
pub(super) const AHEAD: usize = 2;
/// The error's code where the file is something else.
const FOREIGN: &str = "NOT_A_SALES_FILE";

/// Reads a file to its end. Before the first sale is registered the file is known to be whole. A run that resumes
/// reads the lines before its own again, to know which sales they had, and registers nothing of them.
pub(super) async fn walk(app: &App, context: &ImportContext, lease: &Lease) -> Result<(), Stopped> {
    keep_hold(app, context, lease).await?;
    let Some((file, judge)) = sale_file::of_run(app, &context.run).await? else {
        let message = "the file is not there any more; send it again";
        return Ok(import::fail(app, context.run.id, "NO_FILE", message, None).await?);
    };
    let limits = sale_file::limits(app);
    if context.run.total.is_none() {
        let (bytes, feeding) = feed(app, &file);
        let survey = tokio::task::spawn_blocking(move || sale_file::survey(Pieces::new(bytes), limits));
        let lines = with_signs_of_life(app, context, lease, survey).await;
        feeding.abort();
        match lines?.map_err(|error| Stopped::Job(JobError::fail(error)))? {
            Ok(lines) => sale_file::survey_done(app, &context.run, lease, lines).await?,
            Err(error) => return unusable(app, context, error, FOREIGN).await,
        }
    }
    match register(app, context, lease, &file, (limits, judge)).await? {
        Ok(()) => Ok(import::finish_phase(app, context, lease).await?),
        Err(error) => unusable(app, context, error, FOREIGN).await,
    }
}

/// Registers what the file says, from the line on that the run has reached.
async fn register(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    file: &upload::Model,
    (limits, judge): (FileLimits, Judge),
) -> Result<Result<(), FileError>, Stopped> {
    let reached = context.run.page_token.as_deref().and_then(|line| line.parse().ok());
    let (bytes, feeding) = feed(app, file);
    let (pages, mut received) = mpsc::channel(AHEAD);
    let reader = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(Pieces::new(bytes), limits, judge)?;
        read(reader, reached.unwrap_or(0), &pages)
    });
    while let Some(page) = with_signs_of_life(app, context, lease, received.recv()).await? {
        keep_hold(app, context, lease).await?;
        order::import_file(app, context, lease, page).await?;
    }
    feeding.abort();
    reader.await.map_err(|error| Stopped::Job(JobError::fail(error)))
}

/// What a file that cannot be read means for the run.
pub(super) async fn unusable(
    app: &App,
    context: &ImportContext,
    error: FileError,
    foreign: &'static str,
) -> Result<(), Stopped> {
    let code = match &error {
        FileError::Io(error) => return Err(Stopped::Job(JobError::retry(error))),
        FileError::TooLarge(_) | FileError::TooMany(_) => "FILE_TOO_LARGE",
        FileError::Damaged => "FILE_DAMAGED",
        FileError::Foreign(_) | FileError::Empty | FileError::Header(_) => foreign,
    };
    Ok(import::fail(app, context.run.id, code, &error.to_string(), None).await?)
}

/// Sends the file's parts through a channel, one after the other as they are read.
pub(super) fn feed(app: &App, file: &upload::Model) -> (mpsc::Receiver<Piece>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (app, file) = (app.clone(), file.clone());
    let feeding = tokio::spawn(async move {
        for position in 0.. {
            let piece = match sale_file::part(&app, &file, position).await {
                Ok(None) => return,
                Ok(Some(part)) => Ok(part),
                Err(error) => Err(std::io::Error::other(error)),
            };
            let last = piece.is_err();
            if sender.send(piece).await.is_err() || last {
                return;
            }
        }
    });
    (receiver, feeding)
}

/// Reads the records after the lines that were read before, and sends them on, page by page.
fn read(mut reader: Reader, reached: u64, pages: &mpsc::Sender<FilePage>) -> Result<(), FileError> {
    let mut page = FilePage::default();
    while let Some(told) = reader.next_record()? {
        if told.until <= reached {
            continue;
        }
        page.until = told.until;
        match told.sale {
            Ok(sale) => page.sales.push((told.line, sale)),
            Err(refused) => {
                let reject = Reject {
                    external_id: refused.external_id,
                    field: refused.column,
                    message: refused.message,
                    record: refused.record,
                };
                page.rejects.push((told.line, reject));
            }
        }
        if page.sales.len() + page.rejects.len() >= PAGE && pages.blocking_send(std::mem::take(&mut page)).is_err() {
            // The walk stopped: nobody wants the rest.
            return Ok(());
        }
    }
    if page.until > 0 {
        // Without a receiver, the walk stopped.
        let _ = pages.blocking_send(page);
    }
    Ok(())
}
