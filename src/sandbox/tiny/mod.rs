//! The imitation of Tiny, the ERP of Olist, as `docs/sandbox-tiny.md` describes it: the API 2.0 and the webhooks.
//!
//! Renders a world in the platform's shapes and moods, under every plausible reading of what is not known for sure
//! (see [`Switches`]). Knows nothing of sockets and faults, which the server deals with, and nothing of this program's
//! own way of reading the platform.

mod hooks;
mod records;
mod services;
mod status;
pub mod switches;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::services::Form;
use self::switches::{Failures, LimitHeader, TooManyBody};
use super::{
    SandboxConfig,
    credentials::credentials,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    world::{Channel, Coupon, Refunds, Shape, World},
};

pub use switches::Switches;

const FIRST_ORDER_ID: u64 = 700_001;
/// What the account's plan allows in a minute: the largest there is.
const PER_MINUTE: u32 = 120;
/// How many requests a minute the account has.
const LIMIT_HEADER: &str = "x-limit-api";

/// The imitated platform: one account.
#[derive(Debug)]
pub struct Tiny {
    world: World,
    switches: Switches,
    /// How many statuses of each order webhooks have told of.
    told: BTreeMap<u64, usize>,
}

impl Tiny {
    /// Invents the account.
    pub fn new(config: &SandboxConfig) -> Self {
        let shape = Shape {
            salt: 0x7149,
            first_person_id: 701,
            first_order_id: FIRST_ORDER_ID,
            first_coupon_id: 1,
            number: |id| (id - 700_000).to_string(),
            shops: &[1],
            showcase: status::SHOWCASE,
            everyday: status::EVERYDAY,
            refunds: Refunds::Shrink,
            shop_number: |_, _| None,
        };
        let mut world = World::generate(config, shape);
        for order in &mut world.orders {
            order.store_credit_cents = 0;
            order.shop_number = match order.channel {
                Channel::Site => Some(format!("LJ-{}", order.id)),
                Channel::Marketplace => Some(format!("20000{}", order.id)),
                Channel::Manual | Channel::PointOfSale => None,
            };
        }
        Self {
            world,
            switches: config.tiny,
            told: BTreeMap::new(),
        }
    }
}

/// The service that a path names.
fn service(request: &Request) -> Option<&str> {
    request.path.strip_prefix("/api2/")?.strip_suffix(".php")
}

/// Everything that changes something there.
fn is_write(service: &str) -> bool {
    [
        ".incluir",
        ".alterar",
        ".gerar",
        ".emitir",
        ".excluir",
        ".lancar",
        ".estornar",
        ".atualizar",
    ]
    .iter()
    .any(|verb| service.contains(verb))
}

impl ImitatedPlatform for Tiny {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let known = credentials().tiny;
        let Some(service) = service(request) else {
            return Answer::html(404, "<html><body>File not found.</body></html>");
        };
        let form = Form::of(&request.body);
        let answer = match form.field("token") {
            None => services::error(Some(1), "Token não informado"),
            Some(token) if token == known.plan_without_api => {
                services::error(Some(6), "O plano da conta não permite o uso da API")
            }
            Some(token) if token == known.blocked => services::error(Some(8), "Empresa bloqueada ou sem acesso"),
            Some(token) if token != known.token => services::error(Some(2), "Token inválido ou não encontrado"),
            Some(_)
                if !form
                    .field("formato")
                    .is_some_and(|form| form.eq_ignore_ascii_case("json")) =>
            {
                services::error(Some(10), "O parâmetro formato não foi informado")
            }
            Some(_) => services::answer(&self.world, service, &form, self.switches)
                .unwrap_or_else(|| Answer::html(404, "<html><body>File not found.</body></html>")),
        };
        match (form.field("token"), self.switches.limit_header) {
            (Some(token), _) if token == known.plan_without_api => answer.with_header(LIMIT_HEADER, "0"),
            (_, LimitHeader::Told) => answer.with_header(LIMIT_HEADER, PER_MINUTE.to_string()),
            (_, LimitHeader::Missing) => answer,
        }
    }

    /// The limit is the company's, whoever asks for it.
    fn account(&self, request: &Request) -> Option<String> {
        let form = Form::of(&request.body);
        (form.field("token") == Some(credentials().tiny.token)).then(|| "casa-exemplo".to_owned())
    }

    fn classify(&self, request: &Request) -> RequestKind {
        match service(request) {
            Some("pedidos.pesquisa") => RequestKind::OrderList,
            Some("pedido.obter") => RequestKind::OrderDetail,
            Some(service) if is_write(service) => RequestKind::Forbidden,
            _ => RequestKind::Other,
        }
    }

    fn reads_by_post(&self) -> bool {
        true
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        RatePolicy::SlidingMinute(per_minute.unwrap_or(PER_MINUTE))
    }

    fn too_many(&self, _: Duration) -> Answer {
        let answer = match self.switches.too_many_body {
            TooManyBody::Minute => services::error(Some(6), "Limite de acessos excedido"),
            TooManyBody::Concurrent => services::error(Some(11), "API Bloqueada - muitos acessos concorrentes"),
            TooManyBody::Words => {
                services::error(None, "API Bloqueada momentaneamente - muitos acessos no último minuto")
            }
        };
        match self.switches.limit_header {
            LimitHeader::Told => answer.with_header(LIMIT_HEADER, PER_MINUTE.to_string()),
            LimitHeader::Missing => answer,
        }
    }

    fn failure(&self, status: u16) -> Answer {
        match (self.switches.failures, status) {
            (Failures::InBody, 503) => services::error(Some(99), "Sistema em manutenção"),
            (Failures::InBody, _) => {
                services::error(Some(35), "Ocorreu um erro inesperado. Tente novamente mais tarde")
            }
            (Failures::Status, 500) => Answer::empty(500),
            (Failures::Status, status) => Answer::html(status, "<html><body><h1>Bad Gateway</h1></body></html>"),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        services::error(Some(31), text)
    }

    fn redeem(&self, _: &Coupon, _: Checkout) -> Result<i64, String> {
        Err("an ERP has no coupons".to_owned())
    }

    fn knows_status(&self, status: &str) -> bool {
        status::Status::by_code(status).is_some()
    }

    fn hooks(&mut self) -> Vec<Value> {
        self.events()
    }

    fn switches(&self) -> Value {
        serde_json::to_value(self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}
