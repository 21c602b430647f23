use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use uuid::Uuid;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    /// The prefix that was expected, for instance `store`.
    pub expected: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an id of the form '{}_…'", self.expected)
    }
}

impl std::error::Error for IdError {}

/// Declares id types: a UUID in the database (time-ordered, so that indexes stay dense), and
/// `prefix_` plus a ULID outside, so that an id of the wrong kind is refused at the door.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the id's text begins with.
            pub const PREFIX: &'static str = $prefix;
        }

        impl From<Ulid> for $name {
            fn from(value: Ulid) -> Self {
                Self(Uuid::from_u128(value.0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), Ulid(self.0.as_u128()))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { expected: $prefix };
                let ulid = text.strip_prefix(concat!($prefix, "_")).ok_or_else(|| error.clone())?;
                Ulid::from_string(ulid).map(Self::from).map_err(|_| error)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl crate::sparse::Unread for $name {
            fn unread() -> Self {
                Self(Uuid::nil())
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64($prefix))
            }
        }
    )*};
}

ids! {
    /// A member of a merchant's staff.
    UserId = "user";
    /// A signed-in session of a user.
    SessionId = "session";
    /// An invitation to a store.
    InvitationId = "invitation";
    /// A forgotten password.
    PasswordResetId = "reset";
    /// An entry of the audit log.
    AuditEntryId = "audit";
    /// An API token.
    ApiTokenId = "token";
    /// A store: the tenant.
    StoreId = "store";
    /// A store's connection to one platform.
    IntegrationId = "integration";
    /// An import run.
    ImportRunId = "import";
    /// An export run.
    ExportRunId = "export";
    /// A record that an import kept aside.
    ImportRejectId = "reject";
    /// A difference between a shop and the books.
    DifferenceId = "difference";
    /// A customer.
    CustomerId = "customer";
    /// A merge of two customers.
    CustomerMergeId = "merge";
    /// A sale.
    OrderId = "order";
    /// A batch of sales that were pushed in.
    SaleBatchId = "batch";
    /// A file of sales that was sent.
    UploadId = "upload";
    /// What a platform's webhook hinted at.
    ReceivedHookId = "hook";
    /// A product of the shop's feed.
    ProductId = "product";
    /// A version of a store's programme.
    ProgrammeVersionId = "programme";
    /// A ledger entry.
    EntryId = "entry";
    /// A lot of points.
    LotId = "lot";
    /// Points given or taken by hand.
    AdjustmentId = "adjustment";
    /// A reward.
    RewardId = "reward";
    /// A redemption.
    RedemptionId = "redemption";
    /// A code that a customer redeems with.
    RedemptionCodeId = "redemptioncode";
    /// A coupon.
    CouponId = "coupon";
    /// A pool of coupon codes.
    CouponPoolId = "pool";
    /// A code of a pool.
    PoolCodeId = "code";
    /// A redemption that people see to.
    FulfilmentId = "fulfilment";
    /// An e-mail to a customer.
    EmailId = "email";
    /// A job of a store.
    JobId = "job";
    /// A webhook.
    WebhookId = "webhook";
    /// An event for a webhook.
    WebhookDeliveryId = "delivery";
}

#[cfg(test)]
mod tests {
    use super::{CustomerId, StoreId};
    use uuid::Uuid;

    #[test]
    fn text_form_knows_its_kind() {
        let id = StoreId(Uuid::from_u128(42));
        let text = id.to_string();
        assert_eq!(text, "store_0000000000000000000000001A");
        assert_eq!(text.parse::<StoreId>(), Ok(id));
        assert!(text.parse::<CustomerId>().is_err());
        assert!("store_nonsense".parse::<StoreId>().is_err());
    }
}
