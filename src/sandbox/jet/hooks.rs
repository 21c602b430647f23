//! The platform's webhooks: thin bodies without a signature, of which some come twice or in another order.

use serde_json::{Value, json};

use super::{
    Jet, order,
    switches::{Delivery, Ids},
};

/// The first id of an event.
const FIRST_EVENT: u64 = 88_000;

impl Jet {
    /// What happened since it was last asked for.
    pub(super) fn events(&mut self) -> Vec<Value> {
        self.shop.notice(&self.switches);
        let news = std::mem::take(&mut self.shop.news);
        let mut bodies: Vec<Value> = Vec::new();
        for happened in news {
            let body = self.event(event_of(&happened.status), Some(happened.order));
            if self.switches.delivery == Delivery::Twice {
                bodies.push(body.clone());
            }
            bodies.push(body);
        }
        if self.switches.delivery == Delivery::Backwards {
            bodies.reverse();
        }
        bodies
    }

    /// What is sent when an address is registered.
    pub(super) fn trial(&mut self) -> Value {
        self.event("NotifyURL.Checking", None)
    }

    fn event(&mut self, name: &str, order: Option<u64>) -> Value {
        self.events += 1;
        let id = |number: u64| match self.switches.ids {
            Ids::Number => json!(number),
            Ids::Text => json!(number.to_string()),
        };
        let mut body = json!({
            "Id": id(FIRST_EVENT + self.events),
            "Event": name,
            "EventOccurredAt": order::local(self.shop.world.now),
        });
        if let Some(order) = order {
            body["ModifiedId"] = id(order);
        }
        body
    }
}

/// The documented names, and for the rest some that nobody has told of.
fn event_of(status: &str) -> &'static str {
    match status {
        "PAGO" => "Pedido.Pago",
        "APROVADO" => "Pedido.Aprovado",
        "EM PRODUCAO" => "Pedido.EmProducao",
        "DESPACHADO" => "Pedido.Enviado",
        "ENTREGUE" => "Pedido.Entregue",
        "CANCELADO" => "Pedido.Cancelado",
        "NOVO" => "Pedido.Criado",
        _ => "Pedido.Alterado",
    }
}
