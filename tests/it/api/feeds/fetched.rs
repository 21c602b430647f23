//! How a feed is fetched: by condition, in pieces, from servers that are wrong.

use std::time::Duration;

use serde_json::json;

use super::shop::{Shop, feed, item, many};
use crate::support::app::{TestApp, eventually};
use crate::support::site::{Asked, Pieces, Site, Told};

fn tag(text: &str) -> Told {
    Told::Tag(format!("\"{text}\""))
}

/// A feed of so many products at a price.
fn at(price: &str, count: usize) -> String {
    let items: Vec<String> = (0..count).map(|number| item(&format!("P{number:04}"), price)).collect();
    feed(&items)
}

#[tokio::test]
async fn a_feed_that_did_not_change_is_not_fetched() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    for (told, by) in [
        (
            tag("a"),
            Asked {
                if_none_match: Some("\"a\"".to_owned()),
                ..Asked::default()
            },
        ),
        (
            Told::Date,
            Asked {
                if_modified_since: Some("Thu, 01 Jan 2026 10:00:00 GMT".to_owned()),
                ..Asked::default()
            },
        ),
    ] {
        site.has(many(30), told);
        shop.counts().await;
        site.asked();
        assert_eq!(shop.counts().await, ([0, 0, 30, 0], "NOT_MODIFIED".to_owned()));
        assert_eq!(site.asked(), [by]);
        assert_eq!(shop.on_offer().await, 30);
    }
    // What is judged by other rules has to be looked at, so it is asked for whatever its version.
    shop.set("rewardSkus", json!(["P000001"])).await;
    assert_eq!(shop.counts().await, ([0, 0, 30, 0], "READ".to_owned()));
    assert!(site.asked().iter().all(Asked::is_plain));
    assert_eq!(shop.on_offer().await, 1);
    assert_eq!(shop.counts().await.1, "NOT_MODIFIED");
    shop.set("rewardSkus", json!([])).await;
    shop.counts().await;
    assert_eq!(shop.on_offer().await, 30);
}

#[tokio::test]
async fn where_conditions_are_ignored_the_content_shows_that_it_is_the_same() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    site.ignores_conditions();
    for told in [tag("a"), Told::Nothing] {
        site.has(many(30), told);
        shop.counts().await;
        assert_eq!(shop.counts().await, ([0, 0, 30, 0], "SAME_CONTENT".to_owned()));
    }
    // A failure in between, and a feed that changed: neither is taken for what is known.
    site.has("{}", tag("a"));
    assert_eq!(shop.read().await["state"], "FAILED");
    site.has(many(29), tag("a"));
    assert_eq!(shop.counts().await, ([0, 0, 29, 1], "READ".to_owned()));
}

#[tokio::test]
async fn a_fetch_that_breaks_goes_on_where_it_was() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    for (told, by) in [(tag("a"), "\"a\""), (Told::Date, "Thu, 01 Jan 2026 10:00:00 GMT")] {
        let content = at(if told == Told::Date { "10.00" } else { "20.00" }, 600);
        assert!(content.len() > 120_000);
        site.has(content, told);
        // The second piece begins 1,024 bytes before the end of the first.
        site.breaks([50_000, 31_024]);
        let (counts, outcome) = shop.counts().await;
        assert_eq!((counts.iter().sum::<i64>(), outcome.as_str()), (600, "READ"));
        let piece = |from: u32| Asked {
            range: Some(format!("bytes={from}-")),
            if_range: Some(by.to_owned()),
            ..Asked::default()
        };
        let asked = site.asked();
        assert_eq!(
            (asked[0].range.as_ref(), &asked[1..]),
            (None, &[piece(48_976), piece(78_976)][..])
        );
        // What was joined is not believed to be that version: it is fetched once more, and seen to be the same.
        assert_eq!(shop.counts().await, ([0, 0, 600, 0], "SAME_CONTENT".to_owned()));
        assert!(site.asked()[0].is_plain());
        assert_eq!(shop.counts().await.1, "NOT_MODIFIED");
        site.asked();
    }
}

#[tokio::test]
async fn servers_that_are_wrong_about_pieces_are_asked_for_everything() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    let mut price = 10;
    for (pieces, told) in [
        (Pieces::Ignored, tag("1")),
        (Pieces::Refused, tag("2")),
        (Pieces::Elsewhere, tag("3")),
        (Pieces::Nowhere, tag("4")),
        (Pieces::Everything, tag("5")),
        // Of such a version no piece may be asked for.
        (Pieces::Given, Told::Tag("W/\"a\"".to_owned())),
        (Pieces::Given, Told::Nothing),
    ] {
        price += 1;
        site.has(at(&format!("{price}.00"), 600), told.clone());
        site.does(pieces);
        site.breaks([50_000]);
        let run = shop.read().await;
        assert_eq!(run["state"], "SUCCEEDED", "{pieces:?}, {told:?}: {run}");
        assert_eq!(
            (&run["feedReport"]["usable"], &run["gone"]),
            (&json!(600), &json!(0)),
            "{pieces:?}"
        );
        let asked = site.asked();
        let by_pieces = asked.iter().filter(|asked| asked.range.is_some()).count();
        let may_be_in_pieces = matches!(&told, Told::Tag(tag) if tag.starts_with('"'));
        assert_eq!(by_pieces, usize::from(may_be_in_pieces), "{pieces:?}: {asked:?}");
        assert!(
            shop.offered().await.iter().all(|(_, points)| *points == price),
            "{pieces:?}"
        );
    }
}

#[tokio::test]
async fn a_feed_that_changes_between_two_pieces_is_read_as_it_is_then() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    site.has(at("10.00", 600), tag("first"));
    shop.counts().await;
    let mut price = 10;
    for (pieces, then) in [
        (Pieces::Given, tag("then")),
        (Pieces::OfAnother, tag("then")),
        // Even where a server calls it the same: its bytes are others.
        (Pieces::OfAnotherUnsaid, tag("then")),
    ] {
        price += 2;
        site.has(at(&format!("{}.00", price - 1), 600), tag("before"));
        site.has_then(at(&format!("{price}.00"), 600), then);
        site.does(pieces);
        site.breaks([50_000]);
        let run = shop.read().await;
        assert_eq!(run["state"], "SUCCEEDED", "{pieces:?}: {run}");
        assert_eq!(run["feedReport"]["usable"], 600, "{pieces:?}: {run}");
        assert!(
            shop.offered().await.iter().all(|(_, points)| *points == price),
            "{pieces:?}"
        );
        site.does(Pieces::Given);
    }
}

#[tokio::test]
async fn a_fetch_that_never_comes_to_its_end_takes_nothing_away_and_is_tried_so_often() {
    let app = TestApp::builder().set("jobs.retry_first_seconds", "60").start().await;
    let site = Site::start().await;
    let shop = Shop::with_feed(&app, &site.url).await;
    site.has(at("10.00", 600), tag("a"));
    shop.counts().await;
    site.asked();
    site.has(at("20.00", 600), tag("b"));
    site.does(Pieces::Ignored);
    site.breaks(std::iter::repeat_n(20_000, 50));
    let run = shop.begin().await;
    eventually("the last try", Duration::from_mins(1), async || {
        let jobs = "query ($id: ID!) { store(id: $id) { jobs(first: 5, where: { kind: { eq: RUN_IMPORT } }) { nodes { state error } } } }";
        let told = shop.merchant.ask(jobs, json!({ "id": shop.store })).await["store"]["jobs"]["nodes"].take();
        let error = told[0]["error"].as_str().unwrap_or_default().to_owned();
        error.contains("was cut").then_some(())
    })
    .await;
    let asked = site.asked();
    assert_eq!(asked.len(), 8, "{asked:?}");
    let told = shop.run(&run).await;
    assert_eq!(
        (&told["state"], &told["done"], &told["gone"]),
        (&json!("RUNNING"), &json!(0), &json!(0)),
        "{told}"
    );
    assert_eq!(shop.on_offer().await, 600);
    assert!(shop.offered().await.iter().all(|(_, points)| *points == 10));
}
