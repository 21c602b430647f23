//! Magazord under contract.

use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// One account with three shops, of which the first is imported.
pub(super) struct Magazord;

fn account(token: &str, password: &str) -> Typed {
    typed(&[
        ("token", token),
        ("password", password),
        ("alias", credentials().magazord.alias),
    ])
}

fn password(reading: &Reading) -> &'static str {
    if reading["empty_password"] == true {
        ""
    } else {
        credentials().magazord.password
    }
}

/// Whether the account does not tell this person's document.
fn is_hidden(person: &TruePerson, reading: &Reading) -> bool {
    reading["documents"] == "null_for_some" && person.external_id.is_multiple_of(5)
}

impl Subject for Magazord {
    fn kind(&self) -> Kind {
        Kind::Magazord
    }

    fn shop(&self) -> Option<&'static str> {
        Some("1")
    }

    fn shops(&self) -> &'static [(&'static str, bool)] {
        &[("1", true), ("2", true), ("3", false)]
    }

    fn good(&self, reading: &Reading) -> Typed {
        account(credentials().magazord.token, password(reading))
    }

    fn credentials(&self, reading: &Reading) -> Vec<Credential> {
        let known = credentials().magazord;
        let password = password(reading);
        let case = |typed, verdict| Credential { typed, verdict };
        let mut elsewhere = account(known.token, password);
        elsewhere.insert("alias".to_owned(), "outra-loja".to_owned());
        let mut cases = vec![
            case(account(known.token, "errada"), Verdict::Unauthorized),
            case(account("errado", password), Verdict::Unauthorized),
            case(account(known.token, known.token), Verdict::Unauthorized),
            case(account(known.expired_token, password), Verdict::Expired),
            case(elsewhere, Verdict::WrongAlias),
        ];
        cases.extend(
            known
                .restricted
                .iter()
                .map(|one| case(account(one.token, password), Verdict::Forbidden(one.resource))),
        );
        cases
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "status_change_filter": "ignored", "last_page": "repeats", "list_envelope": "bare_array" }),
            json!({ "status_change_filter": "refused", "errors_as_200": true, "error_body": "mensagem" }),
            json!({ "duplicate_coupon": "400", "duplicate_body": "empty", "coupon_code_filter": "ignored" }),
            json!({ "duplicate_coupon": "500", "duplicate_body": "text", "coupon_patch": "fails" }),
            json!({ "permission_refusal": "401", "error_body": "empty" }),
            json!({ "retry_after": "seconds", "too_many_body": "empty" }),
            json!({ "documents": "digits", "item_discount": "per_unit", "percentage_value": "face_value" }),
        ]
    }

    fn order_key(&self, order: &TrueOrder) -> String {
        order.id.to_string()
    }

    fn document_on(&self, order: &TrueOrder, reading: &Reading) -> Document {
        let document = order
            .person
            .document
            .clone()
            .filter(|_| !is_hidden(&order.person, reading));
        if order.channel == "point_of_sale" {
            Document::MayBe(document)
        } else {
            Document::Is(document)
        }
    }

    fn document_of(&self, person: &TruePerson, reading: &Reading) -> Option<String> {
        person.document.clone().filter(|_| !is_hidden(person, reading))
    }

    fn category_on(&self, category: &str, reading: &Reading) -> Option<String> {
        let told = if reading["category_tree"] == "absent" {
            category.rsplit(" > ").next()
        } else {
            Some(category)
        };
        told.map(ToOwned::to_owned)
    }

    fn ends_coupons(&self, reading: &Reading) -> bool {
        reading["coupon_patch"] != "fails"
    }

    fn statuses(&self) -> [&'static str; 2] {
        ["4", "2"]
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.pointer_mut("/data/items")?.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        row["id"] = json!({ "de": "ninguém" });
    }

    fn spoil_detail(&self, path: &str, answer: &mut Value) {
        if path.contains("/pedido/") {
            answer["data"]["valorTotal"] = json!("1.234,56");
        }
    }
}
