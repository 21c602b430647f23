//! What the server asks of an imitated platform: one trait with an implementation per platform.
//!
//! An implementation owns its [`World`] and renders it in the platform's own shapes. It knows
//! nothing of sockets, latency or counting: the server has dealt with those before it is asked.

use std::{fmt, str::FromStr, time::Duration};

use serde_json::Value;

use super::{
    exchange::{Answer, Request},
    limits::RatePolicy,
    world::{Coupon, World},
};

/// The platforms that the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Imitation {
    /// Magazord, under `/magazord/<alias>/api`.
    Magazord,
    /// Loja Integrada, under `/loja-integrada`.
    LojaIntegrada,
    /// JET, under `/jet`.
    Jet,
    /// Bis2Bis, under `/bis2bis/<address>`.
    Bis2Bis,
    /// Tiny, under `/tiny/api2`.
    Tiny,
    /// Tiny by its API 3, under `/tiny-v3`.
    TinyV3,
    /// Bling, under `/bling/Api/v3`.
    Bling,
}

impl Imitation {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Magazord,
        Self::LojaIntegrada,
        Self::Jet,
        Self::Bis2Bis,
        Self::Tiny,
        Self::TinyV3,
        Self::Bling,
    ];

    /// The platform's name in paths, of its own prefix and of the control API's.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Magazord => "magazord",
            Self::LojaIntegrada => "loja-integrada",
            Self::Jet => "jet",
            Self::Bis2Bis => "bis2bis",
            Self::Tiny => "tiny",
            Self::TinyV3 => "tiny-v3",
            Self::Bling => "bling",
        }
    }
}

impl fmt::Display for Imitation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.slug())
    }
}

impl FromStr for Imitation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.slug() == text)
            .ok_or_else(|| {
                format!("no platform {text:?} here: say magazord, loja-integrada, jet, bis2bis, tiny, tiny-v3 or bling")
            })
    }
}

/// What a request is about, as far as faults and counting care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestKind {
    /// A page of orders.
    OrderList,
    /// One order.
    OrderDetail,
    /// Creates a coupon with this code, where the body names one.
    CouponCreation(Option<String>),
    /// Changes a coupon.
    CouponChange,
    /// Something no integration may ever call; counted, so a test can fail on it.
    Forbidden,
    /// Anything else.
    Other,
}

/// A use of a coupon at checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkout {
    /// Index of the buyer in [`World::people`].
    pub person: usize,
    /// Sum of the products before any discount, in cents.
    pub products_cents: i64,
    /// Shipping, in cents.
    pub shipping_cents: i64,
    /// The shop that sells.
    pub shop_id: u64,
}

/// One imitated platform.
pub trait ImitatedPlatform: Send {
    /// Its people, products, orders and coupons.
    fn world(&self) -> &World;

    /// The same, to be changed. The server sets [`World::now`] before every call of anything else.
    fn world_mut(&mut self) -> &mut World;

    /// Answers a request that no fault and no limit has stopped.
    fn answer(&mut self, request: &Request) -> Answer;

    /// Whose limit the request counts against: a name for the credential, not the credential.
    /// `None` for a request without one.
    fn account(&self, request: &Request) -> Option<String>;

    /// What the request is about.
    fn classify(&self, request: &Request) -> RequestKind;

    /// Whether it is read by sending forms, so that the method does not tell a read.
    fn reads_by_post(&self) -> bool {
        false
    }

    /// The platform's own limit, with `per_minute` in place of its own number where given.
    fn rate_policy(&self, per_minute: Option<u32>) -> RatePolicy;

    /// The refusal of one request too many; `wait` is when the next one would do.
    fn too_many(&self, wait: Duration) -> Answer;

    /// A failure of the platform itself, with a 5xx status.
    fn failure(&self, status: u16) -> Answer;

    /// The refusal of a coupon for good, with the given text.
    fn refusal(&self, text: &str) -> Answer;

    /// What the coupon takes off this checkout in cents, or why it may not be used, in words.
    fn redeem(&self, coupon: &Coupon, checkout: Checkout) -> Result<i64, String>;

    /// Somebody has changed a coupon of the world: what the platform keeps of it beside has to follow.
    fn coupon_edited(&mut self, index: usize) {
        let _ = index;
    }

    /// Whether the platform has, or could have, orders in this status.
    fn knows_status(&self, status: &str) -> bool;

    /// The bodies of the webhooks that tell of what happened since it was last asked for. A platform without any has
    /// none.
    fn hooks(&mut self) -> Vec<Value> {
        Vec::new()
    }

    /// Where webhooks are sent that were asked for through the platform's own API, and the `Authorization` that they
    /// show.
    fn hook_address(&self) -> Option<(String, Option<String>)> {
        None
    }

    /// The header that a webhook's body is signed in, where the platform signs: with the secret that its panel was told,
    /// or with one that it knows otherwise.
    fn sign_hook(&self, _body: &str, _secret: Option<&str>) -> Option<(&'static str, String)> {
        None
    }

    /// After how many minutes each a webhook comes again that was not answered with success; never, where that is not
    /// imitated.
    fn hook_repeats(&self) -> &'static [u32] {
        &[]
    }

    /// Does something to what merchants consented to (`revoke`, `end-access`, `show`) and tells what lives. None for a
    /// platform without consents, or for an act that it does not know.
    fn consents(&mut self, _act: &str) -> Option<Value> {
        None
    }

    /// What is sent as a trial when an address is registered.
    fn trial_hook(&mut self) -> Option<Value> {
        None
    }

    /// The switches as they stand.
    fn switches(&self) -> Value;

    /// Replaces all switches; what the value leaves out goes back to its default.
    fn set_switches(&mut self, switches: Value) -> Result<(), serde_json::Error>;
}
