//! What the platform's webhooks say: which order of which account an event is about. Signed with the app's secret.

use serde_json::value::RawValue;

use super::order::is_id;
use crate::platform::Hook;
use crate::platform::record::Record;
use crate::secrets::sha256_hex;

/// The header that a body is signed in, with the app's secret.
pub const SIGNATURE: &str = "x-bling-signature-256";

/// What the names of events about orders begin with.
const ORDERS: &str = "order.";

/// The longest name of an event that is kept.
const LONGEST_EVENT: usize = 80;

/// What a body says to this account; to any, where it is not known. An app serves every account that consented to it, and
/// its webhooks about all of them come to one address.
pub fn hook(body: &[u8], account: Option<&str>) -> Hook {
    read(body, account).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8], account: Option<&str>) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let record = Record::parse(raw).ok()?;
    let told = record.id("companyId");
    if let (Some(told), Some(account)) = (told, account)
        && told != account
    {
        return None;
    }
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

    #[test]
    fn an_event_names_its_order_and_a_repeat_is_the_same() {
        let Hook::Order {
            external_id,
            event,
            key,
        } = hook(BODY.as_bytes(), None)
        else {
            unreachable!("{BODY}")
        };
        assert_eq!(
            (external_id.as_str(), event.as_str(), key.len()),
            ("1001", "order.updated", 64)
        );
        let again = BODY.replace("14:05", "14:06");
        assert!(matches!(hook(again.as_bytes(), None), Hook::Order { key: same, .. } if same == key));
        let other = BODY.replace("01EXAMPLE", "02EXAMPLE");
        assert!(matches!(hook(other.as_bytes(), None), Hook::Order { key: new, .. } if new != key));
    }

    #[test]
    fn another_account_of_the_app_is_nobody_here() {
        let to = |account| hook(BODY.as_bytes(), account);
        assert_eq!(to(Some("example-company")), to(None));
        assert_eq!(to(Some("another-company")), Hook::Nothing);
        let untold = BODY.replace("companyId", "company");
        assert_eq!(hook(untold.as_bytes(), Some("another-company")), to(None));
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
            assert_eq!(hook(body.as_bytes(), None), Hook::Nothing, "{body}");
        }
    }
}
