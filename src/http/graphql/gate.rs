//! The one way from a request to the executor, whatever it came over: limits first, then who is
//! asking, then execution within its time.
//!
//! It is called by the handlers of this folder, and passes headers to the [`Door`] without knowing them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    ErrorExtensionValues, Executor, Request, Response as Answer, ServerError, Variables,
    parser::{self, parse_query, types::OperationType},
};
use axum::http::StatusCode;
use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, BoxStream},
};

use super::{
    super::{
        budget::Budget,
        documents::Documents,
        door::{Caller, Door},
        fault::Fault,
        json::TakesJson,
        request_id::RequestId,
        settings::HttpSettings,
        stream::StreamPlace,
    },
    limits::{self, Cost, Excess, Measured},
    origin::Origin,
    request, respond,
    sockets::Sockets,
};

const MAX_PARSE_MESSAGE: usize = 1000;

/// What the handlers share.
pub(super) struct Gate<E, D> {
    executor: E,
    door: Arc<D>,
    pub(super) settings: Arc<HttpSettings>,
    /// The GraphiQL page.
    pub(super) graphiql: Arc<str>,
    documents: Documents,
    budget: Option<Arc<Budget>>,
    pub(super) sockets: Arc<Sockets>,
}

impl<E: Executor, D> Clone for Gate<E, D> {
    fn clone(&self) -> Self {
        Self {
            executor: self.executor.clone(),
            door: Arc::clone(&self.door),
            settings: Arc::clone(&self.settings),
            graphiql: Arc::clone(&self.graphiql),
            documents: self.documents.clone(),
            budget: self.budget.clone(),
            sockets: Arc::clone(&self.sockets),
        }
    }
}

impl<E: Executor, D: Door> Gate<E, D> {
    pub(super) fn new(
        executor: E,
        door: Arc<D>,
        settings: HttpSettings,
        graphiql: String,
        documents: Documents,
        budget: Option<Arc<Budget>>,
    ) -> Self {
        Self {
            executor,
            door,
            documents,
            budget,
            sockets: Arc::default(),
            settings: Arc::new(settings),
            graphiql: graphiql.into(),
        }
    }

    pub(super) fn door(&self) -> &Arc<D> {
        &self.door
    }

    /// The longest that one request may take.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.settings.request_timeout_seconds)
    }

    /// Parses and measures a request; refuses it with the answer to give. `spent` is the cost of the
    /// operations before it in the same array.
    pub(super) fn measure(&self, request: &mut Request, spent: u64, id: &RequestId) -> Result<Measured, Box<Answer>> {
        let limits = &self.settings.limits;
        let refuse = |error: ServerError, code: &'static str, cost: Option<Cost>| {
            Box::new(respond::complete(
                Answer::from_errors(vec![with_code(error, code)]),
                cost,
                id,
            ))
        };
        let too_much =
            |excess: Excess| refuse(ServerError::new(excess.to_string(), None), excess.code(), excess.cost());
        let persisted = self
            .find_document(request)
            .map_err(|(message, code)| refuse(ServerError::new(message, None), code, None))?;
        // First-party documents are as long as they are.
        if !persisted {
            limits::check_text(&request.query, limits).map_err(too_much)?;
        }
        let document =
            parse_query(&request.query).map_err(|error| refuse(parse_error(error), "GRAPHQL_PARSE_FAILED", None))?;
        request::fill_in_defaults(&document, request);
        let name = request.operation_name.as_deref();
        let introspection = self.settings.introspection;
        let measured = limits::check_document(&document, name, &request.variables, spent, limits, introspection);
        request.set_parsed_query(document);
        measured
            .map(|measured| Measured { persisted, ..measured })
            .map_err(too_much)
    }

    /// Puts in the text of the persisted document that a request names; whether it did. The messages
    /// are those that Apollo's clients know.
    fn find_document(&self, request: &mut Request) -> Result<bool, (&'static str, &'static str)> {
        let Some(id) = request::document_id(request) else {
            return Ok(false);
        };
        match self.documents.get(id) {
            Some(text) if request.query.is_empty() || request.query == *text => {
                text.as_ref().clone_into(&mut request.query);
                Ok(true)
            }
            Some(_) => Err((
                "the text is not that of the persisted document with this id",
                "PERSISTED_QUERY_MISMATCH",
            )),
            // What is sent with its text is executed as it is; nothing is kept at run time.
            None if !request.query.is_empty() => Ok(false),
            None if self.documents.are_kept() => Err(("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")),
            None => Err(("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")),
        }
    }

    /// Finds out who is asking, whether they may ask this and can afford it, and gives the request
    /// what its resolvers need. What comes back tells what is left to them.
    pub(super) async fn enter(
        &self,
        request: &mut Request,
        measured: Measured,
        origin: &Origin,
        id: &RequestId,
    ) -> Result<Measured, Fault> {
        let entry = self.door.enter(&origin.headers, id.as_str()).await?;
        request.data = entry.data;
        request.data.insert(StreamPlace::of(&origin.headers));
        if self.settings.only_persisted && !measured.persisted && !matches!(entry.caller, Caller::Token(_)) {
            let message =
                "users' sessions are answered persisted documents only; programs of partners use an API token";
            return Err(Fault::new(StatusCode::FORBIDDEN, "PERSISTED_DOCUMENTS_ONLY", message));
        }
        let Some(budget) = &self.budget else {
            return Ok(measured);
        };
        let caller = entry.caller.name(&origin.address);
        let with = |balance| Cost {
            balance: Some(balance),
            ..measured.cost
        };
        match budget.charge(&caller, measured.cost.requested, Instant::now()) {
            Ok(balance) => Ok(Measured {
                cost: with(balance),
                ..measured
            }),
            Err(exhausted) => {
                let cost = with(exhausted.balance).to_value().into_json().unwrap_or_default();
                Err(Fault::exhausted(exhausted.retry_after, cost))
            }
        }
    }

    /// Answers a query or mutation that has been measured and let in. Only `respond` can write the answer.
    pub(super) async fn answer(&self, mut request: Request, cost: Cost, id: &RequestId) -> Answer {
        request.data.insert(TakesJson);
        self.execute(request, cost, id).await
    }

    async fn execute(&self, request: Request, cost: Cost, id: &RequestId) -> Answer {
        respond::complete(self.executor.execute(request).await, Some(cost), id)
    }

    /// Executes any operation that has been measured and let in, as a stream of answers.
    pub(super) fn stream(&self, request: Request, measured: Measured, id: RequestId) -> BoxStream<'static, Answer> {
        let gate = self.clone();
        if measured.operation == Some(OperationType::Subscription) {
            let place = StreamPlace::find(&request.data);
            let answers = self.executor.execute_stream(request, None);
            answers
                .take_until(gate.end_of_streams().boxed())
                .map(move |answer| respond::complete(place.mark(answer), Some(measured.cost), &id))
                .boxed()
        } else {
            let answer = async move {
                let answer = tokio::time::timeout(gate.patience(), gate.execute(request, measured.cost, &id)).await;
                answer.unwrap_or_else(|_| {
                    let error = gate.out_of_time().into_error();
                    respond::complete(Answer::from_errors(vec![error]), Some(measured.cost), &id)
                })
            };
            stream::once(answer).boxed()
        }
    }

    /// What a request is told that took too long.
    pub(super) fn out_of_time(&self) -> Fault {
        let message = format!(
            "no answer within {} s. A mutation may have been carried out: repeat it with the same idempotency key",
            self.settings.request_timeout_seconds
        );
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT", message)
    }

    async fn end_of_streams(self) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(self.settings.stream_seconds)) => {}
            () = self.door.closing() => {}
        }
    }
}

/// Whether a document that is kept for later is within the limits, and what it would do; an error says why not.
pub fn within_limits(
    query: &str,
    variables: &Variables,
    settings: &HttpSettings,
) -> Result<Option<OperationType>, String> {
    let limits = &settings.limits;
    limits::check_text(query, limits).map_err(|excess| excess.to_string())?;
    let document = parse_query(query).map_err(|error| parse_error(error).message)?;
    limits::check_document(&document, None, variables, 0, limits, settings.introspection)
        .map(|measured| measured.operation)
        .map_err(|excess| excess.to_string())
}

/// The parser shows the line in question, which can be the whole of a long document.
fn parse_error(error: parser::Error) -> ServerError {
    let mut error = ServerError::from(error);
    if error.message.len() > MAX_PARSE_MESSAGE {
        "the document is not GraphQL where 'locations' says".clone_into(&mut error.message);
    }
    error
}

fn with_code(mut error: ServerError, code: &'static str) -> ServerError {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code);
    error
}
