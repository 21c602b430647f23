//! The platform's statuses: the code that webhooks tell, and the name that the panel and the API 2.0 show.

/// A status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    /// Its code, which the control API uses too.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
}

const fn status(code: &'static str, name: &'static str) -> Status {
    Status { code, name }
}

/// All. They are the same for every account.
const CATALOGUE: [Status; 10] = [
    status("dados_incompletos", "Dados incompletos"),
    status("aberto", "Em aberto"),
    status("aprovado", "Aprovado"),
    status("preparando_envio", "Preparando envio"),
    status("faturado", "Faturado"),
    status("pronto_envio", "Pronto para envio"),
    status("enviado", "Enviado"),
    status("entregue", "Entregue"),
    status("nao_entregue", "Não entregue"),
    status("cancelado", "Cancelado"),
];

/// Lives that one order each has come to the end of.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["aberto"],
    &["dados_incompletos"],
    &["aberto", "aprovado"],
    &["aberto", "aprovado", "preparando_envio"],
    &["aberto", "aprovado", "faturado"],
    &["aberto", "aprovado", "faturado", "pronto_envio"],
    &["aberto", "aprovado", "faturado", "enviado"],
    &["aberto", "aprovado", "faturado", "enviado", "entregue"],
    &["aberto", "aprovado", "faturado", "enviado", "nao_entregue"],
    &["aberto", "aprovado", "cancelado"],
    &["aberto", "cancelado"],
];

/// What most orders go through.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &["aberto", "aprovado", "faturado", "enviado", "entregue"],
    &[
        "aberto",
        "aprovado",
        "preparando_envio",
        "faturado",
        "pronto_envio",
        "enviado",
        "entregue",
    ],
    &["aberto", "cancelado"],
];

impl Status {
    /// The status with this code.
    pub(super) fn by_code(code: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|status| status.code == code)
    }
}
