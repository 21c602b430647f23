//! The status of one order: now, before, and changed by hand.
//!
//! Transitions are not enforced. A loyalty programme has no business changing statuses; the server
//! counts such calls as forbidden, though they work as on the platform.

use serde_json::{Value, json};

use super::{
    super::{exchange::Answer, world::Order},
    orders,
    paging::{Bounds, page},
    refuse::{Outcome, invalid, not_found},
    route::Call,
    shop::Shop,
    status::Status,
    switches::Switches,
    wire,
};

/// `GET /v1/situacao/pedido/{numero}`.
pub(super) fn current(number: &str, shop: &Shop, switches: &Switches) -> Outcome {
    let index = shop.world.order_by_number(number).ok_or_else(|| not_found(switches))?;
    Ok(Answer::json(200, told(&shop.world.orders[index])))
}

/// `PUT /v1/situacao/pedido/{numero}`.
pub(super) fn change(call: &Call<'_>, number: &str, shop: &mut Shop, switches: &Switches) -> Outcome {
    let index = shop.world.order_by_number(number).ok_or_else(|| not_found(switches))?;
    let body = call.body()?;
    let code = body.get("codigo").and_then(Value::as_str).and_then(Status::by_code);
    let status = code.ok_or_else(|| invalid(switches, "codigo", "situação inexistente."))?;
    shop.world.set_status(index, status.code);
    Ok(Answer::json(200, told(&shop.world.orders[index])))
}

/// `GET /v1/situacao_historico/search`: of one order, never of the whole shop.
pub(super) fn search(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let number = match (call.param("numero"), call.param("id_externo")) {
        (Some(number), _) => number.to_owned(),
        (None, Some(own)) => orders::number_of(own, shop).unwrap_or_default(),
        (None, None) => return Err(invalid(switches, "numero", "informe numero ou id_externo.")),
    };
    let order = shop.world.orders.iter().find(|order| order.number == number);
    let rows: Vec<Value> = order.map(rows).unwrap_or_default();
    page(call, switches, Bounds::of(100), &rows, Value::clone)
}

fn told(order: &Order) -> Value {
    let mut object = wire::fields(object(order.status(), order.id));
    object.insert("pedido".to_owned(), json!(wire::uri("pedido", &order.number)));
    Value::Object(object)
}

fn object(code: &str, mood: u64) -> Value {
    Status::by_code(code).map_or(Value::Null, |status| status.in_order(mood))
}

fn rows(order: &Order) -> Vec<Value> {
    let numero: u64 = order.number.parse().unwrap_or_default();
    let steps = order.timeline.windows(2).zip(1_u64..);
    steps
        .map(|(pair, step)| {
            let id = numero * 100 + step;
            let (by, name) = match step % 3 {
                0 => ("usuario", "Pessoa da Loja"),
                1 => ("gateway", "Gateway Exemplo"),
                _ => ("API", "Integração Exemplo"),
            };
            json!({
                "id": id,
                "numero": numero,
                "data": wire::date(pair[1].at, id),
                "alterado_por": by,
                "alterado_por_nome": name,
                "obs": null,
                "situacao": object(&pair[1].status, order.id),
                "situacao_anterior": object(&pair[0].status, order.id),
                "resource_uri": wire::uri("situacao_historico", id),
            })
        })
        .collect()
}
