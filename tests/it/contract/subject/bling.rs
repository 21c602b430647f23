//! Bling under contract: an ERP, whose sessions show a token that the merchant's consent gives.

use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// The demonstration account.
pub(super) struct Bling;

fn with(token: &str) -> Typed {
    let known = credentials().bling;
    typed(&[
        ("client_id", known.client_id),
        ("client_secret", known.client_secret),
        (ACCESS_TOKEN, token),
    ])
}

impl Subject for Bling {
    fn kind(&self) -> Kind {
        Kind::Bling
    }

    fn shop(&self) -> Option<&'static str> {
        None
    }

    fn shops(&self) -> &'static [(&'static str, bool)] {
        &[("default", true)]
    }

    fn good(&self, _: &Reading) -> Typed {
        with(credentials().bling.access_token)
    }

    fn credentials(&self, _: &Reading) -> Vec<Credential> {
        let restricted = credentials().bling.restricted;
        let mut cases: Vec<Credential> = restricted
            .iter()
            .map(|one| Credential {
                typed: with(one.token),
                verdict: Verdict::Forbidden(one.resource),
            })
            .collect();
        cases.push(Credential {
            typed: with("errado"),
            verdict: Verdict::Unauthorized,
        });
        cases
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "envelope": "bare", "ids": "text", "amounts": "text", "discount": "percentual" }),
            json!({ "sort": "oldest_first", "past_the_end": "last_page" }),
        ]
    }

    fn buyer_on(&self, order: &TrueOrder) -> Option<String> {
        // Many people may be behind a contact without a document.
        let person = &order.person;
        let is_somebody = person.document.is_some() || person.email.is_some() && order.channel != "marketplace";
        is_somebody.then(|| person.external_id.to_string())
    }

    fn placed_on(&self, order: &TrueOrder) -> DateTime<Utc> {
        let day = order.placed_at.with_timezone(&Sao_Paulo).date_naive();
        let begin = Sao_Paulo.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
        begin.unwrap().to_utc()
    }

    fn order_key(&self, order: &TrueOrder) -> String {
        order.id.to_string()
    }

    fn document_on(&self, order: &TrueOrder, _: &Reading) -> Document {
        Document::Is(order.person.document.clone())
    }

    fn document_of(&self, person: &TruePerson, _: &Reading) -> Option<String> {
        person.document.clone()
    }

    fn category_on(&self, _: &str, _: &Reading) -> Option<String> {
        None
    }

    fn ends_coupons(&self, _: &Reading) -> bool {
        false
    }

    fn statuses(&self) -> [&'static str; 2] {
        ["9", "12"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.get_mut("data")?.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        row["id"] = json!({ "valor": "muitos" });
    }

    fn spoil_detail(&self, _: &str, answer: &mut Value) {
        if let Some(detail) = answer.get_mut("data").filter(|data| data["itens"].is_array()) {
            detail["totalProdutos"] = json!("mil");
        }
    }
}
