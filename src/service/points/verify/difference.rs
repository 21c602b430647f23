use entity::{CustomerId, StoreId};
use serde::Serialize;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A customer's points in lots, with the sum of the entries.
    CustomerBalance,
    /// A customer's points in lots, with what the lots hold.
    CustomerLots,
    /// A customer's held points, with the sum of the entries.
    CustomerReserved,
    /// A customer's debt, with the sum of the entries.
    CustomerDebt,
    /// Points that can be spent by a customer who owes some: there must be none.
    DebtWithPoints,
    /// What a lot holds, with what came in less what was taken.
    LotRemaining,
    /// What an entry changed, with the lots that it made and used.
    EntryAllocations,
    /// A sale's points, with the sum of its entries.
    OrderPoints,
    /// How many entries a sale has caused, with how many there are.
    OrderPostings,
    /// What a redemption costs, by whether its coupon can be used.
    RedemptionPoints,
}

impl Check {
    /// What most likely has happened.
    fn likely_cause(self) -> &'static str {
        match self {
            Self::CustomerBalance | Self::CustomerReserved | Self::CustomerDebt => {
                "the customer's row was changed past the ledger, or entries are missing"
            }
            Self::CustomerLots => "a lot or the customer's row was changed past the ledger",
            Self::DebtWithPoints => "points came in without paying the debt first",
            Self::LotRemaining => "the lot was changed past the ledger, or allocations are missing",
            Self::EntryAllocations => "an allocation or a lot was removed, added or changed past the ledger",
            Self::OrderPoints => "the sale's row was changed past the ledger, or its posting stopped half-way",
            Self::OrderPostings => "the sale's row was changed past the ledger: its next posting would be refused",
            Self::RedemptionPoints => {
                "the redemption or its coupon was changed past the ledger: points and coupon are both there, or neither"
            }
        }
    }
}

/// Something that is not as the ledger says. Ids and numbers only: it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What was compared.
    pub check: Check,
    /// In which store.
    pub store: StoreId,
    /// Whose points; none for a sale of nobody known.
    pub customer: Option<CustomerId>,
    /// The customer, lot, entry, sale or redemption.
    pub subject: String,
    /// What it must be.
    pub expected: i64,
    /// What it is.
    pub found: i64,
    /// What most likely has happened.
    pub likely_cause: &'static str,
}

impl Difference {
    /// The difference between two numbers, if there is one.
    pub(super) fn between(
        check: Check,
        (store, customer): (StoreId, Option<CustomerId>),
        subject: &impl ToString,
        (expected, found): (i64, i64),
    ) -> Option<Self> {
        (expected != found).then(|| Self {
            check,
            store,
            customer,
            subject: subject.to_string(),
            expected,
            found,
            likely_cause: check.likely_cause(),
        })
    }

    /// Writes it to the log.
    pub(super) fn log(&self) {
        tracing::error!(
            check = ?self.check,
            store.id = %self.store,
            customer.id = self.customer.map(tracing::field::display),
            subject.id = self.subject,
            expected = self.expected,
            found = self.found,
            likely_cause = self.likely_cause,
            "the ledger does not agree with itself"
        );
    }
}
