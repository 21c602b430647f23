//! Orders, contacts and products in the platform's shapes.

use chrono::{DateTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Number, Value, json};

use super::super::{
    people::{Person, punctuate},
    world::{Channel, Line, Order, Product, World},
};
use super::status::Status;
use super::switches::{ContactRows, Documents, Numbers, ProductsSum, ShopNumber, Statuses, Switches, Wrapping};

/// A row of the list of orders: no document, no e-mail, one amount.
pub(super) fn order_row(world: &World, order: &Order, switches: Switches) -> Value {
    let person = world.people.get(order.person);
    json!({
        "id": id(order.id, switches),
        "numero": number(order, switches),
        "numero_ecommerce": order.shop_number.clone().unwrap_or_default(),
        "data_pedido": day(order.placed_at),
        "data_prevista": "",
        "nome": person.map(|person| person.name.as_str()),
        "valor": money(order.total_cents(), switches),
        "id_vendedor": "0",
        "nome_vendedor": "",
        "situacao": status(order, switches),
        "codigo_rastreamento": "",
        "url_rastreamento": "",
    })
}

/// A whole order.
pub(super) fn order_detail(world: &World, order: &Order, switches: Switches) -> Value {
    let mut body = json!({
        "id": id(order.id, switches),
        "numero": number(order, switches),
        "data_pedido": day(order.placed_at),
        "data_prevista": "",
        "data_faturamento": "",
        "cliente": world.people.get(order.person).map(|person| buyer(person, order, switches)),
        "itens": order.lines.iter().filter_map(|line| item(world, line, switches)).collect::<Vec<_>>(),
        "parcelas": [], "marcadores": [],
        "condicao_pagamento": "", "forma_pagamento": "multiplas", "meio_pagamento": null,
        "frete_por_conta": "R",
        "valor_frete": money(order.shipping_cents, switches),
        "valor_desconto": money(order.discount_cents, switches),
        "outras_despesas": money(0, switches),
        "total_pedido": money(order.total_cents(), switches),
        "numero_ordem_compra": "",
        "ecommerce": ecommerce(order),
        "situacao": status(order, switches),
        "obs": "", "obs_interna": "",
        "id_nota_fiscal": "0",
    });
    if switches.shop_number == ShopNumber::Both {
        body["numero_ecommerce"] = json!(order.shop_number.clone().unwrap_or_default());
    }
    if switches.products_sum == ProductsSum::Told {
        body["total_produtos"] = money(order.products_cents, switches);
    }
    body
}

/// Where the order came from; nothing for what was typed in or sold at a till.
fn ecommerce(order: &Order) -> Value {
    let name = match order.channel {
        Channel::Site => "Loja Própria",
        Channel::Marketplace => "Mercado Livre FULL",
        Channel::Manual | Channel::PointOfSale => return json!([]),
    };
    json!({
        "id": "12930",
        "numeroPedidoEcommerce": order.shop_number.clone().unwrap_or_default(),
        "numeroPedidoCanalVenda": "",
        "nomeEcommerce": name,
    })
}

/// A buyer as an order tells one: there is no id. Marketplaces put an address of their own in the place of the
/// buyer's.
fn buyer(person: &Person, order: &Order, switches: Switches) -> Value {
    let email = match order.channel {
        Channel::Marketplace => Some("alias@mail.mercadolivre.invalid".to_owned()),
        _ => person.email.clone(),
    };
    json!({
        "codigo": "",
        "nome": person.name,
        "nome_fantasia": "",
        "tipo_pessoa": kind(person),
        "cpf_cnpj": document(person, switches),
        "ie": "", "rg": "",
        "endereco": "Rua Exemplo", "numero": "1", "cidade": "São Paulo", "uf": "SP", "cep": "01000-000",
        "email": email.unwrap_or_default(),
        "fone": person.punctuated_phone(),
    })
}

fn item(world: &World, line: &Line, switches: Switches) -> Option<Value> {
    let product = world.products.get(line.product)?;
    let item = json!({
        "id_produto": id(product.id, switches),
        "codigo": product.sku,
        "descricao": format!("{} {}", product.name, product.variant),
        "unidade": "UN",
        "quantidade": money(i64::from(line.quantity) * 100, switches),
        "valor_unitario": money(line.unit_cents, switches),
    });
    Some(wrapped("item", item, switches))
}

/// A row of the list of contacts.
pub(super) fn contact_row(person: &Person, switches: Switches) -> Value {
    let mut row = json!({
        "id": id(person.external_id, switches),
        "codigo": "",
        "nome": person.name,
        "fantasia": "",
        "tipo_pessoa": kind(person),
        "situacao": "Ativo",
        "data_criacao": moment(person.registered_at),
    });
    if switches.contact_rows == ContactRows::Whole {
        row["cpf_cnpj"] = json!(document(person, switches));
        row["email"] = json!(person.email.clone().unwrap_or_default());
        row["fone"] = json!(person.punctuated_phone());
    }
    row
}

/// A whole contact: only here the birth date is told, and what somebody is to the merchant.
pub(super) fn contact_detail(person: &Person, switches: Switches) -> Value {
    json!({
        "id": id(person.external_id, switches),
        "codigo": "",
        "nome": person.name,
        "fantasia": "",
        "tipo_pessoa": kind(person),
        "cpf_cnpj": document(person, switches),
        "email": person.email.clone().unwrap_or_default(),
        "fone": "",
        "celular": person.punctuated_phone(),
        "sexo": person.female.map(|female| if female { "feminino" } else { "masculino" }),
        "data_nascimento": person.birth_date.map_or_else(String::new, |date| date.format("%d/%m/%Y").to_string()),
        "situacao": "A",
        "tipos_contato": [{ "tipo": "Cliente" }],
        "data_atualizacao": moment(person.updated_at),
    })
}

/// A contact from whom the merchant buys.
pub(super) fn supplier(switches: Switches, is_detail: bool) -> Value {
    let mut body = json!({
        "id": id(SUPPLIER, switches), "codigo": "F1", "nome": "Fornecedor Exemplo Ltda", "fantasia": "",
        "tipo_pessoa": "E", "cpf_cnpj": "", "email": "vendas@fornecedor.invalid", "fone": "", "situacao": "Ativo",
    });
    if is_detail {
        body["tipos_contato"] = json!([{ "tipo": "Fornecedor" }]);
    }
    body
}

/// The supplier's id.
pub(super) const SUPPLIER: u64 = 699;

/// A row of the list of products.
pub(super) fn product_row(product: &Product, switches: Switches) -> Value {
    json!({
        "id": id(product.id, switches),
        "codigo": product.sku,
        "nome": format!("{} {}", product.name, product.variant),
        "preco": money(product.cents, switches),
        "preco_promocional": "0",
        "unidade": "UN",
        "tipoVariacao": "N",
        "situacao": "A",
    })
}

/// A row, in an object of its own where that is how they come.
pub(super) fn wrapped(name: &str, row: Value, switches: Switches) -> Value {
    match switches.wrapping {
        Wrapping::Wrapped => json!({ name: row }),
        Wrapping::Bare => row,
    }
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

fn status(order: &Order, switches: Switches) -> String {
    match (switches.statuses, Status::by_code(order.status())) {
        (Statuses::Names, Some(status)) => status.name.to_owned(),
        _ => order.status().to_owned(),
    }
}

fn number(order: &Order, switches: Switches) -> Value {
    id(order.number.parse().unwrap_or_default(), switches)
}

fn id(number: u64, switches: Switches) -> Value {
    match switches.numbers {
        Numbers::Text | Numbers::Mixed => json!(number.to_string()),
        Numbers::Number => json!(number),
    }
}

/// A decimal with a point.
fn money(cents: i64, switches: Switches) -> Value {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    match switches.numbers {
        Numbers::Text => json!(text),
        // Amounts that were typed in are numbers, and others have many places.
        Numbers::Mixed if cents % 2 == 0 => json!(format!("{text}000000")),
        Numbers::Number | Numbers::Mixed => text.parse::<Number>().map_or(Value::Null, Value::Number),
    }
}

fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%d/%m/%Y").to_string()
}

fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%d/%m/%Y %H:%M:%S").to_string()
}
