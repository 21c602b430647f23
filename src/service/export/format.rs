//! How a row is written: a line of JSON, or a line of a table.

use std::fmt::Write as _;

use entity::export_run::ExportFormat;
use serde_json::Value;

/// The line before all others, if the format has one.
pub(super) fn heading(format: ExportFormat, columns: &[String]) -> String {
    match format {
        ExportFormat::JsonLines => String::new(),
        // The mark at the beginning tells spreadsheets that it is UTF-8.
        ExportFormat::Csv => format!("\u{feff}{}", csv(columns.iter().map(|name| Value::from(name.as_str())))),
    }
}

/// A row's line.
pub(super) fn line(format: ExportFormat, columns: &[String], values: Vec<Value>) -> String {
    match format {
        ExportFormat::JsonLines => {
            // By hand: the columns stay in their order.
            let fields: Vec<String> = columns
                .iter()
                .zip(values)
                .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
                .collect();
            format!("{{{}}}\n", fields.join(","))
        }
        ExportFormat::Csv => csv(values.into_iter()),
    }
}

/// What a formula may begin with; the wide signs too, which some spreadsheets take for the usual ones.
const RISKY: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// By RFC 4180: lines end in CR LF, what needs it stands in quotes. A text that a spreadsheet would take for a
/// formula gets an apostrophe before it: what a shopper typed as a name must not run in the merchant's office.
fn csv(values: impl Iterator<Item = Value>) -> String {
    let mut line = String::new();
    for (place, value) in values.enumerate() {
        if place > 0 {
            line.push(',');
        }
        match value {
            Value::Null => {}
            Value::String(text) => cell(&mut line, &text),
            other => cell(&mut line, &other.to_string()),
        }
    }
    line.push_str("\r\n");
    line
}

fn cell(line: &mut String, text: &str) {
    let is_risky = text.starts_with(RISKY) && !is_number(text);
    if !is_risky && !text.contains(['"', ',', '\r', '\n']) {
        line.push_str(text);
    } else {
        let tame = if is_risky { "'" } else { "" };
        // A text is written whatever happens.
        let _ = write!(line, "\"{tame}{}\"", text.replace('"', "\"\""));
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|letter: char| letter.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_safe_in_spreadsheets() {
        let row = [
            json!("Ana"),
            json!("=1+1"),
            json!("a \"b\", c"),
            json!(-5),
            Value::Null,
            json!("-5.00"),
            json!("-1+1"),
            json!("x\ny"),
            json!({ "a": [1] }),
            json!("\u{ff1d}1"),
            json!(true),
        ];
        assert_eq!(
            csv(row.into_iter()),
            "Ana,\"'=1+1\",\"a \"\"b\"\", c\",-5,,-5.00,\"'-1+1\",\"x\ny\",\"{\"\"a\"\":[1]}\",\"'\u{ff1d}1\",true\r\n"
        );
        let names = ["id".to_owned(), "name".to_owned()];
        assert_eq!(heading(ExportFormat::Csv, &names), "\u{feff}id,name\r\n");
        assert_eq!(heading(ExportFormat::JsonLines, &names), "");
    }

    #[test]
    fn lines_of_json_have_the_columns_in_their_order() {
        let names = ["number".to_owned(), "id".to_owned()];
        let line = line(ExportFormat::JsonLines, &names, vec![json!("=1"), Value::Null]);
        assert_eq!(line, "{\"number\":\"=1\",\"id\":null}\n");
    }
}
