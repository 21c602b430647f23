//! Sending files: addresses that do not hold, files that are none, and senders who stop in the middle.

use std::sync::Mutex;

use chrono::TimeDelta;
use entity::{upload, upload_part};
use fidelidade::clock::Clock;
use fidelidade::run::Halves;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Till, packed, put};
use crate::api::actor::Actor;
use crate::api::sale_files::again::file;
use crate::support::app::{TestApp, eventually};
use crate::support::merchant::{PATIENCE, list, text};

const GOOD: &str = "id,status,placedAt,productsTotal\n1,APPROVED,2026-01-31,1.00\n";

/// The code and the words of a refused file.
fn said(answer: &(u16, Value)) -> (u16, String, String) {
    let error = &answer.1["errors"][0];
    (answer.0, text(&error["extensions"]["code"]), text(&error["message"]))
}

async fn serving(clock: Clock) -> TestApp {
    let builder = TestApp::builder().halves(Halves::Serve).clock(clock);
    builder
        .set("access.access_minutes", "1000")
        .set("uploads.max_bytes", "2000000")
        .set("uploads.idle_seconds", "1")
        .start()
        .await
}

async fn parts(app: &TestApp) -> u64 {
    upload_part::Entity::find().count(&app.app().db).await.unwrap()
}

#[tokio::test]
async fn addresses_hold_for_a_while_and_cannot_be_made_up() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let app = serving(Clock::Manual(Mutex::new(now))).await;
    let till = Till::open(&app).await;
    let (id, url) = till.place("um").await;
    let mut changed = url.clone().into_bytes();
    let place = changed.len() - 5;
    changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
    for wrong in [
        String::from_utf8(changed).unwrap(),
        "/uploads/x".to_owned(),
        format!("/uploads/{id}"),
    ] {
        let (status, code, message) = said(&put(&app, &wrong, GOOD.into()).await);
        assert_eq!((status, code.as_str()), (404, "NOT_FOUND"), "{wrong}");
        assert!(message.contains("ask for another with createSalesUpload"), "{message}");
    }
    app.app().clock.advance(TimeDelta::minutes(16));
    assert_eq!(put(&app, &url, GOOD.into()).await.0, 404, "too late");
    // The same key gives the same place, with an address that holds.
    let (again, url) = till.place("um").await;
    assert_eq!(again, id);
    let (status, told) = put(&app, &url, GOOD.into()).await;
    assert_eq!(status, 200, "{told}");
    let sha256 = fidelidade::secrets::sha256_hex(GOOD);
    assert_eq!(told, json!({ "uploadId": id, "bytes": GOOD.len(), "sha256": sha256 }));
    let (status, code, message) = said(&put(&app, &url, GOOD.into()).await);
    assert_eq!((status, code.as_str()), (409, "CONFLICT"));
    assert!(
        message.contains(&sha256) && message.contains(&format!("{} bytes", GOOD.len())),
        "{message}"
    );
    let input = json!({ "integrationId": till.source, "idempotencyKey": "um" });
    let told = till
        .owner
        .must("createSalesUpload", "upload { url expiresAt }", input)
        .await;
    assert_eq!(
        told["upload"],
        json!({ "url": null, "expiresAt": null }),
        "it has its file"
    );
    assert_eq!(parts(&app).await, 1);
    let (status, _) = app.get(&url).await;
    assert_eq!(status, 405, "what was sent is not given out");
}

#[tokio::test]
async fn what_is_no_file_of_sales_is_not_kept() {
    let app = serving(Clock::System).await;
    let till = Till::open(&app).await;
    let (_, url) = till.place("um").await;
    let too_large = vec![b'x'; 2_000_001];
    let cases: [(Vec<u8>, u16, &str, &str); 6] = [
        (Vec::new(), 400, "INVALID", "the file is empty"),
        (
            b"PK\x03\x04 planilha".to_vec(),
            415,
            "NOT_A_SALES_FILE",
            "an Excel workbook",
        ),
        (b"%PDF-1.7".to_vec(), 415, "NOT_A_SALES_FILE", "a PDF"),
        (b"<!doctype html>".to_vec(), 415, "NOT_A_SALES_FILE", "a page or XML"),
        (b"[{}]".to_vec(), 415, "NOT_A_SALES_FILE", "one object on each line"),
        (
            too_large.clone(),
            413,
            "FILE_TOO_LARGE",
            "larger than 2000000 bytes; pack it with gzip",
        ),
    ];
    for (file, status, code, words) in cases {
        let told = said(&put(&app, &url, file).await);
        assert_eq!((told.0, told.1.as_str()), (status, code), "{}", told.2);
        assert!(told.2.contains(words), "{}", told.2);
    }
    // Without a length, in pieces.
    let pieces = too_large
        .chunks(300_000)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect::<Vec<_>>();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.put(format!("http://{}{url}", app.address()));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert_eq!(request.body(body).send().await.unwrap().status(), 413);
    assert_eq!(parts(&app).await, 0);
    assert_eq!(
        put(&app, &url, packed(GOOD.as_bytes())).await.0,
        200,
        "the place is still there"
    );
}

/// A sender who hangs up, and one who stands still: nothing is left, and the file can be sent again.
#[tokio::test]
async fn a_file_that_does_not_come_whole_is_none() {
    let app = serving(Clock::System).await;
    let till = Till::open(&app).await;
    let (id, url) = till.place("um").await;
    let half_of_it = async || {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        let head = format!("PUT {url} HTTP/1.1\r\nhost: x\r\ncontent-length: 1900000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; 1_300_000]).await.unwrap();
        stream
    };
    let stream = half_of_it().await;
    eventually("a part of the file", PATIENCE, async || {
        (parts(&app).await == 1).then_some(())
    })
    .await;
    drop(stream);
    eventually("nothing of it", PATIENCE, async || {
        (parts(&app).await == 0).then_some(())
    })
    .await;
    let mut still = half_of_it().await;
    let mut answer = vec![0; 512];
    let read = still.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("CUT_SHORT"),
        "{answer}"
    );
    assert_eq!(parts(&app).await, 0);
    let begun = till.begin("k", &id).await;
    let error = &begun["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("REQUIRED"), &json!(["uploadId"]))
    );
    // Two at once: one is the file, and the other's parts are gone.
    let large = packed_badly();
    let (one, two) = tokio::join!(put(&app, &url, large.clone()), put(&app, &url, large));
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(parts(&app).await, 2);
}

/// A file of more than a part.
fn packed_badly() -> Vec<u8> {
    file(20_000, "paga", "2026-01-31").as_bytes()[..1_200_000].to_vec()
}

#[tokio::test]
async fn a_header_that_cannot_be_used_refuses_the_file() {
    let app = serving(Clock::System).await;
    let till = Till::open(&app).await;
    let header = "id;data;cpf;cnpj;vendedor\n1;31/01/2026;;;\n";
    let upload = till.send("um", packed(header.as_bytes())).await;
    let by_upload = till.begin("k", &upload).await;
    let input = json!({ "integrationId": till.source, "content": header, "idempotencyKey": "c" });
    let by_content = till.owner.call("importSales", "importRun { id }", input).await;
    for (told, place) in [(by_upload, "uploadId"), (by_content, "content")] {
        assert_eq!(told["importRun"], Value::Null);
        let errors = list(&told["userErrors"]);
        let messages: Vec<String> = errors.iter().map(|error| text(&error["message"])).collect();
        assert_eq!(
            messages[0],
            "'cpf' and 'cnpj' are both the column customerDocument; leave one out"
        );
        assert!(
            messages[1].starts_with(
                "there is no column 'vendedor'; leave it out, or call it by one of these names: externalId,"
            )
        );
        assert_eq!(
            messages[2..],
            ["the column status is missing", "the column productsTotal is missing"]
        );
        assert!(
            errors
                .iter()
                .all(|error| error["code"] == "INVALID" && error["path"] == json!([place]))
        );
    }
    let content = "\u{feff}\n;;\n";
    let input = json!({ "integrationId": till.source, "content": content, "idempotencyKey": "d" });
    let told = till.owner.call("importSales", "importRun { id }", input).await;
    assert!(text(&told["userErrors"][0]["message"]).contains("the file is empty"));
    assert_eq!(
        upload::Entity::find().count(&app.app().db).await.unwrap(),
        1,
        "what came with the request is not kept"
    );
    let query = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 1) { totalCount } } } }";
    let told = till.owner.ask(query, json!({ "id": till.source })).await;
    assert_eq!(told["node"]["importRuns"]["totalCount"], 0);
}

/// What only shows when the whole file is read ends the run before a sale is registered.
#[tokio::test]
async fn a_damaged_or_too_large_file_registers_nothing() {
    let app = TestApp::builder()
        .set("uploads.max_lines", "500")
        .set("uploads.max_unpacked_bytes", "10000000")
        .start()
        .await;
    let till = Till::open(&app).await;
    let whole = packed(file(400, "paga", "2026-01-31").as_bytes());
    let cut = whole[..whole.len() - 20].to_vec();
    let bomb = packed(format!("{GOOD}{}", " ".repeat(10_000_000)).as_bytes());
    for (key, sent, code, words) in [
        ("cortado", cut, "FILE_DAMAGED", "pack and send it again"),
        (
            "longo",
            file(501, "paga", "2026-01-31").into_bytes(),
            "FILE_TOO_LARGE",
            "more than 500 lines",
        ),
        ("bomba", bomb, "FILE_TOO_LARGE", "more than 10000000 bytes"),
    ] {
        let run = till.import(key, sent).await;
        assert_eq!((&run["state"], &run["errorCode"]), (&json!("FAILED"), &json!(code)));
        assert!(text(&run["errorMessage"]).contains(words), "{run:#}");
        assert_eq!(run["done"], 0);
    }
    assert_eq!(till.sales().await, []);
    let run = till.import("inteiro", whole).await;
    assert_eq!(super::counts(&run)[2], 400);
}

/// An address is of a source, and so is what was sent to it.
#[tokio::test]
async fn files_are_of_their_source_and_store() {
    let app = serving(Clock::System).await;
    let till = Till::open(&app).await;
    let upload = till.send("um", GOOD).await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.source(&other.create_store("Outra").await, "Caixa").await;
    let beside = till.owner.source(&till.store, "ERP").await;
    for (who, source) in [(&other, &foreign), (&till.owner, &beside)] {
        let input = json!({ "integrationId": source, "uploadId": upload, "idempotencyKey": "k" });
        let told = who.call("importSales", "importRun { id }", input).await;
        let error = &told["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["path"]),
            (&json!("NOT_FOUND"), &json!(["uploadId"]))
        );
    }
    let input = json!({ "integrationId": till.source, "uploadId": upload, "idempotencyKey": "k" });
    let told = other.call("importSales", "importRun { id }", input).await;
    assert_eq!(told["userErrors"][0]["path"], json!(["integrationId"]));
    assert_eq!(till.begin("k", &upload).await["userErrors"], json!([]));
}
