//! What the contract has to know of a platform: its credentials, its doubtful readings, and where its
//! sandbox cannot tell all that is true. One file in this folder per platform.

mod bis2bis;
mod bling;
mod jet;
mod loja_integrada;
mod magazord;
mod tiny;
mod tiny_v3;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fidelidade::platform::Kind;
use serde_json::Value;

use crate::support::truth::{TrueOrder, TruePerson};

/// What a merchant types, by the keys of the platform's descriptor.
pub(super) type Typed = BTreeMap<String, String>;

/// What a merchant does not type: the token that a consent gave. Tests put it beside what is typed.
pub(super) const ACCESS_TOKEN: &str = "access_token";

/// Readings of a platform's interface that are played instead of the defaults: an object.
pub(super) type Reading = Value;

/// What checking a credential has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It opens everything.
    Good,
    /// It opens nothing.
    Unauthorized,
    /// It opened everything once. Platforms that do not tell may call it wrong instead.
    Expired,
    /// It does not open this resource, in the platform's own word.
    Forbidden(&'static str),
    /// It names a panel that is not there.
    WrongAlias,
    /// It names a shop that is not there.
    WrongAddress,
}

/// A credential and what has to be said of it.
pub(super) struct Credential {
    pub(super) typed: Typed,
    pub(super) verdict: Verdict,
}

/// A platform under contract.
pub(super) trait Subject: Sync {
    /// Which platform.
    fn kind(&self) -> Kind;

    /// The shop of the account that is imported, where it has several.
    fn shop(&self) -> Option<&'static str>;

    /// The ids of all shops of the account, and whether they are open.
    fn shops(&self) -> &'static [(&'static str, bool)];

    /// The same under a reading, where that matters.
    fn shops_under(&self, _: &Reading) -> &'static [(&'static str, bool)] {
        self.shops()
    }

    /// Good credentials under a reading.
    fn good(&self, reading: &Reading) -> Typed;

    /// Every other kind of credential under a reading, with what has to be said of it.
    fn credentials(&self, reading: &Reading) -> Vec<Credential>;

    /// Readings beyond each value of each switch alone: what matters only together, and values that
    /// cannot be listed.
    fn more_readings(&self) -> Vec<Reading>;

    /// Whether a switch of the sandbox concerns it; all do where a platform has one door only.
    fn plays(&self, _: &str) -> bool {
        true
    }

    /// Whether a refusal for too many requests says how long to wait.
    fn tells_delay(&self, reading: &Reading) -> bool {
        reading.get("retry_after").is_some()
    }

    /// Whether rows of the list hold everything, so that no detail is asked for.
    fn rows_are_whole(&self) -> bool {
        false
    }

    /// Whether orders that were sold there, in the truth's word, tell it.
    fn tells_channel(&self, _: &str) -> bool {
        true
    }

    /// Whether rows of the list tell what the products cost.
    fn rows_tell_amounts(&self) -> bool {
        true
    }

    /// When an order was placed, as far as it tells.
    fn placed_on(&self, order: &TrueOrder) -> DateTime<Utc> {
        order.placed_at
    }

    /// The buyer's id as far as the order tells it.
    fn buyer_on(&self, order: &TrueOrder) -> Option<String> {
        Some(order.person.external_id.to_string())
    }

    /// The key of an order that its listing has to bear.
    fn order_key(&self, order: &TrueOrder) -> String;

    /// The buyer's document as far as the order tells it.
    fn document_on(&self, order: &TrueOrder, reading: &Reading) -> Document;

    /// A customer's document as far as the list tells it.
    fn document_of(&self, person: &TruePerson, reading: &Reading) -> Option<String>;

    /// A line's category, of this path, as far as the order tells it.
    fn category_on(&self, category: &str, reading: &Reading) -> Option<String>;

    /// Whether the platform can make coupons unusable under a reading.
    fn ends_coupons(&self, reading: &Reading) -> bool;

    /// Credentials for asking for an order by its id, where that is another way in than the one that is walked.
    fn good_by_id(&self) -> Option<Typed> {
        None
    }

    /// Interest that an order's total holds.
    fn surcharge_on(&self, _: &TrueOrder, _: &Reading) -> i64 {
        0
    }

    /// A status that means paid, and one that means cancelled.
    fn statuses(&self) -> [&'static str; 2];

    /// The row array of a list's answer.
    fn rows<'a>(&self, answer: &'a mut Value) -> Option<&'a mut Vec<Value>>;

    /// Spoils a row of the list of orders or customers so that nobody can make sense of it.
    fn spoil_row(&self, row: &mut Value);

    /// Spoils every fourth row of such an answer.
    fn spoil_rows(&self, answer: &mut Value) {
        for row in self.rows(answer).into_iter().flatten().step_by(4) {
            self.spoil_row(row);
        }
    }

    /// Spoils an order's detail likewise; other answers stay as they are.
    fn spoil_detail(&self, path: &str, answer: &mut Value);
}

/// What an order has to tell of its buyer's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    /// Exactly this.
    Is(Option<String>),
    /// This, or nothing: not every kind of sale tells.
    MayBe(Option<String>),
}

/// The platform's subject. A new kind does not compile without one.
pub(super) fn subject(kind: Kind) -> &'static dyn Subject {
    match kind {
        Kind::Magazord => &magazord::Magazord,
        Kind::LojaIntegrada => &loja_integrada::LojaIntegrada,
        Kind::Jet => &jet::Jet,
        Kind::Bis2Bis => &bis2bis::Rest,
        Kind::Tiny => &tiny::Tiny,
        Kind::TinyV3 => &tiny_v3::TinyV3,
        Kind::Bling => &bling::Bling,
        Kind::SalesApi => panic!("whoever pushes sales in is asked for nothing"),
    }
}

/// Bis2Bis by its other door.
pub(super) fn bis2bis_soap() -> &'static dyn Subject {
    &bis2bis::Soap
}

/// Typed credentials from pairs.
pub(super) fn typed(pairs: &[(&str, &str)]) -> Typed {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
