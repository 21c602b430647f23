//! The ways in which the platform says no. Which shape a refusal has is a matter of switches; this
//! module is the only one that knows the shapes.

use serde_json::{Value, json};

use super::{
    super::exchange::Answer,
    switches::{RefusalBody, Switches, ValidationBody},
};

/// What a request comes to: an answer either way, so that `?` can be used on refusals.
pub(super) type Outcome = Result<Answer, Answer>;

/// 401, 403, 404 or 429 with a text.
pub(super) fn refusal(switches: &Switches, status: u16, text: &str) -> Answer {
    match switches.refusal_body {
        RefusalBody::Object => Answer::json(status, json!({ "detail": text })),
        RefusalBody::String => Answer::json(status, json!(text)),
        RefusalBody::Text => Answer::text(status, text),
        RefusalBody::Empty => Answer::empty(status),
    }
}

/// 429 with the code of the limit that was met.
pub(super) fn too_many(switches: &Switches, code: u16) -> Answer {
    let text = format!("{code}: limite de requisições excedido.");
    match switches.refusal_body {
        RefusalBody::Object => Answer::json(429, json!({ "code": code, "message": text })),
        _ => refusal(switches, 429, &text),
    }
}

/// 404.
pub(super) fn not_found(switches: &Switches) -> Answer {
    refusal(switches, 404, "Não encontrado.")
}

/// 405, which has no body.
pub(super) fn not_allowed() -> Answer {
    Answer::empty(405)
}

/// 400 about one field.
pub(super) fn invalid(switches: &Switches, field: &str, text: &str) -> Answer {
    let sentence = format!("{field}: {text}");
    let body = match switches.validation_body {
        ValidationBody::Fields => json!({ field: [text] }),
        ValidationBody::Detail => json!({ "detail": sentence }),
        ValidationBody::Message => json!({ "message": sentence }),
        ValidationBody::Error => json!({ "error": sentence }),
        ValidationBody::Errors => json!({ "errors": [sentence] }),
        ValidationBody::ErrorResponse => json!({
            "error_response": {
                "general_errors": [{ "message": "Dados inválidos." }],
                "validation_errors": [{ "message_complete": sentence }],
            }
        }),
        ValidationBody::String => Value::String(sentence),
        ValidationBody::Text => return Answer::text(400, sentence),
    };
    Answer::json(400, body)
}
