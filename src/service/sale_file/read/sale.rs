//! From a record's texts to a sale, with everything that is wrong at once.

use serde_json::{Map, Value};

use super::columns::{COLUMNS, Cells, Field, NEEDED};
use super::values::{self, Writer};
use super::{Form, Problem, Reader, Refused, Told};
use crate::platform::mask::mask;
use crate::platform::{Cents, SaleStatus, SalesChannel};
use crate::service::order::{PushedBuyer, PushedLine, PushedSale};

type Found = Result<(Cells, Vec<PushedLine>), Vec<Problem>>;

impl Reader {
    /// What a record tells.
    pub(super) fn told(&mut self, line: u64, until: u64, found: Found) -> Told {
        let sale = match found {
            Err(problems) => Err(refused(None, problems)),
            Ok((cells, lines)) => self.sale(line, &cells, lines),
        };
        Told {
            line,
            until,
            sale: sale.map_err(Box::new),
        }
    }

    fn sale(&mut self, line: u64, cells: &Cells, lines: Vec<PushedLine>) -> Result<PushedSale, Refused> {
        let mut draft = Draft {
            cells,
            form: &self.form,
            zone: self.judge.zone,
            problems: Vec::new(),
        };
        let sale = draft.sale(lines);
        let mut problems = draft.problems;
        if problems.is_empty() {
            let found = sale.problems(&self.judge.currency, self.judge.now).into_iter();
            let found = found.map(|problem| (problem.path.join("."), problem.message));
            // What was not told and taken from another column is told of there.
            let told = found.filter(|(path, _)| Field::at(path).is_none_or(|field| cells.get(field).is_some()));
            problems.extend(told.map(|(path, message)| self.named(path, message)));
        }
        if problems.is_empty()
            && let Some(before) = self.before(sale.external_id.trim(), line)
        {
            let message = format!(
                "the sale stands on line {before} already, which was read; a file tells of each sale once (for what was \
                 sold line by line, send JSON Lines)"
            );
            problems.push(self.named("externalId".to_owned(), message));
        }
        if problems.is_empty() {
            return Ok(sale);
        }
        Err(refused(Some((cells, &self.form)), problems))
    }

    fn named(&self, path: String, message: String) -> Problem {
        let column = Field::at(&path).map(|field| name_of(&self.form, field));
        Problem {
            column: Some(column.unwrap_or(path)),
            message,
        }
    }
}

/// What a field is called in a file.
fn name_of(form: &Form, field: Field) -> String {
    match form {
        Form::Table(table) => table.name_of(field).to_owned(),
        Form::Objects => field.column().path.to_owned(),
    }
}

fn refused(record: Option<(&Cells, &Form)>, problems: Vec<Problem>) -> Refused {
    let several = problems.len() > 1;
    let message: Vec<String> = problems
        .iter()
        .map(|problem| match &problem.column {
            Some(column) if several => format!("{column}: {}", problem.message),
            _ => problem.message.clone(),
        })
        .collect();
    let id = record.and_then(|(cells, _)| cells.get(Field::ExternalId));
    Refused {
        external_id: id.map(|id| id.chars().take(100).collect()),
        column: problems.into_iter().find_map(|problem| problem.column),
        message: message.join("; "),
        record: record.map_or_else(|| Value::Object(Map::new()), |(cells, form)| masked(cells, form)),
    }
}

/// A record's values by the file's names for them, personal data masked.
fn masked(cells: &Cells, form: &Form) -> Value {
    let told = COLUMNS.iter().filter_map(|column| {
        let text = Value::from(cells.get(column.field)?.replace('\0', " "));
        // Names by which masking knows what they are.
        let meaning = match column.field {
            Field::Document => "documento",
            Field::Name => "nome",
            Field::Email => "email",
            Field::Phone => "telefone",
            Field::BirthDate => "nascimento",
            _ => "",
        };
        let one = Map::from_iter([(meaning.to_owned(), text)]);
        let masked = match mask(&Value::Object(one)) {
            Value::Object(one) => one.into_iter().next()?.1,
            other => other,
        };
        Some((name_of(form, column.field), masked))
    });
    Value::Object(told.collect())
}

/// A sale in the making.
struct Draft<'a> {
    cells: &'a Cells,
    form: &'a Form,
    zone: chrono_tz::Tz,
    problems: Vec<Problem>,
}

impl Draft<'_> {
    fn sale(&mut self, lines: Vec<PushedLine>) -> PushedSale {
        for field in NEEDED {
            if self.cells.get(field).is_none() {
                self.wrong(field, "it is missing");
            }
        }
        for column in &COLUMNS {
            if self.cells.get(column.field).is_some_and(|text| text.contains('\0')) {
                self.wrong(column.field, "it has a character that is not text; write it again");
            }
        }
        let mend_time = "it is not a time; write 2026-01-31T14:05:00-03:00, 2026-01-31 14:05 or 31/01/2026 14:05";
        let zone = self.zone;
        let placed_at = self.read(Field::PlacedAt, mend_time, |text| values::instant(text, zone));
        let changed_at = self.read(Field::ChangedAt, mend_time, |text| values::instant(text, zone));
        let mend_status = "it is not a status; there are PENDING, APPROVED, INVOICED, SHIPPED, DELIVERED, CANCELLED, \
                           RETURNED, or Pendente, Aprovada, Faturada, Enviada, Entregue, Cancelada, Devolvida";
        let mend_channel = "it is not a channel; there are SITE, MARKETPLACE, MANUAL, POINT_OF_SALE or Caixa, UNKNOWN";
        let mend_date = "it is not a date; write 1990-12-31 or 31/12/1990";
        let status = self.read(Field::Status, mend_status, values::status);
        let placed_at = placed_at.unwrap_or_default();
        PushedSale {
            external_id: self.text(Field::ExternalId).unwrap_or_default(),
            number: self.text(Field::Number),
            shop_number: self.text(Field::ShopNumber),
            status: status.unwrap_or(SaleStatus::Pending),
            placed_at,
            changed_at: changed_at.unwrap_or(placed_at),
            currency: self.text(Field::Currency),
            products: self.amount(Field::Products).unwrap_or_default(),
            discount: self.amount(Field::Discount).unwrap_or_default(),
            shipping: self.amount(Field::Shipping).unwrap_or_default(),
            surcharge: self.amount(Field::Surcharge).unwrap_or_default(),
            total: self.amount(Field::Total),
            refunded: self.amount(Field::Refunded).unwrap_or_default(),
            credit: self.amount(Field::Credit).unwrap_or_default(),
            coupon_code: self.text(Field::CouponCode),
            channel: self
                .read(Field::Channel, mend_channel, values::channel)
                .unwrap_or(SalesChannel::Unknown),
            branch: self.text(Field::Branch),
            buyer: PushedBuyer {
                external_id: self.text(Field::BuyerId),
                document: self.text(Field::Document),
                name: self.text(Field::Name),
                email: self.text(Field::Email),
                phone: self.text(Field::Phone),
                birth_date: self.read(Field::BirthDate, mend_date, values::date),
            },
            lines,
        }
    }

    fn wrong(&mut self, field: Field, message: &str) {
        self.problems.push(Problem {
            column: Some(name_of(self.form, field)),
            message: message.to_owned(),
        });
    }

    fn text(&self, field: Field) -> Option<String> {
        self.cells.get(field).map(str::to_owned)
    }

    /// A value that is told and can be read; what cannot is noted.
    fn read<T>(&mut self, field: Field, mend: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = read(self.cells.get(field)?);
        if value.is_none() {
            self.wrong(field, mend);
        }
        value
    }

    fn amount(&mut self, field: Field) -> Option<Cents> {
        let writer = match self.form {
            Form::Table(_) => Writer::Anybody,
            Form::Objects => Writer::Machine,
        };
        match values::amount(self.cells.get(field)?, writer) {
            Ok(cents) => Some(cents),
            Err(mend) => {
                self.wrong(field, mend);
                None
            }
        }
    }
}
