//! Who may do what in a store: members, invitations, API tokens. Of secrets and codes there is nothing.

use std::collections::HashMap;

use entity::export_run::ExportList;
use entity::{Instant, StoreId, UserId, api_token, invitation, membership, user};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id};
use crate::graphql::access_lists::{
    ApiTokenFilter, InvitationFilter, Invitations, MemberFilter, Members, Tokens, TokensOf,
};
use crate::graphql::sort::{ApiTokenSort, InvitationSort, MemberSort};
use crate::graphql::types::Role;

/// A member with the user who it is.
pub(in crate::graphql) struct MemberRow {
    member: membership::Model,
    user: Option<user::Model>,
}

columns! {
    /// A column of exported members. In the file it is called like the field of a member.
    MemberColumn of MemberRow {
        /// The user's id.
        UserId = |row| id(row.member.user_id),
        /// The name shown to colleagues.
        Name = |row| json!(row.user.as_ref().map(|user| &user.name)),
        /// The e-mail address to sign in with.
        Email = |row| json!(row.user.as_ref().map(|user| &user.email)),
        /// What the member may do.
        Role = |row| choice::<Role>(row.member.role),
        /// Since when.
        CreatedAt = |row| at(row.member.created_at),
    }
}

impl Exported for Members {
    const LIST: ExportList = ExportList::Members;
    type Filter = MemberFilter;
    type Sort = MemberSort;
    type Row = MemberRow;
    type Column = MemberColumn;

    fn exported(store: StoreId, _: Option<&str>, filter: MemberFilter, sort: MemberSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }

    async fn complete(
        db: &DatabaseTransaction,
        rows: Vec<membership::Model>,
        columns: &[MemberColumn],
        _: Instant,
    ) -> Result<Vec<MemberRow>, DbErr> {
        let is_of_user = |column: &MemberColumn| [MemberColumn::Name, MemberColumn::Email].contains(column);
        let mut users: HashMap<UserId, user::Model> = HashMap::new();
        if columns.iter().any(is_of_user) {
            let ids = rows.iter().map(|row| row.user_id);
            let found = user::Entity::find().filter(user::Column::Id.is_in(ids)).all(db).await?;
            users.extend(found.into_iter().map(|user| (user.id, user)));
        }
        let row = |member: membership::Model| MemberRow {
            user: users.remove(&member.user_id),
            member,
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

columns! {
    /// A column of exported invitations. In the file it is called like the field of an invitation.
    InvitationColumn of invitation::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// To whom it was sent.
        Email = |row| json!(row.email),
        /// What the invited will be.
        Role = |row| choice::<Role>(row.role),
        /// When it was sent.
        CreatedAt = |row| at(row.created_at),
        /// Refused from here on.
        ExpiresAt = |row| at(row.expires_at),
        /// When it was accepted.
        AcceptedAt = |row| at(row.accepted_at),
        /// When it was taken back, or replaced by another to the same address.
        RevokedAt = |row| at(row.revoked_at),
    }
}

impl Exported for Invitations {
    const LIST: ExportList = ExportList::Invitations;
    type Filter = InvitationFilter;
    type Sort = InvitationSort;
    type Row = invitation::Model;
    type Column = InvitationColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: InvitationFilter, sort: InvitationSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }
}

columns! {
    /// A column of exported API tokens. In the file it is called like the field of a token. Which other stores a token
    /// opens is for their members.
    ApiTokenColumn of api_token::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// What the merchant calls it.
        Name = |row| json!(row.name),
        /// Its secret's last four characters.
        Hint = |row| json!(row.hint),
        /// What it may do; in a table it is JSON.
        Scopes = |row| row.scopes.clone(),
        /// When it was made.
        CreatedAt = |row| at(row.created_at),
        /// Refused from here on.
        ExpiresAt = |row| at(row.expires_at),
        /// Its last use, to the minute.
        LastUsedAt = |row| at(row.last_used_at),
        /// When it was revoked.
        RevokedAt = |row| at(row.revoked_at),
        /// The secret that was replaced last works until then.
        PreviousUntil = |row| at(row.previous_until),
    }
}

impl Exported for Tokens {
    const LIST: ExportList = ExportList::ApiTokens;
    type Filter = ApiTokenFilter;
    type Sort = ApiTokenSort;
    type Row = api_token::Model;
    type Column = ApiTokenColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: ApiTokenFilter, sort: ApiTokenSort) -> Option<Self> {
        Some(Self(TokensOf::Store(store), filter, sort))
    }
}
