//! The lists of the API 3: filters, limit and offset.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Value, json};

use super::super::exchange::{Answer, Request};
use super::super::world::{Order, World};
use super::records;
use super::switches::{LargestPage, Pagination, PastTheEnd, Sorting, Switches, UpdateFilter};

/// The largest page.
const LARGEST_PAGE: usize = 100;

/// A refusal that names the field.
fn wrong(field: &str, text: &str) -> Answer {
    let details = json!([{ "campo": field, "mensagem": text }]);
    Answer::json(
        400,
        json!({ "mensagem": "Ocorreram erros de validação", "detalhes": details }),
    )
}

/// A day or a moment as filters write them.
fn since(request: &Request, name: &str) -> Result<Option<DateTime<Utc>>, Answer> {
    let Some(text) = request.param(name) else {
        return Ok(None);
    };
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
        .or_else(|_| NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)));
    let at = local
        .ok()
        .and_then(|local| Sao_Paulo.from_local_datetime(&local).earliest());
    at.map(|at| Some(at.to_utc()))
        .ok_or_else(|| wrong(name, "data inválida"))
}

fn is_descending(request: &Request, switches: Switches) -> bool {
    request.param("orderBy") == Some("desc") || switches.sorting == Sorting::NewestFirst
}

/// `GET /pedidos`.
pub(super) fn orders(world: &World, request: &Request, switches: Switches) -> Answer {
    found_orders(world, request, switches).unwrap_or_else(|refusal| refusal)
}

fn found_orders(world: &World, request: &Request, switches: Switches) -> Result<Answer, Answer> {
    let placed = since(request, "dataInicial")?;
    let changed = since(
        request,
        match switches.update_filter {
            UpdateFilter::DataAtualizacao => "dataAtualizacao",
            UpdateFilter::DataAtualizacaoInicial => "dataAtualizacaoInicial",
        },
    )?;
    let number = request.param("numeroPedidoEcommerce");
    let mut found: Vec<&Order> = world
        .orders
        .iter()
        .filter(|order| placed.is_none_or(|placed| order.placed_at >= placed))
        .filter(|order| changed.is_none_or(|changed| order.changed_at() >= changed))
        .filter(|order| number.is_none_or(|number| order.shop_number.as_deref() == Some(number)))
        .filter(|order| request.param("situacao").is_none_or(|status| order.status() == status))
        .collect();
    if is_descending(request, switches) {
        found.reverse();
    }
    let rows = found
        .into_iter()
        .map(|order| records::order_row(world, order, switches));
    page(request, switches, rows.collect())
}

/// `GET /contatos`.
pub(super) fn contacts(world: &World, request: &Request, switches: Switches) -> Answer {
    found_contacts(world, request, switches).unwrap_or_else(|refusal| refusal)
}

fn found_contacts(world: &World, request: &Request, switches: Switches) -> Result<Answer, Answer> {
    let (created, changed) = (since(request, "dataCriacao")?, since(request, "dataAtualizacao")?);
    let people = world
        .people
        .iter()
        .filter(|person| created.is_none_or(|created| person.registered_at >= created))
        .filter(|person| changed.is_none_or(|changed| person.updated_at >= changed));
    let people = people.map(|person| records::contact_row(person, switches));
    let supplier = [records::supplier(switches, false)];
    let mut rows: Vec<Value> = supplier.into_iter().chain(people).collect();
    if is_descending(request, switches) {
        rows.reverse();
    }
    page(request, switches, rows)
}

/// The page of a list that is asked for.
fn page(request: &Request, switches: Switches, rows: Vec<Value>) -> Result<Answer, Answer> {
    let number = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| wrong(name, "não é um número")),
    };
    let asked = number("limit", LARGEST_PAGE)?;
    if asked == 0 || asked > LARGEST_PAGE {
        return Err(wrong("limit", "deve ser de 1 a 100"));
    }
    let size = match switches.largest_page {
        LargestPage::Hundred => asked,
        LargestPage::Ten => asked.min(10),
    };
    let (mut offset, total) = (number("offset", 0)?, rows.len());
    if offset >= total && switches.past_the_end == PastTheEnd::LastPage {
        offset = total.saturating_sub(1) / size * size;
    }
    let rows: Vec<Value> = rows.into_iter().skip(offset).take(size).collect();
    let mut body = json!({ "itens": rows });
    if switches.pagination == Pagination::Told {
        body["paginacao"] = json!({ "limit": size, "offset": offset, "total": total });
    }
    Ok(Answer::json(200, body))
}
