//! Magento 1's door: sessions, lists without pages, single orders, and faults by their numbers.

use serde_json::{Map, Value};

use super::{
    access::{self, Desk},
    conditions::Condition,
    records::{self, Door},
    switches::{FaultStatus, SameField, SoapEndpoint, SoapStyle, Switches},
    xml::{self, Element},
};
use crate::sandbox::{
    exchange::{Answer, Body, Request, http_date},
    world::World,
};

/// A list of more rows runs out of memory.
const MOST_ROWS: usize = 45;

/// What follows the endpoint's address, if the path is one that the switches let answer.
pub(super) fn is_endpoint(path: &str, switches: Switches) -> bool {
    match path.trim_end_matches('/') {
        "/api/v2_soap" => switches.soap_endpoint != SoapEndpoint::WithIndex,
        "/index.php/api/v2_soap" => switches.soap_endpoint != SoapEndpoint::WithoutIndex,
        _ => false,
    }
}

/// The call that a body makes, whatever the style.
pub(super) fn call_of(body: &[u8]) -> Option<(String, Element)> {
    let element = Element::of_request(&String::from_utf8_lossy(body))?;
    let name = element.name.trim_end_matches("RequestParam").trim_end_matches("Param");
    Some((name.to_owned(), element))
}

/// Answers a request to the endpoint.
pub(super) fn answer(world: &World, desk: &mut Desk, switches: Switches, request: &Request) -> Answer {
    let answer = if request.method == "GET" {
        match request.param("wsdl") {
            Some(_) => told(200, xml::wsdl(switches, &request.path)),
            None => fault(switches, "Sender", "Invalid XML"),
        }
    } else {
        match call_of(&request.body) {
            Some((name, element)) if is_in_style(switches, &element) => call(world, desk, switches, &name, &element),
            _ => fault(switches, "SOAP-ENV:Client", "Procedure is not present"),
        }
    };
    answer.with_header("date", http_date(world.now))
}

fn is_in_style(switches: Switches, element: &Element) -> bool {
    element.name.ends_with("Param") == (switches.soap_style == SoapStyle::Document)
}

fn call(world: &World, desk: &mut Desk, switches: Switches, name: &str, element: &Element) -> Answer {
    if name == "login" {
        return match access::api_user(element.text_of("username"), element.text_of("apiKey")) {
            Some(access) => result(switches, name, &Value::String(desk.hand_out("sessao", access))),
            None => fault(switches, "2", "Access denied."),
        };
    }
    let Some(access) = desk.use_up(element.text_of("sessionId"), switches.soap_session) else {
        return fault(switches, "5", "Session expired. Try to relogin.");
    };
    let resource = match name {
        "salesOrderList" | "salesOrderInfo" => "sales",
        "customerCustomerList" => "customers",
        "catalogProductList" => "catalog",
        _ => return fault(switches, "3", "Invalid api path."),
    };
    if !access.opens(resource) {
        return fault(switches, "2", "Access denied.");
    }
    match name {
        "salesOrderInfo" => {
            let number = element.text_of("orderIncrementId");
            match world.orders.iter().find(|order| order.number == number) {
                Some(order) => {
                    let detail = records::order_detail(world, switches, Door::Soap, order);
                    result(switches, name, &Value::Object(detail))
                }
                None => fault(switches, "100", "Requested order not exists."),
            }
        }
        "salesOrderList" => {
            let rows = world.orders.iter();
            let rows = rows.map(|order| records::order_row(world, switches, Door::Soap, order));
            list(switches, name, element, rows.collect())
        }
        "customerCustomerList" => {
            let rows = world.people.iter();
            let rows = rows.map(|person| records::customer(switches, Door::Soap, person));
            list(switches, name, element, rows.collect())
        }
        _ => list(switches, name, element, records::products(world, Door::Soap)),
    }
}

fn list(switches: Switches, name: &str, element: &Element, rows: Vec<Map<String, Value>>) -> Answer {
    let conditions = conditions(switches, element);
    let rows: Vec<Value> = rows
        .into_iter()
        .filter(|row| conditions.iter().all(|condition| condition.holds(row)))
        .map(Value::Object)
        // In no order that anybody asked for.
        .rev()
        .collect();
    if rows.len() > MOST_ROWS && switches.same_field == SameField::Together {
        return Answer::html(500, "Fatal error: Allowed memory size of 268435456 bytes exhausted");
    }
    result(switches, name, &Value::Array(rows))
}

/// The conditions of `filter` and `complex_filter`. Of two on one field some versions only keep the last.
fn conditions(switches: Switches, element: &Element) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    let filters = element.child("filters");
    let entries = |name| {
        filters
            .and_then(|filters| filters.child(name))
            .into_iter()
            .flat_map(|list| &list.children)
    };
    for entry in entries("filter") {
        conditions.push(Condition {
            field: entry.text_of("key").to_owned(),
            kind: "eq".to_owned(),
            value: entry.text_of("value").to_owned(),
        });
    }
    for entry in entries("complex_filter") {
        let field = entry.text_of("key").to_owned();
        if switches.same_field == SameField::Overwrites {
            conditions.retain(|known| known.field != field);
        }
        if let Some(value) = entry.child("value") {
            conditions.push(Condition {
                field,
                kind: value.text_of("key").to_owned(),
                value: value.text_of("value").to_owned(),
            });
        }
    }
    conditions
}

fn result(switches: Switches, call: &str, value: &Value) -> Answer {
    told(200, xml::result(switches, call, value))
}

fn fault(switches: Switches, code: &str, text: &str) -> Answer {
    let status = match switches.fault_status {
        FaultStatus::ServerError => 500,
        FaultStatus::Success => 200,
    };
    told(status, xml::fault(code, text))
}

fn told(status: u16, text: String) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: Body::Xml(text),
    }
}
