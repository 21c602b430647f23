//! The imitation of a Bis2Bis shop, as `docs/sandbox-bis2bis.md` describes it: Magento 1's SOAP and Magento 2's REST on
//! one world.
//!
//! Written from the interfaces' documentation, under every plausible reading of what is not known for sure (see
//! [`Switches`]). Knows nothing of sockets and faults, which the server deals with, and nothing of this program's own
//! way of reading the platform.

mod access;
mod conditions;
mod lives;
mod records;
mod rest;
mod soap;
pub mod switches;
#[cfg(test)]
mod tests;
mod xml;

use std::time::Duration;

use serde_json::{Value, json};

use self::{access::Desk, rest::Route};
use super::{
    SandboxConfig,
    credentials::credentials,
    exchange::{Answer, Request},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    world::{Channel, Coupon, Refunds, Shape, World},
};

pub use switches::Switches;

const FIRST_ORDER_ID: u64 = 1001;
/// Requests a minute that the shop bears. Nobody knows the real number.
const PER_MINUTE: u32 = 300;

/// The imitated platform: one shop at two addresses, with both doors.
#[derive(Debug)]
pub struct Bis2Bis {
    world: World,
    switches: Switches,
    desk: Desk,
}

impl Bis2Bis {
    /// Invents the shop.
    pub fn new(config: &SandboxConfig) -> Self {
        let shape = Shape {
            salt: 0xB152,
            first_person_id: 501,
            first_order_id: FIRST_ORDER_ID,
            first_coupon_id: 1,
            number: |id| (100_000_101 + id - FIRST_ORDER_ID).to_string(),
            shops: &[1],
            showcase: lives::SHOWCASE,
            everyday: lives::EVERYDAY,
            refunds: Refunds::Beside,
            shop_number: |_, _| None,
        };
        let mut world = World::generate(config, shape);
        for order in &mut world.orders {
            order.store_credit_cents = 0;
            order.channel = Channel::Site;
        }
        Self {
            world,
            switches: config.bis2bis,
            desk: Desk::default(),
        }
    }
}

/// What follows the shop's own domain or its address on the platform.
fn after_address(path: &str) -> Option<&str> {
    let known = credentials().bis2bis;
    let rest = path.strip_prefix('/')?;
    let rest = [known.address, known.platform_address]
        .into_iter()
        .find_map(|address| rest.strip_prefix(address))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

impl ImitatedPlatform for Bis2Bis {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let switches = self.switches;
        match after_address(&request.path) {
            Some(path) if soap::is_endpoint(path, switches) => {
                soap::answer(&self.world, &mut self.desk, switches, request)
            }
            Some(path) if path.starts_with("/rest/") => {
                let path = path.trim_start_matches("/rest");
                rest::answer(&mut self.world, &mut self.desk, switches, path, request)
            }
            Some(_) => Answer::html(404, "<html><body>Página não encontrada.</body></html>"),
            None => Answer::html(404, "<html><body>Não há loja neste endereço.</body></html>"),
        }
    }

    fn account(&self, request: &Request) -> Option<String> {
        after_address(&request.path).map(|_| "loja-exemplo".to_owned())
    }

    fn classify(&self, request: &Request) -> RequestKind {
        let Some(path) = after_address(&request.path) else {
            return RequestKind::Other;
        };
        if soap::is_endpoint(path, self.switches) {
            let call = soap::call_of(&request.body).map(|(name, _)| name);
            return match call.as_deref() {
                Some("salesOrderList") => RequestKind::OrderList,
                Some("salesOrderInfo") => RequestKind::OrderDetail,
                _ => RequestKind::Other,
            };
        }
        match Route::of(&request.method, path.trim_start_matches("/rest")) {
            Some(Route::Orders) => RequestKind::OrderList,
            Some(Route::Order(_)) => RequestKind::OrderDetail,
            Some(Route::CouponCreation) => {
                let code = request
                    .json()
                    .and_then(|body| Some(body["coupon"]["code"].as_str()?.to_owned()));
                RequestKind::CouponCreation(code)
            }
            // An integration with a Bis2Bis shop only reads.
            None if matches!(request.method.as_str(), "PUT" | "DELETE") => RequestKind::Forbidden,
            Some(_) | None => RequestKind::Other,
        }
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        RatePolicy::SlidingMinute(per_minute.unwrap_or(PER_MINUTE))
    }

    fn too_many(&self, wait: Duration) -> Answer {
        let answer = Answer::json(429, json!({ "message": "Too Many Requests" }));
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
            other => Answer::json(
                other,
                json!({ "message": "Internal Error. Details are available in Magento log file. Report ID: webapi-1" }),
            ),
        }
    }

    fn refusal(&self, text: &str) -> Answer {
        Answer::json(400, json!({ "message": text }))
    }

    /// Coupons that somebody made in the panel take their amount off; the rest of their rules is not imitated.
    fn redeem(&self, coupon: &Coupon, checkout: Checkout) -> Result<i64, String> {
        match coupon.amount_cents {
            Some(cents) if coupon.active => Ok(cents.min(checkout.products_cents)),
            _ => Err("the coupon takes nothing off".to_owned()),
        }
    }

    fn knows_status(&self, status: &str) -> bool {
        lives::is_known(status)
    }

    fn switches(&self) -> Value {
        serde_json::to_value(self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}
