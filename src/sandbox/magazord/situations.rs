//! Magazord's order situations, as the customer sees them named, and the lives that the sandbox's
//! orders lead. What a situation is worth in points is nobody's business here.

/// A situation as an order shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Situation {
    /// The label of the table.
    pub(super) name: &'static str,
    /// The label that customers see, which differs for some.
    pub(super) label: &'static str,
    /// 1 normal, 2 anomaly, 3 cancelled, 4 waiting for somebody else. Normal does not mean paid.
    pub(super) kind: u8,
    /// 1 registration, 2 approval, 3 issuing, 4 shipping, 5 receiving.
    pub(super) stage: u8,
}

/// The situation with a code. One that the table does not have is shown all the same.
pub(super) fn situation(code: &str) -> Situation {
    let (name, kind, stage) = match code {
        "1" => ("Aguardando Pagamento", 1, 1),
        "2" => ("Cancelado Pagamento", 3, 1),
        "3" => ("Em análise Pagamento", 4, 2),
        "4" => ("Aprovado", 1, 2),
        "5" => ("Aprovado e Integrado", 1, 2),
        "6" => ("Nota Fiscal Emitida", 1, 3),
        "7" => ("Transporte", 1, 4),
        "8" => ("Entregue", 1, 5),
        "9" => ("Fraude", 1, 2),
        "10" => ("Chargeback", 1, 2),
        "11" => ("Disputa", 1, 2),
        "12" => ("Aprovado Análise de Pagamento", 1, 2),
        "13" => ("Em análise de pagamento (interna)", 1, 2),
        "14" => ("Cancelado Pagamento Análise", 3, 2),
        "15" => ("Aguardando Pagamento (Diferenciado)", 2, 1),
        "16" => ("Problema Fluxo Postal", 2, 4),
        "17" => ("Devolvido Financeiro", 2, 5),
        "18" => ("Aguardando Atualização de Dados", 4, 1),
        "19" => ("Aguardando Chegada do Produto", 1, 3),
        "20" => ("Devolvido Estoque (Dep. 1)", 2, 5),
        "21" => ("Devolvido Estoque (Outros Dep.)", 2, 5),
        "22" => ("Suspenso Temporariamente", 2, 3),
        "23" => ("Faturamento Iniciado", 1, 3),
        "24" => ("Em Cancelamento", 3, 3),
        "25" => ("Tratamento Pós-Vendas", 2, 5),
        "26" => ("Nota Fiscal Cancelada", 1, 3),
        "27" => ("Crédito por Troca", 1, 5),
        "28" => ("Nota Fiscal Denegada", 2, 3),
        "29" => ("Chargeback Pago", 1, 2),
        "30" => ("Aprovado Parcial", 1, 2),
        "31" => ("Em Logística Reversa", 2, 5),
        _ => ("Situação Nova", 1, 2),
    };
    let label = match code {
        "5" => "Crédito e Cadastro Aprovados",
        "7" => "A caminho",
        _ => name,
    };
    Situation {
        name,
        label,
        kind,
        stage,
    }
}

/// Orders that came to every situation that matters, the commonest first; the last code is one
/// that no table has.
pub(super) const SHOWCASE: &[&[&str]] = &[
    &["1", "4"],
    &["1", "4", "5"],
    &["1", "4", "5", "6", "7", "8"],
    &["1", "2"],
    &["1", "4", "5", "6", "7", "8", "20"],
    &["1", "3", "9"],
    &["1", "4", "5", "6", "7", "8", "10"],
    &["1", "3", "14"],
    &["1", "4", "5", "6", "7", "8", "17"],
    &["1", "4", "5", "6", "7", "8", "21"],
    &["1", "4", "24"],
    &["1", "4", "5", "6", "26"],
    &["1", "4", "5", "6", "7", "8", "27"],
    &["1", "4", "5", "28"],
    &["1", "4", "32"],
    &["1", "4", "30"],
    &["1", "3", "11"],
    &["1", "4", "5", "6", "7", "31"],
    &["1", "4", "10", "29"],
    &["1"],
    &["1", "4", "22"],
];

/// What becomes of ordinary orders.
pub(super) const EVERYDAY: &[&[&str]] = &[
    &["1", "4", "5", "6", "7", "8"],
    &["1", "3", "12", "4", "5", "23", "6", "7", "8"],
    &["1", "4", "5", "6", "7", "8"],
    &["1", "3", "2"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_showcase_has_every_situation_that_earns_or_revokes() {
        let ends: Vec<_> = SHOWCASE.iter().filter_map(|life| life.last().copied()).collect();
        for code in [
            "4", "5", "8", "2", "9", "10", "14", "17", "20", "21", "24", "26", "27", "28", "32",
        ] {
            assert!(ends.contains(&code), "no order ends in {code}");
        }
    }

    #[test]
    fn what_customers_see_differs_from_the_table() {
        let integrated = situation("5");
        assert_eq!(
            (integrated.name, integrated.label),
            ("Aprovado e Integrado", "Crédito e Cadastro Aprovados")
        );
        assert_eq!(situation("9").kind, 1, "fraud counts as normal");
    }
}
