//! A proxy before the sandbox that can hold a request at a chosen moment: before the platform sees it,
//! after the platform has done it, or after the answer went out. Whoever set the trap decides what
//! happens meanwhile, for instance that the asking process is killed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::redirect::Policy;
use tokio::sync::oneshot;

use super::merchant::PATIENCE;
use super::shop::{Shop, Step};

/// Where in an exchange a trap springs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request has arrived and is not yet passed on.
    Before,
    /// The platform has answered, and the answer is not yet passed on.
    Applied,
    /// The answer is on its way to the program.
    Answered,
}

/// A request that is held. It goes on when it is let go; with a process that died it is lost.
pub(crate) struct Held(oneshot::Sender<()>);

impl Held {
    /// Lets the exchange go on.
    pub(crate) fn let_go(self) {
        // It may have been given up meanwhile.
        let _ = self.0.send(());
    }
}

/// Waits until a trap has sprung.
pub(crate) async fn sprung(caught: oneshot::Receiver<Held>) -> Held {
    tokio::time::timeout(PATIENCE, caught).await.unwrap().unwrap()
}

struct Trap {
    step: Step,
    /// How many such requests still pass.
    pass: usize,
    moment: Moment,
    sprung: oneshot::Sender<Held>,
}

struct Shared {
    target: String,
    shop: &'static Shop,
    http: reqwest::Client,
    trap: Mutex<Option<Trap>>,
    counts: Mutex<BTreeMap<Step, usize>>,
}

/// A proxy that serves until the test's runtime ends.
pub(crate) struct Gate {
    /// Its address, without a path.
    pub(crate) origin: String,
    shared: Arc<Shared>,
}

impl Gate {
    /// A proxy before `target`, an address without a path.
    pub(crate) async fn start(target: String, shop: &'static Shop) -> Self {
        // Whoever asked is sent on, and goes there alone.
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        let http = http.build().unwrap();
        let shared = Arc::new(Shared {
            target,
            shop,
            http,
            trap: Mutex::default(),
            counts: Mutex::default(),
        });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, shared }
    }

    /// Holds the `nth` request of a kind from now on (from 1) at a moment. One trap at a time.
    pub(crate) fn trap(&self, step: Step, nth: usize, moment: Moment) -> oneshot::Receiver<Held> {
        let (sprung, caught) = oneshot::channel();
        *self.shared.trap.lock().unwrap() = Some(Trap {
            step,
            pass: nth - 1,
            moment,
            sprung,
        });
        caught
    }

    /// Takes a trap away that has not sprung.
    pub(crate) fn forget_trap(&self) {
        *self.shared.trap.lock().unwrap() = None;
    }

    /// How many requests of a kind have come.
    pub(crate) fn count(&self, step: Step) -> usize {
        self.shared
            .counts
            .lock()
            .unwrap()
            .get(&step)
            .copied()
            .unwrap_or_default()
    }
}

impl Shared {
    /// The trap, if this is the request that it waits for.
    fn spring(&self, step: Option<Step>) -> Option<Trap> {
        let step = step?;
        *self.counts.lock().unwrap().entry(step).or_default() += 1;
        let mut place = self.trap.lock().unwrap();
        let trap = place.as_mut().filter(|trap| trap.step == step)?;
        if trap.pass > 0 {
            trap.pass -= 1;
            return None;
        }
        place.take()
    }
}

/// Tells that a request is held, and waits until it is let go. False when it never will be.
async fn hold(sprung: oneshot::Sender<Held>) -> bool {
    let (let_go, gone) = oneshot::channel();
    sprung.send(Held(let_go)).is_err() || gone.await.is_ok()
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let step = shared.shop.step(request.method(), request.uri().path());
    let mut trap = shared.spring(step);
    if let Some(trap) = trap.take_if(|trap| trap.moment == Moment::Before)
        && !hold(trap.sprung).await
    {
        return refused();
    }
    let answer = pass_on(&shared, request).await;
    match trap {
        Some(trap) if trap.moment == Moment::Applied => {
            if hold(trap.sprung).await {
                answer
            } else {
                refused()
            }
        }
        Some(trap) => {
            // The answer is written as soon as this function returns.
            tokio::spawn(hold(trap.sprung));
            answer
        }
        None => answer,
    }
}

async fn pass_on(shared: &Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("accept-encoding");
    let address = format!("{}{}", shared.target, parts.uri);
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let Ok(answer) = shared
        .http
        .request(parts.method, address)
        .headers(headers)
        .body(body)
        .send()
        .await
    else {
        return refused();
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    response.headers_mut().remove("content-length");
    *response.body_mut() = Body::from(answer.bytes().await.unwrap_or_default());
    response
}

/// What nobody receives: the process that asked is dead.
fn refused() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::BAD_GATEWAY;
    response
}
