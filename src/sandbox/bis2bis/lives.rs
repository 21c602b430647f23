//! The statuses that the shop's orders go through, written `state` or, where the store gave the status a name of its
//! own, `state/status`. What a status is worth in points is nobody's business here.

/// Magento's eight states.
const STATES: [&str; 8] = [
    "new",
    "pending_payment",
    "payment_review",
    "processing",
    "complete",
    "closed",
    "canceled",
    "holded",
];

/// Lives of which one order each has come to the end.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["new/pending", "processing", "complete"],
    &["new/pending", "processing", "complete", "complete/entregue"],
    &["new/pending", "processing", "complete", "closed"],
    &["new/pending", "processing", "complete", "canceled"],
    &["new/pending", "canceled"],
    &["new/pending"],
    &["new/pending", "pending_payment"],
    &["new/pending", "payment_review"],
    &["new/pending", "processing"],
    &["new/pending", "processing", "processing/separado"],
    &["new/pending", "processing", "holded"],
];

/// Lives of the other orders.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &[
        "new/pending",
        "pending_payment",
        "processing",
        "processing/separado",
        "complete",
    ],
    &["new/pending", "processing", "complete", "complete/entregue"],
    &["new/pending", "payment_review", "processing", "complete"],
    &["new/pending", "pending_payment", "canceled"],
];

/// State and status of a code.
pub(super) fn parts(code: &str) -> (&str, &str) {
    code.split_once('/').unwrap_or((code, code))
}

/// Whether an order may stand there: the state is Magento's, the status the store's.
pub(super) fn is_known(code: &str) -> bool {
    let (state, status) = parts(code);
    STATES.contains(&state) && !status.is_empty()
}
