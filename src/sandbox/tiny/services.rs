//! The services that read: what each is asked, and what it answers.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Value, json};

use super::super::exchange::Answer;
use super::super::world::{Order, World};
use super::records;
use super::switches::{Account, NoWords, Nothing, PastTheEnd, Rows, Sorting, Switches};

/// The fields of a form.
pub(super) struct Form(pub(super) Vec<(String, String)>);

impl Form {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field that is filled in.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let value = self
            .0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// What was wrong with a request.
pub(super) struct Complaint(Option<u32>, &'static str);

const MISSING: Complaint = Complaint(Some(10), "Parâmetro não informado");
const NO_ROWS: Complaint = Complaint(Some(20), "A consulta não retornou registros");
const NO_PAGE: Complaint = Complaint(Some(23), "A página solicitada não existe");
const NO_RECORD: Complaint = Complaint(Some(32), "Registro não localizado");
const BAD_DATE: Complaint = Complaint(Some(31), "A data informada é inválida");

/// An error: always with the status 200.
pub(super) fn error(number: Option<u32>, text: &str) -> Answer {
    let mut body = json!({ "status_processamento": 1, "status": "Erro", "erros": [{ "erro": text }] });
    if let Some(number) = number {
        body["codigo_erro"] = json!(number.to_string());
    }
    Answer::json(200, json!({ "retorno": body }))
}

/// The services of the API 2.0 that an integration may call; `None` is no service.
pub(super) fn answer(world: &World, service: &str, form: &Form, switches: Switches) -> Option<Answer> {
    let answered = match service {
        "info" if switches.account == Account::Told => Ok(json!({ "conta": {
            "razao_social": "Casa Exemplo Comércio Ltda", "cnpj_cpf": "11.222.333/0001-81", "fantasia": "Casa Exemplo",
            "cidade": "São Paulo", "estado": "SP",
        } })),
        "pedidos.pesquisa" => orders(world, form, switches),
        "pedido.obter" => one(form, |id| {
            let order = world.orders.iter().find(|order| order.id == id)?;
            Some(json!({ "pedido": records::order_detail(world, order, switches) }))
        }),
        "contatos.pesquisa" => contacts(world, form, switches),
        "contato.obter" => one(form, |id| {
            if id == records::SUPPLIER {
                return Some(json!({ "contato": records::supplier(switches, true) }));
            }
            let person = world.people.iter().find(|person| person.external_id == id)?;
            Some(json!({ "contato": records::contact_detail(person, switches) }))
        }),
        "produtos.pesquisa" => products(world, form, switches),
        _ => return None,
    };
    Some(match answered {
        Ok(mut body) => {
            body["status_processamento"] = json!(3);
            body["status"] = json!("OK");
            Answer::json(200, json!({ "retorno": body }))
        }
        Err(Complaint(number, text)) => match (number, switches.nothing) {
            (Some(20), Nothing::OtherNumber) => error(Some(46), text),
            (number, _) => error(number, text),
        },
    })
}

fn one(form: &Form, find: impl FnOnce(u64) -> Option<Value>) -> Result<Value, Complaint> {
    let id = form.field("id").ok_or(MISSING)?;
    id.parse().ok().and_then(find).ok_or(NO_RECORD)
}

/// A day or a moment as filters write them.
fn date(text: &str) -> Result<DateTime<Utc>, Complaint> {
    let local = NaiveDateTime::parse_from_str(text, "%d/%m/%Y %H:%M:%S")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y").map(|day| day.and_time(NaiveTime::MIN)))
        .map_err(|_| BAD_DATE)?;
    let at = Sao_Paulo.from_local_datetime(&local).earliest().ok_or(BAD_DATE)?;
    Ok(at.to_utc())
}

fn since(form: &Form, name: &str) -> Result<Option<DateTime<Utc>>, Complaint> {
    form.field(name).map(date).transpose()
}

fn orders(world: &World, form: &Form, switches: Switches) -> Result<Value, Complaint> {
    const FILTERS: [&str; 6] = [
        "numero",
        "cliente",
        "cpf_cnpj",
        "dataInicial",
        "dataFinal",
        "dataAtualizacao",
    ];
    if FILTERS
        .iter()
        .chain(&["situacao", "numeroEcommerce"])
        .all(|name| form.field(name).is_none())
    {
        return Err(MISSING);
    }
    let (placed, changed) = (since(form, "dataInicial")?, since(form, "dataAtualizacao")?);
    let until = since(form, "dataFinal")?;
    let day = |order: &Order| order.placed_at.with_timezone(&Sao_Paulo).date_naive();
    let mut found: Vec<&Order> = world
        .orders
        .iter()
        .filter(|order| placed.is_none_or(|placed| day(order) >= placed.with_timezone(&Sao_Paulo).date_naive()))
        .filter(|order| until.is_none_or(|until| day(order) <= until.with_timezone(&Sao_Paulo).date_naive()))
        .filter(|order| changed.is_none_or(|changed| order.changed_at() >= changed))
        .filter(|order| form.field("numero").is_none_or(|number| order.number == number))
        .filter(|order| {
            form.field("numeroEcommerce")
                .is_none_or(|number| order.shop_number.as_deref() == Some(number))
        })
        .collect();
    if form.field("sort") == Some("DESC") || switches.sorting == Sorting::NewestFirst {
        found.reverse();
    }
    let rows = found
        .into_iter()
        .map(|order| records::order_row(world, order, switches));
    page(form, switches, ("pedidos", "pedido"), rows.collect())
}

/// Whoever searches has to say for what.
fn check_words(form: &Form, switches: Switches) -> Result<(), Complaint> {
    match (form.field("pesquisa"), switches.no_words) {
        (None, NoWords::Refused) => Err(MISSING),
        _ => Ok(()),
    }
}

fn contacts(world: &World, form: &Form, switches: Switches) -> Result<Value, Complaint> {
    check_words(form, switches)?;
    let (created, changed) = (since(form, "dataCriacao")?, since(form, "dataMinimaAtualizacao")?);
    let people = world
        .people
        .iter()
        .filter(|person| created.is_none_or(|created| person.registered_at >= created))
        .filter(|person| changed.is_none_or(|changed| person.updated_at >= changed));
    let people = people.map(|person| records::contact_row(person, switches));
    let rows = [records::supplier(switches, false)].into_iter().chain(people);
    page(form, switches, ("contatos", "contato"), rows.collect())
}

fn products(world: &World, form: &Form, switches: Switches) -> Result<Value, Complaint> {
    check_words(form, switches)?;
    let rows = world
        .products
        .iter()
        .map(|product| records::product_row(product, switches));
    page(form, switches, ("produtos", "produto"), rows.collect())
}

/// The page of a list that is asked for.
fn page(form: &Form, switches: Switches, names: (&str, &str), rows: Vec<Value>) -> Result<Value, Complaint> {
    let size = match switches.rows {
        Rows::Hundred => 100,
        Rows::Fifty => 50,
        Rows::Ten => 10,
    };
    if rows.is_empty() {
        return match switches.nothing {
            Nothing::Error | Nothing::OtherNumber => Err(NO_ROWS),
            Nothing::EmptyList => Ok(json!({ "pagina": "1", "numero_paginas": "0", names.0: [] })),
        };
    }
    let pages = rows.len().div_ceil(size);
    let asked: usize = form.field("pagina").and_then(|text| text.parse().ok()).unwrap_or(1);
    let number = match switches.past_the_end {
        PastTheEnd::Error if asked > pages => return Err(NO_PAGE),
        _ => asked.clamp(1, pages),
    };
    let rows: Vec<Value> = rows
        .into_iter()
        .skip((number - 1) * size)
        .take(size)
        .map(|row| records::wrapped(names.1, row, switches))
        .collect();
    Ok(json!({ "pagina": number.to_string(), "numero_paginas": pages.to_string(), names.0: rows }))
}
