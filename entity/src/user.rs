//! Members of merchants' staff.

use sea_orm::entity::prelude::*;

use crate::{Instant, UserId};

/// A person who signs in with e-mail and password.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// E-mail, lower-case: the name to sign in with.
    #[sea_orm(unique)]
    pub email: String,
    /// Name shown to colleagues.
    pub name: String,
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// When the user was created.
    pub created_at: Instant,
    /// Set when the user may no longer sign in.
    pub disabled_at: Option<Instant>,
}

/// No relations are declared: services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
