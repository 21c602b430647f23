use std::fmt;
use std::str::FromStr;

use entity::event::EventKind;
use entity::membership::Role;

/// The roles, and what they are called in documents.
pub const ROLES: [(&str, Role); 4] = [
    ("owner", Role::Owner),
    ("manager", Role::Manager),
    ("attendant", Role::Attendant),
    ("analyst", Role::Analyst),
];

/// Something that may or may not be done in a store. Each field and mutation names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// See the store, its programme and its rewards.
    ReadStore,
    /// See customers and their points.
    ReadCustomers,
    /// Register customers of an ERP or a till.
    RegisterCustomers,
    /// See sales.
    ReadOrders,
    /// Register sales of an ERP or a till.
    RegisterSales,
    /// See redemptions and coupons.
    ReadCoupons,
    /// See integrations and import runs.
    ReadIntegrations,
    /// Redeem rewards for customers.
    Redeem,
    /// Redeem rewards with a code that the customer was sent.
    RedeemWithCode,
    /// Give and take points by hand.
    ManagePoints,
    /// Create and change rewards.
    ManageRewards,
    /// Connect platforms, change their settings, start imports.
    ManageIntegrations,
    /// Change the programme's rules and the store itself.
    ManageStore,
    /// See who changed what.
    ReadAudit,
    /// See members, invitations and API tokens.
    ReadAccess,
    /// Make and revoke API tokens, invite members, change their roles.
    ManageAccess,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::ReadStore,
        Self::ReadCustomers,
        Self::RegisterCustomers,
        Self::ReadOrders,
        Self::RegisterSales,
        Self::ReadCoupons,
        Self::ReadIntegrations,
        Self::Redeem,
        Self::RedeemWithCode,
        Self::ManagePoints,
        Self::ManageRewards,
        Self::ManageIntegrations,
        Self::ManageStore,
        Self::ReadAudit,
        Self::ReadAccess,
        Self::ManageAccess,
    ];

    /// The permission with a name. Where it is used in a constant, an unknown name does not compile.
    ///
    /// # Panics
    /// When there is none with this name.
    pub const fn named(name: &str) -> Self {
        let mut next = 0;
        while next < Self::ALL.len() {
            if is_same(Self::ALL[next].name(), name) {
                return Self::ALL[next];
            }
            next += 1;
        }
        panic!("there is no permission with this name")
    }

    /// Whether a role has it.
    pub fn allowed_to(self, role: Role) -> bool {
        match role {
            Role::Owner => true,
            Role::Manager => self != Self::ManageAccess,
            Role::Attendant => matches!(
                self,
                Self::ReadStore
                    | Self::ReadCustomers
                    | Self::RegisterCustomers
                    | Self::ReadOrders
                    | Self::ReadCoupons
                    | Self::Redeem
                    | Self::RedeemWithCode
            ),
            Role::Analyst => matches!(
                self,
                Self::ReadStore | Self::ReadCustomers | Self::ReadOrders | Self::ReadCoupons | Self::ReadIntegrations
            ),
        }
    }

    /// What one has to be allowed to be told of a kind of events.
    pub const fn to_be_told(kind: EventKind) -> Self {
        match kind {
            EventKind::OrderCreated | EventKind::OrderUpdated => Self::ReadOrders,
            EventKind::CustomerCreated
            | EventKind::CustomerUpdated
            | EventKind::CustomerMerged
            | EventKind::CustomerUnmerged
            | EventKind::PointsEarned
            | EventKind::PointsExpired
            | EventKind::PointsBalanceChanged => Self::ReadCustomers,
            EventKind::RedemptionRequested
            | EventKind::RedemptionFulfilled
            | EventKind::RedemptionFailed
            | EventKind::RedemptionCancelling
            | EventKind::RedemptionCancelled
            | EventKind::RedemptionKept
            | EventKind::CouponActivated
            | EventKind::CouponUsed
            | EventKind::CouponDisabled
            | EventKind::CouponPoolLow
            | EventKind::FulfilmentWaiting => Self::ReadCoupons,
            EventKind::ImportStarted
            | EventKind::ImportProgressed
            | EventKind::ImportFinished
            | EventKind::ConsentEnding
            | EventKind::ConsentEnded
            | EventKind::WebhookTested => Self::ReadIntegrations,
        }
    }

    /// Its name as shown in messages and descriptions; also the scope that grants it to a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadStore => "store:read",
            Self::ReadCustomers => "customers:read",
            Self::RegisterCustomers => "customers:write",
            Self::ReadOrders => "orders:read",
            Self::RegisterSales => "orders:write",
            Self::ReadCoupons => "coupons:read",
            Self::ReadIntegrations => "integrations:read",
            Self::Redeem => "redemptions:write",
            Self::RedeemWithCode => "redemptions:with_code",
            Self::ManagePoints => "points:write",
            Self::ManageRewards => "rewards:write",
            Self::ManageIntegrations => "integrations:write",
            Self::ManageStore => "store:write",
            Self::ReadAudit => "audit:read",
            Self::ReadAccess => "access:read",
            Self::ManageAccess => "access:write",
        }
    }
}

/// What `==` would say, if constants could ask it.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut next = 0;
    while next < one.len() && next < other.len() && one[next] == other[next] {
        next += 1;
    }
    next == one.len() && next == other.len()
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an API token may do: a permission that is not about people's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope(Permission);

impl Scope {
    /// The permission it grants.
    pub fn permission(self) -> Permission {
        self.0
    }

    /// All scopes that a token can carry.
    pub fn all() -> impl Iterator<Item = Self> {
        Permission::ALL
            .into_iter()
            .filter(|permission| !matches!(permission, Permission::ReadAccess | Permission::ManageAccess))
            .map(Self)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Scope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|scope| scope.0.name() == text).ok_or_else(|| {
            let known: Vec<_> = Self::all().map(|scope| scope.0.name()).collect();
            format!("unknown scope '{text}'; known are {}", known.join(", "))
        })
    }
}
