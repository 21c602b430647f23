//! JET under contract: the legacy generation is walked, the OpenAPI is asked by id.

use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// The demonstration shop.
pub(super) struct Jet;

fn adm(integration_key: &str, user: &str, password: &str) -> Typed {
    let store = credentials().jet.store_id;
    typed(&[
        ("mode", "adm"),
        ("integration_key", integration_key),
        ("user", user),
        ("password", password),
        ("store_id", store),
    ])
}

impl Subject for Jet {
    fn kind(&self) -> Kind {
        Kind::Jet
    }

    fn shop(&self) -> Option<&'static str> {
        None
    }

    fn shops(&self) -> &'static [(&'static str, bool)] {
        &[("default", true)]
    }

    fn good(&self, _: &Reading) -> Typed {
        let known = credentials().jet;
        adm(known.integration_key, known.user, known.password)
    }

    fn good_by_id(&self) -> Option<Typed> {
        Some(typed(&[("api_key", credentials().jet.api_key)]))
    }

    fn credentials(&self, _: &Reading) -> Vec<Credential> {
        let known = credentials().jet;
        let case = |typed, verdict| Credential { typed, verdict };
        vec![
            case(adm(known.integration_key, known.user, "errada"), Verdict::Unauthorized),
            case(
                adm(known.integration_key, "ninguem", known.password),
                Verdict::Unauthorized,
            ),
            case(adm("chave-do-erp", known.user, known.password), Verdict::Unauthorized),
            case(
                adm(known.integration_key, known.product_user, known.password),
                Verdict::Forbidden("adm_order"),
            ),
            case(typed(&[("api_key", known.api_key)]), Verdict::Good),
            case(typed(&[("mode", "openapi"), ("api_key", known.api_key)]), Verdict::Good),
            case(typed(&[("api_key", "errada")]), Verdict::Unauthorized),
            case(typed(&[("api_key", known.deleted_api_key)]), Verdict::Unauthorized),
            case(
                typed(&[("api_key", known.restricted.token)]),
                Verdict::Forbidden(known.restricted.resource),
            ),
        ]
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "entity": "whole", "history": "shuffled", "status_codes": "missing", "status_names": "renamed" }),
            json!({ "status_codes": "missing", "status_names": "shouted", "ids": "text" }),
            json!({ "batch": "ten", "deletion": "once_more", "token_life": "five_calls" }),
            json!({ "entity": "whole", "batch": "ten", "action": "unknown", "item_names": "html" }),
        ]
    }

    fn order_key(&self, order: &TrueOrder) -> String {
        order.number.clone()
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

    fn surcharge_on(&self, order: &TrueOrder, reading: &Reading) -> i64 {
        if reading["interest"] == "charged" && order.payment == "card" {
            order.total_cents * 3 / 100
        } else {
            0
        }
    }

    fn statuses(&self) -> [&'static str; 2] {
        ["APROVADO", "CANCELADO"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        row["entity"] = json!({ "pedido": "?" });
    }

    fn spoil_detail(&self, path: &str, answer: &mut Value) {
        if path.contains("/GetOrder/") {
            answer["totalItens"] = json!("1.234,56");
        }
    }
}
