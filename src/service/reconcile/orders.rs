use std::collections::HashMap;

use chrono::TimeDelta;
use entity::import_run::{self, ImportKind, ImportState};
use entity::{Instant, IntegrationId, order, order_sighting};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{Told, Verdict};
use crate::app::App;
use crate::db::begin;
use crate::platform::{PageToken, PlatformOrder, Reject};
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page};
use crate::service::rows;

/// Before that instant the books had everything when the last import began: what the shop changed later is the next
/// import's business and no difference. None where no import ever succeeded.
pub fn settled_before(app: &App, context: &ImportContext) -> Option<Instant> {
    let overlap = TimeDelta::minutes(app.config.import.overlap_minutes.into());
    context.integration.synced_at.map(|synced| synced - overlap)
}

/// Since when sales are compared: what lies before the first import's window was never to be imported.
pub async fn window_start(db: &impl ConnectionTrait, context: &ImportContext) -> Result<Instant, DbErr> {
    let asked = context
        .run
        .since
        .unwrap_or(context.run.created_at - TimeDelta::days(90));
    let first = import_run::Entity::find()
        .filter(import_run::Column::IntegrationId.eq(context.integration.id))
        .filter(import_run::Column::Kind.eq(ImportKind::Shop))
        .filter(import_run::Column::State.eq(ImportState::Succeeded))
        .order_by_asc(import_run::Column::CreatedAt)
        .limit(1)
        .one(db)
        .await?;
    let days = TimeDelta::days(context.integration.import_days_back.into());
    Ok(first.map_or(asked, |first| std::cmp::max(asked, first.created_at - days)))
}

/// The sales that are known, of these keys on the platform.
pub async fn known_orders(
    db: &impl ConnectionTrait,
    integration: IntegrationId,
    external_ids: Vec<String>,
) -> Result<HashMap<String, order::Model>, DbErr> {
    if external_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let own = order::Column::IntegrationId
        .eq(integration)
        .and(order::Column::ExternalId.is_in(external_ids));
    let rows = order::Entity::find().filter(own).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// A sale that was looked at and differs.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What differs.
    pub verdict: Verdict,
    /// What the shop has; none where it has it no more.
    pub shop: Option<PlatformOrder>,
    /// What the books have.
    pub books: Option<order::Model>,
}

/// A page of sales that were looked at.
#[derive(Debug, Clone, Default)]
pub struct OrdersPage {
    /// Those that differ.
    pub differing: Vec<Looked>,
    /// Those of the books that the shop has.
    pub seen: Vec<entity::OrderId>,
    /// How many do not differ.
    pub same: i64,
    /// The rows that could not be read.
    pub rejects: Vec<Reject>,
    /// Where the walk goes on.
    pub next: Option<PageToken>,
    /// How many there are.
    pub total: Option<u64>,
}

/// Writes what a page of sales was found to be, and with it the run's progress.
pub async fn write_orders(app: &App, context: &ImportContext, lease: &Lease, page: OrdersPage) -> Result<(), DbErr> {
    let now = app.clock.now();
    let counts = Counts {
        updated: i64::try_from(page.differing.len()).unwrap_or(i64::MAX),
        unchanged: page.same,
        ..Counts::default()
    };
    let differences = page
        .differing
        .into_iter()
        .map(|looked| difference_of(app, context, &looked));
    let differences: Vec<_> = differences.flatten().collect();
    let txn = begin(&app.db).await?;
    note_seen(&txn, context, page.seen).await?;
    super::coupons::write_differences(&txn, differences).await?;
    let progress = PageProgress {
        next: page.next,
        total: page.total,
        rejects: page.rejects,
        resource: "order",
        newest_change: None,
        ..PageProgress::default()
    };
    tracing::debug!(run.id = %context.run.id, at = %now, "a page of sales was compared");
    commit_page(txn, app, context, lease, counts, progress).await
}

fn difference_of(app: &App, context: &ImportContext, looked: &Looked) -> Option<entity::difference::Model> {
    let (shop, books) = (looked.shop.as_ref(), looked.books.as_ref());
    let subject = books
        .map(|row| &row.external_id)
        .or(shop.map(|told| &told.external_id))?;
    let number = books.map(|row| &row.number).or(shop.map(|told| &told.number));
    Some(entity::difference::Model {
        order_number: number.map(|number| number.trim().to_owned()),
        order_id: books.map(|row| row.id),
        shop_says: shop.map(|told| Told::order(told).stored()),
        books_say: books.map(|row| Told::booked_order(row).stored()),
        ..super::coupons::difference(app, context, looked.verdict, subject.clone())
    })
}

async fn note_seen(
    db: &impl ConnectionTrait,
    context: &ImportContext,
    seen: Vec<entity::OrderId>,
) -> Result<(), DbErr> {
    let mut seen = seen;
    seen.sort_unstable();
    seen.dedup();
    let sighting = |order_id| {
        order_sighting::Model {
            order_id,
            import_run_id: context.run.id,
        }
        .into_active_model()
    };
    let newer = OnConflict::column(order_sighting::Column::OrderId)
        .update_column(order_sighting::Column::ImportRunId)
        .to_owned();
    rows::insert(db, seen.into_iter().map(sighting).collect(), Some(newer)).await
}
