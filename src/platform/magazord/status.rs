//! The order situations. The platform has no endpoint that lists them: this is its documented table.
//!
//! Only the code decides: the label on an order is worded for its buyer and may differ, and its
//! `tipo` does not tell paid from fraudulent.

use crate::platform::{OrderStatus, StatusClass};

use StatusClass::{Delivered, Earning, Hold, Pending, Revoking, Unknown};

const TABLE: [(u8, &str, StatusClass); 31] = [
    (1, "Aguardando Pagamento", Pending),
    (2, "Cancelado Pagamento", Revoking),
    (3, "Em análise Pagamento", Hold),
    (4, "Aprovado", Earning),
    (5, "Aprovado e Integrado", Earning),
    (6, "Nota Fiscal Emitida", Earning),
    (7, "Transporte", Earning),
    (8, "Entregue", Delivered),
    (9, "Fraude", Revoking),
    (10, "Chargeback", Revoking),
    (11, "Disputa", Hold),
    (12, "Aprovado Análise de Pagamento", Earning),
    (13, "Em análise de pagamento (interna)", Hold),
    (14, "Cancelado Pagamento Análise", Revoking),
    (15, "Aguardando Pagamento (Diferenciado)", Hold),
    (16, "Problema Fluxo Postal", Hold),
    (17, "Devolvido Financeiro", Revoking),
    (18, "Aguardando Atualização de Dados", Hold),
    (19, "Aguardando Chegada do Produto", Earning),
    (20, "Devolvido Estoque (Dep. 1)", Revoking),
    (21, "Devolvido Estoque (Outros Dep.)", Revoking),
    (22, "Suspenso Temporariamente", Hold),
    (23, "Faturamento Iniciado", Earning),
    (24, "Em Cancelamento", Revoking),
    (25, "Tratamento Pós-Vendas", Hold),
    (26, "Nota Fiscal Cancelada", Revoking),
    (27, "Crédito por Troca", Revoking),
    (28, "Nota Fiscal Denegada", Revoking),
    (29, "Chargeback Pago / Recuperado", Hold),
    (30, "Aprovado Parcial", Earning),
    (31, "Em Logística Reversa", Hold),
];

/// What a situation means for points, by its code.
pub fn status_class(code: &str) -> StatusClass {
    let code: Option<u8> = code.trim().parse().ok();
    TABLE
        .iter()
        .find(|(known, ..)| Some(*known) == code)
        .map_or(Unknown, |(_, _, class)| *class)
}

/// All situations, in the order of their codes.
pub(super) fn statuses() -> Vec<OrderStatus> {
    let status = |(code, name, class): &(u8, &str, StatusClass)| OrderStatus {
        code: code.to_string(),
        name: (*name).to_owned(),
        class: *class,
    };
    TABLE.iter().map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code_once_and_the_classes_that_points_depend_on() {
        let of = |class| -> Vec<u8> { TABLE.iter().filter(|row| row.2 == class).map(|row| row.0).collect() };
        assert!(TABLE.iter().map(|row| row.0).eq(1..=31));
        assert_eq!(of(Delivered), [8]);
        assert_eq!(of(Earning), [4, 5, 6, 7, 12, 19, 23, 30]);
        assert_eq!(of(Revoking), [2, 9, 10, 14, 17, 20, 21, 24, 26, 27, 28]);
        assert_eq!(of(Hold), [3, 11, 13, 15, 16, 18, 22, 25, 29, 31]);
        assert_eq!(of(Pending), [1]);
    }

    #[test]
    fn codes_come_as_text_and_may_be_unknown() {
        assert_eq!(status_class("08"), Delivered);
        assert_eq!(status_class("32"), Unknown);
        assert_eq!(status_class("Entregue"), Unknown);
    }
}
