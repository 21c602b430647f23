use chrono::TimeDelta;
use entity::{CustomerId, Instant, IntegrationId, RedemptionCodeId, StoreId, customer, integration, redemption_code};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use crate::access::limit::admit;
use crate::app::App;
use crate::db::begin;
use crate::domain::email::Email;
use crate::service::audit::{self, Changes};
use crate::service::customer::{self as customers, KnownBy};
use crate::service::email;
use crate::service::order::{RegisterError, pushed_source};

/// Whether whoever asks may see customers. Whoever may not does not learn who is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// They may.
    Sees,
    /// They may not: every answer is the same for somebody as for nobody.
    Blind,
}

/// A wish for a code.
#[derive(Debug, Clone)]
pub struct AskCode {
    /// The store.
    pub store: StoreId,
    /// The till that asks.
    pub integration: IntegrationId,
    /// Whose code, as the till knows the customer.
    pub known_by: KnownBy,
    /// What whoever asks may see.
    pub sight: Sight,
    /// Who asks.
    pub actor: String,
}

/// A code is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    /// The address, shortened; none for whoever may not see customers.
    pub to: Option<String>,
    /// The code is refused from here on.
    pub expires_at: Instant,
}

/// Why no code is sent.
#[derive(Debug, thiserror::Error)]
pub enum AskCodeError {
    /// The till cannot be used.
    #[error(transparent)]
    Source(#[from] RegisterError),
    /// There is no such customer in the store.
    #[error("there is no such customer")]
    NoCustomer,
    /// Nothing can be sent.
    #[error("the customer has no e-mail address, so no code can be sent; register the address first")]
    NoEmail,
    /// Too many for this customer.
    #[error("at most {0} codes an hour are sent to a customer; use the last one, or wait an hour")]
    TooManyOfCustomer(u32),
    /// Too many by this caller.
    #[error("you may ask for at most {0} codes an hour; wait an hour, or have the limit raised")]
    TooManyOfCaller(u32),
}

impl From<DbErr> for AskCodeError {
    fn from(error: DbErr) -> Self {
        Self::Source(error.into())
    }
}

/// The digits of a code, which the e-mail tells. They are worked out and kept nowhere.
pub fn digits(app: &App, id: RedemptionCodeId) -> String {
    app.vault.digits_of("redemption", &id.to_string())
}

/// Sends a customer a code by e-mail, by which the till may redeem once. It takes the place of the one before.
///
/// Whoever may not see customers gets the same answer whether there is such a customer, with an address, or not.
pub async fn ask_code(app: &App, wish: AskCode) -> Result<CodeSent, AskCodeError> {
    let settings = &app.config.redemption_codes;
    let source = pushed_source(&app.db, wish.store, wish.integration).await?;
    limit_caller(app, &wish).await?;
    let now = app.clock.now();
    let expires_at = now + TimeDelta::minutes(settings.minutes.into());
    let sent = match whom(app, &wish).await {
        Ok((customer, address)) => {
            send(app, &source, customer, (now, expires_at)).await?;
            (wish.sight == Sight::Sees).then(|| address.hint())
        }
        Err(AskCodeError::NoCustomer | AskCodeError::NoEmail | AskCodeError::TooManyOfCustomer(_))
            if wish.sight == Sight::Blind =>
        {
            None
        }
        Err(error) => return Err(error),
    };
    Ok(CodeSent { to: sent, expires_at })
}

/// Counts what is asked for by the caller, and by the caller for the same customer, whether or not there is one.
async fn limit_caller(app: &App, wish: &AskCode) -> Result<(), AskCodeError> {
    let settings = &app.config.redemption_codes;
    let most = settings.per_caller_and_hour;
    if !admit(app, "redemption codes by", &wish.actor, most, TimeDelta::hours(1)).await? {
        return Err(AskCodeError::TooManyOfCaller(most));
    }
    let named = format!("{} {} {}", wish.actor, wish.store, wish.known_by.text());
    let most = settings.per_customer_and_hour;
    if !admit(app, "redemption codes by, for", &named, most, TimeDelta::hours(1)).await? {
        return Err(AskCodeError::TooManyOfCustomer(most));
    }
    Ok(())
}

/// Who gets a code, and where.
async fn whom(app: &App, wish: &AskCode) -> Result<(CustomerId, Email), AskCodeError> {
    let found = customers::find(app, wish.store, wish.known_by.clone()).await?;
    let id = found.ok_or(AskCodeError::NoCustomer)?;
    let row = customer::Entity::in_store(wish.store)
        .filter(customer::Column::Id.eq(id))
        .one(&app.db)
        .await?
        .ok_or(AskCodeError::NoCustomer)?;
    let address = row.email.as_deref().and_then(|text| Email::parse(text).ok());
    let address = address.ok_or(AskCodeError::NoEmail)?;
    // Whoever asks: a customer is not flooded by many tills either.
    let most = app.config.redemption_codes.per_customer_and_hour;
    if !admit(app, "redemption codes for", &id.to_string(), most, TimeDelta::hours(1)).await? {
        return Err(AskCodeError::TooManyOfCustomer(most));
    }
    Ok((id, address))
}

async fn send(
    app: &App,
    source: &integration::Model,
    customer: CustomerId,
    (now, expires_at): (Instant, Instant),
) -> Result<(), DbErr> {
    let code = redemption_code::Model {
        customer_id: customer,
        store_id: source.store_id,
        id: app.id(),
        tries: 0,
        created_at: now,
        expires_at,
    };
    let id = code.id;
    let replace = OnConflict::column(redemption_code::Column::CustomerId)
        .update_columns([
            redemption_code::Column::Id,
            redemption_code::Column::Tries,
            redemption_code::Column::CreatedAt,
            redemption_code::Column::ExpiresAt,
        ])
        .to_owned();
    let txn = begin(&app.db).await?;
    redemption_code::Entity::insert(code.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(&txn)
        .await?;
    email::redemption_code(&txn, app, source, (customer, id)).await?;
    let action = ("redemption.sendCode", customer);
    audit::record(&txn, app, source.store_id, action, Changes::none()).await?;
    txn.commit().await
}
