//! Sends e-mails to an SMTP server.
//!
//! The commands are given one by one, and not through the mail library's own transport, for three
//! reasons: a refusal says something about the recipient only when it answers the recipient's
//! command (a wrong password of ours must not make a customer's address a bad one); one deadline
//! covers the whole delivery; and a connection whose delivery was cut short is never used again,
//! since its late answers would be taken for those of the next e-mail.

#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, TlsParameters},
    commands::{Data, Mail, Rcpt},
    extension::ClientId,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::{
    MailError, MailSettingsError, Outgoing, RefusedPart, SmtpSettings, TlsMode, Transport, layout::one_line, settings,
};

/// How long an unused connection is worth keeping; servers close theirs after a few minutes.
const KEEP_IDLE: Duration = Duration::from_secs(30);

/// How many unused connections are kept.
const MAX_IDLE: usize = 4;

/// How long to wait for a server's goodbye after a failed delivery.
const GOODBYE: Duration = Duration::from_secs(2);

/// The most characters of a server's answer that are passed on.
const MAX_DETAIL: usize = 200;

/// Sends e-mails to one SMTP server. Connections are used again while e-mails follow one another.
pub struct SmtpTransport {
    host: String,
    port: u16,
    encryption: Encryption,
    account: Option<(String, SecretString)>,
    timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

enum Encryption {
    None,
    Starttls(TlsParameters),
    Tls(TlsParameters),
}

/// A connection between two deliveries.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Whom a server's refusal is about.
#[derive(Clone, Copy)]
enum Stage {
    /// Greeting, encryption, sign-on, sender: about us.
    Opening,
    /// The recipient.
    Recipient,
    /// The message.
    Content,
}

impl SmtpTransport {
    /// Makes the transport without connecting yet.
    ///
    /// # Errors
    /// [`MailSettingsError`] names the first setting that is wrong.
    pub fn new(smtp: &SmtpSettings) -> Result<Self, MailSettingsError> {
        let host = smtp.host.trim().to_owned();
        if host.is_empty() {
            return Err(settings::error("smtp.host", "name the mail server"));
        }
        let parameters =
            || TlsParameters::new(host.clone()).map_err(|error| settings::error("smtp.host", error.to_string()));
        Ok(Self {
            encryption: match smtp.tls {
                TlsMode::None => Encryption::None,
                TlsMode::Starttls => Encryption::Starttls(parameters()?),
                TlsMode::Tls => Encryption::Tls(parameters()?),
            },
            host,
            port: smtp.port,
            account: smtp.account()?,
            timeout: smtp.timeout()?,
            idle: Mutex::default(),
        })
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, MailError> {
        if let Some(connection) = self.idle_connection().await {
            return Ok(connection);
        }
        self.connect().await.map_err(|error| failure(Stage::Opening, &error))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let wrapper = match &self.encryption {
            Encryption::Tls(parameters) => Some(parameters.clone()),
            Encryption::None | Encryption::Starttls(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        // The server's name may have several addresses, tried in turn: leave time for the others.
        let patience = Some(self.timeout / 3);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, patience, &name, wrapper, None).await?;
        if let Encryption::Starttls(parameters) = &self.encryption {
            connection.starttls(parameters.clone(), &name).await?;
        }
        if let Some((username, password)) = &self.account {
            let credentials = Credentials::new(username.clone(), password.expose_secret().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await?;
        }
        Ok(connection)
    }

    /// An unused connection that still answers. It is taken out: only a delivery that went well
    /// puts it back.
    async fn idle_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let Idle { mut connection, since } = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < KEEP_IDLE && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(Idle {
                connection,
                since: Instant::now(),
            });
        }
    }

    async fn within_deadline<T>(
        &self,
        deadline: Instant,
        step: impl Future<Output = Result<T, MailError>>,
    ) -> Result<T, MailError> {
        timeout(deadline.saturating_duration_since(Instant::now()), step)
            .await
            .unwrap_or_else(|_| {
                Err(MailError::Unavailable {
                    detail: format!(
                        "the mail server has not taken the e-mail within {} s",
                        self.timeout.as_secs()
                    ),
                })
            })
    }
}

#[async_trait]
impl Transport for SmtpTransport {
    async fn send(&self, mail: &Outgoing) -> Result<(), MailError> {
        let bytes = mail.to_bytes()?;
        let deadline = Instant::now() + self.timeout;
        let mut connection = self.within_deadline(deadline, self.open()).await?;
        let result = self
            .within_deadline(deadline, deliver(&mut connection, mail, &bytes))
            .await;
        if result.is_ok() {
            self.keep(connection);
        } else {
            // Courtesy only: the connection is closed by being dropped.
            let _ = timeout(GOODBYE, connection.abort()).await;
        }
        result
    }
}

async fn deliver(connection: &mut AsyncSmtpConnection, mail: &Outgoing, bytes: &[u8]) -> Result<(), MailError> {
    let at = |stage| move |error: Error| failure(stage, &error);
    connection
        .command(Mail::new(Some(mail.from.email.clone()), vec![]))
        .await
        .map_err(at(Stage::Opening))?;
    connection
        .command(Rcpt::new(mail.to.clone(), vec![]))
        .await
        .map_err(at(Stage::Recipient))?;
    connection.command(Data).await.map_err(at(Stage::Content))?;
    connection.message(bytes).await.map_err(at(Stage::Content))?;
    Ok(())
}

/// What a failed command means for the e-mail.
fn failure(stage: Stage, error: &Error) -> MailError {
    let answer = error.to_string();
    // Answers often repeat the address, which belongs in no log.
    let words: Vec<_> = answer
        .split_whitespace()
        .map(|word| if word.contains('@') { "<address>" } else { word })
        .collect();
    let detail = one_line(&words.join(" "), MAX_DETAIL);
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    // Some servers ask for encryption or a password only here; that is no fault of the e-mail.
    let about_us = matches!(code.as_str(), "530" | "534" | "535" | "538");
    // 5.7 is policy: "relaying denied", "blocked". It says nothing about the mailbox.
    let policy = words.iter().any(|word| word.starts_with("5.7."));
    let what = match stage {
        Stage::Recipient if !policy => RefusedPart::Recipient,
        Stage::Recipient | Stage::Content => RefusedPart::Message,
        Stage::Opening => return MailError::Unavailable { detail },
    };
    if error.is_permanent() && !about_us {
        MailError::Refused { what, detail }
    } else {
        MailError::Unavailable { detail }
    }
}
