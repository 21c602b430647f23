//! The imitation of Tiny's API 3, as `docs/sandbox-tiny-v3.md` describes it: consent, tokens, orders and contacts of one
//! account, and its webhooks.
//!
//! Renders a world in the platform's shapes, under every plausible reading of what is not known for sure (see
//! [`Switches`]). Knows nothing of sockets and faults, which the server deals with, and nothing of this program's own
//! way of reading the platform.

mod consents;
mod hooks;
mod lists;
mod records;
mod status;
pub mod switches;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use self::consents::Consents;
use self::switches::{Account, LimitHeaders};
use super::{
    SandboxConfig,
    credentials::credentials,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    world::{Channel, Coupon, Refunds, Shape, World},
};

pub use switches::Switches;

/// As at the imitation of the API 2.0: both begin as one account.
const FIRST_ORDER_ID: u64 = 700_001;
/// What the account's plan allows in a minute.
const PER_MINUTE: u32 = 120;
/// What any account may do in a second.
const PER_SECOND: u32 = 4;

/// The imitated platform: one account.
#[derive(Debug)]
pub struct TinyV3 {
    world: World,
    switches: Switches,
    consents: Consents,
    /// How many statuses of each order webhooks have told of.
    told: BTreeMap<u64, usize>,
    /// Requests that were answered within the last minute.
    served: VecDeque<DateTime<Utc>>,
    /// The limit that is in force.
    per_minute: Cell<u32>,
}

impl TinyV3 {
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
            switches: config.tiny_v3,
            consents: Consents::default(),
            told: BTreeMap::new(),
            served: VecDeque::new(),
            per_minute: Cell::new(PER_MINUTE),
        }
    }

    /// Whom a token opens the account for, and what it may not see.
    fn refuse(&self, request: &Request, resource: &str) -> Option<Answer> {
        let known = credentials().tiny_v3;
        let shown = request.header("authorization");
        let token = shown.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        if let Some(restricted) = known.restricted.iter().find(|one| one.token == token) {
            return (restricted.resource == resource).then(|| error(403, "Sem permissão para acessar este recurso"));
        }
        let is_open = token == known.access_token || self.consents.opens(token, self.world.now);
        (!is_open).then(|| Answer::empty(401))
    }

    fn resource(&self, request: &Request, path: &[&str]) -> Answer {
        let resource = path.first().copied().unwrap_or_default();
        if let Some(refusal) = self.refuse(request, resource) {
            return refusal;
        }
        let wanted = |text: &str| text.parse::<u64>().unwrap_or_default();
        let found = match path {
            ["info"] if self.switches.account == Account::Told => Some(json!({
                "razaoSocial": "Casa Exemplo Comércio Ltda", "cpfCnpj": "11.222.333/0001-81", "fantasia": "Casa Exemplo",
                "fone": "", "email": "dona@loja-exemplo.invalid", "inscricaoEstadual": "", "regimeTributario": 1,
            })),
            ["pedidos"] => return lists::orders(&self.world, request, self.switches),
            ["pedidos", id] => {
                let order = self.world.orders.iter().find(|order| order.id == wanted(id));
                order.map(|order| records::order_detail(&self.world, order, self.switches))
            }
            ["contatos"] => return lists::contacts(&self.world, request, self.switches),
            ["contatos", id] if wanted(id) == records::SUPPLIER => Some(records::supplier(self.switches, true)),
            ["contatos", id] => {
                let mut people = self.world.people.iter();
                let person = people.find(|person| person.external_id == wanted(id));
                person.map(|person| records::contact_detail(person, self.switches))
            }
            _ => None,
        };
        found.map_or_else(|| error(404, "Registro não encontrado"), |body| Answer::json(200, body))
    }

    /// The headers that tell of the limit.
    fn with_limit(&self, answer: Answer, limit: u32, left: u32, reset: Duration) -> Answer {
        let seconds = reset.as_secs() + u64::from(reset.subsec_nanos() > 0);
        let reset = match self.switches.limit_headers {
            LimitHeaders::Missing => return answer,
            LimitHeaders::Told => seconds.to_string(),
            LimitHeaders::Instant => (self.world.now.timestamp() + i64::try_from(seconds).unwrap_or(0)).to_string(),
        };
        answer
            .with_header("x-ratelimit-limit", limit.to_string())
            .with_header("x-ratelimit-remaining", left.to_string())
            .with_header("x-ratelimit-reset", reset)
    }

    /// Counts a request of the API, and tells what is left.
    fn counted(&mut self, answer: Answer) -> Answer {
        let (now, minute) = (self.world.now, TimeDelta::minutes(1));
        while self.served.front().is_some_and(|at| *at <= now - minute) {
            self.served.pop_front();
        }
        self.served.push_back(now);
        let limit = self.per_minute.get();
        let used = u32::try_from(self.served.len()).unwrap_or(u32::MAX);
        let oldest = self.served.front().copied().unwrap_or(now);
        let reset = (oldest + minute - now).to_std().unwrap_or_default();
        self.with_limit(answer, limit, limit.saturating_sub(used), reset)
    }
}

fn error(status: u16, text: &str) -> Answer {
    Answer::json(status, json!({ "mensagem": text }))
}

/// Which of the platform's doors a path leads to, and what comes behind it.
enum Door<'a> {
    Accounts(&'a str),
    Api(Vec<&'a str>),
    None,
}

fn door(request: &Request) -> Door<'_> {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["realms", "tiny", "protocol", "openid-connect", what] => Door::Accounts(what),
        ["public-api", "v3", rest @ ..] => Door::Api(rest.to_vec()),
        _ => Door::None,
    }
}

impl ImitatedPlatform for TinyV3 {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let (switches, now) = (self.switches, self.world.now);
        match (request.method.as_str(), door(request)) {
            ("GET", Door::Accounts("auth")) => self.consents.authorize(request, switches, now),
            ("POST", Door::Accounts("token")) => self.consents.token(request, switches, now),
            ("GET", Door::Api(path)) => {
                let answer = self.resource(request, &path);
                self.counted(answer)
            }
            _ => error(404, "Recurso não encontrado"),
        }
    }

    /// The limit is the account's, whichever of its apps asks.
    fn account(&self, request: &Request) -> Option<String> {
        let is_api = matches!(door(request), Door::Api(_));
        (is_api && request.header("authorization").is_some()).then(|| "casa-exemplo".to_owned())
    }

    fn classify(&self, request: &Request) -> RequestKind {
        match door(request) {
            // An integration with an ERP only reads.
            Door::Api(_) if request.method != "GET" => RequestKind::Forbidden,
            Door::Api(path) => match path.as_slice() {
                ["pedidos"] => RequestKind::OrderList,
                ["pedidos", _] => RequestKind::OrderDetail,
                _ => RequestKind::Other,
            },
            _ => RequestKind::Other,
        }
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        let per_minute = per_minute.unwrap_or(PER_MINUTE);
        self.per_minute.set(per_minute);
        RatePolicy::SecondAndMinute(PER_SECOND, per_minute)
    }

    /// An empty body, and of the two limits the one that was met.
    fn too_many(&self, wait: Duration) -> Answer {
        let limit = if wait > Duration::from_secs(1) {
            self.per_minute.get()
        } else {
            PER_SECOND
        };
        self.with_limit(Answer::empty(429), limit, 0, wait)
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            502 => Answer::html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            503 => Answer::empty(503),
            other => error(other, "Internal Server Error"),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        error(400, text)
    }

    fn redeem(&self, _: &Coupon, _: Checkout) -> Result<i64, String> {
        Err("an ERP has no coupons".to_owned())
    }

    fn knows_status(&self, status: &str) -> bool {
        status::Status::by_number(status).is_some()
    }

    fn hooks(&mut self) -> Vec<Value> {
        self.events()
    }

    fn consents(&mut self, act: &str) -> Option<Value> {
        self.consents.act(act)
    }

    fn switches(&self) -> Value {
        serde_json::to_value(self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}
