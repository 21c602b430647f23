//! The HTTP server of the sandbox: takes requests in, lets faults and limits have their way, asks
//! the imitated platform for its answer, and puts that on the wire. Also the `fidelidade sandbox`
//! command. Knows nothing of any platform's shapes.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    RunningSandbox, SandboxConfig, control, credentials,
    cut::{Cut, CuttableListener},
    exchange::{Answer, Body, Request},
    hooks,
    imitation::{Imitation, RequestKind},
    limits::RatePolicy,
    state::Sandbox,
};
use crate::sandbox::faults::RateLimit;

/// The sandbox as the server's handlers share it.
pub(super) type Shared = Arc<Mutex<Sandbox>>;

/// Starts a sandbox on a listener that is bound already.
///
/// The clock starts at [`SandboxConfig::now`] and runs on by itself.
pub async fn start(config: SandboxConfig, listener: TcpListener) -> RunningSandbox {
    let address = listener
        .local_addr()
        .unwrap_or_else(|_| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
    let shared: Shared = Arc::new(Mutex::new(Sandbox::new(&config)));
    let app = Router::new()
        .nest("/_sandbox", control::router())
        .fallback(serve_platform)
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Cut>();
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(hooks::deliver(shared, stop.clone()));
    let task = tokio::spawn(async move {
        let server = axum::serve(CuttableListener(listener), app).with_graceful_shutdown(stopped);
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox stopped serving");
        }
    });
    RunningSandbox {
        magazord_url: format!("http://{address}/magazord/{{alias}}/api"),
        loja_integrada_url: format!("http://{address}/loja-integrada"),
        jet_url: format!("http://{address}/jet"),
        jet_adm_url: format!("http://{address}/jet/{{cluster}}"),
        bis2bis_url: format!("http://{address}/bis2bis/{{address}}"),
        tiny_url: format!("http://{address}/tiny/api2"),
        tiny_v3_url: format!("http://{address}/tiny-v3/public-api/v3"),
        tiny_v3_accounts_url: format!("http://{address}/tiny-v3/realms/tiny/protocol/openid-connect"),
        bling_url: format!("http://{address}/bling/Api/v3"),
        control_url: format!("http://{address}/_sandbox"),
        address,
        stop: stop.drop_guard(),
        task,
    }
}

/// Locks the sandbox. A panic in one request leaves the others their world.
pub(super) fn lock(shared: &Shared) -> MutexGuard<'_, Sandbox> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the ledger that a request is over, even if its client went away meanwhile.
struct InFlight {
    shared: Shared,
    platform: Imitation,
    account: String,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.shared).hosted_mut(self.platform).ledger.leave(&self.account);
    }
}

/// What is decided about a request when it arrives.
enum Verdict {
    Refuse(Answer),
    Go,
}

async fn serve_platform(
    State(shared): State<Shared>,
    ConnectInfo(connection): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some((platform, request)) = read_request(&method, &uri, &headers, &body) else {
        return on_the_wire(Answer::text(
            404,
            "nothing here: try /magazord/..., /loja-integrada/..., /jet/..., /bis2bis/..., /bling/..., /tiny/..., /tiny-v3/... or /_sandbox",
        ));
    };
    let (verdict, latency, _in_flight) = arrive(&shared, platform, &request);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let mut sandbox = lock(&shared);
    sandbox.set_time();
    let (answer, lost) = match verdict {
        Verdict::Refuse(answer) => (answer, false),
        Verdict::Go => sandbox.answer(platform, &request),
    };
    let ledger = &mut sandbox.hosted_mut(platform).ledger;
    if lost {
        ledger.cut();
        connection.cut();
    } else {
        ledger.answered(&request.method, &request.path, answer.status);
    }
    drop(sandbox);
    on_the_wire(answer)
}

/// Counts the request in and asks the platform's limit about it.
fn arrive(shared: &Shared, platform: Imitation, request: &Request) -> (Verdict, Duration, Option<InFlight>) {
    let mut sandbox = lock(shared);
    let now = sandbox.set_time();
    let latency = Duration::from_millis(sandbox.faults.latency_ms);
    let limit = sandbox.faults.rate_limit;
    let hosted = sandbox.hosted_mut(platform);
    if hosted.platform.classify(request) == RequestKind::Forbidden {
        hosted.ledger.forbidden(format!("{} {}", request.method, request.path));
    }
    let Some(account) = hosted.platform.account(request) else {
        return (Verdict::Go, latency, None);
    };
    let policy = match limit {
        RateLimit::Platform => hosted.platform.rate_policy(None),
        RateLimit::Off => RatePolicy::Unlimited,
        RateLimit::PerMinute(count) => hosted.platform.rate_policy(Some(count)),
    };
    let verdict = match hosted.ledger.arrive(&account, now, policy) {
        Ok(()) => Verdict::Go,
        Err(wait) => Verdict::Refuse(hosted.platform.too_many(wait)),
    };
    drop(sandbox);
    (
        verdict,
        latency,
        Some(InFlight {
            shared: Arc::clone(shared),
            platform,
            account,
        }),
    )
}

/// Takes the platform's prefix off the path and everything out of the framework's types.
fn read_request(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Option<(Imitation, Request)> {
    let (platform, path) = Imitation::ALL.into_iter().find_map(|platform| {
        let rest = uri.path().strip_prefix('/')?.strip_prefix(platform.slug())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (platform, rest.to_owned()))
    })?;
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    Some((
        platform,
        Request {
            method: method.as_str().to_owned(),
            path,
            query,
            headers,
            body: body.to_vec(),
        },
    ))
}

/// An answer as the framework sends it.
pub(super) fn on_the_wire(answer: Answer) -> Response {
    let (kind, text) = match answer.body {
        Body::Json(value) => (Some("application/json"), value.to_string()),
        Body::Broken(text) => (Some("application/json"), text),
        Body::Text(text) => (Some("text/plain; charset=utf-8"), text),
        Body::Xml(text) => (Some("text/xml; charset=utf-8"), text),
        Body::Html(text) => (Some("text/html; charset=utf-8"), text),
        Body::Empty => (None, String::new()),
    };
    let mut response = text.into_response();
    *response.status_mut() =
        axum::http::StatusCode::from_u16(answer.status).unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Options of `fidelidade sandbox`.
#[derive(Debug, Clone, clap::Args)]
pub struct SandboxArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8090)]
    pub port: u16,
    /// The same seed gives the same people, products and orders.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many customers each platform has.
    #[arg(long, default_value_t = 24)]
    pub customers: usize,
    /// How many orders each platform has.
    #[arg(long, default_value_t = 60)]
    pub orders: usize,
    /// How many products each platform has.
    #[arg(long, default_value_t = 12)]
    pub products: usize,
    /// What goes wrong on purpose, as JSON, for instance '{"error_rate_percent":5}'.
    #[arg(long, value_parser = parse_faults)]
    pub faults: Option<super::Faults>,
}

fn parse_faults(text: &str) -> Result<super::Faults, String> {
    serde_json::from_str(text).map_err(|error| format!("not a set of faults: {error}"))
}

/// Runs the sandbox until it is interrupted.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's own clock starts at the machine's time"
)]
pub async fn run(args: SandboxArgs) -> anyhow::Result<()> {
    let at = SocketAddr::new(args.host, args.port);
    let listener = TcpListener::bind(at)
        .await
        .with_context(|| format!("cannot listen on {at}; choose another port with --port"))?;
    let config = SandboxConfig {
        seed: args.seed,
        customers: args.customers,
        orders: args.orders,
        products: args.products,
        faults: args.faults.unwrap_or_default(),
        ..SandboxConfig::at(Utc::now())
    };
    let sandbox = start(config, listener).await;
    println!("{}", welcome(&sandbox));
    interrupted().await.context("cannot listen for signals")?;
    sandbox.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C, or for the signal that containers are stopped with.
#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// What the command prints: where everything is and what to log in with.
fn welcome(sandbox: &RunningSandbox) -> String {
    let known = credentials();
    let (mz, li, jet, bb) = (known.magazord, known.loja_integrada, known.jet, known.bis2bis);
    let tiny = known.tiny;
    let tiny_v3 = known.tiny_v3;
    let bling = known.bling;
    let alias_url = sandbox.magazord_url.replace("{alias}", mz.alias);
    format!(
        "Sandbox: imitations of shop platforms with invented data. Ctrl-C stops it.\n\n\
         Magazord         {alias_url}\n  \
           alias          {}\n  \
           token          {}\n  \
           password       {}\n\n\
         Loja Integrada   {}\n  \
           personal token {}\n  \
           chave_api      {}\n  \
           aplicacao      {}\n\n\
         JET              {}\n  \
           api_key        {}\n  \
           legacy         {} with mode adm, integration_key {}, user {}, password {}, store_id {}\n\n\
         Bis2Bis          {}\n  \
           address        {}\n  \
           access token   {} (Magento 2)\n  \
           API user, key  {}, {} (Magento 1)\n\n\
         Bling            {}\n  \
           client id      {}\n  \
           client secret  {} (redirects to http://localhost:8080/oauth/callback)\n\n\
         Tiny             {}\n  \
           token          {}\n\n\
         Tiny, API v3     {}\n  \
           client id      {}\n  \
           client secret  {} (redirects to http://localhost:8080/oauth/callback)\n\n\
         Control          {control}\n  \
           all credentials, bad ones included: curl {control}/credentials\n  \
           what is true:                       curl {control}/truth/magazord\n",
        mz.alias,
        mz.token,
        mz.password,
        sandbox.loja_integrada_url,
        li.personal_token,
        li.chave_api,
        li.aplicacao,
        sandbox.jet_url,
        jet.api_key,
        sandbox.jet_adm_url.replace("{cluster}", jet.cluster),
        jet.integration_key,
        jet.user,
        jet.password,
        jet.store_id,
        sandbox.bis2bis_url,
        bb.address,
        bb.token,
        bb.api_user,
        bb.api_key,
        sandbox.bling_url,
        bling.client_id,
        bling.client_secret,
        sandbox.tiny_url,
        tiny.token,
        sandbox.tiny_v3_url,
        tiny_v3.client_id,
        tiny_v3.client_secret,
        control = sandbox.control_url,
    )
}
