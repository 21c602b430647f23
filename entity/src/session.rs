//! Signed-in sessions of users.

use sea_orm::entity::prelude::*;

use crate::{Instant, SessionId, UserId};

/// A session: a short access token and a refresh token that is replaced at each use. Only hashes are kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Whose session.
    pub user_id: UserId,
    /// SHA-256 of the access token, hex.
    pub access_hash: String,
    /// The access token is refused from here on.
    pub access_expires_at: Instant,
    /// SHA-256 of the refresh token, hex.
    pub refresh_hash: String,
    /// The refresh token is refused from here on.
    pub refresh_expires_at: Instant,
    /// The refresh token before this one, hashed: its successor may be given again for a moment.
    pub previous_refresh_hash: Option<String>,
    /// When the user signed in.
    pub created_at: Instant,
    /// Set when the session was ended.
    pub ended_at: Option<Instant>,
    /// When the refresh token was last exchanged.
    pub refreshed_at: Option<Instant>,
    /// With the refresh token before, what the present tokens are made from.
    pub successor_salt: Option<String>,
    /// What the user calls it, for instance the device.
    pub device: Option<String>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Those that have not ended, and whose refresh token is not too old at an instant.
    pub fn open(at: Instant) -> Select<Self> {
        Self::find()
            .filter(Column::EndedAt.is_null())
            .filter(Column::RefreshExpiresAt.gt(at))
    }
}
