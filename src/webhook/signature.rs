use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// A text that is not a secret of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of the form 'whsec_…'")]
pub struct BadSecret;

/// A secret that a webhook's deliveries are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret of random bytes.
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes.to_vec())
    }

    /// Reads it as receivers are given it.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(BadSecret)?;
        STANDARD.decode(encoded).map(Self).map_err(|_| BadSecret)
    }

    /// As receivers are given it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id, ".", &timestamp.to_string(), ".", body] {
            mac.update(part.as_bytes());
        }
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The header `webhook-signature`: one signature with each secret that is in force, so that a receiver may
/// change from the old to the new one in its own time.
pub fn signatures<'a>(secrets: impl IntoIterator<Item = &'a Secret>, id: &str, timestamp: i64, body: &str) -> String {
    let signed: Vec<String> = secrets
        .into_iter()
        .filter_map(|secret| secret.sign(id, timestamp, body))
        .collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Secret, signatures};

    /// The example of the specification's reference libraries.
    #[test]
    fn signs_as_the_specification_does() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").ok();
        let body = r#"{"test": 2432232314}"#;
        let signed = signatures(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_back_and_hides_itself() {
        let secret = Secret::new([7; 32]);
        assert_eq!(Secret::parse(&secret.reveal()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(Secret::parse("whsec_%").is_err() && Secret::parse("MfKQ").is_err());
        assert_eq!(signatures([&secret, &secret], "a", 1, "b").split(' ').count(), 2);
    }
}
