//! What is done in a store: by people, the audit log; for it, its jobs.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, audit_entry, store_job};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id};
use crate::graphql::audit_lists::{AuditFilter, Audited};
use crate::graphql::job_lists::{JobFilter, Jobs};
use crate::graphql::sort::{AuditSort, JobSort};
use crate::graphql::types::{Job, JobKind, JobState, changes};

columns! {
    /// A column of an exported audit log. In the file it is called like the field of an entry.
    AuditLogColumn of audit_entry::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// When.
        At = |row| at(row.at),
        /// Who: the id of a user or of an API token.
        ActorId = |row| json!(row.actor),
        /// What was done, for instance `reward.update`.
        Action = |row| json!(row.action),
        /// The id of what was changed.
        ObjectId = |row| json!(row.object_id),
        /// The request that did it.
        RequestId = |row| json!(row.request_id),
        /// The fields that were changed, each with its value before and after; in a table it is JSON.
        Changes = |row| json!(changes(row)),
    }
}

impl Exported for Audited {
    const LIST: ExportList = ExportList::AuditLog;
    type Filter = AuditFilter;
    type Sort = AuditSort;
    type Row = audit_entry::Model;
    type Column = AuditLogColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: AuditFilter, sort: AuditSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported jobs. In the file it is called like the field of a job.
    JobColumn of store_job::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// What is done.
        Kind = |row| choice::<JobKind>(row.kind),
        /// Where it stands.
        State = |row| choice::<JobState>(row.state),
        /// How often it was tried, an attempt under way included.
        Attempts = |row| json!(Job(row.clone()).tried()),
        /// Why the last attempt that failed did.
        Error = |row| json!(row.error),
        /// When it is done, at the earliest, or could be done first for the last attempt.
        RunAt = |row| at(row.run_at),
        /// When it was asked for.
        CreatedAt = |row| at(row.created_at),
        /// When it was done or given up.
        FinishedAt = |row| at(row.finished_at),
        /// The id of what it is done for.
        ObjectId = |row| json!(row.object_id),
    }
}

impl Exported for Jobs {
    const LIST: ExportList = ExportList::Jobs;
    type Filter = JobFilter;
    type Sort = JobSort;
    type Row = store_job::Model;
    type Column = JobColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: JobFilter, sort: JobSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}
