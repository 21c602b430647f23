//! Where the platform's behaviour is not known for sure, every plausible reading is a switch here.
//!
//! The default is the most likely reading. Read by the modules beside this one; set through the control API.

use serde::{Deserialize, Serialize};

use super::super::readings::readings;

/// The readings being played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Where an answer's payload is.
    pub envelope: Envelope,
    /// How ids are written.
    pub ids: Ids,
    /// How amounts are written.
    pub amounts: Amounts,
    /// How discounts are told.
    pub discount: Discount,
    /// Where a contact's birth date is.
    pub birth_date: BirthDate,
    /// The order of lists.
    pub sort: Sort,
    /// What a page beyond the last holds.
    pub past_the_end: PastTheEnd,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// How long an access token lives.
    pub access_life: AccessLife,
    /// What the merchant does on the page of consent.
    pub consent: Consent,
    /// How webhooks are delivered.
    pub delivery: Delivery,
    /// Which company webhooks are about.
    pub hook_company: HookCompany,
    /// Whether the app may ask for the company's data.
    pub company_scope: CompanyScope,
    /// Whether a 429 says how long to wait.
    pub retry_after: bool,
}

readings! {
    /// Where an answer's payload is.
    Envelope {
        "Under `data`." Data,
        "Bare." Bare,
    }
    /// How ids are written.
    Ids {
        "As numbers." Number,
        "As text." Text,
    }
    /// How amounts are written.
    Amounts {
        "As numbers." Number,
        "As text." Text,
    }
    /// How discounts are told.
    Discount {
        "As an amount." Real,
        "As a share of the products." Percentual,
        "As an amount without its unit." NoUnit,
    }
    /// Where a contact's birth date is.
    BirthDate {
        "In `dadosAdicionais`." Inside,
        "Beside it." Beside,
    }
    /// The order of lists.
    Sort {
        "The newest first." NewestFirst,
        "The oldest first." OldestFirst,
    }
    /// What a page beyond the last holds.
    PastTheEnd {
        "Nothing." Nothing,
        "The last page again." LastPage,
    }
    /// What becomes of a refresh token that was used.
    Rotation {
        "It ends, and another takes its place." EachUse,
        "It stays." Never,
        "Another takes its place, and it is borne once more." BorneTwice,
    }
    /// How long an access token lives.
    AccessLife {
        "Six hours." SixHours,
        "Three seconds." ThreeSeconds,
    }
    /// What the merchant does on the page of consent.
    Consent {
        "Consents." Given,
        "Declines." Declined,
    }
    /// Which company webhooks are about.
    HookCompany {
        "The account's." Own,
        "Another that consented to the same app." Other,
    }
    /// Whether the app may ask for the company's data.
    CompanyScope {
        "It may." Granted,
        "It lacks the scope, and is refused with 403." Missing,
    }
    /// How webhooks are delivered.
    Delivery {
        "Once each." Once,
        "Twice each." Twice,
    }
}
