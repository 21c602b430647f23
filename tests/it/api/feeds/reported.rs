//! What a reading found is kept with its run.

use serde_json::json;

use super::shop::{Shop, feed, item, with};
use crate::support::app::TestApp;
use crate::support::merchant::list;
use crate::support::site::{Site, Told};

#[tokio::test]
async fn warnings_are_told_by_kind_with_their_places() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    let mut items = vec![
        item("A", "10.00"),
        with("B", "1.299", "<g:availability>talvez</g:availability>"),
        "<item><g:id>C</g:id><title>C</title><g:availability>in stock</g:availability></item>\n".to_owned(),
    ];
    items.extend((0..12).map(|number| with(&format!("D{number}"), "10.00", "")));
    site.has(feed(&items), Told::Tag("\"1\"".to_owned()));
    let run = shop.read().await;
    let report = &run["feedReport"];
    assert_eq!(
        (&run["state"], &run["created"], &run["rejected"]),
        (&json!("SUCCEEDED"), &json!(14), &json!(1))
    );
    assert_eq!(report["outcome"], "READ");
    assert_eq!(
        (
            &report["items"],
            &report["usable"],
            &report["rejected"],
            &report["isComplete"]
        ),
        (&json!(15), &json!(14), &json!(1), &json!(true))
    );
    let warnings = list(&report["warnings"]);
    let of = |kind: &str| warnings.iter().find(|warning| warning["kind"] == kind).unwrap();
    let counts: Vec<_> = warnings
        .iter()
        .map(|warning| (&warning["kind"], &warning["count"]))
        .collect();
    let (one, twelve) = (json!(1), json!(12));
    let expected = [
        ("MISSING_DESCRIPTION", &one),
        ("MISSING_LINK", &one),
        ("MISSING_IMAGE", &one),
        ("MISSING_AVAILABILITY", &twelve),
        ("UNKNOWN_AVAILABILITY", &one),
        ("AMBIGUOUS_PRICE", &one),
        ("ROUNDED_PRICE", &one),
    ]
    .map(|(kind, count)| (json!(kind), count));
    assert_eq!(
        counts,
        expected.iter().map(|(kind, count)| (kind, *count)).collect::<Vec<_>>()
    );
    assert_eq!(
        of("UNKNOWN_AVAILABILITY")["places"],
        json!([{ "item": 2, "line": 3, "detail": "talvez" }])
    );
    assert_eq!(of("UNKNOWN_AVAILABILITY")["message"], "availability not understood");
    let places: Vec<_> = list(&of("MISSING_AVAILABILITY")["places"])
        .iter()
        .map(|place| (place["item"].as_i64().unwrap(), place["line"].as_i64().unwrap()))
        .collect();
    assert_eq!(places, (4..14).map(|item| (item, item + 1)).collect::<Vec<_>>());

    // A feed that did not change has them still.
    let again = shop.read().await;
    assert_eq!(again["feedReport"]["outcome"], "NOT_MODIFIED");
    assert_eq!(again["feedReport"]["warnings"], report["warnings"]);
    assert_eq!((&again["unchanged"], &again["rejected"]), (&json!(14), &json!(0)));

    // A refusal tells what was odd until then.
    site.has(
        "<?xml version='1.0'?>\n<rss><channel><item><title>Notícia &nbsp;</title></item></channel></rss>",
        Told::Nothing,
    );
    let run = shop.read().await;
    assert_eq!(run["errorCode"], "NOT_A_PRODUCT_FEED", "{run}");
    assert_eq!(
        (&run["feedReport"]["items"], &run["feedReport"]["warnings"][0]["kind"]),
        (&json!(1), &json!("HTML_ENTITY"))
    );
    assert_eq!(shop.on_offer().await, 14);
}

#[tokio::test]
async fn of_a_feed_full_of_rubbish_the_first_thousand_items_are_kept() {
    let (app, site) = (TestApp::start().await, Site::start().await);
    let shop = Shop::with_feed(&app, &site.url).await;
    let mut items: Vec<String> = (0..1_300)
        .map(|number| format!("<item><g:id>X{number}</g:id></item>\n"))
        .collect();
    items.push(item("A", "10.00"));
    site.has(feed(&items), Told::Nothing);
    let id = shop.begin().await;
    let run = crate::support::app::eventually("the end", std::time::Duration::from_mins(1), async || {
        let run = shop.run(&id).await;
        (run["state"] == "SUCCEEDED").then_some(run)
    })
    .await;
    assert_eq!(
        (&run["done"], &run["created"], &run["rejected"]),
        (&json!(1_301), &json!(1), &json!(1_300))
    );
    let query = "query ($id: ID!) { node(id: $id) { ... on ImportRun { rejects(last: 1) { totalCount nodes { externalId message } } } } }";
    let told = shop.merchant.ask(query, json!({ "id": id })).await["node"]["rejects"].take();
    let last = json!({ "externalId": "X999", "message": "item 1000 (line 1001): no title, no price" });
    assert_eq!(told, json!({ "totalCount": 1_000, "nodes": [last] }));
}
