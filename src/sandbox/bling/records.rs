//! Orders, contacts and situations in the platform's shape.

use chrono::{DateTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Number, Value, json};

use super::super::world::{Channel, Order, World};
use super::switches::{Amounts, BirthDate, Discount, Ids, Switches};
use super::{FIRST_ORDER, SITUATIONS};

/// The first number of the orders in the shop that the ERP is fed by: those of the sandbox's JET.
const FIRST_SHOP_NUMBER: u64 = 50_001;

/// An id as the platform writes it.
pub(super) fn id(number: u64, switches: Switches) -> Value {
    match switches.ids {
        Ids::Number => json!(number),
        Ids::Text => json!(number.to_string()),
    }
}

fn money(cents: i64, switches: Switches) -> Value {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    match switches.amounts {
        Amounts::Text => json!(text),
        Amounts::Number => text.parse::<Number>().map_or(Value::Null, Value::Number),
    }
}

fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d").to_string()
}

/// The number of the shop's order that a sale is.
pub(super) fn shop_number(id: u64, channel: Channel) -> Option<String> {
    match channel {
        Channel::Site => Some((FIRST_SHOP_NUMBER + id - FIRST_ORDER).to_string()),
        Channel::Marketplace => Some(format!("MKT-{id}")),
        Channel::Manual | Channel::PointOfSale => None,
    }
}

/// A row of the list.
pub(super) fn row(world: &World, order: &Order, switches: Switches) -> Value {
    let person = world.people.get(order.person);
    let shop = match order.channel {
        Channel::Site => 203_001,
        Channel::Marketplace => 203_002,
        Channel::Manual | Channel::PointOfSale => 0,
    };
    let situation: u64 = order.status().parse().unwrap_or_default();
    json!({
        "id": id(order.id, switches),
        "numero": order.number.parse::<u64>().unwrap_or_default(),
        "numeroLoja": order.shop_number.clone().unwrap_or_default(),
        "data": day(order.placed_at),
        "dataSaida": "0000-00-00",
        "totalProdutos": money(order.products_cents, switches),
        "total": money(order.total_cents(), switches),
        "contato": {
            "id": id(person.map_or(0, |person| person.external_id), switches),
            "nome": person.map(|person| person.name.clone()),
            "tipoPessoa": if person.is_some_and(|person| person.company) { "J" } else { "F" },
            "numeroDocumento": person.and_then(|person| person.document.clone()).unwrap_or_default(),
        },
        "situacao": { "id": id(situation, switches), "valor": 1 },
        "loja": { "id": id(shop, switches) },
    })
}

/// A whole order.
pub(super) fn detail(world: &World, order: &Order, switches: Switches) -> Value {
    let items = order.lines.iter().filter_map(|line| {
        let product = world.products.get(line.product)?;
        Some(json!({
            "id": id(order.id * 10 + product.id, switches),
            "codigo": product.sku, "descricao": format!("{} {}", product.name, product.variant), "unidade": "UN",
            "quantidade": line.quantity, "valor": money(line.unit_cents, switches), "desconto": 0,
            "produto": { "id": id(product.id, switches) },
        }))
    });
    let intermediary = match order.channel {
        Channel::Marketplace => json!({ "cnpj": "11222333000181", "nomeUsuario": "loja-exemplo" }),
        _ => json!({ "cnpj": "", "nomeUsuario": "" }),
    };
    let mut body = row(world, order, switches);
    body["itens"] = items.collect();
    body["desconto"] = discount(order, switches);
    body["outrasDespesas"] = money(0, switches);
    body["transporte"] = json!({ "fretePorConta": 0, "frete": money(order.shipping_cents, switches) });
    body["parcelas"] = json!([]);
    body["notaFiscal"] = json!({ "id": 0 });
    body["vendedor"] = json!({ "id": 0 });
    body["intermediador"] = intermediary;
    body["taxas"] = json!({ "taxaComissao": 0 });
    body
}

fn discount(order: &Order, switches: Switches) -> Value {
    let cents = order.discount_cents;
    match switches.discount {
        Discount::Real => json!({ "valor": money(cents, switches), "unidade": "REAL" }),
        Discount::NoUnit => json!({ "valor": money(cents, switches) }),
        Discount::Percentual => {
            // Millionths of a hundredth: exact to the cent for any order here.
            let share = i128::from(cents) * 100_000_000 / i128::from(order.products_cents.max(1));
            let text = format!("{}.{:06}", share / 1_000_000, share % 1_000_000);
            json!({ "valor": text.parse::<Number>().ok(), "unidade": "PERCENTUAL" })
        }
    }
}

/// A contact.
pub(super) fn contact(world: &World, wanted: u64, switches: Switches) -> Option<Value> {
    let person = world.people.iter().find(|person| person.external_id == wanted)?;
    let born = person.birth_date.map(|date| date.to_string()).unwrap_or_default();
    let mut body = json!({
        "id": id(person.external_id, switches), "nome": person.name, "situacao": "A",
        "numeroDocumento": person.document.clone().unwrap_or_default(),
        "telefone": "", "celular": person.phone,
        "email": person.email.clone().unwrap_or_default(),
        "dadosAdicionais": { "dataNascimento": "0000-00-00", "sexo": "", "naturalidade": "" },
    });
    match switches.birth_date {
        BirthDate::Inside => body["dadosAdicionais"]["dataNascimento"] = json!(born),
        BirthDate::Beside => body["dataNascimento"] = json!(born),
    }
    Some(body)
}

/// The situations of sales.
pub(super) fn situations(switches: Switches) -> Value {
    let one = |(number, name, inherits): &(u64, &str, u64)| json!({ "id": id(*number, switches), "nome": name, "idHerdado": inherits, "cor": "#E9DC40" });
    SITUATIONS.iter().map(one).collect()
}
