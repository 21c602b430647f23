//! Loja Integrada under contract.

use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// An application key that the demonstration shop made for itself.
const STORE_APPLICATION: &str = "00000000-aaaa-4bbb-8ccc-dddddddddddd";

/// The demonstration shop.
pub(super) struct LojaIntegrada;

fn token(token: &str) -> Typed {
    typed(&[("api_key", token)])
}

fn pair(application: &str) -> Typed {
    typed(&[
        ("api_key", credentials().loja_integrada.chave_api),
        ("application_key", application),
    ])
}

impl Subject for LojaIntegrada {
    fn kind(&self) -> Kind {
        Kind::LojaIntegrada
    }

    fn shop(&self) -> Option<&'static str> {
        None
    }

    fn shops(&self) -> &'static [(&'static str, bool)] {
        &[("default", true)]
    }

    fn good(&self, _: &Reading) -> Typed {
        token(credentials().loja_integrada.personal_token)
    }

    fn credentials(&self, reading: &Reading) -> Vec<Credential> {
        let known = credentials().loja_integrada;
        let case = |typed, verdict| Credential { typed, verdict };
        let undeclared = reading["pair_address"]
            .as_str()
            .is_some_and(|address| address != "declared");
        let pair_verdict = |refused: bool| {
            if refused || undeclared {
                Verdict::Unauthorized
            } else {
                Verdict::Good
            }
        };
        let mut cases = vec![
            case(token("errado"), Verdict::Unauthorized),
            case(token(known.chave_api), Verdict::Unauthorized),
            case(token(known.expired_personal_token), Verdict::Expired),
            case(pair(known.aplicacao), pair_verdict(reading["pair"] == "refused")),
            case(pair(STORE_APPLICATION), pair_verdict(reading["pair"].is_string())),
            case(pair("99999999-1111-4222-8333-444444444444"), Verdict::Unauthorized),
        ];
        cases.extend(
            known
                .restricted
                .iter()
                .map(|one| case(token(one.token), Verdict::Forbidden(one.resource))),
        );
        cases
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            // A number, so its values cannot be listed.
            json!({ "coupons_per_minute": 1000 }),
            json!({ "datetime_validity": "refused", "bare_validity": "start_of_day" }),
            json!({ "datetime_validity": "refused", "validation_body": "text", "coupon_created": "empty" }),
            json!({ "coupon_created": "empty", "slash": "redirect_to_slash", "patch": "refused" }),
            json!({ "order_customer": "missing", "order_status": "uri", "customer_rows": "documents" }),
            json!({ "next_repeats": true, "default_order": "shuffled" }),
            json!({ "filter_dates": "utc", "since": "exclusive" }),
            json!({ "pair": "refused", "refusal_body": "empty" }),
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
        true
    }

    fn statuses(&self) -> [&'static str; 2] {
        ["pedido_pago", "pedido_cancelado"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.get_mut("objects")?.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        let row = row.as_object_mut().unwrap();
        for key in ["id", "numero", "resource_uri"] {
            row.remove(key);
        }
    }

    fn spoil_detail(&self, path: &str, answer: &mut Value) {
        if path.contains("/pedido/") && !path.contains("/search") {
            answer["valor_total"] = json!("1.234,56");
        }
    }
}
