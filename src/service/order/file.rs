//! Sales of a file, page by page.

use sea_orm::DbErr;
use serde_json::json;

use super::register::{Outcome, SaleResult, write};
use super::sale::PushedSale;
use crate::app::App;
use crate::db::begin;
use crate::platform::{PageToken, Reject};
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::points::Cause;

/// Some lines of a file.
#[derive(Debug, Clone, Default)]
pub struct FilePage {
    /// The sales, each with its line.
    pub sales: Vec<(u64, PushedSale)>,
    /// What is no sale, each with its line.
    pub rejects: Vec<(u64, Reject)>,
    /// The last line that was read for them.
    pub until: u64,
}

/// Registers the sales of some lines as `register` does and, with them, notes the line where the run goes on, in one
/// transaction with a number of statements that does not grow with the page.
pub async fn import_file(app: &App, context: &ImportContext, lease: &Lease, page: FilePage) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    let source = context.source.with_versions_of_now(&txn).await?;
    let cause = Cause::import(context.run.id, app.clock.now());
    let (lines, sales): (Vec<u64>, Vec<PushedSale>) = page.sales.into_iter().unzip();
    let (results, _) = write(&txn, app, &source, &cause, &sales).await?;
    let mut counts = Counts::default();
    let mut rejects = page.rejects;
    for (line, result) in lines.into_iter().zip(results) {
        match result.outcome {
            Outcome::Created => counts.created += 1,
            Outcome::Updated => counts.updated += 1,
            Outcome::Unchanged => counts.unchanged += 1,
            Outcome::Rejected => rejects.push((line, rejected(result))),
        }
    }
    rejects.sort_by_key(|(line, _)| *line);
    let (lines, rejects) = rejects.into_iter().unzip();
    let progress = PageProgress {
        next: Some(PageToken(page.until.to_string())),
        rejects,
        lines,
        resource: "order",
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

/// Whoever reads the file judges its sales first, by the same rules: what is rejected here was good then.
fn rejected(result: SaleResult) -> Reject {
    let mut problems = result.problems.into_iter();
    let first = problems.next();
    Reject {
        external_id: Some(result.external_id),
        field: first.as_ref().map(|problem| problem.path.join(".")),
        message: first.map_or_else(|| "it cannot be used".to_owned(), |problem| problem.message),
        record: json!({}),
    }
}
