//! The order statuses: the platform's whole catalogue and one that nobody has heard of.
//!
//! Names are for people and vary; codes are what orders are told apart by. The flags are the
//! platform's, its odd ones included. Nothing here says what a status means for anybody.

use serde_json::{Value, json};

use super::{
    super::exchange::Answer,
    paging::{Bounds, page},
    refuse::{Outcome, not_found},
    route::Call,
    switches::Switches,
    wire,
};

/// A row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) code: &'static str,
    name: &'static str,
    flags: &'static str,
}

/// The letters of `flags`: approved, cancelled, final, mails the buyer, default.
const fn status(id: u64, code: &'static str, name: &'static str, flags: &'static str) -> Status {
    Status { id, code, name, flags }
}

/// Everything that `GET /v1/situacao` lists.
pub(super) const CATALOGUE: [Status; 17] = [
    status(9, "pedido_efetuado", "Pedido Efetuado", "d"),
    status(2, "aguardando_pagamento", "Aguardando pagamento", "m"),
    status(3, "pagamento_em_analise", "Pagamento em análise", "m"),
    status(4, "pedido_pago", "Pedido Pago", "am"),
    status(1018, "faturado", "Faturado", "a"),
    status(17, "em_producao", "Em produção", "am"),
    status(15, "pedido_em_separacao", "Pedido em separação", "am"),
    status(11, "pedido_enviado", "Pedido Enviado", "afm"),
    status(13, "pronto_para_retirada", "Pronto para retirada", "afm"),
    status(14, "pedido_entregue", "Pedido Entregue", "afm"),
    status(6, "pagamento_em_disputa", "Pagamento em disputa", "a"),
    status(16, "pedido_chargeback", "Chargeback", "af"),
    status(7, "pagamento_devolvido", "Pagamento devolvido", "cfm"),
    status(8, "pedido_cancelado", "Pedido Cancelado", "cfm"),
    status(1019, "cancelamento_solicitado", "Cancelamento solicitado", "c"),
    status(
        1020,
        "pagamento_devolvido_sem_retorno",
        "Pagamento devolvido sem retorno",
        "cf",
    ),
    status(2042, "conferencia_fiscal", "Conferência fiscal", ""),
];

/// Lives of orders that end in each status once.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["pedido_efetuado"],
    &["pedido_efetuado", "aguardando_pagamento"],
    &["pedido_efetuado", "pagamento_em_analise"],
    &["pedido_efetuado", "aguardando_pagamento", "pedido_pago"],
    &["pedido_efetuado", "pedido_pago", "faturado"],
    &["pedido_efetuado", "pedido_pago", "em_producao"],
    &["pedido_efetuado", "pedido_pago", "pedido_em_separacao"],
    &["pedido_efetuado", "pedido_pago", "faturado", "pedido_enviado"],
    &["pedido_efetuado", "pedido_pago", "pronto_para_retirada"],
    &["pedido_efetuado", "pedido_pago", "pedido_enviado", "pedido_entregue"],
    &["pedido_efetuado", "pedido_pago", "pagamento_em_disputa"],
    &[
        "pedido_efetuado",
        "pedido_pago",
        "pagamento_em_disputa",
        "pedido_chargeback",
    ],
    &["pedido_efetuado", "pedido_pago", "pagamento_devolvido"],
    &["pedido_efetuado", "aguardando_pagamento", "pedido_cancelado"],
    &["pedido_efetuado", "pedido_pago", "cancelamento_solicitado"],
    &["pedido_efetuado", "pedido_pago", "pagamento_devolvido_sem_retorno"],
    &["pedido_efetuado", "pedido_pago", "conferencia_fiscal"],
];

/// Lives of the other orders. The last one leaves a final status, as nothing prevents.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &[
        "pedido_efetuado",
        "aguardando_pagamento",
        "pedido_pago",
        "pedido_em_separacao",
        "pedido_enviado",
        "pedido_entregue",
    ],
    &[
        "aguardando_pagamento",
        "pagamento_em_analise",
        "pedido_pago",
        "faturado",
        "pedido_enviado",
        "pedido_entregue",
    ],
    &[
        "pedido_efetuado",
        "pedido_pago",
        "pronto_para_retirada",
        "pedido_entregue",
    ],
    &["pedido_efetuado", "aguardando_pagamento", "pedido_cancelado"],
    &["pedido_efetuado", "pedido_cancelado", "pedido_pago", "pedido_enviado"],
];

/// `GET /v1/situacao`.
pub(super) fn list(call: &Call<'_>, switches: &Switches) -> Outcome {
    page(call, switches, Bounds::of(100), &CATALOGUE, |status| status.row())
}

/// `GET /v1/situacao/{id}`.
pub(super) fn one(id: &str, switches: &Switches) -> Outcome {
    let status = CATALOGUE.into_iter().find(|status| status.id.to_string() == id);
    status
        .map(|status| Answer::json(200, status.row()))
        .ok_or_else(|| not_found(switches))
}

impl Status {
    /// The row with this code.
    pub(super) fn by_code(code: &str) -> Option<Self> {
        CATALOGUE.into_iter().find(|status| status.code == code)
    }

    /// Whether the order counts as approved.
    pub(super) fn approved(self) -> bool {
        self.flags.contains('a')
    }

    /// Whether the order counts as cancelled.
    pub(super) fn cancelled(self) -> bool {
        self.flags.contains('c')
    }

    /// Whether an order in this status still waits for money, and thus expires.
    pub(super) fn expires(self) -> bool {
        matches!(self.id, 2 | 3 | 9)
    }

    /// The catalogue's row.
    pub(super) fn row(self) -> Value {
        self.object(self.name, 0)
    }

    /// The status within an order: some shops gave it another name.
    pub(super) fn in_order(self, mood: u64) -> Value {
        let name = match (self.code, mood % 3) {
            ("pedido_pago", 1) => "Pagamento confirmado",
            ("pedido_entregue", 2) => "Entregue ao cliente",
            ("pedido_cancelado", 1) => "Cancelado pela loja",
            _ => self.name,
        };
        self.object(name, mood)
    }

    fn object(self, name: &str, mood: u64) -> Value {
        let has = |letter| self.flags.contains(letter);
        wire::sent(
            json!({
                "id": self.id,
                "codigo": self.code,
                "nome": name,
                "aprovado": wire::flag(self.approved(), mood),
                "cancelado": wire::flag(self.cancelled(), mood),
                "final": has('f'),
                "notificar_comprador": has('m'),
                "padrao": has('d'),
                "resource_uri": wire::uri("situacao", self.id),
            }),
            mood,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_ends_one_life() {
        for status in CATALOGUE {
            let lives = SHOWCASE.iter().filter(|life| life.last() == Some(&status.code)).count();
            assert_eq!(lives, 1, "{}", status.code);
        }
        let known = |code: &&str| Status::by_code(code).is_some();
        assert!(SHOWCASE.iter().chain(EVERYDAY).flat_map(|life| life.iter()).all(known));
    }

    #[test]
    fn the_odd_flags_are_there() {
        let row = |code| Status::by_code(code).map(Status::row).unwrap_or_default();
        assert_eq!(row("pedido_chargeback")["aprovado"], true);
        assert_eq!(row("pagamento_em_disputa")["aprovado"], true);
        assert_eq!(
            (
                &row("cancelamento_solicitado")["cancelado"],
                &row("cancelamento_solicitado")["final"]
            ),
            (&json!(true), &json!(false))
        );
    }
}
