use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{InvitationId, StoreId, invitation};
use macros::permissions;
use sea_orm::EntityTrait;

use super::permit;
use crate::access::Requester;
use crate::access::password::PasswordError;
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::graphql::types::{Invitation, Role};
use crate::service::member::{self, AcceptError, ChangeError, InviteError, NewAccount};

#[derive(Default)]
pub(super) struct MemberMutation;

/// For `inviteMember`.
#[derive(InputObject)]
struct InviteMemberInput {
    /// The store.
    store_id: ID,
    /// E-mail address of whoever is invited, with or without an account.
    email: String,
    /// What the invited will be.
    role: Role,
}

/// For `revokeInvitation`.
#[derive(InputObject)]
struct RevokeInvitationInput {
    /// The invitation.
    id: ID,
}

/// What came of `inviteMember` or `revokeInvitation`.
#[derive(SimpleObject)]
struct InvitationPayload {
    /// The invitation.
    invitation: Option<Invitation>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `acceptInvitation`.
#[derive(InputObject)]
struct AcceptInvitationInput {
    /// The code from the e-mail.
    #[graphql(secret)]
    code: String,
    /// For a new account: the name shown to colleagues, 1 to 120 characters.
    name: Option<String>,
    /// For a new account: a password of at least 10 characters.
    #[graphql(secret)]
    password: Option<String>,
}

/// What came of `acceptInvitation`.
#[derive(SimpleObject)]
struct AcceptInvitationPayload {
    /// The store's id.
    store_id: Option<ID>,
    /// The store's name.
    store_name: Option<String>,
    /// With this address its new member signs in.
    email: Option<String>,
    /// What the member may do; who was one before keeps the role.
    role: Option<Role>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `changeMemberRole`.
#[derive(InputObject)]
struct ChangeMemberRoleInput {
    /// The store.
    store_id: ID,
    /// The member.
    user_id: ID,
    /// What the member may do from now on.
    role: Role,
    /// The version of the member that the change is based on; left out: whatever it is.
    version: Option<i64>,
}

/// For `removeMember`.
#[derive(InputObject)]
struct RemoveMemberInput {
    /// The store.
    store_id: ID,
    /// The member.
    user_id: ID,
}

/// For `leaveStore`.
#[derive(InputObject)]
struct LeaveStoreInput {
    /// The store.
    store_id: ID,
}

/// What came of `changeMemberRole`, `removeMember` or `leaveStore`.
#[derive(SimpleObject)]
struct MemberPayload {
    /// It was done.
    done: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[permissions]
#[Object]
impl MemberMutation {
    /// Invites somebody by e-mail, who may have an account or not. An open invitation of the same address is replaced.
    #[requires("access:write")]
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: InviteMemberInput,
    ) -> async_graphql::Result<InvitationPayload> {
        let permitted = permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return Ok(uninvited(error)),
        };
        let by = ctx.requester().demand_user().map_err(denied)?;
        match member::invite(ctx.app(), store, by, &input.email, input.role.into()).await {
            Ok(row) => Ok(InvitationPayload {
                invitation: Some(row.into()),
                user_errors: Vec::new(),
            }),
            Err(error @ InviteError::Email) => Ok(uninvited(UserError::new(UserErrorCode::Invalid, error, &["email"]))),
            Err(error @ InviteError::AlreadyMember) => Ok(uninvited(UserError::new(
                UserErrorCode::AlreadyMember,
                error,
                &["email"],
            ))),
            Err(InviteError::Database(error)) => Err(fault(error)),
        }
    }

    /// Takes an open invitation back.
    #[requires("access:write")]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeInvitationInput,
    ) -> async_graphql::Result<InvitationPayload> {
        let row = match input.id.parse::<InvitationId>() {
            Ok(id) => find(ctx, id).await?,
            Err(_) => None,
        };
        let store = row.as_ref().map(|row| row.store_id);
        let id = match (permit(ctx, store, REQUIRED, ("invitation", "id"))?, row) {
            (Ok(_), Some(row)) => row.id,
            (Err(error), _) => return Ok(uninvited(error)),
            (Ok(_), None) => return Ok(uninvited(UserError::not_found("invitation", &["id"]))),
        };
        let Some(store) = store else {
            return Ok(uninvited(UserError::not_found("invitation", &["id"])));
        };
        member::revoke_invitation(ctx.app(), store, id).await.map_err(fault)?;
        Ok(InvitationPayload {
            invitation: find(ctx, id).await?.map(Into::into),
            user_errors: Vec::new(),
        })
    }

    /// Accepts an invitation by the code from its e-mail: for the user who is signed in; without one for the account
    /// with the invited address; or for a new account with that address, which takes a name and a password.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AcceptInvitationInput,
    ) -> async_graphql::Result<AcceptInvitationPayload> {
        let refuse = |code, error: AcceptError, path: &[&str]| {
            Ok(AcceptInvitationPayload {
                store_id: None,
                store_name: None,
                email: None,
                role: None,
                user_errors: vec![UserError::new(code, error, path)],
            })
        };
        let signed_in = match ctx.requester() {
            Requester::User { id, .. } => Some(*id),
            Requester::Token { .. } | Requester::Anonymous => None,
        };
        let account = input.password.map(|password| NewAccount {
            name: input.name.unwrap_or_default(),
            password: password.into(),
        });
        match member::accept(ctx.app(), &input.code, signed_in, account).await {
            Ok(accepted) => Ok(AcceptInvitationPayload {
                store_id: Some(accepted.store.to_string().into()),
                store_name: load::<StoreId>(ctx, accepted.store).await?.map(|store| store.name),
                email: load(ctx, accepted.user).await?.map(|user| user.email),
                role: Some(accepted.role.into()),
                user_errors: Vec::new(),
            }),
            Err(error @ AcceptError::Code) => refuse(UserErrorCode::InvalidCode, error, &["code"]),
            Err(error @ AcceptError::AccountRequired) => refuse(UserErrorCode::Required, error, &["password"]),
            Err(error @ AcceptError::Name) => refuse(UserErrorCode::Invalid, error, &["name"]),
            Err(error @ (AcceptError::Password(PasswordError::Hash) | AcceptError::Database(_))) => Err(fault(error)),
            Err(error @ AcceptError::Password(_)) => refuse(UserErrorCode::Invalid, error, &["password"]),
        }
    }

    /// Changes what a member may do. Nobody changes their own role.
    #[requires("access:write")]
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeMemberRoleInput,
    ) -> async_graphql::Result<MemberPayload> {
        let permitted = permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return Ok(not_done(error)),
        };
        let Ok(user) = input.user_id.parse() else {
            return Ok(not_done(UserError::not_found("member", &["userId"])));
        };
        if ctx.requester().demand_user() == Ok(user) {
            let message = "nobody changes their own role";
            return Ok(not_done(UserError::new(UserErrorCode::Invalid, message, &["userId"])));
        }
        done(
            member::change_role(ctx.app(), store, user, input.role.into(), input.version).await,
            "userId",
        )
    }

    /// Ends somebody's membership of a store. The last owner stays.
    #[requires("access:write")]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RemoveMemberInput,
    ) -> async_graphql::Result<MemberPayload> {
        let permitted = permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))?;
        let store = match permitted {
            Ok(store) => store,
            Err(error) => return Ok(not_done(error)),
        };
        match input.user_id.parse() {
            Ok(user) => done(member::remove(ctx.app(), store, user).await, "userId"),
            Err(_) => Ok(not_done(UserError::not_found("member", &["userId"]))),
        }
    }

    /// Ends the caller's own membership of a store, whatever the role. The last owner stays. Needs a signed-in user.
    async fn leave_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LeaveStoreInput,
    ) -> async_graphql::Result<MemberPayload> {
        let user = ctx.requester().demand_user().map_err(denied)?;
        match input.store_id.parse() {
            Ok(store) if ctx.requester().stores().contains(&store) => {
                done(member::leave(ctx.app(), store, user).await, "storeId")
            }
            _ => Ok(not_done(UserError::not_found("store", &["storeId"]))),
        }
    }
}

async fn find(ctx: &Context<'_>, id: InvitationId) -> async_graphql::Result<Option<invitation::Model>> {
    invitation::Entity::find_by_id(id)
        .one(&ctx.app().db)
        .await
        .map_err(fault)
}

fn uninvited(error: UserError) -> InvitationPayload {
    InvitationPayload {
        invitation: None,
        user_errors: vec![error],
    }
}

fn not_done(error: UserError) -> MemberPayload {
    MemberPayload {
        done: false,
        user_errors: vec![error],
    }
}

fn done(result: Result<(), ChangeError>, path: &str) -> async_graphql::Result<MemberPayload> {
    match result {
        Ok(()) => Ok(MemberPayload {
            done: true,
            user_errors: Vec::new(),
        }),
        Err(ChangeError::NotFound) => Ok(not_done(UserError::not_found("member", &[path]))),
        Err(error @ ChangeError::LastOwner) => Ok(not_done(UserError::new(UserErrorCode::LastOwner, error, &[path]))),
        Err(error @ ChangeError::Conflict { current }) => Ok(not_done(UserError::conflict(error.to_string(), current))),
        Err(ChangeError::Database(error)) => Err(fault(error)),
    }
}
