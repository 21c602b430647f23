//! What the platform's order statuses mean for points, and how one is recognised.
//!
//! Lists and details of the API 2.0 write a status as the panel shows it, webhooks by its code. The code is the key
//! there, without regard to case and accents; in the API 3 it is a number. What nobody knows keeps its own name and
//! changes nothing.

use crate::platform::OrderStatus;
use crate::platform::StatusClass::{self, Delivered, Earning, Pending, Revoking, Unknown};

/// A status: its code, its number, its name, what it means, and how else it is written.
struct Row {
    code: &'static str,
    number: &'static str,
    name: &'static str,
    class: StatusClass,
    also: &'static [&'static str],
}

/// All statuses, in the order of an order's life.
const TABLE: [Row; 10] = [
    row(("dados_incompletos", "8"), "Dados incompletos", Pending, &[]),
    row(("aberto", "0"), "Em aberto", Pending, &["aberta", "em_aberta"]),
    row(("aprovado", "3"), "Aprovado", Earning, &["aprovada"]),
    row(("preparando_envio", "4"), "Preparando envio", Earning, &[]),
    row(
        ("faturado", "1"),
        "Faturado",
        Earning,
        &["faturada", "faturado_atendido", "atendido"],
    ),
    row(
        ("pronto_envio", "7"),
        "Pronto para envio",
        Earning,
        &["pronto_para_envio"],
    ),
    row(("enviado", "5"), "Enviado", Earning, &["enviada"]),
    row(("entregue", "6"), "Entregue", Delivered, &[]),
    row(("nao_entregue", "9"), "Não entregue", Revoking, &[]),
    row(("cancelado", "2"), "Cancelado", Revoking, &["cancelada"]),
];

const fn row(
    (code, number): (&'static str, &'static str),
    name: &'static str,
    class: StatusClass,
    also: &'static [&'static str],
) -> Row {
    Row {
        code,
        number,
        name,
        class,
        also,
    }
}

/// What a status means for points, by its code; [`StatusClass::Unknown`] for what is not in the table.
pub fn status_class(code: &str) -> StatusClass {
    TABLE
        .iter()
        .find(|row| row.code == code)
        .map_or(Unknown, |row| row.class)
}

/// The statuses to choose from: they are the same for every account.
pub(super) fn statuses() -> Vec<OrderStatus> {
    let status = |row: &Row| OrderStatus {
        code: row.code.to_owned(),
        name: row.name.to_owned(),
        class: row.class,
    };
    TABLE.iter().map(status).collect()
}

/// What a status means for points, by its number in the API 3.
pub fn class_of_number(number: &str) -> StatusClass {
    let found = TABLE.iter().find(|row| row.number == number);
    found.map_or(Unknown, |row| row.class)
}

/// The statuses to choose from, by their numbers.
pub(super) fn numbered() -> Vec<OrderStatus> {
    let status = |row: &Row| OrderStatus {
        code: row.number.to_owned(),
        name: row.name.to_owned(),
        class: row.class,
    };
    TABLE.iter().map(status).collect()
}

/// The number of a status, which the API 3 tells; a name is turned into it. A number that nobody knows stays.
pub(super) fn number_of(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let code = code_of(text);
    let known = TABLE.iter().find(|row| row.code == code);
    known.map_or(code, |row| row.number.to_owned())
}

/// The code of a status, however it is written.
pub(super) fn code_of(text: &str) -> String {
    let plain = folded(text);
    let known = TABLE.iter().find(|row| {
        let mut spellings = [row.code].into_iter().chain(row.also.iter().copied());
        folded(row.name) == plain || spellings.any(|spelling| spelling == plain)
    });
    known.map_or(plain, |row| row.code.to_owned())
}

/// Small letters without the accents of Portuguese, each run of anything else as one underscore.
pub(super) fn folded(text: &str) -> String {
    let plain = |letter| match letter {
        'á' | 'à' | 'â' | 'ã' => 'a',
        'é' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'ü' => 'u',
        'ç' => 'c',
        other => other,
    };
    let lower: String = text.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_however_it_is_written() {
        for (text, code) in [
            ("Em aberto", "aberto"),
            ("aberto", "aberto"),
            ("Faturado (atendido)", "faturado"),
            ("Atendido", "faturado"),
            ("Pronto para envio", "pronto_envio"),
            ("PRONTO_ENVIO", "pronto_envio"),
            ("Não Entregue", "nao_entregue"),
            ("Preparando  envio", "preparando_envio"),
            ("Cancelada", "cancelado"),
            ("Brinde embalado", "brinde_embalado"),
        ] {
            assert_eq!(code_of(text), code, "{text}");
        }
        for status in statuses() {
            assert_eq!(code_of(&status.name), status.code);
            assert_eq!(code_of(&status.code), status.code);
        }
    }

    #[test]
    fn the_numbers_of_the_api_3_mean_the_same() {
        for (number, class) in [
            ("8", Pending),
            ("0", Pending),
            ("3", Earning),
            ("4", Earning),
            ("1", Earning),
            ("7", Earning),
            ("5", Earning),
            ("6", Delivered),
            ("2", Revoking),
            ("9", Revoking),
            ("10", Unknown),
            ("03", Unknown),
        ] {
            assert_eq!(class_of_number(number), class, "{number}");
        }
        for (by_code, by_number) in statuses().into_iter().zip(numbered()) {
            assert_eq!((&by_code.name, by_code.class), (&by_number.name, by_number.class));
            assert_eq!(number_of(&by_code.name), by_number.code);
            assert_eq!(number_of(&by_number.code), by_number.code);
        }
        assert_eq!(number_of("Brinde embalado"), "brinde_embalado");
        assert_eq!(number_of("10"), "10");
    }

    #[test]
    fn only_what_is_cancelled_or_comes_back_takes_points_away() {
        let all = statuses();
        let revoking = all.iter().filter(|status| status.class == Revoking);
        let codes: Vec<&str> = revoking.map(|status| status.code.as_str()).collect();
        assert_eq!(codes, ["nao_entregue", "cancelado"]);
        assert_eq!(status_class("brinde_embalado"), Unknown);
    }
}
