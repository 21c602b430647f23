//! A merchant who goes over from Tiny's API 2.0 to its API 3: one account, connected twice, whose sales count once.

use std::collections::BTreeMap;

use entity::consent as consent_row;
use fidelidade::platform::Kind;
use fidelidade::service::points::verify;
use sea_orm::EntityTrait as _;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use super::tiny::{Scene, find};
use crate::support::merchant::{number, text};
use crate::support::shop::{MAGAZORD, Shop, TINY, TINY_V3};

const DAYS_BACK: i64 = 40;
const BALANCES: &str =
    "query ($id: ID!) { store(id: $id) { customers(first: 100) { nodes { id balance { available } } } } }";

/// An order as one of the store's integrations tells of it.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    points: i64,
    /// The platform and the number of the order that counts instead.
    counted_as: Option<(String, String)>,
}

impl Told {
    fn counts(points: i64) -> Self {
        let counted_as = None;
        Self { points, counted_as }
    }

    fn is(platform: &str, order: &str) -> Self {
        let counted_as = Some((platform.to_owned(), order.to_owned()));
        Self { points: 0, counted_as }
    }
}

impl Scene {
    async fn told(&self, shop: &Shop, order: &str) -> Option<Told> {
        let orders = self.orders().await;
        let found = find(&orders, shop.platform, order)?;
        let counted = &found["countedAs"];
        Some(Told {
            points: number(&found["points"]),
            counted_as: (!counted.is_null()).then(|| {
                (
                    text(&counted["integration"]["platform"]["kind"]),
                    text(&counted["number"]),
                )
            }),
        })
    }

    /// The points of each customer.
    async fn balances(&self) -> BTreeMap<String, i64> {
        let told = self.merchant.ask(BALANCES, json!({ "id": self.store })).await;
        let customers = told["store"]["customers"]["nodes"].as_array().unwrap();
        let balance = |one: &Value| (text(&one["id"]), number(&one["balance"]["available"]));
        customers.iter().map(balance).collect()
    }

    /// The same sale by both interfaces; what both number it.
    async fn sell(&self, buyer: u64, cents: i64, shop_number: Option<&str>) -> String {
        let sale = |status: &str| json!({ "customer": buyer, "products_cents": cents, "status": status, "shop_number": shop_number });
        let old = self.app.sandbox.place_order(Kind::Tiny, &sale(TINY.paid)).await;
        let new = self.app.sandbox.place_order(Kind::TinyV3, &sale(TINY_V3.paid)).await;
        assert_eq!((&old.number, old.id), (&new.number, new.id), "one account");
        new.number
    }

    /// What is known of whose account the consent opens.
    async fn knows_account(&self, account: Option<&str>) {
        let known = consent_row::Entity::update_many().col_expr(consent_row::Column::Account, Expr::value(account));
        known.exec(&self.app.app().db).await.unwrap();
    }

    async fn cancel(&self, order: &str) {
        for shop in [&TINY, &TINY_V3] {
            self.app.sandbox.set_status(shop.kind, order, shop.cancelled).await;
        }
    }
}

/// A till that tells of an order of the shop.
async fn push(scene: &Scene, shop_number: &str) {
    let input = json!({ "storeId": scene.store, "platform": "SALES_API", "name": "Caixa" });
    let made = scene
        .merchant
        .must("connectIntegration", "integration { id version }", input)
        .await;
    let made = &made["integration"];
    let input = json!({ "id": made["id"], "version": made["version"],
        "siteUrl": "https://www.loja-exemplo.com.br", "awardingStatuses": ["approved", "delivered"] });
    scene
        .merchant
        .must("updateIntegration", "integration { id }", input)
        .await;
    let input = json!({ "id": made["id"], "confirmEmails": true });
    scene
        .merchant
        .must("activateIntegration", "integration { id }", input)
        .await;
    let at = scene.app.app().clock.now().to_rfc3339();
    let sale = json!({ "externalId": "v1", "status": "DELIVERED", "placedAt": at, "changedAt": at,
        "productsTotal": "10.00", "shopOrderNumber": shop_number });
    let input = json!({ "integrationId": made["id"], "sales": [sale], "idempotencyKey": "v1" });
    let told = scene
        .merchant
        .must("registerSales", "results { errors { message } }", input)
        .await;
    assert_eq!(told["results"], json!([{ "errors": [] }]));
}

#[tokio::test]
async fn sales_of_one_account_count_once() {
    let scene = Scene::open().await;
    let old = scene.connect(&TINY, DAYS_BACK).await.0;
    let before = (scene.balances().await, scene.orders().await);
    assert!(before.0.values().sum::<i64>() > 0);
    let new = scene.connect(&TINY_V3, DAYS_BACK).await.0;
    assert_eq!(scene.balances().await, before.0, "told again, and counted once");
    let orders = scene.orders().await;
    assert_eq!(orders.len(), 2 * before.1.len());
    for one in orders
        .iter()
        .filter(|one| one["integration"]["platform"]["kind"] == "TINY")
    {
        let counted = json!({ "number": one["number"], "integration": { "platform": { "kind": "TINY_V3" } } });
        assert_eq!((&one["points"], &one["countedAs"]), (&json!(0), &counted));
        let step = &one["explanation"]["steps"][0];
        assert_eq!(
            (&step["code"], &step["outcome"]),
            (&json!("COUNTED_ONCE"), &json!("BLOCKS"))
        );
    }

    // Whichever tells first.
    let buyer = scene.buyer(Kind::TinyV3).await;
    for order in [[&old, &new, &old], [&new, &old, &new]] {
        let sold = scene.sell(buyer, 20_000, None).await;
        for (nth, integration) in order.into_iter().enumerate() {
            scene.merchant.import(integration).await;
            let known = scene.told(&TINY_V3, &sold).await.is_some();
            let counts = if known { &TINY_V3 } else { &TINY };
            assert_eq!(scene.told(counts, &sold).await, Some(Told::counts(200)), "{nth}");
        }
        assert_eq!(scene.told(&TINY, &sold).await, Some(Told::is("TINY_V3", &sold)));
        scene.cancel(&sold).await;
        scene.merchant.import(&old).await;
        assert_eq!(
            scene.told(&TINY_V3, &sold).await,
            Some(Told::counts(200)),
            "the last connected decides"
        );
        scene.merchant.import(&new).await;
        assert_eq!(scene.told(&TINY_V3, &sold).await, Some(Told::counts(0)));
        assert_eq!(scene.balances().await, before.0);
    }

    // A third source that names the same order of the shop, which nobody knows, parts them not; neither does an account
    // that is not known for a while.
    for shop_number in [Some("LJ-9"), None] {
        let sold = scene.sell(buyer, 10_000, shop_number).await;
        for erp in [&old, &new] {
            scene.merchant.import(erp).await;
        }
        if let Some(number) = shop_number {
            push(&scene, number).await;
            assert_eq!(scene.told(&TINY, &sold).await, Some(Told::is("TINY_V3", &sold)));
        }
        scene.knows_account(None).await;
        scene.cancel(&sold).await;
        scene.merchant.import(&old).await;
        assert_eq!(scene.told(&TINY, &sold).await, Some(Told::is("TINY_V3", &sold)));
        assert_eq!(scene.told(&TINY_V3, &sold).await, Some(Told::counts(100)));
        scene.knows_account(Some("11222333000181")).await;
        scene.merchant.import(&new).await;
        assert_eq!(scene.told(&TINY_V3, &sold).await, Some(Told::counts(0)));
        assert_eq!(scene.told(&TINY, &sold).await, Some(Told::is("TINY_V3", &sold)));
    }

    // With the shop's number, before the shop is known and after.
    let shop = scene.connect(&MAGAZORD, DAYS_BACK).await.0;
    let others = scene.balances().await;
    let at_shop = json!({ "customer": scene.buyer(Kind::Magazord).await, "products_cents": 15_000,
        "status": MAGAZORD.paid, "shop_id": 1 });
    for order in [[&old, &new, &shop], [&shop, &new, &old]] {
        let placed = scene.app.sandbox.place_order(Kind::Magazord, &at_shop).await.number;
        let sold = scene.sell(buyer, 15_000, Some(&placed)).await;
        for integration in order {
            scene.merchant.import(integration).await;
        }
        for erp in [&TINY, &TINY_V3] {
            assert_eq!(scene.told(erp, &sold).await, Some(Told::is("MAGAZORD", &placed)));
        }
        assert_eq!(scene.told(&MAGAZORD, &placed).await, Some(Told::counts(150)));
    }
    let all: i64 = scene.balances().await.values().sum();
    assert_eq!(all, others.values().sum::<i64>() + 300);
    let told = verify(scene.app.app(), None, |difference| panic!("{difference:?}")).await;
    assert_eq!(told.unwrap().differences, 0);
}
