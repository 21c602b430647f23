//! Tiny under contract by its API 3, whose sessions show a token that the merchant's consent gives.

use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// The demonstration account.
pub(super) struct TinyV3;

fn with(token: &str) -> Typed {
    let known = credentials().tiny_v3;
    typed(&[
        ("client_id", known.client_id),
        ("client_secret", known.client_secret),
        (ACCESS_TOKEN, token),
    ])
}

impl Subject for TinyV3 {
    fn kind(&self) -> Kind {
        Kind::TinyV3
    }

    fn shop(&self) -> Option<&'static str> {
        None
    }

    fn shops(&self) -> &'static [(&'static str, bool)] {
        &[("11222333000181", true)]
    }

    fn shops_under(&self, reading: &Reading) -> &'static [(&'static str, bool)] {
        if reading["account"] == "missing" {
            return &[("default", true)];
        }
        self.shops()
    }

    fn good(&self, _: &Reading) -> Typed {
        with(credentials().tiny_v3.access_token)
    }

    fn credentials(&self, _: &Reading) -> Vec<Credential> {
        let restricted = credentials().tiny_v3.restricted;
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
            json!({ "numbers": "text", "dates": "moment", "documents": "bare", "ecommerce": "missing" }),
            json!({ "largest_page": "ten", "past_the_end": "last_page", "sorting": "newest_first" }),
            json!({ "buyer": "thin", "contact_rows": "thin", "products_sum": "missing", "pagination": "missing" }),
        ]
    }

    fn tells_channel(&self, channel: &str) -> bool {
        channel == "marketplace"
    }

    fn tells_delay(&self, reading: &Reading) -> bool {
        // An instant instead of a delay is not understood, and waited for by growing pauses.
        reading.get("limit_headers").is_none()
    }

    fn rows_tell_amounts(&self) -> bool {
        false
    }

    /// The day is all that is told.
    fn placed_on(&self, order: &TrueOrder) -> DateTime<Utc> {
        let day = order.placed_at.with_timezone(&Sao_Paulo).date_naive();
        let midnight = Sao_Paulo.from_local_datetime(&day.and_time(NaiveTime::MIN));
        midnight.earliest().unwrap().to_utc()
    }

    fn buyer_on(&self, order: &TrueOrder) -> Option<String> {
        // Many people may be behind a contact without a document.
        let person = &order.person;
        let is_somebody = person.document.is_some() || person.email.is_some() && order.channel != "marketplace";
        is_somebody.then(|| person.external_id.to_string())
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
        ["3", "2"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.get_mut("itens")?.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        row["id"] = json!({ "valor": "muitos" });
    }

    fn spoil_rows(&self, answer: &mut Value) {
        // The lines of a detail have the same name.
        if answer.get("paginacao").is_some() {
            for row in self.rows(answer).into_iter().flatten().step_by(4) {
                self.spoil_row(row);
            }
        }
    }

    fn spoil_detail(&self, _: &str, answer: &mut Value) {
        if answer.get("valorTotalPedido").is_some() {
            answer["valorTotalProdutos"] = json!("1.234,56");
        }
    }
}
