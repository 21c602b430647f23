//! The shop, as far as two codes go.

/// What the shop has under a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum There {
    Nothing,
    /// Our coupon, which can be used. Some shops show it in their list only after a while.
    Live {
        shown: bool,
    },
    /// Our coupon, which a sale has used.
    Used,
    /// Our coupon, which cannot be used.
    Dead,
    /// Our coupon, which somebody deleted.
    Gone,
    /// Somebody else's.
    Anothers,
}

/// A request to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Request {
    Create { code: u8 },
    End { code: u8 },
}

/// What becomes of a request whose sender waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fate {
    /// Carried out; what was made is shown at once, or later.
    Done { shown: bool, answered: bool },
    /// Not carried out, and the answer does not say so.
    Failed,
    /// Given up by its sender; the shop carries it out later, or never.
    OnItsWay,
    /// Refused for good.
    Refused,
    /// There is a coupon with this code already.
    Duplicate,
    /// There is no such coupon.
    NotFound,
    /// Turned away before it had any effect: limits, no connection.
    NotSent,
}

/// Codes that are told apart: the first, and others that nobody else has.
pub(crate) const CODES: usize = 3;

/// The shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shop {
    pub(crate) codes: [There; CODES],
    /// Somebody has ended or deleted our coupon in the panel.
    pub(crate) was_meddled_with: bool,
}

impl Shop {
    pub(crate) fn at(self, code: u8) -> There {
        self.codes[place(code)]
    }

    pub(crate) fn put(&mut self, code: u8, there: There) {
        self.codes[place(code)] = there;
    }

    /// Carries a request out; a coupon that it makes is shown at once, or later.
    pub(crate) fn carry_out(&mut self, request: Request, shown: bool) {
        match request {
            Request::Create { code } if matches!(self.at(code), There::Nothing | There::Gone) => {
                self.put(code, There::Live { shown });
            }
            Request::End { code } if matches!(self.at(code), There::Live { .. }) => self.put(code, There::Dead),
            _ => {}
        }
    }

    /// Everything that may become of a request.
    pub(crate) fn fates(self, request: Request) -> Vec<Fate> {
        let done = |shown, answered| Fate::Done { shown, answered };
        let mut fates = vec![Fate::Failed, Fate::Refused, Fate::NotSent];
        match (request, self.at(code_of(request))) {
            (Request::Create { .. }, There::Nothing | There::Gone) => fates.extend([
                done(true, true),
                done(true, false),
                done(false, true),
                done(false, false),
                Fate::OnItsWay,
            ]),
            (Request::Create { .. }, _) => fates.push(Fate::Duplicate),
            (Request::End { .. }, There::Nothing | There::Gone | There::Anothers) => fates.push(Fate::NotFound),
            (Request::End { .. }, there) => {
                fates.extend([done(true, true), done(true, false), Fate::OnItsWay]);
                // Some look the code up in the list first.
                if there == (There::Live { shown: false }) {
                    fates.push(Fate::NotFound);
                }
            }
        }
        fates
    }

    /// The coupons of ours that give, or gave, somebody a discount.
    pub(crate) fn worth_something(self) -> usize {
        let is_worth = |there: &&There| matches!(there, There::Live { .. } | There::Used);
        self.codes.iter().filter(is_worth).count()
    }
}

pub(crate) fn code_of(request: Request) -> u8 {
    match request {
        Request::Create { code } | Request::End { code } => code,
    }
}

fn place(code: u8) -> usize {
    usize::from(code).min(CODES - 1)
}
