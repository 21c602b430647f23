use entity::CustomerId;
use sea_orm::DbErr;

use super::{Person, identify};
use crate::app::App;
use crate::db::begin;
use crate::platform::{Page, PlatformCustomer, Reject};
use crate::service::event::Origin;
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::points::Cause;
use crate::service::{bonus, order};

/// A page of customers.
pub type CustomerPage = Page<PlatformCustomer>;

/// Writes a page of customers and, with it, the run's progress, in one transaction. Sales that were
/// waiting for somebody to be recognised get their customer and their points.
pub async fn import(app: &App, context: &ImportContext, lease: &Lease, page: CustomerPage) -> Result<(), DbErr> {
    let (people, mut rejects) = judge(&page.items);
    rejects.extend(page.rejects);
    let newest_change = page.items.iter().filter_map(|record| record.changed_at).max();

    let txn = begin(&app.db).await?;
    hold_store(&txn, context.store.id).await?;
    let cause = Cause::import(context.run.id, app.clock.now());
    let origin = Origin::of(&cause, context.store.id);
    let found = identify(&txn, app, (&origin, context.integration.id), &people).await?;
    let claims: Vec<(String, CustomerId)> = people
        .iter()
        .zip(&found)
        .filter(|(_, identified)| identified.changed)
        .filter_map(|(person, identified)| Some((person.external_id.clone()?, identified.customer)))
        .collect();
    order::claim(&txn, app, &context.source, &cause, &claims).await?;
    bonus::sign_up(&txn, app, context, (&people, &found)).await?;
    let mut counts = Counts::default();
    for identified in &found {
        match (identified.created, identified.changed) {
            (true, _) => counts.created += 1,
            (false, true) => counts.updated += 1,
            (false, false) => counts.unchanged += 1,
        }
    }
    let progress = PageProgress {
        next: page.next,
        total: page.total,
        rejects,
        resource: "customer",
        newest_change,
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

/// Anonymised records have nobody behind them: kept aside, so that the counts add up.
fn judge(records: &[PlatformCustomer]) -> (Vec<Person>, Vec<Reject>) {
    let (mut people, mut rejects) = (Vec::new(), Vec::new());
    for record in records {
        match Person::from_customer(record) {
            Some(person) => people.push(person),
            None => rejects.push(Reject {
                external_id: Some(record.external_id.clone()),
                field: None,
                message: "the platform has anonymised this customer (LGPD); nothing to import".to_owned(),
                record: serde_json::json!({}),
            }),
        }
    }
    (people, rejects)
}
