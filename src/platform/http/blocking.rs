//! A streamed body as the blocking source that a parser on a thread of its own reads from.

use std::io::{self, Read};

use futures_util::stream;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::client::StreamedBody;

impl StreamedBody {
    /// The bytes, for a thread that may block (`spawn_blocking`): reading from it on a thread of the runtime panics. A
    /// failure to fetch is an [`io::Error`]. To be called within the runtime.
    pub fn into_blocking(self) -> impl Read + Send {
        let pieces = stream::try_unfold(self, |mut body| async {
            let piece = body.chunk().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>(piece.map(|piece| (piece, body)))
        });
        SyncIoBridge::new(StreamReader::new(Box::pin(pieces)))
    }
}
