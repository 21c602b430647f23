//! What the API 3 refuses, and how its bodies are parsed. Knows no resource.

use reqwest::StatusCode;
use serde_json::value::RawValue;

use crate::platform::http::{Answer, snippet};
use crate::platform::record::Record;
use crate::platform::{PlatformError, RefusalReason};

/// Lets success through and turns everything else into its error.
pub(super) fn accept(resource: &str, answer: Answer) -> Result<Answer, PlatformError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let detail = told(&answer.body).unwrap_or_else(|| format!("status {}", status.as_u16()));
    let resource = resource.to_owned();
    Err(match status {
        StatusCode::UNAUTHORIZED => PlatformError::Unauthorized { detail },
        StatusCode::FORBIDDEN => PlatformError::Forbidden { resource, detail },
        StatusCode::NOT_FOUND | StatusCode::GONE => PlatformError::NotFound { what: resource },
        _ => PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            detail,
        },
    })
}

/// The words of an error: `{"mensagem": …, "detalhes": [{"campo": …, "mensagem": …}]}`. Only bodies of the status 400 are
/// promised to be so.
fn told(body: &str) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(body).ok()?;
    let record = Record::parse(raw).ok()?;
    let message = record.soft_text("mensagem")?;
    let details = record.list("detalhes").unwrap_or_default();
    let details = details.into_iter().filter_map(|raw| {
        let detail = Record::parse(raw).ok()?;
        let text = detail.soft_text("mensagem")?;
        Some(match detail.soft_text("campo") {
            Some(field) => format!("{field}: {text}"),
            None => text,
        })
    });
    let all: Vec<String> = [message].into_iter().chain(details).collect();
    Some(snippet(&all.join("; ")))
}

/// A successful body, whose root has to be an object.
pub(super) fn parse<'a>(resource: &str, body: &'a str) -> Result<&'a RawValue, PlatformError> {
    let raw = serde_json::from_str::<&RawValue>(body);
    raw.ok()
        .filter(|raw| raw.get().starts_with('{'))
        .ok_or_else(|| PlatformError::Malformed {
            detail: format!("the answer about '{resource}' is not the expected JSON"),
        })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use reqwest::header::HeaderMap;

    use super::*;

    fn refusal(status: u16, body: &str) -> String {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned(),
        };
        format!("{:?}", accept("pedidos", answer).unwrap_err())
    }

    #[test]
    fn refusals_are_told_apart_and_in_the_platforms_words() {
        for (status, body, name, words) in [
            (
                400,
                r#"{"mensagem":"Ocorreram erros","detalhes":[{"campo":"limit","mensagem":"é grande"}]}"#,
                "Refused",
                "Ocorreram erros; limit: é grande",
            ),
            (401, "", "Unauthorized", "status 401"),
            (403, r#"{"mensagem":"Sem permissão"}"#, "Forbidden", "Sem permissão"),
            (403, "<html>proibido</html>", "Forbidden", "status 403"),
            (404, r#"{"mensagem":"x"}"#, "NotFound", "pedidos"),
            (409, "[]", "Refused", "status 409"),
        ] {
            let told = refusal(status, body);
            assert!(
                told.starts_with(name) && told.contains(words),
                "{status} {body}: {told}"
            );
        }
    }

    #[test]
    fn only_an_object_is_an_answer() {
        assert!(parse("pedidos", r#"{"itens":[]}"#).is_ok());
        for body in ["", "[]", "null", r#"{"itens":["#, "<html></html>"] {
            let told = parse("pedidos", body);
            assert!(matches!(told, Err(PlatformError::Malformed { .. })), "{body}");
        }
    }
}
