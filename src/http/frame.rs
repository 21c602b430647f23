//! What surrounds every route: request id, one span and one line in the log, panics, CORS,
//! compression, and JSON for addresses and methods that do not exist.
//!
//! The log shows the route's pattern and never the address itself, which may hold a token.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use futures_util::FutureExt as _;
use tower_http::{
    compression::CompressionLayer,
    cors::{AllowHeaders, AllowOrigin, CorsLayer},
};
use tracing::{Instrument as _, Span, field};

use super::{
    fault::{Fault, JSON},
    request_id::{self, RequestId},
    settings::HttpSettings,
};

/// What every answer tells a browser. Pages that show something have a policy of their own.
const SECURITY: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Puts the frame around routes. To be called once, on the router with every route in it.
pub fn framed(routes: Router, settings: &HttpSettings) -> Router {
    let framed = routes
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(observe));
    match cors(&settings.cors_origins) {
        Some(cors) => framed.layer(cors),
        None => framed,
    }
}

async fn nothing_here(id: RequestId) -> Response {
    Fault::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing at this address").into_response(JSON, &id)
}

async fn wrong_method(id: RequestId) -> Response {
    let message = "this address does not answer this method; the header 'allow' lists those that it does";
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message).into_response(JSON, &id)
}

/// Names the request, answers for it when it panics, and writes one line about it.
async fn observe(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("unknown", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        request.id = id.as_str(),
        http.method = method_name(request.method()),
        http.path = path,
        http.status = field::Empty,
        duration_ms = field::Empty,
    );
    request.extensions_mut().insert(id.clone());

    let started = Instant::now();
    let mut response = answer_or_500(request, next, &id).instrument(span.clone()).await;
    span.in_scope(|| record(&span, path, response.status(), started));

    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(value) = id.header() {
        headers.insert(request_id::HEADER, value);
    }
    response
}

async fn answer_or_500(request: Request, next: Next, id: &RequestId) -> Response {
    let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await else {
        // The panic's own words have gone to the panic hook; they may hold anything, so not here.
        tracing::error!("a request handler panicked");
        let message = "the server failed; report the request id";
        return Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message).into_response(JSON, id);
    };
    response
}

fn record(span: &Span, path: &str, status: StatusCode, started: Instant) {
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.record("http.status", status.as_u16());
    span.record("duration_ms", duration_ms);
    if path.starts_with("/health/") && status.is_success() {
        tracing::debug!(http.status = status.as_u16(), duration_ms, "request answered");
    } else {
        tracing::info!(http.status = status.as_u16(), duration_ms, "request answered");
    }
}

/// A method can be any word of the caller's; only the known ones are worth a place in the log.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

/// Any request header is allowed: sign-on travels in a header that a page must set by itself, never
/// in a cookie, so there is nothing that another page could borrow.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([request_id::HEADER, header::RETRY_AFTER, header::ETAG])
        .max_age(std::time::Duration::from_hours(1));
    Some(layer)
}
