//! Puts a feed file where a shop would have it: behind an address.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::io::AsyncReadExt;

use crate::feed::{self, FeedItem, FeedLimits};
use crate::platform::http::{Client, HttpSettings, StreamLimits};
use crate::run::listen_anywhere;

/// A feed's address, and the currency that its prices are in.
#[derive(Debug, Clone)]
pub(super) struct HostedFeed {
    /// The address.
    pub(super) url: String,
    /// ISO 4217 code; the demo's store takes it over.
    pub(super) currency: String,
}

/// Hosts a file on loopback; an address is taken as it is.
pub(super) async fn host(source: &str) -> anyhow::Result<HostedFeed> {
    if source.starts_with("http://") || source.starts_with("https://") {
        let beginning = beginning_of_url(source).await?;
        return Ok(HostedFeed {
            url: source.to_owned(),
            currency: currency_of(beginning).await?,
        });
    }
    let path = PathBuf::from(source);
    if !path.is_file() {
        bail!("the feed file {source} does not exist");
    }
    let beginning = beginning_of_file(&path)
        .await
        .with_context(|| format!("the feed file {source} cannot be read"))?;
    let currency = currency_of(beginning).await?;
    let listener = listen_anywhere().await?;
    let url = format!("http://{}/feed.xml", listener.local_addr()?);
    let router = Router::new().route("/feed.xml", get(move || serve(path.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(HostedFeed { url, currency })
}

/// Streams the file, whatever its size.
async fn serve(path: PathBuf) -> Response {
    let Ok(file) = tokio::fs::File::open(path).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let pieces = stream::unfold(file, |mut file| async move {
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(length) => {
                piece.truncate(length);
                Some((Ok::<_, std::io::Error>(piece), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    Body::from_stream(pieces).into_response()
}

/// Bytes that surely hold a feed's first priced item.
const BEGINNING: usize = 512 * 1024;

async fn beginning_of_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = tokio::fs::File::open(path).await?;
    let mut bytes = Vec::new();
    file.take(BEGINNING as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

async fn beginning_of_url(source: &str) -> anyhow::Result<Vec<u8>> {
    let client = Client::new(HttpSettings {
        allow_private: true,
        ..HttpSettings::default()
    })?;
    let limits = StreamLimits {
        max_bytes: 4 << 30,
        max_time: std::time::Duration::from_mins(1),
    };
    let mut body = client.get_stream(&source.parse()?, limits).await?;
    let mut bytes = Vec::new();
    while bytes.len() < BEGINNING
        && let Some(chunk) = body.chunk().await?
    {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The currency of the first product; a merchant knows the shop's.
async fn currency_of(beginning: Vec<u8>) -> anyhow::Result<String> {
    let found = tokio::task::spawn_blocking(move || {
        feed::read(beginning.as_slice(), "BRL", FeedLimits::default()).find_map(|item| match item {
            Ok(FeedItem::Product(product)) => Some(Ok(product.price.currency)),
            Ok(FeedItem::Rejected(_)) => None,
            Err(error) => Some(Err(error)),
        })
    });
    match found.await? {
        Some(currency) => Ok(currency?),
        None => bail!("the feed holds no product that can be used"),
    }
}
