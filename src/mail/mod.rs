//! E-mails to shop customers: what they say, in Portuguese, and how they leave the house.
//!
//! [`Outgoing::compose`] turns a [`Message`] and its [`MailContext`] into a whole e-mail; a
//! [`Transport`] delivers it over SMTP, or writes it to a folder during development. Nothing here
//! knows the database, the queue, or who may be written to: the job that sends an e-mail decides
//! that, calls this module, and retries or gives up by the [`MailError`].

mod error;
mod file;
mod layout;
mod message;
mod outgoing;
mod render;
mod settings;
mod smtp;
#[cfg(test)]
mod tests;
mod transport;

pub use error::{MailError, RefusedPart};
pub use file::FileTransport;
pub use lettre::{Address, message::Mailbox};
pub use message::{MailContext, Message, MessageClass, PauseCause};
pub use outgoing::{MessageId, Outgoing, parse_address};
pub use render::{Rendered, render};
pub use settings::{MailSettings, MailSettingsError, SmtpSettings, TlsMode, TransportKind};
pub use smtp::SmtpTransport;
pub use transport::Transport;
