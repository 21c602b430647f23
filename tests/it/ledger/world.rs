//! A program without workers on one database, whose clock stands still, and stores in it whose sales a
//! test hands in page by page, as a walk over a shop does.

use chrono::{DateTime, TimeDelta, Utc};
use entity::import_run::{ImportKind, ImportTrigger};
use entity::integration::{self, CredentialsState};
use entity::order::Channel;
use entity::order_status;
use entity::programme_version::{self, DebtPolicy};
use entity::{Cents, CustomerId, IntegrationId, Points, RedemptionId, StoreId, UserId};
use fidelidade::access;
use fidelidade::app::App;
use fidelidade::clock::Clock;
use fidelidade::config::Config;
use fidelidade::db;
use fidelidade::platform::{Kind, SaleStatus};
use fidelidade::run;
use fidelidade::service::idempotency::Key;
use fidelidade::service::import::{self, ImportContext, Lease};
use fidelidade::service::order::{self, ImportedOrder, OrderPage, PushedSale, RegisterRequest, SaleResult};
use fidelidade::service::points::{self, Cause, NotEnough};
use fidelidade::service::programme::{self, Bonuses};
use fidelidade::service::store::{self, NewStore};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use serde_json::json;
use tempfile::TempDir;

use super::sale::Standing;
use crate::support::app::PASSWORD;
use crate::support::database::TestDatabase;

/// Rules of a programme, as far as tests vary them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// Points for one real, in thousandths.
    pub(super) milli: i64,
    /// Sales with a smaller base give nothing.
    pub(super) minimum: i64,
    pub(super) hold_days: i32,
    pub(super) expiry_months: Option<i32>,
    pub(super) debt: DebtPolicy,
}

/// One point for one real, at once, for ever.
pub(super) const PLAIN: Rules = Rules {
    milli: 1000,
    minimum: 0,
    hold_days: 0,
    expiry_months: None,
    debt: DebtPolicy::AllowDebt,
};

/// What a clock shows when nobody has moved it.
pub(super) fn beginning() -> DateTime<Utc> {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

/// The program and its database.
pub(super) struct World {
    pub(super) app: App,
    owner: UserId,
    // In this order, so that the database goes away before the folder.
    _database: TestDatabase,
    _folder: TempDir,
}

impl World {
    /// A program on a fresh database.
    pub(super) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = TestDatabase::migrated().await;
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "data.dir = '{}'\ndatabase.url = '{}'\ndatabase.max_connections = 1\ndatabase.migrate_at_start = false",
            folder.path().display(),
            database.url()
        );
        let clock = Clock::Manual(std::sync::Mutex::new(beginning()));
        let app = run::open(Config::with(&settings).unwrap(), clock).await.unwrap();
        let owner = access::create_user(&app, "dona@loja-exemplo.invalid", "Dona", PASSWORD.into())
            .await
            .unwrap();
        Self {
            app,
            owner,
            _database: database,
            _folder: folder,
        }
    }

    /// Sets the clock.
    pub(super) fn set_clock(&self, at: DateTime<Utc>) {
        self.app.clock.advance(at - self.app.clock.now());
    }

    /// A new store with these rules since always, whose sales are being imported.
    pub(super) async fn store(&self, rules: Rules) -> Store {
        let app = &self.app;
        let new = NewStore {
            name: "Loja".to_owned(),
            time_zone: "America/Sao_Paulo".to_owned(),
            currency: "BRL".to_owned(),
        };
        let unique: entity::OrderId = app.id();
        let key = Key::new(self.owner.to_string(), unique.to_string(), "createStore", &()).unwrap();
        let id = store::create(app, self.owner, new, key).await.unwrap();
        let integration = connect(app, id).await;
        let run = import::start(app, id, integration, ImportKind::Shop, ImportTrigger::Manual)
            .await
            .unwrap();
        let (run, lease) = import::take(app, run.id, "a test".to_owned()).await.unwrap();
        let context = ImportContext::load(&app.db, run).await.unwrap();
        let mut store = Store {
            app: app.clone(),
            id,
            context,
            lease,
        };
        store.change_rules(rules).await;
        store
    }
}

/// A store whose sales are being imported.
pub(super) struct Store {
    app: App,
    pub(super) id: StoreId,
    context: ImportContext,
    lease: Lease,
}

impl Store {
    /// Puts rules in force as [`Store::announce`] does; what is imported next is a new run.
    pub(super) async fn change_rules(&mut self, rules: Rules) -> programme_version::Model {
        let version = self.announce(rules).await;
        self.context = ImportContext::load(&self.app.db, self.context.run.clone())
            .await
            .unwrap();
        version
    }

    /// Puts rules in force while a run goes on, and tells the version.
    pub(super) async fn announce(&self, rules: Rules) -> programme_version::Model {
        let newest = self.context.versions.iter().map(|version| version.number).max();
        let rules = programme::Rules {
            points_per_real: format!("{}.{:03}", rules.milli / 1000, rules.milli % 1000),
            include_shipping: false,
            minimum_order: Cents(rules.minimum),
            hold_days: rules.hold_days,
            expiry_months: rules.expiry_months,
            grace_days: 30,
            debt_policy: rules.debt,
            excluded_statuses: Vec::new(),
            excluded_channels: vec![Channel::Marketplace],
            multipliers: Vec::new(),
            product_rates: Vec::new(),
            category_rates: Vec::new(),
            bonuses: Bonuses::default(),
        };
        programme::update(&self.app, self.id, None, newest.unwrap_or(0), rules)
            .await
            .unwrap()
    }

    /// Writes a page of snapshots.
    pub(super) async fn import(&self, orders: Vec<ImportedOrder>) {
        let page = OrderPage {
            orders,
            ..OrderPage::default()
        };
        order::import(&self.app, &self.context, &self.lease, page)
            .await
            .unwrap();
    }
}

/// A source of sales that are pushed into a store.
pub(super) struct Source {
    app: App,
    store: StoreId,
    integration: IntegrationId,
}

impl World {
    /// A source in a store, which awards what is paid or delivered.
    pub(super) async fn source(&self, store: &Store) -> Source {
        let app = &self.app;
        let (id, now) = (app.id(), app.clock.now());
        let row = integration::Model {
            name: "ERP".to_owned(),
            awarding_statuses: json!([SaleStatus::Approved.code(), SaleStatus::Delivered.code()]),
            ..integration_row(id, store.id, Kind::SalesApi, now)
        };
        row.into_active_model().insert(&app.db).await.unwrap();
        Source {
            app: app.clone(),
            store: store.id,
            integration: id,
        }
    }
}

impl Source {
    /// Pushes sales.
    pub(super) async fn register(&self, sales: Vec<PushedSale>) -> Vec<SaleResult> {
        let unique: entity::OrderId = self.app.id();
        let key = Key::new("a till".to_owned(), unique.to_string(), "registerSales", &()).unwrap();
        let request = RegisterRequest {
            store: self.store,
            integration: self.integration,
            sales,
            actor: "a till".to_owned(),
            request_id: None,
        };
        order::register(&self.app, request, key).await.unwrap()
    }
}

/// An integration that is on, without statuses.
fn integration_row(id: IntegrationId, store: StoreId, kind: Kind, now: DateTime<Utc>) -> integration::Model {
    integration::Model {
        id,
        store_id: store,
        platform: kind.to_string(),
        name: String::new(),
        credentials: b"sealed".to_vec(),
        credentials_state: CredentialsState::Accepted,
        credentials_error: None,
        shop_id: Some("1".to_owned()),
        site_url: None,
        sign_up_url: None,
        feed_url: None,
        coupon_validity_days: 365,
        reward_skus: json!([]),
        reward_points_per_hundred: 2000,
        awarding_statuses: json!([]),
        register_customers: false,
        register_sales: true,
        active: true,
        // After every sale: nobody is written to.
        activated_at: Some(now + TimeDelta::days(36_500)),
        import_days_back: 365,
        customers_cursor: None,
        orders_cursor: None,
        deep_import_at: None,
        import_due_at: None,
        catalogue_due_at: None,
        synced_at: None,
        order_lag_seconds: None,
        created_at: now,
        version: 1,
    }
}

async fn connect(app: &App, store: StoreId) -> IntegrationId {
    let id: IntegrationId = app.id();
    let now = app.clock.now();
    let row = integration::Model {
        awarding_statuses: json!([Standing::Paid.code(), Standing::Delivered.code()]),
        ..integration_row(id, store, Kind::Magazord, now)
    };
    row.into_active_model().insert(&app.db).await.unwrap();
    let statuses = Standing::ALL.into_iter().zip(0..).map(|(standing, position)| {
        order_status::Model {
            integration_id: id,
            code: standing.code().to_owned(),
            name: format!("{standing:?}"),
            class: standing.class(),
            position,
        }
        .into_active_model()
    });
    order_status::Entity::insert_many(statuses)
        .exec_without_returning(&app.db)
        .await
        .unwrap();
    id
}

/// A transaction in which points are held, spent and given back.
pub(super) struct Purse {
    app: App,
    store: StoreId,
    txn: DatabaseTransaction,
}

impl Store {
    /// Opens a transaction.
    pub(super) async fn purse(&self) -> Purse {
        Purse {
            app: self.app.clone(),
            store: self.id,
            txn: db::begin(&self.app.db).await.unwrap(),
        }
    }
}

impl Purse {
    fn cause(&self) -> Cause {
        Cause {
            actor: "a test".to_owned(),
            request_id: None,
            at: self.app.clock.now(),
        }
    }

    /// Holds points, or tells how many there are.
    pub(super) async fn reserve(
        &self,
        redemption: RedemptionId,
        (customer, points): (CustomerId, Points),
    ) -> Result<(), NotEnough> {
        let subject = (self.store, customer, points);
        points::reserve(&self.txn, &self.app, &self.cause(), redemption, subject)
            .await
            .unwrap()
    }

    /// Spends points that are held.
    pub(super) async fn capture(&self, redemption: RedemptionId, (customer, points): (CustomerId, Points)) {
        let subject = (self.store, customer, points);
        points::capture(&self.txn, &self.app, &self.cause(), redemption, subject)
            .await
            .unwrap();
    }

    /// Gives points back that are held.
    pub(super) async fn release(&self, redemption: RedemptionId, (customer, points): (CustomerId, Points)) {
        let subject = (self.store, customer, points);
        points::release(&self.txn, &self.app, &self.cause(), redemption, subject)
            .await
            .unwrap();
    }

    /// Gives points back that were spent, after their coupon was ended.
    pub(super) async fn refund(&self, redemption: RedemptionId, customer: CustomerId) {
        let subject = (self.store, customer);
        points::refund(&self.txn, &self.app, &self.cause(), redemption, subject, (None, None))
            .await
            .unwrap();
    }

    pub(super) async fn commit(self) {
        self.txn.commit().await.unwrap();
    }
}
