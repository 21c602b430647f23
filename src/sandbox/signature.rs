//! How platforms sign webhooks: `sha256=` and the HMAC-SHA256 of the body, in hex.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The signature of a body with a secret.
pub(super) fn of(body: &str, secret: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body.as_bytes());
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}
