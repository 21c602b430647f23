use entity::webhook;
use sea_orm::ActiveEnum;
use serde_json::Value;
use url::Url;

use crate::service::audit::Changes;

/// How a field is read.
type Read = fn(&webhook::Model) -> Value;

/// What the audit log tells of a change. Of an address no more than its host: what follows may hold a secret.
pub(super) fn changes(before: Option<&webhook::Model>, after: &webhook::Model) -> Changes {
    let field = |of: Read| (before.map_or(Value::Null, of), of(after));
    let fields: [(&str, Read); 6] = [
        ("url", |row| origin(&row.url).into()),
        ("eventTypes", |row| row.kinds.clone()),
        ("scopes", |row| row.scopes.clone()),
        ("payload", |row| row.payload.clone().into()),
        ("ordering", |row| row.ordering.to_value().into()),
        ("state", |row| row.state.to_value().into()),
    ];
    let told = fields.into_iter().fold(Changes::none(), |told, (name, of)| {
        let (before, after) = field(of);
        told.field(name, before, after)
    });
    let only_path = |before: &webhook::Model| before.url != after.url && origin(&before.url) == origin(&after.url);
    told.hidden("url", before.is_some_and(only_path))
}

/// `https://erp.exemplo.com.br`.
pub(super) fn origin(url: &str) -> String {
    url.parse::<Url>()
        .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
