//! What a merchant types to connect, checked for shape before anything is sent.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use super::Kind;
use crate::platform::{
    bling::Bling,
    jet::Jet,
    loja_integrada::LojaIntegrada,
    magazord, magento,
    tiny::{Tiny, TinyV3},
};

/// The longest value that is taken, in bytes.
const LONGEST: usize = 1024;

/// The credentials of one account, by the keys of its platform's descriptor. Values are hidden
/// from logs.
#[derive(Debug, Clone)]
pub struct Credentials(BTreeMap<String, SecretString>);

/// Why typed credentials cannot be used. Names the field, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialProblem {
    /// The platform has no such credential.
    #[error("'{key}' is not a credential of this platform")]
    Unknown {
        /// The field.
        key: String,
    },
    /// A required credential is missing or blank.
    #[error("'{key}' must be filled in")]
    Missing {
        /// The field.
        key: String,
    },
    /// A credential does not look as it should.
    #[error("'{key}' is not valid: {reason}")]
    Invalid {
        /// The field.
        key: String,
        /// What it should look like.
        reason: String,
    },
}

impl CredentialProblem {
    /// The field at fault.
    pub fn key(&self) -> &str {
        match self {
            Self::Unknown { key } | Self::Missing { key } | Self::Invalid { key, .. } => key,
        }
    }
}

impl Credentials {
    /// Takes what was typed: trims it, drops blank optional fields, checks each field's shape.
    pub fn parse(kind: Kind, typed: BTreeMap<String, String>) -> Result<Self, CredentialProblem> {
        let fields = kind.descriptor().credentials;
        let mut values = BTreeMap::new();
        for (key, value) in typed {
            if !fields.iter().any(|field| field.key == key) {
                return Err(CredentialProblem::Unknown { key });
            }
            let value = value.trim();
            if value.len() > LONGEST || value.chars().any(char::is_control) {
                let reason = format!("it must be one line of at most {LONGEST} characters");
                return Err(CredentialProblem::Invalid { key, reason });
            }
            let value = match (kind, key.as_str()) {
                (Kind::Magazord, magazord::ALIAS) if !value.is_empty() => magazord::parse_alias(value)?,
                (Kind::Bis2Bis, magento::ADDRESS) if !value.is_empty() => magento::parse_address(value)?,
                _ => value.to_owned(),
            };
            if !value.is_empty() {
                values.insert(key, SecretString::from(value));
            }
        }
        if let Some(missing) = fields
            .iter()
            .find(|field| field.required && !values.contains_key(field.key))
        {
            return Err(CredentialProblem::Missing {
                key: missing.key.to_owned(),
            });
        }
        let credentials = Self(values);
        match kind {
            Kind::Magazord => drop(magazord::auth(&credentials)?),
            Kind::LojaIntegrada => drop(LojaIntegrada::auth(&credentials)?),
            Kind::Jet => drop(Jet::access(&credentials)?),
            Kind::Bis2Bis => drop(magento::Access::read(&credentials)?),
            Kind::Tiny => drop(Tiny::token(&credentials)?),
            Kind::TinyV3 => TinyV3::check_shape(&credentials)?,
            Kind::Bling => Bling::check_shape(&credentials)?,
            Kind::SalesApi => {}
        }
        Ok(credentials)
    }

    /// One value.
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.0.get(key)
    }

    /// All values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The plain text to seal. The caller encrypts it at once.
    pub fn to_json(&self) -> SecretString {
        let plain = self
            .0
            .iter()
            .map(|(key, value)| (key.clone(), value.expose_secret().into()))
            .collect();
        SecretString::from(serde_json::Value::Object(plain).to_string())
    }

    /// The way back from [`Credentials::to_json`]. What was stored was checked when it was typed.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        let plain: BTreeMap<String, String> = serde_json::from_str(json)?;
        Ok(Self(
            plain
                .into_iter()
                .map(|(key, value)| (key, SecretString::from(value)))
                .collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Credentials, CredentialProblem> {
        let typed = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Credentials::parse(Kind::Magazord, typed)
    }

    #[test]
    fn credentials_are_trimmed_and_survive_sealing() {
        let parsed = parse(&[
            ("token", " t0k\n"),
            ("alias", "https://Minha-Loja.painel.magazord.com.br/api/"),
        ])
        .unwrap();
        let back = Credentials::from_json(parsed.to_json().expose_secret()).unwrap();
        assert_eq!(back.get("token").unwrap().expose_secret(), "t0k");
        assert_eq!(back.get("alias").unwrap().expose_secret(), "minha-loja");
        assert!(back.get("password").is_none(), "an empty password is allowed");
        assert!(!format!("{parsed:?}").contains("t0k"));
    }

    #[test]
    fn every_problem_names_its_field() {
        for (typed, key) in [
            (&[("token", "t"), ("alias", "x"), ("senha", "s")][..], "senha"),
            (&[("token", "  "), ("alias", "x")], "token"),
            (&[("token", "t")], "alias"),
            (&[("token", "t"), ("alias", "evil.example.com")], "alias"),
            (&[("token", "a\nb"), ("alias", "x")], "token"),
        ] {
            assert_eq!(parse(typed).unwrap_err().key(), key, "{typed:?}");
        }
    }
}
