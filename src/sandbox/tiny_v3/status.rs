//! The platform's statuses: the number that the API 3 tells, and the word that webhooks tell.

/// A status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    /// Its number, which the control API uses too.
    pub(super) number: &'static str,
    /// What webhooks call it.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
}

const fn status(number: &'static str, code: &'static str, name: &'static str) -> Status {
    Status { number, code, name }
}

/// All. They are the same for every account.
const CATALOGUE: [Status; 10] = [
    status("8", "dados_incompletos", "Dados incompletos"),
    status("0", "aberto", "Em aberto"),
    status("3", "aprovado", "Aprovado"),
    status("4", "preparando_envio", "Preparando envio"),
    status("1", "faturado", "Faturado"),
    status("7", "pronto_envio", "Pronto para envio"),
    status("5", "enviado", "Enviado"),
    status("6", "entregue", "Entregue"),
    status("2", "cancelado", "Cancelado"),
    status("9", "nao_entregue", "Não entregue"),
];

/// Lives that one order each has come to the end of.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["0"],
    &["8"],
    &["0", "3"],
    &["0", "3", "4"],
    &["0", "3", "1"],
    &["0", "3", "1", "7"],
    &["0", "3", "1", "5"],
    &["0", "3", "1", "5", "6"],
    &["0", "3", "1", "5", "9"],
    &["0", "3", "2"],
    &["0", "2"],
];

/// What most orders go through.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &["0", "3", "1", "5", "6"],
    &["0", "3", "4", "1", "7", "5", "6"],
    &["0", "2"],
];

impl Status {
    /// The status with this number.
    pub(super) fn by_number(number: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|status| status.number == number)
    }
}
