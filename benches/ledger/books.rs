//! A store whose customers have ledgers of any length, written past the program and right to the last point.
//!
//! A history is a sequence of units of five entries: three sales that earn, a redemption that holds points of all three
//! lots, and its capture. The last redemption leaves the last two lots alone, so that there is something to spend.

use anyhow::ensure;
use entity::integration::{self, CredentialsState};
use entity::reward::{self, RewardKind};
use entity::{Cents, CustomerId, IntegrationId, Points, RewardId, StoreId, UserId};
use fidelidade::access::create_user;
use fidelidade::app::App;
use fidelidade::service::idempotency::Key;
use fidelidade::service::points;
use fidelidade::service::store::{self, NewStore};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, IntoActiveModel};
use serde_json::json;
use uuid::Uuid;

use super::load::Rows;

/// Entries of a unit.
pub(crate) const UNIT: u64 = 5;

/// A store, who owns it, and what its points buy.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) app: App,
    pub(crate) owner: UserId,
    pub(crate) store: StoreId,
    pub(crate) integration: IntegrationId,
    pub(crate) reward: RewardId,
}

/// What ids of the books are of. They are decimal numbers, so that a script of `pgbench`, which has no others, can make
/// them; those of the program are drawn from the time and are much greater.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Customer = 1,
    Order,
    Entry,
    Lot,
    Redemption,
    Coupon,
}

/// What a kind's numbers begin at.
pub(crate) const KIND: u64 = 100_000_000_000_000_000;
/// How many of a kind a customer can have.
pub(crate) const EACH: u64 = 1_000_000;

/// The id that is written with the digits of a number.
pub(crate) fn id(kind: Kind, customer: u64, nth: u64) -> Uuid {
    let number = kind as u64 * KIND + customer * EACH + nth;
    Uuid::parse_str(&format!("{number:032}")).unwrap_or_default()
}

/// The number that an id is written with, unless it is one of the program's.
pub(crate) fn number(id: Uuid) -> Option<u64> {
    id.simple().to_string().parse().ok()
}

impl Books {
    /// A store without customers, whose reward costs a hundred points.
    pub(crate) async fn open(app: &App) -> anyhow::Result<Self> {
        let owner = create_user(app, "dona@loja.example", "Dona", "uma senha qualquer".into()).await?;
        let new = NewStore {
            name: "Loja".to_owned(),
            time_zone: "America/Sao_Paulo".to_owned(),
            currency: "BRL".to_owned(),
        };
        let key = Key::new(owner.to_string(), "store".to_owned(), "createStore", &new.name)?;
        let store = store::create(app, owner, new, key).await?;
        let integration = connect(app, store).await?;
        let reward = offer(app, store, integration).await?;
        Ok(Self {
            app: app.clone(),
            owner,
            store,
            integration,
            reward,
        })
    }

    /// Customers with these numbers, so many units, and so many points for each sale.
    pub(crate) async fn fill(&self, customers: std::ops::Range<u64>, units: u64, points: i64) -> anyhow::Result<()> {
        let mut rows = Rows::new(self);
        for customer in customers {
            rows.customer(customer, units, points).await?;
        }
        rows.finish().await?;
        if self.app.db.get_database_backend() == DbBackend::Postgres {
            self.app.db.execute_unprepared("VACUUM ANALYZE").await?;
        }
        Ok(())
    }

    /// That the program finds nothing wrong.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        let told = points::verify(&self.app, Some(self.store), |difference| println!("{difference:?}")).await?;
        ensure!(told.differences == 0, "the ledger does not agree with itself");
        Ok(())
    }
}

/// A customer's id.
pub(crate) fn customer(number: u64) -> CustomerId {
    CustomerId(id(Kind::Customer, number, 0))
}

async fn connect(app: &App, store: StoreId) -> anyhow::Result<IntegrationId> {
    let now = app.clock.now();
    let row = integration::Model {
        id: app.id(),
        store_id: store,
        platform: "magazord".to_owned(),
        name: String::new(),
        credentials: Vec::new(),
        credentials_state: CredentialsState::Accepted,
        credentials_error: None,
        shop_id: Some("1".to_owned()),
        site_url: None,
        sign_up_url: None,
        feed_url: None,
        coupon_validity_days: 365,
        reward_skus: json!([]),
        reward_points_per_hundred: 2000,
        awarding_statuses: json!(["4"]),
        register_customers: true,
        register_sales: true,
        active: true,
        activated_at: Some(now),
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
    };
    Ok(row.into_active_model().insert(&app.db).await?.id)
}

async fn offer(app: &App, store: StoreId, integration: IntegrationId) -> anyhow::Result<RewardId> {
    let now = app.clock.now();
    let row = reward::Model {
        id: app.id(),
        store_id: store,
        integration_id: integration,
        kind: RewardKind::AmountOff,
        name: "R$ 5 de desconto".to_owned(),
        description: None,
        image_url: None,
        own_image_url: None,
        category: None,
        category_key: None,
        points: Points(100),
        amount_cents: Some(Cents(500)),
        percent_hundredths: None,
        minimum_order_cents: None,
        validity_days: None,
        product_id: None,
        fulfilment: reward::Fulfilment::Automatic,
        pool_id: None,
        active: true,
        available_from: None,
        available_until: None,
        total_limit: None,
        places_taken: 0,
        customer_limit: None,
        period_limit: None,
        period_days: None,
        position: 1,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    Ok(row.into_active_model().insert(&app.db).await?.id)
}
