//! Conditions on the fields of records, as both doors take them.

use serde_json::{Map, Value};

/// A condition on a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) kind: String,
    pub(super) value: String,
}

impl Condition {
    /// Whether a record meets it. A field that the record does not have meets nothing.
    pub(super) fn holds(&self, record: &Map<String, Value>) -> bool {
        let Some(found) = text_of(record, &self.field) else {
            return false;
        };
        let order = compare(&found, &self.value);
        match self.kind.as_str() {
            "eq" | "" => order.is_eq(),
            "neq" => order.is_ne(),
            "gt" => order.is_gt(),
            "gteq" | "from" => order.is_ge(),
            "lt" => order.is_lt(),
            "lteq" | "to" => order.is_le(),
            "in" => self.value.split(',').any(|value| value.trim() == found),
            _ => false,
        }
    }
}

/// The text of a field. Lists call their id `entity_id`, and records do not always.
pub(super) fn text_of(record: &Map<String, Value>, field: &str) -> Option<String> {
    let value = record
        .get(field)
        .or_else(|| (field == "entity_id").then(|| record.get("id"))?)?;
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Numbers by their size, everything else by its letters.
pub(super) fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => one.cmp(other),
    }
}
