//! The HTTP side over real HTTP, around a small schema of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audits;
mod budget;
mod hostile;
mod persisted;
mod streams;
mod surroundings;
mod transport;

use std::{
    future::IntoFuture as _,
    net::SocketAddr,
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{Context, Data, Object, Schema, Subscription};
use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use futures_util::{Stream, StreamExt as _, stream};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Caller, Check, Documents, Door, Entry, HttpSettings, Link, Pages, ReadyQuery, Refusal, router};

struct Query;

/// Something that has more of itself below it.
struct Shelf;

#[Object]
impl Shelf {
    async fn name(&self) -> &'static str {
        "shelf"
    }

    async fn fails(&self) -> async_graphql::Result<Option<i32>> {
        std::future::ready(Err("it failed below".into())).await
    }

    async fn shelves(&self, first: Option<i32>) -> Vec<Shelf> {
        (0..first.unwrap_or(1)).map(|_| Shelf).collect()
    }
}

#[Object]
impl Query {
    async fn hello(&self) -> &'static str {
        "hello"
    }

    async fn shelf(&self) -> Shelf {
        Shelf
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn day(&self, of: chrono::NaiveDate) -> Option<i32> {
        use chrono::Datelike as _;
        i32::try_from(of.ordinal()).ok()
    }

    async fn who(&self, context: &Context<'_>) -> Option<&'static str> {
        context.data_opt::<Who>().map(|who| who.0)
    }

    async fn fails(&self) -> async_graphql::Result<Option<i32>> {
        std::future::ready(Err("it failed".into())).await
    }

    async fn fails_wholly(&self) -> async_graphql::Result<i32> {
        std::future::ready(Err("it failed wholly".into())).await
    }

    async fn panics(&self) -> i32 {
        fall_over()
    }

    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        1
    }
}

fn fall_over() -> i32 {
    panic!("a secret in a panic")
}

/// Counts how often it has been carried out. Each server has one of its own: tests run beside one another.
#[derive(Default)]
struct Mutation(Arc<AtomicUsize>);

#[Object]
impl Mutation {
    async fn write(&self) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
}

struct Events;

#[Subscription]
impl Events {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// One event, and then nothing for ever.
    async fn silence(&self) -> impl Stream<Item = i32> {
        stream::iter([0]).chain(stream::pending())
    }

    async fn who(&self, context: &Context<'_>) -> impl Stream<Item = Option<&'static str>> {
        stream::iter([context.data_opt::<Who>().map(|who| who.0)])
    }
}

struct Who(&'static str);

#[derive(Clone, Default)]
struct TestDoor {
    ill: bool,
    closing: CancellationToken,
}

#[async_trait]
impl Door for TestDoor {
    async fn enter(&self, headers: &HeaderMap, request_id: &str) -> Result<Entry, Refusal> {
        assert!(!request_id.is_empty());
        let mut data = Data::default();
        let caller = match headers
            .get(header::AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or_default())
        {
            None => Caller::Stranger,
            Some("Bearer good") => {
                data.insert(Who("ana"));
                Caller::User("ana".to_owned())
            }
            Some("Bearer partner") => Caller::Token("partner".to_owned()),
            Some(_) => return Err(Refusal::unauthenticated("TOKEN_EXPIRED", "the token has expired")),
        };
        Ok(Entry { data, caller })
    }

    async fn ready(&self) -> Vec<Check> {
        let well = Check {
            name: "queue".to_owned(),
            ok: true,
            detail: "empty".to_owned(),
        };
        let other = Check {
            name: "database".to_owned(),
            ok: !self.ill,
            detail: "looked".to_owned(),
        };
        vec![well, other]
    }

    async fn closing(&self) {
        self.closing.cancelled().await;
    }
}

/// A server on a port of its own, and a client for it.
struct Server {
    address: String,
    client: reqwest::Client,
    door: TestDoor,
    writes: Arc<AtomicUsize>,
}

impl Server {
    async fn start(settings: HttpSettings) -> Self {
        Self::start_with(settings, TestDoor::default(), Documents::default()).await
    }

    async fn start_with(settings: HttpSettings, door: TestDoor, documents: Documents) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Another module's tests may have installed it already.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let writes = Arc::default();
        let schema = Schema::new(Query, Mutation(Arc::clone(&writes)), Events);
        let app = router(schema, door.clone(), &settings, &pages(), documents);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).into_future());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            address,
            client,
            door,
            writes,
        }
    }

    /// How often its mutation has been carried out.
    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A `POST /graphql` without an `accept` header.
    fn post(&self, body: &Value) -> RequestBuilder {
        self.client.post(self.url("/graphql")).json(body)
    }

    async fn ask(&self, query: &str) -> Answer {
        Answer::of(self.post(&json!({ "query": query }))).await
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(request: RequestBuilder) -> Self {
        let response: Response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }

    fn has_data(&self) -> bool {
        self.body.as_object().is_some_and(|body| body.contains_key("data"))
    }
}

fn pages() -> Pages {
    Pages {
        title: "Loja <test>".to_owned(),
        about: "A server for tests.".to_owned(),
        links: vec![Link {
            address: "/schema.graphql".to_owned(),
            title: "the schema".to_owned(),
        }],
        queries: vec![ReadyQuery {
            title: "Greeting".to_owned(),
            query: "{ hello }".to_owned(),
            variables: Value::Null,
        }],
    }
}

fn settings(change: impl FnOnce(&mut HttpSettings)) -> HttpSettings {
    let mut settings = HttpSettings::default();
    change(&mut settings);
    settings
}
