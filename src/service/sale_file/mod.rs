//! Sales in a file: it is sent to an address that was asked for, kept in parts, and read by an import run.
//!
//! The parts are in the database, since processes have no disk in common. What a file says is read by
//! [`read`](mod@read) and registered by `service::order`, as if it had been pushed in. Files of codes come the same way
//! and are read by `service::pool`. Called by the API (a place for a
//! file, an import), by whoever takes files ([`receive`]) and by the worker.

mod begin;
mod import;
mod purge;
mod read;
mod receive;
mod upload;

pub(in crate::service) use begin::head;
pub use begin::{FileRequest, FileSource, ImportFileError, begin_import};
pub use import::{limits, of_run, part, survey_done};
pub use purge::purge;
pub use read::{FileError, FileLimits, Judge, Reader, Refused, Told, survey};
pub(in crate::service) use read::{Lines, date, instant, is_blank, plain, separator_of, split};
pub(in crate::service) use receive::store;
pub use receive::{ReceiveError, Received, receive};
pub use upload::{ADDRESS_HOLDS, UploadRequest, UploadRequestError, create, ticket};
pub(in crate::service) use upload::{MOST_WAITING, Place, insert};
