use std::collections::{HashMap, HashSet};

use entity::order_status::StatusClass;
use entity::{ProgrammeVersionId, integration, order_status, programme_version, store};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::removed::REMOVED;
use crate::domain::earning::EarningRules;
use crate::platform::Kind;
use crate::service::integration::class;
use crate::service::programme::earning_rules;

/// Where sales come from, with all that they are judged by.
#[derive(Debug, Clone)]
pub struct Source {
    /// The integration.
    pub integration: integration::Model,
    /// The store.
    pub store: store::Model,
    /// The store's zone.
    pub zone: chrono_tz::Tz,
    /// What each status of the shop means.
    pub classes: HashMap<String, StatusClass>,
    /// The statuses that award points.
    pub awarding: HashSet<String>,
    /// The store's programme versions, the newest first.
    pub versions: Vec<programme_version::Model>,
    /// What each version says about earning.
    pub rules: HashMap<ProgrammeVersionId, EarningRules>,
}

impl Source {
    /// Loads what an integration's sales are judged by.
    pub async fn load(db: &impl ConnectionTrait, integration: integration::Model) -> Result<Self, DbErr> {
        let store = store::Entity::find_by_id(integration.store_id)
            .one(db)
            .await?
            .ok_or_else(|| DbErr::RecordNotFound(format!("the store of {}", integration.id)))?;
        let statuses = order_status::Entity::find()
            .filter(order_status::Column::IntegrationId.eq(integration.id))
            .all(db)
            .await?;
        let versions = versions(db, store.id).await?;
        let awarding: Vec<String> = serde_json::from_value(integration.awarding_statuses.clone()).unwrap_or_default();
        Ok(Self {
            zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
            classes: statuses.into_iter().map(|row| (row.code, row.class)).collect(),
            awarding: awarding.into_iter().collect(),
            rules: rules(&versions),
            versions,
            integration,
            store,
        })
    }

    /// The same with the programme versions of this moment. Rules may change while an import goes on; whoever
    /// holds the store sees all that were in force before.
    pub(crate) async fn with_versions_of_now(&self, db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let versions = versions(db, self.store.id).await?;
        Ok(Self {
            rules: rules(&versions),
            versions,
            ..self.clone()
        })
    }

    /// The platform; none when this version of the program does not know it.
    pub fn kind(&self) -> Option<Kind> {
        self.integration.platform.parse().ok()
    }

    /// What a status means: by the shop's catalogue, or by the platform's table for one that the
    /// catalogue does not have.
    pub fn class_of(&self, status: &str) -> StatusClass {
        if status == REMOVED {
            return StatusClass::Revoking;
        }
        let by_table = || {
            self.kind()
                .map_or(StatusClass::Unknown, |kind| class(kind.status_class(status)))
        };
        self.classes.get(status).copied().unwrap_or_else(by_table)
    }

    /// Whether any rules look at what was sold.
    pub fn count_lines(&self) -> bool {
        self.rules.values().any(EarningRules::count_lines)
    }

    /// The programme version in force at an instant: the newest of those that had begun, so that rules that
    /// a wrong clock let begin in the future are replaced like all others. The first one for everything
    /// before it.
    pub fn version_at(&self, at: entity::Instant) -> Option<&programme_version::Model> {
        self.versions
            .iter()
            .find(|version| version.starts_at <= at)
            .or_else(|| self.versions.last())
    }
}

async fn versions(db: &impl ConnectionTrait, store: entity::StoreId) -> Result<Vec<programme_version::Model>, DbErr> {
    programme_version::Entity::in_store(store)
        .order_by_desc(programme_version::Column::Number)
        .all(db)
        .await
}

fn rules(versions: &[programme_version::Model]) -> HashMap<ProgrammeVersionId, EarningRules> {
    versions
        .iter()
        .map(|version| (version.id, earning_rules(version)))
        .collect()
}
