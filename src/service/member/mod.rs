//! Who works in a store: invitations, roles, and leaving. A store always keeps an owner.

mod change;
mod find;
mod invite;

pub use change::{ChangeError, change_role, leave, remove};
pub(crate) use find::{member_with, with_roles};
pub use invite::{
    AcceptError, Accepted, InviteError, NewAccount, accept, invitation_code, invite, revoke as revoke_invitation,
};
