//! Plays histories in a store of their own, and tells what goes wrong.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use entity::ledger_entry::EntryKind;
use entity::{CustomerId, LotId, Points, RedemptionId, StoreId, customer_source};
use fidelidade::service::points;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::hand::Hand;
use super::model::{Model, Versions, in_force};
use super::operations::{History, Operation, Script, buyer_of};
use crate::ledger::books::{self, Account, Refusal};
use crate::ledger::world::{PLAIN, Purse, Store, World, beginning};

/// Two customers on the way.
pub(super) struct Walk<'a> {
    history: &'a History,
    buyers: [String; 2],
    pub(super) customers: [Option<CustomerId>; 2],
    pub(super) model: Model,
    refusals: Vec<(CustomerId, Refusal)>,
    /// Which of the customers is the other now.
    pub(super) merged: Option<usize>,
    /// Whether they ever were one.
    pub(super) met: bool,
    /// The customers' lots, as of the last round.
    pub(super) lots: Vec<LotId>,
}

/// How often something rare has happened: what never does is not tested.
pub(super) type Tally = BTreeMap<&'static str, usize>;

/// Plays a script with histories. Stops at the first round that leaves something wrong, and tells what.
pub(super) async fn play(world: &World, script: &Script, histories: &[History]) -> Result<Tally, Vec<String>> {
    world.set_clock(beginning());
    let mut store = world.store(script.rules).await;
    let mut versions: Versions = vec![(DateTime::UNIX_EPOCH, PLAIN), (DateTime::UNIX_EPOCH, script.rules)];
    let mut walks: Vec<Walk<'_>> = histories.iter().zip(0..).map(Walk::begin).collect();
    let mut latest = beginning();
    for (round, (hours, change)) in script.rounds.iter().enumerate() {
        let now = world.app.clock.now() + TimeDelta::hours(*hours);
        world.set_clock(now);
        latest = latest.max(now);
        if let Some(rules) = change {
            let version = store.change_rules(*rules).await;
            versions.push((version.starts_at, *rules));
        }
        see(&store, &mut walks, round, now, &versions).await;
        find_customers(world, &store, &mut walks).await;
        let purse = store.purse().await;
        for walk in &mut walks {
            walk.redeem(world, &purse, round).await;
        }
        purse.commit().await;
        let policy = versions[in_force(&versions, now)].1.debt;
        let hand = Hand {
            world,
            store: store.id,
            policy,
        };
        for walk in &mut walks {
            hand.play(walk, &walk.history.rounds[round]).await;
        }
        // The schedule comes late, or twice, or never.
        for _ in 0..round % 3 {
            points::expire_due(&world.app).await.unwrap();
        }

        let accounts = books::read(&world.app.db, store.id).await;
        let mut wrong = Vec::new();
        for (place, walk) in walks.iter_mut().enumerate() {
            let audit = walk.audit(&accounts, now, latest);
            wrong.extend(audit.into_iter().map(|what| format!("history {place}: {what}")));
        }
        if !wrong.is_empty() {
            wrong.push(format!("in round {round}"));
            return Err(wrong);
        }
    }
    verify(world, store.id, latest).await?;
    let accounts = books::read(&world.app.db, store.id).await;
    let mut tally = Tally::new();
    for account in accounts.values() {
        count(account, &mut tally);
    }
    let refused: usize = walks.iter().map(|walk| walk.refusals.len()).sum();
    *tally.entry("refusals").or_default() += refused;
    for walk in &walks {
        walk.model.count(&mut tally);
        *tally.entry("merges").or_default() += usize::from(walk.met);
        *tally.entry("merges undone").or_default() += usize::from(walk.met && walk.merged.is_none());
    }
    Ok(tally)
}

/// The program's own check must find nothing either. With the clock put back, what had expired is there
/// again, also for who owes points.
async fn verify(world: &World, store: StoreId, latest: DateTime<Utc>) -> Result<(), Vec<String>> {
    world.set_clock(latest);
    let mut wrong = Vec::new();
    let told = points::verify(&world.app, Some(store), |difference| {
        wrong.push(format!("{difference:?}"));
    })
    .await;
    assert_eq!(told.unwrap().differences, wrong.len() as u64);
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn count(account: &Account, tally: &mut Tally) {
    let mut add = |what, times| *tally.entry(what).or_default() += times;
    for entry in &account.entries {
        let what = match entry.kind {
            EntryKind::Earn => "earnings",
            EntryKind::Revoke => "revocations",
            EntryKind::DebtPayment => "payments of debt",
            EntryKind::Reserve => "reservations",
            EntryKind::Capture => "captures",
            EntryKind::Release => "releases",
            EntryKind::Refund => "refunds",
            EntryKind::Transfer => "transfers",
            EntryKind::Adjust => "adjustments",
            EntryKind::Expire => "expiries",
        };
        add(what, 1);
        add("debts made", usize::from(entry.debt_delta.is_positive()));
        add("points kept", usize::from(entry.inputs["kept"].is_number()));
    }
    let forgone = account.orders.keys().filter(|order| account.forgone(**order) > 0);
    add("forgone points", forgone.count());
    let lots = account.lots.values();
    add("lots that expire", lots.filter(|lot| lot.expires_at.is_some()).count());
    add(
        "entries of one order",
        account.orders.values().filter(|order| order.postings > 3).count(),
    );
}

/// One page with everything that is seen in a round.
async fn see(store: &Store, walks: &mut [Walk<'_>], round: usize, now: DateTime<Utc>, versions: &Versions) {
    let mut page = Vec::new();
    for walk in walks {
        let sales = &walk.history.sales;
        let seen = walk.history.rounds[round]
            .iter()
            .filter_map(|operation| match operation {
                Operation::See { sale, state } => Some((*sale, state % sales[*sale].states.len())),
                _ => None,
            });
        let seen: Vec<(usize, usize)> = seen.collect();
        for (nth, state) in &seen {
            let id = format!("{}s{nth}", walk.buyers[0]);
            page.push(sales[*nth].snapshot(&id, &walk.buyers[buyer_of(*nth)], *state));
        }
        walk.model.see(sales, &seen, now, versions);
    }
    if !page.is_empty() {
        store.import(page).await;
    }
}

/// Buyers become customers with their first sale.
async fn find_customers(world: &World, store: &Store, walks: &mut [Walk<'_>]) {
    let sources = customer_source::Entity::find().filter(customer_source::Column::StoreId.eq(store.id));
    let known: HashMap<String, CustomerId> = (sources.all(&world.app.db).await.unwrap().into_iter())
        .map(|source| (source.external_id, source.customer_id))
        .collect();
    for walk in walks {
        walk.customers = walk.buyers.each_ref().map(|buyer| known.get(buyer).copied());
    }
}

impl<'a> Walk<'a> {
    fn begin((history, place): (&'a History, usize)) -> Self {
        Self {
            history,
            buyers: [format!("b{place}"), format!("c{place}")],
            customers: [None; 2],
            model: Model::new(history.sales.len()),
            refusals: Vec::new(),
            merged: None,
            met: false,
            lots: Vec::new(),
        }
    }

    /// Who is meant by one of the customers.
    pub(super) fn customer(&self, who: usize) -> Option<CustomerId> {
        let other = self.customers[1 - who].filter(|_| self.merged == Some(who));
        other.or(self.customers[who])
    }

    /// What is wrong with the customers' accounts, each for itself, and with what they come to together.
    fn audit(
        &mut self,
        accounts: &BTreeMap<CustomerId, Account>,
        now: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Vec<String> {
        let theirs: Vec<&Account> = (self.customers.iter().flatten())
            .filter_map(|id| accounts.get(id))
            .collect();
        if theirs.is_empty() {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        for account in &theirs {
            let own = self.refusals.iter().filter(|(who, _)| *who == account.customer.id);
            let own: Vec<Refusal> = own.map(|(_, refusal)| *refusal).collect();
            wrong.extend(account.audit_lots(now, latest, &own));
        }
        let together = books::together(&theirs);
        self.lots = together.lots.keys().copied().collect();
        wrong.extend(together.audit_causes());
        wrong.extend(self.model.compare(&together));
        if !self.met {
            wrong.extend(self.model.compare_forgone(&together));
        }
        wrong
    }

    /// What the customers ask for in a round, and what the shop answers.
    async fn redeem(&mut self, world: &World, purse: &Purse, round: usize) {
        for operation in &self.history.rounds[round] {
            match *operation {
                Operation::Reserve { who, points } => self.reserve(world, purse, (who, points)).await,
                Operation::Capture { nth } => {
                    if let Some((redemption, customer, points)) = pick(&mut self.model.open, nth) {
                        purse.capture(redemption, (customer, Points(points))).await;
                        self.model.spent.push((redemption, customer, points));
                    }
                }
                Operation::Release { nth } => {
                    if let Some((redemption, customer, points)) = pick(&mut self.model.open, nth) {
                        purse.release(redemption, (customer, Points(points))).await;
                    }
                }
                Operation::Refund { nth } => {
                    if let Some((redemption, customer, _)) = pick(&mut self.model.spent, nth) {
                        purse.refund(redemption, customer).await;
                    }
                }
                _ => {}
            }
        }
    }

    async fn reserve(&mut self, world: &World, purse: &Purse, (who, points): (usize, i64)) {
        let Some(customer) = self.customer(who) else { return };
        let redemption: RedemptionId = world.app.id();
        match purse.reserve(redemption, (customer, Points(points))).await {
            Ok(()) => self.model.open.push((redemption, customer, points)),
            Err(short) => self.refused(world, customer, (points, short.available)),
        }
    }

    /// Notes that somebody was told to have too little.
    pub(super) fn refused(&mut self, world: &World, customer: CustomerId, (wanted, told): (i64, Points)) {
        let refusal = Refusal {
            after: world.app.id(),
            at: world.app.clock.now(),
            wanted,
            told: told.0,
        };
        self.refusals.push((customer, refusal));
    }
}

/// Takes one out of a list.
fn pick<T>(list: &mut Vec<T>, nth: usize) -> Option<T> {
    (!list.is_empty()).then(|| list.remove(nth % list.len()))
}
