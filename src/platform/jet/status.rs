//! What the platform's order statuses mean for points, and how one is recognised.
//!
//! Few codes are known, and stores rename statuses: a known code decides, and otherwise the stem of a word
//! in the name. What is recognised bears our key, the plain name in capitals, which the store's catalogue
//! lists; anything else keeps its own name and changes nothing.

use crate::platform::OrderStatus;
use crate::platform::StatusClass::{self, Delivered, Earning, Pending, Revoking, Unknown};

/// A status: its key, its name, what it means, and the stems by which a name is known as it.
struct Row {
    key: &'static str,
    name: &'static str,
    class: StatusClass,
    stems: &'static [&'static str],
}

/// All statuses, in the order of an order's life.
const TABLE: [Row; 11] = [
    row("NOVO", "Novo", Pending, &["NOVO", "AGUARD", "PENDENTE"]),
    row("PAGO", "Pago", Earning, &["PAGO"]),
    row("APROVADO", "Aprovado", Earning, &["APROVAD"]),
    row("FATURADO", "Faturado", Earning, &["FATURAD", "NOTA FISCAL EMITIDA"]),
    row("EM SEPARACAO", "Em separação", Earning, &["SEPARA"]),
    row("EM PRODUCAO", "Em produção", Earning, &["PRODUCAO"]),
    row("DESPACHADO", "Despachado", Earning, &["DESPACHAD", "ENVIAD"]),
    row("EM TRANSPORTE", "Em transporte", Earning, &["TRANSPORTE", "EM ROTA"]),
    row("ENTREGUE", "Entregue", Delivered, &["ENTREGUE"]),
    row("DEVOLVIDO", "Devolvido", Revoking, &["DEVOL"]),
    row("CANCELADO", "Cancelado", Revoking, &["CANCEL"]),
];

/// A name with one of these says that something did not happen, or not yet.
const DENIALS: [&str; 7] = ["NAO ", "REPROV", "RECUSAD", "NEGAD", "ANALISE", "PARCIAL", "FALH"];

const fn row(key: &'static str, name: &'static str, class: StatusClass, stems: &'static [&'static str]) -> Row {
    Row {
        key,
        name,
        class,
        stems,
    }
}

/// What the status with this key means for points; [`StatusClass::Unknown`] for what is not in the table.
pub fn status_class(key: &str) -> StatusClass {
    TABLE.iter().find(|row| row.key == key).map_or(Unknown, |row| row.class)
}

/// The statuses to choose from. The platform has no list to ask for.
pub(super) fn statuses() -> Vec<OrderStatus> {
    let status = |row: &Row| OrderStatus {
        code: row.key.to_owned(),
        name: row.name.to_owned(),
        class: row.class,
    };
    TABLE.iter().map(status).collect()
}

/// The key of a status by its code and its name, of which one may be missing.
pub(super) fn key_of(code: Option<&str>, name: Option<&str>) -> Option<String> {
    let by_code = match code.map(str::trim) {
        Some("01" | "1") => Some("NOVO"),
        Some("03" | "3") => Some("APROVADO"),
        Some("04" | "4") => Some("DESPACHADO"),
        _ => None,
    };
    let name = name.map(folded).filter(|name| !name.is_empty());
    let by_name = || name.as_deref().and_then(by_stem);
    let known = by_code.or_else(by_name).map(str::to_owned);
    // What nobody knows stays visible as it is.
    known.or_else(|| name.clone()).or_else(|| code.map(str::to_owned))
}

/// The later a status comes in an order's life, the more its stem says: "pagamento aprovado, pedido entregue".
fn by_stem(name: &str) -> Option<&'static str> {
    if DENIALS.iter().any(|word| name.contains(word)) {
        return None;
    }
    let waits = ["AGUARD", "PENDENTE"].iter().any(|word| name.contains(word));
    let has = |row: &&Row| row.stems.iter().any(|stem| name.contains(stem));
    let found = TABLE.iter().rev().find(has)?;
    // Whatever is waited for has not come; what is taken back is.
    let is_past = !waits || found.class == Revoking;
    Some(if is_past { found.key } else { "NOVO" })
}

/// Capitals without the accents of Portuguese, each run of blanks as one.
fn folded(name: &str) -> String {
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
    fn a_known_code_decides_and_else_the_name() {
        for (code, name, key) in [
            (Some("03"), Some("Pago e conferido"), "APROVADO"),
            (Some("01"), None, "NOVO"),
            (Some("09"), Some("Cancelado pela loja"), "CANCELADO"),
            (None, Some("PEDIDO  CANCELADO"), "CANCELADO"),
            (None, Some("Em Devolução"), "DEVOLVIDO"),
            (None, Some("em produção"), "EM PRODUCAO"),
            (None, Some("Em Separação"), "EM SEPARACAO"),
            (None, Some("Pagamento aprovado"), "APROVADO"),
            (None, Some("Aguardando pagamento"), "NOVO"),
            (None, Some("Enviado"), "DESPACHADO"),
            (None, Some("Em rota de entrega"), "EM TRANSPORTE"),
            (None, Some("Pedido entregue ao cliente"), "ENTREGUE"),
            (None, Some("Pagamento não aprovado"), "PAGAMENTO NAO APROVADO"),
            (None, Some("Reprovado"), "REPROVADO"),
            (None, Some("Em análise"), "EM ANALISE"),
            (Some("77"), None, "77"),
        ] {
            assert_eq!(key_of(code, name).as_deref(), Some(key), "{code:?} {name:?}");
        }
        assert_eq!(key_of(None, Some("  ")), None);
    }

    #[test]
    fn only_what_is_cancelled_or_returned_takes_points_back() {
        let revoking: Vec<&str> = TABLE
            .iter()
            .filter(|row| row.class == Revoking)
            .map(|row| row.key)
            .collect();
        assert_eq!(revoking, ["DEVOLVIDO", "CANCELADO"]);
        assert_eq!(status_class("PAGAMENTO NAO APROVADO"), Unknown);
        for row in &TABLE {
            assert_eq!(key_of(None, Some(row.name)).as_deref(), Some(row.key));
        }
    }
}
