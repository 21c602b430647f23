//! Rows that have served are removed, a bounded batch at a time: sessions that ended or were not used any more,
//! idempotency keys that are no longer remembered and the answers that they stood for, codes that nobody can use, jobs
//! that were done long ago, what webhooks hinted at, and files of exports. The schedule calls it; any number of processes
//! may do it at once.

use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::{export, hook, idempotency};
use crate::app::App;

/// Days that a session which is over is kept.
const SESSION_DAYS: i64 = 30;

/// Days that a job is seen after anything of it last changed: longer than any delay between attempts.
const JOB_DAYS: i64 = 30;
/// Days that an export is told of; its file is gone long before.
const EXPORT_DAYS: i64 = 90;

/// Rows removed by one statement: few enough that it holds no lock for long.
const BATCH: u64 = 1000;
/// Statements for each kind of rows before others have their turn; what is left goes the next time.
const BATCHES: u32 = 100;

/// Rows that are removed when an instant of theirs is so long past.
struct Kept {
    table: &'static str,
    key: &'static [&'static str],
    since: &'static str,
    days: i64,
}

const KEPT: [Kept; 11] = [
    Kept {
        table: "sessions",
        key: &["id"],
        since: "ended_at",
        days: SESSION_DAYS,
    },
    Kept {
        table: "sessions",
        key: &["id"],
        since: "refresh_expires_at",
        days: SESSION_DAYS,
    },
    Kept {
        table: "idempotency_keys",
        key: &["scope", "key"],
        since: "created_at",
        days: idempotency::KEPT_DAYS,
    },
    // What the same key is answered with again, so it outlives the key.
    Kept {
        table: "sale_batches",
        key: &["id"],
        since: "created_at",
        days: idempotency::KEPT_DAYS + 1,
    },
    Kept {
        table: "store_jobs",
        key: &["id"],
        since: "updated_at",
        days: JOB_DAYS,
    },
    Kept {
        table: "received_hooks",
        key: &["id"],
        since: "received_at",
        days: hook::KEPT_DAYS,
    },
    Kept {
        table: "consent_requests",
        key: &["state_hash"],
        since: "expires_at",
        days: 1,
    },
    Kept {
        table: "password_resets",
        key: &["id"],
        since: "expires_at",
        days: 1,
    },
    Kept {
        table: "redemption_codes",
        key: &["customer_id"],
        since: "expires_at",
        days: 1,
    },
    Kept {
        table: "attempt_counts",
        key: &["key"],
        since: "since",
        days: 1,
    },
    Kept {
        table: "export_runs",
        key: &["id"],
        since: "finished_at",
        days: EXPORT_DAYS,
    },
];

/// Removes what has served.
pub async fn purge(app: &App) -> Result<(), DbErr> {
    export::purge(app).await?;
    for kept in &KEPT {
        for _ in 0..BATCHES {
            if purge_batch(app, kept).await? < BATCH {
                break;
            }
        }
    }
    Ok(())
}

async fn purge_batch(app: &App, kept: &Kept) -> Result<u64, DbErr> {
    let before = app.clock.now() - TimeDelta::days(kept.days);
    let mut old = Query::select();
    old.columns(kept.key.iter().copied())
        .from(kept.table)
        .and_where(Expr::col(kept.since).lt(before))
        .order_by(kept.since, sea_orm::Order::Asc)
        .limit(BATCH);
    let key = Expr::tuple(kept.key.iter().map(|column| Expr::col(*column)));
    let delete = Query::delete()
        .from_table(kept.table)
        .and_where(key.in_subquery(old))
        .to_owned();
    Ok(app.db.execute(&delete).await?.rows_affected())
}
