//! `PUT /uploads/{ticket}`: takes a file of sales or of codes, as a stream.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::refuse;
use crate::app::App;
use crate::service::sale_file::{self, ReceiveError, Received};

/// What this module answers.
pub(super) fn routes(app: App) -> Router {
    Router::new().route("/uploads/{ticket}", put(upload)).with_state(app)
}

async fn upload(State(app): State<App>, Path(ticket): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let patience = Duration::from_secs(app.config.uploads.idle_seconds);
    // A sender who stands still holds nothing for long.
    let pieces = stream::unfold(body.into_data_stream(), async |mut body| {
        match tokio::time::timeout(patience, body.next()).await {
            Ok(None) => None,
            Ok(Some(piece)) => Some((piece.map_err(|error| error.to_string()), body)),
            Err(_) => Some((Err("nothing was sent for too long".to_owned()), body)),
        }
    });
    match sale_file::receive(&app, &ticket, length, std::pin::pin!(pieces)).await {
        Ok(received) => taken(&received),
        Err(error) => refused(&error),
    }
}

fn taken(file: &Received) -> Response {
    let body = json!({ "uploadId": file.upload, "bytes": file.bytes, "sha256": file.sha256 });
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

fn refused(error: &ReceiveError) -> Response {
    let (status, code) = match error {
        ReceiveError::NoSuch => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        ReceiveError::HasFile { .. } => (StatusCode::CONFLICT, "CONFLICT"),
        ReceiveError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "FILE_TOO_LARGE"),
        ReceiveError::Empty => (StatusCode::BAD_REQUEST, "INVALID"),
        ReceiveError::Foreign(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_A_SALES_FILE"),
        ReceiveError::NoCodes(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_A_CODES_FILE"),
        ReceiveError::CutShort(_) => (StatusCode::REQUEST_TIMEOUT, "CUT_SHORT"),
        ReceiveError::Database(error) => {
            tracing::error!(%error, "a file could not be stored");
            return refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "the file could not be stored now; send it again to the same address",
            );
        }
    };
    refuse(status, code, &error.to_string())
}
