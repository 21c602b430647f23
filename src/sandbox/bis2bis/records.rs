//! Orders, customers and products as Magento's records. Both doors tell the same fields; amounts are numbers in one
//! and text with four decimals in the other.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    lives,
    switches::{AddressFields, DocumentField, DocumentText, Switches},
};
use crate::sandbox::{
    people::Person,
    world::{Line, Order, World},
};

/// Which door a record goes out by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Soap,
    Rest,
}

/// Every so-many-th order was made by a guest.
const GUESTS: u64 = 7;

/// Whether nobody was logged in when the order was placed. Guests tell who they are, so that they can be written to.
fn is_guest(order: &Order, person: &Person) -> bool {
    order.id % GUESTS == 3 && (person.document.is_some() || person.email.is_some())
}

/// An order as its list tells it: whole in REST, without lines and document in SOAP.
pub(super) fn order_row(world: &World, switches: Switches, door: Door, order: &Order) -> Map<String, Value> {
    let person = &world.people[order.person];
    let (first, last) = names(person);
    let (state, status) = lives::parts(order.status());
    let money = |cents| amount(door, cents);
    let mut row = object(json!({
        "increment_id": order.number,
        "store_id": number(door, 1),
        "created_at": instant(order.placed_at),
        "updated_at": instant(order.changed_at()),
        "state": state,
        "status": status,
        "base_grand_total": money(order.total_cents()),
        "grand_total": money(order.total_cents()),
        "subtotal": money(order.products_cents),
        "discount_amount": money(-order.discount_cents),
        "shipping_amount": money(order.shipping_cents),
        "total_refunded": refunded(order).map(money),
        "coupon_code": order.coupon.as_ref().map(|used| used.code.as_str()),
        "customer_id": (!is_guest(order, person)).then(|| number(door, person.external_id)),
        "customer_email": person.email,
        "customer_firstname": first,
        "customer_lastname": last,
        "customer_gender": person.female.map(|female| number(door, if female { 2 } else { 1 })),
    }));
    match door {
        Door::Soap => row.insert("order_id".into(), number(door, order.id)),
        Door::Rest => {
            row.extend(detail_fields(world, switches, door, order));
            row.insert("entity_id".into(), number(door, order.id))
        }
    };
    row
}

/// An order as its own call tells it.
pub(super) fn order_detail(world: &World, switches: Switches, door: Door, order: &Order) -> Map<String, Value> {
    let mut detail = order_row(world, switches, door, order);
    detail.extend(detail_fields(world, switches, door, order));
    detail
}

fn detail_fields(world: &World, switches: Switches, door: Door, order: &Order) -> Map<String, Value> {
    let person = &world.people[order.person];
    let mut fields = object(json!({
        "customer_dob": person.birth_date.map(|day| day.to_string()),
        "items": items(world, door, order),
        "billing_address": address(switches, person),
        "payment": { "method": "pix", "installments": null },
    }));
    put_document(
        &mut fields,
        switches,
        person,
        ("customer_taxvat", "extension_attributes"),
    );
    fields
}

/// A customer.
pub(super) fn customer(switches: Switches, door: Door, person: &Person) -> Map<String, Value> {
    let (first, last) = names(person);
    let mut row = object(json!({
        "created_at": instant(person.registered_at),
        "updated_at": instant(person.updated_at),
        "email": person.email,
        "firstname": first,
        "lastname": last,
        "dob": person.birth_date.map(|day| day.to_string()),
        "gender": person.female.map(|female| number(door, if female { 2 } else { 1 })),
        "group_id": number(door, 1),
    }));
    match door {
        Door::Soap => row.insert("customer_id".into(), number(door, person.external_id)),
        Door::Rest => {
            row.insert("addresses".into(), json!([address(switches, person)]));
            row.insert("id".into(), number(door, person.external_id))
        }
    };
    put_document(&mut row, switches, person, ("taxvat", "custom_attributes"));
    row
}

/// The products.
pub(super) fn products(world: &World, door: Door) -> Vec<Map<String, Value>> {
    let row = |product: &crate::sandbox::world::Product| {
        let mut row = object(json!({
            "sku": product.sku,
            "name": format!("{} {}", product.name, product.variant),
        }));
        match door {
            Door::Soap => row.insert("product_id".into(), number(door, product.id)),
            Door::Rest => {
                row.insert("status".into(), json!(1));
                row.insert("price".into(), amount(door, product.cents));
                row.insert("id".into(), number(door, product.id))
            }
        };
        row
    };
    world.products.iter().map(row).collect()
}

fn items(world: &World, door: Door, order: &Order) -> Vec<Value> {
    let mut left = order.discount_cents;
    let mut items = Vec::new();
    for (line, id) in order.lines.iter().zip((order.id * 10..).step_by(2)) {
        let gross = line.unit_cents * i64::from(line.quantity);
        let is_last = id == order.id * 10 + 2 * (order.lines.len() as u64 - 1);
        let share = order.discount_cents * gross / order.products_cents.max(1);
        let discount = if is_last { left } else { share };
        left -= discount;
        items.push(item(world, door, line, (id, discount)));
        // Every third product is configurable: what was chosen is told again, as its child.
        if line.product.is_multiple_of(3) {
            let product = &world.products[line.product];
            items.push(json!({
                "item_id": number(door, id + 1), "parent_item_id": number(door, id), "product_type": "simple",
                "sku": product.sku, "name": product.name, "qty_ordered": quantity(door, line.quantity),
                "price": amount(door, 0), "row_total": amount(door, 0), "discount_amount": amount(door, 0),
            }));
        }
    }
    items
}

fn item(world: &World, door: Door, line: &Line, (id, discount): (u64, i64)) -> Value {
    let product = &world.products[line.product];
    json!({
        "item_id": number(door, id),
        "parent_item_id": null,
        "product_type": if line.product.is_multiple_of(3) { "configurable" } else { "simple" },
        "sku": product.sku,
        "name": format!("{} {}", product.name, product.variant),
        "qty_ordered": quantity(door, line.quantity),
        "price": amount(door, line.unit_cents),
        "row_total": amount(door, line.unit_cents * i64::from(line.quantity)),
        "discount_amount": amount(door, discount),
    })
}

fn address(switches: Switches, person: &Person) -> Value {
    let (first, last) = names(person);
    let mut address = object(json!({
        "firstname": first, "lastname": last, "street": ["Rua Fictícia", "1"], "city": "São Paulo",
        "postcode": "00000-000", "country_id": "BR", "telephone": person.punctuated_phone(),
    }));
    if switches.address_fields == AddressFields::Brazilian {
        address.extend(object(json!({
            "rua": "Rua Fictícia", "numero": "1", "complemento": "", "bairro": "Centro",
        })));
    }
    Value::Object(address)
}

fn put_document(
    fields: &mut Map<String, Value>,
    switches: Switches,
    person: &Person,
    (field, extension): (&str, &str),
) {
    let text = match switches.document_text {
        DocumentText::Punctuated => person.punctuated_document(),
        DocumentText::Bare => person.document.clone(),
        DocumentText::WithoutZeros => person
            .document
            .as_ref()
            .map(|text| text.trim_start_matches('0').to_owned()),
    };
    match switches.document_field {
        DocumentField::Taxvat => fields.insert(field.to_owned(), json!(text)),
        DocumentField::OwnField => fields.insert("cpf_cnpj".to_owned(), json!(text)),
        DocumentField::Extension if extension == "custom_attributes" => {
            let attributes = json!([{ "attribute_code": "cpf_cnpj", "value": text }]);
            fields.insert(extension.to_owned(), attributes)
        }
        DocumentField::Extension => fields.insert(extension.to_owned(), json!({ "cpf_cnpj": text })),
    };
}

/// The money given back: with the products' part the same part of everything else.
fn refunded(order: &Order) -> Option<i64> {
    let (paid, total) = (order.products_cents - order.discount_cents, order.total_cents());
    match lives::parts(order.status()).0 {
        "closed" => Some(total),
        _ if order.refunded_cents > 0 => Some((order.refunded_cents * total * 2 + paid) / (paid.max(1) * 2)),
        _ => None,
    }
}

fn names(person: &Person) -> (&str, &str) {
    person.name.split_once(' ').unwrap_or((&person.name, ""))
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn amount(door: Door, cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (cents.abs() / 100, cents.abs() % 100);
    match door {
        Door::Soap => Value::String(format!("{sign}{whole}.{rest:02}00")),
        Door::Rest => serde_json::from_str(&format!("{sign}{whole}.{rest:02}")).unwrap_or_default(),
    }
}

fn quantity(door: Door, count: u32) -> Value {
    match door {
        Door::Soap => Value::String(format!("{count}.0000")),
        Door::Rest => json!(count),
    }
}

fn number(door: Door, number: u64) -> Value {
    match door {
        Door::Soap => Value::String(number.to_string()),
        Door::Rest => json!(number),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
