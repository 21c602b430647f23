//! Who works in a store: invitations, roles, and leaving. A store always keeps an owner.

mod change;
mod invite;

pub use change::{ChangeError, change_role, leave, remove};
pub use invite::{
    AcceptError, Accepted, InviteError, NewAccount, accept, invitation_code, invite, revoke as revoke_invitation,
};
