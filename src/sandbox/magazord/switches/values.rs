//! The values of the switches, one enum each; the first value is the default.

use serde::{Deserialize, Serialize};

/// Declares one switch: an enum whose first value is the default.
macro_rules! switch {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident = $first_text:literal,
        $($(#[$other_doc:meta])* $other:ident = $other_text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub enum $name {
            $(#[$first_doc])* #[default] #[serde(rename = $first_text)] $first,
            $($(#[$other_doc])* #[serde(rename = $other_text)] $other),+
        }
    };
}

switch! {
    /// Status for a token that lacks the permission.
    PermissionRefusal {
        /// 403.
        Forbidden = "403",
        /// 401.
        Unauthorized = "401",
        /// 405.
        NotAllowed = "405",
    }
}
switch! {
    /// Status for a write that is not JSON.
    NotJson {
        /// 415.
        UnsupportedMediaType = "415",
        /// 406.
        NotAcceptable = "406",
    }
}
switch! {
    /// What a 429 says about when to come back.
    RetryAfter {
        /// Nothing.
        None = "none",
        /// `Retry-After` in seconds.
        Seconds = "seconds",
        /// `Retry-After` as a date.
        HttpDate = "http_date",
        /// `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` beside the seconds.
        RateLimitHeaders = "rate_limit_headers",
    }
}
switch! {
    /// A body that may be JSON or not.
    PlainBody {
        /// JSON.
        Json = "json",
        /// Plain text.
        Text = "text",
        /// None.
        Empty = "empty",
    }
}
switch! {
    /// The form of an error body.
    ErrorBody {
        /// `{"status": "error", "message": ...}`.
        StatusMessage = "status_message",
        /// `{"error": ...}`.
        Error = "error",
        /// `{"sucesso": false, "mensagem": ...}`.
        Mensagem = "mensagem",
        /// RFC 7807.
        Problem = "problem",
        /// A page.
        Html = "html",
        /// Plain text.
        Text = "text",
        /// None.
        Empty = "empty",
    }
}
switch! {
    /// How lists are wrapped.
    ListEnvelope {
        /// `data` with `items` and the page's numbers.
        Standard = "standard",
        /// `data` is the array.
        BareArray = "bare_array",
        /// `items` is the object where there is only one.
        SingleItem = "single_item",
        /// Every order is wrapped in an object under `seq`.
        Seq = "seq",
    }
}
switch! {
    /// How a single person is wrapped.
    PersonEnvelope {
        /// As everything else.
        Wrapped = "wrapped",
        /// Not at all.
        Bare = "bare",
    }
}
switch! {
    /// What happens to a `limit` above 100.
    LimitAbove {
        /// 400.
        Refused = "refused",
        /// 100 rows.
        Clamped = "clamped",
        /// As many rows as asked for.
        Honoured = "honoured",
    }
}
switch! {
    /// How a list ends.
    LastPage {
        /// `has_more` is false, and the next page is empty.
        Ends = "ends",
        /// `has_more` stays true; the next page is empty.
        HasMoreStaysTrue = "has_more_stays_true",
        /// `has_more` stays true, and every further page is the last one again.
        Repeats = "repeats",
    }
}
switch! {
    /// The filter `dataHoraUltimaAlteracaoSituacao`.
    StatusChangeFilter {
        /// Filters.
        Works = "works",
        /// 400.
        Refused = "refused",
        /// Has no effect.
        Ignored = "ignored",
    }
}
switch! {
    /// The filter `dataHoraUltimaAlteracao`.
    ChangeFilter {
        /// Has no effect.
        Ignored = "ignored",
        /// Filters.
        Works = "works",
    }
}
switch! {
    /// Whether order rows carry the time of the last status change.
    ChangeInRows {
        /// They do not.
        Absent = "absent",
        /// They do.
        Present = "present",
        /// They do, as null.
        Null = "null",
    }
}
switch! {
    /// Whether a date-only upper bound includes its day.
    DateOnlyEnd {
        /// It means the day's first instant.
        Excluded = "excluded",
        /// It means the day's last second.
        Included = "included",
    }
}
switch! {
    /// The zone that a `Z` in a filter stands for.
    ZFilters {
        /// UTC, as it should.
        Utc = "utc",
        /// Brasília time.
        Brasilia = "brasilia",
    }
}
switch! {
    /// How people's documents are written.
    Documents {
        /// With points and dashes.
        Punctuated = "punctuated",
        /// Digits only.
        Digits = "digits",
        /// Null for every fifth person.
        NullForSome = "null_for_some",
    }
}
switch! {
    /// Whether a document may be asked for without punctuation.
    DocumentFilter {
        /// Only with punctuation.
        Punctuated = "punctuated",
        /// Either way.
        Either = "either",
    }
}
switch! {
    /// The key of the shop's id in an order's detail.
    ShopKey {
        /// `id_loja`.
        IdLoja = "id_loja",
        /// `loja_id`.
        LojaId = "loja_id",
    }
}
switch! {
    /// Whether an order's detail can be had by its internal id.
    OrderById {
        /// 404.
        NotFound = "not_found",
        /// It can.
        Works = "works",
    }
}
switch! {
    /// What `cupomValorDesconto` of a percentage coupon is.
    PercentageValue {
        /// The amount that it took off.
        Granted = "granted",
        /// The percentage.
        FaceValue = "face_value",
    }
}
switch! {
    /// What `valorDesconto` of an item is.
    ItemDiscount {
        /// Of the whole line.
        PerLine = "per_line",
        /// Of one piece.
        PerUnit = "per_unit",
    }
}
switch! {
    /// The `origem` of sales at a till.
    TillOrigin {
        /// 4.
        Four = "4",
        /// 5.
        Five = "5",
    }
}
switch! {
    /// Status for a body that breaks the rules.
    InvalidBody {
        /// 400.
        BadRequest = "400",
        /// 422.
        Unprocessable = "422",
        /// 500.
        ServerError = "500",
    }
}
switch! {
    /// Status for a coupon code that exists already.
    DuplicateCoupon {
        /// 422.
        Unprocessable = "422",
        /// 409.
        Conflict = "409",
        /// 400.
        BadRequest = "400",
        /// 500.
        ServerError = "500",
    }
}
switch! {
    /// Whether codes that differ in case only are the same.
    CouponCase {
        /// They are.
        Insensitive = "insensitive",
        /// They are not.
        Sensitive = "sensitive",
    }
}
switch! {
    /// `pessoa` in the answer about a coupon.
    CouponPerson {
        /// The person.
        Object = "object",
        /// The person's id.
        Id = "id",
        /// Missing.
        Absent = "absent",
    }
}
switch! {
    /// The filter `codigo` of the coupon list.
    CouponCodeFilter {
        /// Filters.
        Works = "works",
        /// Has no effect.
        Ignored = "ignored",
    }
}
switch! {
    /// PATCH of a coupon by its code, with its shop.
    CouponPatch {
        /// Works, but for `ativo`, which is ignored.
        Works = "works",
        /// 500.
        Fails = "fails",
    }
}
switch! {
    /// How an item's `categoriaArvore` is written.
    CategoryTree {
        /// `"Casa > Cozinha"`.
        Text = "text",
        /// `["Casa", "Cozinha"]`.
        Names = "names",
        /// `[{ "id": 10, "nome": "Casa" }, { "id": 11, "nome": "Cozinha" }]`.
        Objects = "objects",
        /// Not at all.
        Absent = "absent",
    }
}
switch! {
    /// What becomes of the unused rest of a credit coupon.
    CreditRemainder {
        /// It is lost.
        Lost = "lost",
        /// It can be used later.
        Kept = "kept",
    }
}
switch! {
    /// Where an order shows a credit coupon.
    CreditOnOrder {
        /// In `creditoUtilizado`, as a payment.
        CreditoUtilizado = "credito_utilizado",
        /// In `cupomCodigo`, as a discount.
        CupomCodigo = "cupom_codigo",
    }
}

impl PermissionRefusal {
    /// The status.
    pub(in crate::sandbox::magazord) fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::Unauthorized => 401,
            Self::NotAllowed => 405,
        }
    }
}

impl NotJson {
    /// The status.
    pub(in crate::sandbox::magazord) fn status(self) -> u16 {
        match self {
            Self::UnsupportedMediaType => 415,
            Self::NotAcceptable => 406,
        }
    }
}

impl InvalidBody {
    /// The status.
    pub(in crate::sandbox::magazord) fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unprocessable => 422,
            Self::ServerError => 500,
        }
    }
}

impl DuplicateCoupon {
    /// The status.
    pub(in crate::sandbox::magazord) fn status(self) -> u16 {
        match self {
            Self::Unprocessable => 422,
            Self::Conflict => 409,
            Self::BadRequest => 400,
            Self::ServerError => 500,
        }
    }
}
switch! {
    /// What a webhook's body is.
    HookBody {
        /// The order as its detail has it.
        Detail = "detail",
        /// Its code, what it is, and when.
        Thin = "thin",
    }
}
switch! {
    /// Whether webhooks are signed with the secret that the panel was told.
    HookSignature {
        /// They are not.
        None = "none",
        /// `X-Zord-Signature-256: sha256=` and the HMAC-SHA256 of the body.
        Sha256 = "sha256",
    }
}
switch! {
    /// Of what webhooks tell.
    HookTopic {
        /// Of new orders and of every other status.
        EveryChange = "every_change",
        /// Of new orders.
        Creation = "creation",
        /// Of new orders, and of their approval.
        Approval = "approval",
    }
}
