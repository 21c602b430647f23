//! E-mails to people who work in stores: about their access, and about what needs them.

use sea_orm::entity::prelude::*;

use crate::email::EmailState;
use crate::{EmailId, Instant, UserId};

/// Which letter it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))")]
pub enum LetterKind {
    /// A code for another password.
    #[sea_orm(string_value = "password_reset")]
    PasswordReset,
    /// An invitation to a store.
    #[sea_orm(string_value = "invitation")]
    Invitation,
    /// A webhook was paused.
    #[sea_orm(string_value = "webhook_paused")]
    WebhookPaused,
    /// A pool of codes has few left.
    #[sea_orm(string_value = "pool_low")]
    PoolLow,
    /// Redemptions wait for the staff.
    #[sea_orm(string_value = "fulfilments_waiting")]
    FulfilmentsWaiting,
    /// A platform's consent will end unless somebody sees to it.
    #[sea_orm(string_value = "consent_ending")]
    ConsentEnding,
    /// A platform's consent is over.
    #[sea_orm(string_value = "consent_ended")]
    ConsentEnded,
}

/// A letter, sent once for its cause. What it says is made when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "letters")]
pub struct Model {
    /// Id; no e-mail to a customer has the same.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EmailId,
    /// Which letter.
    pub kind: LetterKind,
    /// The reset, the invitation, the webhook, the pool, the store or the integration.
    pub cause_id: Uuid,
    /// To whom, where the cause does not say.
    pub recipient_id: Option<UserId>,
    /// Where it stands.
    pub state: EmailState,
    /// Why it could not be sent.
    pub error: Option<String>,
    /// When it was caused.
    pub created_at: Instant,
    /// When it was handed over.
    pub sent_at: Option<Instant>,
}

/// No relations are declared: loaders and services load by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Those that are still to be sent. Written out, so that their index is used.
    pub fn queued() -> Select<Self> {
        Self::find().filter(Expr::cust("state = 'queued'"))
    }
}
