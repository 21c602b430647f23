//! Where the platform's behaviour is not known for sure, every plausible reading is a switch here.
//!
//! The default is the most likely reading. An adapter that is worth anything works under every
//! value. Read by the modules beside this one; set through the control API.

use serde::{Deserialize, Serialize};

use super::super::readings::readings;

use crate::sandbox::HookDelivery;

/// The readings being played.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// A `limit` above the resource's maximum.
    pub over_maximum: OverMaximum,
    /// The last page's `meta.next` is that page's own address instead of `null`.
    pub next_repeats: bool,
    /// The body of 401, 403, 404 and 429.
    pub refusal_body: RefusalBody,
    /// The body of 400.
    pub validation_body: ValidationBody,
    /// What a row of the customer list tells.
    pub customer_rows: CustomerRows,
    /// `cliente` in an order's detail.
    pub order_customer: OrderCustomer,
    /// `situacao` in orders.
    pub order_status: OrderStatus,
    /// `cupom_desconto` in an order's detail.
    pub order_coupon: OrderCoupon,
    /// The body of a coupon's 201.
    pub coupon_created: CouponCreated,
    /// `validade` with a time of day on POST.
    pub datetime_validity: Acceptance,
    /// When a coupon whose `validade` is a bare date ends.
    pub bare_validity: BareValidity,
    /// PATCH on a coupon.
    pub patch: Patch,
    /// What `quantidade` means after a use.
    pub quantity: Quantity,
    /// When a use is counted.
    pub use_counted: UseCounted,
    /// What a cancelled order does to the use of its coupon.
    pub cancelled_use: CancelledUse,
    /// A fixed discount greater than the products.
    pub fixed_above_subtotal: FixedAboveSubtotal,
    /// How many requests to create a coupon are too many within a minute; `null` is three tenths of
    /// the general limit. Not counted while the limit is off.
    pub coupons_per_minute: Option<u32>,
    /// The time zone in which filter dates are read.
    pub filter_dates: FilterDates,
    /// Whether `since_...` dates include the instant itself.
    pub since: Since,
    /// The order of `pedido`, `pedido/search` and `cliente` when nothing else was asked for.
    pub default_order: DefaultOrder,
    /// How `cliente/search?cliente_email=` compares.
    pub email_filter: EmailFilter,
    /// Addresses with and without a trailing slash.
    pub slash: Slash,
    /// Credentials in the query.
    pub query_pair: Acceptance,
    /// The pair of `chave_api` and `aplicacao`.
    pub pair: Pair,
    /// Whether callers with a pair come from a declared address.
    pub pair_address: PairAddress,
    /// Which bucket requests with a personal token count in.
    pub token_bucket: TokenBucket,
    /// Whether a 429 says how long to wait.
    pub retry_after: bool,
    /// How the minute of the rate limit is counted.
    pub rate_window: RateWindow,
    /// Who may register webhooks.
    pub hook_tokens: HookTokens,
    /// What a webhook's body is.
    pub hook_body: HookBody,
    /// How webhooks come.
    pub hook_delivery: HookDelivery,
}

readings! {
    /// Who may register webhooks.
    HookTokens {
        "A pair of keys; a personal token is refused with 401." Partners,
        "Personal tokens too." All,
    }
    /// What a webhook's body is.
    HookBody {
        "The order." Plain,
        "The order, in an object beside its origin." UnderData,
    }
    /// A `limit` above the maximum.
    OverMaximum {
        "The maximum is applied; `meta.limit` shows it." Clamp,
        "400." Refuse,
        "200 with an empty list." Empty,
    }
    /// The body of 401, 403, 404 and 429.
    RefusalBody {
        "A JSON object with `detail`." Object,
        "A bare JSON string." String,
        "Plain text." Text,
        "Nothing at all; a 429 then carries no code." Empty,
    }
    /// The body of 400.
    ValidationBody {
        "An object with a key per field, each with a list of messages." Fields,
        "`{\"detail\": ...}`." Detail,
        "`{\"message\": ...}`." Message,
        "`{\"error\": ...}`." Error,
        "`{\"errors\": ...}`." Errors,
        "`error_response` with `general_errors` and `validation_errors`." ErrorResponse,
        "A bare JSON string." String,
        "Plain text." Text,
    }
    /// A row of the customer list.
    CustomerRows {
        "Only `id`, `email`, `nome`, `tipo` and `resource_uri`." Thin,
        "Documents, sex, birth date and creation date too." Documents,
    }
    /// `cliente` in an order's detail.
    OrderCustomer {
        "An object." Object,
        "An address." Uri,
        "Not there at all." Missing,
    }
    /// `situacao` in orders.
    OrderStatus {
        "An object." Object,
        "An address." Uri,
    }
    /// `cupom_desconto` in an order's detail.
    OrderCoupon {
        "The whole coupon." Object,
        "Its code." String,
    }
    /// The body of a coupon's 201.
    CouponCreated {
        "The whole coupon." Full,
        "Nothing; the id is in `Location`." Empty,
    }
    /// Whether something is accepted.
    Acceptance {
        "Yes." Accepted,
        "No." Refused,
    }
    /// When a coupon whose `validade` is a bare date ends.
    BareValidity {
        "At 23:59:59 of that day." EndOfDay,
        "At 00:00:00 of that day." StartOfDay,
    }
    /// PATCH on a coupon.
    Patch {
        "It sets `ativo`." Works,
        "405." Refused,
    }
    /// What `quantidade` means after a use.
    Quantity {
        "It stays as it was set." Fixed,
        "It is what is left." Decremented,
    }
    /// When a use is counted.
    UseCounted {
        "When the order is placed." Placed,
        "When the order is paid." Paid,
    }
    /// What a cancelled order does to the use of its coupon.
    CancelledUse {
        "The coupon can be used again." Returned,
        "The use stays counted." Kept,
    }
    /// A fixed discount greater than the products.
    FixedAboveSubtotal {
        "Takes off the products' value." Capped,
        "Takes off its full value." Full,
    }
    /// The time zone in which filter dates are read.
    FilterDates {
        "Brasília, UTC-3." Brasilia,
        "UTC." Utc,
    }
    /// Whether `since_...` dates include the instant itself.
    Since {
        "They do." Inclusive,
        "They do not." Exclusive,
    }
    /// The order of a list when nothing else was asked for.
    DefaultOrder {
        "By number." Ascending,
        "By number, last first." Descending,
        "None that anybody could tell, but the same for every page." Shuffled,
    }
    /// How the e-mail filter compares.
    EmailFilter {
        "Letter by letter." Exact,
        "Without regard to case." CaseInsensitive,
    }
    /// Addresses with and without a trailing slash.
    Slash {
        "Both are served." Both,
        "Those without one get a 301 to those with one." RedirectToSlash,
        "Those with one get a 301 to those without one." RedirectToNone,
    }
    /// The pair of `chave_api` and `aplicacao`.
    Pair {
        "Partners' and stores' own keys are accepted." Accepted,
        "No pair is accepted any more." Refused,
        "Only pairs with a store's own application key are refused." StoreKeysRefused,
    }
    /// Whether callers with a pair come from a declared address.
    PairAddress {
        "They do." Declared,
        "They do not and get 401." Undeclared401,
        "They do not and get 403." Undeclared403,
    }
    /// Which bucket requests with a personal token count in.
    TokenBucket {
        "The store's." Store,
        "One of their own." Own,
    }
    /// How the minute of the rate limit is counted.
    RateWindow {
        "By the minutes of the clock." Fixed,
        "The last 60 seconds." Sliding,
    }
}
