//! Orders: the two lists, their filters, and the way to one order by its number.

use serde_json::{Value, json};

use super::{
    super::{
        exchange::Answer,
        world::{Channel, Order, Payment},
    },
    filters::{Dates, sort_by_default},
    order_detail,
    paging::{Bounds, page},
    refuse::{Outcome, invalid, not_found},
    route::Call,
    shop::Shop,
    status::Status,
    switches::{OrderStatus, Switches},
    wire,
};

const BOUNDS: Bounds = Bounds::of(50).down_to(10_000);

/// `GET /v1/pedido`: the whole shop, whatever filter was sent.
pub(super) fn list(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let mut orders: Vec<&Order> = shop.world.orders.iter().collect();
    sort_by_default(&mut orders, switches, |order| number(order));
    page(call, switches, BOUNDS, &orders, |order| {
        let mut object = row(order, shop, switches);
        object.insert("id".to_owned(), json!(order.id));
        wire::sent(Value::Object(object), number(order))
    })
}

/// `GET /v1/pedido/search`.
pub(super) fn search(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let created = Dates::read(call, switches, "since_criado", "until_criado")?;
    let changed = Dates::read(call, switches, "since_atualizado", "")?;
    let first = whole_number(call, switches, "since_numero")?;
    let customer = whole_number(call, switches, "cliente_id")?;
    let payment = whole_number(call, switches, "pagamento_id")?;
    let status = whole_number(call, switches, "situacao_id")?;
    let mut orders: Vec<&Order> = shop
        .world
        .orders
        .iter()
        .filter(|order| created.contain(order.placed_at) && changed.contain(order.changed_at()))
        .filter(|order| first.is_none_or(|first| number(order) >= first))
        .filter(|order| customer.is_none_or(|id| shop.world.people[order.person].external_id == id))
        .filter(|order| payment.is_none_or(|id| payment_method(order).0 == id))
        .filter(|order| status.is_none_or(|id| status_of(order).is_some_and(|status| status.id == id)))
        .collect();
    match call.param("order_by") {
        Some("data_criacao") => orders.sort_by_key(|order| (order.placed_at, order.id)),
        Some("-data_criacao") => orders.sort_by_key(|order| std::cmp::Reverse((order.placed_at, order.id))),
        _ => sort_by_default(&mut orders, switches, |order| number(order)),
    }
    page(call, switches, BOUNDS, &orders, |order| {
        wire::sent(Value::Object(row(order, shop, switches)), number(order))
    })
}

/// `GET /v1/pedido/{numero}`; with `id_externo=1` by the caller's own id.
pub(super) fn one(call: &Call<'_>, key: &str, shop: &Shop, switches: &Switches) -> Outcome {
    let number = if call.by_external_id() {
        number_of(key, shop)
    } else {
        Some(key.to_owned())
    };
    let order = number.and_then(|number| shop.world.orders.iter().find(|order| order.number == number));
    let order = order.ok_or_else(|| not_found(switches))?;
    Ok(Answer::json(200, order_detail::detail(order, shop, switches)))
}

/// `PUT /v1/pedido/{numero}`, which knows one field.
pub(super) fn set_external_id(call: &Call<'_>, number: &str, shop: &mut Shop, switches: &Switches) -> Outcome {
    let index = shop.world.order_by_number(number).ok_or_else(|| not_found(switches))?;
    let body = call.body()?;
    let id = body.get("id_externo").and_then(Value::as_i64);
    let id = id.ok_or_else(|| invalid(switches, "id_externo", "informe um número inteiro."))?;
    shop.order_external_ids.insert(number.to_owned(), id);
    Ok(Answer::json(
        200,
        order_detail::detail(&shop.world.orders[index], shop, switches),
    ))
}

/// The number of the order to which a partner gave this id.
pub(super) fn number_of(own: &str, shop: &Shop) -> Option<String> {
    let id: i64 = own.parse().ok()?;
    shop.order_external_ids
        .iter()
        .find(|(_, known)| **known == id)
        .map(|(number, _)| number.clone())
}

/// What list and detail have in common.
pub(super) fn row(order: &Order, shop: &Shop, switches: &Switches) -> serde_json::Map<String, Value> {
    let (mood, customer) = (number(order), shop.world.people[order.person].external_id);
    let status = status_of(order);
    let expires = status
        .is_some_and(Status::expires)
        .then(|| order.placed_at + chrono::TimeDelta::days(6));
    let situation = status.map(|status| match switches.order_status {
        OrderStatus::Object => status.in_order(mood),
        OrderStatus::Uri => wire::reference("situacao", status.id, mood),
    });
    wire::fields(json!({
        "numero": number(order),
        "cliente": wire::reference("cliente", customer, mood),
        "situacao": situation,
        "valor_subtotal": wire::money(order.products_cents, mood),
        "valor_desconto": wire::money(order.discount_cents, mood + 1),
        "valor_envio": wire::money(order.shipping_cents, mood + 2),
        "valor_total": wire::money(order.total_cents(), mood + 3),
        "peso_real": "0.450",
        "data_criacao": wire::date(order.placed_at, mood),
        "data_modificacao": wire::date(order.changed_at(), mood + 4),
        "data_expiracao": expires.map(|at| wire::loose_date(at, mood)),
        "id_externo": shop.order_external_ids.get(&order.number),
        "id_anymarket": hub_id(order),
        "utm_campaign": mood.is_multiple_of(6).then_some("boletim"),
        "resource_uri": wire::uri("pedido", &order.number),
    }))
}

/// The number as a number.
pub(super) fn number(order: &Order) -> u64 {
    order.number.parse().unwrap_or_default()
}

/// The hub's id of an order that came from a marketplace.
pub(super) fn hub_id(order: &Order) -> Option<String> {
    (order.channel == Channel::Marketplace).then(|| format!("AM{}", order.id))
}

/// Id, code, name and kind of how the order was paid.
pub(super) fn payment_method(order: &Order) -> (u64, &'static str, &'static str, &'static str) {
    match (order.channel, order.payment) {
        (Channel::Marketplace, _) => (150, "PAGAMENTOEXTERNO", "Pagamento Externo", "external"),
        (_, Payment::Pix) => (99, "exemplopix", "Pix Exemplo", "pix"),
        (_, Payment::Card) => (100, "exemplocartao", "Cartão Exemplo", "creditCard"),
        (_, Payment::BankSlip) => (101, "exemploboleto", "Boleto Exemplo", "bankSlip"),
    }
}

fn status_of(order: &Order) -> Option<Status> {
    Status::by_code(order.status())
}

fn whole_number(call: &Call<'_>, switches: &Switches, name: &str) -> Result<Option<u64>, Answer> {
    call.param(name)
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .map_err(|_| invalid(switches, name, "informe um número inteiro."))
        })
        .transpose()
}
