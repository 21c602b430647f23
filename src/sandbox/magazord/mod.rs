//! The imitation of Magazord: its paths, its permissions, its shapes and its traps, over an
//! invented world.
//!
//! Where its interface can be read in more than one way, [`Switches`] choose the reading. What is
//! left out is listed in `docs/sandbox.md`. Called by the sandbox's server only.

mod catalogue;
mod checkout;
mod coupon_creation;
mod coupons;
mod filters;
mod hooks;
mod order_detail;
mod orders;
mod page;
mod people;
mod routes;
mod sale;
mod situations;
pub mod switches;
mod wire;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

pub use switches::Switches;

use super::{
    SandboxConfig, credentials,
    exchange::{Answer, Request, http_date},
    imitation::{Checkout, ImitatedPlatform, RequestKind},
    limits::RatePolicy,
    noticed::Noticed,
    signature,
    world::{Channel, Coupon, Order, Refunds, Shape, StatusChange, UsedCoupon, World},
};
use coupon_creation::Call;
use routes::{Access, Route};
use switches::{HookSignature, RetryAfter};

/// A little more than six requests a second: a client that waits 200 ms between its requests is
/// never refused, and of eight sent at once seven are.
const PER_MINUTE: u32 = 400;

const SHAPE: Shape = Shape {
    salt: 0x6d61_6761_7a6f_7264,
    first_person_id: 4001,
    first_order_id: 9001,
    first_coupon_id: 71,
    number: |id| format!("0010001{id:06}"),
    shops: catalogue::SHOP_IDS,
    showcase: situations::SHOWCASE,
    everyday: situations::EVERYDAY,
    refunds: Refunds::Shrink,
    shop_number: |_, _| None,
};

/// One Magazord account with three shops.
pub struct Magazord {
    world: World,
    switches: Switches,
    noticed: Noticed,
}

impl Magazord {
    /// The account that a configuration describes. Beside the configured orders it has one from
    /// 1998, and some orders carry the first coupon.
    pub fn new(config: &SandboxConfig) -> Self {
        let mut world = World::generate(config, SHAPE);
        for coupon in coupons::initial(world.now) {
            world.add_coupon(coupon);
        }
        carry_first_coupon(&mut world);
        if let Some(order) = world.orders.first().map(from_1998) {
            world.orders.insert(0, order);
        }
        Self {
            noticed: Noticed::of(&world),
            world,
            switches: config.magazord,
        }
    }

    fn dispatch(&mut self, route: Route, request: &Request) -> Answer {
        let (world, switches) = (&mut self.world, self.switches);
        let body = if route.writes() {
            match request.json().filter(|_| request.says_json()) {
                Some(body) => body,
                None => return wire::error(switches, switches.not_json.status(), "O corpo deve ser JSON."),
            }
        } else {
            Value::Null
        };
        match route {
            Route::Ping => wire::single(200, json!("pong")),
            Route::People => people::list(world, switches, request),
            Route::Person(id) => people::detail(world, switches, request, &id),
            Route::PersonCreation => people::create(world, switches, &body),
            Route::Orders => orders::list(world, switches, request),
            Route::Order(code) => order_detail::detail(world, switches, request, &code),
            Route::OrderPayments(code) => order_detail::payments(world, switches, &code),
            Route::OrderTracking(code) => order_detail::tracking(world, switches, &code),
            Route::Shops => catalogue::shops(switches, request),
            Route::Coupons => coupons::list(world, switches, request),
            Route::Coupon(id) => coupons::detail(world, switches, &id),
            Route::CouponCreation => coupon_creation::create(world, switches, Call::Discount, &body),
            Route::CreditCreation => coupon_creation::create(world, switches, Call::Credit, &body),
            Route::CouponChange(code) => coupons::change(world, switches, &code, &body),
            Route::Products => catalogue::products(world, switches, request),
            Route::Product(code) => catalogue::one_product(world, switches, &code),
            Route::ProductVariants(code) => catalogue::variants(world, switches, request, &code),
            Route::StorefrontProducts(shop) => catalogue::storefront(world, switches, request, &shop),
            Route::StorefrontProduct(shop, sku) => catalogue::storefront_product(world, switches, &shop, &sku),
            Route::Prices => catalogue::prices(world, switches, request),
            Route::Stock => catalogue::stock(world, request),
        }
    }
}

impl ImitatedPlatform for Magazord {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let switches = self.switches;
        let Some(path) = routes::after_alias(&request.path) else {
            return Answer::html(404, "<html><body>Este painel não existe.</body></html>");
        };
        let Some(route) = Route::of(&request.method, path) else {
            return wire::wrong_path(switches);
        };
        if route == Route::Ping {
            return self.dispatch(route, request);
        }
        match Access::of(request, switches) {
            Access::None => {
                wire::error(switches, 401, "Unauthorized").with_header("www-authenticate", "Basic realm=\"API\"")
            }
            Access::AllBut(resource) if resource == route.resource() => wire::error(
                switches,
                switches.permission_refusal.status(),
                "Acesso negado a este recurso.",
            ),
            Access::Full | Access::AllBut(_) => self.dispatch(route, request),
        }
    }

    fn account(&self, request: &Request) -> Option<String> {
        let alias = credentials().magazord.alias;
        Some(match Access::of(request, self.switches) {
            Access::Full => alias.to_owned(),
            Access::AllBut(resource) => format!("{alias} without {resource}"),
            Access::None => format!("{alias}, credential refused"),
        })
    }

    fn classify(&self, request: &Request) -> RequestKind {
        let Some(path) = routes::after_alias(&request.path) else {
            return RequestKind::Other;
        };
        match Route::of(&request.method, path) {
            Some(Route::Orders) => RequestKind::OrderList,
            Some(Route::Order(_)) => RequestKind::OrderDetail,
            Some(Route::CouponCreation | Route::CreditCreation) => RequestKind::CouponCreation(
                request
                    .json()
                    .and_then(|body| Some(body["codigo"].as_str()?.to_owned())),
            ),
            Some(Route::CouponChange(_)) => RequestKind::CouponChange,
            None if routes::is_forbidden(&request.method, path) => RequestKind::Forbidden,
            _ => RequestKind::Other,
        }
    }

    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy {
        RatePolicy::OneAtATime {
            gap: Duration::from_mins(1) / per_minute.unwrap_or(PER_MINUTE).max(1),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the limit, and so its end, is about real time")]
    fn too_many(&self, wait: Duration) -> Answer {
        let answer = wire::error_as(self.switches.too_many_body, 429, "Too Many Requests");
        let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
        match self.switches.retry_after {
            RetryAfter::None => answer,
            RetryAfter::Seconds => answer.with_header("retry-after", seconds),
            RetryAfter::HttpDate => {
                // Rounded up: a date in the same second would already be past for the client.
                let wait = TimeDelta::from_std(wait).unwrap_or_default() + TimeDelta::seconds(1);
                answer.with_header("retry-after", http_date(Utc::now() + wait))
            }
            RetryAfter::RateLimitHeaders => answer
                .with_header("retry-after", seconds.clone())
                .with_header("ratelimit-limit", PER_MINUTE.to_string())
                .with_header("ratelimit-remaining", "0")
                .with_header("ratelimit-reset", seconds),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        wire::error(self.switches, status, "Internal Server Error")
    }

    fn refusal(&self, text: &str) -> Answer {
        wire::error(self.switches, 422, text)
    }

    fn redeem(&self, coupon: &Coupon, checkout: Checkout) -> Result<i64, String> {
        checkout::redeem(&self.world, self.switches, coupon, checkout)
    }

    fn knows_status(&self, status: &str) -> bool {
        // Codes beyond the table exist: the sandbox itself has one.
        status.parse::<u8>().is_ok_and(|code| (1..=99).contains(&code))
    }

    fn hooks(&mut self) -> Vec<Value> {
        self.events()
    }

    fn sign_hook(&self, body: &str, secret: Option<&str>) -> Option<(&'static str, String)> {
        let secret = secret.filter(|_| self.switches.hook_signature == HookSignature::Sha256)?;
        Some(("x-zord-signature-256", signature::of(body, secret)?))
    }

    /// From 5 minutes to 120. How often is not known; somewhen it ends.
    fn hook_repeats(&self) -> &'static [u32] {
        &[5, 10, 20, 40, 80, 120, 120, 120]
    }

    fn switches(&self) -> Value {
        serde_json::to_value(self.switches).unwrap_or_default()
    }

    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error> {
        self.switches = serde_json::from_value(switches)?;
        Ok(())
    }
}

/// Puts the first coupon on every second discounted order of its shop, for the discount it has.
fn carry_first_coupon(world: &mut World) {
    let Some(coupon) = world.coupons.first_mut() else {
        return;
    };
    let discounted = world.orders.iter_mut().filter(|order| {
        order.discount_cents > 0 && order.channel == Channel::Site && Some(order.shop_id) == coupon.shop_id
    });
    for order in discounted.step_by(2) {
        coupon.uses.push((order.number.clone(), order.person));
        order.coupon = Some(UsedCoupon {
            id: coupon.id,
            code: coupon.code.clone(),
            cents: order.discount_cents,
        });
    }
}

/// An order as old as some shops' first rows, so that nobody relies on the first page being recent.
fn from_1998(first: &Order) -> Order {
    let placed_at = DateTime::from_timestamp(889_293_600, 0).unwrap_or_default();
    let id = first.id - 1;
    Order {
        id,
        number: (SHAPE.number)(id),
        shop_id: 1,
        channel: Channel::Manual,
        placed_at,
        timeline: vec![StatusChange {
            status: "8".to_owned(),
            at: placed_at,
        }],
        upcoming: Vec::new(),
        coupon: None,
        ..first.clone()
    }
}

#[cfg(test)]
mod tests;
