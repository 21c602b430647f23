//! A whole e-mail, ready to be handed to a transport, and its form on the wire.
//!
//! The same message and context always give the same bytes: Message-ID, date and the boundary
//! between the parts come from the context, so an e-mail that is sent twice after a crash is
//! recognised as one.

use std::fmt;

use chrono::{DateTime, Utc};
use lettre::{
    Address,
    message::{
        Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use url::Url;

use super::{
    MailError, RefusedPart,
    layout::one_line,
    message::{MailContext, Message},
    render::render,
};

/// The most characters of the sender's name.
const MAX_SENDER_NAME: usize = 80;

/// The most characters of the id inside the boundary, which may have 70 in all.
const MAX_BOUNDARY_ID: usize = 60;

/// An e-mail to one recipient.
#[derive(Clone)]
pub struct Outgoing {
    /// Who receives it.
    pub to: Address,
    /// The installation's sender address under the store's name.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Address>,
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same body as HTML.
    pub html: String,
    /// What mail servers tell repetitions by.
    pub message_id: MessageId,
    /// When the e-mail came to be.
    pub date: DateTime<Utc>,
    /// Where a mail program's "unsubscribe" button sends its POST.
    pub list_unsubscribe: Option<Url>,
}

/// The Message-ID of an e-mail, made from the e-mail's own id: the same id gives the same text, and
/// different ids give different ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId {
    local: String,
    domain: String,
}

/// Reads an address to send from or to.
///
/// # Errors
/// [`MailError::Refused`] when it is not one, or has letters outside ASCII, which many servers
/// cannot deliver.
pub fn parse_address(text: &str) -> Result<Address, MailError> {
    match text.parse() {
        Ok(address) if text.is_ascii() => Ok(address),
        _ => Err(bad_recipient()),
    }
}

impl MessageId {
    /// Makes the Message-ID of the e-mail with this id, sent from an address of this domain.
    pub fn new(mail_id: &str, domain: &str) -> Self {
        Self {
            local: format!("mail-{}", plain(mail_id)),
            domain: plain(domain),
        }
    }

    /// The name of a file for this e-mail, without an ending: the Message-ID without its brackets.
    pub(super) fn file_stem(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}@{}>", self.local, self.domain)
    }
}

impl Outgoing {
    /// Writes a message out and addresses it.
    pub fn compose(message: &Message, context: &MailContext) -> Self {
        let rendered = render(message, context);
        let name = one_line(&context.store_name, MAX_SENDER_NAME);
        Self {
            to: context.to.clone(),
            from: Mailbox::new((!name.is_empty()).then_some(name), context.from.clone()),
            reply_to: context.reply_to.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            message_id: MessageId::new(&context.mail_id, context.from.domain()),
            date: context.date,
            list_unsubscribe: context.unsubscribe_for(message).cloned(),
        }
    }

    /// The e-mail as sent: headers, then text and HTML as alternatives, all in ASCII.
    ///
    /// # Errors
    /// [`MailError::Refused`] when it cannot be written, for instance to an address outside ASCII.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MailError> {
        if !AsRef::<str>::as_ref(&self.to).is_ascii() {
            return Err(bad_recipient());
        }
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::from(self.to.clone()))
            .subject(one_line(&self.subject, usize::MAX))
            .message_id(Some(self.message_id.to_string()))
            .date(self.date.into())
            // Keeps absence notices from answering.
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(Mailbox::from(reply_to.clone()));
        }
        if let Some(url) = &self.list_unsubscribe {
            builder = list_unsubscribe(builder, url);
        }
        let boundary: String = self.message_id.local.chars().take(MAX_BOUNDARY_ID).collect();
        let body = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("=_{boundary}"))
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        let message = builder.multipart(body).map_err(|error| MailError::Refused {
            what: RefusedPart::Message,
            detail: format!("the e-mail cannot be written: {error}"),
        })?;
        Ok(message.formatted())
    }
}

fn bad_recipient() -> MailError {
    MailError::Refused {
        what: RefusedPart::Recipient,
        detail: "the address is not one that mail can be sent to".to_owned(),
    }
}

/// The headers by which mail programs offer an unsubscribe button of their own (RFC 8058).
fn list_unsubscribe(builder: MessageBuilder, url: &Url) -> MessageBuilder {
    builder
        .raw_header(header("List-Unsubscribe", format!("<{url}>")))
        .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
}

/// A header whose value is ASCII without blanks and must arrive as it is.
fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// The text with everything but letters, digits, `-` and `.` replaced by its code, which is safe in
/// a Message-ID and in a file's name and keeps different texts different.
fn plain(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            other => format!("={other:02X}"),
        })
        .collect()
}
