use chrono::TimeDelta;
use entity::import_run::{self, ImportKind, ImportPhase, ImportState, ImportTrigger};
use entity::integration::{self, CredentialsState};
use entity::{Instant, coupon};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::app::App;
use crate::platform::Kind;
use crate::service::import::{self, StartError};

/// Most days that a reconciliation goes back.
pub const MAX_DAYS: i32 = 730;
/// Days that it goes back unless it is said otherwise.
const DAYS: i64 = 90;
/// Integrations whose coupons are walked over by one look of the schedule.
const AT_ONCE: u64 = 100;

/// What a run begins with: sales, where an import has brought the books up to date before; else coupons, where the shop
/// has a list of them. None where there is nothing to compare.
pub fn first_phase(integration: &integration::Model, kind: ImportKind) -> Option<ImportPhase> {
    let sales = integration.register_sales && integration.synced_at.is_some();
    let platform = integration.platform.parse::<Kind>();
    let coupons = platform.is_ok_and(|kind| kind.descriptor().capabilities.create_coupons);
    match kind {
        ImportKind::Reconciliation if sales => Some(ImportPhase::Orders),
        ImportKind::Reconciliation | ImportKind::Coupons if coupons => Some(ImportPhase::Coupons),
        _ => None,
    }
}

/// Since when sales are compared that were made.
pub fn window_of(now: Instant, days: Option<i32>) -> Instant {
    now - TimeDelta::days(days.map_or(DAYS, i64::from))
}

/// Starts the walks over coupons that are due, for the schedule. Any number of processes may do so at once.
pub async fn start_due(app: &App) -> Result<u32, DbErr> {
    let hours = app.config.import.coupons_every_hours;
    if hours == 0 {
        return Ok(0);
    }
    let mut started = 0;
    for integration in due(&app.db, app.clock.now() - TimeDelta::hours(hours.into())).await? {
        let whose = (integration.store_id, integration.id);
        match import::start(app, whose.0, whose.1, ImportKind::Coupons, ImportTrigger::Schedule).await {
            Ok(_) => started += 1,
            Err(StartError::Database(error)) => return Err(error),
            // Another process was faster, or somebody has changed the integration.
            Err(_) => {}
        }
    }
    Ok(started)
}

/// Integrations that have coupons which can be used, and no walk over them that began since.
async fn due(db: &impl ConnectionTrait, since: Instant) -> Result<Vec<integration::Model>, DbErr> {
    let own =
        |table, column: &'static str| Expr::col((table, column)).equals((integration::Entity, integration::Column::Id));
    let coupons = Query::select()
        .expr(Expr::val(1))
        .from(coupon::Entity)
        .and_where(own("coupons", "integration_id"))
        .and_where(Expr::cust("coupons.state = 'active'"))
        .to_owned();
    let walks = Query::select()
        .expr(Expr::val(1))
        .from(import_run::Entity)
        .and_where(own("import_runs", "integration_id"))
        .and_where(import_run::Column::Kind.eq(ImportKind::Coupons))
        .and_where(
            import_run::Column::CreatedAt
                .gt(since)
                .or(import_run::Column::State.is_in([ImportState::Queued, ImportState::Running])),
        )
        .to_owned();
    let platforms: Vec<&str> = Kind::ALL
        .into_iter()
        .filter(|kind| kind.descriptor().capabilities.create_coupons)
        .map(Kind::as_str)
        .collect();
    integration::Entity::find()
        .filter(integration::Column::Active.eq(true))
        .filter(integration::Column::CredentialsState.ne(CredentialsState::Refused))
        .filter(integration::Column::Platform.is_in(platforms))
        .filter(Expr::exists(coupons))
        .filter(Expr::exists(walks).not())
        .order_by_asc(integration::Column::Id)
        .limit(AT_ONCE)
        .all(db)
        .await
}
