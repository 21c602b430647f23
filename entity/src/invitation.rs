//! Invitations to work in a store.

use sea_orm::entity::prelude::*;

use crate::membership::Role;
use crate::{Instant, InvitationId, StoreId, UserId};

/// An invitation by e-mail. Of its code only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The store.
    pub store_id: StoreId,
    /// To whom it was sent, lower-case.
    pub email: String,
    /// What the invited will be.
    pub role: Role,
    /// Who invited.
    pub invited_by: UserId,
    /// SHA-256 of the code, hex.
    pub token_hash: String,
    /// When.
    pub created_at: Instant,
    /// Refused from here on.
    pub expires_at: Instant,
    /// When it was accepted.
    pub accepted_at: Option<Instant>,
    /// Who accepted it.
    pub accepted_by: Option<UserId>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one store. Every query starts here or at a key that names the store.
    pub fn in_store(store: StoreId) -> Select<Self> {
        Self::find().filter(Column::StoreId.eq(store))
    }

    /// Those of a store that were neither accepted nor taken back. Written out, so that their index is used.
    pub fn open(store: StoreId) -> Select<Self> {
        Self::in_store(store)
            .filter(Column::AcceptedAt.is_null())
            .filter(Column::RevokedAt.is_null())
    }
}
