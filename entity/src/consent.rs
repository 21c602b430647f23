//! What merchants have consented to on platforms that hand out tokens for it.

use sea_orm::entity::prelude::*;

use crate::{Instant, IntegrationId, StoreId};

/// Why a consent is over.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ConsentEnd {
    /// The platform no longer knows it.
    #[sea_orm(string_value = "revoked")]
    Revoked,
    /// It was not renewed in time.
    #[sea_orm(string_value = "expired")]
    Expired,
    /// The platform refuses the app that it was given to.
    #[sea_orm(string_value = "app_refused")]
    AppRefused,
}

/// The consent that an integration lives on, with the tokens that the platform gave for it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: IntegrationId,
    /// The store.
    pub store_id: StoreId,
    /// What requests are made with, sealed; empty when the consent is over.
    pub access_token: Vec<u8>,
    /// What both are renewed with, sealed; empty when the consent is over.
    pub refresh_token: Vec<u8>,
    /// When the access token ends.
    pub access_ends_at: Instant,
    /// When the refresh token ends, and the consent with it, unless it is renewed before.
    pub refresh_ends_at: Instant,
    /// When the tokens were given.
    pub renewed_at: Instant,
    /// When the schedule looks at it next.
    pub look_at: Instant,
    /// Raised by every change of the tokens: whoever changes them names the number that they read.
    pub number: i64,
    /// Who is renewing them.
    pub holder: Option<String>,
    /// Until when that is theirs to do, without another sign of life.
    pub held_until: Option<Instant>,
    /// Since when renewing has failed.
    pub failing_since: Option<Instant>,
    /// What was met when it failed last, or why it is over.
    pub problem: Option<String>,
    /// When the owners were told that it will end.
    pub warned_at: Option<Instant>,
    /// When it was found to be over.
    pub ended_at: Option<Instant>,
    /// Why it is over.
    pub end_reason: Option<ConsentEnd>,
    /// When it was given.
    pub given_at: Instant,
    /// By whom it was asked for.
    pub given_by: String,
    /// The account that it opens, as the platform calls it; none where the platform was not asked yet, or does not tell.
    pub account: Option<String>,
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

    /// Those that are not over. Written out, so that their index is used.
    pub fn live() -> Select<Self> {
        Self::find().filter(Expr::cust("ended_at IS NULL"))
    }
}
