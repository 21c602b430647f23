use entity::{IntegrationId, consent, integration};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use crate::platform::{Kind, Shop};

/// What the platform calls the account that an integration is connected to, as far as it is known.
pub(crate) async fn account(
    db: &impl ConnectionTrait,
    kind: Kind,
    integration: &integration::Model,
) -> Result<Option<String>, DbErr> {
    if !kind.by_consent() {
        return Ok(integration.shop_id.clone());
    }
    let consent = consent::Entity::find_by_id(integration.id).one(db).await?;
    Ok(consent.and_then(|consent| consent.account))
}

/// The store's other integrations that are connected to the same account of an ERP, by whichever interface and name:
/// what they tell under one id is one sale. None where the account is not known. One statement; another for each
/// integration where the store has several of the system.
pub(crate) async fn of_one_account(
    db: &impl ConnectionTrait,
    integration: &integration::Model,
) -> Result<Vec<IntegrationId>, DbErr> {
    let kinds = integration.platform.parse().map_or(&[][..], Kind::of_one_system);
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let others = integration::Column::Platform
        .is_in(kinds.iter().map(|kind| kind.as_str()))
        .and(integration::Column::Id.ne(integration.id));
    let others = integration::Entity::in_store(integration.store_id)
        .filter(others)
        .all(db)
        .await?;
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let own = told_account(db, integration).await?;
    let mut same = Vec::new();
    for other in &others {
        if own.is_some() && told_account(db, other).await? == own {
            same.push(other.id);
        }
    }
    Ok(same)
}

/// The account, where the platform tells what to call it by.
async fn told_account(db: &impl ConnectionTrait, integration: &integration::Model) -> Result<Option<String>, DbErr> {
    let Ok(kind) = integration.platform.parse() else {
        return Ok(None);
    };
    let told = account(db, kind, integration).await?;
    Ok(told.filter(|account| account != Shop::NAMELESS))
}
