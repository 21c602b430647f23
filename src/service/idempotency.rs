//! Idempotency keys: the same request again gives the first answer and changes nothing.
//!
//! A key is claimed in the transaction of its effect, so either both are stored or neither. It is remembered
//! for a time; the same request after that is a new one.

use entity::idempotency_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::secrets::sha256_hex;

/// Days that a key is remembered, as the API's descriptions say.
pub const KEPT_DAYS: i64 = 30;

/// A caller's key for one operation with one input.
#[derive(Debug, Clone)]
pub struct Key {
    scope: String,
    text: String,
    operation: &'static str,
    input_hash: String,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Empty or too long.
    #[error("an idempotency key must have 1 to 100 characters; use a new UUID for each intent")]
    Malformed,
    /// It was used for something else.
    #[error("this idempotency key was used before with other input; use a new key for a new intent")]
    Reused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// What a claim finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The first time: go on, the result will have the id that was given.
    New,
    /// Done before, with this result.
    Done(Uuid),
}

impl Key {
    /// A key of a caller (`scope` is the caller's actor text), for an operation with an input.
    pub fn new(scope: String, key: String, operation: &'static str, input: &impl Serialize) -> Result<Self, KeyError> {
        if key.trim().is_empty() || key.chars().count() > 100 {
            return Err(KeyError::Malformed);
        }
        let input = serde_json::to_string(input).unwrap_or_default();
        Ok(Self {
            scope,
            text: key,
            operation,
            input_hash: sha256_hex(format!("{operation} {input}")),
        })
    }
}

/// Claims a key for a result that is about to be written. A second claim waits for the first one's
/// transaction and then finds its result.
pub async fn claim(db: &impl ConnectionTrait, app: &App, key: &Key, result: Uuid) -> Result<Claim, KeyError> {
    let row = idempotency_key::Model {
        scope: key.scope.clone(),
        key: key.text.clone(),
        operation: key.operation.to_owned(),
        input_hash: key.input_hash.clone(),
        result_id: result,
        created_at: app.clock.now(),
    };
    let once = OnConflict::columns([idempotency_key::Column::Scope, idempotency_key::Column::Key])
        .do_nothing()
        .to_owned();
    let inserted = idempotency_key::Entity::insert(row.into_active_model())
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    if inserted == 1 {
        return Ok(Claim::New);
    }
    let first = done(db, key).await?.ok_or(DbErr::RecordNotInserted)?;
    Ok(Claim::Done(first))
}

/// The result of what was done with a key, if anything was; claims nothing.
pub async fn done(db: &impl ConnectionTrait, key: &Key) -> Result<Option<Uuid>, KeyError> {
    let first = idempotency_key::Entity::find_by_id((key.scope.clone(), key.text.clone()))
        .one(db)
        .await?;
    match first {
        Some(first) if first.input_hash != key.input_hash => Err(KeyError::Reused),
        first => Ok(first.map(|first| first.result_id)),
    }
}
