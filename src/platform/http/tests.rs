//! The client against a small server on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed set-up is a failed test"
)]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::{
    AccountKey, Api, Auth, Blocked, Client, FetchError, HttpSettings, Limits, LocalPacer, RetryPolicy, StreamLimits,
    guard::Guard,
};
use crate::platform::PlatformError;

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn settings() -> HttpSettings {
    let retry = RetryPolicy {
        max_tries: 4,
        base: Duration::from_millis(5),
        cap: Duration::from_millis(20),
        patience: Duration::from_secs(5),
    };
    HttpSettings {
        allow_private: true,
        timeout: Duration::from_millis(400),
        retry,
        ..HttpSettings::default()
    }
}

fn api(address: SocketAddr) -> Api {
    api_with(address, settings())
}

fn api_with(address: SocketAddr, settings: HttpSettings) -> Api {
    Api::new(
        Client::new(settings).unwrap(),
        Arc::new(LocalPacer::default()),
        AccountKey("test".into()),
        Limits {
            per_minute: 60_000,
            burst: 100,
            concurrency: 2,
        },
        Url::parse(&format!("http://{address}/api/")).unwrap(),
        Auth::Basic {
            user: SecretString::from("token"),
            password: SecretString::from(""),
        },
    )
}

/// A handler that counts its calls and answers by their number, from 1.
fn counted<F>(calls: &Arc<AtomicU32>, answer: F) -> axum::routing::MethodRouter
where
    F: Fn(u32) -> Response + Clone + Send + Sync + 'static,
{
    let calls = Arc::clone(calls);
    any(move |_body: Bytes| {
        let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
        std::future::ready(answer(number))
    })
}

/// A body that begins and is then cut.
fn cut_body() -> Response {
    let pieces = futures_util::stream::iter([Ok("{\"begun\":"), Err(std::io::Error::other("cut"))]);
    Body::from_stream(pieces).into_response()
}

#[tokio::test]
async fn a_read_is_tried_again_after_503_and_after_a_cut_body() {
    let calls = Arc::new(AtomicU32::new(0));
    let answer = |number| match number {
        1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        2 => cut_body(),
        _ => "fine".into_response(),
    };
    let address = serve(Router::new().route("/api/x", counted(&calls, answer))).await;
    assert_eq!(api(address).get("/x", &[]).await.unwrap().body, "fine");
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn tries_end_and_the_last_reason_is_told() {
    let calls = Arc::new(AtomicU32::new(0));
    let answer = |_| (StatusCode::BAD_GATEWAY, "of fulana@exemplo.com").into_response();
    let address = serve(Router::new().route("/api/x", counted(&calls, answer))).await;
    let error = api(address).get("x", &[]).await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    assert!(
        matches!(&error, PlatformError::Unreachable { detail } if detail.contains("502") && !detail.contains("fulana"))
    );
}

#[tokio::test]
async fn retry_after_is_obeyed_in_both_forms() {
    let dated = || {
        let headers = [
            ("date", "Tue, 20 Jan 2026 10:00:00 GMT"),
            ("retry-after", "Tue, 20 Jan 2026 10:00:00 GMT"),
        ];
        (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
    };
    for limited in [
        || (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], "slow down").into_response(),
        dated,
    ] {
        let calls = Arc::new(AtomicU32::new(0));
        let answer = move |number| if number == 1 { limited() } else { "fine".into_response() };
        let address = serve(Router::new().route("/api/x", counted(&calls, answer))).await;
        let start = Instant::now();
        assert_eq!(api(address).get("/x", &[]).await.unwrap().status, 200);
        assert!(start.elapsed() >= Duration::from_millis(950), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_long_request_to_wait_is_handed_to_the_caller() {
    let calls = Arc::new(AtomicU32::new(0));
    let answer = |_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")]).into_response();
    let address = serve(Router::new().route("/api/x", counted(&calls, answer))).await;
    let error = api(address).get("/x", &[]).await.unwrap_err();
    assert_eq!(
        error,
        PlatformError::RateLimited {
            retry_after: Some(Duration::from_hours(1))
        }
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_is_tried_again_after_429_only() {
    let calls = Arc::new(AtomicU32::new(0));
    let answer = |number| match number {
        1 => StatusCode::TOO_MANY_REQUESTS.into_response(),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "oops").into_response(),
    };
    let address = serve(Router::new().route("/api/x", counted(&calls, answer))).await;
    let error = api(address)
        .send_once(Method::POST, "/x", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Unknown { .. }), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown_and_sent_once() {
    let calls = Arc::new(AtomicU32::new(0));
    let slow = Arc::clone(&calls);
    let slow = post(move || async move {
        slow.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
    });
    let router = Router::new()
        .route("/api/cut", counted(&calls, |_| cut_body()))
        .route("/api/slow", slow);
    let address = serve(router).await;
    for path in ["/cut", "/slow"] {
        calls.store(0, Ordering::SeqCst);
        let error = api(address)
            .send_once(Method::POST, path, &json!({"a": 1}))
            .await
            .unwrap_err();
        assert!(matches!(error, PlatformError::Unknown { .. }), "{path}: {error}");
        assert_eq!(calls.load(Ordering::SeqCst), 1, "{path}");
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_makes_a_write_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 1024];
            let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut request).await;
        }
    });
    let error = api(address)
        .send_once(Method::POST, "/x", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Unknown { .. }), "{error}");
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_to_a_closed_port_changed_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = api(address)
        .send_once(Method::POST, "/x", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_of_a_write_is_not_followed() {
    let calls = Arc::new(AtomicU32::new(0));
    let router = Router::new()
        .route("/api/x", any(|| async { Redirect::temporary("/api/y") }))
        .route("/api/y", counted(&calls, |_| "fine".into_response()));
    let address = serve(router).await;
    let error = api(address)
        .send_once(Method::POST, "/x", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Malformed { .. }), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert_eq!(
        api(address).get("/x", &[]).await.unwrap().body,
        "fine",
        "a read follows it on the same host"
    );
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let calls = Arc::new(AtomicU32::new(0));
    let other = serve(Router::new().route("/y", counted(&calls, |_| "stolen".into_response()))).await;
    let target = format!("http://{other}/y");
    let router = Router::new().route("/api/x", get(move || async move { Redirect::temporary(&target) }));
    let error = api(serve(router).await).get("/x", &[]).await.unwrap_err();
    assert!(matches!(error, PlatformError::Malformed { .. }), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_are_counted() {
    let router = Router::new().route("/loop", get(|| async { Redirect::temporary("/loop") }));
    let address = serve(router).await;
    let url = Url::parse(&format!("http://{address}/loop")).unwrap();
    let error = Client::new(settings())
        .unwrap()
        .get_stream(&url, StreamLimits::default())
        .await
        .unwrap_err();
    assert_eq!(error, FetchError::TooManyRedirects { limit: 3 });
}

#[tokio::test]
async fn the_headers_say_who_calls() {
    async fn echo(headers: HeaderMap) -> String {
        let text = |name| {
            headers
                .get(name)
                .map(|value| value.to_str().expect("ascii").to_owned())
                .unwrap_or_default()
        };
        format!("{}|{}", text(header::AUTHORIZATION), text(header::USER_AGENT))
    }
    let address = serve(Router::new().route("/api/x", get(echo))).await;
    let body = api(address).get("/x", &[("a[gte]", "1")]).await.unwrap().body;
    // "token:" in base64, since the password is empty.
    assert_eq!(body, format!("Basic dG9rZW46|fidelidade/{}", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let router = Router::new().route("/api/x", any(|| async { "x".repeat(2000) }));
    let address = serve(router).await;
    let small = HttpSettings {
        max_body_bytes: 1000,
        ..settings()
    };
    let error = api_with(address, small.clone()).get("/x", &[]).await.unwrap_err();
    assert!(matches!(error, PlatformError::Malformed { .. }), "{error}");
    let error = api_with(address, small)
        .send_once(Method::POST, "/x", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PlatformError::Unknown { .. }), "{error}");

    let url = Url::parse(&format!("http://{address}/api/x")).unwrap();
    let limits = StreamLimits {
        max_bytes: 1000,
        max_time: Duration::from_secs(5),
    };
    let mut body = Client::new(settings()).unwrap().get_stream(&url, limits).await.unwrap();
    let end = loop {
        match body.chunk().await {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert_eq!(end, Err(FetchError::TooLarge { limit: 1000 }));
}

#[tokio::test]
async fn private_networks_are_refused_by_address_and_by_name() {
    let client = Client::new(HttpSettings {
        allow_private: false,
        ..settings()
    })
    .unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "169.254.169.254",
        "[::1]",
        "10.0.0.1",
        "localhost.",
        "a.LOCALHOST",
    ] {
        let url = Url::parse(&format!("http://{host}/x")).unwrap();
        let error = client.get_stream(&url, StreamLimits::default()).await.unwrap_err();
        assert_eq!(error, FetchError::Blocked(Blocked::Private), "{host}");
    }
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_refused() {
    let calls = Arc::new(AtomicU32::new(0));
    let inside = serve(Router::new().route("/", counted(&calls, |_| "secret".into_response()))).await;
    for (target, refusal) in [
        (format!("http://{inside}/"), Blocked::Port(inside.port())),
        ("http://169.254.169.254/latest/meta-data".to_owned(), Blocked::Private),
        ("http://localhost/".to_owned(), Blocked::Private),
        ("http://[::1]/".to_owned(), Blocked::Private),
        ("file:///etc/passwd".to_owned(), Blocked::Scheme("file".into())),
    ] {
        let location = target.clone();
        let address = serve(Router::new().route("/", get(move || async move { Redirect::temporary(&location) }))).await;
        let guard = Guard {
            allow_private: false,
            trusted: Some(address),
        };
        let client = Client::with_guard(settings(), guard).unwrap();
        let url = Url::parse(&format!("http://{address}/")).unwrap();
        let error = client.get_stream(&url, StreamLimits::default()).await.unwrap_err();
        assert_eq!(error, FetchError::Blocked(refusal), "{target}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_apart_or_unreachable() {
    let client = Client::new(settings()).unwrap();
    let url = Url::parse("http://no-such-shop.invalid/").unwrap();
    let error = client.get_stream(&url, StreamLimits::default()).await.unwrap_err();
    // A machine without any resolver cannot know that the name does not exist.
    assert!(
        matches!(error, FetchError::NameNotFound { .. } | FetchError::Connect { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_gives_its_turn_back() {
    let slow = get(|| async { tokio::time::sleep(Duration::from_secs(30)).await });
    let address = serve(
        Router::new()
            .route("/api/slow", slow)
            .route("/api/x", get(|| async { "fine" })),
    )
    .await;
    let one = Limits {
        per_minute: 60_000,
        burst: 100,
        concurrency: 1,
    };
    let api = Api::new(
        Client::new(settings()).unwrap(),
        Arc::new(LocalPacer::new(Duration::from_secs(3))),
        AccountKey("test".into()),
        one,
        Url::parse(&format!("http://{address}/api")).unwrap(),
        Auth::Header(SecretString::from("x")),
    );
    let gone = tokio::time::timeout(Duration::from_millis(50), api.get("/slow", &[])).await;
    assert!(gone.is_err());
    assert_eq!(api.get("/x", &[]).await.unwrap().body, "fine");
}
