//! The legacy generation: log-in, queue, single orders.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{
        credentials::credentials,
        exchange::{Answer, Request},
    },
    Jet, order,
    switches::{Batch, Entity, TokenLife},
};

/// How many calls a short-lived token is good for.
const SHORT_LIFE: u32 = 5;

/// A token that was handed out.
#[derive(Debug, Clone)]
pub(super) struct Token {
    text: String,
    user: String,
    calls: u32,
    ends: chrono::DateTime<chrono::Utc>,
}

impl Jet {
    /// `POST /api/v1/auth`.
    pub(super) fn log_in(&mut self, request: &Request) -> Answer {
        let known = credentials().jet;
        let Some(Value::Object(fields)) = request.json() else {
            return Answer::json(400, json!({ "message": "Corpo inválido." }));
        };
        // The case of the names does not matter; each value is base64.
        let value = |name: &str| {
            let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            let bytes = STANDARD.decode(value.as_str()?).ok()?;
            String::from_utf8(bytes).ok()
        };
        let has_key = fields.keys().any(|key| key.eq_ignore_ascii_case("IntegrationKey"));
        let key_is_good = !has_key || value("IntegrationKey").as_deref() == Some(known.integration_key);
        let user = value("UserName").filter(|user| [known.user, known.product_user].contains(&user.as_str()));
        let is_good = key_is_good
            && value("Password").as_deref() == Some(known.password)
            && value("StoreID").as_deref() == Some(known.store_id);
        let Some(user) = user.filter(|_| is_good) else {
            return Answer::json(401, json!({ "message": "Usuário ou senha inválidos." }));
        };
        self.logins += 1;
        let token = Token {
            text: format!("jet-token-{}", self.logins),
            user,
            calls: 0,
            ends: self.shop.world.now + chrono::TimeDelta::hours(1),
        };
        let body = json!({ "access_token": token.text });
        self.tokens.push(token);
        Answer::json(200, body)
    }

    /// Everything behind the log-in.
    pub(super) fn behind_login(&mut self, request: &Request, path: &[&str]) -> Answer {
        let Some(user) = self.caller(request) else {
            return Answer::empty(401);
        };
        if request.param("integrationKey") != Some(credentials().jet.integration_key) {
            return Answer::json(400, json!({ "message": "integrationKey inválida." }));
        }
        if user != credentials().jet.user {
            return Answer::json(403, json!({ "message": "Usuário sem acesso a pedidos." }));
        }
        match (request.method.as_str(), path) {
            ("GET", ["adm_order", "GetQueue"]) => self.get_queue(),
            ("POST", ["adm_order", "DeleteQueue"]) => self.delete_queue(request),
            ("GET", ["adm_order", "GetOrder", id]) => {
                let order = id
                    .parse()
                    .ok()
                    .and_then(|id: u64| self.shop.world.orders.iter().find(|one| one.id == id));
                match order {
                    Some(found) => Answer::json(200, order::whole(&self.shop.world, found, &self.switches)),
                    None => Answer::json(404, json!({ "message": "Pedido não encontrado." })),
                }
            }
            ("GET", ["adm_customer", "GetQueue"]) => Answer::json(200, json!([])),
            ("POST", ["adm_customer", "DeleteQueue"] | ["adm_orderstatus", "SetOrderStatus"]) => {
                Answer::json(200, json!({}))
            }
            _ => Answer::empty(404),
        }
    }

    /// The user behind a token that still lives; each call uses it up a little.
    fn caller(&mut self, request: &Request) -> Option<String> {
        let bearer = request.header("authorization")?.strip_prefix("Bearer ")?;
        let now = self.shop.world.now;
        let life = self.switches.token_life;
        let token = self.tokens.iter_mut().find(|token| token.text == bearer)?;
        token.calls += 1;
        let is_alive = match life {
            TokenLife::Hour => now < token.ends,
            TokenLife::FiveCalls => token.calls <= SHORT_LIFE,
        };
        is_alive.then(|| token.user.clone())
    }

    fn get_queue(&mut self) -> Answer {
        let most = match self.switches.batch {
            Batch::All => usize::MAX,
            Batch::Ten => 10,
        };
        let items: Vec<Value> = self
            .shop
            .queue
            .iter()
            .take(most)
            .map(|item| {
                json!({
                    "idQueue": order::id(item.id, &self.switches),
                    "actionType": item.action,
                    "entity": self.entity(item.order),
                })
            })
            .collect();
        self.shop.forget_deleted();
        Answer::json(200, Value::Array(items))
    }

    fn entity(&self, id: u64) -> Value {
        let found = self.shop.world.orders.iter().find(|one| one.id == id);
        match (self.switches.entity, found) {
            (Entity::Whole, Some(found)) => order::whole(&self.shop.world, found, &self.switches),
            (Entity::Scalar, _) => order::id(id, &self.switches),
            _ => json!({ "idOrder": order::id(id, &self.switches) }),
        }
    }

    fn delete_queue(&mut self, request: &Request) -> Answer {
        let Some(Value::Array(items)) = request.json() else {
            return Answer::json(400, json!({ "message": "Envie uma lista de idQueue." }));
        };
        let id = |item: &Value| match item.get("idQueue")? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let ids: Vec<u64> = items.iter().filter_map(id).collect();
        self.shop.delete(&ids, self.switches.deletion);
        Answer::json(200, json!({ "success": true }))
    }
}
