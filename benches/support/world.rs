//! A store with an integration and an import under way, and the walk over its pages.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::ensure;
use entity::import_run::{ImportKind, ImportTrigger};
use entity::integration::{self, CredentialsState};
use entity::order_status::{self, StatusClass};
use entity::{IntegrationId, StoreId};
use fidelidade::access::create_user;
use fidelidade::app::App;
use fidelidade::platform::PageToken;
use fidelidade::service::idempotency::Key;
use fidelidade::service::import::{self, ImportContext, Lease};
use fidelidade::service::order::{self, ImportedOrder, OrderPage};
use fidelidade::service::store::{self, NewStore};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::shop;

/// A store whose sales are being imported.
pub(crate) struct World {
    app: App,
    context: ImportContext,
    lease: Lease,
}

impl World {
    /// Makes owner, store, integration and run.
    pub(crate) async fn build(app: App) -> anyhow::Result<Self> {
        let owner = create_user(&app, "dona@loja.example", "Dona", "uma senha qualquer".into()).await?;
        let new = NewStore {
            name: "Loja".to_owned(),
            time_zone: "America/Sao_Paulo".to_owned(),
            currency: "BRL".to_owned(),
        };
        let key = Key::new(owner.to_string(), "store".to_owned(), "createStore", &new.name)?;
        let store = store::create(&app, owner, new, key).await?;
        let integration = connect(&app, store).await?;
        let run = import::start(&app, store, integration, ImportKind::Shop, ImportTrigger::Manual).await?;
        let (run, lease) = import::take(&app, run.id, app.process.clone()).await?;
        let context = ImportContext::load(&app.db, run).await?;
        Ok(Self { app, context, lease })
    }

    /// Imports orders seen for the first time. What is timed is what a page costs without the shop: looking up what
    /// is known of it, and writing it.
    pub(crate) async fn import(&self, orders: Range<u64>, all: u64, page: u64) -> anyhow::Result<Duration> {
        let now = self.context.run.created_at;
        let mut took = Duration::ZERO;
        for start in orders.clone().step_by(usize::try_from(page)?) {
            let listed = start..(start + page).min(orders.end);
            let snapshots: Vec<ImportedOrder> = listed.map(|order| shop::first(order, all, now)).collect();
            took += self.page(snapshots, start, all).await?;
        }
        Ok(took)
    }

    /// Imports the same orders again: all are listed, one in ten has changed.
    pub(crate) async fn import_changed(&self, all: u64, page: u64) -> anyhow::Result<Duration> {
        let now = self.context.run.created_at;
        let mut took = Duration::ZERO;
        for start in (0..all).step_by(usize::try_from(page)?) {
            let listed = start..(start + page).min(all);
            let snapshots = listed
                .map(|order| {
                    if shop::is_changed(order) {
                        shop::changed(order, all, now)
                    } else {
                        shop::first(order, all, now)
                    }
                })
                .collect();
            took += self.page(snapshots, start, all).await?;
        }
        Ok(took)
    }

    async fn page(&self, listed: Vec<ImportedOrder>, start: u64, all: u64) -> anyhow::Result<Duration> {
        let ids = listed
            .iter()
            .map(|snapshot| snapshot.order.external_id.clone())
            .collect();
        let newest_change = listed.iter().filter_map(|snapshot| snapshot.order.changed_at).max();
        let began = Instant::now();
        let known = order::known_fingerprints(&self.app.db, self.context.integration.id, ids).await?;
        let rows = listed.len();
        let orders: Vec<ImportedOrder> = listed
            .into_iter()
            .filter(|snapshot| known.get(&snapshot.order.external_id) != Some(&snapshot.fingerprint))
            .collect();
        let unchanged = i64::try_from(rows - orders.len())?;
        ensure!(!orders.is_empty(), "a page without anything to write measures nothing");
        let page = OrderPage {
            orders,
            unchanged,
            rejects: Vec::new(),
            newest_change,
            next: Some(PageToken(start.to_string())),
            total: Some(all),
        };
        order::import(&self.app, &self.context, &self.lease, page).await?;
        Ok(began.elapsed())
    }
}

async fn connect(app: &App, store: StoreId) -> anyhow::Result<IntegrationId> {
    let id: IntegrationId = app.id();
    let row = integration::Model {
        id,
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
        awarding_statuses: json!([shop::PAID]),
        register_customers: false,
        register_sales: true,
        active: true,
        // After every order: the first import of a shop's past sends no e-mails.
        activated_at: Some(app.clock.now()),
        import_days_back: 365,
        customers_cursor: None,
        orders_cursor: None,
        deep_import_at: None,
        import_due_at: None,
        catalogue_due_at: None,
        synced_at: None,
        order_lag_seconds: None,
        created_at: app.clock.now(),
        version: 1,
    };
    row.into_active_model().insert(&app.db).await?;
    let classes = [
        (shop::PENDING, StatusClass::Pending),
        (shop::PAID, StatusClass::Earning),
        (shop::CANCELLED, StatusClass::Revoking),
    ];
    let statuses = classes.into_iter().zip(0..).map(|((code, class), position)| {
        order_status::Model {
            integration_id: id,
            code: code.to_owned(),
            name: code.to_owned(),
            class,
            position,
        }
        .into_active_model()
    });
    order_status::Entity::insert_many(statuses)
        .exec_without_returning(&app.db)
        .await?;
    Ok(id)
}
