//! What a status and a body mean, where the platform specifies neither for errors.

use reqwest::StatusCode;
use serde_json::{Value, value::RawValue};

use super::envelope::{self, List, Odd};
use crate::platform::{
    PlatformError, RefusalReason,
    http::{Answer, snippet},
};

/// The rows of a list, or what the answer means instead.
pub(super) fn expect_list(answer: &Answer, resource: &str) -> Result<List, PlatformError> {
    expect(answer, resource, envelope::list)
}

/// A single record, or what the answer means instead.
pub(super) fn expect_single(answer: &Answer, resource: &str) -> Result<Box<RawValue>, PlatformError> {
    expect(answer, resource, envelope::single)
}

fn expect<T>(answer: &Answer, resource: &str, read: fn(&str) -> Result<T, Odd>) -> Result<T, PlatformError> {
    if !answer.status.is_success() {
        return Err(refusal(answer, resource));
    }
    read(&answer.body).map_err(|odd| match odd {
        Odd::SaysError => refusal(answer, resource),
        Odd::NotAnEnvelope => PlatformError::Malformed {
            detail: format!("the answer on '{resource}' is not an envelope with data"),
        },
    })
}

/// What a refusal means. A successful status on a body that says that it is an error counts as a
/// refused value, unless the text says more.
pub(super) fn refusal(answer: &Answer, resource: &str) -> PlatformError {
    let detail = said(&answer.body);
    match answer.status {
        StatusCode::UNAUTHORIZED => PlatformError::Unauthorized { detail },
        // The platform answers 405 where the account has no such endpoint.
        StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED => PlatformError::Forbidden {
            resource: resource.to_owned(),
            detail,
        },
        StatusCode::NOT_FOUND => PlatformError::NotFound {
            what: resource.to_owned(),
        },
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            detail,
        },
        status if status.is_success() => refusal_in_words(&answer.body, resource, detail),
        status if status.is_client_error() => PlatformError::Refused {
            reason: RefusalReason::Other,
            detail,
        },
        status => PlatformError::Malformed {
            detail: format!("answered {status} on '{resource}'"),
        },
    }
}

fn refusal_in_words(body: &str, resource: &str, detail: String) -> PlatformError {
    let words = words(body);
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if says(&[
        "não encontrad",
        "nao encontrad",
        "not found",
        "não existe",
        "nao existe",
    ]) {
        PlatformError::NotFound {
            what: resource.to_owned(),
        }
    } else if says(&[
        "não autorizad",
        "nao autorizad",
        "unauthorized",
        "credenciais",
        "token inv",
    ]) {
        PlatformError::Unauthorized { detail }
    } else if says(&["permiss", "forbidden"]) {
        PlatformError::Forbidden {
            resource: resource.to_owned(),
            detail,
        }
    } else {
        PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            detail,
        }
    }
}

/// Whether a refusal says that a coupon with this code exists already.
pub(super) fn says_duplicate_code(body: &str) -> bool {
    let words = words(body);
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    says(&["código", "codigo", "cupom", "coupon", "code"])
        && says(&[
            "já existe",
            "ja existe",
            "existente",
            "já cadastrad",
            "ja cadastrad",
            "já está cadastrad",
            "ja esta cadastrad",
            "duplicad",
            "duplicate",
            "already",
            "em uso",
            "já utilizad",
            "ja utilizad",
            "já está em",
            "deve ser único",
        ])
}

/// What the platform says went wrong: the message of whichever shape it chose, shortened and masked.
pub(super) fn said(body: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let message = parsed.as_ref().and_then(|value| {
        ["message", "mensagem", "error", "erro", "detail", "title"]
            .iter()
            .find_map(|key| {
                let found = value.get(key)?;
                found
                    .as_str()
                    .or_else(|| found.get("message")?.as_str())
                    .filter(|text| !text.trim().is_empty())
            })
    });
    snippet(message.unwrap_or(body))
}

/// All the words of a body in lower case: of every text in it when it is JSON, since JSON may
/// spell accents as escapes.
fn words(body: &str) -> String {
    fn collect(value: &Value, words: &mut String) {
        match value {
            Value::String(text) => {
                words.push_str(text);
                words.push(' ');
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
            Value::Object(fields) => fields.iter().for_each(|(key, below)| {
                words.push_str(key);
                words.push(' ');
                collect(below, words);
            }),
            _ => {}
        }
    }
    match serde_json::from_str::<Value>(body) {
        Ok(value) => {
            let mut words = String::new();
            collect(&value, &mut words);
            words.to_lowercase()
        }
        Err(_) => body.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &str) -> PlatformError {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        refusal(
            &Answer {
                status,
                headers: reqwest::header::HeaderMap::default(),
                body: body.to_owned(),
            },
            "pedido",
        )
    }

    #[test]
    fn every_error_shape_gives_its_message() {
        for body in [
            r#"{"status":"error","message":"mensagem de exemplo"}"#,
            r#"{"error":"mensagem de exemplo"}"#,
            r#"{"error":{"message":"mensagem de exemplo"}}"#,
            r#"{"sucesso":false,"mensagem":"mensagem de exemplo"}"#,
            r#"{"type":"about:blank","title":"titulo","detail":"mensagem de exemplo","status":422,"errors":[]}"#,
            "mensagem de exemplo",
        ] {
            assert_eq!(said(body), "mensagem de exemplo", "{body}");
        }
        assert_eq!(said(""), "");
        assert!(!said("CPF 123.456.789-09 inválido").contains("123"));
    }

    #[test]
    fn statuses_mean_what_can_be_done_about_them() {
        assert!(matches!(meaning(401, ""), PlatformError::Unauthorized { .. }));
        assert!(matches!(meaning(403, ""), PlatformError::Forbidden { resource, .. } if resource == "pedido"));
        assert!(matches!(meaning(405, ""), PlatformError::Forbidden { .. }));
        assert!(matches!(meaning(404, ""), PlatformError::NotFound { .. }));
        assert!(matches!(
            meaning(422, ""),
            PlatformError::Refused {
                reason: RefusalReason::InvalidValue,
                ..
            }
        ));
        assert!(matches!(
            meaning(415, ""),
            PlatformError::Refused {
                reason: RefusalReason::Other,
                ..
            }
        ));
        assert!(matches!(meaning(302, ""), PlatformError::Malformed { .. }));
        assert!(matches!(
            meaning(200, r#"{"status":"error","message":"Pedido não encontrado"}"#),
            PlatformError::NotFound { .. }
        ));
        assert!(matches!(
            meaning(200, r#"{"status":"error","message":"limit"}"#),
            PlatformError::Refused { .. }
        ));
    }

    #[test]
    fn a_duplicate_is_known_in_every_wording() {
        for body in [
            r#"{"status":"error","message":"Já existe um cupom com este código"}"#,
            r#"{"status":"error","message":"J\u00e1 existe um cupom com este c\u00f3digo"}"#,
            r#"{"status":"error","message":"inválido","errors":[{"codigo":"já cadastrado"}]}"#,
            "Codigo duplicado",
            "coupon code already exists",
        ] {
            assert!(says_duplicate_code(body), "{body}");
        }
        for body in [
            "Código inválido",
            "já existe uma loja",
            r#"{"message":"valorDesconto obrigatório"}"#,
            "",
        ] {
            assert!(!says_duplicate_code(body), "{body}");
        }
    }
}
