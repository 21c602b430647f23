//! Webhooks: registered by the API, for partners, and sent without a signature. They write an order otherwise than the
//! API does: numbers are numbers, and dates are in UTC.

use serde_json::{Value, json};

use super::{
    super::{
        exchange::{Answer, Request},
        world::Order,
    },
    LojaIntegrada,
    auth::Caller,
    orders,
    refuse::{Outcome, invalid, not_allowed, not_found, refusal},
    shop::Shop,
    status::Status,
    switches::{HookBody, HookTokens, Switches},
    wire,
};

/// Who is told of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registration {
    pub(super) url: String,
    pub(super) token: String,
}

/// Whether a request is about webhooks.
pub(super) fn is_about(request: &Request) -> bool {
    request.path.starts_with("/webhooks/")
}

/// `PUT` and `DELETE /webhooks/v1/pedido`, the latter with the same body. Nothing lists them.
pub(super) fn answer(
    request: &Request,
    caller: Caller,
    known: &mut Option<Registration>,
    switches: &Switches,
) -> Outcome {
    let entity = request.path.trim_end_matches('/').rsplit('/').next();
    if !matches!(entity, Some("pedido" | "produto")) {
        return Err(not_found(switches));
    }
    if caller.is_personal() && switches.hook_tokens == HookTokens::Partners {
        return Err(refusal(switches, 401, "Não autorizado."));
    }
    let body = request.json().unwrap_or_default();
    let text = |field: &str| body[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let url = text("notifyUrl").ok_or_else(|| invalid(switches, "notifyUrl", "é obrigatório."))?;
    let token = text("token").ok_or_else(|| invalid(switches, "token", "é obrigatório."))?;
    let told = Registration { url, token };
    let affected = match (request.method.as_str(), entity) {
        // Products are nobody's business here.
        ("PUT" | "DELETE", Some("produto")) => 1,
        ("PUT", _) => {
            *known = Some(told);
            1
        }
        ("DELETE", _) if known.as_ref() == Some(&told) => {
            *known = None;
            1
        }
        ("DELETE", _) => 0,
        _ => return Err(not_allowed()),
    };
    let message = format!("Registros afetados: {affected}");
    Ok(Answer::json(200, json!({ "message": message })))
}

impl LojaIntegrada {
    /// What happened since it was last asked for.
    pub(super) fn events(&mut self) -> Vec<Value> {
        let (shop, switches) = (&self.main, &self.switches);
        let token = self.registration.as_ref().map(|known| known.token.clone());
        let bodies = self.noticed.news(&shop.world).into_iter().filter_map(|index| {
            let order = shop.world.orders.get(index)?;
            let mut body = told(order, shop);
            body["token"] = json!(token);
            Some(match switches.hook_body {
                HookBody::Plain => body,
                HookBody::UnderData => json!({ "origin": "loja-integrada", "data": body }),
            })
        });
        switches.hook_delivery.sent(bodies.collect())
    }
}

/// An order in the form of webhooks.
fn told(order: &Order, shop: &Shop) -> Value {
    let person = &shop.world.people[order.person];
    let status = Status::by_code(order.status()).map_or(Value::Null, |status| {
        let mut told = status.in_order(order.id);
        if told.is_object() {
            told["situacao_alterada"] = json!(true);
        }
        told
    });
    let utc = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    json!({
        "tipo": "pedido_venda", "id": order.id, "numero": orders::number(order), "id_externo": null,
        "valor_subtotal": wire::number(order.products_cents), "valor_desconto": wire::number(order.discount_cents),
        "valor_envio": wire::number(order.shipping_cents), "valor_total": wire::number(order.total_cents()),
        "data_criacao": utc(order.placed_at), "data_modificacao": utc(order.changed_at()), "data_expiracao": null,
        "cliente": { "id": person.external_id, "nome": person.name },
        "situacao": status,
        "cupom_desconto": null,
        "marketplace_info": null,
    })
}
