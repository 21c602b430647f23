use std::collections::HashMap;

use entity::difference::{self, DifferenceState};
use entity::import_run::ImportKind;
use entity::redemption::{self, RedemptionState};
use entity::{CouponId, coupon, coupon_sighting};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::{Told, Verdict, judge_coupon, judge_missing_coupon, judge_unknown};
use crate::app::App;
use crate::db::begin;
use crate::platform::{Discount, PageToken, PlatformCoupon, Reject};
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, commit_page};
use crate::service::rows;

/// A page of coupons that were looked at.
#[derive(Debug, Clone, Default)]
pub struct CouponsPage {
    /// Those that the shop has; ours, where they are.
    pub told: Vec<(PlatformCoupon, Option<coupon::Model>)>,
    /// Those of ours that it has not, as it says when asked.
    pub missing: Vec<coupon::Model>,
    /// The rows that could not be read.
    pub rejects: Vec<Reject>,
    /// Where the walk goes on.
    pub next: Option<PageToken>,
    /// How many there are.
    pub total: Option<u64>,
}

/// The coupons of ours that a shop's coupons are, with the shop's. Those whose redemption is under way come without: what
/// becomes of them is decided there.
pub async fn matched_coupons(
    db: &impl ConnectionTrait,
    context: &ImportContext,
    told: Vec<PlatformCoupon>,
) -> Result<Vec<(PlatformCoupon, Option<coupon::Model>)>, DbErr> {
    let codes: Vec<String> = told.iter().map(|coupon| coupon.code.trim().to_uppercase()).collect();
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let mut ours: HashMap<String, coupon::Model> = coupon::Entity::in_store(context.store.id)
        .filter(coupon::Column::Code.is_in(&codes))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.code.clone(), row))
        .collect();
    let busy = under_way(db, ours.values()).await?;
    let matched = told.into_iter().zip(codes).filter_map(|(told, code)| {
        let ours = ours.remove(&code);
        let is_busy = ours.as_ref().is_some_and(|row| {
            busy.contains(&row.redemption_id) || row.integration_id != context.integration.id || !is_comparable(row)
        });
        (!is_busy).then_some((told, ours))
    });
    Ok(matched.collect())
}

/// A code that came from a pool or from people is a coupon of the shop's own making.
fn is_comparable(row: &coupon::Model) -> bool {
    row.state != coupon::CouponState::Active || row.external_id.is_some()
}

async fn under_way(
    db: &impl ConnectionTrait,
    coupons: impl Iterator<Item = &coupon::Model>,
) -> Result<Vec<entity::RedemptionId>, DbErr> {
    let ids: Vec<_> = coupons.map(|row| row.redemption_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let open = redemption::Column::State.is_in([RedemptionState::Requested, RedemptionState::Cancelling]);
    let rows = redemption::Entity::find()
        .filter(redemption::Column::Id.is_in(ids).and(open))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes what a page of coupons was found to be, and with it the run's progress. A run that only looks at coupons writes
/// no differences.
pub async fn write_coupons(app: &App, context: &ImportContext, lease: &Lease, page: CouponsPage) -> Result<(), DbErr> {
    let now = app.clock.now();
    let mut differences = Vec::new();
    let mut sightings: HashMap<CouponId, coupon_sighting::Model> = HashMap::new();
    let looked = page.told.len() + page.missing.len();
    for (told, ours) in &page.told {
        let verdict = match ours {
            Some(row) => judge_coupon(row, told, now),
            None => judge_unknown(told, now),
        };
        if let Some(row) = ours {
            sightings.insert(row.id, sighting(app, context, row, Some(told)));
        }
        differences.extend(verdict.map(|verdict| difference::Model {
            coupon_id: ours.as_ref().map(|row| row.id),
            shop_says: Some(Told::coupon(told, now).stored()),
            books_say: ours.as_ref().map(|row| Told::booked_coupon(row, now).stored()),
            ..difference(app, context, verdict, told.code.trim().to_uppercase())
        }));
    }
    for row in &page.missing {
        sightings.insert(row.id, sighting(app, context, row, None));
        differences.extend(judge_missing_coupon(row, now).map(|verdict| difference::Model {
            coupon_id: Some(row.id),
            books_say: Some(Told::booked_coupon(row, now).stored()),
            ..difference(app, context, verdict, row.code.clone())
        }));
    }
    let differ = differences.len();
    let counts = Counts {
        updated: i64::try_from(differ).unwrap_or(i64::MAX),
        unchanged: i64::try_from(looked - differ).unwrap_or(i64::MAX),
        ..Counts::default()
    };
    let txn = begin(&app.db).await?;
    note_seen(&txn, sightings.into_values().collect()).await?;
    if context.run.kind == ImportKind::Reconciliation {
        write_differences(&txn, differences).await?;
    }
    let progress = PageProgress {
        next: page.next,
        total: page.total,
        rejects: page.rejects,
        resource: "coupon",
        ..PageProgress::default()
    };
    commit_page(txn, app, context, lease, counts, progress).await
}

/// Writes differences; those that this run has written before stay as they are.
pub(super) async fn write_differences(
    db: &impl ConnectionTrait,
    differences: Vec<difference::Model>,
) -> Result<(), DbErr> {
    let natural = [
        difference::Column::ImportRunId,
        difference::Column::Kind,
        difference::Column::Subject,
    ];
    let once = OnConflict::columns(natural).do_nothing().to_owned();
    let new = differences.into_iter().map(IntoActiveModel::into_active_model);
    rows::insert(db, new.collect(), Some(once)).await
}

/// A difference of this run, without what the sides say.
pub(super) fn difference(
    app: &App,
    context: &ImportContext,
    (kind, repair): Verdict,
    subject: String,
) -> difference::Model {
    let now = app.clock.now();
    difference::Model {
        id: app.id(),
        store_id: context.store.id,
        integration_id: context.integration.id,
        import_run_id: context.run.id,
        kind,
        subject,
        order_number: None,
        order_id: None,
        coupon_id: None,
        shop_says: None,
        books_say: None,
        repair,
        state: DifferenceState::Open,
        actor: None,
        message: None,
        created_at: now,
        changed_at: now,
    }
}

fn sighting(
    app: &App,
    context: &ImportContext,
    ours: &coupon::Model,
    told: Option<&PlatformCoupon>,
) -> coupon_sighting::Model {
    let (amount, percent) = match told.and_then(|told| told.discount) {
        Some(Discount::Amount(cents)) => (Some(entity::Cents(cents)), None),
        Some(Discount::Percent(hundredths)) => (None, hundredths.try_into().ok()),
        Some(Discount::FreeShipping) | None => (None, None),
    };
    coupon_sighting::Model {
        coupon_id: ours.id,
        store_id: ours.store_id,
        import_run_id: context.run.id,
        seen_at: app.clock.now(),
        present: told.is_some(),
        active: told.is_some_and(|told| told.active),
        times_used: told.and_then(|told| told.times_used?.try_into().ok()),
        amount_cents: amount,
        percent_hundredths: percent,
        minimum_order_cents: told.and_then(|told| told.minimum_order).map(entity::Cents),
        valid_until: told.and_then(|told| told.valid_until),
    }
}

async fn note_seen(db: &impl ConnectionTrait, mut seen: Vec<coupon_sighting::Model>) -> Result<(), DbErr> {
    use coupon_sighting::Column;
    // In one order, so that two runs at once do not wait for each other.
    seen.sort_unstable_by_key(|row| row.coupon_id);
    let newer = OnConflict::column(Column::CouponId)
        .update_columns([
            Column::ImportRunId,
            Column::SeenAt,
            Column::Present,
            Column::Active,
            Column::TimesUsed,
            Column::AmountCents,
            Column::PercentHundredths,
            Column::MinimumOrderCents,
            Column::ValidUntil,
        ])
        .to_owned();
    let rows = seen.into_iter().map(IntoActiveModel::into_active_model);
    rows::insert(db, rows.collect(), Some(newer)).await
}
