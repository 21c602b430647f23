//! The statuses that a pushed sale may have: the same for every source.

use crate::platform::{OrderStatus, StatusClass};

/// Where a pushed sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Made, not paid.
    Pending,
    /// Paid.
    Approved,
    /// Invoiced.
    Invoiced,
    /// On its way.
    Shipped,
    /// With the customer.
    Delivered,
    /// Cancelled.
    Cancelled,
    /// Given back as a whole.
    Returned,
}

impl Status {
    /// All, from the first to the last.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Approved,
        Self::Invoiced,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelled,
        Self::Returned,
    ];

    /// Its code, which orders carry.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Invoiced => "invoiced",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
        }
    }

    /// Its name, as merchants know it.
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pendente",
            Self::Approved => "Aprovada",
            Self::Invoiced => "Faturada",
            Self::Shipped => "Enviada",
            Self::Delivered => "Entregue",
            Self::Cancelled => "Cancelada",
            Self::Returned => "Devolvida",
        }
    }

    fn class(self) -> StatusClass {
        match self {
            Self::Pending => StatusClass::Pending,
            Self::Approved | Self::Invoiced | Self::Shipped => StatusClass::Earning,
            Self::Delivered => StatusClass::Delivered,
            Self::Cancelled | Self::Returned => StatusClass::Revoking,
        }
    }
}

/// What a status means for points, by its code.
pub fn status_class(code: &str) -> StatusClass {
    Status::ALL
        .into_iter()
        .find(|status| status.code() == code)
        .map_or(StatusClass::Unknown, Status::class)
}

/// All statuses, from the first to the last.
pub(super) fn statuses() -> Vec<OrderStatus> {
    let status = |status: Status| OrderStatus {
        code: status.code().to_owned(),
        name: status.name().to_owned(),
        class: status.class(),
    };
    Status::ALL.into_iter().map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_and_returned_take_points_back_and_nothing_else_does() {
        let revoking = Status::ALL.map(|status| status_class(status.code()) == StatusClass::Revoking);
        assert_eq!(revoking, [false, false, false, false, false, true, true]);
        assert_eq!(status_class("Delivered"), StatusClass::Unknown);
    }
}
