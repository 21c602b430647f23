//! How a job's row becomes its arguments: never with an error.
//!
//! The job library takes an error here for a broken database: it starts the worker again, which meets
//! the same row again, and no other job of the queue is ever done. So a row that cannot be read is a
//! job like any other, whose doing fails. Used by the runner; rows are written by `queue`.

use std::convert::Infallible;
use std::fmt::Display;

use apalis::prelude::Codec;

use crate::queue::{Envelope, Job};

/// A job's arguments, or why its row cannot be read.
pub(super) type Received<J> = Result<Envelope<J>, Unreadable>;

/// Why a row cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the job's row cannot be read: {0}; was it written by a newer version?")]
pub(super) struct Unreadable(String);

impl Unreadable {
    /// Tells where the reading ended, which holds nothing of the row.
    fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

/// Reads JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lenient;

impl<J: Job> Codec<Received<J>> for Lenient {
    type Error = Infallible;
    type Compact = Vec<u8>;

    /// Asked for by the library; rows are written by `queue`.
    fn encode(&self, job: &Received<J>) -> Result<Vec<u8>, Infallible> {
        let row = job.as_ref().ok().and_then(|envelope| serde_json::to_vec(envelope).ok());
        Ok(row.unwrap_or_default())
    }

    fn decode(&self, row: &Vec<u8>) -> Result<Received<J>, Infallible> {
        Ok(serde_json::from_slice(row).map_err(Unreadable::new))
    }
}
