use std::collections::{BTreeMap, HashMap};

use entity::event::EventKind;
use entity::{CustomerId, Instant, IntegrationId, Points, StoreId, customer, customer_source};
use sea_orm::sea_query::{OnConflict, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryTrait, Select,
};

use super::Person;
use crate::app::App;
use crate::domain::folded::folded;
use crate::service::event::{self, Origin};
use crate::service::rows;

/// Whom a platform's person turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identified {
    /// The customer.
    pub customer: CustomerId,
    /// Not seen before.
    pub created: bool,
    /// Something about the customer was written.
    pub changed: bool,
}

/// Recognises people by document, then e-mail, then the platform's id; creates those who are new
/// and writes what is new about the others. Two reads and at most three writes, however many
/// people. The answers are in the order of the people.
///
/// An e-mail is shared by families and offices, so it recognises somebody only when the documents
/// do not contradict. The caller holds the store, so no two imports identify at once.
pub async fn identify(
    db: &impl ConnectionTrait,
    app: &App,
    (origin, integration): (&Origin, IntegrationId),
    people: &[Person],
) -> Result<Vec<Identified>, DbErr> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let store = origin.store;
    let mut known = Known::load(db, store, integration, people).await?;
    let now = app.clock.now();
    let found = people
        .iter()
        .map(|person| known.recognise(app, store, person, now))
        .collect();
    known.write(db, origin, integration).await?;
    Ok(found)
}

/// Customers that the people may turn out to be, with indexes to recognise them by.
#[derive(Default)]
struct Known {
    customers: BTreeMap<CustomerId, Record>,
    by_document: HashMap<String, CustomerId>,
    by_email: HashMap<String, Vec<CustomerId>>,
    sources: HashMap<String, Source>,
}

struct Record {
    row: customer::Model,
    created: bool,
    changed: bool,
}

struct Source {
    customer: CustomerId,
    fingerprint: String,
    changed: bool,
}

impl Known {
    async fn load(
        db: &impl ConnectionTrait,
        store: StoreId,
        integration: IntegrationId,
        people: &[Person],
    ) -> Result<Self, DbErr> {
        let mut known = Self::default();
        let external: Vec<&String> = people.iter().filter_map(|person| person.external_id.as_ref()).collect();
        if !external.is_empty() {
            let rows = customer_source::Entity::find()
                .filter(
                    customer_source::Column::IntegrationId
                        .eq(integration)
                        .and(customer_source::Column::ExternalId.is_in(external)),
                )
                .all(db)
                .await?;
            for row in rows {
                let source = Source {
                    customer: row.customer_id,
                    fingerprint: row.fingerprint,
                    changed: false,
                };
                known.sources.insert(row.external_id, source);
            }
        }
        let ids = known.sources.values().map(|source| source.customer);
        for row in candidates(store, ids, people).all(db).await? {
            known.index(&row);
            known.customers.insert(
                row.id,
                Record {
                    row,
                    created: false,
                    changed: false,
                },
            );
        }
        Ok(known)
    }

    fn index(&mut self, row: &customer::Model) {
        if let Some(document) = &row.document {
            self.by_document.insert(document.clone(), row.id);
        }
        if let Some(email) = &row.email {
            let sharing = self.by_email.entry(email.clone()).or_default();
            if !sharing.contains(&row.id) {
                sharing.push(row.id);
            }
        }
    }

    fn recognise(&mut self, app: &App, store: StoreId, person: &Person, now: Instant) -> Identified {
        let customer = self.find(person).unwrap_or_else(|| self.create(app, store, now));
        let fields_changed = self.merge(customer, person, now);
        let source_changed = self.remember_source(customer, person);
        let created = self.customers.get(&customer).is_some_and(|record| record.created);
        Identified {
            customer,
            created,
            changed: created || fields_changed || source_changed,
        }
    }

    fn find(&self, person: &Person) -> Option<CustomerId> {
        let by_document = person
            .document
            .as_ref()
            .and_then(|document| self.by_document.get(document.as_str()));
        let by_email = || {
            let sharing = self.by_email.get(person.email.as_ref()?.as_str())?;
            sharing.iter().filter(|id| self.compatible(**id, person)).min()
        };
        let by_source = || Some(&self.sources.get(person.external_id.as_ref()?)?.customer);
        by_document.or_else(by_email).or_else(by_source).copied()
    }

    /// Whether a customer may be this person as far as documents go.
    fn compatible(&self, id: CustomerId, person: &Person) -> bool {
        let known = self
            .customers
            .get(&id)
            .and_then(|record| record.row.document.as_deref());
        match (known, &person.document) {
            (Some(known), Some(document)) => known == document.as_str(),
            _ => true,
        }
    }

    fn create(&mut self, app: &App, store: StoreId, now: Instant) -> CustomerId {
        let row = customer::Model {
            id: app.id(),
            store_id: store,
            name: None,
            name_key: String::new(),
            email: None,
            document: None,
            document_invalid: false,
            phone: None,
            birth_date: None,
            signed_up_at: None,
            newsletter: None,
            points_balance: Points::ZERO,
            points_reserved: Points::ZERO,
            points_debt: Points::ZERO,
            merged_into_id: None,
            created_at: now,
            updated_at: now,
        };
        let id = row.id;
        self.customers.insert(
            id,
            Record {
                row,
                created: true,
                changed: false,
            },
        );
        id
    }

    /// Writes what is new about a customer. An authoritative record corrects, a buyer fills gaps.
    fn merge(&mut self, id: CustomerId, person: &Person, now: Instant) -> bool {
        let Some(record) = self.customers.get_mut(&id) else {
            return false;
        };
        let before = record.row.clone();
        let row = &mut record.row;
        let correct = person.authoritative;
        fill(&mut row.name, person.name.clone(), correct);
        row.name_key = row.name.as_deref().map(folded).unwrap_or_default();
        fill(
            &mut row.email,
            person.email.as_ref().map(|email| email.as_str().to_owned()),
            correct,
        );
        fill(
            &mut row.document,
            person.document.as_ref().map(|document| document.as_str().to_owned()),
            correct,
        );
        fill(&mut row.phone, person.phone.clone(), correct);
        fill(&mut row.birth_date, person.birth_date, correct);
        fill(&mut row.signed_up_at, person.signed_up_at, correct);
        fill(&mut row.newsletter, person.newsletter, correct);
        row.document_invalid = row.document.is_none() && (person.document_invalid || row.document_invalid);
        let changed = *row != before;
        if changed {
            row.updated_at = now;
            record.changed = true;
            let row = row.clone();
            self.index(&row);
        }
        changed
    }

    fn remember_source(&mut self, customer: CustomerId, person: &Person) -> bool {
        let Some(external_id) = &person.external_id else {
            return false;
        };
        let known = self.sources.get(external_id);
        // A buyer's data is thinner than the record's: it must not displace the record's fingerprint.
        let fingerprint = match known {
            Some(source) if !person.authoritative => source.fingerprint.clone(),
            _ => {
                if person.authoritative {
                    person.fingerprint()
                } else {
                    String::new()
                }
            }
        };
        let same = known.is_some_and(|source| source.customer == customer && source.fingerprint == fingerprint);
        if !same {
            let source = Source {
                customer,
                fingerprint,
                changed: true,
            };
            self.sources.insert(external_id.clone(), source);
        }
        !same
    }

    async fn write(self, db: &impl ConnectionTrait, origin: &Origin, integration: IntegrationId) -> Result<(), DbErr> {
        let store = origin.store;
        let (mut new, mut changed, mut happened) = (Vec::new(), Vec::new(), Vec::new());
        for record in self.customers.into_values() {
            if record.created {
                happened.push((EventKind::CustomerCreated, record.row.id.0));
                new.push(record.row.into_active_model());
            } else if record.changed {
                happened.push((EventKind::CustomerUpdated, record.row.id.0));
                changed.push(record.row.into_active_model());
            }
        }
        rows::insert(db, new, None).await?;
        // Never the points: they belong to the ledger.
        let fields = OnConflict::column(customer::Column::Id)
            .update_columns([
                customer::Column::Name,
                customer::Column::NameKey,
                customer::Column::Email,
                customer::Column::Document,
                customer::Column::DocumentInvalid,
                customer::Column::Phone,
                customer::Column::BirthDate,
                customer::Column::SignedUpAt,
                customer::Column::Newsletter,
                customer::Column::UpdatedAt,
            ])
            .to_owned();
        rows::insert(db, changed, Some(fields)).await?;
        let sources = self
            .sources
            .into_iter()
            .filter(|(_, source)| source.changed)
            .map(|(external_id, source)| {
                customer_source::Model {
                    integration_id: integration,
                    external_id,
                    store_id: store,
                    customer_id: source.customer,
                    fingerprint: source.fingerprint,
                }
                .into_active_model()
            });
        let moved = OnConflict::columns([
            customer_source::Column::IntegrationId,
            customer_source::Column::ExternalId,
        ])
        .update_columns([
            customer_source::Column::CustomerId,
            customer_source::Column::Fingerprint,
        ])
        .to_owned();
        rows::insert(db, sources.collect(), Some(moved)).await?;
        event::write(db, origin, happened).await
    }
}

fn fill<T>(known: &mut Option<T>, told: Option<T>, correct: bool) {
    if told.is_some() && (correct || known.is_none()) {
        *known = told;
    }
}

/// The customers with one of these ids, and those with a document or an e-mail of the people. Who
/// is one for two reasons comes twice. Three queries in one statement: joined by OR they would make
/// SQLite read all of the store's customers.
fn candidates(store: StoreId, ids: impl Iterator<Item = CustomerId>, people: &[Person]) -> Select<customer::Entity> {
    let documents = people
        .iter()
        .filter_map(|person| Some(person.document.as_ref()?.as_str()));
    let emails = people.iter().filter_map(|person| Some(person.email.as_ref()?.as_str()));
    let own = |any| customer::Entity::in_store(store).filter(any);
    let mut found = own(customer::Column::Id.is_in(ids));
    for any in [
        customer::Column::Document.is_in(documents),
        customer::Column::Email.is_in(emails),
    ] {
        QueryTrait::query(&mut found).union(UnionType::All, own(any).into_query());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Buyer;
    use crate::service::plans::plan;
    use uuid::Uuid;

    #[tokio::test]
    async fn candidates_are_found_by_indexes_whatever_recognises_them() {
        let buyer = Buyer {
            document: Some("111.444.777-35".to_owned()),
            email: Some("maria@correio.example".to_owned()),
            ..Buyer::default()
        };
        let people: Vec<Person> = Person::from_buyer(&buyer).into_iter().collect();
        let store = StoreId(Uuid::nil());
        let steps = plan(candidates(store, [CustomerId(Uuid::nil())].into_iter(), &people)).await;
        let searches: Vec<&String> = steps.iter().filter(|step| step.contains("customers")).collect();
        assert_eq!(searches.len(), 3, "{steps:?}");
        for by in ["(id=?", "document=?", "email=?"] {
            assert!(
                searches
                    .iter()
                    .any(|step| step.starts_with("SEARCH") && step.contains(by)),
                "{by}: {steps:?}"
            );
        }
    }
}
