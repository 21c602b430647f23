//! Bis2Bis under contract: one shop, by each of its two doors.

use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use serde_json::{Value, json};

use super::{Credential, Document, Reading, Subject, Typed, Verdict, typed};
use crate::support::truth::{TrueOrder, TruePerson};

/// Magento 2.
pub(super) struct Rest;

/// Magento 1.
pub(super) struct Soap;

const SWITCHES_OF_SOAP: [&str; 6] = [
    "soap_style",
    "soap_endpoint",
    "soap_session",
    "fault_status",
    "same_field",
    "empty_values",
];
const SWITCHES_OF_REST: [&str; 5] = [
    "bearer",
    "admin_token",
    "past_the_end",
    "error_parameters",
    "coupon_calls",
];

/// What was typed, and what a reading makes a merchant type too.
fn shop(address: &str, pairs: &[(&str, &str)], reading: &Reading) -> Typed {
    let mut typed = typed(pairs);
    typed.insert("address".to_owned(), address.to_owned());
    if reading["document_field"].is_string() && reading["document_field"] != "taxvat" {
        typed.insert("document_attribute".to_owned(), "cpf_cnpj".to_owned());
    }
    typed
}

fn rest(address: &str, token: &str, reading: &Reading) -> Typed {
    let known = credentials().bis2bis;
    let mut pairs = vec![("token", token)];
    if reading["bearer"] == "refused" {
        pairs.extend([
            ("consumer_key", known.consumer_key),
            ("consumer_secret", known.consumer_secret),
            ("token_secret", known.token_secret),
        ]);
    }
    shop(address, &pairs, reading)
}

fn admin(password: &str, reading: &Reading) -> Typed {
    let known = credentials().bis2bis;
    let pairs = [("admin_user", known.admin_user), ("admin_password", password)];
    shop(known.address, &pairs, reading)
}

fn soap(address: &str, user: &str, key: &str, reading: &Reading) -> Typed {
    shop(address, &[("api_user", user), ("api_key", key)], reading)
}

const fn case(typed: Typed, verdict: Verdict) -> Credential {
    Credential { typed, verdict }
}

fn document(person: &TruePerson, reading: &Reading) -> Option<String> {
    let text = person.document.clone()?;
    match reading["document_text"].as_str() {
        // The importer puts them back.
        Some("without_zeros") => Some(text.trim_start_matches('0').to_owned()),
        _ => Some(text),
    }
}

/// Whoever buys without logging in is a guest, who tells who it is: every seventh order of the sandbox.
fn buyer(order: &TrueOrder) -> Option<String> {
    let person = &order.person;
    let is_guest = order.id % 7 == 3 && (person.document.is_some() || person.email.is_some());
    (!is_guest).then(|| person.external_id.to_string())
}

macro_rules! both {
    () => {
        fn kind(&self) -> Kind {
            Kind::Bis2Bis
        }

        fn shop(&self) -> Option<&'static str> {
            None
        }

        fn shops(&self) -> &'static [(&'static str, bool)] {
            &[("default", true)]
        }

        fn order_key(&self, order: &TrueOrder) -> String {
            order.number.clone()
        }

        fn document_on(&self, order: &TrueOrder, reading: &Reading) -> Document {
            Document::Is(document(&order.person, reading))
        }

        fn document_of(&self, person: &TruePerson, reading: &Reading) -> Option<String> {
            document(person, reading)
        }

        fn category_on(&self, _: &str, _: &Reading) -> Option<String> {
            None
        }

        fn buyer_on(&self, order: &TrueOrder) -> Option<String> {
            buyer(order)
        }

        fn tells_channel(&self, _: &str) -> bool {
            false
        }

        fn ends_coupons(&self, _: &Reading) -> bool {
            false
        }

        fn statuses(&self) -> [&'static str; 2] {
            ["complete", "canceled"]
        }
    };
}

impl Subject for Rest {
    both!();

    fn good(&self, reading: &Reading) -> Typed {
        if reading["admin_token"].is_string() {
            return admin(credentials().bis2bis.admin_password, reading);
        }
        rest(credentials().bis2bis.address, credentials().bis2bis.token, reading)
    }

    fn credentials(&self, reading: &Reading) -> Vec<Credential> {
        let known = credentials().bis2bis;
        let mut named = rest(known.address, known.token, reading);
        named.insert("store_code".to_owned(), "default".to_owned());
        let mut cases = vec![
            case(rest(known.platform_address, known.token, reading), Verdict::Good),
            case(
                rest("https://loja-exemplo.example.com/", known.token, reading),
                Verdict::Good,
            ),
            case(named, Verdict::Good),
            case(rest(known.address, "errado", reading), Verdict::Unauthorized),
            case(rest(known.address, known.expired_token, reading), Verdict::Expired),
            case(
                rest("outra-loja.example.com", known.token, reading),
                Verdict::WrongAddress,
            ),
            case(admin("errada", reading), Verdict::Unauthorized),
        ];
        if reading["admin_token"].is_null() {
            cases.push(case(admin(known.admin_password, reading), Verdict::Good));
        }
        let restricted = known.restricted.iter();
        cases.extend(restricted.map(|one| {
            case(
                rest(known.address, one.token, reading),
                Verdict::Forbidden(one.resource),
            )
        }));
        if reading["bearer"] == "refused" {
            let mut unsigned = rest(known.address, known.token, &json!({}));
            cases.push(case(unsigned.clone(), Verdict::Unauthorized));
            unsigned.extend(rest(known.address, known.token, reading));
            unsigned.insert("consumer_secret".to_owned(), "outro-segredo".to_owned());
            cases.push(case(unsigned, Verdict::Unauthorized));
        }
        cases
    }

    fn plays(&self, switch: &str) -> bool {
        !SWITCHES_OF_SOAP.contains(&switch)
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "bearer": "refused", "document_field": "extension", "document_text": "bare" }),
            json!({ "admin_token": "short", "past_the_end": "empty" }),
        ]
    }

    fn rows_are_whole(&self) -> bool {
        true
    }

    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        answer.get_mut("items")?.as_array_mut()
    }

    fn spoil_row(&self, row: &mut Value) {
        let row = row.as_object_mut().unwrap();
        for key in ["id", "increment_id"] {
            row.remove(key);
        }
    }

    /// The row is the detail.
    fn spoil_detail(&self, path: &str, answer: &mut Value) {
        if path.ends_with("/V1/orders") {
            for row in self.rows(answer).into_iter().flatten() {
                row["subtotal"] = json!("1.234,56");
            }
        }
    }
}

impl Subject for Soap {
    both!();

    fn good(&self, reading: &Reading) -> Typed {
        let known = credentials().bis2bis;
        soap(known.address, known.api_user, known.api_key, reading)
    }

    fn credentials(&self, reading: &Reading) -> Vec<Credential> {
        let known = credentials().bis2bis;
        let soap = |address, user, key| soap(address, user, key, reading);
        let mut cases = vec![
            case(
                soap(known.platform_address, known.api_user, known.api_key),
                Verdict::Good,
            ),
            case(
                soap(
                    "http://loja-exemplo.example.com/index.php/api/v2_soap/?wsdl",
                    known.api_user,
                    known.api_key,
                ),
                Verdict::Good,
            ),
            case(soap(known.address, known.api_user, "errada"), Verdict::Unauthorized),
            case(soap(known.address, "ninguem", known.api_key), Verdict::Unauthorized),
            case(
                soap("outra-loja.example.com", known.api_user, known.api_key),
                Verdict::WrongAddress,
            ),
        ];
        let restricted = known.restricted_api_users.iter();
        cases.extend(restricted.map(|one| {
            case(
                soap(known.address, one.token, known.api_key),
                Verdict::Forbidden(one.resource),
            )
        }));
        cases
    }

    fn plays(&self, switch: &str) -> bool {
        !SWITCHES_OF_REST.contains(&switch)
    }

    fn more_readings(&self) -> Vec<Reading> {
        vec![
            json!({ "soap_style": "document", "fault_status": "success", "soap_session": "short" }),
            json!({ "soap_style": "document", "same_field": "overwrites", "empty_values": "missing" }),
            json!({ "soap_endpoint": "with_index", "soap_session": "short", "empty_values": "nil" }),
        ]
    }

    fn rows<'a>(&self, _: &'a mut Value) -> Option<&'a mut Vec<Value>> {
        None
    }

    fn spoil_row(&self, _: &mut Value) {}

    /// Answers are text here: every fourth row loses what it is known by.
    fn spoil_rows(&self, answer: &mut Value) {
        let Value::String(text) = answer else { return };
        for key in ["increment_id", "customer_id"] {
            // An order tells its buyer too, after its own number.
            let is_of_orders = text.contains("<increment_id>");
            if is_of_orders == (key == "increment_id") {
                let parts: Vec<&str> = text.split(&format!("<{key}>")).collect();
                let spoiled = parts.iter().enumerate().skip(1).map(|(place, part)| match place % 4 {
                    1 => format!("<nada>{}", part.replacen(&format!("</{key}>"), "</nada>", 1)),
                    _ => format!("<{key}>{part}"),
                });
                *text = parts[0].to_owned() + &spoiled.collect::<String>();
                return;
            }
        }
    }

    fn spoil_detail(&self, _: &str, answer: &mut Value) {
        if let Value::String(text) = answer
            && text.contains("salesOrderInfo")
        {
            *text = text.replacen("<subtotal>", "<subtotal>mil ", 1);
        }
    }
}
