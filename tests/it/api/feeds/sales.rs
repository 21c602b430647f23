//! A sale price holds for its time: what is to be paid for a product changes by the clock, while its feed stays as it is.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fidelidade::clock::Clock;

use super::shop::{Shop, feed, item, with};
use crate::support::app::{TestApp, eventually};
use crate::support::site::{Site, Told};

/// R$ 40.00, or R$ 25.00 in a period.
fn on_sale(sku: &str, period: &str) -> String {
    let sale = "<g:sale_price>25.00 BRL</g:sale_price><g:availability>in stock</g:availability>";
    let period = format!("{sale}<g:sale_price_effective_date>{period}</g:sale_price_effective_date>");
    with(sku, "40.00", &period)
}

#[tokio::test]
async fn a_product_costs_what_it_costs_today() {
    let start: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let app = TestApp::builder().clock(Clock::Manual(Mutex::new(start)));
    let app = app.set("access.access_minutes", "5000000").start().await;
    let site = Site::start().await;
    let shop = Shop::with_feed(&app, &site.url).await;
    let items = [
        item("plain", "40.00"),
        on_sale("over", "2024-02-02T00:00Z/2024-02-16T00:00Z"),
        on_sale("now", "2026-03-01T08:00-0300/2026-03-10T00:00-0300"),
        on_sale("later", "2026-03-05T00:00-0300/2026-03-12T00:00-0300"),
        on_sale("odd", "semana que vem"),
        on_sale("always", ""),
    ];
    site.has(feed(&items), Told::Nothing);
    assert_eq!(shop.counts().await.0, [6, 0, 0, 0]);
    let becomes = async |at: &str, reduced: &[&str]| {
        let clock = &app.app().clock;
        clock.advance(at.parse::<DateTime<Utc>>().unwrap() - clock.now());
        let mut expected: Vec<(String, i64)> = ["plain", "over", "now", "later", "odd", "always"]
            .map(|sku| (sku.to_owned(), if reduced.contains(&sku) { 25 } else { 40 }))
            .to_vec();
        expected.sort();
        eventually(&format!("the prices at {at}"), Duration::from_secs(30), async || {
            let mut offered = shop.offered().await;
            offered.sort();
            (offered == expected).then_some(())
        })
        .await;
    };
    becomes("2026-03-01T12:00:00Z", &["now", "always"]).await;
    becomes("2026-03-05T02:59:59Z", &["now", "always"]).await;
    becomes("2026-03-05T03:00:00Z", &["now", "later", "always"]).await;
    becomes("2026-03-10T03:00:00Z", &["later", "always"]).await;
    // No process ran for a while, and the feed was not read.
    becomes("2026-04-01T00:00:00Z", &["always"]).await;

    // Read once more when all is over: nothing has changed, and nothing changes.
    assert_eq!(shop.counts().await.0, [0, 0, 6, 0]);
    app.app().clock.advance(TimeDelta::seconds(1));
    becomes("2026-04-01T00:00:01Z", &["always"]).await;
}
