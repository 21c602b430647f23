//! Products and their rewards follow the feed.

use std::time::Duration;

use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;

use super::shop::{Shop, feed, item, with};
use crate::api::seed;
use crate::support::app::{TestApp, eventually};
use crate::support::site::{Asked, Site, Told};

/// What is on offer, written shortly.
fn offer(rewards: &[(&str, i64)]) -> Vec<(String, i64)> {
    rewards
        .iter()
        .map(|(sku, points)| ((*sku).to_owned(), *points))
        .collect()
}

#[tokio::test]
async fn what_is_new_changed_gone_back_or_sold_out_is_what_the_feed_says() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    let has = |items: &[String]| site.has(feed(items), Told::Nothing);
    let sold_out = |sku| with(sku, "10.00", "<g:availability>out of stock</g:availability>");

    has(&[
        item("A", "10.00"),
        item("B", "20.00"),
        sold_out("C"),
        item("D", "40.00"),
    ]);
    assert_eq!(shop.counts().await, ([4, 0, 0, 0], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("A", 10), ("B", 20), ("D", 40)]));

    // A price, a sale, what is back in stock and what is no longer, what is new, what is gone.
    let on_sale = with(
        "D",
        "40.00",
        "<g:sale_price>25.00 BRL</g:sale_price><g:availability>in stock</g:availability>",
    );
    has(&[item("A", "12.50"), on_sale.clone(), item("C", "10.00"), sold_out("E")]);
    assert_eq!(shop.counts().await, ([1, 3, 0, 1], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("A", 13), ("C", 10), ("D", 25)]));

    // The same in another order, with what was gone; and one that came back as it was, but not to be had.
    has(&[
        sold_out("E"),
        item("B", "20.00"),
        on_sale.clone(),
        item("C", "10.00"),
        item("A", "12.50"),
    ]);
    assert_eq!(shop.counts().await, ([0, 1, 4, 0], "READ".to_owned()));
    assert_eq!(
        shop.offered().await,
        offer(&[("A", 13), ("B", 20), ("C", 10), ("D", 25)])
    );

    // Only what the merchant allows, at another rate: no product has changed.
    shop.set("rewardSkus", json!(["A", "E", "unknown"])).await;
    assert_eq!(shop.counts().await, ([0, 0, 5, 0], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("A", 13)]));
    shop.set("rewardSkus", json!([])).await;
    shop.set("rewardPointsPerHundred", json!(1_000)).await;
    assert_eq!(shop.counts().await, ([0, 0, 5, 0], "READ".to_owned()));
    assert_eq!(
        shop.offered().await,
        offer(&[("A", 125), ("B", 200), ("C", 100), ("D", 250)])
    );

    // Gone, and back at another price, under a rule that came meanwhile.
    has(&[item("A", "12.50")]);
    assert_eq!(shop.counts().await, ([0, 0, 1, 4], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("A", 125)]));
    shop.set("rewardSkus", json!(["B"])).await;
    has(&[item("A", "12.50"), item("B", "30.00"), item("C", "10.00")]);
    assert_eq!(shop.counts().await, ([0, 2, 1, 0], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("B", 300)]));
}

/// The merchant need not wait for tomorrow's reading, nor ask for one.
#[tokio::test]
async fn a_change_of_what_is_offered_is_followed_at_once() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    site.has(feed(&[item("A", "10.00"), item("B", "20.00")]), Told::Nothing);
    assert_eq!(shop.counts().await.0, [2, 0, 0, 0]);
    let row = seed::integration_of(app.app(), shop.integration.parse().unwrap()).await;
    let mut row = row.into_active_model();
    row.active = Set(true);
    row.update(&app.app().db).await.unwrap();
    let becomes = async |rewards: &[(&str, i64)]| {
        eventually("other rewards", Duration::from_secs(30), async || {
            (shop.offered().await == offer(rewards)).then_some(())
        })
        .await;
    };
    shop.set("rewardSkus", json!(["B"])).await;
    becomes(&[("B", 20)]).await;
    shop.set("rewardPointsPerHundred", json!(500)).await;
    becomes(&[("B", 100)]).await;
    let other = Site::start().await;
    other.has(feed(&[item("B", "30.00"), item("C", "10.00")]), Told::Nothing);
    shop.set("feedUrl", json!(other.url)).await;
    becomes(&[("B", 150)]).await;
}

#[tokio::test]
async fn what_is_cut_short_empty_or_no_feed_takes_nothing_away() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    let all = feed(&[item("A", "10.00"), item("B", "10.00"), item("C", "10.00")]);
    site.has(all.clone(), Told::Nothing);
    assert_eq!(shop.counts().await, ([3, 0, 0, 0], "READ".to_owned()));
    let three = offer(&[("A", 10), ("B", 10), ("C", 10)]);

    // A feed that ends in the middle, as far as HTTP can tell whole; what it does have is news.
    let cut = feed(&[item("A", "15.00"), item("B", "10.00"), item("C", "10.00")]);
    site.has(cut.split("Produto C").next().unwrap(), Told::Tag("\"cut\"".to_owned()));
    assert_eq!(shop.counts().await, ([0, 1, 1, 0], "READ".to_owned()));
    assert_eq!(shop.offered().await, offer(&[("A", 15), ("B", 10), ("C", 10)]));
    // It is never taken for the feed that is known.
    assert_eq!(shop.counts().await, ([0, 0, 2, 0], "READ".to_owned()));
    assert!(site.asked().iter().all(Asked::is_plain));

    for (content, code, message) in [
        (feed(&[]), "FEED_EMPTY", "none of its 0 items is a usable product"),
        (
            feed(&["<item><g:id>A</g:id><title>A</title><g:price>dez</g:price></item>".to_owned()]),
            "FEED_EMPTY",
            "none of its 1 items is a usable product",
        ),
        (
            "<!DOCTYPE html><html></html>".to_owned(),
            "NOT_A_PRODUCT_FEED",
            "an HTML page",
        ),
    ] {
        site.has(content, Told::Tag("\"odd\"".to_owned()));
        let run = shop.read().await;
        assert_eq!(
            (&run["state"], &run["errorCode"]),
            (&json!("FAILED"), &json!(code)),
            "{run}"
        );
        assert!(run["errorMessage"].as_str().unwrap().contains(message), "{run}");
        assert_eq!(run["gone"], 0);
        assert_eq!(shop.offered().await.len(), 3);
    }
    site.has(all, Told::Nothing);
    assert_eq!(shop.counts().await, ([0, 1, 2, 0], "READ".to_owned()));
    assert_eq!(shop.offered().await, three);
}
