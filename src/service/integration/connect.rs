use std::collections::BTreeMap;

use entity::integration::{self, CredentialsState};
use entity::{IntegrationId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::statuses;
use crate::app::App;
use crate::db::begin;
use crate::platform::registry::{CredentialProblem, Credentials};
use crate::platform::{Kind, PlatformError, Shop};
use crate::secrets::VaultError;
use crate::service::audit::{self, Changes};
use crate::service::{consent, hook};

/// A connection that was made.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The integration.
    pub integration: IntegrationId,
    /// The account's shops, of which one is chosen where there are several.
    pub shops: Vec<Shop>,
}

/// Why a platform cannot be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A credential is missing or misshapen.
    #[error(transparent)]
    Credential(#[from] CredentialProblem),
    /// The platform does not accept the credentials.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// A source needs a name, and a shop has none.
    #[error("{0}")]
    Name(&'static str),
    /// The credentials cannot be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Connects a store to a platform, or replaces the credentials of a connection: they are tried on
/// every resource that the product needs before they are kept, and kept encrypted. Settings of a
/// connection that exists stay as they are.
///
/// A shop's platform is connected once in a store; a source of pushed sales once by each name, and so is an ERP, which
/// may also have none. Where the merchant consents on the platform itself, nothing can be tried yet: the integration
/// waits for the consent ([`crate::service::consent`]), and one that was given to another app is forgotten.
pub async fn connect(
    app: &App,
    store: StoreId,
    (kind, name): (Kind, Option<&str>),
    values: BTreeMap<String, String>,
) -> Result<Connected, ConnectError> {
    let name = check_name(kind, name)?;
    let credentials = Credentials::parse(kind, values)?;
    // What only a consent opens is tried when it is given.
    let (shops, catalogue) = if kind.by_consent() {
        (Vec::new(), Vec::new())
    } else {
        let session = app.platforms.connect(kind, &credentials, None)?;
        session.check().await?;
        (session.shops().await?, session.statuses().await?)
    };

    let txn = begin(&app.db).await?;
    let id = keep(&txn, app, store, (kind, name), &credentials, &shops).await?;
    statuses::keep(&txn, id, catalogue).await?;
    hook::ensure(&txn, app, kind, store, id).await?;
    let changes = Changes::none()
        .field("platform", (), kind.to_string())
        .hidden("credentials", true);
    audit::record(&txn, app, store, ("integration.connect", id), changes).await?;
    txn.commit().await?;
    Ok(Connected { integration: id, shops })
}

/// What tells an integration from others of its platform.
fn check_name(kind: Kind, name: Option<&str>) -> Result<&str, ConnectError> {
    let name = name.map(str::trim).unwrap_or_default();
    match (kind, name.chars().count()) {
        (kind, 0) if !kind.is_pushed() => Ok(name),
        (kind, 1..=60) if !kind.is_shop() => Ok(name),
        (kind, _) if kind.is_shop() => Err(ConnectError::Name(
            "a shop is known by its platform and has no name; leave it out",
        )),
        _ => Err(ConnectError::Name(
            "give the source a name of 1 to 60 characters, for instance \"Till Downtown\"",
        )),
    }
}

async fn keep(
    db: &impl ConnectionTrait,
    app: &App,
    store: StoreId,
    (kind, name): (Kind, &str),
    credentials: &Credentials,
    shops: &[Shop],
) -> Result<IntegrationId, ConnectError> {
    let own = integration::Column::Platform
        .eq(kind.to_string())
        .and(integration::Column::Name.eq(name));
    let known = integration::Entity::in_store(store).filter(own).one(db).await?;
    let id = known.as_ref().map_or_else(|| app.id(), |known| known.id);
    let plain = credentials.to_json();
    let sealed = app.vault.seal(&id.to_string(), plain.expose_secret().as_bytes())?;
    let mut state = CredentialsState::Accepted;
    if kind.by_consent() {
        let before = known.as_ref().filter(|known| {
            let before = app.vault.unseal(&id.to_string(), &known.credentials);
            before.is_ok_and(|before| before == plain.expose_secret().as_bytes())
        });
        state = match before {
            Some(same) if same.credentials_state != CredentialsState::Refused => same.credentials_state,
            _ => CredentialsState::AwaitingConsent,
        };
        if before.is_none() {
            consent::forget(db, id).await?;
        }
    }
    // An account with one open shop leaves nothing to choose.
    let mut open = shops.iter().filter(|shop| shop.active);
    let only = match (open.next(), open.next()) {
        (Some(shop), None) => Some(shop.external_id.clone()),
        _ => None,
    };
    if let Some(known) = known {
        // Another credential may be another account's, where the account itself is the shop.
        let several = kind.descriptor().capabilities.several_shops;
        let shop = only.filter(|_| !several).or(known.shop_id);
        integration::Entity::update_many()
            .col_expr(integration::Column::ShopId, Expr::value(shop))
            .col_expr(integration::Column::Credentials, Expr::value(sealed))
            .col_expr(integration::Column::CredentialsState, Expr::value(state))
            .col_expr(
                integration::Column::CredentialsError,
                Expr::value(Option::<String>::None),
            )
            .col_expr(
                integration::Column::Version,
                Expr::col(integration::Column::Version).add(1),
            )
            .filter(integration::Column::Id.eq(id))
            .exec(db)
            .await?;
        return Ok(id);
    }
    let row = integration::Model {
        id,
        store_id: store,
        platform: kind.to_string(),
        name: name.to_owned(),
        credentials: sealed,
        credentials_state: state,
        credentials_error: None,
        shop_id: only,
        site_url: None,
        sign_up_url: None,
        feed_url: None,
        coupon_validity_days: 365,
        reward_skus: json!([]),
        reward_points_per_hundred: 2000,
        awarding_statuses: json!([]),
        register_customers: false,
        // Whoever pushes sales has nothing else to register.
        register_sales: !kind.is_shop(),
        active: false,
        activated_at: None,
        import_days_back: i32::try_from(app.config.import.days_back).unwrap_or(30),
        customers_cursor: None,
        orders_cursor: None,
        deep_import_at: None,
        import_due_at: None,
        catalogue_due_at: None,
        synced_at: None,
        order_lag_seconds: None,
        created_at: app.clock.now(),
        version: 1,
    };
    row.into_active_model().insert(db).await?;
    Ok(id)
}
