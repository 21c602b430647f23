//! `GET /oauth/callback`: where merchants come back to from a platform's page of consent.
//!
//! A browser comes here, with a state that we gave and a code or an error that the platform gave. Owns what the person
//! in front of it reads when nothing came of it; whoever succeeds is sent on to the frontend, whose address is in the
//! settings and nowhere in the request. What the state and the code are worth, the services know. The composition puts
//! this route beside what `http` answers.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::platform::PlatformError;
use crate::service::consent::{Back, BackError, come_back};

/// What this module answers.
pub fn routes(app: App) -> Router {
    Router::new().route("/oauth/callback", get(back)).with_state(app)
}

/// What the platform adds to the address. All of it is a stranger's.
#[derive(Deserialize)]
struct Came {
    state: Option<String>,
    code: Option<String>,
}

async fn back(State(app): State<App>, came: Result<Query<Came>, QueryRejection>) -> Response {
    let came = came.map(|Query(came)| (came.state.unwrap_or_default(), came.code));
    let (state, code) = came.unwrap_or_default();
    let back = code
        .as_deref()
        .filter(|code| !code.is_empty())
        .map_or(Back::Declined, Back::Code);
    match come_back(&app, &state, back).await {
        Ok(page) => on_to(page.as_str()),
        Err(error) => told(&error),
    }
}

fn on_to(page: &str) -> Response {
    match HeaderValue::from_str(page) {
        Ok(page) => (StatusCode::SEE_OTHER, [(header::LOCATION, page), no_store()]).into_response(),
        Err(_) => told(&BackError::Address),
    }
}

fn no_store() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// What happened, in words for the merchant.
fn told(error: &BackError) -> Response {
    let (status, words) = match error {
        BackError::State => (
            StatusCode::BAD_REQUEST,
            "Este endereço não vale mais: já foi usado, passou do prazo ou não é nosso. Peça a autorização de novo na \
             tela da integração.",
        ),
        BackError::Stale => (
            StatusCode::BAD_REQUEST,
            "A integração mudou ou quem pediu a autorização não pode mais conectá-la. Peça a autorização de novo na \
             tela da integração.",
        ),
        BackError::Declined => (
            StatusCode::OK,
            "A autorização não foi concedida e nada mudou. Se foi um engano, peça a autorização de novo na tela da \
             integração.",
        ),
        BackError::Platform(PlatformError::ConsentNeeded { .. }) => (
            StatusCode::BAD_REQUEST,
            "A plataforma não aceitou o código da autorização: ele dura pouco e serve uma vez. Peça a autorização de \
             novo na tela da integração.",
        ),
        BackError::Platform(PlatformError::Unauthorized { .. }) => (
            StatusCode::BAD_REQUEST,
            "A plataforma não aceitou o Client ID e o Client Secret do aplicativo. Confira os dois na tela da \
             integração e peça a autorização de novo.",
        ),
        BackError::Platform(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "A plataforma não respondeu como esperado e nada mudou. Peça a autorização de novo em alguns minutos.",
        ),
        BackError::Insufficient(PlatformError::Forbidden { .. }) => (
            StatusCode::OK,
            "A autorização foi concedida, mas falta uma permissão (escopo) no aplicativo. Confira os escopos do \
             aplicativo na plataforma e peça a autorização de novo.",
        ),
        BackError::Insufficient(_) => (
            StatusCode::OK,
            "A autorização foi concedida, mas a plataforma recusa o acesso aos pedidos. Veja o motivo na tela da \
             integração.",
        ),
        BackError::Address | BackError::Vault(_) | BackError::Database(_) => {
            tracing::error!(%error, "a consent could not be taken in");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Não foi possível guardar a autorização. Peça a autorização de novo em alguns minutos.",
            )
        }
    };
    (status, [no_store()], words).into_response()
}
