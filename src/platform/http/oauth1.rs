//! OAuth 1.0a with HMAC-SHA256 and no body of a form: the header of one request.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use url::Url;

use super::encode_segment;

/// The four values that a request is signed with.
#[derive(Debug, Clone)]
pub struct OAuth1 {
    /// Names the integration.
    pub consumer_key: SecretString,
    /// Proves it.
    pub consumer_secret: SecretString,
    /// Names what the shop granted.
    pub token: SecretString,
    /// Proves it.
    pub token_secret: SecretString,
}

impl OAuth1 {
    /// The value of the `Authorization` header for a request, new each time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the other side compares it with its own clock, whatever the program's says"
    )]
    pub(super) fn header(&self, method: &str, url: &Url) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = now.unwrap_or_default().as_secs();
        let nonce = format!("{:032x}", rand::random::<u128>());
        self.signed(method, url, &seconds.to_string(), &nonce)
    }

    fn signed(&self, method: &str, url: &Url, timestamp: &str, nonce: &str) -> String {
        let mut fields = vec![
            ("oauth_consumer_key", self.consumer_key.expose_secret()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", timestamp),
            ("oauth_token", self.token.expose_secret()),
            ("oauth_version", "1.0"),
        ];
        let signature = self.signature(&base_string(method, url, &fields));
        fields.push(("oauth_signature", &signature));
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
            .collect();
        format!("OAuth {}", pairs.join(", "))
    }

    fn signature(&self, base: &str) -> String {
        let key = format!(
            "{}&{}",
            encode(self.consumer_secret.expose_secret()),
            encode(self.token_secret.expose_secret())
        );
        // A key of any length is taken, so that there is always a signature.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
            return String::new();
        };
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// What is signed: the method, the address without its query, and all parameters in the order of their encoded names.
fn base_string(method: &str, url: &Url, fields: &[(&str, &str)]) -> String {
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.extend(fields.iter().map(|(name, value)| (encode(name), encode(value))));
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    format!(
        "{}&{}&{}",
        method.to_uppercase(),
        encode(bare.as_str()),
        encode(&joined.join("&"))
    )
}

/// Percent-encoding of RFC 3986: the unreserved characters stay, dots included.
fn encode(text: &str) -> String {
    encode_segment(text).replace("%2E", ".")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    #[test]
    fn the_base_string_is_that_of_the_standard() {
        // The example of RFC 5849, section 3.4.1, without its form.
        let url: Url = "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
            .parse()
            .unwrap();
        let fields = [("oauth_consumer_key", "9djdj82h48djs9d2"), ("oauth_nonce", "7d8f3e4a")];
        assert_eq!(
            base_string("post", &url, &fields),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26\
             oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"
        );
    }

    #[test]
    fn a_header_holds_everything_but_the_secrets() {
        let keys = OAuth1 {
            consumer_key: "ck".into(),
            consumer_secret: "consumer-secret".into(),
            token: "at".into(),
            token_secret: "token-secret".into(),
        };
        let url: Url = "https://loja.example.com/rest/all/V1/orders".parse().unwrap();
        let header = keys.signed("GET", &url, "1700000000", "abc");
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"ck\", oauth_nonce=\"abc\""),
            "{header}"
        );
        // HMAC-SHA256 of this request, worked out with another program.
        assert!(
            header.contains("oauth_signature=\"EMTCPMpl1UBObOwXPRf0KlXo5NytH1L0bxMK5AIjaoI%3D\""),
            "{header}"
        );
        assert!(!header.contains("secret"), "{header}");
        assert!(!format!("{keys:?}").contains("consumer-secret"));
    }
}
