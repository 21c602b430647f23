//! The import of a file of codes into a pool: read as a file of sales is, and brought in page by page. Each page commits
//! with the line where the run goes on.

use entity::upload;
use tokio::sync::mpsc;

use super::JobError;
use super::import_file::{AHEAD, feed, unusable};
use super::pieces::Pieces;
use super::run_import::{Stopped, keep_hold, with_signs_of_life};
use crate::app::App;
use crate::service::import::{self, ImportContext, Lease};
use crate::service::pool::{self, CodesPage, CodesReader};
use crate::service::sale_file::{self, FileError, FileLimits, Judge};

/// Lines brought in with one transaction.
const PAGE: usize = 900;
/// The error's code where the file is something else.
const FOREIGN: &str = "NOT_A_CODES_FILE";

/// Reads a file to its end. Before the first code is brought in the file is known to be whole. A run that resumes reads
/// the lines before its own again, to know which codes they had.
pub(super) async fn walk(app: &App, context: &ImportContext, lease: &Lease) -> Result<(), Stopped> {
    keep_hold(app, context, lease).await?;
    let Some((file, judge)) = sale_file::of_run(app, &context.run).await? else {
        let message = "the file is not there any more; send it again";
        return Ok(import::fail(app, context.run.id, "NO_FILE", message, None).await?);
    };
    let limits = sale_file::limits(app);
    if context.run.total.is_none() {
        let (bytes, feeding) = feed(app, &file);
        let survey = tokio::task::spawn_blocking(move || pool::survey(Pieces::new(bytes), limits));
        let lines = with_signs_of_life(app, context, lease, survey).await;
        feeding.abort();
        match lines?.map_err(|error| Stopped::Job(JobError::fail(error)))? {
            Ok(lines) => sale_file::survey_done(app, &context.run, lease, lines).await?,
            Err(error) => return unusable(app, context, error, FOREIGN).await,
        }
    }
    match bring_in(app, context, lease, &file, (limits, judge)).await? {
        Ok(()) => Ok(import::finish_phase(app, context, lease).await?),
        Err(error) => unusable(app, context, error, FOREIGN).await,
    }
}

/// Brings in what the file says, from the line on that the run has reached.
async fn bring_in(
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
        let reader = CodesReader::open(Pieces::new(bytes), limits, &judge)?;
        read(reader, reached.unwrap_or(0), &pages)
    });
    while let Some(page) = with_signs_of_life(app, context, lease, received.recv()).await? {
        keep_hold(app, context, lease).await?;
        pool::import_page(app, context, lease, file, page).await?;
    }
    feeding.abort();
    reader.await.map_err(|error| Stopped::Job(JobError::fail(error)))
}

/// Reads the lines after those that were read before, and sends them on, page by page.
fn read(mut reader: CodesReader, reached: u64, pages: &mpsc::Sender<CodesPage>) -> Result<(), FileError> {
    let mut page = CodesPage::default();
    while let Some(told) = reader.next_line()? {
        if told.line <= reached {
            continue;
        }
        page.until = told.line;
        match told.code {
            Ok(code) => page.codes.push((told.line, code)),
            Err(refused) => page.refused.push((told.line, refused)),
        }
        if page.codes.len() + page.refused.len() >= PAGE && pages.blocking_send(std::mem::take(&mut page)).is_err() {
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
