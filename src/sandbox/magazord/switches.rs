//! The readings of Magazord's interface that are all plausible: one setting each, the first value
//! being the default. An adapter is good when it works under every value.

mod values;

use serde::{Deserialize, Serialize};

use crate::sandbox::HookDelivery;

pub use values::{
    CategoryTree, ChangeFilter, ChangeInRows, CouponCase, CouponCodeFilter, CouponPatch, CouponPerson, CreditOnOrder,
    CreditRemainder, DateOnlyEnd, DocumentFilter, Documents, DuplicateCoupon, ErrorBody, HookBody, HookSignature,
    HookTopic, InvalidBody, ItemDiscount, LastPage, LimitAbove, ListEnvelope, NotJson, OrderById, PercentageValue,
    PermissionRefusal, PersonEnvelope, PlainBody, RetryAfter, ShopKey, StatusChangeFilter, TillOrigin, ZFilters,
};

/// Which reading of each doubtful point is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// The account's password is empty.
    pub empty_password: bool,
    /// Status for a token that lacks the permission.
    pub permission_refusal: PermissionRefusal,
    /// Status for a write that is not JSON.
    pub not_json: NotJson,
    /// What a 429 says about when to come back.
    pub retry_after: RetryAfter,
    /// The body of a 429.
    pub too_many_body: PlainBody,
    /// The form of every other error body.
    pub error_body: ErrorBody,
    /// Refusals with 400, 409 or 422 come with status 200 and say so in the body.
    pub errors_as_200: bool,
    /// How lists are wrapped.
    pub list_envelope: ListEnvelope,
    /// How a single person is wrapped.
    pub person_envelope: PersonEnvelope,
    /// What happens to a `limit` above 100.
    pub limit_above_100: LimitAbove,
    /// How a list ends.
    pub last_page: LastPage,
    /// The filter `dataHoraUltimaAlteracaoSituacao`.
    pub status_change_filter: StatusChangeFilter,
    /// The filter `dataHoraUltimaAlteracao` of newer documentation.
    pub change_filter: ChangeFilter,
    /// Whether order rows carry `dataHoraUltimaAlteracaoSituacao`.
    pub status_change_in_rows: ChangeInRows,
    /// Whether a date-only `[lte]` includes its day.
    pub date_only_end: DateOnlyEnd,
    /// The zone that a `Z` in a filter stands for.
    pub z_filters: ZFilters,
    /// How people's documents are written.
    pub documents: Documents,
    /// Whether `cpfCnpj` may be asked for without punctuation.
    pub document_filter: DocumentFilter,
    /// The key of the shop's id in an order's detail.
    pub shop_key: ShopKey,
    /// Whether an order's detail can be had by its internal id.
    pub order_by_id: OrderById,
    /// What `cupomValorDesconto` of a percentage coupon is.
    pub percentage_value: PercentageValue,
    /// What `valorDesconto` of an item is.
    pub item_discount: ItemDiscount,
    /// How an item's `categoriaArvore` is written.
    pub category_tree: CategoryTree,
    /// The `origem` of sales at a till.
    pub till_origin: TillOrigin,
    /// Status for a body that breaks the rules.
    pub invalid_body: InvalidBody,
    /// Status for a coupon code that exists already.
    pub duplicate_coupon: DuplicateCoupon,
    /// The body of that refusal.
    pub duplicate_body: PlainBody,
    /// Whether codes that differ in case only are the same.
    pub coupon_case: CouponCase,
    /// `pessoa` in the answer about a coupon.
    pub coupon_person: CouponPerson,
    /// The filter `codigo` of the coupon list.
    pub coupon_code_filter: CouponCodeFilter,
    /// PATCH of a coupon by its code, with its shop.
    pub coupon_patch: CouponPatch,
    /// What becomes of the unused rest of a credit coupon.
    pub credit_remainder: CreditRemainder,
    /// Where an order shows a credit coupon.
    pub credit_on_order: CreditOnOrder,
    /// What a webhook's body is.
    pub hook_body: HookBody,
    /// Whether webhooks are signed.
    pub hook_signature: HookSignature,
    /// Of what webhooks tell.
    pub hook_topic: HookTopic,
    /// How webhooks come.
    pub hook_delivery: HookDelivery,
}
