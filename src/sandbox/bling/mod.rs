//! The imitation of Bling's API v3, as `docs/sandbox-bling.md` describes it: consent, tokens, orders, contacts and
//! situations of one account.
//!
//! Renders a world in the platform's shapes, under every plausible reading of what is not known for sure (see
//! [`Switches`]). Knows nothing of sockets and faults, which the server deals with, and nothing of this program's own
//! way of reading the platform.

mod consents;
mod records;
pub mod switches;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Value, json};

use self::consents::Consents;
use super::{
    SandboxConfig,
    credentials::credentials,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    signature,
    world::{Channel, Coupon, Order, Refunds, Shape, World},
};

pub use switches::Switches;

use switches::{CompanyScope, Delivery, Envelope, HookCompany, PastTheEnd, Sort};

/// The id of the account's first order.
const FIRST_ORDER: u64 = 1001;
/// Requests that an account may make in a second.
const PER_SECOND: u32 = 3;
/// The largest page.
const LARGEST_PAGE: usize = 100;
/// The module that the situations of sales are in.
const SALES_MODULE: u64 = 98_310;

/// The account's situations: id, name, and the one of the system that it comes from. The account has renamed one and
/// made others.
const SITUATIONS: [(u64, &str, u64); 10] = [
    (6, "Em aberto", 0),
    (9, "Atendido", 0),
    (12, "Cancelado", 0),
    (15, "Em andamento", 0),
    (21, "Em digitação", 0),
    (24, "Verificado", 0),
    (70_001, "Entregue ao cliente", 9),
    (70_002, "Devolvido pelo cliente", 12),
    (70_003, "Em disputa", 15),
    (70_004, "Brinde embalado", 15),
];

/// The company of the account, and another that uses the same app.
const COMPANY: &str = "d41d8cd98f00b204e9800998ecf8427e";
const OTHER_COMPANY: &str = "0cc175b9c0f1b6a831c399e269772661";

/// Lives of which one order each has come to the end.
const SHOWCASE: &[&[&str]] = &[
    &["6"],
    &["6", "15"],
    &["6", "9"],
    &["6", "15", "24", "9"],
    &["6", "15", "9", "70001"],
    &["6", "9", "70002"],
    &["6", "15", "12"],
    &["21", "6", "12"],
    &["6", "15", "70003"],
    &["6", "15", "70004"],
];

/// Lives of the other orders.
const EVERYDAY: &[&[&str]] = &[
    &["6", "15", "9"],
    &["6", "15", "24", "9", "70001"],
    &["6", "9"],
    &["6", "12"],
];

/// The imitated account.
#[derive(Debug)]
pub struct Bling {
    world: World,
    switches: Switches,
    consents: Consents,
    /// How many statuses of each order webhooks have told of.
    noticed: BTreeMap<u64, usize>,
    events: u64,
}

impl Bling {
    /// Invents the account.
    pub fn new(config: &SandboxConfig) -> Self {
        let shape = Shape {
            salt: 0xb119,
            first_person_id: 701,
            first_order_id: FIRST_ORDER,
            first_coupon_id: 1,
            number: |id| (id - FIRST_ORDER + 501).to_string(),
            shops: &[1],
            showcase: SHOWCASE,
            everyday: EVERYDAY,
            refunds: Refunds::Shrink,
            shop_number: records::shop_number,
        };
        let mut world = World::generate(config, shape);
        for order in &mut world.orders {
            order.store_credit_cents = 0;
            if order.channel == Channel::PointOfSale {
                order.channel = Channel::Manual;
            }
        }
        let mut account = Self {
            world,
            switches: config.bling,
            consents: Consents::default(),
            noticed: BTreeMap::new(),
            events: 0,
        };
        account.news();
        account
    }

    /// The orders that moved since it was last asked.
    fn news(&mut self) -> Vec<(u64, bool)> {
        let mut moved = Vec::new();
        for order in &self.world.orders {
            let known = self.noticed.insert(order.id, order.timeline.len()).unwrap_or(0);
            moved.extend((known..order.timeline.len()).map(|place| (order.id, place == 0)));
        }
        moved
    }

    /// Whom a token opens the account for, and what it may not see.
    fn refuse(&self, request: &Request, resource: &str) -> Option<Answer> {
        let known = credentials().bling;
        let unknown = || {
            let body = json!({ "error": { "type": "invalid_token", "message": "O token de acesso é inválido." } });
            Some(Answer::json(401, body))
        };
        if request.header("enable-jwt") != Some("1") {
            return unknown();
        }
        let token = request
            .header("authorization")
            .and_then(|text| text.strip_prefix("Bearer "));
        let Some(token) = token else { return unknown() };
        if let Some(restricted) = known.restricted.iter().find(|one| one.token == token) {
            return (restricted.resource == resource).then(insufficient_scope);
        }
        if token == known.access_token || self.consents.opens(token, self.world.now) {
            return None;
        }
        unknown()
    }

    fn give(&self, body: Value) -> Answer {
        Answer::json(
            200,
            match self.switches.envelope {
                Envelope::Data => json!({ "data": body }),
                Envelope::Bare => body,
            },
        )
    }

    fn orders(&self, request: &Request) -> Answer {
        let windows = [
            ("dataInicial", "dataFinal", Order::placed as fn(&Order) -> DateTime<Utc>),
            ("dataAlteracaoInicial", "dataAlteracaoFinal", Order::changed_at),
        ];
        let mut found: Vec<&Order> = self.world.orders.iter().collect();
        for (from, to, at) in windows {
            let bounds =
                [(from, false), (to, true)].map(|(name, end)| request.param(name).map(|text| instant(text, end)));
            if bounds.contains(&Some(None)) {
                return bad_request("Data inválida.");
            }
            let [from, to] = bounds.map(Option::flatten);
            if let (Some(from), Some(to)) = (from, to)
                && to - from > TimeDelta::days(366)
            {
                return bad_request("O intervalo entre as datas não pode ser maior que um ano.");
            }
            found.retain(|order| from.is_none_or(|from| at(order) >= from) && to.is_none_or(|to| at(order) <= to));
        }
        if self.switches.sort == Sort::NewestFirst {
            found.reverse();
        }
        let rows = found
            .into_iter()
            .map(|order| records::row(&self.world, order, self.switches));
        self.page(request, rows.collect())
    }

    fn page(&self, request: &Request, rows: Vec<Value>) -> Answer {
        let number = |name: &str, default: usize| {
            let given = request.param(name).and_then(|text| text.parse().ok());
            given.filter(|given| *given > 0).unwrap_or(default)
        };
        let size = number("limite", LARGEST_PAGE).min(LARGEST_PAGE);
        let mut page = number("pagina", 1);
        let last = rows.len().div_ceil(size).max(1);
        if page > last && self.switches.past_the_end == PastTheEnd::LastPage {
            page = last;
        }
        let rows: Vec<Value> = rows.into_iter().skip((page - 1) * size).take(size).collect();
        self.give(json!(rows))
    }

    fn resource(&self, request: &Request, path: &[&str]) -> Answer {
        let resource = match path {
            ["pedidos", "vendas", ..] => "pedidos/vendas",
            ["contatos", ..] => "contatos",
            ["situacoes", ..] => "situacoes",
            ["empresas", ..] => "empresas",
            _ => return not_found(),
        };
        if let Some(refusal) = self.refuse(request, resource) {
            return refusal;
        }
        let wanted = |text: &str| text.parse::<u64>().unwrap_or_default();
        match path {
            ["empresas", "me", "dados-basicos"] => match self.switches.company_scope {
                CompanyScope::Granted => self.give(json!({ "id": COMPANY, "nome": "Empresa Exemplo Ltda" })),
                CompanyScope::Missing => insufficient_scope(),
            },
            ["pedidos", "vendas"] => self.orders(request),
            ["pedidos", "vendas", id] => {
                let found = self.world.orders.iter().find(|order| order.id == wanted(id));
                found.map_or_else(not_found, |order| {
                    self.give(records::detail(&self.world, order, self.switches))
                })
            }
            ["contatos"] => self.page(request, vec![json!({ "id": 701, "nome": "Cliente Exemplo" })]),
            ["contatos", id] => {
                let found = records::contact(&self.world, wanted(id), self.switches);
                found.map_or_else(not_found, |contact| self.give(contact))
            }
            ["situacoes", "modulos"] => self.give(json!([
                { "id": records::id(98_309, self.switches), "nome": "Produtos", "descricao": "Produtos" },
                { "id": records::id(SALES_MODULE, self.switches), "nome": "Vendas", "descricao": "Pedidos de venda" },
            ])),
            ["situacoes", "modulos", id] if wanted(id) == SALES_MODULE => self.give(records::situations(self.switches)),
            ["situacoes", "modulos", _] => self.give(json!([])),
            _ => not_found(),
        }
    }
}

impl Order {
    fn placed(&self) -> DateTime<Utc> {
        self.placed_at
    }
}

/// An instant as filters are given; a day means its begin or its end.
fn instant(text: &str, end: bool) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").or_else(|_| {
        let time = if end { NaiveTime::from_hms_opt(23, 59, 59) } else { None };
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(time.unwrap_or(NaiveTime::MIN)))
    });
    let local = local.ok()?;
    Sao_Paulo.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

fn not_found() -> Answer {
    let text = "O recurso requisitado não foi encontrado.";
    Answer::json(
        404,
        json!({ "error": { "type": "RESOURCE_NOT_FOUND", "message": text } }),
    )
}

fn insufficient_scope() -> Answer {
    let text = "O aplicativo não tem o escopo necessário.";
    Answer::json(
        403,
        json!({ "error": { "type": "insufficient_scope", "message": text } }),
    )
}

fn bad_request(text: &str) -> Answer {
    Answer::json(400, json!({ "error": { "type": "VALIDATION_ERROR", "message": text } }))
}

/// The parts of a path behind the version.
fn parts(request: &Request) -> Vec<&str> {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["Api", "v3", rest @ ..] => rest.to_vec(),
        _ => Vec::new(),
    }
}

impl ImitatedPlatform for Bling {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let (switches, now) = (self.switches, self.world.now);
        match (request.method.as_str(), parts(request).as_slice()) {
            ("GET", ["oauth", "authorize"]) => self.consents.authorize(request, switches, now),
            ("POST", ["oauth", "token"]) => self.consents.token(request, switches, now),
            ("GET", path) => self.resource(request, path),
            _ => not_found(),
        }
    }

    fn account(&self, request: &Request) -> Option<String> {
        let is_consent = parts(request).first() == Some(&"oauth");
        (!is_consent && request.header("authorization").is_some()).then(|| "conta-exemplo".to_owned())
    }

    fn classify(&self, request: &Request) -> RequestKind {
        match parts(request).as_slice() {
            ["pedidos", "vendas"] => RequestKind::OrderList,
            ["pedidos", "vendas", _] => RequestKind::OrderDetail,
            ["oauth", ..] => RequestKind::Other,
            // An integration with an ERP only reads.
            _ if request.method != "GET" => RequestKind::Forbidden,
            _ => RequestKind::Other,
        }
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        per_minute.map_or(RatePolicy::PerSecond(PER_SECOND), RatePolicy::SlidingMinute)
    }

    fn too_many(&self, wait: Duration) -> Answer {
        let text = "Limite de requisições atingido.";
        let body = json!({ "error": { "type": "TOO_MANY_REQUESTS", "message": text, "limit": 3, "period": "second" } });
        let answer = Answer::json(429, body);
        if self.switches.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return answer.with_header("retry-after", seconds.to_string());
        }
        answer
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            502 => Answer::html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            other => Answer::json(other, json!({ "error": { "type": "SERVER_ERROR" } })),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        bad_request(text)
    }

    fn redeem(&self, _: &Coupon, _: Checkout) -> Result<i64, String> {
        Err("an ERP has no checkout".to_owned())
    }

    fn knows_status(&self, status: &str) -> bool {
        SITUATIONS.iter().any(|(id, _, _)| id.to_string() == status)
    }

    fn hooks(&mut self) -> Vec<Value> {
        let mut bodies = Vec::new();
        for (order, is_new) in self.news() {
            self.events += 1;
            let body = json!({
                "eventId": format!("01SANDBOX{:016}", self.events),
                "date": self.world.now,
                "version": "v1",
                "event": if is_new { "order.created" } else { "order.updated" },
                "companyId": match self.switches.hook_company {
                    HookCompany::Own => COMPANY,
                    HookCompany::Other => OTHER_COMPANY,
                },
                "data": { "id": order },
            });
            if self.switches.delivery == Delivery::Twice {
                bodies.push(body.clone());
            }
            bodies.push(body);
        }
        bodies
    }

    fn sign_hook(&self, body: &str, _: Option<&str>) -> Option<(&'static str, String)> {
        let signed = signature::of(body, credentials().bling.client_secret)?;
        Some(("x-bling-signature-256", signed))
    }

    fn consents(&mut self, act: &str) -> Option<Value> {
        match act {
            "revoke" => self.consents.revoke(),
            "end-access" => self.consents.end_access(),
            "show" => {}
            _ => return None,
        }
        Some(self.consents.told())
    }

    fn switches(&self) -> Value {
        serde_json::to_value(self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}
