use std::collections::BTreeMap;

use entity::feed_report::{self, FeedOutcome};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};

use crate::app::App;
use crate::feed::{FeedReport, Warning, WarningKind};
use crate::service::import::ImportContext;

/// Keeps what a run found in a feed that cannot be used in the end.
pub async fn keep_report(app: &App, context: &ImportContext, report: &FeedReport) -> Result<(), DbErr> {
    write(&app.db, row(context, report)).await
}

/// What was odd in a feed, by kind. Kinds of which this version of the program knows nothing are left out.
pub fn warnings(report: &feed_report::Model) -> BTreeMap<WarningKind, Warning> {
    let told: BTreeMap<String, Warning> = serde_json::from_value(report.warnings.clone()).unwrap_or_default();
    let known = |(kind, warning): (String, Warning)| Some((serde_json::from_value(kind.into()).ok()?, warning));
    told.into_iter().filter_map(known).collect()
}

pub(super) fn row(context: &ImportContext, report: &FeedReport) -> feed_report::Model {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    feed_report::Model {
        import_run_id: context.run.id,
        store_id: context.store.id,
        outcome: FeedOutcome::Read,
        items: whole(report.items),
        usable: whole(report.usable),
        rejected: whole(report.rejected),
        is_complete: report.is_complete,
        warnings: serde_json::to_value(&report.warnings).unwrap_or_default(),
    }
}

/// Writes a run's report; one that the run has already is of an earlier attempt.
pub(super) async fn write(db: &impl ConnectionTrait, row: feed_report::Model) -> Result<(), DbErr> {
    let again = OnConflict::column(feed_report::Column::ImportRunId)
        .update_columns([
            feed_report::Column::Outcome,
            feed_report::Column::Items,
            feed_report::Column::Usable,
            feed_report::Column::Rejected,
            feed_report::Column::IsComplete,
            feed_report::Column::Warnings,
        ])
        .to_owned();
    feed_report::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
