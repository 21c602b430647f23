use std::ops::Deref;

use entity::{import_run, integration};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::service::order::Source;

/// A run and what its pages are judged by: loaded once.
#[derive(Debug, Clone)]
pub struct ImportContext {
    /// The run.
    pub run: import_run::Model,
    /// Where it reads.
    pub source: Source,
}

/// Most of those who have a run at hand ask for its source.
impl Deref for ImportContext {
    type Target = Source;

    fn deref(&self) -> &Source {
        &self.source
    }
}

impl ImportContext {
    /// Loads what a run needs.
    pub async fn load(db: &impl ConnectionTrait, run: import_run::Model) -> Result<Self, DbErr> {
        let integration = integration::Entity::find_by_id(run.integration_id)
            .one(db)
            .await?
            .ok_or_else(|| DbErr::RecordNotFound(format!("the integration of {}", run.id)))?;
        let source = Source::load(db, integration).await?;
        Ok(Self { run, source })
    }
}
