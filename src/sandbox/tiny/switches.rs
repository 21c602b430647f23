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
    /// How the rows of lists and the items of orders are wrapped.
    pub wrapping: Wrapping,
    /// How many rows a page of a list has.
    pub rows: Rows,
    /// In which order lists come.
    pub sorting: Sorting,
    /// What a list without any rows is.
    pub nothing: Nothing,
    /// What a page past the end is.
    pub past_the_end: PastTheEnd,
    /// Words to search for, where none are given.
    pub no_words: NoWords,
    /// How orders write their status.
    pub statuses: Statuses,
    /// Where orders tell the shop's number.
    pub shop_number: ShopNumber,
    /// Whether orders tell the sum of their products.
    pub products_sum: ProductsSum,
    /// What the rows of contacts tell.
    pub contact_rows: ContactRows,
    /// How documents are written.
    pub documents: Documents,
    /// How one request too many is refused.
    pub too_many_body: TooManyBody,
    /// How the platform fails.
    pub failures: Failures,
    /// Whether answers tell the account's limit.
    pub limit_header: LimitHeader,
    /// Whether the account tells about itself.
    pub account: Account,
    /// How webhooks write the account's CNPJ.
    pub hook_document: HookDocument,
    /// How webhooks are delivered.
    pub delivery: Delivery,
}

readings! {
    /// How ids and amounts are written.
    Numbers {
        "As text." Text,
        "As numbers." Number,
        "Both, and amounts with many places." Mixed,
    }
    /// How rows are wrapped.
    Wrapping {
        "Each in an object of its own, such as `{\"pedido\": {…}}`." Wrapped,
        "Not at all." Bare,
    }
    /// How many rows a page has.
    Rows {
        "A hundred." Hundred,
        "Fifty, as older documentation says." Fifty,
        "Ten, so that small worlds have several pages." Ten,
    }
    /// In which order lists come.
    Sorting {
        "As asked for." Heeded,
        "The newest first, whatever is asked for." NewestFirst,
    }
    /// What a list without any rows is.
    Nothing {
        "Error 20, with the words that go with it." Error,
        "An error with another number, and the words." OtherNumber,
        "An empty list." EmptyList,
    }
    /// What a page past the end is.
    PastTheEnd {
        "Error 23." Error,
        "The last page again, which says its own number." LastAgain,
    }
    /// Words to search for, where none are given.
    NoWords {
        "All is found." All,
        "Error 10, unless there is a blank at least." Refused,
    }
    /// How orders write their status.
    Statuses {
        "By its name, such as `Em aberto`." Names,
        "By its code, such as `aberto`." Codes,
    }
    /// Where orders tell the shop's number.
    ShopNumber {
        "As `numero_ecommerce` and in the object `ecommerce`." Both,
        "Details only in the object `ecommerce`." InObject,
    }
    /// Whether orders tell the sum of their products.
    ProductsSum {
        "As `total_produtos`." Told,
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
    /// How one request too many is refused.
    TooManyBody {
        "Error 6." Minute,
        "Error 11: too many at once." Concurrent,
        "Words without a number." Words,
    }
    /// How the platform fails.
    Failures {
        "With a 5xx." Status,
        "With 200 and the errors 35 and 99." InBody,
    }
    /// Whether answers tell the account's limit.
    LimitHeader {
        "In the header `x-limit-api`." Told,
        "It is left out." Missing,
    }
    /// Whether the account tells about itself.
    Account {
        "By the service `info`." Told,
        "There is no such service." Missing,
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
