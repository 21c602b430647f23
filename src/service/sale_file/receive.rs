//! Taking a file, in parts.

use std::fmt::Display;

use entity::{UploadId, upload, upload_part};
use futures_util::{Stream, StreamExt as _};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::read::foreign;
use super::upload::of_ticket;
use crate::app::App;
use crate::db::begin;
use crate::secrets::hex;

/// Size of a part.
pub(super) const PART: usize = 1 << 20;

/// A file that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The upload.
    pub upload: UploadId,
    /// Its size.
    pub bytes: i64,
    /// SHA-256, in hex.
    pub sha256: String,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The address is made up, or does not hold any more.
    #[error("there is no such address, or not any more; ask for another with createSalesUpload or createCodesUpload")]
    NoSuch,
    /// It has its file.
    #[error("the file is here already ({bytes} bytes, SHA-256 {sha256}); import it with importSales, or addCodes")]
    HasFile {
        /// Its size.
        bytes: i64,
        /// Its SHA-256, in hex.
        sha256: String,
    },
    /// It is too large.
    #[error("the file is larger than {0} bytes; pack it with gzip, or send it in several")]
    TooLarge(u64),
    /// Nothing came.
    #[error("the file is empty; with curl, send it with: curl -T FILE ADDRESS")]
    Empty,
    /// It is something else.
    #[error("the file is {0}; send CSV or JSON Lines in UTF-8 or Windows-1252, as it is or packed with gzip")]
    Foreign(&'static str),
    /// It is for a pool, and something else.
    #[error("the file is {0}; send plain text with a code on each line, or CSV, as it is or packed with gzip")]
    NoCodes(&'static str),
    /// The sender stopped in the middle.
    #[error("the file did not come whole; send it again to the same address")]
    CutShort(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Takes a file for the upload that an address names. Each attempt has parts of its own, and the first that comes
/// whole is the file: what is sent twice, or breaks off, does not mix.
pub async fn receive<P: AsRef<[u8]>, E: Display>(
    app: &App,
    ticket: &str,
    length: Option<u64>,
    mut pieces: impl Stream<Item = Result<P, E>> + Unpin,
) -> Result<Received, ReceiveError> {
    let row = of_ticket(app, ticket).await?.ok_or(ReceiveError::NoSuch)?;
    if let (Some(_), Some(sha256)) = (row.file, &row.sha256) {
        return Err(ReceiveError::HasFile {
            bytes: row.bytes,
            sha256: sha256.clone(),
        });
    }
    let most = app.config.uploads.max_bytes;
    if length.is_some_and(|length| length > most) {
        return Err(ReceiveError::TooLarge(most));
    }
    let mut attempt = Attempt::new(app, &row);
    let stored = async {
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| ReceiveError::CutShort(error.to_string()))?;
            attempt.take(piece.as_ref(), most).await?;
        }
        attempt.end().await
    };
    match stored.await {
        Ok(received) => Ok(received),
        Err(error) => {
            attempt.forget().await;
            Err(error)
        }
    }
}

struct Attempt<'a> {
    app: &'a App,
    upload: UploadId,
    is_of_codes: bool,
    file: Uuid,
    part: Vec<u8>,
    parts: i32,
    bytes: u64,
    hash: Sha256,
}

impl<'a> Attempt<'a> {
    fn new(app: &'a App, upload: &upload::Model) -> Self {
        Self {
            app,
            upload: upload.id,
            is_of_codes: upload.pool_id.is_some(),
            file: app.id::<UploadId>().0,
            part: Vec::with_capacity(PART),
            parts: 0,
            bytes: 0,
            hash: Sha256::new(),
        }
    }

    async fn take(&mut self, mut piece: &[u8], most: u64) -> Result<(), ReceiveError> {
        self.bytes += piece.len() as u64;
        if self.bytes > most {
            return Err(ReceiveError::TooLarge(most));
        }
        self.hash.update(piece);
        while !piece.is_empty() {
            let (now, rest) = piece.split_at(piece.len().min(PART - self.part.len()));
            self.part.extend_from_slice(now);
            piece = rest;
            if self.part.len() == PART {
                self.store().await?;
            }
        }
        Ok(())
    }

    async fn store(&mut self) -> Result<(), ReceiveError> {
        if self.parts == 0
            && let Some(what) = foreign(&self.part)
        {
            return Err(if self.is_of_codes {
                ReceiveError::NoCodes(what)
            } else {
                ReceiveError::Foreign(what)
            });
        }
        let row = upload_part::Model {
            upload_id: self.upload,
            file: self.file,
            position: self.parts,
            content: std::mem::replace(&mut self.part, Vec::with_capacity(PART)),
        };
        upload_part::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.app.db)
            .await?;
        self.parts += 1;
        Ok(())
    }

    async fn end(&mut self) -> Result<Received, ReceiveError> {
        if self.bytes == 0 {
            return Err(ReceiveError::Empty);
        }
        if !self.part.is_empty() {
            self.store().await?;
        }
        let sha256 = hex(&self.hash.clone().finalize());
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        let txn = begin(&self.app.db).await?;
        let taken = upload::Entity::update_many()
            .col_expr(upload::Column::File, Expr::value(Some(self.file)))
            .col_expr(upload::Column::Bytes, Expr::value(bytes))
            .col_expr(upload::Column::Parts, Expr::value(self.parts))
            .col_expr(upload::Column::Sha256, Expr::value(Some(sha256.clone())))
            .col_expr(upload::Column::StoredAt, Expr::value(Some(self.app.clock.now())))
            .filter(upload::Column::Id.eq(self.upload).and(upload::Column::File.is_null()))
            .exec(&txn)
            .await?;
        if taken.rows_affected == 0 {
            // Another attempt was first.
            let first = upload::Entity::find_by_id(self.upload).one(&txn).await?;
            let first = first.ok_or(ReceiveError::NoSuch)?;
            return Err(ReceiveError::HasFile {
                bytes: first.bytes,
                sha256: first.sha256.unwrap_or_default(),
            });
        }
        txn.commit().await?;
        Ok(Received {
            upload: self.upload,
            bytes,
            sha256,
        })
    }

    /// Removes what came. What cannot be removed now goes with its upload.
    async fn forget(&self) {
        let mine = upload_part::Column::UploadId
            .eq(self.upload)
            .and(upload_part::Column::File.eq(self.file));
        let removed = upload_part::Entity::delete_many().filter(mine).exec(&self.app.db).await;
        if let Err(error) = removed {
            tracing::warn!(%error, "parts of a file that did not come whole stay until their upload goes");
        }
    }
}

/// Stores a file that is at hand as a whole.
pub(in crate::service) async fn store(
    db: &impl sea_orm::ConnectionTrait,
    app: &App,
    upload: upload::Model,
    content: &[u8],
) -> Result<upload::Model, DbErr> {
    let file = app.id::<UploadId>().0;
    let mut parts = 0;
    for piece in content.chunks(PART) {
        let row = upload_part::Model {
            upload_id: upload.id,
            file,
            position: parts,
            content: piece.to_vec(),
        };
        upload_part::Entity::insert(row.into_active_model())
            .exec_without_returning(db)
            .await?;
        parts += 1;
    }
    let stored = upload::Model {
        file: Some(file),
        bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        parts,
        sha256: Some(crate::secrets::sha256_hex(content)),
        stored_at: Some(app.clock.now()),
        ..upload
    };
    stored.clone().into_active_model().reset_all().update(db).await?;
    Ok(stored)
}
