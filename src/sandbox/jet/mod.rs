//! The imitation of JET's two generations, as `docs/sandbox-jet.md` describes it.
//!
//! Renders a world in the platform's shapes and moods, under every plausible reading of what is not known for
//! sure (see [`Switches`]). Knows nothing of sockets and faults, which the server deals with, and nothing of
//! this program's own way of reading the platform.

mod adm;
mod hooks;
mod order;
mod shop;
mod status;
pub mod switches;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Value, json};

use self::{adm::Token, shop::Shop};
use super::{
    SandboxConfig,
    credentials::credentials,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    world::{Coupon, World},
};

pub use switches::Switches;

/// What partners keep to, with some room for requests that are late on their way.
const GAP: Duration = Duration::from_millis(250);

/// The imitated platform.
#[derive(Debug)]
pub struct Jet {
    shop: Shop,
    switches: Switches,
    tokens: Vec<Token>,
    logins: u32,
    events: u64,
}

impl Jet {
    /// Invents the shop.
    pub fn new(config: &SandboxConfig) -> Self {
        Self {
            shop: Shop::invent(config),
            switches: config.jet.clone(),
            tokens: Vec::new(),
            logins: 0,
            events: 0,
        }
    }

    /// `GET /order/api/v1/id/{idOrder}` of the OpenAPI.
    fn open_api(&mut self, request: &Request, path: &[&str]) -> Answer {
        let known = credentials().jet;
        let key = request.header("apikey");
        if key == Some(known.restricted.token) {
            return Answer::json(403, json!({ "message": "Sem permissão para Pedido." }));
        }
        if key != Some(known.api_key) {
            return Answer::json(401, json!({ "message": "Credencial inválida." }));
        }
        let ["order", "api", "v1", "id", id] = path else {
            return Answer::empty(404);
        };
        let Ok(id) = id.parse::<u64>() else {
            return Answer::json(400, json!({ "message": "O id deve ter só dígitos." }));
        };
        let not_found = || Answer::json(404, json!({ "message": "Pedido não encontrado." }));
        if self.shop.is_late(id) {
            return not_found();
        }
        let Some(found) = self.shop.world.orders.iter().find(|one| one.id == id) else {
            return not_found();
        };
        let body = order::whole(&self.shop.world, found, &self.switches);
        Answer::json(
            200,
            match self.switches.envelope {
                switches::Envelope::Result => json!({ "result": body }),
                switches::Envelope::Bare => body,
            },
        )
    }
}

/// The path of a legacy call, without host and version.
fn adm_path<'a>(parts: &[&'a str]) -> Option<Vec<&'a str>> {
    match parts {
        [cluster, "api", "v1", rest @ ..] if *cluster == credentials().jet.cluster => Some(rest.to_vec()),
        _ => None,
    }
}

fn parts(request: &Request) -> Vec<&str> {
    request.path.split('/').filter(|part| !part.is_empty()).collect()
}

impl ImitatedPlatform for Jet {
    fn world(&self) -> &World {
        &self.shop.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.shop.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.shop.notice(&self.switches);
        let parts = parts(request);
        match adm_path(&parts).as_deref() {
            Some(["auth"]) if request.method == "POST" => self.log_in(request),
            Some(path) => self.behind_login(request, path),
            None if request.method == "GET" => self.open_api(request, &parts),
            None => Answer::empty(404),
        }
    }

    fn account(&self, request: &Request) -> Option<String> {
        let shows = request.header("apikey").or(request.header("authorization")).is_some();
        let is_adm = adm_path(&parts(request)).is_some();
        (shows || is_adm).then(|| if is_adm { "adm" } else { "openapi" }.to_owned())
    }

    fn classify(&self, request: &Request) -> RequestKind {
        let parts = parts(request);
        match adm_path(&parts).as_deref() {
            Some(["adm_order", "GetQueue"]) => RequestKind::OrderList,
            Some(["adm_order", "GetOrder", _]) => RequestKind::OrderDetail,
            Some(["adm_orderstatus", ..]) => RequestKind::Forbidden,
            None if parts.starts_with(&["order", "api"]) => RequestKind::OrderDetail,
            _ => RequestKind::Other,
        }
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        per_minute.map_or(RatePolicy::OneAtATime { gap: GAP }, RatePolicy::SlidingMinute)
    }

    fn too_many(&self, wait: Duration) -> Answer {
        let answer = Answer::json(429, json!({ "message": "Limite de requisições excedido." }));
        if self.switches.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return answer.with_header("retry-after", seconds.to_string());
        }
        answer
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            502 => Answer::html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            other => Answer::json(other, json!({ "message": "Erro interno." })),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        Answer::json(400, json!({ "message": text }))
    }

    /// Coupons are made in the panel by hand.
    fn redeem(&self, coupon: &Coupon, checkout: Checkout) -> Result<i64, String> {
        if !coupon.active {
            return Err("the coupon is switched off".to_owned());
        }
        if checkout.products_cents < coupon.minimum_cents {
            return Err("the coupon asks for more products".to_owned());
        }
        let share = coupon
            .basis_points
            .map(|points| checkout.products_cents * points / 10_000);
        Ok(coupon.amount_cents.or(share).unwrap_or(0).min(checkout.products_cents))
    }

    fn knows_status(&self, status: &str) -> bool {
        status::Status::by_key(status).is_some()
    }

    fn hooks(&mut self) -> Vec<Value> {
        self.events()
    }

    fn trial_hook(&mut self) -> Option<Value> {
        Some(self.trial())
    }

    fn switches(&self) -> Value {
        serde_json::to_value(&self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}
