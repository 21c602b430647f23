//! What a customer's balance and the first page of the statement cost, by the length of the ledger: over HTTP, as a
//! merchant's page asks for them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::http::{HeaderMap, HeaderValue, header};
use fidelidade::access::Scope;
use fidelidade::platform::http::{Client, HttpSettings};
use fidelidade::run::{self, Halves};
use fidelidade::service::token::{self, TokenRequest};
use serde_json::{Value, json};
use url::Url;

use super::books::{Books, UNIT, customer};
use super::server::Server;
use super::{as_f64, median};

/// Entries of the short ledger.
const SHORT: u64 = 10;
/// Customers with short ledgers.
const OTHERS: u64 = 1_000;
/// How often each is asked for.
const TIMES: usize = 500;

const QUERIES: [(&str, &str); 3] = [
    ("balance", "balance { available pending reserved debt }"),
    (
        "statement",
        "statement(first: 10) { pageInfo { hasNextPage endCursor } nodes { id kind points occurredAt \
         order { number } redemption { points } } }",
    ),
    (
        "statement with running totals",
        "statement(first: 10) { nodes { kind points totalsAfter { balance reserved debt } } }",
    ),
];

pub(crate) async fn measure(server: &Server, name: &str, long: u64) -> anyhow::Result<()> {
    let site = server.fresh().await?;
    let books = Books::open(&site.app).await?;
    books.fill(0..OTHERS, SHORT / UNIT, 100).await?;
    books.fill(OTHERS..OTHERS + 1, long / UNIT, 100).await?;
    let scopes: Vec<Scope> = Scope::all().collect();
    let request = TokenRequest {
        stores: vec![books.store],
        by: books.owner,
        name: "a bench".to_owned(),
        scopes,
        expires_at: None,
    };
    let token = token::create(&site.app, request, None).await?;
    let listener = run::listen_anywhere().await?;
    let running = run::start(site.app.clone(), Some(listener), Halves::Serve)?;
    let address = running.address.context("an API that listens")?;
    let client = Asker {
        http: Client::new(HttpSettings {
            allow_private: true,
            ..HttpSettings::default()
        })?,
        address: format!("http://{address}/graphql").parse()?,
        headers: headers(token.secret.as_deref().unwrap_or_default())?,
    };
    println!("{name}: a ledger of {SHORT} entries and one of {long}, over HTTP, medians of {TIMES}");
    println!("{:>32} {:>12} {:>12} {:>8}", "", "short, µs", "long, µs", "ratio");
    for (what, fields) in QUERIES {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for time in 0..TIMES as u64 {
            let other = time % OTHERS;
            short.push(micros(client.ask(other, fields).await?));
            long.push(micros(client.ask(OTHERS, fields).await?));
        }
        let (short, long) = (median(short), median(long));
        println!("{what:>32} {short:>12.0} {long:>12.0} {:>8.2}", long / short);
    }
    println!();
    running.stop().await;
    site.close().await;
    Ok(())
}

struct Asker {
    http: Client,
    address: Url,
    headers: HeaderMap,
}

impl Asker {
    /// How long the answer takes.
    async fn ask(&self, number: u64, fields: &str) -> anyhow::Result<Duration> {
        let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Customer {{ {fields} }} }} }}");
        let body = json!({ "query": query, "variables": { "id": customer(number).to_string() } });
        let headers = self.headers.clone();
        let body = body.to_string().into_bytes();
        let began = Instant::now();
        let answer = self.http.post_once(&self.address, headers, body).await?;
        let took = began.elapsed();
        let answer: Value = serde_json::from_str(&answer.body)?;
        let node = &answer["data"]["node"];
        let lines = node["statement"]["nodes"].as_array().map(|lines| lines.len() as u64);
        let is_right = lines == Some(SHORT) || node["balance"]["available"] == 200;
        ensure!(is_right && answer["errors"].is_null(), "the API answers {answer}");
        Ok(took)
    }
}

fn headers(token: &str) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse()?);
    Ok(headers)
}

fn micros(took: Duration) -> f64 {
    as_f64(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
}
