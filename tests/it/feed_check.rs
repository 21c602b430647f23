//! `fidelidade feed check`: what a merchant is told of a feed, and what a script reads.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Three products and an item without a price, with odd places on known lines.
const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Loja</title>
<item>
  <g:id>1</g:id><title>Calção &nbsp; azul</title><description>Um</description>
  <g:price>R$ 1.299,90</g:price><link>https://loja.example/1</link>
  <g:image_link>https://loja.example/1.jpg</g:image_link><g:availability>in stock</g:availability>
</item>
<item>
  <g:id>2</g:id><title>Blusão</title><description>Dois</description><g:price>10.00 BRL</g:price>
  <g:shipping><g:country>BR</g:country><g:price>7.00 BRL</g:price></g:shipping>
  <link>https://loja.example/2</link>
  <g:image_link>/2.jpg</g:image_link><g:availability>em breve</g:availability>
</item>
<item><g:id>3</g:id><title>Sem preço</title></item>
</channel></rss>
"#;

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fidelidade"))
        .args(["feed", "check"])
        .args(arguments)
        .env("FIDELIDADE__OUTBOUND__ALLOW_PRIVATE", "true")
        .output()
        .unwrap()
}

fn as_json(source: &str) -> (bool, Value) {
    let output = check(&[source, "--json"]);
    (output.status.success(), serde_json::from_slice(&output.stdout).unwrap())
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    (folder, path)
}

#[test]
fn a_script_reads_counts_sums_and_places() {
    let (_folder, path) = file("feed.xml", FEED.as_bytes());
    let (success, told) = as_json(path.to_str().unwrap());
    assert!(success);
    let counts = ["items", "usable", "sum", "currency", "rejected", "complete"].map(|key| told[key].clone());
    assert_eq!(
        counts,
        [json!(3), json!(2), json!(130_990), json!("BRL"), json!(1), json!(true)]
    );
    assert_eq!(
        told["rejections"],
        json!([{ "position": 3, "line": 14, "id": "3", "reasons": [{ "kind": "no_price" }] }])
    );
    let places: Vec<Value> = told["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| {
            json!([
                warning["kind"],
                warning["count"],
                warning["examples"][0]["position"],
                warning["examples"][0]["line"]
            ])
        })
        .collect();
    let expected = [
        json!(["html_entity", 1, 1, 4]),
        json!(["missing_description", 1, 3, 14]),
        json!(["missing_link", 1, 3, 14]),
        json!(["missing_image", 1, 3, 14]),
        json!(["missing_availability", 1, 3, 14]),
        json!(["unknown_availability", 1, 2, 8]),
        json!(["relative_url", 1, 2, 8]),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_merchant_reads_what_to_mend_and_where() {
    let (_folder, path) = file("feed.xml", FEED.as_bytes());
    let output = check(&[path.to_str().unwrap()]);
    // Sums are written with a space that does not break.
    let told = String::from_utf8(output.stdout).unwrap().replace('\u{a0}', " ");
    for words in [
        "3 items: 2 can become rewards, 1 cannot.",
        "Their prices add up to R$ 1.309,90.",
        "item 3 (line 14, id 3): no price",
        "availability not understood: 1 times (item 2, line 8: em breve)",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn what_is_no_feed_is_refused_with_what_it_is() {
    for (bytes, found) in [
        (&b"<!DOCTYPE html><html><body>Entre</body></html>"[..], "an HTML page"),
        (b"{\"produtos\": []}", "JSON"),
        (b"", "an empty file"),
        (b"<urlset><url/></urlset>", "a sitemap (root element <urlset>)"),
    ] {
        let (_folder, path) = file("feed.xml", bytes);
        let (success, told) = as_json(path.to_str().unwrap());
        assert_eq!((success, told), (false, json!({ "refused": found })));
        let output = check(&[path.to_str().unwrap()]);
        assert!(!output.status.success());
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("Refused: this is not a product feed")
        );
    }
    let missing = check(&["/nowhere/feed.xml"]);
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(
        !missing.status.success() && said.contains("the feed /nowhere/feed.xml cannot be opened"),
        "{said}"
    );
}

/// A feed that breaks off tells what came before.
#[test]
fn a_feed_that_breaks_off_is_told_so() {
    let (_folder, path) = file("feed.xml", &FEED.as_bytes()[..FEED.find("Dois").unwrap()]);
    let (success, told) = as_json(path.to_str().unwrap());
    assert!(success);
    assert_eq!((&told["complete"], &told["usable"]), (&json!(false), &json!(1)));
}

#[tokio::test]
async fn an_address_is_fetched() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/feed.xml", listener.local_addr().unwrap());
    let gone = format!("{address}.gone");
    let router = axum::Router::new().route("/feed.xml", axum::routing::get(|| async { FEED }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let told = tokio::task::spawn_blocking(move || as_json(&address)).await.unwrap();
    assert_eq!(
        (told.0, &told.1["items"], &told.1["sum"]),
        (true, &json!(3), &json!(130_990))
    );
    let output = tokio::task::spawn_blocking(move || check(&[&gone])).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("answered 404"), "{said}");
}
