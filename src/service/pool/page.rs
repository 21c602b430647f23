//! Codes of a file, page by page.

use std::collections::{HashMap, HashSet};

use entity::pool_code::{self, PoolCodeState};
use entity::{CouponPoolId, coupon, coupon_pool, upload};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;

use super::code::{ending, fingerprint, seal};
use super::read::{NewCode, Refused, WhyNot};
use super::stock;
use crate::app::App;
use crate::db::begin;
use crate::platform::{PageToken, Reject};
use crate::service::event::Origin;
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page, hold_store};
use crate::service::points::Cause;
use crate::service::rows;

/// Some lines of a file.
#[derive(Debug, Clone, Default)]
pub struct CodesPage {
    /// The codes, each with its line.
    pub codes: Vec<(u64, NewCode)>,
    /// What is no code, each with its line.
    pub refused: Vec<(u64, Refused)>,
    /// The last line that was read for them.
    pub until: u64,
}

/// Brings the codes of some lines into a pool and, with them, notes the line where the run goes on, in one transaction
/// with a number of statements that does not grow with the page. What the store knows already is kept aside with the
/// reason.
pub async fn import_page(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    upload: &upload::Model,
    page: CodesPage,
) -> Result<(), DbErr> {
    let txn = begin(&app.db).await?;
    // One file of a store is written at a time: what is looked up here stays as it is.
    hold_store(&txn, context.store.id).await?;
    let pool = upload.pool_id.unwrap_or(CouponPoolId(uuid::Uuid::nil()));
    let pool = coupon_pool::Entity::in_store(context.store.id)
        .filter(coupon_pool::Column::Id.eq(pool))
        .one(&txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the pool of {}", upload.id)))?;
    let now = app.clock.now();
    let (new, mut refused) = sift(&txn, app, &pool, page.codes).await?;
    let created = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let mut written = Vec::with_capacity(new.len());
    for (code, print) in new {
        let row = pool_code::Model {
            id: app.id(),
            store_id: pool.store_id,
            pool_id: pool.id,
            fingerprint: print,
            sealed: seal(app, pool.id, code.code.as_str())?,
            state: PoolCodeState::Free,
            ends_at: code.ends_at,
            redemption_id: None,
            added_at: now,
            changed_at: None,
        };
        written.push(row.into_active_model());
    }
    let once = OnConflict::columns([pool_code::Column::StoreId, pool_code::Column::Fingerprint])
        .do_nothing()
        .to_owned();
    rows::insert(&txn, written, Some(once)).await?;
    if pool.warned_at.is_some() {
        let origin = Origin::of(&Cause::import(context.run.id, now), pool.store_id);
        stock::watch(&txn, app, &origin, &pool).await?;
    }
    refused.extend(page.refused);
    refused.sort_by_key(|(line, _)| *line);
    let (lines, rejects) = refused
        .into_iter()
        .map(|(line, refused)| (line, reject(refused)))
        .unzip();
    let progress = PageProgress {
        next: Some(PageToken(page.until.to_string())),
        rejects,
        lines,
        resource: "code",
        ..PageProgress::default()
    };
    let counts = Counts {
        created,
        ..Counts::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

/// Codes with their fingerprints.
type Printed = Vec<(NewCode, Vec<u8>)>;

/// Those that the store does not know, and why not the others.
async fn sift(
    db: &impl ConnectionTrait,
    app: &App,
    pool: &coupon_pool::Model,
    codes: Vec<(u64, NewCode)>,
) -> Result<(Printed, Vec<(u64, Refused)>), DbErr> {
    if codes.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let prints: Vec<Vec<u8>> = codes
        .iter()
        .map(|(_, code)| fingerprint(app, pool.store_id, code.code.as_str()))
        .collect();
    let known: Vec<(Vec<u8>, CouponPoolId, PoolCodeState)> = pool_code::Entity::in_store(pool.store_id)
        .select_only()
        .columns([
            pool_code::Column::Fingerprint,
            pool_code::Column::PoolId,
            pool_code::Column::State,
        ])
        .filter(pool_code::Column::Fingerprint.is_in(prints.iter().cloned()))
        .into_tuple()
        .all(db)
        .await?;
    let known: HashMap<Vec<u8>, (CouponPoolId, PoolCodeState)> = known
        .into_iter()
        .map(|(print, pool, state)| (print, (pool, state)))
        .collect();
    let coupons: HashSet<String> = coupon::Entity::in_store(pool.store_id)
        .select_only()
        .column(coupon::Column::Code)
        .filter(coupon::Column::Code.is_in(codes.iter().map(|(_, code)| code.code.as_str())))
        .into_tuple::<String>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let (mut new, mut refused) = (Vec::new(), Vec::new());
    for ((line, code), print) in codes.into_iter().zip(prints) {
        let why = match known.get(&print) {
            Some((_, PoolCodeState::Taken)) => Some((WhyNot::AlreadyUsed, "the code was handed out already")),
            Some((_, PoolCodeState::Withdrawn)) => Some((WhyNot::Withdrawn, "the code was withdrawn")),
            Some((other, PoolCodeState::Free)) if *other == pool.id => {
                Some((WhyNot::AlreadyKnown, "the code is in the pool already"))
            }
            Some((_, PoolCodeState::Free)) => Some((WhyNot::AlreadyKnown, "the code is in another pool of the store")),
            None if coupons.contains(code.code.as_str()) => {
                Some((WhyNot::AlreadyUsed, "a coupon of the store has the code already"))
            }
            None => None,
        };
        match why {
            None => new.push((code, print)),
            Some((why, message)) => refused.push((
                line,
                Refused {
                    why,
                    column: "code",
                    message: message.to_owned(),
                    ending: Some(ending(code.code.as_str())),
                },
            )),
        }
    }
    Ok((new, refused))
}

/// A refused line as a run keeps it: of the code its end only.
fn reject(refused: Refused) -> Reject {
    let reason = refused.why.name();
    Reject {
        external_id: refused.ending,
        field: Some(refused.column.to_owned()),
        message: refused.message,
        record: json!({ "reason": reason }),
    }
}
