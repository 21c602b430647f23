//! What the platform's webhooks say: which order an event is about. Signed with the app's secret.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use sha2::Sha256;

use super::order::is_id;
use crate::platform::Hook;
use crate::platform::record::Record;
use crate::secrets::sha256_hex;

/// The header that a body is signed in.
pub const SIGNATURE: &str = "x-bling-signature-256";

/// What the names of events about orders begin with.
const ORDERS: &str = "order.";

/// The longest name of an event that is kept.
const LONGEST_EVENT: usize = 80;

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

/// What a body says.
pub fn hook(body: &[u8]) -> Hook {
    read(body).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8]) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let record = Record::parse(raw).ok()?;
    let event = record.soft_text("event")?;
    if event.len() > LONGEST_EVENT || !event.to_ascii_lowercase().starts_with(ORDERS) {
        return None;
    }
    let external_id = record.record("data")?.id("id").filter(|id| is_id(id))?;
    // The event's own id is the same when it is sent again; without one, what it tells is.
    let key = if let Some(id) = record.soft_text("eventId") {
        sha256_hex(format!("event\u{1f}{id}"))
    } else {
        let date = record.soft_text("date").unwrap_or_default();
        sha256_hex([event.as_str(), &external_id, &date].join("\u{1f}"))
    };
    Some(Hook::Order {
        external_id,
        event,
        key,
    })
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

    #[test]
    fn an_event_names_its_order_and_a_repeat_is_the_same() {
        let Hook::Order {
            external_id,
            event,
            key,
        } = hook(BODY.as_bytes())
        else {
            unreachable!("{BODY}")
        };
        assert_eq!(
            (external_id.as_str(), event.as_str(), key.len()),
            ("1001", "order.updated", 64)
        );
        let again = BODY.replace("14:05", "14:06");
        assert!(matches!(hook(again.as_bytes()), Hook::Order { key: same, .. } if same == key));
        let other = BODY.replace("01EXAMPLE", "02EXAMPLE");
        assert!(matches!(hook(other.as_bytes()), Hook::Order { key: new, .. } if new != key));
    }

    #[test]
    fn everything_else_is_nothing() {
        for body in [
            r#"{"eventId":"1","event":"product.updated","data":{"id":1001}}"#,
            r#"{"eventId":"1","event":"order.updated","data":{"id":"../x"}}"#,
            r#"{"eventId":"1","event":"order.updated"}"#,
            "[]",
            "",
        ] {
            assert_eq!(hook(body.as_bytes()), Hook::Nothing, "{body}");
        }
    }
}
