//! The imitation of Loja Integrada's REST API, as `docs/sandbox-loja-integrada.md` describes it.
//!
//! Renders a world in the platform's shapes and moods, under every plausible reading of what is
//! not known for sure (see [`Switches`]). Knows nothing of sockets and faults, which the server
//! deals with, and nothing of this program's own way of reading the platform.

mod auth;
mod checkout;
mod coupon_body;
mod coupons;
mod customers;
mod filters;
mod history;
mod hooks;
mod order_detail;
mod orders;
mod paging;
mod product_shapes;
mod products;
mod refuse;
mod route;
mod shop;
mod status;
pub mod switches;
mod terms;
mod wire;

use std::{cell::Cell, time::Duration};

use serde_json::{Value, json};

use self::{auth::Door, hooks::Registration, refuse::Outcome, route::Call, shop::Shop};
use super::{
    SandboxConfig,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    noticed::Noticed,
    world::{Coupon, World},
};

pub use switches::Switches;

/// Requests a minute that a shop has.
const PER_MINUTE: u32 = 100;
/// The code of the shop's limit.
const SHOP_LIMIT: u16 = 633;

/// The imitated platform: a demonstration shop, and a second one that nobody sees from the first.
#[derive(Debug)]
pub struct LojaIntegrada {
    main: Shop,
    other: Shop,
    switches: Switches,
    noticed: Noticed,
    /// Who is told of orders.
    registration: Option<Registration>,
    /// The general limit in force at the last arrival; `None` while it is off. The limit on new
    /// coupons follows it, and only arrivals tell.
    limit: Cell<Option<u32>>,
}

impl LojaIntegrada {
    /// Invents both shops.
    pub fn new(config: &SandboxConfig) -> Self {
        let main = Shop::invent(config, 0x1177);
        Self {
            noticed: Noticed::of(&main.world),
            registration: None,
            main,
            other: Shop::invent(config, 0x2299),
            switches: config.loja_integrada.clone(),
            limit: Cell::new(None),
        }
    }

    fn outcome(&mut self, request: &Request) -> Outcome {
        let switches = &self.switches;
        if hooks::is_about(request) {
            let caller = auth::identify(request, switches)?;
            return hooks::answer(request, caller, &mut self.registration, switches);
        }
        let call = Call::of(request).ok_or_else(|| refuse::not_found(switches))?;
        if let Some(elsewhere) = route::redirect(request, switches) {
            return Ok(elsewhere);
        }
        let caller = auth::identify(request, switches)?;
        self.other.world.now = self.main.world.now;
        let shop = match caller.door {
            Door::Main => &mut self.main,
            Door::Other => &mut self.other,
        };
        if let (RequestKind::CouponCreation(_), Some(limit)) = (route::classify(request), self.limit.get()) {
            let most = switches.coupons_per_minute.unwrap_or((limit * 3 / 10).max(1));
            coupons::note_request(shop, most).map_err(|()| refuse::too_many(switches, SHOP_LIMIT))?;
        }
        route::dispatch(&call, caller, shop, switches)
    }
}

impl ImitatedPlatform for LojaIntegrada {
    fn world(&self) -> &World {
        &self.main.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.main.world
    }

    fn coupon_edited(&mut self, index: usize) {
        terms::follow(&mut self.main.world.coupons[index]);
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.outcome(request).unwrap_or_else(|refusal| refusal)
    }

    fn account(&self, request: &Request) -> Option<String> {
        let bucket = auth::bucket(request, &self.switches)?;
        // The server asks for the policy next, unless the limit is off.
        self.limit.set(None);
        Some(bucket)
    }

    fn classify(&self, request: &Request) -> RequestKind {
        route::classify(request)
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        let limit = per_minute.unwrap_or(PER_MINUTE);
        self.limit.set(Some(limit));
        match self.switches.rate_window {
            switches::RateWindow::Fixed => RatePolicy::FixedMinute(limit),
            switches::RateWindow::Sliding => RatePolicy::SlidingMinute(limit),
        }
    }

    fn too_many(&self, wait: Duration) -> Answer {
        let answer = refuse::too_many(&self.switches, SHOP_LIMIT);
        if self.switches.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return answer.with_header("retry-after", seconds.to_string());
        }
        answer
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            502 => Answer::html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
            503 => Answer::empty(503),
            other => Answer::json(other, json!({ "error": "Erro interno." })),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        Answer::json(400, json!({ "detail": text }))
    }

    fn redeem(&self, coupon: &Coupon, checkout: Checkout) -> Result<i64, String> {
        checkout::redeem(coupon, checkout, &self.main, &self.switches)
    }

    fn knows_status(&self, status: &str) -> bool {
        status::Status::by_code(status).is_some()
    }

    fn hooks(&mut self) -> Vec<Value> {
        self.events()
    }

    fn hook_address(&self) -> Option<(String, Option<String>)> {
        let known = self.registration.as_ref()?;
        Some((known.url.clone(), Some(format!("Bearer {}", known.token))))
    }

    fn switches(&self) -> Value {
        serde_json::to_value(&self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
