//! What the platform's order statuses mean for points.
//!
//! The meaning goes by `codigo` alone: the flag `aprovado` is true for disputes and chargebacks,
//! and `nome` is display text that a shop may change. Called for the catalogue and, where an order
//! names its status only by id, to find the code.

use crate::platform::StatusClass::{self, Delivered, Earning, Hold, Pending, Revoking, Unknown};

/// The statuses that every shop has: id, code, meaning.
const KNOWN: [(&str, &str, StatusClass); 16] = [
    ("9", "pedido_efetuado", Pending),
    ("2", "aguardando_pagamento", Pending),
    ("3", "pagamento_em_analise", Pending),
    ("4", "pedido_pago", Earning),
    ("1018", "faturado", Earning),
    ("17", "em_producao", Earning),
    ("15", "pedido_em_separacao", Earning),
    ("11", "pedido_enviado", Earning),
    ("13", "pronto_para_retirada", Earning),
    ("14", "pedido_entregue", Delivered),
    ("6", "pagamento_em_disputa", Hold),
    ("1019", "cancelamento_solicitado", Hold),
    ("16", "pedido_chargeback", Revoking),
    ("7", "pagamento_devolvido", Revoking),
    ("8", "pedido_cancelado", Revoking),
    ("1020", "pagamento_devolvido_sem_retorno", Revoking),
];

/// What the status with this code means for points; [`StatusClass::Unknown`] for codes outside the
/// platform's table, which are kept and change nothing.
pub fn status_class(code: &str) -> StatusClass {
    KNOWN
        .iter()
        .find(|(_, known, _)| *known == code)
        .map_or(Unknown, |(_, _, class)| *class)
}

/// The code of a status that every shop has, by its id.
pub(super) fn known_code(id: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(known, _, _)| *known == id)
        .map(|(_, code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaning_goes_by_code_alone() {
        assert_eq!(status_class("pedido_pago"), Earning);
        assert_eq!(status_class("pedido_entregue"), Delivered);
        assert_eq!(
            status_class("pedido_chargeback"),
            Revoking,
            "although the platform calls it approved"
        );
        assert_eq!(
            status_class("pagamento_em_disputa"),
            Hold,
            "although the platform calls it approved"
        );
        assert_eq!(
            status_class("cancelamento_solicitado"),
            Hold,
            "although the platform calls it cancelled"
        );
        assert_eq!(status_class("Pedido Pago"), Unknown, "a display name is no code");
        assert_eq!(known_code("1018"), Some("faturado"));
    }
}
