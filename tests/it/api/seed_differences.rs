//! Differences that a run is said to have found, written down without a shop.

use entity::difference::{self, DifferenceKind, DifferenceState, Repair};
use entity::import_run::{self, ImportKind, ImportState};
use entity::{DifferenceId, ImportRunId};
use fidelidade::app::App;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::seed::Full;

/// A run that has ended, with differences.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) run: ImportRunId,
    /// About a sale and about a coupon, by turns.
    pub(super) differences: Vec<DifferenceId>,
}

/// A run with so many differences, all of one sale and one coupon.
pub(super) async fn found(app: &App, full: &Full, rows: usize) -> Found {
    let known = import_run::Entity::find_by_id(full.run).one(&app.db).await.unwrap();
    let run = import_run::Model {
        id: app.id(),
        kind: ImportKind::Reconciliation,
        state: ImportState::Succeeded,
        ..known.unwrap()
    };
    run.clone().into_active_model().insert(&app.db).await.unwrap();
    let mut found = Found {
        run: run.id,
        differences: Vec::new(),
    };
    for number in 0..rows {
        let row = row(app, full, &run, number);
        found.differences.push(row.id);
        row.into_active_model().insert(&app.db).await.unwrap();
    }
    found
}

/// One of a run's differences: even ones are about the sale, the others about the coupon.
pub(super) fn row(app: &App, full: &Full, run: &import_run::Model, number: usize) -> difference::Model {
    let now = app.clock.now();
    let of_coupon = number % 2 == 1;
    let says = json!({ "status": "2", "total": 12_345 });
    difference::Model {
        id: app.id(),
        store_id: run.store_id,
        integration_id: run.integration_id,
        import_run_id: run.id,
        kind: if of_coupon {
            DifferenceKind::CouponEnded
        } else {
            DifferenceKind::OrderUndone
        },
        subject: format!("{number}"),
        order_number: (!of_coupon).then(|| format!("N{number}")),
        order_id: (!of_coupon).then_some(full.order),
        coupon_id: of_coupon.then_some(full.coupon),
        shop_says: Some(says.clone()),
        books_say: Some(says),
        repair: if of_coupon {
            Repair::CancelRedemption
        } else {
            Repair::ImportOrder
        },
        state: DifferenceState::Open,
        actor: None,
        message: None,
        created_at: now,
        changed_at: now,
    }
}
