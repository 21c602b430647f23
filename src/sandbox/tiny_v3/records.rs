//! Orders and contacts in the shapes of the API 3.

use chrono::{DateTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Number, Value, json};

use super::super::{
    people::{Person, punctuate},
    world::{Channel, Line, Order, World},
};
use super::switches::{Buyer, ContactRows, Dates, Documents, Ecommerce, Numbers, ProductsSum, Switches};

/// The id of a contact from whom the merchant buys.
pub(super) const SUPPLIER: u64 = 699;

/// An id as the platform writes it.
fn id(number: u64, switches: Switches) -> Value {
    match switches.numbers {
        Numbers::Number => json!(number),
        Numbers::Text => json!(number.to_string()),
    }
}

fn money_text(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn money(cents: i64, switches: Switches) -> Value {
    let text = money_text(cents);
    match switches.numbers {
        Numbers::Text => json!(text),
        Numbers::Number => text.parse::<Number>().map_or(Value::Null, Value::Number),
    }
}

fn day(at: DateTime<Utc>, switches: Switches) -> String {
    let format = match switches.dates {
        Dates::Day => "%Y-%m-%d",
        Dates::Moment => "%Y-%m-%d 00:00:00",
        Dates::DayFirst => "%d/%m/%Y",
    };
    at.with_timezone(&Sao_Paulo).format(format).to_string()
}

fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn number(order: &Order, switches: Switches) -> Value {
    id(order.number.parse().unwrap_or_default(), switches)
}

fn status(order: &Order, switches: Switches) -> Value {
    id(order.status().parse().unwrap_or_default(), switches)
}

/// A row of the list of orders: one amount, as text.
pub(super) fn order_row(world: &World, order: &Order, switches: Switches) -> Value {
    json!({
        "id": id(order.id, switches),
        "situacao": status(order, switches),
        "numeroPedido": number(order, switches),
        "ecommerce": ecommerce(order, switches),
        "dataCriacao": day(order.placed_at, switches),
        "dataPrevista": "",
        "cliente": world.people.get(order.person).map(|person| buyer(person, order, switches)),
        "valor": money_text(order.total_cents()),
        "vendedor": null,
        "transportador": null,
    })
}

/// A whole order.
pub(super) fn order_detail(world: &World, order: &Order, switches: Switches) -> Value {
    let items = order.lines.iter().filter_map(|line| item(world, line, switches));
    let mut body = json!({
        "id": id(order.id, switches),
        "numeroPedido": number(order, switches),
        "idNotaFiscal": null,
        "situacao": status(order, switches),
        "data": day(order.placed_at, switches),
        "dataPrevista": "", "dataEnvio": "", "dataEntrega": "", "dataFaturamento": "",
        "observacoes": "", "observacoesInternas": "", "numeroOrdemCompra": "",
        "valorDesconto": money(order.discount_cents, switches),
        "valorFrete": money(order.shipping_cents, switches),
        "valorOutrasDespesas": money(0, switches),
        "valorTotalPedido": money(order.total_cents(), switches),
        "cliente": world.people.get(order.person).map(|person| buyer(person, order, switches)),
        "ecommerce": ecommerce(order, switches),
        "pagamento": { "parcelas": [] }, "vendedor": null, "deposito": null,
        "itens": items.collect::<Vec<_>>(),
        "pagamentosIntegrados": [],
    });
    if switches.products_sum == ProductsSum::Told {
        body["valorTotalProdutos"] = money(order.products_cents, switches);
    }
    body
}

/// Where the order came from; nothing for what was typed in or sold at a till.
fn ecommerce(order: &Order, switches: Switches) -> Value {
    let name = match order.channel {
        Channel::Site => "Loja Própria",
        Channel::Marketplace => "Mercado Livre FULL",
        Channel::Manual | Channel::PointOfSale => "",
    };
    if name.is_empty() && order.shop_number.is_none() && switches.ecommerce == Ecommerce::Missing {
        return Value::Null;
    }
    json!({
        "id": id(if name.is_empty() { 0 } else { 12_930 }, switches),
        "nome": name,
        "numeroPedidoEcommerce": order.shop_number.clone().unwrap_or_default(),
        "numeroPedidoCanalVenda": "",
        "canalVenda": "",
    })
}

/// A buyer. Marketplaces put an address of their own in the place of the buyer's.
fn buyer(person: &Person, order: &Order, switches: Switches) -> Value {
    let mut body = json!({ "id": id(person.external_id, switches), "nome": person.name });
    if switches.buyer == Buyer::Whole {
        let email = match order.channel {
            Channel::Marketplace => Some("alias@mail.mercadolivre.invalid".to_owned()),
            _ => person.email.clone(),
        };
        body["tipoPessoa"] = json!(kind(person));
        body["cpfCnpj"] = json!(document(person, switches));
        body["email"] = json!(email.unwrap_or_default());
        body["telefone"] = json!("");
        body["celular"] = json!(person.punctuated_phone());
    }
    body
}

fn item(world: &World, line: &Line, switches: Switches) -> Option<Value> {
    let product = world.products.get(line.product)?;
    Some(json!({
        "produto": {
            "id": id(product.id, switches),
            "sku": product.sku,
            "descricao": format!("{} {}", product.name, product.variant),
            "tipo": "P",
        },
        "quantidade": line.quantity,
        "valorUnitario": money(line.unit_cents, switches),
        "infoAdicional": "",
    }))
}

/// A row of the list of contacts.
pub(super) fn contact_row(person: &Person, switches: Switches) -> Value {
    let mut row = json!({
        "id": id(person.external_id, switches),
        "nome": person.name, "codigo": "", "fantasia": "",
        "tipoPessoa": kind(person),
        "situacao": "B",
        "dataCriacao": moment(person.registered_at),
        "dataAtualizacao": moment(person.updated_at),
    });
    if switches.contact_rows == ContactRows::Whole {
        row["cpfCnpj"] = json!(document(person, switches));
        row["email"] = json!(person.email.clone().unwrap_or_default());
        row["telefone"] = json!("");
        row["celular"] = json!(person.punctuated_phone());
    }
    row
}

/// A whole contact: only here the birth date is told, and what somebody is to the merchant.
pub(super) fn contact_detail(person: &Person, switches: Switches) -> Value {
    let mut body = contact_row(person, Switches::default());
    body["id"] = id(person.external_id, switches);
    body["cpfCnpj"] = json!(document(person, switches));
    body["dataNascimento"] = json!(person.birth_date.map(|date| date.to_string()).unwrap_or_default());
    body["tipos"] = json!([{ "id": 1, "nome": "Cliente" }]);
    body
}

/// A contact from whom the merchant buys.
pub(super) fn supplier(switches: Switches, is_detail: bool) -> Value {
    let mut body = json!({
        "id": id(SUPPLIER, switches), "codigo": "F1", "nome": "Fornecedor Exemplo Ltda", "fantasia": "",
        "tipoPessoa": "E", "cpfCnpj": "", "email": "vendas@fornecedor.invalid", "telefone": "", "situacao": "B",
        "dataCriacao": "2020-01-02 10:00:00", "dataAtualizacao": "2020-01-02 10:00:00",
    });
    if is_detail {
        body["tipos"] = json!([{ "id": 2, "nome": "Fornecedor" }]);
    }
    body
}

fn kind(person: &Person) -> &'static str {
    if person.company { "J" } else { "F" }
}

fn document(person: &Person, switches: Switches) -> String {
    let document = person.document.as_deref().unwrap_or_default();
    match switches.documents {
        Documents::Punctuated => punctuate(document),
        Documents::Bare => document.to_owned(),
    }
}
