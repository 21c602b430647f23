//! What can be asked of the lists of people's access: members, invitations, API tokens and sessions. A store has
//! few of each, and a user few sessions: what is asked for is left out of those.

use async_graphql::InputObject;
use entity::{ApiTokenId, InvitationId, SessionId, UserId, api_token, invitation, membership, session, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter, Wanted, Where};
use super::list_filters::{parts, trimmed};
use super::types::Role;

/// Which members of a store.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct MemberFilter {
    /// By the user's id.
    user_id: Option<IdFilter>,
    /// By the e-mail address to sign in with, in any case.
    email: Option<StringFilter>,
    /// By what the member may do.
    role: Option<EnumFilter<Role>>,
    /// By when the member came.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<MemberFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<MemberFilter>>,
}

/// Which invitations.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct InvitationFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By the e-mail address that it was sent to, in any case.
    email: Option<StringFilter>,
    /// By what the invited will be.
    role: Option<EnumFilter<Role>>,
    /// Accepted, or not.
    accepted: Option<bool>,
    /// Taken back or replaced, or not.
    revoked: Option<bool>,
    /// By when it was sent.
    created_at: Option<DateTimeFilter>,
    /// By when it is refused.
    expires_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<InvitationFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<InvitationFilter>>,
}

/// Which API tokens.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct ApiTokenFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By name, as it is written: case counts.
    name: Option<StringFilter>,
    /// Revoked, or not.
    revoked: Option<bool>,
    /// By when it was made.
    created_at: Option<DateTimeFilter>,
    /// By when it is refused; tokens without an end are not found by it.
    expires_at: Option<DateTimeFilter>,
    /// By its last use; tokens that were never used are not found by it.
    last_used_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<ApiTokenFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<ApiTokenFilter>>,
}

/// Which sessions.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct SessionFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what it was called when it began, as it is written: case counts.
    device: Option<StringFilter>,
    /// By when the user signed in.
    created_at: Option<DateTimeFilter>,
    /// By when it ends.
    expires_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<SessionFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<SessionFilter>>,
}

/// As addresses are stored.
#[expect(clippy::unnecessary_wraps, reason = "other forms refuse texts")]
fn address(text: &str) -> Option<String> {
    Some(text.trim().to_lowercase())
}

impl Where for MemberFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<UserId>(membership::Column::UserId, self.user_id.as_ref());
        wanted.elsewhere(
            |users| users.text(user::Column::Email, self.email.as_ref(), address),
            |named| {
                let ids = user::Entity::find()
                    .select_only()
                    .column(user::Column::Id)
                    .filter(named);
                membership::Column::UserId.in_subquery(QueryTrait::into_query(ids))
            },
        );
        wanted.choice(membership::Column::Role, self.role.as_ref(), membership::Role::from);
        wanted.at(membership::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for InvitationFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<InvitationId>(invitation::Column::Id, self.id.as_ref());
        wanted.text(invitation::Column::Email, self.email.as_ref(), address);
        wanted.choice(invitation::Column::Role, self.role.as_ref(), membership::Role::from);
        wanted.is_set(invitation::Column::AcceptedAt, self.accepted);
        wanted.is_set(invitation::Column::RevokedAt, self.revoked);
        wanted.at(invitation::Column::CreatedAt, self.created_at.as_ref());
        wanted.at(invitation::Column::ExpiresAt, self.expires_at.as_ref());
    }
}

impl Where for ApiTokenFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<ApiTokenId>(api_token::Column::Id, self.id.as_ref());
        wanted.text(api_token::Column::Name, self.name.as_ref(), trimmed);
        wanted.is_set(api_token::Column::RevokedAt, self.revoked);
        wanted.at(api_token::Column::CreatedAt, self.created_at.as_ref());
        wanted.at(api_token::Column::ExpiresAt, self.expires_at.as_ref());
        wanted.at(api_token::Column::LastUsedAt, self.last_used_at.as_ref());
    }
}

impl Where for SessionFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<SessionId>(session::Column::Id, self.id.as_ref());
        wanted.text(session::Column::Device, self.device.as_ref(), trimmed);
        wanted.at(session::Column::CreatedAt, self.created_at.as_ref());
        wanted.at(session::Column::RefreshExpiresAt, self.expires_at.as_ref());
    }
}
