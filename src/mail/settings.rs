//! How e-mails leave: the settings, their check at start, and the transport made from them.

use std::{fmt::Display, path::PathBuf, sync::Arc, time::Duration};

use lettre::Address;
use secrecy::SecretString;
use serde::Deserialize;

use super::{FileTransport, SmtpTransport, Transport, parse_address};

/// The settings of outgoing mail. By default nothing is sent; e-mails are written to a folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// Where e-mails go.
    pub transport: TransportKind,
    /// With the `file` transport: the folder that they are written to.
    pub folder: PathBuf,
    /// The sender's address. The sender's name is the store's.
    pub from: String,
    /// With the `smtp` transport: the server.
    pub smtp: SmtpSettings,
}

/// Where e-mails go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// Into a folder.
    File,
    /// To an SMTP server.
    Smtp,
}

/// The SMTP server that takes the e-mails.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must bear.
    pub host: String,
    /// Usually 587 with `starttls`, 465 with `tls`, 25 with `none`.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: TlsMode,
    /// The account's name; empty or absent for a server that asks for none.
    pub username: Option<String>,
    /// The account's password.
    pub password: Option<SecretString>,
    /// How long the delivery of one e-mail may take, in seconds, from 1 to 600.
    pub timeout_seconds: u64,
}

/// How the connection to the SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Not at all. Only for a server on this machine or in a trusted network, without password.
    None,
    /// It begins in the clear and must then be encrypted, or nothing is sent.
    Starttls,
    /// From the first byte.
    Tls,
}

/// What is wrong with the settings, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail.{field}: {problem}")]
pub struct MailSettingsError {
    /// The setting at fault, below `mail`.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            transport: TransportKind::File,
            folder: PathBuf::from("var/mail"),
            from: "nao-responda@fidelidade.invalid".to_owned(),
            smtp: SmtpSettings::default(),
        }
    }
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 587,
            tls: TlsMode::Starttls,
            username: None,
            password: None,
            timeout_seconds: 30,
        }
    }
}

impl MailSettings {
    /// The sender's address.
    ///
    /// # Errors
    /// When `from` is not an e-mail address, or is the placeholder while mail is really sent.
    pub fn sender(&self) -> Result<Address, MailSettingsError> {
        let address = parse_address(&self.from).map_err(|_| {
            error(
                "from",
                "not an e-mail address; give one such as 'nao-responda@example.com'",
            )
        })?;
        if self.transport == TransportKind::Smtp && address.domain().ends_with(".invalid") {
            return Err(error("from", "set the address that your mail server sends for"));
        }
        Ok(address)
    }

    /// Checks the settings and makes the transport.
    ///
    /// # Errors
    /// [`MailSettingsError`] names the first setting that is wrong.
    pub fn build(&self) -> Result<Arc<dyn Transport>, MailSettingsError> {
        self.sender()?;
        match self.transport {
            TransportKind::File if self.folder.as_os_str().is_empty() => {
                Err(error("folder", "name the folder that e-mails are written to"))
            }
            TransportKind::File => Ok(Arc::new(FileTransport::new(&self.folder))),
            TransportKind::Smtp => Ok(Arc::new(SmtpTransport::new(&self.smtp)?)),
        }
    }
}

impl SmtpSettings {
    /// The account, if there is one.
    pub(super) fn account(&self) -> Result<Option<(String, SecretString)>, MailSettingsError> {
        match (self.username.as_deref().filter(|name| !name.is_empty()), &self.password) {
            (Some(_), Some(_)) if self.tls == TlsMode::None && !self.is_local() => Err(error(
                "smtp.tls",
                "the password would travel unencrypted; set 'starttls' or 'tls', or remove username and password",
            )),
            (Some(name), Some(password)) => Ok(Some((name.to_owned(), password.clone()))),
            (Some(_), None) => Err(error("smtp.password", "a username is set, so set the password too")),
            (None, Some(_)) => Err(error("smtp.username", "a password is set, so set the username too")),
            (None, None) => Ok(None),
        }
    }

    /// How long one delivery may take.
    pub(super) fn timeout(&self) -> Result<Duration, MailSettingsError> {
        match self.timeout_seconds {
            1..=600 => Ok(Duration::from_secs(self.timeout_seconds)),
            other => Err(error(
                "smtp.timeout_seconds",
                format!("{other} is not between 1 and 600"),
            )),
        }
    }

    fn is_local(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

/// The error of one setting.
pub(super) fn error(field: &'static str, problem: impl Display) -> MailSettingsError {
    MailSettingsError {
        field,
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    fn settings(value: serde_json::Value) -> MailSettings {
        serde_json::from_value(value).unwrap()
    }

    fn field_at_fault(value: serde_json::Value) -> Option<&'static str> {
        settings(value).build().err().map(|error| error.field)
    }

    #[test]
    fn the_defaults_write_to_a_folder() {
        let defaults = settings(json!({}));
        assert_eq!(defaults.transport, TransportKind::File);
        assert!(defaults.build().is_ok());
    }

    #[test]
    fn unknown_settings_are_refused() {
        assert!(serde_json::from_value::<MailSettings>(json!({ "form": "a@example.com" })).is_err());
        assert!(serde_json::from_value::<MailSettings>(json!({ "smtp": { "hots": "x" } })).is_err());
        assert!(serde_json::from_value::<MailSettings>(json!({ "smtp": { "tls": "ssl" } })).is_err());
    }

    #[test]
    fn each_mistake_is_named() {
        let smtp = |smtp: serde_json::Value| json!({ "transport": "smtp", "from": "a@example.com", "smtp": smtp });
        assert_eq!(field_at_fault(smtp(json!({}))), None);
        assert_eq!(
            field_at_fault(smtp(json!({ "host": "mail.example.com", "tls": "tls", "port": 465 }))),
            None
        );
        assert_eq!(field_at_fault(json!({ "transport": "smtp" })), Some("from"));
        assert_eq!(field_at_fault(json!({ "from": "someone" })), Some("from"));
        assert_eq!(field_at_fault(json!({ "folder": "" })), Some("folder"));
        assert_eq!(field_at_fault(smtp(json!({ "host": " " }))), Some("smtp.host"));
        assert_eq!(field_at_fault(smtp(json!({ "username": "u" }))), Some("smtp.password"));
        assert_eq!(field_at_fault(smtp(json!({ "password": "p" }))), Some("smtp.username"));
        assert_eq!(
            field_at_fault(smtp(json!({ "timeout_seconds": 0 }))),
            Some("smtp.timeout_seconds")
        );
        let clear = json!({ "host": "mail.example.com", "tls": "none", "username": "u", "password": "p" });
        assert_eq!(field_at_fault(smtp(clear)), Some("smtp.tls"));
    }

    #[test]
    fn the_password_is_not_shown() {
        let settings = settings(json!({ "smtp": { "username": "u", "password": "hunter2" } }));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
