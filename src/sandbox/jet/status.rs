//! The platform's statuses: a word of ours for each, the code where one is documented, and what shops call it.

use super::switches::{StatusCodes, StatusNames};

/// A status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    /// What the control API calls it: the documented name in capitals without accents.
    pub(super) key: &'static str,
    code: Option<&'static str>,
    invented: &'static str,
    name: &'static str,
    renamed: &'static str,
}

const fn status(
    key: &'static str,
    code: Option<&'static str>,
    invented: &'static str,
    name: &'static str,
    renamed: &'static str,
) -> Status {
    Status {
        key,
        code,
        invented,
        name,
        renamed,
    }
}

/// All that are documented, and one that a shop made for itself.
const CATALOGUE: [Status; 12] = [
    status("NOVO", Some("01"), "01", "Novo", "Aguardando pagamento"),
    status("PAGO", None, "02", "Pago", "Pedido pago"),
    status("APROVADO", Some("03"), "03", "Aprovado", "Pagamento aprovado"),
    status("FATURADO", None, "11", "Faturado", "Pedido faturado"),
    status("EM SEPARACAO", None, "12", "Em separação", "Separação de produtos"),
    status("EM PRODUCAO", None, "13", "Em produção", "Pedido em Produção"),
    status("DESPACHADO", Some("04"), "04", "Despachado", "Enviado"),
    status("EM TRANSPORTE", None, "14", "Em transporte", "Em rota de entrega"),
    status("ENTREGUE", None, "15", "Entregue", "Pedido entregue ao cliente"),
    status("DEVOLVIDO", None, "16", "Devolvido", "Devolução concluída"),
    status("CANCELADO", None, "17", "Cancelado", "Cancelado pela loja"),
    status("BRINDE EMBALADO", None, "90", "Brinde embalado", "Brinde embalado"),
];

/// Lives that one order each has come to the end of.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["NOVO"],
    &["NOVO", "PAGO"],
    &["NOVO", "APROVADO"],
    &["NOVO", "APROVADO", "FATURADO"],
    &["NOVO", "APROVADO", "EM SEPARACAO"],
    &["NOVO", "APROVADO", "EM PRODUCAO"],
    &["NOVO", "APROVADO", "DESPACHADO"],
    &["NOVO", "APROVADO", "DESPACHADO", "EM TRANSPORTE"],
    &["NOVO", "APROVADO", "DESPACHADO", "ENTREGUE"],
    &["NOVO", "APROVADO", "ENTREGUE", "DEVOLVIDO"],
    &["NOVO", "APROVADO", "CANCELADO"],
    &["NOVO", "CANCELADO"],
    &["NOVO", "APROVADO", "BRINDE EMBALADO"],
];

/// What most orders go through.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &["NOVO", "APROVADO", "FATURADO", "DESPACHADO", "ENTREGUE"],
    &["NOVO", "APROVADO", "DESPACHADO", "ENTREGUE"],
    &["NOVO", "PAGO", "EM SEPARACAO", "DESPACHADO", "ENTREGUE"],
    &["NOVO", "CANCELADO"],
];

impl Status {
    /// The status that the control API calls so.
    pub(super) fn by_key(key: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|status| status.key == key)
    }

    /// `statusCode`, where the platform sends it.
    pub(super) fn code(self, codes: StatusCodes) -> Option<&'static str> {
        match codes {
            StatusCodes::Known => self.code,
            StatusCodes::Invented => Some(self.invented),
            StatusCodes::Missing => None,
        }
    }

    /// `statusName`.
    pub(super) fn name(self, names: StatusNames) -> &'static str {
        match names {
            StatusNames::Plain => self.name,
            StatusNames::Renamed => self.renamed,
            StatusNames::Shouted => self.key,
        }
    }
}
