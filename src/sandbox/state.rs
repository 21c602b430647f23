//! Everything that a running sandbox remembers: the clock, the faults, and each imitated platform
//! with its counts. Kept behind one lock by the server and changed by the control API.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    SandboxConfig,
    bis2bis::Bis2Bis,
    bling::Bling,
    exchange::{Answer, Body, Request},
    faults::{Dice, Faults},
    hooks::Hooks,
    imitation::{ImitatedPlatform, Imitation, RequestKind},
    jet::Jet,
    limits::Ledger,
    loja_integrada::LojaIntegrada,
    magazord::Magazord,
    tiny::Tiny,
    tiny_v3::TinyV3,
    world::whole_seconds,
};

/// The sandbox's clock: starts where it is told, runs with the machine's, and can be advanced.
#[derive(Debug)]
pub(super) struct Clock {
    base: DateTime<Utc>,
    started: Instant,
}

impl Clock {
    fn now(&self) -> DateTime<Utc> {
        self.base + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    /// Moves the clock forward.
    pub(super) fn advance(&mut self, by: TimeDelta) {
        self.base += by;
    }
}

/// One imitated platform and what was counted about it.
pub(super) struct Hosted {
    pub(super) platform: Box<dyn ImitatedPlatform>,
    pub(super) ledger: Ledger,
    pub(super) hooks: Hooks,
}

/// The whole sandbox.
pub(super) struct Sandbox {
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    dice: Dice,
    created_since_faults: u32,
    changed_since_faults: u32,
    magazord: Hosted,
    loja_integrada: Hosted,
    jet: Hosted,
    bis2bis: Hosted,
    tiny: Hosted,
    tiny_v3: Hosted,
    bling: Hosted,
}

impl Sandbox {
    pub(super) fn new(config: &SandboxConfig) -> Self {
        let hosted = |platform: Box<dyn ImitatedPlatform>| Hosted {
            platform,
            ledger: Ledger::default(),
            hooks: Hooks::default(),
        };
        Self {
            clock: Clock {
                base: config.now,
                started: Instant::now(),
            },
            faults: config.faults.clone(),
            dice: Dice::new(config.seed),
            created_since_faults: 0,
            changed_since_faults: 0,
            magazord: hosted(Box::new(Magazord::new(config))),
            loja_integrada: hosted(Box::new(LojaIntegrada::new(config))),
            jet: hosted(Box::new(Jet::new(config))),
            bis2bis: hosted(Box::new(Bis2Bis::new(config))),
            tiny: hosted(Box::new(Tiny::new(config))),
            tiny_v3: hosted(Box::new(TinyV3::new(config))),
            bling: hosted(Box::new(Bling::new(config))),
        }
    }

    pub(super) fn hosted_mut(&mut self, platform: Imitation) -> &mut Hosted {
        match platform {
            Imitation::Magazord => &mut self.magazord,
            Imitation::LojaIntegrada => &mut self.loja_integrada,
            Imitation::Jet => &mut self.jet,
            Imitation::Bis2Bis => &mut self.bis2bis,
            Imitation::Tiny => &mut self.tiny,
            Imitation::TinyV3 => &mut self.tiny_v3,
            Imitation::Bling => &mut self.bling,
        }
    }

    /// Tells all worlds what time it is.
    pub(super) fn set_time(&mut self) -> DateTime<Utc> {
        let now = self.clock.now();
        for platform in Imitation::ALL {
            self.hosted_mut(platform).platform.world_mut().now = whole_seconds(now);
        }
        now
    }

    /// Puts new faults into force; what is counted from then on starts at zero.
    pub(super) fn set_faults(&mut self, faults: Faults) {
        for platform in Imitation::ALL {
            let world = self.hosted_mut(platform).platform.world_mut();
            world.hide_new_coupons(faults.hide_new_coupons);
        }
        self.faults = faults;
        self.created_since_faults = 0;
        self.changed_since_faults = 0;
    }

    /// The answer to a request that the limits let through, and whether it gets lost on the way.
    pub(super) fn answer(&mut self, platform: Imitation, request: &Request) -> (Answer, bool) {
        let kind = self.hosted_mut(platform).platform.classify(request);
        if let RequestKind::CouponCreation(Some(code)) = &kind {
            self.hosted_mut(platform).platform.world_mut().note_coupon_post(code);
        }
        if let Some(answer) = self.sabotage(platform, &kind) {
            return (answer, false);
        }
        let answer = self.hosted_mut(platform).platform.answer(request);
        let lost = self.loses(&kind, &answer);
        if kind == RequestKind::OrderList && self.faults.rows_move && answer.is_success() {
            self.hosted_mut(platform).platform.world_mut().move_rows();
        }
        let is_read = request.method == "GET" || self.hosted_mut(platform).platform.reads_by_post();
        let broken = self.dice.hits(self.faults.malformed_percent) && is_read && answer.is_success();
        (if broken { self.malform(answer) } else { answer }, lost)
    }

    /// A fault that keeps the platform from seeing the request.
    fn sabotage(&mut self, platform: Imitation, kind: &RequestKind) -> Option<Answer> {
        let down = self.dice.hits(self.faults.error_rate_percent);
        let which = [500, 502, 503][usize::from(self.dice.percent()) % 3];
        let no_detail = self.dice.hits(self.faults.order_detail_error_percent) && *kind == RequestKind::OrderDetail;
        let creates = matches!(kind, RequestKind::CouponCreation(_));
        if down {
            return Some(self.hosted_mut(platform).platform.failure(which));
        }
        if no_detail {
            return Some(self.hosted_mut(platform).platform.failure(500));
        }
        if creates && self.faults.coupon_5xx_before > 0 {
            self.faults.coupon_5xx_before -= 1;
            return Some(self.hosted_mut(platform).platform.failure(503));
        }
        let text = match kind {
            RequestKind::CouponCreation(_) => self.faults.refuse_coupons.clone(),
            RequestKind::CouponChange => self.faults.refuse_coupon_changes.clone(),
            _ => None,
        }?;
        Some(self.hosted_mut(platform).platform.refusal(&text))
    }

    fn loses(&mut self, kind: &RequestKind, answer: &Answer) -> bool {
        if !answer.is_success() {
            return false;
        }
        match kind {
            RequestKind::CouponCreation(_) => {
                self.created_since_faults += 1;
                self.faults.lose_coupon_answers.loses(self.created_since_faults)
            }
            RequestKind::CouponChange => {
                self.changed_since_faults += 1;
                self.faults.lose_coupon_changes.loses(self.changed_since_faults)
            }
            _ => false,
        }
    }

    /// Half a body, or a page that some proxy put in its place.
    fn malform(&mut self, answer: Answer) -> Answer {
        match answer.body {
            Body::Json(value) if self.dice.hits(50) => {
                let text = value.to_string();
                let half = text.chars().take(text.chars().count() / 2).collect();
                Answer {
                    body: Body::Broken(half),
                    ..answer
                }
            }
            _ => Answer::html(200, "<!doctype html><html><body>Estamos em manutenção.</body></html>"),
        }
    }
}
