//! Where the platform's behaviour is not known for sure, every plausible reading is a switch here.
//!
//! The default is the most likely reading. An adapter that is worth anything works under every
//! value. Read by the modules beside this one; set through the control API.

use serde::{Deserialize, Serialize};

use super::super::readings::readings;

/// The readings being played.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// A single order of the OpenAPI.
    pub envelope: Envelope,
    /// When the OpenAPI knows of a change that a webhook has told.
    pub after_change: AfterChange,
    /// What `entity` holds in the legacy queue.
    pub entity: Entity,
    /// What `actionType` says.
    pub action: Action,
    /// How many items one reading of the queue gives.
    pub batch: Batch,
    /// When deleted items are gone from the queue.
    pub deletion: Deletion,
    /// How long a token of the legacy API lives.
    pub token_life: TokenLife,
    /// `statusCode` in the history.
    pub status_codes: StatusCodes,
    /// The names of statuses.
    pub status_names: StatusNames,
    /// The order of `historyListOrderStatus`.
    pub history: History,
    /// The names of items.
    pub item_names: ItemNames,
    /// How ids are written.
    pub ids: Ids,
    /// How documents are written.
    pub documents: Documents,
    /// Whether card payments cost interest, which is in `total`.
    pub interest: Interest,
    /// How webhooks are delivered.
    pub delivery: Delivery,
    /// Whether a 429 says how long to wait.
    pub retry_after: bool,
}

readings! {
    /// A single order of the OpenAPI.
    Envelope {
        "Under `result`." Result,
        "The bare object." Bare,
    }
    /// When the OpenAPI knows of a change.
    AfterChange {
        "At once." AtOnce,
        "The first two readings after it are answered 404." Late,
    }
    /// What `entity` holds.
    Entity {
        "An object with nothing but `idOrder`." IdOnly,
        "The whole order." Whole,
        "The bare id." Scalar,
    }
    /// What `actionType` says.
    Action {
        "I for everything." Insert,
        "I for what is new, U for changes." Letters,
        "Letters that nobody knows." Unknown,
    }
    /// How many items one reading of the queue gives.
    Batch {
        "All." All,
        "Ten." Ten,
    }
    /// When deleted items are gone.
    Deletion {
        "At once." AtOnce,
        "They come once more." OnceMore,
    }
    /// How long a token lives.
    TokenLife {
        "An hour." Hour,
        "Five calls." FiveCalls,
    }
    /// `statusCode` in the history.
    StatusCodes {
        "The documented three; other statuses have none." Known,
        "Every status has one, most of them documented nowhere." Invented,
        "Missing." Missing,
    }
    /// The names of statuses.
    StatusNames {
        "As documented." Plain,
        "As shops rename them." Renamed,
        "In capitals without accents." Shouted,
    }
    /// The order of the history.
    History {
        "The newest first." NewestFirst,
        "The oldest first." OldestFirst,
        "No order at all." Shuffled,
    }
    /// The names of items.
    ItemNames {
        "`nameProduct` is clean, `name` has tags." Both,
        "Only `name`, with tags." Html,
    }
    /// How ids are written.
    Ids {
        "As numbers." Number,
        "As text." Text,
    }
    /// How documents are written.
    Documents {
        "Bare." Bare,
        "With points and dashes." Punctuated,
    }
    /// How webhooks are delivered.
    Delivery {
        "Once each, in order." Once,
        "Twice each." Twice,
        "The newest first." Backwards,
    }
    /// Whether card payments cost interest.
    Interest {
        "They do not." None,
        "Three in a hundred, in `interestValue` and `total`." Charged,
    }
}
