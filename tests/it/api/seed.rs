//! Stores with something in them, made without a platform: pages of an invented shop go through the
//! same services as an import's. No worker may run meanwhile, or it takes the run that a seed has begun: a
//! test that needs workers seeds first and then calls [`TestApp::work`](crate::support::app::TestApp::work).

use entity::import_run::{ImportKind, ImportTrigger};
use entity::integration::CredentialsState;
use entity::order_status::StatusClass;
use entity::{
    CustomerId, ImportRunId, IntegrationId, RedemptionId, StoreId, coupon, customer, import_run, integration,
    order_status, reward,
};
use fidelidade::app::App;
use fidelidade::feed::{Availability, FeedPrice, FeedProduct, Rejection};
use fidelidade::platform::{
    Buyer, DetailLevel, OrderLine, PersonKind, PlatformCustomer, PlatformOrder, Reject, SalesChannel,
};
use fidelidade::service::adjustment::{self, By, NewAdjustment};
use fidelidade::service::catalogue::{self, FeedPage};
use fidelidade::service::idempotency::Key;
use fidelidade::service::import::{self, ImportContext, Lease};
use fidelidade::service::order::{self, ImportedOrder, OrderPage};
use fidelidade::service::redemption::{self, RedeemRequest};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;

use crate::support::app::insist_on_no_workers;
use crate::support::document::cpf;

/// A status of the invented shop that awards points.
pub(super) const PAID: &str = "4";

/// An integration that is on, with statuses and a feed, and credentials that open nothing.
pub(super) async fn integration(app: &App, store: &str) -> integration::Model {
    let row = integration_row(app, store);
    row.clone().into_active_model().insert(&app.db).await.unwrap();
    for (position, (code, class)) in (1..).zip([
        ("1", StatusClass::Pending),
        (PAID, StatusClass::Earning),
        ("8", StatusClass::Delivered),
        ("2", StatusClass::Revoking),
    ]) {
        let status = order_status::Model {
            integration_id: row.id,
            code: code.to_owned(),
            name: format!("Status {code}"),
            class,
            position,
        };
        status.into_active_model().insert(&app.db).await.unwrap();
    }
    row
}

/// The same, but off: the schedule leaves it alone.
pub(super) async fn switched_off(app: &App, store: &str) -> integration::Model {
    let mut row = integration(app, store).await.into_active_model();
    row.active = sea_orm::Set(false);
    row.update(&app.db).await.unwrap()
}

/// A source of pushed sales that is on.
pub(super) async fn source(app: &App, store: &str) -> integration::Model {
    let row = integration::Model {
        platform: "sales_api".to_owned(),
        name: "ERP".to_owned(),
        shop_id: None,
        feed_url: None,
        awarding_statuses: json!(["approved", "delivered"]),
        ..integration_row(app, store)
    };
    row.clone().into_active_model().insert(&app.db).await.unwrap();
    row
}

fn integration_row(app: &App, store: &str) -> integration::Model {
    let now = app.clock.now();
    integration::Model {
        id: app.id(),
        store_id: store.parse().unwrap(),
        platform: "magazord".to_owned(),
        name: String::new(),
        credentials: b"sealed".to_vec(),
        credentials_state: CredentialsState::Accepted,
        credentials_error: None,
        shop_id: Some("1".to_owned()),
        site_url: Some("https://www.loja-exemplo.com.br/".to_owned()),
        sign_up_url: None,
        feed_url: Some("https://www.loja-exemplo.com.br/feed.xml".to_owned()),
        coupon_validity_days: 365,
        reward_skus: json!([]),
        reward_points_per_hundred: 100,
        awarding_statuses: json!([PAID, "8"]),
        register_customers: true,
        register_sales: true,
        active: true,
        activated_at: Some(now),
        import_days_back: 30,
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

/// A run that a worker holds, ready for pages.
pub(super) async fn run(app: &App, integration: &integration::Model, kind: ImportKind) -> (ImportContext, Lease) {
    insist_on_no_workers(app);
    let run = import::start(app, integration.store_id, integration.id, kind, ImportTrigger::Manual)
        .await
        .unwrap();
    let (run, lease) = import::take(app, run.id, "a test".to_owned()).await.unwrap();
    (ImportContext::load(&app.db, run).await.unwrap(), lease)
}

/// A whole run of one page of sales.
pub(super) async fn import_sales(app: &App, integration: &integration::Model, page: OrderPage) -> ImportRunId {
    let (context, lease) = run(app, integration, ImportKind::Shop).await;
    order::import(app, &context, &lease, page).await.unwrap();
    import::fail(app, context.run.id, "TEST", "one page is enough", None)
        .await
        .unwrap();
    context.run.id
}

/// A whole run of one page of products.
pub(super) async fn import_products(app: &App, integration: &integration::Model, page: FeedPage) -> ImportRunId {
    let (context, lease) = run(app, integration, ImportKind::Catalogue).await;
    catalogue::import(app, &context, &lease, page).await.unwrap();
    import::fail(app, context.run.id, "TEST", "one page is enough", None)
        .await
        .unwrap();
    context.run.id
}

/// A customer of the shop.
pub(super) fn person(number: usize) -> PlatformCustomer {
    PlatformCustomer {
        external_id: format!("p{number}"),
        name: Some(format!("Pessoa {number}")),
        email: Some(format!("pessoa{number}@exemplo.com.br")),
        document: Some(cpf(number)),
        kind: Some(PersonKind::Person),
        phone: None,
        birth_date: None,
        signed_up_at: None,
        changed_at: None,
        newsletter: None,
        anonymised: false,
    }
}

/// A paid sale of R$ 100.00 of two products to a customer.
pub(super) fn sale(app: &App, number: usize, buyer: usize) -> ImportedOrder {
    let line = |sku: &str| OrderLine {
        sku: Some(sku.to_owned()),
        name: format!("Produto {sku}"),
        category: None,
        quantity_milli: 1000,
        unit_price: 5_000,
        total: 5_000,
    };
    let person = person(buyer);
    let placed_at = app.clock.now() - chrono::TimeDelta::minutes(i64::try_from(number).unwrap() + 1);
    ImportedOrder {
        fingerprint: format!("of {number}"),
        order: PlatformOrder {
            external_id: format!("o{number}"),
            number: format!("{number:05}"),
            shop_number: None,
            status: PAID.to_owned(),
            placed_at,
            changed_at: None,
            buyer: Buyer {
                external_id: Some(person.external_id),
                name: person.name,
                email: person.email,
                document: person.document,
                kind: person.kind,
                ..Buyer::default()
            },
            products: 10_000,
            discount: 0,
            shipping: 1_500,
            surcharge: 0,
            total: 11_500,
            credit_used: 0,
            refunded: 0,
            coupon_code: None,
            channel: SalesChannel::Site,
            shop_id: Some("1".to_owned()),
            lines: vec![line("A"), line("B")],
            detail: DetailLevel::Full,
        },
    }
}

/// Sales of some customers, so many each.
pub(super) fn sales(app: &App, customers: std::ops::Range<usize>, each: usize) -> OrderPage {
    let orders = customers.flat_map(|buyer| (0..each).map(move |place| (buyer, buyer * each + place)));
    OrderPage {
        orders: orders.map(|(buyer, number)| sale(app, number, buyer)).collect(),
        ..OrderPage::default()
    }
}

/// Records that nobody can use.
pub(super) fn rejects(count: usize) -> Vec<Reject> {
    let reject = |number| Reject {
        external_id: Some(format!("r{number}")),
        field: Some("valorTotal".to_owned()),
        message: "not an amount".to_owned(),
        record: json!({ "valorTotal": "?" }),
    };
    (0..count).map(reject).collect()
}

/// Products of a feed, at R$ 10.00 each, and as many items that are none.
pub(super) fn products(numbers: std::ops::Range<usize>) -> FeedPage {
    let product = |number: usize| FeedProduct {
        position: number as u64 + 1,
        id: format!("SKU-{number}"),
        title: format!("Produto {number}"),
        description: None,
        link: Some(format!("https://www.loja-exemplo.com.br/p/{number}")),
        image_link: None,
        additional_images: Vec::new(),
        availability: Availability::InStock,
        price: FeedPrice {
            cents: 1_000,
            currency: "BRL".to_owned(),
            currency_given: true,
        },
        sale_price: None,
        sale_period: None,
        installment: None,
        brand: None,
        gtin: None,
        mpn: None,
        condition: None,
        product_type: None,
        google_product_category: None,
        item_group_id: None,
        color: None,
        size: None,
        gender: None,
        age_group: None,
        material: None,
        pattern: None,
        shipping_weight: None,
        is_adult: false,
    };
    let rejection = |number: usize| Rejection {
        position: 10_000 + number as u64,
        line: 20_000 + number as u64,
        id: None,
        reasons: Vec::new(),
    };
    FeedPage {
        products: numbers.clone().map(product).collect(),
        rejections: numbers.map(rejection).collect(),
        ..FeedPage::default()
    }
}

/// The customers of a store, the oldest first.
pub(super) async fn customers(app: &App, store: StoreId) -> Vec<customer::Model> {
    customer::Entity::in_store(store)
        .order_by_asc(customer::Column::Id)
        .all(&app.db)
        .await
        .unwrap()
}

/// The rewards of a store, the oldest first.
pub(super) async fn rewards(app: &App, store: StoreId) -> Vec<reward::Model> {
    reward::Entity::in_store(store)
        .order_by_asc(reward::Column::Id)
        .all(&app.db)
        .await
        .unwrap()
}

/// The code that the only customer with one was sent.
pub(super) async fn digits(app: &App) -> String {
    let rows = entity::redemption_code::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    redemption::digits(app, rows[0].id)
}

/// Redeems a reward for a customer. No worker has to run: the coupon stays pending.
pub(super) async fn redeem(app: &App, customer: &customer::Model, reward: &reward::Model) -> coupon::Model {
    let key = Key::new(
        "a test".to_owned(),
        format!("{}{}", customer.id, reward.id),
        "redeemReward",
        &(),
    )
    .unwrap();
    let request = RedeemRequest {
        store: customer.store_id,
        customer: customer.id,
        reward: reward.id,
        actor: "a test".to_owned(),
        request_id: None,
    };
    let id: RedemptionId = redemption::request(app, request, key).await.unwrap();
    coupon::Entity::find()
        .filter(coupon::Column::RedemptionId.eq(id))
        .one(&app.db)
        .await
        .unwrap()
        .unwrap()
}

/// Gives a customer a point and takes it again, so that the balance stays; gives the first adjustment.
pub(super) async fn give_and_take(app: &App, customer: &customer::Model) -> entity::AdjustmentId {
    let given = adjust(app, customer, 1, None).await;
    adjust(app, customer, -1, None).await;
    given
}

/// A lot of a customer's whose point has run out.
pub(super) async fn expired_lot(app: &App, customer: &customer::Model) -> entity::LotId {
    let soon = app.clock.now() + chrono::TimeDelta::milliseconds(20);
    adjust(app, customer, 1, Some(soon)).await;
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let lot = entity::point_lot::Entity::in_store(customer.store_id)
        .filter(entity::point_lot::Column::ExpiresAt.lte(app.clock.now()))
        .filter(entity::point_lot::Column::CustomerId.eq(customer.id));
    lot.one(&app.db).await.unwrap().unwrap().id
}

async fn adjust(
    app: &App,
    customer: &customer::Model,
    points: i64,
    expires_at: Option<entity::Instant>,
) -> entity::AdjustmentId {
    let new = NewAdjustment {
        store: customer.store_id,
        customer: customer.id,
        kind: entity::adjustment::AdjustmentKind::Adjustment,
        points: entity::Points(points),
        expires_at,
        by: By {
            actor: "a test".to_owned(),
            request_id: None,
            reason: "um teste".to_owned(),
        },
    };
    let unique: entity::OrderId = app.id();
    let key = Key::new("a test".to_owned(), unique.to_string(), "adjustPoints", &()).unwrap();
    adjustment::adjust(app, new, key).await.unwrap()
}

/// Ids of everything that a full store has, one of each kind.
#[derive(Debug, Clone)]
pub(super) struct Full {
    pub(super) integration: IntegrationId,
    pub(super) run: ImportRunId,
    pub(super) customer: CustomerId,
    pub(super) order: entity::OrderId,
    pub(super) product: entity::ProductId,
    pub(super) reward: entity::RewardId,
    pub(super) redemption: RedemptionId,
    pub(super) coupon: entity::CouponId,
    /// An entry of a sale, with its lot.
    pub(super) earned: entity::EntryId,
    pub(super) lot: entity::LotId,
    /// An entry of a redemption.
    pub(super) reserved: entity::EntryId,
    pub(super) adjustment: entity::AdjustmentId,
}

/// Fills a store with so many of everything: customers with four sales each, products that are
/// rewards, coupons that were used, and import runs with six rejects each.
pub(super) async fn fill(app: &App, store: &str, rows: usize) -> Full {
    let integration = integration(app, store).await;
    import_sales(app, &integration, sales(app, 0..rows, 4)).await;
    import_products(app, &integration, products(0..rows)).await;
    let (customers, rewards) = (
        customers(app, integration.store_id).await,
        rewards(app, integration.store_id).await,
    );
    let mut used = OrderPage::default();
    let mut last = None;
    for (number, customer) in customers.iter().enumerate() {
        let coupon = redeem(app, customer, &rewards[number]).await;
        let mut order = sale(app, rows * 4 + number, number);
        order.order.coupon_code = Some(coupon.code.clone());
        used.orders.push(order);
        last = Some(coupon);
    }
    import_sales(app, &integration, used).await;
    for _ in 0..rows {
        let page = OrderPage {
            rejects: rejects(6),
            ..OrderPage::default()
        };
        import_sales(app, &integration, page).await;
    }
    let adjustment = give_and_take(app, &customers[0]).await;
    let run = import_run::Entity::in_store(integration.store_id).order_by_desc(import_run::Column::Id);
    let order = entity::order::Entity::in_store(integration.store_id);
    let coupon = last.unwrap();
    let entries = entity::ledger_entry::Entity::in_store(integration.store_id)
        .order_by_asc(entity::ledger_entry::Column::Id)
        .all(&app.db)
        .await
        .unwrap();
    let first = |kind| entries.iter().find(|entry| entry.kind == kind).unwrap().id;
    let earned = first(entity::ledger_entry::EntryKind::Earn);
    let lot = entity::point_lot::Entity::find().filter(entity::point_lot::Column::EntryId.eq(earned));
    Full {
        integration: integration.id,
        run: run.one(&app.db).await.unwrap().unwrap().id,
        customer: customers[0].id,
        order: order.one(&app.db).await.unwrap().unwrap().id,
        product: rewards[0].product_id.unwrap(),
        reward: rewards[0].id,
        redemption: coupon.redemption_id,
        coupon: coupon.id,
        earned,
        lot: lot.one(&app.db).await.unwrap().unwrap().id,
        reserved: first(entity::ledger_entry::EntryKind::Reserve),
        adjustment,
    }
}

/// An integration as it is now.
pub(super) async fn integration_of(app: &App, id: IntegrationId) -> integration::Model {
    integration::Entity::find_by_id(id).one(&app.db).await.unwrap().unwrap()
}
