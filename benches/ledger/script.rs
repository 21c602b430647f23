//! A script that lets `pgbench` send the statements of a deed, again and again, each time with new ids.
//!
//! Two recordings of the same deed by two customers show which values change from deed to deed. Ids of the customer
//! and its rows are worked out from the customer's number; other ids, codes and keys are new ones; times and the
//! contents of JSON stay as they were.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::ensure;
use chrono::DateTime;
use uuid::Uuid;

use super::books::{EACH, KIND, number};
use super::recording::Step;

/// Where numbers of new ids begin: no kind of the books has them.
const NEW: u64 = 9 * KIND;
/// New values of one deed.
const VALUES: u64 = 32;
/// Deeds of one client.
const DEEDS: u64 = 100_000_000;
/// The shortest text that has room for the number of a value.
const SHORTEST: usize = 12;

/// A script under way.
struct Script {
    /// The customer of the recording.
    customer: u64,
    variables: Vec<String>,
    known: HashMap<String, String>,
}

/// Which customers are to be played: so many, one after the other, beginning with the first.
pub(crate) fn write(
    (customer, steps): (u64, &[Step]),
    others: &[Step],
    clients: u64,
    customers: u64,
) -> anyhow::Result<String> {
    let mut script = Script {
        customer,
        variables: Vec::new(),
        known: HashMap::new(),
    };
    let mut body = String::new();
    ensure!(steps.len() == others.len(), "the deeds differ");
    for (step, other) in steps.iter().zip(others) {
        ensure!(step.statements.len() == other.statements.len(), "the deeds differ");
        let begins = step.is_transaction.then_some("BEGIN;\n");
        body.push_str(begins.unwrap_or_default());
        for (statement, other) in step.statements.iter().zip(&other.statements) {
            writeln!(body, "{};", script.statement(statement, other)?)?;
        }
        body.push_str(begins.map(|_| "COMMIT;\n").unwrap_or_default());
    }
    let mut text = format!(
        "\\set i :i + 1\n\\set customer ((:i * {clients} + :client_id) % {customers}) * {EACH}\n\
         \\set new (:client_id * {DEEDS} + :i) * {VALUES}\n"
    );
    for variable in &script.variables {
        writeln!(text, "\\set {variable}")?;
    }
    Ok(text + &body)
}

impl Script {
    /// A statement in which what changes is made anew.
    fn statement(&mut self, statement: &str, other: &str) -> anyhow::Result<String> {
        let (parts, others): (Vec<&str>, Vec<&str>) = (literals(statement), literals(other));
        ensure!(
            parts.len() == others.len(),
            "a statement differs: {statement} and {other}"
        );
        let mut written = String::new();
        for (place, (part, other)) in parts.iter().zip(others).enumerate() {
            if place % 2 == 0 {
                ensure!(*part == other, "a statement differs: {statement} and {other}");
                written.push_str(part);
            } else if *part == other {
                written.push_str(&quoted(part)?);
            } else {
                written.push_str(&self.value(part)?);
            }
        }
        Ok(written)
    }

    fn value(&mut self, text: &str) -> anyhow::Result<String> {
        let stays = text.starts_with(['{', '\\']) || DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %:z").is_ok();
        if stays || text.len() < SHORTEST {
            return quoted(text);
        }
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        let name = format!("v{}", self.variables.len());
        let (made, value) = if let Ok(id) = Uuid::parse_str(text) {
            let own = number(id).filter(|number| number % KIND / EACH == self.customer);
            let made = own.map_or_else(
                || format!("{NEW} + :new + {}", self.variables.len()),
                |number| format!("{} + :customer", number - self.customer * EACH),
            );
            (made, format!("CAST(lpad(CAST(:{name} AS text), 32, '0') AS uuid)"))
        } else {
            let made = format!(":new + {}", self.variables.len());
            (made, format!("lpad(CAST(:{name} AS text), {}, '0')", text.len()))
        };
        self.variables.push(format!("{name} {made}"));
        self.known.insert(text.to_owned(), value.clone());
        Ok(value)
    }
}

/// What is outside and inside of quotes, in turns. A doubled quote is told as two texts with nothing in between, which
/// is as good.
fn literals(statement: &str) -> Vec<&str> {
    statement.split('\'').collect()
}

fn quoted(text: &str) -> anyhow::Result<String> {
    let colon = |pair: &[u8]| pair[0] == b':' && pair[1].is_ascii_alphabetic();
    ensure!(
        !text.as_bytes().windows(2).any(colon),
        "pgbench would see a variable in {text}"
    );
    Ok(format!("'{text}'"))
}
