//! CSV: the header, and the values of a row.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::columns::{COLUMNS, Cells, Field, NEEDED};
use super::lines::{Line, Lines};
use super::{FileError, Problem};

/// Most lines of text that a value in quotation marks may go over.
const MOST_JOINED: usize = 10;

/// How a file writes rows, by its header.
pub(super) struct Table {
    reader: Reader,
    columns: Vec<(Field, String)>,
}

/// A row: the number of its last line, and its values or why there are none.
pub(super) struct Row {
    pub(super) until: u64,
    pub(super) told: Result<Cells, Problem>,
}

impl Table {
    /// Reads a header. What is wrong with it is told all at once.
    pub(super) fn of_header(header: &str, separator: Option<u8>) -> Result<Self, FileError> {
        let separator = separator.unwrap_or_else(|| separator_of(header));
        let mut reader = ReaderBuilder::new().delimiter(separator).build();
        let (mut names, _) = split(&mut reader, header);
        while names.last().is_some_and(|name| name.trim().is_empty()) {
            names.pop();
        }
        let mut problems = Vec::new();
        let mut columns: Vec<(Field, String)> = Vec::with_capacity(names.len());
        for name in names {
            match Field::of_column(&name) {
                None => problems.push(unknown(&name)),
                Some(field) => {
                    if let Some((_, before)) = columns.iter().find(|(known, _)| *known == field) {
                        let (before, column) = (before.trim(), field.column().name);
                        let name = name.trim();
                        problems.push(format!(
                            "'{before}' and '{name}' are both the column {column}; leave one out"
                        ));
                    }
                    columns.push((field, name.trim().to_owned()));
                }
            }
        }
        if columns.is_empty() {
            let message = "the first line must have the names of the columns, separated by ';' or ','".to_owned();
            return Err(FileError::Header(vec![message]));
        }
        for needed in NEEDED {
            if !columns.iter().any(|(field, _)| *field == needed) {
                problems.push(format!("the column {} is missing", needed.column().name));
            }
        }
        if problems.is_empty() {
            Ok(Self { reader, columns })
        } else {
            Err(FileError::Header(problems))
        }
    }

    /// What a field is called in this file.
    pub(super) fn name_of(&self, field: Field) -> &str {
        let column = self.columns.iter().find(|(known, _)| *known == field);
        column.map_or(field.column().name, |(_, name)| name)
    }

    /// The row that begins on a line. A value in quotation marks may go over several; where they are not
    /// closed, the line alone is lost.
    pub(super) fn row(&mut self, first: &Line, text: &str, lines: &mut Lines) -> Result<Row, FileError> {
        let (mut values, mut open) = split(&mut self.reader, text);
        let mut whole = text.to_owned();
        let mut joined: Vec<Line> = Vec::new();
        while open && joined.len() < MOST_JOINED {
            let Some(line) = lines.next()? else { break };
            let more = line.text.clone();
            joined.push(line);
            let Some(more) = more else { break };
            whole.push('\n');
            whole.push_str(&more);
            (values, open) = split(&mut self.reader, &whole);
        }
        if open || (!joined.is_empty() && values.len() != self.columns.len()) {
            lines.give_back(joined);
            let message = "a quotation mark is opened and not closed; put the whole value between quotation marks, and \
                           double those within";
            return Ok(Row {
                until: first.number,
                told: Err(Problem::of_line(message)),
            });
        }
        Ok(Row {
            until: joined.last().map_or(first.number, |line| line.number),
            told: self.cells(&values),
        })
    }

    fn cells(&self, values: &[String]) -> Result<Cells, Problem> {
        let beyond = values.iter().skip(self.columns.len());
        let is_longer = beyond.into_iter().any(|value| !value.trim().is_empty());
        if is_longer || values.len() < self.columns.len() {
            let message = format!(
                "it has {} values and the header {} columns; put values that contain the separator between quotation \
                 marks",
                values.len(),
                self.columns.len()
            );
            return Err(Problem::of_line(&message));
        }
        let mut cells = Cells::default();
        for ((field, _), value) in self.columns.iter().zip(values) {
            cells.put(*field, value);
        }
        Ok(cells)
    }
}

fn unknown(name: &str) -> String {
    let known = COLUMNS.map(|column| column.name).join(", ");
    let name: String = name.trim().chars().take(40).collect();
    format!("there is no column '{name}'; leave it out, or call it by one of these names: {known}")
}

/// The sign that stands most often between names.
pub(in crate::service) fn separator_of(header: &str) -> u8 {
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    let signs = [b';', b',', b'\t'];
    signs.into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b';')
}

/// The values of a record, and whether quotation marks are still open at its end.
pub(in crate::service) fn split(reader: &mut Reader, record: &str) -> (Vec<String>, bool) {
    reader.reset();
    let mut output = vec![0; record.len() + 1];
    let most = record
        .bytes()
        .filter(|byte| matches!(byte, b';' | b',' | b'\t'))
        .count();
    let mut ends = vec![0; most + 2];
    let input = [record.as_bytes(), b"\n"].concat();
    let (result, _, mut written, mut count) = reader.read_record(&input, &mut output, &mut ends);
    let open = result != ReadRecordResult::Record;
    if open {
        let (_, _, more, ended) = reader.read_record(&[], &mut output[written..], &mut ends[count..]);
        written += more;
        count += ended;
    }
    let mut values = Vec::with_capacity(count);
    let mut from = 0;
    for end in ends.iter().take(count) {
        let value = output.get(from..*end).unwrap_or_default();
        values.push(String::from_utf8_lossy(value).into_owned());
        from = *end;
    }
    debug_assert!(from <= written);
    (values, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(header: &str) -> Vec<String> {
        match Table::of_header(header, None) {
            Err(FileError::Header(problems)) => problems,
            Err(error) => panic!("{error}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn a_header_is_refused_with_all_that_is_wrong() {
        assert_eq!(wrong("Venda;Situação;Data;Produtos;CPF;Nome;"), Vec::<String>::new());
        assert_eq!(wrong("externalId,status,placedAt,productsTotal"), Vec::<String>::new());
        let told = wrong("venda;data;cpf;cnpj;loja?;data da venda");
        assert_eq!(told.len(), 5, "{told:#?}");
        assert!(told[0].contains("'cpf' and 'cnpj' are both the column customerDocument"));
        assert!(told[1].contains("there is no column 'loja?'"));
        assert!(told[2].contains("'data' and 'data da venda' are both"));
        assert_eq!(told[3], "the column status is missing");
        assert_eq!(wrong("12;34;56").len(), 1);
    }

    #[test]
    fn quotation_marks_may_hold_anything() {
        let mut reader = ReaderBuilder::new().delimiter(b';').build();
        let mut values = |record: &str| split(&mut reader, record);
        assert_eq!(values(r#"a;"b;""c""";;d"#).0, ["a", "b;\"c\"", "", "d"]);
        assert_eq!(
            values("5\" tela;x"),
            (vec!["5\" tela".to_owned(), "x".to_owned()], false)
        );
        assert!(values(r#"a;"b"#).1);
        assert_eq!(values("").0.len(), 0);
        assert_eq!(values("ação;é").0, ["ação", "é"]);
    }
}
