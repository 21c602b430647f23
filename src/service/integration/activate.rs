use entity::import_run::{ImportKind, ImportTrigger};
use entity::integration::{self, CredentialsState};
use entity::{IntegrationId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::app::App;
use crate::db::begin;
use crate::platform::Kind;
use crate::service::audit::{self, Changes};
use crate::service::import;

/// Something that must be done before an integration can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The platform refused the credentials last.
    Credentials,
    /// The merchant has not consented on the platform, or the consent is over.
    Consent,
    /// No shop of the account is chosen.
    Shop,
    /// The shop's address, which every e-mail links to.
    SiteUrl,
    /// Fewer than two statuses award points.
    AwardingStatuses,
    /// Neither customers nor sales are registered.
    Registration,
}

impl Missing {
    /// The setting, as the API's input names it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Consent => "consent",
            Self::Shop => "shopId",
            Self::SiteUrl => "siteUrl",
            Self::AwardingStatuses => "awardingStatuses",
            Self::Registration => "registerSales",
        }
    }

    /// What to do, in Portuguese and English.
    pub fn help(self) -> (&'static str, &'static str) {
        match self {
            Self::Credentials => (
                "Informe as credenciais novamente.",
                "Type the credentials again: the platform refused them.",
            ),
            Self::Consent => (
                "Autorize o acesso na plataforma.",
                "Consent to the access on the platform: authorizeIntegration gives the address.",
            ),
            Self::Shop => (
                "Escolha a loja da conta.",
                "Choose the shop of the account to import from.",
            ),
            Self::SiteUrl => (
                "Informe o site da loja.",
                "Fill in the shop's address: e-mails link to it.",
            ),
            Self::AwardingStatuses => (
                "Escolha mais de um status que pontua (recomendamos ao menos 3).",
                "Choose more than one status that awards points; 3 are advised.",
            ),
            Self::Registration => (
                "Ligue o cadastro de clientes ou de vendas.",
                "Switch the registration of customers or of sales on.",
            ),
        }
    }
}

/// Why an integration cannot be switched.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// Something is missing.
    #[error("something is still missing")]
    Incomplete(Vec<Missing>),
    /// The caller did not confirm that e-mails start.
    #[error("activating starts e-mails to the shop's customers; confirm it with confirmEmails: true")]
    NotConfirmed,
    /// Somebody changed the integration meanwhile.
    #[error("the integration was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// What is still missing before an integration can be switched on.
pub fn missing(integration: &integration::Model) -> Vec<Missing> {
    let kind = integration.platform.parse::<Kind>().ok();
    let several = kind.is_some_and(|kind| kind.descriptor().capabilities.several_shops);
    let fewest = kind.map_or(2, Kind::fewest_awarding_statuses);
    let statuses = integration.awarding_statuses.as_array().map_or(0, Vec::len);
    [
        (
            !matches!(
                integration.credentials_state,
                CredentialsState::Accepted | CredentialsState::AwaitingConsent
            ),
            Missing::Credentials,
        ),
        (
            integration.credentials_state == CredentialsState::AwaitingConsent,
            Missing::Consent,
        ),
        (several && integration.shop_id.is_none(), Missing::Shop),
        (integration.site_url.is_none(), Missing::SiteUrl),
        (
            integration.register_sales && statuses < fewest,
            Missing::AwardingStatuses,
        ),
        (
            !integration.register_customers && !integration.register_sales,
            Missing::Registration,
        ),
    ]
    .into_iter()
    .filter_map(|(lacking, what)| lacking.then_some(what))
    .collect()
}

/// Switches an integration on as it was read: e-mails start from here, and the first import begins where there is one.
pub async fn activate(
    app: &App,
    store: StoreId,
    id: IntegrationId,
    version: Option<i64>,
    confirmed: bool,
) -> Result<(), ActivateError> {
    let integration = find(app, store, id).await?;
    let current = integration.version;
    if version.is_some_and(|version| version != current) {
        return Err(ActivateError::Conflict { current });
    }
    if integration.active {
        return Ok(());
    }
    let missing = missing(&integration);
    if !missing.is_empty() {
        return Err(ActivateError::Incomplete(missing));
    }
    if !confirmed {
        return Err(ActivateError::NotConfirmed);
    }
    let now = app.clock.now();
    let is_asked = !integration.platform.parse().is_ok_and(Kind::is_pushed);
    let update = integration::Entity::update_many()
        .col_expr(integration::Column::Active, Expr::value(true))
        .col_expr(integration::Column::ActivatedAt, Expr::value(Some(now)))
        .col_expr(
            integration::Column::ImportDueAt,
            Expr::value(Some(now).filter(|_| is_asked)),
        )
        .col_expr(
            integration::Column::CatalogueDueAt,
            Expr::value(integration.feed_url.as_ref().map(|_| now)),
        )
        .col_expr(
            integration::Column::Version,
            Expr::col(integration::Column::Version).add(1),
        );
    // What was found complete is what is switched on: a setting may have been emptied meanwhile.
    let as_read = integration::Column::Id
        .eq(id)
        .and(integration::Column::Version.eq(integration.version));
    let txn = begin(&app.db).await?;
    if update.filter(as_read).exec(&txn).await?.rows_affected == 0 {
        txn.rollback().await?;
        let now = find(app, store, id).await?;
        return if now.active {
            Ok(())
        } else {
            Err(ActivateError::Conflict { current: now.version })
        };
    }
    if is_asked {
        // In one transaction, or the schedule may be first and the merchant is told that it was.
        import::start_unless_under_way(&txn, app, &integration, ImportKind::Shop, ImportTrigger::Activation).await?;
    }
    let changes = Changes::none().field("active", false, true);
    audit::record(&txn, app, store, ("integration.activate", id), changes).await?;
    Ok(txn.commit().await?)
}

/// Switches an integration off: no more imports by the schedule, no more e-mails.
pub async fn deactivate(app: &App, store: StoreId, id: IntegrationId) -> Result<(), ActivateError> {
    find(app, store, id).await?;
    let txn = begin(&app.db).await?;
    let off = integration::Entity::update_many()
        .col_expr(integration::Column::Active, Expr::value(false))
        .col_expr(
            integration::Column::Version,
            Expr::col(integration::Column::Version).add(1),
        )
        .filter(integration::Column::Id.eq(id).and(integration::Column::Active.eq(true)))
        .exec(&txn)
        .await?;
    if off.rows_affected == 1 {
        let changes = Changes::none().field("active", true, false);
        audit::record(&txn, app, store, ("integration.deactivate", id), changes).await?;
    }
    txn.commit().await?;
    Ok(())
}

async fn find(app: &App, store: StoreId, id: IntegrationId) -> Result<integration::Model, ActivateError> {
    integration::Entity::in_store(store)
        .filter(integration::Column::Id.eq(id))
        .one(&app.db)
        .await?
        .ok_or(ActivateError::NotFound)
}
