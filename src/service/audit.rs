//! The audit log: who changed what in a store. Written here and nowhere else, by the use case that makes the
//! change and in its transaction.
//!
//! On whose behalf something is done, the `App` of a request knows; jobs and the schedule act on nobody's, and
//! leave no entry. An entry holds ids and settings: no secrets, no personal data, no free text about people.

use std::fmt::Display;

use entity::{StoreId, audit_entry};
use sea_orm::sea_query::sea_value_to_json_value;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, IntoActiveModel, ModelTrait};
use serde_json::{Value, json};

use crate::app::App;

/// Fields with their values before and after.
#[derive(Debug, Clone, Default)]
pub struct Changes(Vec<Value>);

impl Changes {
    /// A change that its action tells wholly.
    pub fn none() -> Self {
        Self::default()
    }

    /// The columns of those named in which two rows differ; without a row before, those that have a value.
    pub fn between<M: ModelTrait>(
        before: Option<&M>,
        after: &M,
        columns: &[<M::Entity as EntityTrait>::Column],
    ) -> Self {
        let mut changes = Self::none();
        for column in columns {
            let before = before.map_or(Value::Null, |row| sea_value_to_json_value(&row.get(*column)));
            let after = sea_value_to_json_value(&after.get(*column));
            changes = changes.field(&camel(column.as_str()), before, after);
        }
        changes
    }

    /// With another field, if it differs.
    #[must_use]
    pub fn field(mut self, name: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.0.push(json!({ "field": name, "before": before, "after": after }));
        }
        self
    }

    /// With a field whose values are not to be read here, if it differs.
    #[must_use]
    pub fn hidden(mut self, name: &str, differs: bool) -> Self {
        if differs {
            self.0.push(json!({ "field": name }));
        }
        self
    }
}

/// A column's name as the API writes it.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let mut letters = part.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
}

/// Writes that the requester of this `App` did something to an object of a store. Nothing is written on nobody's
/// behalf.
pub async fn record(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    (action, object): (&str, impl Display),
    changes: Changes,
) -> Result<(), DbErr> {
    match app.author() {
        Some(author) => record_by(db, app, (store, &author.actor), (action, object), changes).await,
        None => Ok(()),
    }
}

/// Writes that somebody did something who was not known before, such as whoever accepts an invitation.
pub async fn record_by(
    db: &impl ConnectionTrait,
    app: &App,
    (store, actor): (StoreId, &str),
    (action, object): (&str, impl Display),
    changes: Changes,
) -> Result<(), DbErr> {
    let row = audit_entry::Model {
        id: app.id(),
        store_id: store,
        at: app.clock.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        object_id: object.to_string(),
        request_id: app.author().and_then(|author| author.request_id.clone()),
        changes: Value::Array(changes.0),
    };
    row.into_active_model().insert(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Changes, camel};
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told() {
        let changes = Changes::none()
            .field("name", "A", "A")
            .field("points", 1, 2)
            .hidden("feedUrl", true)
            .hidden("other", false);
        assert_eq!(
            changes.0,
            [
                json!({ "field": "points", "before": 1, "after": 2 }),
                json!({ "field": "feedUrl" })
            ]
        );
        assert_eq!(camel("coupon_validity_days"), "couponValidityDays");
    }
}
