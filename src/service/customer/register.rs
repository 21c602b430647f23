//! Customers that a till or an ERP tells of, without a sale.

use std::collections::HashSet;

use chrono::{Datelike as _, NaiveDate};
use entity::{CustomerId, IntegrationId, StoreId};
use sea_orm::DbErr;

use super::{Identified, Person, identify};
use crate::app::App;
use crate::db::begin;
use crate::domain::document::Document;
use crate::domain::email::Email;
use crate::service::audit::{self, Changes};
use crate::service::event::Origin;
use crate::service::import::hold_store;
use crate::service::order::{self, Outcome, PushedBuyer, RegisterError, SaleProblem, Source, pushed_source};
use crate::service::points::Cause;

/// The most customers of one request.
const MAX_CUSTOMERS: usize = 100;
/// The longest key, document and phone, in characters.
const LONGEST: usize = 100;
/// The longest name and e-mail address, in characters.
const LONGEST_NAME: usize = 300;
/// Nobody who buys was born before.
const FIRST_YEAR: i32 = 1900;

/// Customers to be registered.
#[derive(Debug, Clone)]
pub struct RegisterCustomers {
    /// The store.
    pub store: StoreId,
    /// The source.
    pub integration: IntegrationId,
    /// The customers.
    pub customers: Vec<PushedBuyer>,
    /// Who tells of them.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// What became of a customer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerResult {
    /// What became of the customer.
    pub outcome: Outcome,
    /// The customer; none for one that was rejected.
    pub customer: Option<CustomerId>,
    /// Why it was rejected.
    pub problems: Vec<SaleProblem>,
}

/// Why customers cannot be registered at all.
#[derive(Debug, thiserror::Error)]
pub enum RegisterCustomersError {
    /// There are none, or too many.
    #[error("send 1 to {MAX_CUSTOMERS} customers at once; there are {0}")]
    Count(usize),
    /// The source cannot be used, or the database failed.
    #[error(transparent)]
    Source(#[from] RegisterError),
}

impl From<DbErr> for RegisterCustomersError {
    fn from(error: DbErr) -> Self {
        Self::Source(error.into())
    }
}

/// Creates customers, and corrects what is known of those who are recognised, in one transaction with a number of
/// statements that does not grow with them. One that cannot be used is rejected with its reasons and stops no other.
/// Who is registered is found by document, e-mail address and key, so the same request again changes nothing.
///
/// There is no bonus for signing up: that is given for accounts in the shop.
pub async fn register(app: &App, request: RegisterCustomers) -> Result<Vec<CustomerResult>, RegisterCustomersError> {
    if !(1..=MAX_CUSTOMERS).contains(&request.customers.len()) {
        return Err(RegisterCustomersError::Count(request.customers.len()));
    }
    let cause = Cause {
        actor: request.actor,
        request_id: request.request_id,
        at: app.clock.now(),
    };
    let today = cause.at.date_naive();
    let judged: Vec<Result<Person, Vec<SaleProblem>>> =
        request.customers.iter().map(|told| judge(told, today)).collect();
    let people: Vec<Person> = judged
        .iter()
        .filter_map(|person| person.as_ref().ok())
        .cloned()
        .collect();

    let txn = begin(&app.db).await?;
    hold_store(&txn, request.store).await?;
    let row = pushed_source(&txn, request.store, request.integration).await?;
    let source = Source::load(&txn, row).await?;
    let origin = Origin::of(&cause, request.store);
    let found = identify(&txn, app, (&origin, source.integration.id), &people).await?;
    order::claim(&txn, app, &source, &cause, &changed(&people, &found)).await?;
    let changes = Changes::none().field("customers", (), judged.len());
    let action = ("customers.register", source.integration.id);
    audit::record(&txn, app, request.store, action, changes).await?;
    txn.commit().await?;

    let (mut found, mut created) = (found.into_iter(), HashSet::new());
    let results = judged.into_iter().map(|judged| match judged {
        Ok(_) => told(found.next(), &mut created),
        Err(problems) => CustomerResult {
            problems,
            ..told(None, &mut created)
        },
    });
    Ok(results.collect())
}

/// Those of whom something new became known, by their keys in the source.
fn changed(people: &[Person], found: &[Identified]) -> Vec<(String, CustomerId)> {
    let changed = people.iter().zip(found).filter(|(_, found)| found.changed);
    changed
        .filter_map(|(person, found)| Some((person.external_id.clone()?, found.customer)))
        .collect()
}

/// What became of somebody. Who comes twice in a request is created once.
fn told(found: Option<Identified>, created: &mut HashSet<CustomerId>) -> CustomerResult {
    let outcome = match found {
        None => Outcome::Rejected,
        Some(found) if found.created && created.insert(found.customer) => Outcome::Created,
        Some(found) if found.changed => Outcome::Updated,
        Some(_) => Outcome::Unchanged,
    };
    CustomerResult {
        outcome,
        customer: found.map(|found| found.customer),
        problems: Vec::new(),
    }
}

/// A person, or everything that is wrong with what was told. Stricter than with a sale, which has to be kept whoever
/// made it: what cannot be used here is a mistake that somebody can mend.
fn judge(told: &PushedBuyer, today: NaiveDate) -> Result<Person, Vec<SaleProblem>> {
    let mut problems = Vec::new();
    let mut need = |holds: bool, path: &str, message: String| {
        if !holds {
            let path = [path].into_iter().filter(|part| !part.is_empty());
            problems.push(SaleProblem {
                path: path.map(str::to_owned).collect(),
                message,
            });
        }
    };
    let text = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let (document, email) = (text(&told.document), text(&told.email));
    let known = document.is_some() || email.is_some() || text(&told.external_id).is_some();
    let how = "send a CPF or CNPJ, an e-mail address, or your own key of the customer in externalId".to_owned();
    need(known, "", how);
    let is_document = |text: &String| Document::parse(text, None).is_some();
    let wrong = "it is neither a CPF nor a CNPJ; check its digits".to_owned();
    need(document.as_ref().is_none_or(is_document), "document", wrong);
    match email.as_deref().map(Email::parse) {
        Some(Err(error)) => need(false, "email", error.to_string()),
        Some(Ok(address)) => {
            let relay = "it is an address that a marketplace made up; leave it out".to_owned();
            need(!address.is_relay(), "email", relay);
        }
        None => {}
    }
    for (path, text, longest) in [
        ("externalId", &told.external_id, LONGEST),
        ("document", &told.document, LONGEST),
        ("phone", &told.phone, LONGEST),
        ("name", &told.name, LONGEST_NAME),
    ] {
        let fits = text.as_ref().is_none_or(|text| text.chars().count() <= longest);
        need(fits, path, format!("it must have at most {longest} characters"));
    }
    let born = told
        .birth_date
        .is_none_or(|date| date.year() >= FIRST_YEAR && date <= today);
    need(born, "birthDate", format!("it must be between {FIRST_YEAR} and today"));
    if !problems.is_empty() {
        return Err(problems);
    }
    let person = Person::from_buyer(&told.as_told(text));
    person
        .map(|person| Person {
            authoritative: true,
            ..person
        })
        .ok_or(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(told: &PushedBuyer) -> Vec<String> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default();
        let problems = judge(told, today).err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.path.join(".")).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(paths(&PushedBuyer::default()), [""]);
        let blank = PushedBuyer {
            name: some("Maria"),
            email: some("  "),
            ..PushedBuyer::default()
        };
        assert_eq!(paths(&blank), [""]);
        let wrong = PushedBuyer {
            external_id: some(&"x".repeat(LONGEST + 1)),
            document: some("123"),
            email: some("maria"),
            name: some(&"x".repeat(LONGEST_NAME + 1)),
            phone: None,
            birth_date: NaiveDate::from_ymd_opt(2026, 3, 2),
        };
        assert_eq!(paths(&wrong), ["document", "email", "externalId", "name", "birthDate"]);
        let relay = PushedBuyer {
            email: some("x@marketplace.amazon.com.br"),
            ..PushedBuyer::default()
        };
        assert_eq!(paths(&relay), ["email"]);
        let key = PushedBuyer {
            external_id: some("C-1"),
            birth_date: NaiveDate::from_ymd_opt(1990, 5, 17),
            ..PushedBuyer::default()
        };
        assert!(paths(&key).is_empty());
    }
}
