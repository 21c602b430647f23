//! How lists are sorted that have no sorts of their own: by age, or in the order in which rows were met.

use async_graphql::Enum;

/// Declares how a list that is sorted by age alone can be sorted.
macro_rules! by_age {
    ($($(#[$doc:meta])* $name:ident { $newest:ident, $oldest:ident })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
        pub(super) enum $name {
            /// The newest first.
            #[default]
            $newest,
            /// The oldest first.
            $oldest,
        }

        impl $name {
            /// Whether the newest come first.
            pub(super) fn descends(self) -> bool {
                self == Self::$newest
            }
        }
    )*};
}

by_age! {
    /// How stores are sorted.
    StoreSort { CreatedAtDesc, CreatedAtAsc }
    /// How integrations are sorted.
    IntegrationSort { CreatedAtDesc, CreatedAtAsc }
    /// How redemptions are sorted.
    RedemptionSort { RequestedAtDesc, RequestedAtAsc }
    /// How pools of codes are sorted.
    CouponPoolSort { CreatedAtDesc, CreatedAtAsc }
    /// How the codes of a pool are sorted: by when they came.
    PoolCodeSort { AddedAtDesc, AddedAtAsc }
    /// How exports are sorted.
    ExportRunSort { CreatedAtDesc, CreatedAtAsc }
    /// How import runs are sorted.
    ImportRunSort { CreatedAtDesc, CreatedAtAsc }
    /// How the lines of a statement are sorted.
    StatementSort { RecordedAtDesc, RecordedAtAsc }
    /// How lots are sorted.
    LotSort { RecordedAtDesc, RecordedAtAsc }
    /// How those who were merged into a customer are sorted: by when they were first seen.
    MergedCustomerSort { CreatedAtDesc, CreatedAtAsc }
    /// How invitations are sorted.
    InvitationSort { CreatedAtDesc, CreatedAtAsc }
    /// How API tokens are sorted.
    ApiTokenSort { CreatedAtDesc, CreatedAtAsc }
    /// How sessions are sorted.
    SessionSort { CreatedAtDesc, CreatedAtAsc }
    /// How the entries of the audit log are sorted.
    AuditSort { AtDesc, AtAsc }
    /// How jobs are sorted.
    JobSort { CreatedAtDesc, CreatedAtAsc }
    /// How webhooks are sorted.
    WebhookSort { CreatedAtDesc, CreatedAtAsc }
    /// How the deliveries of a webhook are sorted: by when they were made of their events.
    WebhookDeliverySort { CreatedAtDesc, CreatedAtAsc }
}

/// How the members of a store are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum MemberSort {
    /// Who came first is first.
    #[default]
    CreatedAtAsc,
    /// Who came last is first.
    CreatedAtDesc,
}

/// How the records that a run kept aside are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum ImportRejectSort {
    /// In the order in which they were met.
    #[default]
    MetAsc,
    /// The last one first.
    MetDesc,
}

/// How the differences that a run found are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Default)]
pub(super) enum DifferenceSort {
    /// In the order in which they were found.
    #[default]
    FoundAsc,
    /// The last one first.
    FoundDesc,
}
