//! What situations mean. They belong to the account, so their ids say nothing: their names make a suggestion, and the
//! merchant chooses.

use serde_json::value::RawValue;

use super::answers::{accept, parse};
use crate::platform::StatusClass::{self, Delivered, Earning, Hold, Pending, Revoking, Unknown};
use crate::platform::http::Api;
use crate::platform::record::Record;
use crate::platform::{OrderStatus, PlatformError};

/// The resource in the platform's own word.
const SITUATIONS: &str = "situacoes";

/// What names begin with or hold, the most telling first.
const STEMS: [(&str, StatusClass); 18] = [
    ("NAO ENTREGUE", Revoking),
    ("CANCEL", Revoking),
    ("DEVOL", Revoking),
    ("ESTORN", Revoking),
    ("AGUARD", Pending),
    ("EM ABERTO", Pending),
    ("EM DIGITACAO", Pending),
    ("PENDENTE", Pending),
    ("DISPUTA", Hold),
    ("ANALISE", Hold),
    ("ATENDIDO", Delivered),
    ("ENTREGUE", Delivered),
    ("FATURADO", Earning),
    ("ENVIADO", Earning),
    ("VERIFICADO", Earning),
    ("PAGO", Earning),
    ("APROVADO", Earning),
    ("EM ANDAMENTO", Earning),
];

/// What a situation means for points by its id alone: nobody knows before its account's list was read.
pub fn status_class(_: &str) -> StatusClass {
    Unknown
}

/// What a situation of this name may mean.
pub(super) fn class_of(name: &str) -> StatusClass {
    let name = folded(name);
    // What was not done is not what it is called after: "venda agenciada, não aprovada".
    let is_denied = name.contains("NAO ") && !name.contains("NAO ENTREGUE");
    let found = STEMS.iter().find(|(stem, _)| name.contains(stem));
    found.map_or(Unknown, |(_, class)| if is_denied { Unknown } else { *class })
}

/// The situations of the account's sales.
pub(super) async fn statuses(api: &Api) -> Result<Vec<OrderStatus>, PlatformError> {
    let mut found: Vec<OrderStatus> = Vec::new();
    for module in modules(api).await? {
        let path = format!("/situacoes/modulos/{module}");
        let answer = accept(SITUATIONS, api.get(&path, &[]).await?)?;
        for raw in parse::<Vec<&RawValue>>(SITUATIONS, &answer.body)? {
            let Ok(record) = Record::parse(raw) else { continue };
            let (Some(code), Some(name)) = (record.id("id"), record.soft_text("nome")) else {
                continue;
            };
            if !found.iter().any(|known| known.code == code) {
                let class = class_of(&name);
                found.push(OrderStatus { code, name, class });
            }
        }
    }
    Ok(found)
}

/// The ids of the modules that sales are in.
async fn modules(api: &Api) -> Result<Vec<String>, PlatformError> {
    let answer = accept(SITUATIONS, api.get("/situacoes/modulos", &[]).await?)?;
    let modules: Vec<&RawValue> = parse(SITUATIONS, &answer.body)?;
    let is_id = |id: &String| id.bytes().all(|byte| byte.is_ascii_digit());
    let ids = modules.iter().filter_map(|raw| {
        let module = Record::parse(raw).ok()?;
        let name = folded(&module.soft_text("nome")?);
        module.id("id").filter(is_id).filter(|_| name.contains("VENDA"))
    });
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() {
        return Err(PlatformError::Malformed {
            detail: "no module of situations is that of sales".into(),
        });
    }
    Ok(ids)
}

/// Capitals without the accents of Portuguese, each run of blanks as one.
pub(super) fn folded(name: &str) -> String {
    let plain = |letter| match letter {
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'É' | 'Ê' => 'E',
        'Í' => 'I',
        'Ó' | 'Ô' | 'Õ' => 'O',
        'Ú' | 'Ü' => 'U',
        'Ç' => 'C',
        other => other,
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_uppercase().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_what_ids_cannot() {
        for (name, class) in [
            ("Em aberto", Pending),
            ("Atendido", Delivered),
            ("Cancelado", Revoking),
            ("Devolução concluída", Revoking),
            ("Não entregue", Revoking),
            ("Em andamento", Earning),
            ("Pagamento não aprovado", Unknown),
            ("Aguardando pagamento aprovado", Pending),
            ("Brinde embalado", Unknown),
        ] {
            assert_eq!(class_of(name), class, "{name}");
        }
        for id in ["6", "9", "12", "15"] {
            assert_eq!(status_class(id), Unknown);
        }
    }
}
