//! Sales whose buyer nobody recognised are kept, and give their points when the customer becomes known.

use entity::import_run::ImportKind;
use fidelidade::platform::{Buyer, Page, PlatformCustomer};
use fidelidade::service::customer;
use fidelidade::service::import;
use fidelidade::service::order::{ImportedOrder, OrderPage};
use serde_json::{Value, json};

use super::books::Books;
use super::{EMAIL, program};
use crate::api::actor::Actor;
use crate::api::seed;

const LOOK: &str =
    "query ($id: ID!) { store(id: $id) { order(number: \"00000\") { points customer { id balance { available } } }
    customers(first: 5) { totalCount } } }";

fn page(order: ImportedOrder) -> OrderPage {
    OrderPage {
        orders: vec![order],
        ..OrderPage::default()
    }
}

#[tokio::test]
async fn by_a_later_snapshot_of_the_sale() {
    let app = program().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let shop = seed::integration(app.app(), &store).await;
    let known = seed::sale(app.app(), 0, 0);
    let mut unknown = known.clone();
    unknown.order.buyer = Buyer::default();
    unknown.fingerprint = "of nobody".to_owned();
    seed::import_sales(app.app(), &shop, page(unknown.clone())).await;
    let told = merchant.ask(LOOK, json!({ "id": store })).await["store"].take();
    assert_eq!(
        (&told["order"]["points"], &told["order"]["customer"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(told["customers"]["totalCount"], 0);

    // Known, and known again, and forgotten: the points come once and stay.
    for snapshot in [known.clone(), known, unknown] {
        seed::import_sales(app.app(), &shop, page(snapshot)).await;
        let told = merchant.ask(LOOK, json!({ "id": store })).await["store"].take();
        assert_eq!(told["order"]["points"], 100);
        assert_eq!(told["order"]["customer"]["balance"]["available"], 100);
    }
    let customers = seed::customers(app.app(), shop.store_id).await;
    assert_eq!(Books::of(app.app(), customers[0].id).await.entries.len(), 1);
}

#[tokio::test]
async fn by_the_shops_record_of_the_customer() {
    let app = program().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let shop = seed::integration(app.app(), &store).await;
    let mut sale = seed::sale(app.app(), 0, 0);
    // The shop shows nobody, and by which record it knows whom.
    sale.order.buyer = Buyer {
        external_id: Some("p0".to_owned()),
        anonymised: true,
        ..Buyer::default()
    };
    seed::import_sales(app.app(), &shop, page(sale)).await;
    let told = merchant.ask(LOOK, json!({ "id": store })).await["store"].take();
    assert_eq!(
        (&told["order"]["points"], &told["order"]["customer"]),
        (&json!(0), &Value::Null)
    );

    for _ in 0..2 {
        let (context, lease) = seed::run(app.app(), &shop, ImportKind::Shop).await;
        let records: Page<PlatformCustomer> = Page {
            items: vec![seed::person(0)],
            rejects: Vec::new(),
            next: None,
            total: None,
        };
        customer::import(app.app(), &context, &lease, records).await.unwrap();
        import::fail(app.app(), context.run.id, "TEST", "one page is enough", None)
            .await
            .unwrap();
        let told = merchant.ask(LOOK, json!({ "id": store })).await["store"].take();
        assert_eq!(told["order"]["points"], 100);
        assert_eq!(told["order"]["customer"]["balance"]["available"], 100);
    }
    let customers = seed::customers(app.app(), shop.store_id).await;
    assert_eq!(Books::of(app.app(), customers[0].id).await.entries.len(), 1);
}
