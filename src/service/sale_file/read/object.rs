//! JSON Lines: a sale on each line, as `registerSales` takes it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Problem;
use super::columns::{COLUMNS, Cells, Field};
use crate::domain::money_text::{parse_machine, parse_machine_thousandths};
use crate::service::order::PushedLine;

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// What is sold, on a line of a sale.
const LINE_FIELDS: [&str; 5] = ["sku", "name", "quantity", "unitPrice", "total"];

/// A sale's values and lines, or why there are none.
pub(super) fn sale(text: &str) -> Result<(Cells, Vec<PushedLine>), Vec<Problem>> {
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        let message = format!(
            "it is not a JSON object, at its character {}; write one object on each line",
            error.column()
        );
        vec![Problem::of_line(&message)]
    })?;
    let mut found = Found {
        cells: Cells::default(),
        problems: Vec::new(),
    };
    let mut lines = Vec::new();
    for (name, value) in &object {
        match name.as_str() {
            "customer" | "lines" if is_null(value) => {}
            "customer" => match serde_json::from_str::<Object<'_>>(value.get()) {
                Ok(customer) => {
                    for (name, value) in &customer {
                        found.take(&format!("customer.{name}"), value);
                    }
                }
                Err(_) => found.wrong("customer", "it is not an object"),
            },
            "lines" => match serde_json::from_str::<Vec<Object<'_>>>(value.get()) {
                Ok(told) => lines = found.lines(&told),
                Err(_) => found.wrong("lines", "it is not a list of objects"),
            },
            _ => found.take(name, value),
        }
    }
    if found.problems.is_empty() {
        Ok((found.cells, lines))
    } else {
        Err(found.problems)
    }
}

struct Found {
    cells: Cells,
    problems: Vec<Problem>,
}

impl Found {
    fn wrong(&mut self, path: &str, message: &str) {
        self.problems.push(Problem {
            column: Some(path.to_owned()),
            message: message.to_owned(),
        });
    }

    fn take(&mut self, path: &str, value: &RawValue) {
        match (Field::at(path), text_of(value)) {
            (Some(field), Ok(text)) => self.cells.put(field, text.as_deref().unwrap_or_default()),
            (Some(_), Err(())) => self.wrong(path, "it is neither a text nor a number"),
            (None, _) => {
                let known = COLUMNS.map(|column| column.path).join(", ");
                let path: String = path.chars().take(40).collect();
                self.wrong(&path, &format!("there is no such field; there are {known}, lines"));
            }
        }
    }

    fn lines(&mut self, told: &[Object<'_>]) -> Vec<PushedLine> {
        let lines = told.iter().enumerate().map(|(place, line)| self.line(place, line));
        lines.collect()
    }

    fn line(&mut self, place: usize, line: &Object<'_>) -> PushedLine {
        for unknown in line.keys().filter(|name| !LINE_FIELDS.contains(&name.as_str())) {
            let unknown: String = unknown.chars().take(40).collect();
            let message = format!("there is no such field; there are {}", LINE_FIELDS.join(", "));
            self.wrong(&format!("lines.{place}.{unknown}"), &message);
        }
        let mut get = |name: &str| match line.get(name).map(|value| text_of(value)) {
            None => None,
            Some(Ok(text)) => text,
            Some(Err(())) => {
                self.wrong(&format!("lines.{place}.{name}"), "it is neither a text nor a number");
                None
            }
        };
        let (sku, name) = (get("sku"), get("name"));
        let (quantity, price, total) = (get("quantity"), get("unitPrice"), get("total"));
        let mut number = |name: &str, text: Option<String>, read: fn(&str) -> Option<i64>, mend: &str| {
            let number = text.as_deref().and_then(read);
            if number.is_none() {
                self.wrong(&format!("lines.{place}.{name}"), mend);
            }
            number.unwrap_or_default()
        };
        let line = PushedLine {
            sku,
            quantity_milli: number(
                "quantity",
                quantity,
                parse_machine_thousandths,
                "it is missing or not a number; write 1.5",
            ),
            unit_price: number(
                "unitPrice",
                price,
                parse_machine,
                "it is missing or not an amount; write 1234.56",
            ),
            total: total.map(|total| {
                number(
                    "total",
                    Some(total),
                    parse_machine,
                    "it is not an amount; write 1234.56",
                )
            }),
            name: name.clone().unwrap_or_default(),
        };
        if name.is_none() {
            self.wrong(&format!("lines.{place}.name"), "it is missing");
        }
        line
    }
}

fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// A text or a number as it is written; none for null.
fn text_of(value: &RawValue) -> Result<Option<String>, ()> {
    match value.get().as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(value.get()).map_err(|_| ())?;
            // No database keeps it in a text.
            if text.contains('\0') { Err(()) } else { Ok(Some(text)) }
        }
        Some(b'-' | b'0'..=b'9') => Ok(Some(value.get().to_owned())),
        _ if is_null(value) => Ok(None),
        _ => Err(()),
    }
}
