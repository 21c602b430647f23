use chrono::TimeDelta;
use entity::letter::LetterKind;
use entity::membership::{self, Role};
use entity::{InvitationId, StoreId, UserId, invitation, user};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter,
};
use secrecy::SecretString;

use super::change::lock;
use crate::access::password::{self, PasswordError};
use crate::app::App;
use crate::db::begin;
use crate::domain::email::Email;
use crate::queue::Whose;
use crate::secrets::sha256_hex;
use crate::service::audit::{self, Changes};
use crate::service::email;

/// Why nobody is invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The address is none.
    #[error("this is not an e-mail address")]
    Email,
    /// Who has this address works in the store already.
    #[error("whoever has this e-mail address is a member already")]
    AlreadyMember,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Why an invitation is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The code is unknown, was used, taken back, or is too old.
    #[error("the code is not valid, was used or taken back, or is too old; ask for another invitation")]
    Code,
    /// There is no account with the invited address, and none was described.
    #[error(
        "there is no account with the invited e-mail address: give a name and a password, or sign in with another account"
    )]
    AccountRequired,
    /// The name is empty or too long.
    #[error("the name must have 1 to 120 characters")]
    Name,
    /// The password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// An account to be made for whoever is invited.
#[derive(Debug)]
pub struct NewAccount {
    /// The name shown to colleagues.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// What came of accepting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The store.
    pub store: StoreId,
    /// Who works there now.
    pub user: UserId,
    /// As what.
    pub role: Role,
}

/// The code by which an invitation is accepted; the e-mail tells it, and the database has its hash.
pub fn invitation_code(app: &App, id: InvitationId) -> String {
    app.vault.code_of("fiv", &id.to_string())
}

/// Invites somebody by e-mail, with or without an account. An open invitation of the same address is replaced.
pub async fn invite(
    app: &App,
    store: StoreId,
    by: UserId,
    address: &str,
    role: Role,
) -> Result<invitation::Model, InviteError> {
    let address = Email::parse(address)
        .map_err(|_| InviteError::Email)?
        .as_str()
        .to_owned();
    let (id, now) = (app.id(), app.clock.now());
    let row = invitation::Model {
        id,
        store_id: store,
        email: address,
        role,
        invited_by: by,
        token_hash: sha256_hex(invitation_code(app, id)),
        created_at: now,
        expires_at: now + TimeDelta::days(app.config.access.invitation_days.into()),
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
    };
    let txn = begin(&app.db).await?;
    lock(&txn, store).await?;
    let known = by_address(&txn, &row.email).await?;
    if let Some(known) = known
        && membership::Entity::find_by_id((store, known.id))
            .one(&txn)
            .await?
            .is_some()
    {
        return Err(InviteError::AlreadyMember);
    }
    close(&txn, app, open(store).and(invitation::Column::Email.eq(&row.email))).await?;
    row.clone().into_active_model().insert(&txn).await?;
    email::letter(&txn, app, Whose::of(store, id), (LetterKind::Invitation, id.0)).await?;
    let changes = Changes::none().field("role", (), row.role.to_value());
    audit::record(&txn, app, store, ("member.invite", id), changes).await?;
    txn.commit().await?;
    Ok(row)
}

/// Takes an open invitation of a store back; false when there is none with this id.
pub async fn revoke(app: &App, store: StoreId, id: InvitationId) -> Result<bool, DbErr> {
    let txn = begin(&app.db).await?;
    let revoked = close(&txn, app, open(store).and(invitation::Column::Id.eq(id))).await?;
    if revoked > 0 {
        audit::record(&txn, app, store, ("member.revokeInvitation", id), Changes::none()).await?;
    }
    txn.commit().await?;
    Ok(revoked > 0)
}

/// Accepts an invitation by its code: as the user who is signed in; or as who has the invited address, and has
/// proved it by the code; or with a new account. Who is a member already keeps the role.
pub async fn accept(
    app: &App,
    code: &str,
    signed_in: Option<UserId>,
    new: Option<NewAccount>,
) -> Result<Accepted, AcceptError> {
    let now = app.clock.now();
    let found = invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(sha256_hex(code)))
        .filter(invitation::Column::ExpiresAt.gt(now))
        .one(&app.db)
        .await?
        .filter(|row| row.accepted_at.is_none() && row.revoked_at.is_none())
        .ok_or(AcceptError::Code)?;
    let known = match signed_in {
        Some(user) => Some(user),
        None => by_address(&app.db, &found.email).await?.map(|user| user.id),
    };
    let account = match (known, new) {
        (Some(_), _) => None,
        (None, Some(new)) => Some(account(app, &found.email, new).await?),
        (None, None) => return Err(AcceptError::AccountRequired),
    };
    let txn = begin(&app.db).await?;
    let user = match (known, account) {
        (Some(user), _) => user,
        (None, Some(account)) => insert_account(&txn, account).await?,
        (None, None) => return Err(AcceptError::AccountRequired),
    };
    let accepted = invitation::Entity::update_many()
        .col_expr(invitation::Column::AcceptedAt, Expr::value(now))
        .col_expr(invitation::Column::AcceptedBy, Expr::value(user))
        .filter(open(found.store_id).and(invitation::Column::Id.eq(found.id)))
        .exec(&txn)
        .await?;
    if accepted.rows_affected == 0 {
        return Err(AcceptError::Code);
    }
    let role = join(&txn, app, &found, user).await?;
    let changes = Changes::none().field("role", (), role.to_value());
    let by = user.to_string();
    audit::record_by(
        &txn,
        app,
        (found.store_id, &by),
        ("member.acceptInvitation", found.id),
        changes,
    )
    .await?;
    txn.commit().await?;
    Ok(Accepted {
        store: found.store_id,
        user,
        role,
    })
}

/// Makes somebody a member; the role is the one that they have then.
async fn join(db: &impl ConnectionTrait, app: &App, found: &invitation::Model, user: UserId) -> Result<Role, DbErr> {
    let row = membership::Model {
        store_id: found.store_id,
        user_id: user,
        role: found.role,
        created_at: app.clock.now(),
        version: 1,
    };
    let once = OnConflict::columns([membership::Column::StoreId, membership::Column::UserId])
        .do_nothing()
        .to_owned();
    membership::Entity::insert(row.into_active_model())
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    let row = membership::Entity::find_by_id((found.store_id, user)).one(db).await?;
    Ok(row.map_or(found.role, |row| row.role))
}

/// Ends invitations that are open.
async fn close(db: &impl ConnectionTrait, app: &App, which: Expr) -> Result<u64, DbErr> {
    let closed = invitation::Entity::update_many()
        .col_expr(invitation::Column::RevokedAt, Expr::value(app.clock.now()))
        .filter(which)
        .exec(db)
        .await?;
    Ok(closed.rows_affected)
}

fn open(store: StoreId) -> Expr {
    invitation::Column::StoreId
        .eq(store)
        .and(invitation::Column::AcceptedAt.is_null())
        .and(invitation::Column::RevokedAt.is_null())
}

async fn by_address(db: &impl ConnectionTrait, address: &str) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find()
        .filter(user::Column::Email.eq(address).and(user::Column::DisabledAt.is_null()))
        .one(db)
        .await
}

/// An account as it will be written. Hashing takes its time, so it is done before the transaction.
async fn account(app: &App, address: &str, new: NewAccount) -> Result<user::Model, AcceptError> {
    let name = new.name.trim().to_owned();
    if !(1..=120).contains(&name.chars().count()) {
        return Err(AcceptError::Name);
    }
    Ok(user::Model {
        id: app.id(),
        email: address.to_owned(),
        name,
        password_hash: password::hash(new.password).await?,
        created_at: app.clock.now(),
        disabled_at: None,
    })
}

/// Writes an account; one that was made with the address meanwhile stays, and is the one.
async fn insert_account(db: &impl ConnectionTrait, account: user::Model) -> Result<UserId, AcceptError> {
    let address = account.email.clone();
    let once = OnConflict::column(user::Column::Email).do_nothing().to_owned();
    user::Entity::insert(account.into_active_model())
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    let row = by_address(db, &address).await?;
    row.map(|row| row.id).ok_or(AcceptError::Code)
}
