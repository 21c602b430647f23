//! Pools with codes in them, brought in as a worker brings them in.

use std::io::Cursor;

use entity::{CouponPoolId, ImportRunId, fulfilment, integration, upload};
use fidelidade::app::App;
use fidelidade::service::idempotency::Key;
use fidelidade::service::import::{self, ImportContext};
use fidelidade::service::pool::{self, CodesPage, CodesReader, CodesRequest, CodesSource, NewPool};
use fidelidade::service::redemption::{self, RedeemRequest};
use fidelidade::service::reward::{self, NewReward};
use fidelidade::service::sale_file;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::support::app::insist_on_no_workers;

fn key(app: &App, operation: &'static str) -> Key {
    let unique: entity::OrderId = app.id();
    Key::new("a test".to_owned(), unique.to_string(), operation, &()).unwrap()
}

/// A pool that warns below so many codes.
pub(super) async fn pool(app: &App, integration: &integration::Model, low_stock: i32) -> CouponPoolId {
    let new = NewPool {
        integration: integration.id,
        name: "Verão".to_owned(),
        low_stock,
    };
    let key = key(app, "createCouponPool");
    pool::create(app, integration.store_id, new, key).await.unwrap()
}

/// Brings codes into a pool at once; gives the run.
pub(super) async fn add(app: &App, integration: &integration::Model, pool: CouponPoolId, codes: &str) -> ImportRunId {
    let request = CodesRequest {
        store: integration.store_id,
        pool,
        codes: CodesSource::Content(codes.to_owned()),
        actor: "a test".to_owned(),
    };
    insist_on_no_workers(app);
    let run = pool::begin_add(app, request, key(app, "addCodes")).await.unwrap();
    let (run, lease) = import::take(app, run, "a test".to_owned()).await.unwrap();
    let upload = upload::Entity::find_by_id(run.upload_id.unwrap()).one(&app.db).await;
    let upload = upload.unwrap().unwrap();
    let context = ImportContext::load(&app.db, run).await.unwrap();
    let (_, judge) = sale_file::of_run(app, &context.run).await.unwrap().unwrap();
    let file = Cursor::new(codes.to_owned().into_bytes());
    let mut reader = CodesReader::open(file, sale_file::limits(app), &judge).unwrap();
    let mut page = CodesPage::default();
    while let Some(told) = reader.next_line().unwrap() {
        page.until = told.line;
        match told.code {
            Ok(code) => page.codes.push((told.line, code)),
            Err(refused) => page.refused.push((told.line, refused)),
        }
        if page.codes.len() >= 5_000 {
            let full = std::mem::take(&mut page);
            pool::import_page(app, &context, &lease, &upload, full).await.unwrap();
        }
    }
    pool::import_page(app, &context, &lease, &upload, page).await.unwrap();
    import::finish_phase(app, &context, &lease).await.unwrap();
    context.run.id
}

/// So many codes, a line each.
pub(super) fn codes(prefix: &str, count: usize) -> String {
    use std::fmt::Write as _;
    let mut lines = String::with_capacity(count * 12);
    for number in 0..count {
        writeln!(lines, "{prefix}-{number:07}").unwrap();
    }
    lines
}

/// A redemption of a customer's that waits for the staff.
pub(super) async fn waiting(
    app: &App,
    integration: &integration::Model,
    customer: entity::CustomerId,
) -> entity::FulfilmentId {
    let new = NewReward {
        integration: integration.id,
        kind: entity::reward::RewardKind::AmountOff,
        name: "Brinde".to_owned(),
        description: None,
        image_url: None,
        category: None,
        limits: fidelidade::domain::reward_limits::Limits::default(),
        availability: fidelidade::domain::reward_limits::Availability::default(),
        points: entity::Points(1),
        amount: Some(entity::Cents(100)),
        percent_hundredths: None,
        minimum_order: None,
        validity_days: None,
        fulfilment: entity::reward::Fulfilment::Manual,
        pool: None,
    };
    let known = entity::reward::Entity::in_store(integration.store_id)
        .filter(entity::reward::Column::Fulfilment.eq(entity::reward::Fulfilment::Manual))
        .one(&app.db)
        .await
        .unwrap();
    let reward = match known {
        Some(reward) => reward.id,
        None => reward::create(app, integration.store_id, new, key(app, "createReward"))
            .await
            .unwrap(),
    };
    let request = RedeemRequest {
        store: integration.store_id,
        customer,
        reward,
        actor: "a test".to_owned(),
        request_id: None,
    };
    let id = redemption::request(app, request, key(app, "redeemReward"))
        .await
        .unwrap();
    let own = fulfilment::Entity::find().filter(fulfilment::Column::RedemptionId.eq(id));
    own.one(&app.db).await.unwrap().unwrap().id
}
