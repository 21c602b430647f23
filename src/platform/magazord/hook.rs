//! What the platform's webhooks say: which order they are about, and nothing that could be trusted more. Whom they are sent
//! to is set in the panel, and perhaps they are signed with a secret that the panel knows; where the merchant does not
//! tell it, the address that only the panel knows serves as well.

use serde_json::value::RawValue;

use super::fields::Record;
use super::page::digest;
use crate::platform::Hook;

/// The header that a body is signed in, with the secret of whoever is told.
pub const SIGNATURE: &str = "x-zord-signature-256";

/// The longest key of an order that is asked for.
const LONGEST: usize = 40;

/// What a body says: an order as its detail has it, or the newer form that only names it.
pub fn hook(body: &[u8]) -> Hook {
    read(body).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8]) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let outer = Record::read(raw).ok()?;
    let inner = outer.raw("data").and_then(|raw| Record::read(raw).ok());
    [inner.as_ref(), Some(&outer)].into_iter().flatten().find_map(told)
}

fn told(record: &Record<'_>) -> Option<Hook> {
    let text = |field: &str| record.text_or_none(field).unwrap_or_default();
    let (code, event) = match record.text_or_none("resourceId") {
        Some(id) => {
            let what = text("resourceType").to_lowercase();
            let is_order = what.contains("pedido") || what.contains("order");
            (Some(id).filter(|_| is_order)?, "pedido".to_owned())
        }
        None => (
            record.text_or_none("codigo")?,
            format!("pedido {}", record.integer("pedidoSituacao").ok()??),
        ),
    };
    let changed = text("dataHoraUltimaAlteracaoSituacao");
    let key = digest(
        &[&code, &event, &changed, &text("eventDate"), &text("valorTotal")].map(String::as_str),
        64,
    );
    is_key(&code).then_some(Hook::Order {
        external_id: code,
        event,
        key,
    })
}

fn is_key(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() <= LONGEST && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn order(body: &str) -> (String, String, String) {
        match hook(body.as_bytes()) {
            Hook::Order {
                external_id,
                event,
                key,
            } => (external_id, event, key),
            Hook::Nothing => panic!("{body}"),
        }
    }

    #[test]
    fn both_forms_name_their_order() {
        let body = r#"{"id": 9001, "codigo": "0010001000001", "dataHora": "2026-01-20 14:05:09-03", "pedidoSituacao": 4,
            "valorTotal": "182.00", "cupomCodigo": "FIDEL-0001", "arrayPedidoRastreio": []}"#;
        let (code, event, key) = order(body);
        assert_eq!(
            (code.as_str(), event.as_str(), key.len()),
            ("0010001000001", "pedido 4", 64)
        );
        assert_eq!(order(&format!(r#"{{"data": {body}}}"#)).2, key);
        assert_ne!(
            order(&body.replace("\"pedidoSituacao\": 4", "\"pedidoSituacao\": \"8\"")).2,
            key
        );
        let thin = r#"{"resourceId": 9001, "resourceType": "Pedido", "eventDate": "2026-01-20T17:05:09Z"}"#;
        assert_eq!(order(thin).0, "9001");
        assert_ne!(order(thin).2, order(&thin.replace("09Z", "10Z")).2);
    }

    #[test]
    fn everything_else_is_nothing() {
        for body in [
            r#"{"resourceId": 9001, "resourceType": "produto", "eventDate": "2026-01-20T17:05:09Z"}"#,
            r#"{"codigo": "SKU-1", "nome": "Camiseta"}"#,
            r#"{"codigo": "../pessoa/1", "pedidoSituacao": 4}"#,
            r#"{"codigo": "123456789012345678901234567890123456789012", "pedidoSituacao": 4}"#,
            r#"[{"codigo": "1", "pedidoSituacao": 4}]"#,
            "",
            "\u{0}",
        ] {
            assert_eq!(hook(body.as_bytes()), Hook::Nothing, "{body}");
        }
    }
}
