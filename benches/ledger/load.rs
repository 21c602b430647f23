//! Writes histories into the tables, many rows at a time.

use chrono::TimeDelta;
use entity::coupon::{self, CouponState};
use entity::ledger_entry::{self, EntryKind, SourceKind};
use entity::order::{self, Channel};
use entity::order_status::StatusClass;
use entity::redemption::{self, RedemptionState};
use entity::reward::RewardKind;
use entity::{
    Cents, CouponId, EntryId, Instant, LotId, OrderId, Points, RedemptionId, customer, point_allocation, point_lot,
};
use fidelidade::db;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, Set};
use serde_json::json;

use super::books::{self, Books, Kind, UNIT, id};

/// Entries of one statement: with the widest table SQLite takes no more.
const TOGETHER: usize = 900;
/// Statements of one transaction.
const STATEMENTS: usize = 200;

/// Rows that wait to be written. Whatever column a table has beside those given here has its default.
pub(crate) struct Rows<'a> {
    books: &'a Books,
    txn: Option<DatabaseTransaction>,
    written: usize,
    customers: Vec<customer::ActiveModel>,
    orders: Vec<order::ActiveModel>,
    entries: Vec<ledger_entry::ActiveModel>,
    lots: Vec<point_lot::ActiveModel>,
    allocations: Vec<point_allocation::ActiveModel>,
    redemptions: Vec<redemption::ActiveModel>,
    coupons: Vec<coupon::ActiveModel>,
}

/// A unit of a customer's history.
#[derive(Clone, Copy)]
struct Unit {
    customer: u64,
    nth: u64,
    /// Of each of its sales.
    points: i64,
    is_last: bool,
    at: Instant,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(books: &'a Books) -> Self {
        Self {
            books,
            txn: None,
            written: 0,
            customers: Vec::new(),
            orders: Vec::new(),
            entries: Vec::new(),
            lots: Vec::new(),
            allocations: Vec::new(),
            redemptions: Vec::new(),
            coupons: Vec::new(),
        }
    }

    /// A customer with a history.
    pub(crate) async fn customer(&mut self, number: u64, units: u64, points: i64) -> anyhow::Result<()> {
        let began = self.books.app.clock.now() - TimeDelta::days(400);
        self.customers.push(customer::ActiveModel {
            id: Set(books::customer(number)),
            store_id: Set(self.books.store),
            name: Set(Some(format!("Cliente Número {number:08} de Souza"))),
            name_key: Set(format!("cliente numero {number:08} de souza")),
            email: Set(Some(format!("cliente.{number:08}@correio.example"))),
            document: Set(Some(format!("{number:011}"))),
            document_invalid: Set(false),
            phone: Set(None),
            birth_date: Set(None),
            signed_up_at: Set(None),
            newsletter: Set(None),
            points_balance: Set(Points(2 * points)),
            points_reserved: Set(Points::ZERO),
            points_debt: Set(Points::ZERO),
            created_at: Set(began),
            updated_at: Set(began),
            ..Default::default()
        });
        for nth in 0..units {
            let unit = Unit {
                customer: number,
                nth,
                points,
                is_last: nth + 1 == units,
                at: began + TimeDelta::minutes(i64::try_from(nth)?),
            };
            (0..3).for_each(|sale| self.sale(unit, sale));
            self.spend(unit);
            if self.entries.len() + usize::try_from(UNIT)? > TOGETHER || self.customers.len() == TOGETHER {
                self.write().await?;
            }
        }
        Ok(())
    }

    /// A sale and the lot that it earns.
    fn sale(&mut self, unit: Unit, sale: u64) {
        let Unit {
            customer,
            nth,
            points,
            at,
            ..
        } = unit;
        let order = OrderId(id(Kind::Order, customer, nth * UNIT + sale));
        let entry = EntryId(id(Kind::Entry, customer, nth * UNIT + sale));
        let remaining = if unit.is_last && sale > 0 { points } else { 0 };
        let number = format!("{customer}-{nth}-{sale}");
        let cents = Cents(points * 100);
        self.orders.push(order::ActiveModel {
            id: Set(order),
            store_id: Set(self.books.store),
            integration_id: Set(self.books.integration),
            external_id: Set(number.clone()),
            number: Set(number.clone()),
            customer_id: Set(Some(books::customer(customer))),
            buyer_external_id: Set(None),
            status_code: Set("4".to_owned()),
            status_class: Set(StatusClass::Earning),
            placed_at: Set(at),
            changed_at: Set(Some(at)),
            products_cents: Set(cents),
            discount_cents: Set(Cents(0)),
            shipping_cents: Set(Cents(0)),
            surcharge_cents: Set(Cents(0)),
            total_cents: Set(cents),
            refunded_cents: Set(Cents(0)),
            credit_cents: Set(Cents(0)),
            channel: Set(Channel::Site),
            shop_id: Set(None),
            coupon_code: Set(None),
            complete: Set(true),
            fingerprint: Set(number),
            awarded_at: Set(Some(at)),
            programme_version_id: Set(None),
            points: Set(Points(points)),
            postings: Set(1),
            created_at: Set(at),
            updated_at: Set(at),
            ..Default::default()
        });
        self.entry(
            unit,
            entry,
            EntryKind::Earn,
            (points, 0),
            (SourceKind::Order, order.0, 1),
        );
        self.lots.push(point_lot::ActiveModel {
            id: Set(LotId(id(Kind::Lot, customer, nth * UNIT + sale))),
            store_id: Set(self.books.store),
            customer_id: Set(books::customer(customer)),
            entry_id: Set(entry),
            order_id: Set(Some(order)),
            points: Set(Points(points)),
            remaining: Set(Points(remaining)),
            available_at: Set(at),
            expires_at: Set(None),
            ..Default::default()
        });
    }

    /// A redemption that took the points of the unit's lots, and its coupon.
    fn spend(&mut self, unit: Unit) {
        let Unit {
            customer,
            nth,
            points,
            at,
            ..
        } = unit;
        let lots = if unit.is_last { 1 } else { 3 };
        let spent = points * lots;
        let redemption = RedemptionId(id(Kind::Redemption, customer, nth));
        let [reserve, capture] = [3, 4].map(|place| EntryId(id(Kind::Entry, customer, nth * UNIT + place)));
        let source = |sequence| (SourceKind::Redemption, redemption.0, sequence);
        self.entry(unit, reserve, EntryKind::Reserve, (-spent, spent), source(1));
        self.entry(unit, capture, EntryKind::Capture, (0, -spent), source(2));
        self.allocations
            .extend((0..lots.unsigned_abs()).map(|sale| point_allocation::ActiveModel {
                entry_id: Set(reserve),
                lot_id: Set(LotId(id(Kind::Lot, customer, nth * UNIT + sale))),
                points: Set(Points(points)),
            }));
        self.redemptions.push(redemption::ActiveModel {
            id: Set(redemption),
            store_id: Set(self.books.store),
            customer_id: Set(books::customer(customer)),
            reward_id: Set(self.books.reward),
            points: Set(Points(spent)),
            state: Set(RedemptionState::Completed),
            failure_code: Set(None),
            failure_message: Set(None),
            actor: Set("a bench".to_owned()),
            requested_at: Set(at),
            finished_at: Set(Some(at)),
            ..Default::default()
        });
        self.coupons.push(coupon::ActiveModel {
            id: Set(CouponId(id(Kind::Coupon, customer, nth))),
            store_id: Set(self.books.store),
            integration_id: Set(self.books.integration),
            redemption_id: Set(redemption),
            customer_id: Set(books::customer(customer)),
            code: Set(format!("B{customer}-{nth}")),
            state: Set(CouponState::Active),
            kind: Set(RewardKind::AmountOff),
            amount_cents: Set(Some(Cents(500))),
            percent_hundredths: Set(None),
            minimum_order_cents: Set(None),
            valid_from: Set(at),
            valid_until: Set(at + TimeDelta::days(500)),
            external_id: Set(Some(format!("B{customer}-{nth}"))),
            attempts: Set(1),
            outcome_unknown: Set(false),
            used_order_id: Set(None),
            used_at: Set(None),
            created_at: Set(at),
            activated_at: Set(Some(at)),
            ..Default::default()
        });
    }

    fn entry(
        &mut self,
        unit: Unit,
        id: EntryId,
        kind: EntryKind,
        (balance, reserved): (i64, i64),
        (source, source_id, sequence): (SourceKind, uuid::Uuid, i32),
    ) {
        self.entries.push(ledger_entry::ActiveModel {
            id: Set(id),
            store_id: Set(self.books.store),
            customer_id: Set(books::customer(unit.customer)),
            kind: Set(kind),
            points: Set(Points(balance)),
            balance_delta: Set(Points(balance)),
            reserved_delta: Set(Points(reserved)),
            debt_delta: Set(Points::ZERO),
            source_kind: Set(source),
            source_id: Set(source_id),
            sequence: Set(sequence),
            programme_version_id: Set(None),
            inputs: Set(json!({})),
            actor: Set("a bench".to_owned()),
            reason: Set(None),
            request_id: Set(None),
            occurred_at: Set(unit.at),
            recorded_at: Set(unit.at),
        });
    }

    /// Writes what waits: one statement per table.
    async fn write(&mut self) -> anyhow::Result<()> {
        let txn = match self.txn.take() {
            Some(txn) => txn,
            None => db::begin(&self.books.app.db).await?,
        };
        insert(&txn, &mut self.customers).await?;
        insert(&txn, &mut self.orders).await?;
        insert(&txn, &mut self.entries).await?;
        insert(&txn, &mut self.lots).await?;
        insert(&txn, &mut self.allocations).await?;
        insert(&txn, &mut self.redemptions).await?;
        insert(&txn, &mut self.coupons).await?;
        self.written += 1;
        if self.written.is_multiple_of(STATEMENTS) {
            txn.commit().await?;
        } else {
            self.txn = Some(txn);
        }
        Ok(())
    }

    /// Writes the rest.
    pub(crate) async fn finish(mut self) -> anyhow::Result<()> {
        self.write().await?;
        if let Some(txn) = self.txn {
            txn.commit().await?;
        }
        Ok(())
    }
}

async fn insert<A: ActiveModelTrait + Send>(txn: &DatabaseTransaction, rows: &mut Vec<A>) -> anyhow::Result<()> {
    if !rows.is_empty() {
        <A::Entity as EntityTrait>::insert_many(std::mem::take(rows))
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}
