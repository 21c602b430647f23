//! Who is asking, and what they may do.
//!
//! Users sign in with e-mail and password and hold sessions; partners present API tokens. Both
//! become a [`Requester`]. What a role or a scope allows is decided here and nowhere else; a store
//! that is not the requester's is *not found*, never *forbidden*.

mod authenticate;
pub mod limit;
mod memberships;
pub mod password;
mod permission;
mod session;
mod standing;
mod user;

pub use authenticate::{AuthError, authenticate};
pub use memberships::Memberships;
pub use permission::{Permission, ROLES, Scope};
pub use session::{Proven, SessionError, Tokens, admit_sign_in, end_session, prove, refresh, sign_out};
pub use standing::standing;
pub use user::{CreateUserError, create_user};

use entity::{ApiTokenId, SessionId, StoreId, UserId};

/// Who is asking.
#[derive(Debug, Clone)]
pub enum Requester {
    /// Nobody known.
    Anonymous,
    /// A signed-in user, with the stores they work in.
    User {
        /// The user.
        id: UserId,
        /// The session.
        session: SessionId,
        /// Their stores and roles.
        stores: Memberships,
    },
    /// A partner's program.
    Token {
        /// The token.
        id: ApiTokenId,
        /// The stores that it opens.
        stores: Vec<StoreId>,
        /// What it may do there.
        scopes: Vec<Scope>,
    },
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in.
    #[error("sign in first: send the header 'Authorization: Bearer …' with a session's or an API token")]
    Unauthenticated,
    /// There is no such store for this requester.
    #[error("there is no such store")]
    NotFound,
    /// The role or the scopes do not suffice.
    #[error("this needs the permission {0}")]
    Forbidden(Permission),
}

impl Requester {
    /// Checks that the requester may do something in a store.
    pub fn demand(&self, store: StoreId, permission: Permission) -> Result<(), Denied> {
        let allowed = match self {
            Self::Anonymous => return Err(Denied::Unauthenticated),
            Self::User { stores, .. } => {
                let role = stores.role_in(store).ok_or(Denied::NotFound)?;
                permission.allowed_to(role)
            }
            Self::Token { stores, scopes, .. } => {
                if !stores.contains(&store) {
                    return Err(Denied::NotFound);
                }
                scopes.iter().any(|scope| scope.permission() == permission)
            }
        };
        if allowed {
            Ok(())
        } else {
            Err(Denied::Forbidden(permission))
        }
    }

    /// Checks that a user (not a token) is asking.
    pub fn demand_user(&self) -> Result<UserId, Denied> {
        match self {
            Self::User { id, .. } => Ok(*id),
            Self::Anonymous | Self::Token { .. } => Err(Denied::Unauthenticated),
        }
    }

    /// Checks that a user is asking, and says in which session.
    pub fn demand_session(&self) -> Result<(UserId, SessionId), Denied> {
        match self {
            Self::User { id, session, .. } => Ok((*id, *session)),
            Self::Anonymous | Self::Token { .. } => Err(Denied::Unauthenticated),
        }
    }

    /// The stores that the requester can see.
    pub fn stores(&self) -> Vec<StoreId> {
        match self {
            Self::Anonymous => Vec::new(),
            Self::User { stores, .. } => stores.stores(),
            Self::Token { stores, .. } => stores.clone(),
        }
    }

    /// The requester as ledger entries and logs name it: an id, never a name.
    pub fn actor(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::User { id, .. } => id.to_string(),
            Self::Token { id, .. } => id.to_string(),
        }
    }
}
