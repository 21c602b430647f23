//! Signatures of webhooks: `sha256=` and the HMAC-SHA256 of the body as it came, in hex. Several platforms sign so.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// Whether a body was signed with this secret. Compared in a time that does not tell how much agrees.
pub fn is_signed(secret: &SecretString, signature: Option<&str>, body: &[u8]) -> bool {
    let given = signature.and_then(|text| text.trim().strip_prefix("sha256="));
    let (Some(given), Ok(mut mac)) = (
        given.and_then(bytes_of),
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()),
    ) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"eventId":"01EXAMPLE","date":"2026-01-31T14:05:00-03:00","version":"v1","event":"order.updated","companyId":"example-company","data":{"id":1001}}"#;
    const SIGNED: &str = "sha256=7b80ea06a6b34eb11d021c8e7405c2ce0755c8e80544842b1bedf695627aa2a5";

    #[test]
    fn a_signature_is_that_of_the_body_and_the_secret() {
        let secret = SecretString::from("example-client-secret");
        assert!(is_signed(&secret, Some(SIGNED), BODY.as_bytes()));
        assert!(is_signed(
            &secret,
            Some(&SIGNED.replace("a2a5", "A2A5")),
            BODY.as_bytes()
        ));
        assert!(!is_signed(
            &SecretString::from("another"),
            Some(SIGNED),
            BODY.as_bytes()
        ));
        assert!(!is_signed(
            &secret,
            Some(SIGNED),
            BODY.replace("1001", "1002").as_bytes()
        ));
        for wrong in [
            "",
            "sha256=",
            "sha256=7b80",
            "sha1=7b80",
            "7b80",
            "sha256=zz",
            "sha256=7",
        ] {
            assert!(!is_signed(&secret, Some(wrong), BODY.as_bytes()), "{wrong}");
        }
        assert!(!is_signed(&secret, None, BODY.as_bytes()));
    }
}
