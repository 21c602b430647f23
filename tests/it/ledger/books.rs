//! An auditor: reads a store's entries, lots and allocations and works out anew what everything must be.
//! Knows the tables and the rules, and none of the program's own code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::{
    CustomerId, EntryId, LotId, OrderId, StoreId, customer, lot_extension, order, point_allocation, point_lot,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

/// A customer's points: in lots, held, owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) balance: i64,
    pub(super) reserved: i64,
    pub(super) debt: i64,
}

/// Everything that is written about a customer.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) customer: customer::Model,
    /// The oldest first.
    pub(super) entries: Vec<ledger_entry::Model>,
    pub(super) lots: BTreeMap<LotId, point_lot::Model>,
    pub(super) allocations: HashMap<EntryId, Vec<(LotId, i64)>>,
    pub(super) orders: BTreeMap<OrderId, order::Model>,
    /// Entries of these orders on other customers: who was thought to be the buyer.
    elsewhere: Vec<ledger_entry::Model>,
    /// Numbers of shop's orders of which other sources tell.
    told: Rc<BTreeSet<String>>,
    /// The oldest first.
    extensions: Vec<lot_extension::Model>,
}

/// Everything that is written about customers who were one person for a while.
pub(super) fn together(accounts: &[&Account]) -> Account {
    let all = || accounts.iter();
    let mut entries: Vec<_> = all().flat_map(|one| one.entries.clone()).collect();
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut allocations: HashMap<EntryId, Vec<(LotId, i64)>> = HashMap::new();
    for (entry, parts) in all().flat_map(|one| &one.allocations) {
        allocations.entry(*entry).or_default().extend(parts);
    }
    Account {
        customer: accounts[0].customer.clone(),
        entries,
        lots: all().flat_map(|one| one.lots.clone()).collect(),
        allocations,
        orders: all().flat_map(|one| one.orders.clone()).collect(),
        extensions: Vec::new(),
        elsewhere: Vec::new(),
        told: Rc::clone(&accounts[0].told),
    }
}

/// A wish to redeem that was refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    /// Drawn then: what was written before has smaller ids, what was written since greater ones.
    pub(super) after: EntryId,
    pub(super) at: DateTime<Utc>,
    pub(super) wanted: i64,
    /// What the customer was told can be spent.
    pub(super) told: i64,
}

/// Reads all accounts of a store with a handful of statements.
pub(super) async fn read(db: &DatabaseConnection, store: StoreId) -> BTreeMap<CustomerId, Account> {
    let customers = customer::Entity::in_store(store).all(db).await.unwrap();
    let mut accounts: BTreeMap<CustomerId, Account> = customers
        .into_iter()
        .map(|customer| {
            let account = Account {
                customer,
                entries: Vec::new(),
                lots: BTreeMap::new(),
                allocations: HashMap::new(),
                orders: BTreeMap::new(),
                elsewhere: Vec::new(),
                told: Rc::default(),
                extensions: Vec::new(),
            };
            (account.customer.id, account)
        })
        .collect();
    let entries = ledger_entry::Entity::in_store(store).order_by_asc(ledger_entry::Column::Id);
    for entry in entries.all(db).await.unwrap() {
        accounts.get_mut(&entry.customer_id).unwrap().entries.push(entry);
    }
    let mut owner = HashMap::new();
    for lot in point_lot::Entity::in_store(store).all(db).await.unwrap() {
        owner.insert(lot.id, lot.customer_id);
        accounts.get_mut(&lot.customer_id).unwrap().lots.insert(lot.id, lot);
    }
    let lots = point_lot::Entity::in_store(store)
        .select_only()
        .column(point_lot::Column::Id)
        .into_query();
    let extended = lot_extension::Column::LotId.in_subquery(lots.clone());
    let extensions = lot_extension::Entity::find().filter(extended);
    for extension in extensions
        .order_by_asc(lot_extension::Column::EntryId)
        .all(db)
        .await
        .unwrap()
    {
        let account = accounts.get_mut(&owner[&extension.lot_id]).unwrap();
        account.extensions.push(extension);
    }
    let allocations = point_allocation::Entity::find().filter(point_allocation::Column::LotId.in_subquery(lots));
    for part in allocations.all(db).await.unwrap() {
        let account = accounts.get_mut(&owner[&part.lot_id]).unwrap();
        let parts = account.allocations.entry(part.entry_id).or_default();
        parts.push((part.lot_id, part.points.0));
    }
    let orders = order::Entity::in_store(store).all(db).await.unwrap();
    let told: Rc<BTreeSet<String>> = Rc::new(orders.iter().filter_map(|order| order.shop_number.clone()).collect());
    let owners: HashMap<Uuid, CustomerId> = orders
        .iter()
        .filter_map(|order| Some((order.id.0, order.customer_id?)))
        .collect();
    let mut strays = Vec::new();
    for (customer, account) in &accounts {
        let of_others = account.entries.iter().filter(|entry| {
            entry.source_kind == SourceKind::Order
                && owners.get(&entry.source_id).is_some_and(|owner| owner != customer)
        });
        strays.extend(of_others.cloned());
    }
    for entry in strays {
        let owner = owners[&entry.source_id];
        accounts.get_mut(&owner).unwrap().elsewhere.push(entry);
    }
    for order in orders {
        if let Some(customer) = order.customer_id {
            accounts.get_mut(&customer).unwrap().orders.insert(order.id, order);
        }
    }
    for account in accounts.values_mut() {
        account.told = Rc::clone(&told);
    }
    accounts
}

/// An account while its entries are read again from the first one on.
struct Replay<'a> {
    account: &'a Account,
    sums: Sums,
    remaining: HashMap<LotId, i64>,
    /// As they were at this point: an entry may let a lot live longer.
    lots: BTreeMap<LotId, point_lot::Model>,
    wrong: Vec<String>,
}

impl Account {
    /// What the entries say.
    pub(super) fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for entry in &self.entries {
            sums.add(entry);
        }
        sums
    }

    /// What an order moved, beyond what is posted for it: points that a policy left to who had spent them.
    pub(super) fn forgone(&self, order: OrderId) -> i64 {
        let moved: i64 = self.of(SourceKind::Order, order.0).map(position).sum();
        moved - self.orders.get(&order).map_or(0, |order| order.points.0)
    }

    /// What ran out and was written down, of an order's points or of all.
    pub(super) fn expired(&self, order: Option<OrderId>) -> i64 {
        let of_order = |lot: &LotId| order.is_none() || self.lots[lot].order_id == order;
        let expiries = self.entries.iter().filter(|entry| entry.kind == EntryKind::Expire);
        expiries
            .filter_map(|entry| self.allocations.get(&entry.id))
            .flatten()
            .filter(|(lot, _)| of_order(lot))
            .map(|(_, points)| points)
            .sum()
    }

    /// What paid debt.
    pub(super) fn paid(&self) -> i64 {
        let payments = self.entries.iter().filter(|entry| entry.kind == EntryKind::DebtPayment);
        payments.map(|entry| entry.debt_delta.0).sum::<i64>().abs()
    }

    /// What something moved: what the customer has more, less what the customer owes more.
    pub(super) fn moved(&self, kind: SourceKind, id: Uuid) -> i64 {
        self.of(kind, id).map(position).sum()
    }

    /// The lots that something made, those that continue them, and what of these ran out or was taken back
    /// with the sale that they came from.
    pub(super) fn gone_of(&self, kind: SourceKind, id: Uuid) -> i64 {
        let made_by: Vec<EntryId> = self.of(kind, id).map(|entry| entry.id).collect();
        let made = self.lots.values().filter(|lot| made_by.contains(&lot.entry_id));
        let first: Vec<LotId> = made.map(|lot| lot.continues_lot_id.unwrap_or(lot.id)).collect();
        self.gone(|lot| first.contains(&lot.id) || lot.continues_lot_id.is_some_and(|id| first.contains(&id)))
    }

    /// What of a lot ran out or was taken back with the sale that it came from.
    pub(super) fn gone(&self, which: impl Fn(&point_lot::Model) -> bool) -> i64 {
        let ended = |entry: &&ledger_entry::Model, lot: &point_lot::Model| {
            let own_sale = lot.order_id.is_some_and(|order| order.0 == entry.source_id);
            entry.kind == EntryKind::Expire || (entry.kind == EntryKind::Revoke && own_sale)
        };
        let parts = |entry| {
            let parts = self.allocations.get(&entry).into_iter().flatten();
            parts.map(|(lot, points)| (&self.lots[lot], *points))
        };
        let ends = self.entries.iter().flat_map(|entry| {
            let ends = parts(entry.id).filter(move |(lot, _)| ended(&entry, lot));
            ends.filter(|(lot, _)| which(lot)).map(|(_, points)| points)
        });
        ends.sum()
    }

    fn of(&self, kind: SourceKind, id: Uuid) -> impl Iterator<Item = &ledger_entry::Model> {
        let own = move |entry: &&ledger_entry::Model| entry.source_kind == kind && entry.source_id == id;
        self.entries.iter().filter(own)
    }

    /// Everything that is wrong.
    pub(super) fn audit(&self, now: DateTime<Utc>, latest: DateTime<Utc>, refusals: &[Refusal]) -> Vec<String> {
        let mut wrong = self.audit_lots(now, latest, refusals);
        wrong.extend(self.audit_causes());
        wrong
    }

    /// What is wrong with the causes of movements: sales and redemptions.
    pub(super) fn audit_causes(&self) -> Vec<String> {
        let sales = self.orders.values().filter_map(|order| self.audit_order(order));
        let told = self.told.iter().filter_map(|number| self.audit_sale(number));
        sales.chain(told).chain(self.audit_redemptions()).collect()
    }

    /// What is wrong with the customer's balances and lots. `latest` is the latest instant that the clock has ever shown: when it was
    /// put back, what had expired is there again, also for who owes points.
    pub(super) fn audit_lots(&self, now: DateTime<Utc>, latest: DateTime<Utc>, refusals: &[Refusal]) -> Vec<String> {
        let mut replay = Replay {
            account: self,
            sums: Sums::default(),
            remaining: HashMap::new(),
            lots: self.lots.clone(),
            wrong: Vec::new(),
        };
        for extension in self.extensions.iter().rev() {
            replay.expire_at(extension.lot_id, extension.expires_before);
        }
        let mut refusals = refusals.iter().peekable();
        for entry in &self.entries {
            while let Some(refusal) = refusals.next_if(|refusal| refusal.after < entry.id) {
                replay.refused(refusal);
            }
            replay.entry(entry);
        }
        refusals.for_each(|refusal| replay.refused(refusal));
        replay.end(now, latest);
        replay.wrong
    }

    /// An order's entries in their sequence, whoever's they are.
    fn of_order(&self, order: &order::Model) -> Vec<&ledger_entry::Model> {
        let elsewhere = self.elsewhere.iter().filter(|entry| entry.source_id == order.id.0);
        let mut entries: Vec<_> = self.of(SourceKind::Order, order.id.0).chain(elsewhere).collect();
        entries.sort_by_key(|entry| entry.id);
        entries
    }

    /// A sale that a shop and others tell of moved no more than one of them was ever worth, and what counts as
    /// the shop's order is worth nothing.
    fn audit_sale(&self, number: &str) -> Option<String> {
        let (mut posted, mut most, mut moved) = (0, 0, 0);
        for order in self.orders.values() {
            if order.number != number && order.shop_number.as_deref() != Some(number) {
                continue;
            }
            if order.counted_as_id.is_some() && order.points.0 != 0 {
                return Some(format!(
                    "{}: counted as another, and {}",
                    order.external_id, order.points
                ));
            }
            let (mut own, mut most_of_it) = (0, 0);
            for entry in self.of_order(order) {
                moved += position(entry);
                if entry.kind != EntryKind::DebtPayment {
                    own += entry.points.0;
                }
                most_of_it = most_of_it.max(own);
            }
            posted += own;
            most = most.max(most_of_it);
        }
        (moved < posted || moved > most.max(posted))
            .then(|| format!("sale {number}: {posted} posted, {most} at most, {moved} moved"))
    }

    /// What was posted for an order is what its entries say, and it never moved more than it was ever worth.
    fn audit_order(&self, order: &order::Model) -> Option<String> {
        let shared = self.told.contains(&order.number) || order.shop_number.is_some();
        let (mut posted, mut most, mut moved) = (0, 0, 0);
        let mut count = 0;
        for entry in self.of_order(order) {
            // What was let go and taken later is numbered downwards.
            count += i32::from(entry.sequence > 0);
            if entry.sequence > 0 && entry.sequence != count {
                return Some(format!(
                    "{}: entry {count} is number {}",
                    order.external_id, entry.sequence
                ));
            }
            if entry.kind != EntryKind::DebtPayment {
                posted += entry.points.0;
            }
            most = most.max(posted);
            moved += position(entry);
            // Between an entry and the payment of a debt from it nothing else happens, and it moves nothing.
            if !shared && (moved > most || moved < posted) {
                return Some(format!(
                    "{}: {posted} points are posted, at most {most} ever were, but {moved} have moved",
                    order.external_id
                ));
            }
        }
        let right = posted == order.points.0 && count == order.postings;
        (!right).then(|| {
            format!(
                "{}: the order says {} points in {} entries, they say {posted} in {count}",
                order.external_id, order.points, order.postings
            )
        })
    }

    /// Each redemption holds its points once, then spends them or gives them back, never both.
    fn audit_redemptions(&self) -> Vec<String> {
        let mut lives: BTreeMap<Uuid, Vec<&ledger_entry::Model>> = BTreeMap::new();
        for entry in &self.entries {
            if entry.source_kind == SourceKind::Redemption {
                lives.entry(entry.source_id).or_default().push(entry);
            }
        }
        let mut wrong = Vec::new();
        for life in lives.values() {
            let kinds: Vec<EntryKind> = life.iter().map(|entry| entry.kind).collect();
            let points = -life[0].balance_delta.0;
            let moved: i64 = life.iter().map(|entry| position(entry)).sum();
            let held: i64 = life.iter().map(|entry| entry.reserved_delta.0).sum();
            let right = match kinds.as_slice() {
                [EntryKind::Reserve] => (moved, held) == (-points, points),
                [EntryKind::Reserve, EntryKind::Capture] => (moved, held) == (-points, 0),
                [EntryKind::Reserve, EntryKind::Release, rest @ ..]
                | [EntryKind::Reserve, EntryKind::Capture, EntryKind::Refund, rest @ ..] => {
                    (moved, held) == (0, 0) && rest.iter().all(|kind| *kind == EntryKind::DebtPayment)
                }
                _ => false,
            };
            if !right || points <= 0 {
                wrong.push(format!(
                    "a redemption of {points} points is {kinds:?}: {moved} moved, {held} held"
                ));
            }
        }
        wrong
    }
}

impl Sums {
    fn add(&mut self, entry: &ledger_entry::Model) {
        self.balance += entry.balance_delta.0;
        self.reserved += entry.reserved_delta.0;
        self.debt += entry.debt_delta.0;
    }
}

/// What an entry adds to what the customer has less what the customer owes.
fn position(entry: &ledger_entry::Model) -> i64 {
    entry.balance_delta.0 - entry.debt_delta.0
}

/// Nearest expiry first, then the oldest.
fn turn(lot: &point_lot::Model) -> impl Ord + use<> {
    (lot.expires_at.is_none(), lot.expires_at, lot.available_at, lot.id)
}

fn is_spendable(lot: &point_lot::Model, at: DateTime<Utc>) -> bool {
    lot.available_at <= at && lot.expires_at.is_none_or(|end| at < end)
}

impl Replay<'_> {
    fn complain(&mut self, entry: &ledger_entry::Model, what: &str) {
        let number = self.account.entries.iter().position(|one| one.id == entry.id);
        self.wrong.push(format!(
            "entry {} ({:?}) {what}",
            number.unwrap_or_default(),
            entry.kind
        ));
    }

    fn expire_at(&mut self, lot: LotId, end: DateTime<Utc>) {
        self.lots.get_mut(&lot).unwrap().expires_at = Some(end);
    }

    fn entry(&mut self, entry: &ledger_entry::Model) {
        let owed_before = self.sums.debt;
        self.sums.add(entry);
        let sums = self.sums;
        if sums.balance < 0 || sums.reserved < 0 || sums.debt < 0 {
            self.complain(entry, &format!("leaves {sums:?}"));
        }
        let made: Vec<&point_lot::Model> = (self.account.lots.values())
            .filter(|lot| lot.entry_id == entry.id)
            .collect();
        let came: i64 = made.iter().map(|lot| lot.points.0).sum();
        self.remaining.extend(made.iter().map(|lot| (lot.id, lot.points.0)));
        let account = self.account;
        let parts = account
            .allocations
            .get(&entry.id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let taken: i64 = parts.iter().map(|(_, points)| *points).sum();
        if came - taken != entry.balance_delta.0 {
            let says = entry.balance_delta;
            self.complain(entry, &format!("says {says}, made {came} and took {taken}"));
        }
        for (id, points) in parts {
            let left = self.remaining.entry(*id).or_default();
            *left -= points;
            let left = *left;
            if left < 0 || left > account.lots[id].points.0 {
                self.complain(entry, &format!("leaves {left} of {}", account.lots[id].points));
            }
        }
        let taken_by_hand = entry.kind == EntryKind::Adjust && entry.points.0 < 0;
        if entry.kind == EntryKind::Reserve || taken_by_hand {
            self.reserve(entry, owed_before, parts);
        }
        let extensions = account.extensions.iter();
        for extension in extensions.filter(|extension| extension.entry_id == entry.id) {
            self.expire_at(extension.lot_id, extension.expires_at);
        }
    }

    /// Only spendable points are held, or taken by hand, those first that run out first, and none of who owes.
    fn reserve(&mut self, entry: &ledger_entry::Model, owed_before: i64, parts: &[(LotId, i64)]) {
        if owed_before > 0 {
            self.complain(entry, &format!("holds points of who owes {owed_before}"));
        }
        let at = entry.recorded_at;
        let lots = &self.lots;
        let dead = parts.iter().any(|(id, _)| !is_spendable(&lots[id], at));
        let last = parts.iter().map(|(id, _)| turn(&lots[id])).max();
        let passed_over = lots.values().any(|lot| {
            self.remaining.get(&lot.id).is_some_and(|left| *left > 0)
                && is_spendable(lot, at)
                && last.as_ref().is_some_and(|last| turn(lot) < *last)
        });
        if dead {
            self.complain(entry, "holds points that cannot be spent");
        }
        if passed_over {
            self.complain(entry, "lets points run out that it could have held");
        }
    }

    fn refused(&mut self, refusal: &Refusal) {
        let spendable = if self.sums.debt > 0 {
            0
        } else {
            self.spendable(refusal.at)
        };
        if refusal.told != spendable || spendable >= refusal.wanted {
            let (told, wanted) = (refusal.told, refusal.wanted);
            self.wrong.push(format!(
                "{wanted} of {spendable} points are refused, and {told} were told"
            ));
        }
    }

    fn spendable(&self, at: DateTime<Utc>) -> i64 {
        let lots = self.lots.values().filter(|lot| is_spendable(lot, at));
        lots.filter_map(|lot| self.remaining.get(&lot.id)).sum()
    }

    fn end(&mut self, now: DateTime<Utc>, latest: DateTime<Utc>) {
        let (account, sums) = (self.account, self.sums);
        let row = &account.customer;
        let kept = Sums {
            balance: row.points_balance.0,
            reserved: row.points_reserved.0,
            debt: row.points_debt.0,
        };
        if kept != sums {
            self.wrong
                .push(format!("the customer has {kept:?}, the entries say {sums:?}"));
        }
        for lot in account.lots.values() {
            let left = self.remaining.get(&lot.id).copied();
            if left != Some(lot.remaining.0) {
                self.wrong.push(format!(
                    "a lot says that {} are left, the entries say {left:?}",
                    lot.remaining
                ));
            }
        }
        let alive = account
            .lots
            .values()
            .filter(|lot| lot.expires_at.is_none_or(|end| now < end));
        let alive: i64 = alive.map(|lot| lot.remaining.0).sum();
        if now >= latest && sums.debt > 0 && alive > 0 {
            self.wrong
                .push(format!("{} are owed while {alive} are there", sums.debt));
        }
    }
}
