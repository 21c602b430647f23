//! An order in the platform's shape, which both generations share.

use chrono::{DateTime, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Number, Value, json};

use super::{
    super::{
        people::punctuate,
        world::{Channel, Order, Payment, StatusChange, World},
    },
    status::Status,
    switches::{Documents, History, Ids, Interest, ItemNames, Switches},
};

/// The whole order.
pub(super) fn whole(world: &World, order: &Order, switches: &Switches) -> Value {
    let id = |number: u64| id(number, switches);
    let mut body = json!({
        "idOrder": id(order.id),
        "externalId": null,
        "marketPlaceName": null, "marketPlaceID": null, "marketPlaceNumberOrder": null,
        "originApp": null, "orderType": null, "b2bB2c": null,
        "dateOrder": local(order.placed_at),
        "paymentDate": order.timeline.get(1).map(|change| local(change.at)),
        "expirationDate": null,
        "group": null, "address": { "city": "São Paulo" }, "billingAddress": {},
        "nameStatus": name(order.status(), switches),
        "historyListOrderStatus": history(order, switches),
        "orderItems": items(world, order, switches),
        "orderNotes": notes(order),
    });
    let Some(fields) = body.as_object_mut() else {
        return body;
    };
    for part in [amounts(order, switches), buyer(world, order, switches)] {
        if let Value::Object(part) = part {
            fields.extend(part);
        }
    }
    if order.channel == Channel::Marketplace {
        fields.insert("marketPlaceName".to_owned(), json!("Marketplace Exemplo"));
        fields.insert("marketPlaceNumberOrder".to_owned(), json!(format!("MP-{}", order.id)));
    }
    body
}

/// An id as the platform writes it.
pub(super) fn id(number: u64, switches: &Switches) -> Value {
    match switches.ids {
        Ids::Number => json!(number),
        Ids::Text => json!(number.to_string()),
    }
}

fn amounts(order: &Order, switches: &Switches) -> Value {
    let interest = interest(order, switches);
    json!({
        "total": money(order.total_cents() + interest),
        "totalItens": money(order.products_cents),
        "totalShipping": money(order.shipping_cents),
        "totalDiscount": money(order.discount_cents),
        "totalInstallment": money(0),
        "totalShoppingVoucher": money(order.store_credit_cents),
        "interestValue": money(interest),
    })
}

fn interest(order: &Order, switches: &Switches) -> i64 {
    match switches.interest {
        Interest::Charged if order.payment == Payment::Card => order.total_cents() * 3 / 100,
        _ => 0,
    }
}

fn buyer(world: &World, order: &Order, switches: &Switches) -> Value {
    let Some(person) = world.people.get(order.person) else {
        return Value::Null;
    };
    let document = person.document.as_deref().map(|document| match switches.documents {
        Documents::Bare => document.to_owned(),
        Documents::Punctuated => punctuate(document),
    });
    json!({
        "idCustomer": id(person.external_id, switches),
        "nameCustomer": person.name,
        "email": person.email,
        "cpf_cnpj": document,
        "rg_ie": null,
        "typeCustomer": if person.company { "J" } else { "F" },
        "birthDate": person.birth_date.map(|date| format!("{date}T00:00:00")),
        "gender": null,
        "phone1": person.phone,
        "phone2": null,
    })
}

fn history(order: &Order, switches: &Switches) -> Value {
    let step = |(place, change): (u64, &StatusChange)| {
        let status = Status::by_key(&change.status);
        let mut step = json!({
            "idOrderStatus": order.id * 100 + place,
            "statusName": name(&change.status, switches),
            "dateRegisterStatus": local(change.at),
            "message": null,
            "orderInfo": { "noteNumber": null, "trackingNumber": null },
            "trackingLink": null,
        });
        if let Some(code) = status.and_then(|status| status.code(switches.status_codes)) {
            step["statusCode"] = json!(code);
        }
        if place.is_multiple_of(2) {
            step["statusExhibitionName"] = step["statusName"].clone();
        }
        step
    };
    let mut steps: Vec<Value> = (1..).zip(&order.timeline).map(step).collect();
    match switches.history {
        History::NewestFirst => steps.reverse(),
        History::OldestFirst => {}
        History::Shuffled => {
            let turn = steps.len() / 2;
            steps.rotate_left(turn);
        }
    }
    json!(steps)
}

fn name<'a>(status: &'a str, switches: &Switches) -> &'a str {
    Status::by_key(status).map_or(status, |known| known.name(switches.status_names))
}

fn items(world: &World, order: &Order, switches: &Switches) -> Value {
    let item = |(place, line): (u64, &super::super::world::Line)| {
        let product = world.products.get(line.product)?;
        let mut item = json!({
            "idOrderItem": order.id * 10 + place,
            "idProduct": product.id,
            "productCode": product.parent_code,
            "idSku": product.id,
            "skuCode": product.sku,
            "nameProduct": product.name,
            "name": format!("<b>{}</b> <i>{}</i>", product.name, product.variant),
            "quantity": line.quantity,
            "unitPrice": money(line.unit_cents),
            "total": money(line.unit_cents * i64::from(line.quantity)),
            "brand": "Marca Exemplo",
            "category": product.category.last(),
            "isKit": product.id.is_multiple_of(5),
        });
        if switches.item_names == ItemNames::Html {
            item["nameProduct"] = Value::Null;
        }
        Some(item)
    };
    (1..).zip(&order.lines).filter_map(item).collect()
}

fn notes(order: &Order) -> Option<String> {
    let coupon = order.coupon.as_ref();
    let coupon = coupon.map(|used| format!("Desconto Demanda: Id - {} Nome - {}", used.id, used.code));
    coupon.or_else(|| order.id.is_multiple_of(4).then(|| "Deixar na portaria.".to_owned()))
}

/// The wall clock of Brasília, without an offset.
pub(super) fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Sao_Paulo).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A decimal number.
fn money(cents: i64) -> Value {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}
