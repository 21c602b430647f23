//! GraphQL over HTTP: the handlers of `/graphql`, by the GraphQL-over-HTTP specification.
//!
//! A handler reads what is asked (`request`), in which form the answer is wanted (`negotiate`),
//! passes the operation through the gate (`gate`, `limits`) and writes the answer (`respond`, `sse`,
//! `ws`). No handler knows what the schema holds.

mod gate;
mod graphiql;
mod limits;
mod negotiate;
mod origin;
mod request;
mod respond;
mod sockets;
mod sse;
mod ws;

pub use gate::within_limits;

use std::sync::Arc;

use async_graphql::{Executor, Request, Response as Answer, parser::types::OperationType};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, Uri},
    response::Response,
    routing::{MethodRouter, get},
};
use tokio::time::timeout;

use self::{
    gate::Gate,
    limits::Measured,
    negotiate::{Accepted, MediaType},
    origin::Origin,
    request::Asked,
};
use super::{
    budget::Budget, documents::Documents, door::Door, fault::Fault, pages::Pages, request_id::RequestId,
    settings::HttpSettings,
};

const ADDRESS: &str = "/graphql";
const SOCKET_ADDRESS: &str = "/graphql/ws";

pub(super) fn routes<E: Executor, D: Door>(
    executor: E,
    door: Arc<D>,
    settings: HttpSettings,
    pages: &Pages,
    documents: Documents,
    budget: Option<Arc<Budget>>,
) -> Router {
    let body_limit = DefaultBodyLimit::max(settings.max_body_bytes);
    let gate = Gate::new(executor, door, settings, graphiql::page(pages), documents, budget);
    let graphql = MethodRouter::new()
        .get(answer_get::<E, D>)
        .post(answer_post::<E, D>)
        .layer(body_limit);
    Router::new()
        .route(ADDRESS, graphql)
        .route(SOCKET_ADDRESS, get(ws::upgrade::<E, D>))
        .with_state(gate)
}

async fn answer_post<E: Executor, D: Door>(
    State(gate): State<Gate<E, D>>,
    id: RequestId,
    origin: Origin,
    request: axum::extract::Request,
) -> Response {
    let accepted = Accepted::of(&origin.headers);
    let answered = post(&gate, accepted, &origin, &id, request).await;
    answered.unwrap_or_else(|fault| fault.into_response(accepted.json_or_default().content_type(), &id))
}

async fn post<E: Executor, D: Door>(
    gate: &Gate<E, D>,
    accepted: Accepted,
    origin: &Origin,
    id: &RequestId,
    request: axum::extract::Request,
) -> Result<Response, Fault> {
    request::insist_on_json(&origin.headers)?;
    let limit = gate.settings.max_body_bytes;
    let Ok(body) = timeout(gate.patience(), request::read_body(request, limit)).await else {
        let message = "the body did not arrive in time";
        return Err(Fault::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", message));
    };
    match request::from_body(&body?, &gate.settings.limits)? {
        Asked::One(mut request) => {
            let measured = gate.measure(&mut request, 0, id);
            one(gate, accepted, origin, id, *request, measured).await
        }
        Asked::Many(requests) => many(gate, accepted, origin, id, requests).await,
    }
}

async fn answer_get<E: Executor, D: Door>(
    State(gate): State<Gate<E, D>>,
    id: RequestId,
    uri: Uri,
    origin: Origin,
) -> Response {
    let accepted = Accepted::of(&origin.headers);
    if gate.settings.graphiql && accepted.page {
        return graphiql::answer(&gate.graphiql);
    }
    let answered = get_query(&gate, accepted, &origin, &id, &uri).await;
    answered.unwrap_or_else(|fault| fault.into_response(accepted.json_or_default().content_type(), &id))
}

async fn get_query<E: Executor, D: Door>(
    gate: &Gate<E, D>,
    accepted: Accepted,
    origin: &Origin,
    id: &RequestId,
    uri: &Uri,
) -> Result<Response, Fault> {
    let read = request::from_address(uri);
    // A persisted document's id says nothing in a proxy's log; a document's text may.
    let by_id = read.as_ref().is_ok_and(|request| request.query.is_empty());
    if !gate.settings.get_queries && !by_id {
        let message = "send operations with POST; by GET only persisted documents are asked for, by their id";
        return Err(Fault::method("POST", message));
    }
    let mut request = read?;
    let measured = gate.measure(&mut request, 0, id);
    if let Ok(Measured {
        operation: Some(OperationType::Mutation),
        ..
    }) = measured
    {
        // A link or an image can cause a GET, so a GET must never change anything.
        return Err(Fault::method("POST", "send mutations with POST"));
    }
    one(gate, accepted, origin, id, request, measured).await
}

async fn one<E: Executor, D: Door>(
    gate: &Gate<E, D>,
    accepted: Accepted,
    origin: &Origin,
    id: &RequestId,
    mut request: Request,
    measured: Result<Measured, Box<Answer>>,
) -> Result<Response, Fault> {
    let form = form(accepted, measured.as_ref().ok().and_then(|measured| measured.operation))?;
    let measured = match measured {
        Ok(measured) => measured,
        Err(answer) => {
            let media = match form {
                Form::Json(media) => media,
                // A stream that does not begin is told by its status.
                Form::Events => MediaType::GraphQlResponse,
            };
            return Ok(respond::one(&answer, media));
        }
    };
    let execution = async {
        let measured = gate.enter(&mut request, measured, origin, id).await?;
        Ok(match form {
            Form::Events => sse::respond(gate.stream(request, measured, id.clone())),
            Form::Json(media) => {
                let answer = gate.answer(request, measured.cost, id).await;
                if origin.is_get && measured.persisted {
                    respond::cacheable(&answer, media, &origin.headers)
                } else {
                    respond::one(&answer, media)
                }
            }
        })
    };
    timeout(gate.patience(), execution)
        .await
        .unwrap_or_else(|_| Err(gate.out_of_time()))
}

/// Operations of an array are carried out one after another, so that mutations keep their order.
async fn many<E: Executor, D: Door>(
    gate: &Gate<E, D>,
    accepted: Accepted,
    origin: &Origin,
    id: &RequestId,
    mut requests: Vec<Request>,
) -> Result<Response, Fault> {
    let Some(media) = accepted.json else {
        return Err(not_acceptable("an array of operations is answered as JSON"));
    };
    let mut spent = 0_u64;
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in &mut requests {
        let measured = gate.measure(request, spent, id);
        if let Ok(Measured { cost, .. }) = &measured {
            spent = spent.saturating_add(cost.requested);
        }
        outcomes.push(measured);
    }
    let execution = async {
        let mut answers = Vec::with_capacity(requests.len());
        for (mut request, measured) in requests.into_iter().zip(outcomes) {
            answers.push(match measured {
                Ok(measured) => match gate.enter(&mut request, measured, origin, id).await {
                    Ok(measured) => gate.answer(request, measured.cost, id).await,
                    // What was carried out before it must still be told.
                    Err(fault) if !answers.is_empty() => {
                        respond::complete(Answer::from_errors(vec![fault.into_error()]), Some(measured.cost), id)
                    }
                    Err(fault) => return Err(fault),
                },
                Err(answer) => *answer,
            });
        }
        Ok(respond::many(&answers, media))
    };
    timeout(gate.patience(), execution)
        .await
        .unwrap_or_else(|_| Err(gate.out_of_time()))
}

enum Form {
    Json(MediaType),
    Events,
}

/// The form of an answer: events for subscriptions, and for other operations only where the caller
/// takes nothing else.
fn form(accepted: Accepted, operation: Option<OperationType>) -> Result<Form, Fault> {
    match (operation, accepted.json) {
        (Some(OperationType::Subscription), _) if accepted.events => Ok(Form::Events),
        (Some(OperationType::Subscription), _) => Err(not_acceptable(
            "subscriptions are answered as 'accept: text/event-stream', or over the WebSocket at /graphql/ws",
        )),
        (_, Some(media)) => Ok(Form::Json(media)),
        (_, None) if accepted.events => Ok(Form::Events),
        (_, None) => Err(not_acceptable(
            "answers are 'application/graphql-response+json' or 'application/json'",
        )),
    }
}

fn not_acceptable(message: &'static str) -> Fault {
    Fault::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}
