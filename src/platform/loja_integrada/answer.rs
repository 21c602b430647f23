//! What the platform's refusals mean.
//!
//! Error bodies have half a dozen shapes, and none is documented: all are flattened into one line
//! of text, from which expired credentials, missing permissions and duplicate codes are told apart.
//! Knows nothing of what was asked beyond the resource's name.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::platform::http::{Answer, snippet};
use crate::platform::{PlatformError, RefusalReason};

/// Keys that only wrap a message; every other key is a field's name and worth telling.
const WRAPPERS: [&str; 9] = [
    "detail",
    "message",
    "message_complete",
    "error",
    "error_message",
    "errors",
    "error_response",
    "general_errors",
    "validation_errors",
];

/// Lets success through and turns everything else into its error.
pub(super) fn accept(resource: &str, answer: Answer) -> Result<Answer, PlatformError> {
    if answer.status.is_success() {
        Ok(answer)
    } else {
        Err(refusal(resource, &answer))
    }
}

/// The error that an unsuccessful answer stands for.
pub(super) fn refusal(resource: &str, answer: &Answer) -> PlatformError {
    let detail = detail(answer);
    let words = folded(&detail);
    let resource = resource.to_owned();
    match answer.status {
        StatusCode::UNAUTHORIZED if speaks_of_expiry(&words) => PlatformError::Expired { detail },
        StatusCode::UNAUTHORIZED if !words.contains("acesso negado") && !words.contains("permiss") => {
            PlatformError::Unauthorized { detail }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PlatformError::Forbidden { resource, detail },
        StatusCode::NOT_FOUND | StatusCode::GONE => PlatformError::NotFound { what: resource },
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => PlatformError::Unsupported { detail },
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            detail,
        },
        _ => PlatformError::Refused {
            reason: RefusalReason::Other,
            detail,
        },
    }
}

/// Parses a successful body. The error tells the place, never the contents.
pub(super) fn parse<'a, T: Deserialize<'a>>(resource: &str, body: &'a str) -> Result<T, PlatformError> {
    serde_json::from_str(body).map_err(|error| PlatformError::Malformed {
        detail: format!(
            "the answer about '{resource}' is not the expected JSON (line {}, column {})",
            error.line(),
            error.column()
        ),
    })
}

/// What the platform said, on one line, whatever shape it said it in.
pub(super) fn detail(answer: &Answer) -> String {
    let (status, body) = (answer.status.as_u16(), answer.body.trim());
    if body.is_empty() {
        return format!("status {status} without a text");
    }
    if body.starts_with('<') {
        return format!("status {status} with a web page instead of an answer");
    }
    let mut parts = Vec::new();
    match serde_json::from_str::<Value>(body) {
        Ok(value) => flatten(&value, None, &mut parts),
        Err(_) => parts.push(body.to_owned()),
    }
    if parts.is_empty() {
        format!("status {status} without a text")
    } else {
        snippet(&parts.join("; "))
    }
}

fn flatten(value: &Value, label: Option<&str>, parts: &mut Vec<String>) {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => return items.iter().for_each(|item| flatten(item, label, parts)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                let inner_label = if WRAPPERS.contains(&key.as_str()) {
                    label
                } else {
                    Some(key.as_str())
                };
                flatten(inner, inner_label, parts);
            }
            return;
        }
        Value::Null | Value::Bool(_) => return,
    };
    if !text.is_empty() {
        parts.push(label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")));
    }
}

/// Whether the refusal is about a coupon's code being taken.
pub(super) fn is_duplicate_code(answer: &Answer) -> bool {
    let words = folded(&detail(answer));
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    match answer.status {
        StatusCode::CONFLICT => true,
        // The wording is not documented: a complaint about the code is taken as a duplicate unless
        // it clearly speaks of the code's form.
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            let taken = says(&[
                "existe",
                "duplic",
                "cadastrad",
                "em uso",
                "utilizad",
                "unic",
                "unique",
                "already",
            ]);
            let form = says(&["obrigat", "caracter", "tamanho", "maxim", "inval", "required", "branco"]);
            words.contains("codigo") && (taken || !form)
        }
        _ => false,
    }
}

/// Whether the refusal is about this field.
pub(super) fn complains_of(answer: &Answer, field: &str) -> bool {
    matches!(
        answer.status,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
    ) && folded(&detail(answer)).contains(field)
}

/// "Invalid or expired" says neither.
fn speaks_of_expiry(words: &str) -> bool {
    ["expir", "vencid", "venceu"].iter().any(|word| words.contains(word)) && !words.contains("invalid")
}

/// Lower case without the accents of Portuguese, for looking words up.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' | 'à' | 'â' | 'ã' => 'a',
            'é' | 'ê' => 'e',
            'í' => 'i',
            'ó' | 'ô' | 'õ' => 'o',
            'ú' | 'ü' => 'u',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        Answer {
            status,
            headers: HeaderMap::new(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn every_shape_of_error_body_is_read() {
        for (body, text) in [
            (r#"{"codigo": ["mensagem de exemplo"]}"#, "codigo: mensagem de exemplo"),
            (r#"{"cupom": {"codigo": ["um", "dois"]}}"#, "codigo: um; codigo: dois"),
            (r#"{"detail": "mensagem de exemplo"}"#, "mensagem de exemplo"),
            (
                r#"{"message": "mensagem de exemplo", "success": false}"#,
                "mensagem de exemplo",
            ),
            (r#"{"error": {"message": "a"}}"#, "a"),
            (r#"{"errors": ["a", "b"]}"#, "a; b"),
            (
                r#"{"error_response": {"general_errors": [{"message": "geral"}], "validation_errors": [{"message_complete": "campo"}]}}"#,
                "geral; campo",
            ),
            (r#""mensagem de exemplo""#, "mensagem de exemplo"),
            ("mensagem de exemplo", "mensagem de exemplo"),
            ("", "status 400 without a text"),
            ("{}", "status 400 without a text"),
            (
                "<html><body>x</body></html>",
                "status 400 with a web page instead of an answer",
            ),
        ] {
            assert_eq!(detail(&answer(400, body)), text, "{body}");
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let kind = |status, body| match refusal("cupom", &answer(status, body)) {
            PlatformError::Unauthorized { .. } => "unauthorized",
            PlatformError::Expired { .. } => "expired",
            PlatformError::Forbidden { resource, .. } if resource == "cupom" => "forbidden",
            PlatformError::NotFound { .. } => "not found",
            PlatformError::Unsupported { .. } => "unsupported",
            PlatformError::Refused {
                reason: RefusalReason::InvalidValue,
                ..
            } => "invalid",
            PlatformError::Refused { .. } => "refused",
            _ => "other",
        };
        for (status, body, expected) in [
            (401, "", "unauthorized"),
            (401, r#""Token inválido""#, "unauthorized"),
            (401, r#""Token inválido ou expirado.""#, "unauthorized"),
            (401, r#"{"message": "Token expirado"}"#, "expired"),
            (401, r#""Acesso negado""#, "forbidden"),
            (401, r#"{"detail": "Acesso negado"}"#, "forbidden"),
            (403, "", "forbidden"),
            (404, "<html>", "not found"),
            (405, "", "unsupported"),
            (400, "{}", "invalid"),
            (409, r#""apelido em uso""#, "refused"),
        ] {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_taken_code_is_told_from_a_bad_one() {
        for (status, body, duplicate) in [
            (400, r#"{"codigo": ["mensagem de exemplo"]}"#, true),
            (400, r#"{"codigo": ["Já existe um cupom com este código."]}"#, true),
            (
                400,
                r#"{"detail": "Cupom com este Código já existe, valor inválido."}"#,
                true,
            ),
            (409, r#""conflito""#, true),
            (
                400,
                r#"{"codigo": ["Certifique-se de que tenha no máximo 32 caracteres."]}"#,
                false,
            ),
            (400, r#"{"quantidade": ["Este campo é obrigatório."]}"#, false),
            (401, r#"{"codigo": "x"}"#, false),
        ] {
            assert_eq!(is_duplicate_code(&answer(status, body)), duplicate, "{body}");
        }
        assert!(complains_of(
            &answer(400, r#"{"validade": ["Formato inválido"]}"#),
            "validade"
        ));
    }
}
