//! What the platform's webhooks say: which order an event is about, and nothing that could be trusted more.

use serde_json::value::RawValue;

use super::order::is_id;
use crate::platform::Hook;
use crate::platform::record::Record;
use crate::secrets::sha256_hex;

/// What the names of events about orders begin with. Which follow is not known for sure: each means that the order
/// is to be read again.
const ORDERS: &str = "pedido.";

/// The longest name of an event that is kept.
const LONGEST_EVENT: usize = 80;

/// What a body says. The trial that follows a registration names no order.
pub fn hook(body: &[u8]) -> Hook {
    read(body).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8]) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let record = Record::parse(raw).ok()?;
    let event = record.soft_text("Event")?;
    let external_id = record.id("ModifiedId").filter(|id| is_id(id))?;
    if event.len() > LONGEST_EVENT || !event.to_ascii_lowercase().starts_with(ORDERS) {
        return None;
    }
    let (id, at) = (record.soft_text("Id"), record.soft_text("EventOccurredAt"));
    let told = [id.as_deref(), Some(&event), Some(&external_id), at.as_deref()];
    let told: Vec<&str> = told.into_iter().map(Option::unwrap_or_default).collect();
    let key = sha256_hex(told.join("\u{1f}"));
    Some(Hook::Order {
        external_id,
        event,
        key,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn order(body: &str) -> (String, String) {
        match hook(body.as_bytes()) {
            Hook::Order { external_id, key, .. } => (external_id, key),
            Hook::Nothing => panic!("{body}"),
        }
    }

    #[test]
    fn an_event_names_its_order() {
        let body = r#"{"Id": 88001, "ModifiedId": 1001, "Event": "Pedido.Aprovado", "EventOccurredAt": "2026-01-31T14:20:00"}"#;
        let (id, key) = order(body);
        assert_eq!((id.as_str(), key.len()), ("1001", 64));
        assert_eq!(
            order(body),
            order(&body.replace("88001", "\"88001\"").replace("1001,", "\"1001\","))
        );
        assert_ne!(key, order(&body.replace("14:20", "14:21")).1);
        assert_eq!(order(&body.replace("Pedido.Aprovado", "Pedido.Embrulhado")).0, "1001");
    }

    #[test]
    fn everything_else_is_nothing() {
        for body in [
            r#"{"Id": 88000, "Event": "NotifyURL.Checking", "EventOccurredAt": "2026-01-31T13:00:00"}"#,
            r#"{"Id": 1, "ModifiedId": 7, "Event": "Produto.Alterado"}"#,
            r#"{"Id": 1, "ModifiedId": "../auth", "Event": "Pedido.Pago"}"#,
            r#"{"ModifiedId": 7}"#,
            "[1]",
            "Pedido.Pago",
            "",
            "\u{0}",
        ] {
            assert_eq!(hook(body.as_bytes()), Hook::Nothing, "{body}");
        }
    }
}
