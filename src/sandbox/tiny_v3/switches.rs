//! Where the platform's behaviour is not known for sure, every plausible reading is a switch here.
//!
//! The default is the most likely reading. An adapter that is worth anything works under every value. Read by the
//! modules beside this one; set through the control API.

use serde::{Deserialize, Serialize};

use super::super::readings::readings;

/// The readings being played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// How ids and amounts are written.
    pub numbers: Numbers,
    /// How days are written.
    pub dates: Dates,
    /// What orders tell of their buyer.
    pub buyer: Buyer,
    /// What the orders of no shop tell of one.
    pub ecommerce: Ecommerce,
    /// Whether orders tell the sum of their products.
    pub products_sum: ProductsSum,
    /// What the rows of contacts tell.
    pub contact_rows: ContactRows,
    /// How documents are written.
    pub documents: Documents,
    /// In which order lists come.
    pub sorting: Sorting,
    /// Whether lists tell where in them a page is.
    pub pagination: Pagination,
    /// The largest page.
    pub largest_page: LargestPage,
    /// What a page past the end is.
    pub past_the_end: PastTheEnd,
    /// What the filter by the day of the last change is called.
    pub update_filter: UpdateFilter,
    /// Whether the account tells about itself.
    pub account: Account,
    /// Whether answers tell the account's limit.
    pub limit_headers: LimitHeaders,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// How long an access token lives.
    pub access_life: AccessLife,
    /// Whether it is told how long a refresh token lives.
    pub refresh_life: RefreshLife,
    /// What the merchant does on the page of consent.
    pub consent: Consent,
    /// How webhooks write the account's CNPJ.
    pub hook_document: HookDocument,
    /// How webhooks are delivered.
    pub delivery: Delivery,
}

readings! {
    /// How ids and amounts are written.
    Numbers {
        "As numbers, but for the amount of rows." Number,
        "As text." Text,
    }
    /// How days are written.
    Dates {
        "The year first." Day,
        "With the midnight that they begin with." Moment,
        "The day first." DayFirst,
    }
    /// What orders tell of their buyer.
    Buyer {
        "All that the contact has but the birth date." Whole,
        "Its contact and its name." Thin,
    }
    /// What the orders of no shop tell of one.
    Ecommerce {
        "Empty fields." Empty,
        "Nothing." Missing,
    }
    /// Whether orders tell the sum of their products.
    ProductsSum {
        "As `valorTotalProdutos`." Told,
        "It is left out." Missing,
    }
    /// What the rows of contacts tell.
    ContactRows {
        "Document, e-mail and phone." Whole,
        "Hardly more than the name." Thin,
    }
    /// How documents are written.
    Documents {
        "With points and dashes." Punctuated,
        "Bare." Bare,
    }
    /// In which order lists come.
    Sorting {
        "As asked for." Heeded,
        "The newest first, whatever is asked for." NewestFirst,
    }
    /// Whether lists tell where in them a page is.
    Pagination {
        "Limit, offset and total." Told,
        "It is left out." Missing,
    }
    /// The largest page.
    LargestPage {
        "A hundred rows." Hundred,
        "Ten, whatever is asked for." Ten,
    }
    /// What a page past the end is.
    PastTheEnd {
        "Empty." Nothing,
        "The last page again." LastPage,
    }
    /// What the filter by the day of the last change is called. Filters of other names are ignored.
    UpdateFilter {
        "`dataAtualizacao`." DataAtualizacao,
        "`dataAtualizacaoInicial`." DataAtualizacaoInicial,
    }
    /// Whether the account tells about itself.
    Account {
        "By `GET /info`." Told,
        "There is no such thing." Missing,
    }
    /// Whether answers tell the account's limit.
    LimitHeaders {
        "In the headers `X-RateLimit-…`, the reset in seconds." Told,
        "The same, the reset as an instant." Instant,
        "They are left out." Missing,
    }
    /// What becomes of a refresh token that was used.
    Rotation {
        "It ends, and another takes its place." EachUse,
        "It stays." Never,
    }
    /// How long an access token lives.
    AccessLife {
        "Four hours." FourHours,
        "Three seconds." ThreeSeconds,
    }
    /// Whether it is told how long a refresh token lives.
    RefreshLife {
        "As `refresh_expires_in`." Told,
        "As 0." Zero,
        "It is left out." Missing,
    }
    /// What the merchant does on the page of consent.
    Consent {
        "Consents." Given,
        "Declines." Declined,
    }
    /// How webhooks write the account's CNPJ.
    HookDocument {
        "Bare." Bare,
        "With points and dashes." Punctuated,
        "Masked but for its ends." Masked,
    }
    /// How webhooks are delivered.
    Delivery {
        "Once each, in order." Once,
        "Twice each." Twice,
        "The newest first." Backwards,
    }
}
