//! The platform's webhooks, which are the same for both of its interfaces: statuses in words, no signature, no amounts.

use chrono_tz::America::Sao_Paulo;
use serde_json::{Value, json};

use super::TinyV3;
use super::status::Status;
use super::switches::{Delivery, HookDocument};

impl TinyV3 {
    /// What happened since it was last asked for.
    pub(super) fn events(&mut self) -> Vec<Value> {
        let mut bodies = Vec::new();
        for order in &self.world.orders {
            let known = self.told.insert(order.id, order.timeline.len()).unwrap_or(0);
            for (place, change) in order.timeline.iter().enumerate().skip(known) {
                let kind = if place == 0 {
                    "inclusao_pedido"
                } else {
                    "atualizacao_pedido"
                };
                let body = self.event(kind, order.id, &change.status);
                bodies.extend((self.switches.delivery == Delivery::Twice).then(|| body.clone()));
                bodies.push(body);
            }
        }
        if self.switches.delivery == Delivery::Backwards {
            bodies.reverse();
        }
        bodies
    }

    fn event(&self, kind: &str, id: u64, status: &str) -> Value {
        let order = self.world.orders.iter().find(|order| order.id == id);
        let person = order.and_then(|order| self.world.people.get(order.person));
        let day = order.map(|order| order.placed_at.with_timezone(&Sao_Paulo).format("%d/%m/%Y").to_string());
        let status = Status::by_number(status);
        json!({
            "versao": "1.0.1",
            "cnpj": match self.switches.hook_document {
                HookDocument::Bare => "11222333000181",
                HookDocument::Punctuated => "11.222.333/0001-81",
                HookDocument::Masked => "11.***.***/****-81",
            },
            "tipo": kind,
            "dados": {
                "id": id.to_string(),
                "numero": order.map(|order| order.number.as_str()),
                "data": day,
                "idPedidoEcommerce": order.and_then(|order| order.shop_number.as_deref()).unwrap_or_default(),
                "codigoSituacao": status.map(|status| status.code),
                "descricaoSituacao": status.map(|status| status.name),
                "idContato": person.map(|person| person.external_id.to_string()),
                "idNotaFiscal": "0",
                "nomeEcommerce": "",
                "cliente": { "nome": person.map(|person| person.name.as_str()), "cpfCnpj": null },
            },
        })
    }
}
