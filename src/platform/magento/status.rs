//! The order statuses. Magento has eight states, each with statuses of the store's own making.
//!
//! A code here is the state, or `state/status` where the status has another name, so that its meaning for points is
//! known whatever a store calls it.

use std::collections::BTreeMap;

use crate::platform::{OrderStatus, StatusClass};

use StatusClass::{Earning, Hold, Pending, Revoking, Unknown};

/// Points are given when an order is complete, unless the merchant also selects earlier statuses.
const STATES: [(&str, &str, StatusClass); 8] = [
    ("new", "Novo", Pending),
    ("pending_payment", "Pagamento pendente", Pending),
    ("payment_review", "Pagamento em análise", Hold),
    ("processing", "Processando", Pending),
    ("complete", "Completo", Earning),
    ("closed", "Fechado (devolvido)", Revoking),
    ("canceled", "Cancelado", Revoking),
    ("holded", "Retido", Hold),
];

/// What a code means for points: its state decides.
pub fn status_class(code: &str) -> StatusClass {
    let state = code.split('/').next().unwrap_or_default().trim();
    STATES
        .iter()
        .find(|(known, ..)| *known == state)
        .map_or(Unknown, |(_, _, class)| *class)
}

/// The code of an order in this state and status.
pub(super) fn code(state: Option<&str>, status: Option<&str>) -> Option<String> {
    match (state, status) {
        (Some(state), Some(status)) if state != status => Some(format!("{state}/{status}")),
        (Some(state), _) => Some(state.to_owned()),
        (None, status) => status.map(ToOwned::to_owned),
    }
}

/// The eight states, and the codes of a store's own that its orders were seen with.
pub(super) fn catalogue(seen: impl IntoIterator<Item = String>) -> Vec<OrderStatus> {
    let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in seen {
        if let Some((state, status)) = code.split_once('/') {
            let codes = own.entry(state.to_owned()).or_default();
            if !codes.iter().any(|known| known == status) {
                codes.push(status.to_owned());
            }
        }
    }
    let mut statuses = Vec::new();
    for (state, name, class) in STATES {
        statuses.push(OrderStatus {
            code: state.to_owned(),
            name: name.to_owned(),
            class,
        });
        let mut codes = own.remove(state).unwrap_or_default();
        codes.sort();
        statuses.extend(codes.into_iter().map(|status| OrderStatus {
            code: format!("{state}/{status}"),
            name: format!("{name}: {}", status.replace('_', " ")),
            class,
        }));
    }
    statuses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_decides_whatever_the_store_calls_its_status() {
        assert_eq!(status_class("complete/entregue"), Earning);
        assert_eq!(status_class("closed/trocado"), Revoking);
        assert_eq!(status_class("processing"), Pending);
        assert_eq!(status_class("entregue"), Unknown);
        assert_eq!(code(Some("complete"), Some("complete")).as_deref(), Some("complete"));
        assert_eq!(
            code(Some("complete"), Some("entregue")).as_deref(),
            Some("complete/entregue")
        );
        assert_eq!(code(Some("new"), None).as_deref(), Some("new"));
        assert_eq!(code(None, Some("complete")).as_deref(), Some("complete"));
    }

    #[test]
    fn a_stores_own_statuses_stand_behind_their_state() {
        let seen = ["complete/entregue", "complete", "complete/entregue", "nowhere/x"];
        let codes: Vec<String> = catalogue(seen.map(ToOwned::to_owned))
            .into_iter()
            .map(|status| status.code)
            .collect();
        assert_eq!(codes.len(), 9);
        assert_eq!(codes[4..6], ["complete", "complete/entregue"]);
    }
}
