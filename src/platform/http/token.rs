//! One exchange with a platform's token address, in its turn: all of this installation's calls of it are counted
//! together, since platforms block the address that they come from.

use std::sync::Arc;

use reqwest::header::HeaderMap;

use super::retry::retry_after;
use super::{AccountKey, Client, FetchError, Pacer};
use crate::platform::PlatformError;
use crate::platform::consent::{ConsentApp, Grant, Granted};
use crate::secrets::sha256_hex;

/// How long nobody asks the token address after it refused for too many requests and did not say for how long.
const REST: std::time::Duration = std::time::Duration::from_mins(10);

/// Exchanges a code or a refresh token for tokens, once.
///
/// # Errors
/// [`PlatformError::ConsentNeeded`] when the platform does not know what was shown; [`PlatformError::Unknown`] when the
/// answer was lost, so that what was shown may have been used up; otherwise nothing was used up.
pub async fn exchange_token(
    client: &Client,
    pacer: &Arc<dyn Pacer>,
    app: &ConsentApp,
    grant: Grant<'_>,
) -> Result<Granted, PlatformError> {
    let account = AccountKey(sha256_hex(format!("token address\0{}", app.token_url)));
    let permit = pacer
        .acquire(&account, &app.limits)
        .await
        .map_err(|error| FetchError::from(error).of_read())?;
    let answer = post(client, app, grant).await;
    pacer.release(&account, permit).await;
    let answer = answer.map_err(FetchError::of_write)?;
    let asked = retry_after(&answer.headers);
    let read = app.read(&answer, asked);
    if let Err(PlatformError::RateLimited { .. }) = &read {
        pacer.penalize(&account, asked.unwrap_or(REST)).await;
    }
    read
}

async fn post(client: &Client, app: &ConsentApp, grant: Grant<'_>) -> Result<super::Answer, FetchError> {
    let (pairs, body) = app.request(grant);
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let mut value: reqwest::header::HeaderValue = value.parse().map_err(|_| FetchError::Credential)?;
        value.set_sensitive(name == "authorization");
        headers.insert(name, value);
    }
    client.post_once(&app.token_url, headers, body.into_bytes()).await
}
