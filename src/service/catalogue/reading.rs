use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use entity::feed_report::{self, FeedOutcome};
use entity::import_run::{self, ImportState};
use entity::{Instant, feed_reading, import_reject};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::page::Rewards;
use super::report;
use crate::app::App;
use crate::db::begin as begin_transaction;
use crate::feed::FeedReport;
use crate::platform::PageToken;
use crate::secrets::sha256_hex;
use crate::service::import::{Counts, ImportContext, Lease, PageProgress, end_phase, record};

/// Raised when the same feed comes to mean other products or rewards: then everything is looked at once more.
const RULES: u32 = 2;
/// Every so often a feed is fetched whatever its server says of it, which may be wrong.
const TRUST: TimeDelta = TimeDelta::days(7);

/// What a server called a version of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it last changed.
    pub last_modified: Option<String>,
}

/// What a feed is compared with.
#[derive(Debug, Clone)]
pub struct LastReading {
    /// Hash of all but the feed that decides what becomes of it now.
    judged_by: String,
    /// What the products are made of, if they are of one whole reading.
    row: Option<feed_reading::Model>,
}

impl LastReading {
    /// The version by which the server may be asked whether there is another. None where a feed has to be read even
    /// if there is not.
    pub fn version(&self, now: Instant) -> Version {
        let trusted = self.same_rules().filter(|row| now - row.fetched_at < TRUST);
        trusted.map_or_else(Version::default, |row| Version {
            etag: row.etag.clone(),
            last_modified: row.last_modified.clone(),
        })
    }

    /// Whether the products and their rewards are already what this feed makes of them.
    pub fn is_of(&self, digest: &str) -> bool {
        self.same_rules().is_some_and(|row| row.digest == digest)
    }

    fn same_rules(&self) -> Option<&feed_reading::Model> {
        self.row.as_ref().filter(|row| row.judged_by == self.judged_by)
    }
}

/// A reading under way.
#[derive(Debug, Clone)]
pub struct Reading {
    judged_by: String,
    digest: String,
    place: Place,
}

impl Reading {
    /// Items of the feed that were dealt with before, by a worker that did not come to the end.
    pub fn done(&self) -> u64 {
        self.place.items
    }

    /// Which rewards are looked at.
    pub fn rewards(&self) -> Rewards {
        self.place.rewards
    }

    /// The place after so many items.
    pub fn after(&self, items: u64) -> PageToken {
        let place = Place {
            items,
            ..self.place.clone()
        };
        PageToken(place.to_string())
    }

    /// The place after the last item.
    pub(super) fn end(&self) -> PageToken {
        self.after(u64::MAX)
    }
}

/// Where in which feed a run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Names the feed's bytes and what they are judged by.
    feed: String,
    rewards: Rewards,
    items: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rewards = match self.rewards {
            Rewards::OfAll => "all",
            Rewards::OfChanged => "changed",
        };
        write!(formatter, "{}:{rewards}:{}", self.feed, self.items)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (feed, rest) = text.split_once(':').ok_or(())?;
        let (rewards, items) = rest.split_once(':').ok_or(())?;
        let rewards = match rewards {
            "all" => Rewards::OfAll,
            "changed" => Rewards::OfChanged,
            _ => return Err(()),
        };
        Ok(Self {
            feed: feed.to_owned(),
            rewards,
            items: items.parse().map_err(|_| ())?,
        })
    }
}

/// What the products of a run's integration were made of.
pub async fn last_reading(app: &App, context: &ImportContext) -> Result<LastReading, DbErr> {
    let row = feed_reading::Entity::find_by_id(context.integration.id)
        .one(&app.db)
        .await?;
    Ok(LastReading {
        judged_by: judged_by(context),
        row,
    })
}

fn judged_by(context: &ImportContext) -> String {
    let integration = &context.integration;
    let rules = serde_json::json!([
        RULES,
        integration.feed_url,
        integration.reward_skus,
        integration.reward_points_per_hundred,
        integration.platform,
        context.store.currency,
    ]);
    sha256_hex(rules.to_string())
}

/// Begins to read a feed, or goes on where a worker stopped in the very same. From now on the products are of no whole
/// reading, until [`finish`]. A run that had begun another feed begins anew, with nothing counted.
pub async fn begin(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    last: &LastReading,
    digest: &str,
) -> Result<Reading, DbErr> {
    let feed = sha256_hex(format!("{}{digest}", last.judged_by));
    let begun: Option<Place> = context.run.page_token.as_deref().and_then(|token| token.parse().ok());
    let rewards = match last.same_rules() {
        Some(_) => Rewards::OfChanged,
        None => Rewards::OfAll,
    };
    let begun_here = begun.filter(|place| place.feed == feed);
    let is_resumed = begun_here.is_some();
    let reading = Reading {
        judged_by: last.judged_by.clone(),
        digest: digest.to_owned(),
        place: begun_here.unwrap_or(Place {
            feed,
            rewards,
            items: 0,
        }),
    };
    if !is_resumed {
        let txn = begin_transaction(&app.db).await?;
        start_anew(&txn, context, lease, &reading).await?;
        feed_reading::Entity::delete_by_id(context.integration.id)
            .exec(&txn)
            .await?;
        txn.commit().await?;
    }
    Ok(reading)
}

async fn start_anew(
    db: &impl ConnectionTrait,
    context: &ImportContext,
    lease: &Lease,
    reading: &Reading,
) -> Result<(), DbErr> {
    let mut update = import_run::Entity::update_many()
        .col_expr(import_run::Column::PageToken, Expr::value(Some(reading.after(0).0)));
    for count in [
        import_run::Column::Done,
        import_run::Column::Created,
        import_run::Column::Updated,
        import_run::Column::Unchanged,
        import_run::Column::Gone,
        import_run::Column::Rejected,
    ] {
        update = update.col_expr(count, Expr::value(0_i64));
    }
    let mine = import_run::Column::Id
        .eq(context.run.id)
        .and(import_run::Column::LeaseHolder.eq(&lease.holder))
        .and(import_run::Column::State.eq(ImportState::Running));
    if update.filter(mine).exec(db).await?.rows_affected == 0 {
        return Err(DbErr::RecordNotUpdated);
    }
    if context.run.page_token.is_some() {
        import_reject::Entity::delete_many()
            .filter(import_reject::Column::ImportRunId.eq(context.run.id))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Ends a reading and its run. What was read to a proper end is what the products are made of now.
pub async fn finish(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    reading: Reading,
    version: Version,
    found: &FeedReport,
) -> Result<(), DbErr> {
    let txn = begin_transaction(&app.db).await?;
    end_phase(&txn, app, context, lease).await?;
    report::write(&txn, report::row(context, found)).await?;
    if found.is_complete {
        let row = feed_reading::Model {
            integration_id: context.integration.id,
            store_id: context.store.id,
            import_run_id: context.run.id,
            judged_by: reading.judged_by,
            digest: reading.digest,
            etag: version.etag,
            last_modified: version.last_modified,
            fetched_at: app.clock.now(),
        };
        remember(&txn, row).await?;
    }
    txn.commit().await
}

async fn remember(db: &impl ConnectionTrait, row: feed_reading::Model) -> Result<(), DbErr> {
    let again = OnConflict::column(feed_reading::Column::IntegrationId)
        .update_columns([
            feed_reading::Column::ImportRunId,
            feed_reading::Column::JudgedBy,
            feed_reading::Column::Digest,
            feed_reading::Column::Etag,
            feed_reading::Column::LastModified,
            feed_reading::Column::FetchedAt,
        ])
        .to_owned();
    feed_reading::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Ends a run whose feed is the one that was read last: nothing is touched. `fetched` is what the server calls it now,
/// where every byte of it came.
pub async fn unchanged(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    last: LastReading,
    fetched: Option<Version>,
) -> Result<(), DbErr> {
    let Some(mut row) = last.row else {
        return Err(DbErr::RecordNotFound(format!(
            "the last reading for {}",
            context.run.id
        )));
    };
    let txn = begin_transaction(&app.db).await?;
    let before = feed_report::Entity::find_by_id(row.import_run_id).one(&txn).await?;
    let counts = Counts {
        unchanged: before.as_ref().map_or(0, |report| report.usable),
        ..Counts::default()
    };
    record(&txn, app, context, lease, counts, PageProgress::default()).await?;
    end_phase(&txn, app, context, lease).await?;
    if let Some(before) = before {
        let outcome = match fetched {
            Some(_) => FeedOutcome::SameContent,
            None => FeedOutcome::NotModified,
        };
        let same = feed_report::Model {
            import_run_id: context.run.id,
            outcome,
            ..before
        };
        report::write(&txn, same).await?;
    }
    row.import_run_id = context.run.id;
    if let Some(version) = fetched {
        (row.etag, row.last_modified) = (version.etag, version.last_modified);
        row.fetched_at = app.clock.now();
    }
    remember(&txn, row).await?;
    txn.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for (rewards, items) in [(Rewards::OfAll, 0), (Rewards::OfChanged, u64::MAX)] {
            let place = Place {
                feed: "ab12".to_owned(),
                rewards,
                items,
            };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for odd in ["", "ab", "ab:all", "ab:some:1", "ab:all:-1", "200"] {
            assert_eq!(odd.parse::<Place>(), Err(()), "{odd}");
        }
    }
}
