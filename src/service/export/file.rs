//! A run's file, for whoever has its address.

use std::cmp::min;
use std::io::Read as _;

use chrono::TimeDelta;
use entity::export_run::{self, ExportFormat, ExportState};
use entity::{ExportRunId, export_part};
use flate2::read::DeflateDecoder;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveEnum, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::app::App;
use crate::secrets::{from_url_safe, url_safe};

/// How long the address of a file holds.
const ADDRESS_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// What an address is sealed for: nothing else that is sealed opens as one.
const SEALED_AS: &str = "the address of an export";

/// A file that is there.
#[derive(Debug, Clone)]
pub struct File {
    run: export_run::Model,
}

/// What a gzip file begins with: nothing is told of the file but that it is packed with deflate.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A block of deflate that is the last, and empty.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A part of a file, packed by itself.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which byte of the unpacked file it begins at.
    pub begins_at: u64,
    /// Its place in the file, from 0.
    pub position: i32,
    /// What is in it: blocks of deflate of which none is the last.
    pub packed: Vec<u8>,
}

impl Part {
    /// What is in it.
    pub fn unpacked(&self) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        DeflateDecoder::new(self.packed.chain(&LAST_BLOCK[..])).read_to_end(&mut plain)?;
        Ok(plain)
    }
}

impl File {
    /// What a browser would call it: the list and the day.
    pub fn name(&self) -> String {
        let ending = match self.run.format {
            ExportFormat::JsonLines => "jsonl",
            ExportFormat::Csv => "csv",
        };
        let list = self.run.list.to_value().replace('_', "-");
        format!("{list}-{}.{ending}", self.run.created_at.format("%Y-%m-%d"))
    }

    /// Its media type.
    pub fn media_type(&self) -> &'static str {
        match self.run.format {
            ExportFormat::JsonLines => "application/x-ndjson",
            ExportFormat::Csv => "text/csv; charset=utf-8",
        }
    }

    /// Tells it from every other file.
    pub fn id(&self) -> String {
        self.run.id.to_string()
    }

    /// Bytes of all of it, unpacked.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.run.bytes).unwrap_or_default()
    }

    /// Bytes of all of it as a gzip file.
    pub fn gzip_bytes(&self) -> u64 {
        let parts = u64::try_from(self.run.packed_bytes).unwrap_or_default();
        parts + (GZIP_HEAD.len() + self.gzip_tail().len()) as u64
    }

    /// What stands before the parts in a gzip file.
    pub fn gzip_head(&self) -> Vec<u8> {
        GZIP_HEAD.to_vec()
    }

    /// What stands after the parts in a gzip file: the end, the checksum and the size.
    pub fn gzip_tail(&self) -> Vec<u8> {
        let checksum = u32::try_from(self.run.checksum).unwrap_or_default();
        // As the format has it, of the size the last 32 bits.
        let size = self.bytes().to_le_bytes();
        [&LAST_BLOCK[..], &checksum.to_le_bytes(), &size[..4]].concat()
    }

    /// The part at a place, if there is one.
    pub async fn part(&self, app: &App, position: i32) -> Result<Option<Part>, DbErr> {
        let row = export_part::Entity::find_by_id((self.run.id, position))
            .one(&app.db)
            .await?;
        Ok(row.map(Part::from))
    }
}

impl From<export_part::Model> for Part {
    fn from(row: export_part::Model) -> Self {
        Self {
            begins_at: u64::try_from(row.begins_at).unwrap_or_default(),
            position: row.position,
            packed: row.packed,
        }
    }
}

/// The part of a file that a byte of it is in.
pub async fn part_with(app: &App, file: &File, byte: u64) -> Result<Option<Part>, DbErr> {
    let byte = i64::try_from(byte).unwrap_or(i64::MAX);
    let before = export_part::Column::ExportRunId
        .eq(file.run.id)
        .and(export_part::Column::BeginsAt.lte(byte));
    let row = export_part::Entity::find()
        .filter(before)
        .order_by_desc(export_part::Column::Position)
        .one(&app.db)
        .await?;
    Ok(row.map(Part::from))
}

/// What stands in the address of a run's file: it names the run and its own end, and nobody can make one up.
/// None when there is no file.
pub fn ticket(app: &App, run: &export_run::Model) -> Option<String> {
    let now = app.clock.now();
    let until = min(now + ADDRESS_HOLDS, run.expires_at?);
    if run.state != ExportState::Succeeded || until <= now {
        return None;
    }
    let plain = format!("{} {}", run.id, until.timestamp());
    let sealed = app.vault.seal(SEALED_AS, plain.as_bytes()).ok()?;
    Some(url_safe(&sealed))
}

/// The file that an address names, while the address holds and the file is there.
pub async fn of_ticket(app: &App, ticket: &str) -> Result<Option<File>, DbErr> {
    let now = app.clock.now();
    let opened = from_url_safe(ticket).and_then(|sealed| app.vault.unseal(SEALED_AS, &sealed).ok());
    let plain = opened.and_then(|plain| String::from_utf8(plain).ok());
    let named = plain.as_deref().and_then(|plain| plain.split_once(' '));
    let Some((Ok(id), Ok(until))) = named.map(|(id, until)| (id.parse::<ExportRunId>(), until.parse::<i64>())) else {
        return Ok(None);
    };
    if until <= now.timestamp() {
        return Ok(None);
    }
    let run = export_run::Entity::find_by_id(id).one(&app.db).await?;
    let there = run.filter(|run| run.state == ExportState::Succeeded && run.expires_at.is_some_and(|end| end > now));
    Ok(there.map(|run| File { run }))
}
