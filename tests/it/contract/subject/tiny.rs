//! Tiny under contract: the API 2.0.

use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// The demonstration account.
pub(super) struct Tiny;

fn token(token: &str) -> Typed {
    typed(&[("token", token)])
}

impl Subject for Tiny {
    fn kind(&self) -> Kind {
        Kind::Tiny
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
        token(credentials().tiny.token)
    }

    fn credentials(&self, _: &Reading) -> Vec<Credential> {
        let known = credentials().tiny;
        let case = |text, verdict| Credential {
            typed: token(text),
            verdict,
        };
        vec![
            case("errado", Verdict::Unauthorized),
            case(known.plan_without_api, Verdict::Forbidden("api")),
            case(known.blocked, Verdict::Forbidden("pedidos")),
        ]
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "numbers": "number", "wrapping": "bare", "statuses": "codes", "documents": "bare" }),
            json!({ "rows": "ten", "past_the_end": "last_again", "sorting": "newest_first", "nothing": "empty_list" }),
            json!({ "rows": "ten", "nothing": "other_number", "no_words": "refused", "contact_rows": "thin" }),
            json!({ "numbers": "mixed", "shop_number": "in_object", "products_sum": "missing" }),
            json!({ "limit_header": "missing", "too_many_body": "words", "failures": "in_body" }),
        ]
    }

    fn tells_channel(&self, channel: &str) -> bool {
        channel == "marketplace"
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

    /// Orders name their buyer by the document.
    fn buyer_on(&self, _: &TrueOrder) -> Option<String> {
        None
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
        ["aprovado", "cancelado"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        let envelope = answer.get_mut("retorno")?.as_object_mut()?;
        let list = envelope
            .iter_mut()
            .find(|(key, _)| *key == "pedidos" || *key == "contatos");
        list?.1.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        let inner = row.as_object_mut().unwrap().values_mut().next().unwrap();
        inner.as_object_mut().unwrap().remove("id");
    }

    fn spoil_detail(&self, path: &str, answer: &mut Value) {
        if path.contains("pedido.obter") {
            answer["retorno"]["pedido"]["total_produtos"] = json!("1.234,56");
        }
    }
}
