//! Lists: the envelope with `meta` and `objects`, and what becomes of unusual limits and offsets.
//! Knows nothing of what is listed.

use serde_json::{Value, json};

use super::{
    super::exchange::Answer,
    refuse::{Outcome, invalid},
    route::Call,
    switches::{OverMaximum, Switches},
};

const DEFAULT_LIMIT: usize = 20;

/// How far a list may be walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The greatest page.
    maximum: usize,
    /// What a greater one comes to; `None` leaves that to the switch.
    over: Option<OverMaximum>,
    /// The greatest sum of offset and limit.
    deepest: usize,
}

impl Bounds {
    /// Pages of at most this many rows.
    pub(super) const fn of(maximum: usize) -> Self {
        Self {
            maximum,
            over: None,
            deepest: usize::MAX,
        }
    }

    /// The same, always refusing a greater page.
    pub(super) const fn strict(maximum: usize) -> Self {
        Self {
            over: Some(OverMaximum::Refuse),
            ..Self::of(maximum)
        }
    }

    /// The same, refusing pages that end beyond this row.
    pub(super) const fn down_to(self, deepest: usize) -> Self {
        Self { deepest, ..self }
    }
}

/// A page of the rows, rendered.
pub(super) fn page<T>(
    call: &Call<'_>,
    switches: &Switches,
    bounds: Bounds,
    rows: &[T],
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let asked = read(call, switches, "limit")?.unwrap_or(DEFAULT_LIMIT);
    let offset = read(call, switches, "offset")?.unwrap_or_default();
    let mut limit = if asked == 0 { bounds.maximum } else { asked };
    let mut rows = rows;
    if limit > bounds.maximum {
        match bounds.over.unwrap_or(switches.over_maximum) {
            OverMaximum::Clamp => limit = bounds.maximum,
            OverMaximum::Refuse => {
                return Err(invalid(switches, "limit", "valor acima do máximo permitido."));
            }
            OverMaximum::Empty => rows = &[],
        }
    }
    if offset.saturating_add(limit) > bounds.deepest {
        return Err(invalid(switches, "offset", "paginação profunda demais; use filtros."));
    }
    let objects: Vec<Value> = rows.iter().skip(offset).take(limit).map(render).collect();
    let next = match offset + limit {
        next if next < rows.len() => Some(address(call, limit, next)),
        _ if switches.next_repeats => Some(address(call, limit, offset)),
        _ => None,
    };
    let previous = (offset > 0).then(|| address(call, limit, offset.saturating_sub(limit)));
    Ok(Answer::json(
        200,
        json!({
            "meta": {
                "limit": limit,
                "next": next,
                "offset": offset,
                "previous": previous,
                "total_count": rows.len(),
            },
            "objects": objects,
        }),
    ))
}

fn read(call: &Call<'_>, switches: &Switches, name: &str) -> Result<Option<usize>, Answer> {
    call.param(name)
        .map(|text| {
            text.parse()
                .map_err(|_| invalid(switches, name, "informe um número inteiro."))
        })
        .transpose()
}

/// The address of another page: always under `/api/v1`, without credentials.
fn address(call: &Call<'_>, limit: usize, offset: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    query.append_pair("offset", &offset.to_string());
    for (name, value) in &call.request.query {
        if !matches!(name.as_str(), "limit" | "offset" | "chave_api" | "chave_aplicacao") {
            query.append_pair(name, value);
        }
    }
    format!("/api/v1/{}?{}", call.path.join("/"), query.finish())
}
