//! What the platform's webhooks say, and how they are asked for. They carry a whole order, written otherwise than the API
//! writes it, without a signature; only its number is taken from it. They show the token that they were asked for with, as
//! a bearer and in the body.

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use serde_json::value::RawValue;

use super::answer::accept;
use super::{LojaIntegrada, of_write};
use crate::platform::record::Record;
use crate::platform::{Hook, PlatformError};
use crate::secrets::sha256_hex;

/// Where they are registered; beside the API's other addresses.
const REGISTRY: &str = "/webhooks/v1/pedido";

/// The token that a body shows; whether it is the right one, the caller knows.
pub fn hook_token(body: &[u8]) -> Option<String> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let outer = Record::parse(raw).ok()?;
    let inner = outer.record("data").and_then(|inner| inner.soft_text("token"));
    outer.soft_text("token").or(inner)
}

/// What a body says. Those about products are lists, and nothing here.
pub fn hook(body: &[u8]) -> Hook {
    read(body).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8]) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let outer = Record::parse(raw).ok()?;
    // Some receivers tell of a wrapper.
    let inner = outer.record("data");
    let record = inner.as_ref().unwrap_or(&outer);
    let kind = record.soft_text("tipo");
    let external_id = record.id("numero").filter(|number| is_number(number))?;
    let status = record.record("situacao");
    let code = status.and_then(|status| status.soft_text("codigo")).unwrap_or_default();
    if kind.is_some_and(|kind| kind != "pedido_venda") || code.len() > 60 {
        return None;
    }
    let changed = record.soft_text("data_modificacao").unwrap_or_default();
    let key = sha256_hex([external_id.as_str(), &code, &changed].join("\u{1f}"));
    Some(Hook::Order {
        external_id,
        event: format!("pedido {code}").trim_end().to_owned(),
        key,
    })
}

fn is_number(text: &str) -> bool {
    text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl LojaIntegrada {
    /// Asks for webhooks about orders, with each of which the platform shows this token.
    pub(super) async fn send_hooks_to(&self, url: &str, token: &SecretString) -> Result<(), PlatformError> {
        let body = json!({ "notifyUrl": url, "token": token.expose_secret() });
        let sent = self.api.try_send_once(Method::PUT, REGISTRY, &body).await;
        match sent.map_err(of_write).and_then(|answer| accept("webhooks", answer)) {
            Ok(_) => Ok(()),
            Err(
                PlatformError::Unauthorized { .. } | PlatformError::Expired { .. } | PlatformError::Forbidden { .. },
            ) => Err(PlatformError::Unsupported {
                detail: "Loja Integrada sends webhooks for applications of its partners, and refuses them to this \
                             key; sales are imported regularly as before"
                    .to_owned(),
            }),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_its_order() {
        let body = r#"{"token": "t", "tipo": "pedido_venda", "id": 7700001, "numero": 1001,
            "data_modificacao": "2026-11-01T13:30:00.000Z", "situacao": {"codigo": "pedido_pago", "situacao_alterada": true}}"#;
        let told = hook(body.as_bytes());
        let key = |hook: &Hook| match hook {
            Hook::Order { key, .. } => key.clone(),
            Hook::Nothing => String::new(),
        };
        let expected = Hook::Order {
            external_id: "1001".to_owned(),
            event: "pedido pedido_pago".to_owned(),
            key: key(&told),
        };
        assert_eq!((told.clone(), key(&told).len()), (expected.clone(), 64));
        assert_eq!(
            hook(format!(r#"{{"origin": "x", "data": {body}}}"#).as_bytes()),
            expected
        );
        assert_eq!(hook(body.replace("1001", "\"1001\"").as_bytes()), expected);
        assert_ne!(key(&hook(body.replace("13:30", "13:31").as_bytes())), key(&told));
    }

    #[test]
    fn a_body_shows_its_token() {
        for (body, token) in [
            (r#"{"token": "t", "numero": 1}"#, Some("t")),
            (r#"{"origin": "x", "data": {"token": "t"}}"#, Some("t")),
            (r#"{"token": null}"#, None),
            (r#"[{"token": "t"}]"#, None),
            ("", None),
        ] {
            assert_eq!(hook_token(body.as_bytes()).as_deref(), token, "{body}");
        }
    }

    #[test]
    fn everything_else_is_nothing() {
        for body in [
            r#"[{"id": 1, "numero": 7, "sku": "A"}]"#,
            r#"{"tipo": "produto", "numero": 7}"#,
            r#"{"tipo": "pedido_venda", "numero": "7/../8"}"#,
            r#"{"tipo": "pedido_venda", "id": 7}"#,
            "null",
            "",
        ] {
            assert_eq!(hook(body.as_bytes()), Hook::Nothing, "{body}");
        }
    }
}
