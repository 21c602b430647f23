use std::collections::BTreeSet;

use entity::event::EventKind;
use entity::webhook;
use sea_orm::{ActiveEnum, DbErr};

use crate::access::{Permission, Scope, standing};
use crate::app::App;

/// What whoever answers for a webhook has to be allowed: to see what its payload may show, and whatever it is told of.
pub fn demanded(scopes: &[String], kinds: &[EventKind]) -> BTreeSet<Permission> {
    let scopes = scopes.iter().filter_map(|name| name.parse::<Scope>().ok());
    scopes
        .map(Scope::permission)
        .chain(kinds.iter().map(|kind| Permission::to_be_told(*kind)))
        .collect()
}

/// The scopes of a webhook, and the kinds of events that it is told of.
pub fn granted(webhook: &webhook::Model) -> (Vec<String>, Vec<EventKind>) {
    let texts = |value: &sea_orm::JsonValue| serde_json::from_value::<Vec<String>>(value.clone()).unwrap_or_default();
    let kinds = texts(&webhook.kinds);
    let kinds = kinds.iter().filter_map(|name| EventKind::try_from_value(name).ok());
    (texts(&webhook.scopes), kinds.collect())
}

/// What whoever answers for a webhook is not allowed any more; none while all is well.
pub(super) async fn lost(app: &App, webhook: &webhook::Model) -> Result<Option<Permission>, DbErr> {
    let (scopes, kinds) = granted(webhook);
    let held = standing(app, &webhook.granted_by, webhook.store_id).await?;
    Ok(demanded(&scopes, &kinds)
        .into_iter()
        .find(|needed| !held.contains(needed)))
}
