//! Both doors against small hand-written shops: what only odd answers show; the contract tests play the rest.
#![expect(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Access, Magento};
use crate::platform::{
    Kind, Platform, PlatformError, Window, WindowKind,
    http::{AccountKey, Api, Auth, Client, HttpSettings, Limits, LocalPacer, RetryPolicy},
    registry::{Bis2BisSettings, Credentials},
};

/// What a fake shop answers, given the path with its query and the body.
type Handler = Arc<dyn Fn(&str, &str) -> (u16, String) + Send + Sync>;
type Log = Arc<Mutex<Vec<String>>>;

/// A shop that answers as `handler` says, reached with these credentials, and the bodies or paths that it was asked.
async fn shop(
    typed: &[(&str, &str)],
    handler: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static,
) -> (Magento, Log) {
    async fn answer(State((handler, log)): State<(Handler, Log)>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let (path, body) = (parts.uri.to_string(), String::from_utf8_lossy(&body).into_owned());
        let (status, text) = handler(&path, &body);
        log.lock().unwrap().push(if body.is_empty() { path } else { body });
        (StatusCode::from_u16(status).unwrap(), text).into_response()
    }
    let log = Log::default();
    let handler: Handler = Arc::new(handler);
    let router = Router::new().fallback(answer).with_state((handler, Arc::clone(&log)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let typed: BTreeMap<String, String> = typed
        .iter()
        .chain(&[("address", "loja.example.com")])
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let access = Access::read(&Credentials::parse(Kind::Bis2Bis, typed).unwrap()).unwrap();
    let retry = RetryPolicy {
        max_tries: 2,
        base: std::time::Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let http = HttpSettings {
        allow_private: true,
        retry,
        ..HttpSettings::default()
    };
    let limits = Limits {
        per_minute: 60_000,
        burst: 1_000,
        concurrency: 1,
    };
    let api = Api::new(
        Client::new(http).unwrap(),
        Arc::new(LocalPacer::default()),
        AccountKey("a".into()),
        limits,
        address.parse().unwrap(),
        Auth::None,
    );
    let settings = Bis2BisSettings {
        page_size: 2,
        ..Bis2BisSettings::default()
    };
    (Magento::new(api, &settings, access), log)
}

const SOAP: [(&str, &str); 2] = [("api_user", "u"), ("api_key", "k")];
const REST: [(&str, &str); 1] = [("token", "t")];

fn window() -> Window {
    Window {
        since: "2026-01-20T00:00:00Z".parse().unwrap(),
        by: WindowKind::Changed,
    }
}

fn wsdl() -> (u16, String) {
    let text = "<definitions><binding><soap:binding style=\"rpc\"/></binding></definitions>";
    (200, text.to_owned())
}

fn envelope(inner: &str) -> String {
    format!("<e:Envelope xmlns:e=\"x\"><e:Body>{inner}</e:Body></e:Envelope>")
}

fn row(number: u32, at: &str) -> String {
    format!("<item><increment_id>{number}</increment_id><updated_at>{at}</updated_at></item>")
}

async fn numbers(shop: &Magento) -> Result<Vec<String>, PlatformError> {
    let (mut numbers, mut token) = (Vec::new(), None);
    loop {
        let page = shop.orders(window(), token.as_ref()).await?;
        numbers.extend(page.items.into_iter().map(|listing| listing.external_id));
        match page.next {
            Some(next) => token = Some(next),
            None => return Ok(numbers),
        }
    }
}

#[tokio::test]
async fn rows_of_one_second_stay_together_and_come_once() {
    let (shop, _) = shop(&SOAP, |path, body| match body {
        _ if path.contains("wsdl") => wsdl(),
        body if body.contains("urn:login>") => (200, envelope("<r><loginReturn>s</loginReturn></r>")),
        body => {
            let rows: String = [
                (3, "2026-01-21 00:00:01"),
                (1, "2026-01-21 00:00:00"),
                (4, "2026-01-21 00:00:01"),
                (2, "2026-01-21 00:00:01"),
                (5, "2026-01-22 00:00:00"),
            ]
            .into_iter()
            .filter(|(_, at)| body.split("<value>").nth(2).unwrap_or_default() <= *at)
            .map(|(number, at)| row(number, at))
            .collect();
            (200, envelope(&format!("<r><result>{rows}</result></r>")))
        }
    })
    .await;
    assert_eq!(numbers(&shop).await.unwrap(), ["1", "3", "4", "2", "5"]);
}

#[tokio::test]
async fn a_shop_that_ends_every_session_is_given_up() {
    let (shop, log) = shop(&SOAP, |path, body| match body {
        _ if path.contains("wsdl") => wsdl(),
        body if body.contains("urn:login>") => (200, envelope("<r><loginReturn>s</loginReturn></r>")),
        _ => (
            500,
            envelope("<e:Fault><faultcode>5</faultcode><faultstring>Session expired.</faultstring></e:Fault>"),
        ),
    })
    .await;
    assert!(matches!(numbers(&shop).await, Err(PlatformError::Malformed { .. })));
    let logins = log
        .lock()
        .unwrap()
        .iter()
        .filter(|body| body.contains("urn:login>"))
        .count();
    assert_eq!(logins, 2, "one new log-in, not more");
}

#[tokio::test]
async fn a_shop_of_the_other_generation_is_named() {
    let (shop, _) = shop(&REST, |path, _| match path {
        path if path.contains("wsdl") => wsdl(),
        _ => (404, "<html>404</html>".to_owned()),
    })
    .await;
    let told = shop.check().await.unwrap_err();
    assert!(
        matches!(&told, PlatformError::WrongAddress { detail } if detail.contains("Magento 1 answers there")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_page_past_the_end_that_repeats_the_last_one_ends_the_walk() {
    // Two rows of one second fill the page, the total is not told, and page 2 repeats page 1.
    let (shop, log) = shop(&REST, |_, _| {
        let row = |number| format!("{{\"increment_id\":\"{number}\",\"updated_at\":\"2026-01-20 00:00:00\"}}");
        (200, format!("{{\"items\":[{},{}]}}", row(1), row(2)))
    })
    .await;
    assert_eq!(numbers(&shop).await.unwrap(), ["1", "2"]);
    assert_eq!(log.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn coupons_are_refused_without_asking() {
    let (shop, log) = shop(&REST, |_, _| (500, String::new())).await;
    assert!(matches!(
        shop.find_coupon("FIEL").await,
        Err(PlatformError::Unsupported { .. })
    ));
    assert!(matches!(
        shop.disable_coupon("FIEL").await,
        Err(PlatformError::Unsupported { .. })
    ));
    assert!(log.lock().unwrap().is_empty());
}
