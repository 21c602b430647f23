use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::audit_entry;
use macros::plain;
use serde::Serialize;

pub(in crate::graphql) struct AuditEntry(pub(in crate::graphql) audit_entry::Model);

/// A field of what was changed. Values that are secret or personal are left out.
#[derive(SimpleObject, Serialize)]
pub(in crate::graphql) struct AuditChange {
    /// The field.
    field: String,
    /// Its value before, as JSON; none: there was none, or it is left out.
    before: Option<String>,
    /// Its value after, as JSON; none: there is none, or it is left out.
    after: Option<String>,
}

/// The fields that an entry tells of.
pub(in crate::graphql) fn changes(entry: &audit_entry::Model) -> Vec<AuditChange> {
    let all = entry.changes.as_array().into_iter().flatten();
    let text = |value: &serde_json::Value| (!value.is_null()).then(|| value.to_string());
    all.map(|change| AuditChange {
        field: change["field"].as_str().unwrap_or_default().to_owned(),
        before: text(&change["before"]),
        after: text(&change["after"]),
    })
    .collect()
}

/// A change that somebody made in a store. Entries are never changed or removed.
#[plain]
#[Object]
impl AuditEntry {
    /// Opaque and global.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who: the id of a user or of an API token.
    async fn actor_id(&self) -> ID {
        self.0.actor.clone().into()
    }

    /// What was done, for instance `reward.update`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The id of what was changed.
    async fn object_id(&self) -> ID {
        self.0.object_id.clone().into()
    }

    /// The request that did it, as the header `x-request-id` of its answer told.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The fields that were changed.
    async fn changes(&self) -> Vec<AuditChange> {
        changes(&self.0)
    }
}
