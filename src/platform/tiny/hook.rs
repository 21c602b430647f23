//! What the platform's webhooks say: which order of which account, and nothing that could be trusted more.
//!
//! They bear no signature, so the account's own number is looked at besides the address that they came to.

use serde_json::value::RawValue;

use super::order::is_id;
use crate::platform::Hook;
use crate::platform::record::Record;
use crate::secrets::sha256_hex;

/// The kinds that tell of orders.
const ORDERS: [&str; 2] = ["inclusao_pedido", "atualizacao_pedido"];

/// What a body says to the account with this CNPJ or CPF; to any account, where it is not known.
pub fn hook(body: &[u8], account: Option<&str>) -> Hook {
    read(body, account).unwrap_or(Hook::Nothing)
}

fn read(body: &[u8], account: Option<&str>) -> Option<Hook> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    let record = Record::parse(raw).ok()?;
    let event = record
        .soft_text("tipo")
        .filter(|kind| ORDERS.contains(&kind.as_str()))?;
    let document = record.soft_text("cnpj")?;
    let account = account.map(bare).filter(|account| is_document(account));
    if account.is_some_and(|account| !is_of(&document, &account)) {
        return None;
    }
    let told = record.record("dados")?;
    let external_id = told.id("id").filter(|id| is_id(id))?;
    // There is no id of the event: what it tells of the order stands for it.
    let parts = [
        Some(event.clone()),
        Some(external_id.clone()),
        told.soft_text("codigoSituacao"),
        told.soft_text("idNotaFiscal"),
    ];
    let parts: Vec<String> = parts.into_iter().map(Option::unwrap_or_default).collect();
    Some(Hook::Order {
        external_id,
        event,
        key: sha256_hex(parts.join("\u{1f}")),
    })
}

/// What is known of the account may be a word of ours, where the platform did not tell its number.
fn is_document(account: &str) -> bool {
    account.len() >= 11 && account.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a document, of which a part may be masked, is the account's: what stands before the first masked
/// character begins the account's, what stands after the last one ends it.
fn is_of(told: &str, account: &str) -> bool {
    const MASKS: [char; 4] = ['*', '#', '\u{2022}', '?'];
    let first = told.find(MASKS);
    let Some((first, last)) = first.zip(told.rfind(MASKS)) else {
        let told = bare(told);
        // As a number it lost the zeros that it begins with.
        return told == account || (is_shorter(&told, account) && told == account.trim_start_matches('0'));
    };
    let (head, tail) = told.split_at(first);
    let tail = tail.get(last - first..).unwrap_or_default();
    let (head, tail) = (bare(head), bare(tail.trim_start_matches(MASKS)));
    head.len() + tail.len() <= account.len() && account.starts_with(&head) && account.ends_with(&tail)
}

fn is_shorter(told: &str, account: &str) -> bool {
    told.len() < account.len() && !told.is_empty()
}

/// A CNPJ or CPF without its points, dashes and slashes; letters in capitals.
pub(super) fn bare(document: &str) -> String {
    let kept = document.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    const BODY: &str = r#"{"versao": "1.0.0", "cnpj": "11222333000181", "tipo": "atualizacao_pedido",
        "dados": {"id": 1001, "numero": "501", "codigoSituacao": "entregue", "idNotaFiscal": null}}"#;

    fn order(body: &str, account: Option<&str>) -> (String, String) {
        match hook(body.as_bytes(), account) {
            Hook::Order { external_id, key, .. } => (external_id, key),
            Hook::Nothing => panic!("{body}"),
        }
    }

    #[test]
    fn an_event_names_its_order() {
        let (id, key) = order(BODY, Some("11222333000181"));
        assert_eq!((id.as_str(), key.len()), ("1001", 64));
        assert_eq!(order(&BODY.replace("1001", "\"1001\""), None), order(BODY, None));
        assert_ne!(key, order(&BODY.replace("entregue", "cancelado"), None).1);
        assert_eq!(order(&BODY.replace("atualizacao", "inclusao"), None).0, "1001");
        let bare = r#"{"cnpj": "1", "tipo": "inclusao_pedido", "dados": {"id": "7"}}"#;
        assert_eq!(order(bare, None).0, "7", "nothing else has to be there");
    }

    #[test]
    fn everything_else_is_nothing() {
        for body in [
            &BODY.replace("atualizacao_pedido", "estoque"),
            &BODY.replace("1001", "\"../x\""),
            &BODY.replace("cnpj", "cpf"),
            r#"{"cnpj": "1", "tipo": "inclusao_pedido"}"#,
            "[1]",
            "atualizacao_pedido",
            "",
            "\u{0}",
        ] {
            assert_eq!(hook(body.as_bytes(), None), Hook::Nothing, "{body}");
        }
    }

    #[test]
    fn the_account_is_compared_as_far_as_it_is_shown() {
        for (told, account, is_it) in [
            ("11222333000181", "11222333000181", true),
            ("11.222.333/0001-81", "11222333000181", true),
            ("11222333000262", "11222333000181", false),
            ("11.222.***/****-81", "11222333000181", true),
            ("**.***.***/0001-81", "11222333000181", true),
            ("***81", "11222333000181", true),
            ("***82", "11222333000181", false),
            ("12.***.***/****-81", "11222333000181", false),
            ("**************", "11222333000181", true),
            ("12ABC34501DE35", "12.abc.345/01DE-35", true),
            ("12ABC34501DE35", "12ABC34501DE99", false),
            ("1222333000181", "01222333000181", true),
            ("222333000181", "11222333000181", false),
            ("", "11222333000181", false),
            ("11222333000262", "default", true),
        ] {
            let body = BODY.replace("11222333000181", told);
            let taken = hook(body.as_bytes(), Some(account)) != Hook::Nothing;
            assert_eq!(taken, is_it, "{told} for {account}");
        }
    }
}
