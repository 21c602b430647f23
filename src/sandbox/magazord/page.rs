//! Magazord's lists: which rows are on a page, and the envelope around them in all its variants.

use serde_json::{Value, json};

use super::{
    switches::{LastPage, LimitAbove, ListEnvelope, Switches},
    wire,
};
use crate::sandbox::exchange::{Answer, Request};

const LARGEST_LIMIT: usize = 100;

/// Answers the page that the request asks for. `rows` are the places of all matching rows in the
/// order of the list; `render` writes one of them. Only orders are ever wrapped under `seq`.
pub(super) fn answer(
    request: &Request,
    switches: Switches,
    rows: &[usize],
    orders: Kind,
    render: impl Fn(usize) -> Value,
) -> Answer {
    let limit = match limit(request, switches) {
        Ok(limit) => limit,
        Err(refusal) => return refusal,
    };
    let total_pages = rows.len().div_ceil(limit);
    let page = request
        .param("page")
        .and_then(|page| page.parse::<usize>().ok())
        .unwrap_or(1)
        .max(1);
    let shown = match switches.last_page {
        LastPage::Repeats => page.min(total_pages.max(1)),
        LastPage::Ends | LastPage::HasMoreStaysTrue => page,
    };
    let items: Vec<Value> = rows
        .iter()
        .skip((shown - 1) * limit)
        .take(limit)
        .map(|row| render(*row))
        .collect();
    let has_more = match switches.last_page {
        LastPage::Ends => page < total_pages,
        LastPage::HasMoreStaysTrue | LastPage::Repeats => true,
    };
    let count = items.len();
    let items = match (switches.list_envelope, orders) {
        (ListEnvelope::BareArray, _) => return wire::single(200, Value::Array(items)),
        (ListEnvelope::SingleItem, _) if count == 1 => items.into_iter().next().unwrap_or_default(),
        (ListEnvelope::Seq, Kind::Orders) => items.into_iter().map(|item| json!({ "seq": item })).collect(),
        _ => Value::Array(items),
    };
    wire::single(
        200,
        json!({
            "items": items, "page_count": count, "page": page, "limit": limit, "total": rows.len(),
            "total_pages": total_pages, "has_more": has_more,
        }),
    )
}

/// What a list is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Orders.
    Orders,
    /// Anything else.
    Others,
}

/// Turns the rows round where the request asks for descending order.
pub(super) fn in_asked_direction(request: &Request, mut rows: Vec<usize>) -> Vec<usize> {
    if request
        .param("orderDirection")
        .is_some_and(|direction| direction.eq_ignore_ascii_case("desc"))
    {
        rows.reverse();
    }
    rows
}

fn limit(request: &Request, switches: Switches) -> Result<usize, Answer> {
    let asked = request
        .param("limit")
        .and_then(|limit| limit.parse::<usize>().ok())
        .filter(|limit| *limit > 0);
    match (asked.unwrap_or(LARGEST_LIMIT), switches.limit_above_100) {
        (limit, _) if limit <= LARGEST_LIMIT => Ok(limit),
        (_, LimitAbove::Refused) => Err(wire::error(switches, 400, "O parâmetro limit deve ser no máximo 100.")),
        (_, LimitAbove::Clamped) => Ok(LARGEST_LIMIT),
        (limit, LimitAbove::Honoured) => Ok(limit),
    }
}

/// Answers a list of the first version: `offset` and `limit`, `data` a bare array, `page` ignored.
pub(super) fn answer_v1(request: &Request, rows: &[usize], render: impl Fn(usize) -> Value) -> Answer {
    let asked = |name| request.param(name).and_then(|value| value.parse::<usize>().ok());
    let limit = asked("limit").unwrap_or(50).clamp(1, LARGEST_LIMIT);
    let items: Vec<Value> = rows
        .iter()
        .skip(asked("offset").unwrap_or(0))
        .take(limit)
        .map(|row| render(*row))
        .collect();
    Answer::json(200, json!({ "total": rows.len(), "data": items }))
}
