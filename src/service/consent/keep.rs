//! Writing tokens: those of a new consent, and those that renew one.

use chrono::TimeDelta;
use entity::integration::{self, CredentialsState};
use entity::{Instant, IntegrationId, consent, consent_request};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::platform::consent::Granted;
use crate::secrets::VaultError;

/// The longest time between two renewals of what nobody uses.
const LONGEST_REST: TimeDelta = TimeDelta::days(1);
/// A refresh token is renewed so many times in its life.
const IN_A_LIFE: i32 = 6;
/// The owners are told so long before a consent ends, or after half of its life.
const WARNING: TimeDelta = TimeDelta::days(3);

/// When a consent that nobody renews otherwise is renewed.
pub(super) fn renew_at(renewed_at: Instant, ends_at: Instant) -> Instant {
    renewed_at + ((ends_at - renewed_at) / IN_A_LIFE).min(LONGEST_REST)
}

/// When the owners are told that a consent will end.
pub(super) fn warn_at(renewed_at: Instant, ends_at: Instant) -> Instant {
    ends_at - ((ends_at - renewed_at) / 2).min(WARNING)
}

/// Tokens as they are stored.
pub(super) struct Sealed {
    access: Vec<u8>,
    refresh: Vec<u8>,
    given_at: Instant,
    access_ends_at: Instant,
    refresh_ends_at: Instant,
}

impl Sealed {
    /// Seals what was given now; `before` is the refresh token that was shown for it, which goes on to serve where no
    /// other came.
    pub(super) fn new(
        app: &App,
        id: IntegrationId,
        granted: &Granted,
        before: Option<&SecretString>,
    ) -> Result<Self, VaultError> {
        let seal = |token: &SecretString| app.vault.seal(&owner(id), token.expose_secret().as_bytes());
        let refresh = granted.refresh.as_ref().or(before);
        let now = app.clock.now();
        let after = |life| now + TimeDelta::from_std(life).unwrap_or(LONGEST_REST);
        let access_ends_at = after(granted.access_life);
        Ok(Self {
            access: seal(&granted.access)?,
            refresh: refresh.map(seal).transpose()?.unwrap_or_default(),
            given_at: now,
            access_ends_at,
            // Without a refresh token, the access token is all there is.
            refresh_ends_at: refresh.map_or(access_ends_at, |_| after(granted.refresh_life)),
        })
    }
}

/// Whose a sealed token is.
fn owner(id: IntegrationId) -> String {
    format!("{id}:consent")
}

/// Opens a sealed token.
pub(super) fn open(app: &App, id: IntegrationId, sealed: &[u8]) -> Result<SecretString, VaultError> {
    let plain = app.vault.unseal(&owner(id), sealed)?;
    String::from_utf8(plain)
        .map(SecretString::from)
        .map_err(|_| VaultError::Sealed)
}

/// Keeps a new consent, in the place of any before, and sets the integration free to import at once.
pub(super) async fn give(
    db: &impl ConnectionTrait,
    integration: &integration::Model,
    sealed: Sealed,
    actor: &str,
) -> Result<(), DbErr> {
    use consent::Column as C;
    let now = sealed.given_at;
    let row = consent::Model {
        integration_id: integration.id,
        store_id: integration.store_id,
        access_token: sealed.access,
        refresh_token: sealed.refresh,
        access_ends_at: sealed.access_ends_at,
        refresh_ends_at: sealed.refresh_ends_at,
        renewed_at: now,
        look_at: renew_at(now, sealed.refresh_ends_at),
        // A renewal of the one before that is under way must not find its number again.
        number: now.timestamp_micros(),
        holder: None,
        held_until: None,
        failing_since: None,
        problem: None,
        warned_at: None,
        ended_at: None,
        end_reason: None,
        given_at: now,
        given_by: actor.to_owned(),
        // It may be another one now.
        account: None,
    };
    let newer = OnConflict::column(C::IntegrationId)
        .update_columns([
            C::AccessToken,
            C::RefreshToken,
            C::AccessEndsAt,
            C::RefreshEndsAt,
            C::RenewedAt,
            C::LookAt,
            C::Holder,
            C::HeldUntil,
            C::FailingSince,
            C::Problem,
            C::WarnedAt,
            C::EndedAt,
            C::EndReason,
            C::GivenAt,
            C::GivenBy,
            C::Account,
        ])
        .value(C::Number, Expr::col((consent::Entity, C::Number)).add(1))
        .to_owned();
    consent::Entity::insert(row.into_active_model())
        .on_conflict(newer)
        .exec_without_returning(db)
        .await?;
    integration::Entity::update_many()
        .col_expr(
            integration::Column::CredentialsState,
            Expr::value(CredentialsState::Accepted),
        )
        .col_expr(
            integration::Column::CredentialsError,
            Expr::value(Option::<String>::None),
        )
        .col_expr(
            integration::Column::ImportDueAt,
            Expr::case(integration::Column::Active.eq(true), Expr::value(Some(now)))
                .finally(Expr::col(integration::Column::ImportDueAt))
                .into(),
        )
        .filter(integration::Column::Id.eq(integration.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps renewed tokens, if nobody changed them meanwhile: in one statement, before anybody uses them.
pub(super) async fn renewed(
    db: &impl ConnectionTrait,
    before: &consent::Model,
    sealed: &Sealed,
) -> Result<bool, DbErr> {
    use consent::Column as C;
    let now = sealed.given_at;
    let none = || Expr::value(Option::<String>::None);
    let never = || Expr::value(Option::<Instant>::None);
    let written = consent::Entity::update_many()
        .col_expr(C::AccessToken, Expr::value(sealed.access.clone()))
        .col_expr(C::RefreshToken, Expr::value(sealed.refresh.clone()))
        .col_expr(C::AccessEndsAt, Expr::value(sealed.access_ends_at))
        .col_expr(C::RefreshEndsAt, Expr::value(sealed.refresh_ends_at))
        .col_expr(C::RenewedAt, Expr::value(now))
        .col_expr(C::LookAt, Expr::value(renew_at(now, sealed.refresh_ends_at)))
        .col_expr(C::Number, Expr::value(before.number + 1))
        .col_expr(C::Holder, none())
        .col_expr(C::HeldUntil, never())
        .col_expr(C::FailingSince, never())
        .col_expr(C::Problem, none())
        .col_expr(C::WarnedAt, never())
        .filter(as_read(before))
        .exec(db)
        .await?;
    Ok(written.rows_affected == 1)
}

/// The row, unless its tokens were changed since it was read.
pub(super) fn as_read(row: &consent::Model) -> sea_orm::sea_query::SimpleExpr {
    consent::Column::IntegrationId
        .eq(row.integration_id)
        .and(consent::Column::Number.eq(row.number))
        .and(consent::Column::EndedAt.is_null())
}

/// Forgets an integration's consent, and whoever is still on the way to it: its credentials are of another app now.
pub async fn forget(db: &impl ConnectionTrait, id: IntegrationId) -> Result<(), DbErr> {
    consent::Entity::delete_by_id(id).exec(db).await?;
    consent_request::Entity::delete_many()
        .filter(consent_request::Column::IntegrationId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_life_is_renewed_often_and_a_long_one_daily() {
        let begin = Instant::UNIX_EPOCH;
        for (life, renewed, warned) in [
            (TimeDelta::days(1), TimeDelta::hours(4), TimeDelta::hours(12)),
            (TimeDelta::days(30), TimeDelta::days(1), TimeDelta::days(27)),
        ] {
            assert_eq!(renew_at(begin, begin + life), begin + renewed);
            assert_eq!(warn_at(begin, begin + life), begin + warned);
        }
    }
}
