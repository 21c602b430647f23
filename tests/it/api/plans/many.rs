//! Two stores with many rows, copied from those of one sale and one redemption: what decides how a
//! database finds its rows is how many there are, and not what is in them.

use chrono::{TimeDelta, Timelike};
use entity::{
    CouponPoolId, CustomerId, EntryId, ImportRunId, LotId, RedemptionId, StoreId, UserId, coupon, customer, fulfilment,
    import_run, ledger_entry, order, point_lot, product, redemption, reward,
};
use fidelidade::app::App;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder};

use crate::api::seed::{self, Full};
use crate::api::seed_access::{self, Access, insert};
use crate::api::{seed_differences, seed_pools};
use crate::support::document::cpf;

/// A store with many rows.
pub(super) struct Many {
    pub(super) store: String,
    pub(super) full: Full,
    pub(super) access: Access,
    /// A run with many differences.
    pub(super) compared: ImportRunId,
    /// A pool with many codes.
    pub(super) pool: CouponPoolId,
    /// Somebody with few sales.
    pub(super) customer: CustomerId,
    /// Somebody whom many were merged into.
    pub(super) merged: CustomerId,
}

impl Many {
    /// Fills a store with so many orders, with fewer of everything else, and with so many people.
    pub(super) async fn new(app: &App, store: &str, owner: UserId, (rows, people): (usize, usize)) -> Self {
        let full = seed::fill(app, store, 1).await;
        let one = Copies::of(app, store.parse().unwrap(), &full).await;
        let mut customers = vec![full.customer];
        let mut buyers = Vec::new();
        for number in 0..rows / 5 {
            let row = one.customer(number);
            customers.push(row.id);
            buyers.push(row.into_active_model());
        }
        insert(app, buyers).await;
        let orders = (0..rows).map(|number| {
            one.order(number, customers[1 + number % (rows / 5)])
                .into_active_model()
        });
        insert(app, orders).await;
        let (mut redemptions, mut coupons) = (Vec::new(), Vec::new());
        let mut theirs = Vec::new();
        for number in 0..rows / 10 {
            let (redemption, coupon) = one.redemption(number, customers[1 + number]);
            theirs.push((redemption.id, redemption.customer_id));
            redemptions.push(redemption.into_active_model());
            coupons.push(coupon.into_active_model());
        }
        insert(app, redemptions).await;
        insert(app, coupons).await;
        let by_hand = theirs
            .into_iter()
            .enumerate()
            .map(|(number, (id, whose))| one.by_hand(number, id, whose));
        insert(app, by_hand).await;
        let (mut products, mut rewards, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..rows / 20 {
            let (product, reward) = one.reward(number);
            products.push(product.into_active_model());
            rewards.push(reward.into_active_model());
            runs.push(one.run(number).into_active_model());
        }
        insert(app, products).await;
        insert(app, rewards).await;
        insert(app, runs).await;
        // Half of the entries are one customer's.
        let (mut entries, mut lots) = (Vec::new(), Vec::new());
        for number in 0..rows / 5 {
            let whose = if number % 2 == 0 {
                full.customer
            } else {
                customers[1 + number % (rows / 5)]
            };
            let (entry, lot) = one.entry(number, whose);
            entries.push(entry.into_active_model());
            lots.push(lot.into_active_model());
        }
        insert(app, entries).await;
        insert(app, lots).await;
        let shop = seed::integration_of(app, full.integration).await;
        let pool = seed_pools::pool(app, &shop, 0).await;
        seed_pools::add(app, &shop, pool, &seed_pools::codes("LOTE", rows / 10)).await;
        let compared = differences(app, &full, rows / 20).await;
        let access = seed_access::fill(app, store.parse().unwrap(), owner, (rows / 20, people)).await;
        seed_access::merge(app, customers[2], 40).await;
        Self {
            store: store.to_owned(),
            access,
            compared,
            pool,
            full,
            customer: customers[1],
            merged: customers[2],
        }
    }
}

/// A run that found so much.
async fn differences(app: &App, full: &Full, rows: usize) -> ImportRunId {
    let found = seed_differences::found(app, full, 0).await;
    let run = import_run::Entity::find_by_id(found.run)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    let rows = (0..rows).map(|number| seed_differences::row(app, full, &run, number).into_active_model());
    insert(app, rows.collect::<Vec<_>>()).await;
    found.run
}

/// Has the database look at what it has, as PostgreSQL does by itself before long. SQLite never does.
pub(super) async fn analyse(app: &App) {
    if app.db.get_database_backend() == sea_orm::DbBackend::Postgres {
        app.db.execute_unprepared("ANALYZE").await.unwrap();
    }
}

/// One row of each kind, to be copied.
struct Copies<'a> {
    app: &'a App,
    now: entity::Instant,
    customer: customer::Model,
    order: order::Model,
    redemption: redemption::Model,
    coupon: coupon::Model,
    product: product::Model,
    reward: reward::Model,
    run: import_run::Model,
    entry: ledger_entry::Model,
    lot: point_lot::Model,
}

impl<'a> Copies<'a> {
    async fn of(app: &'a App, store: StoreId, full: &Full) -> Self {
        let db = &app.db;
        macro_rules! row {
            ($entity:ident, $id:expr) => {
                $entity::Entity::find_by_id($id).one(db).await.unwrap().unwrap()
            };
        }
        let run = import_run::Entity::in_store(store).order_by_asc(import_run::Column::Id);
        Self {
            app,
            now: app.clock.now().with_nanosecond(0).unwrap(),
            customer: row!(customer, full.customer),
            order: row!(order, full.order),
            redemption: row!(redemption, full.redemption),
            coupon: row!(coupon, full.coupon),
            product: row!(product, full.product),
            reward: row!(reward, full.reward),
            run: run.one(db).await.unwrap().unwrap(),
            entry: row!(ledger_entry, full.earned),
            lot: row!(point_lot, full.lot),
        }
    }

    fn ago(&self, number: usize) -> entity::Instant {
        self.now - TimeDelta::minutes(i64::try_from(number).unwrap())
    }

    fn customer(&self, number: usize) -> customer::Model {
        customer::Model {
            id: self.app.id(),
            name: Some(format!("Pessoa {number:07}")),
            name_key: format!("pessoa {number:07}"),
            email: Some(format!("p{number:07}@muitos.example")),
            document: Some(cpf(1_000 + number)).filter(|_| number < 50_000),
            created_at: self.ago(number),
            ..self.customer.clone()
        }
    }

    fn order(&self, number: usize, whose: CustomerId) -> order::Model {
        order::Model {
            id: self.app.id(),
            external_id: format!("m{number}"),
            number: format!("M{number:07}"),
            customer_id: Some(whose),
            // One in a thousand is cancelled.
            status_code: if number % 1000 == 7 { "2" } else { "4" }.to_owned(),
            placed_at: self.ago(number),
            updated_at: self.ago(number / 2),
            ..self.order.clone()
        }
    }

    fn redemption(&self, number: usize, whose: CustomerId) -> (redemption::Model, coupon::Model) {
        let id = self.app.id();
        let redemption = redemption::Model {
            id,
            customer_id: whose,
            state: if number % 500 == 7 {
                redemption::RedemptionState::Failed
            } else {
                redemption::RedemptionState::Completed
            },
            requested_at: self.ago(number),
            ..self.redemption.clone()
        };
        let coupon = coupon::Model {
            id: self.app.id(),
            redemption_id: id,
            customer_id: whose,
            code: format!("MUITOS{number:07}"),
            state: if number % 500 == 7 {
                coupon::CouponState::Failed
            } else {
                coupon::CouponState::Active
            },
            created_at: self.ago(number),
            valid_until: self.ago(number) + TimeDelta::days(30),
            used_order_id: None,
            ..self.coupon.clone()
        };
        (redemption, coupon)
    }

    fn by_hand(&self, number: usize, redemption: RedemptionId, whose: CustomerId) -> fulfilment::ActiveModel {
        let row = fulfilment::Model {
            id: self.app.id(),
            store_id: self.redemption.store_id,
            redemption_id: redemption,
            customer_id: whose,
            state: if number % 500 == 7 {
                fulfilment::FulfilmentState::Waiting
            } else {
                fulfilment::FulfilmentState::Fulfilled
            },
            note: None,
            actor: None,
            requested_at: self.ago(number),
            done_at: None,
            version: 1,
        };
        row.into_active_model()
    }

    fn reward(&self, number: usize) -> (product::Model, reward::Model) {
        let product = product::Model {
            id: self.app.id(),
            sku: format!("M-{number}"),
            ..self.product.clone()
        };
        let reward = reward::Model {
            id: self.app.id(),
            product_id: Some(product.id),
            category_key: Some(["roupas", "roupas > camisetas", "casa"][number % 3].to_owned()),
            position: i64::try_from(number).unwrap(),
            points: entity::Points(i64::try_from(number % 1000).unwrap() + 1),
            created_at: self.ago(number),
            ..self.reward.clone()
        };
        (product, reward)
    }

    fn run(&self, number: usize) -> import_run::Model {
        import_run::Model {
            id: self.app.id(),
            created_at: self.ago(number),
            ..self.run.clone()
        }
    }

    fn entry(&self, number: usize, whose: CustomerId) -> (ledger_entry::Model, point_lot::Model) {
        let id: EntryId = self.app.id();
        let entry = ledger_entry::Model {
            id,
            customer_id: whose,
            source_id: id.0,
            recorded_at: self.ago(number),
            ..self.entry.clone()
        };
        let lot = point_lot::Model {
            id: self.app.id::<LotId>(),
            customer_id: whose,
            entry_id: id,
            ..self.lot.clone()
        };
        (entry, lot)
    }
}
