//! The order list: which orders to look at, cheaply.
//!
//! The right question is "whose situation changed since", but some panels refuse that filter and
//! others ignore it. So a walk begins with a plan, falls back to the next when one is refused, and
//! asks for the far future to learn whether a filter is heeded at all.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::{
    Magazord, ORDERS, answers, dates,
    envelope::List,
    fields::{FieldError, Record},
    page::{Cursor, digest},
    read_page,
};
use crate::platform::http::encode_segment;
use crate::platform::{OrderListing, Page, PageToken, PlatformError, RefusalReason, Window, WindowKind};

/// How far back orders are looked at again where changes cannot be asked for.
const LOOK_BACK_DAYS: i64 = 60;
/// A `Z` may be read as the time of Brasília, three hours off: asking from earlier covers both.
const ZONE_DOUBT_HOURS: i64 = 3;
/// Windows that begin earlier ask for everything, without a filter.
const EVERYTHING_BEFORE: i32 = 2000;
const FAR_FUTURE: &str = "2999-01-01T00:00:00-03:00";
const CHANGED: &str = "dataHoraUltimaAlteracaoSituacao[gte]";
const CREATED: &str = "dataHora[gte]";

/// The fields of a row whose change makes an order worth reading again.
const TELLING: [&str; 12] = [
    "codigo",
    "dataHora",
    "pedidoSituacao",
    "valorProduto",
    "valorFrete",
    "valorDesconto",
    "valorAcrescimo",
    "valorTotal",
    "cupomId",
    "pessoaId",
    "lojaId",
    "dataHoraUltimaAlteracaoSituacao",
];

/// A way of asking for a window.
#[derive(Debug, Clone, Copy)]
struct Plan {
    filter: &'static str,
    /// How much earlier than the window it asks.
    look_back: TimeDelta,
    format: fn(DateTime<Utc>) -> String,
}

const fn plan(filter: &'static str, days: i64) -> [Plan; 2] {
    let with_offset = Plan {
        filter,
        look_back: TimeDelta::days(days),
        format: dates::with_offset,
    };
    let doubt = TimeDelta::hours(days * 24 + ZONE_DOUBT_HOURS);
    [
        with_offset,
        Plan {
            filter,
            look_back: doubt,
            format: dates::with_z,
        },
    ]
}

const BY_CHANGE: [Plan; 2] = plan(CHANGED, 0);
const BY_RECENT: [Plan; 2] = plan(CREATED, LOOK_BACK_DAYS);
const BY_CREATION: [Plan; 2] = plan(CREATED, 0);

/// The ways to ask, best first.
const FOR_CHANGED: [Plan; 4] = [BY_CHANGE[0], BY_CHANGE[1], BY_RECENT[0], BY_RECENT[1]];
/// Where in [`FOR_CHANGED`] changes are no longer asked for.
const FIRST_RECENT: usize = 2;

impl Magazord {
    pub(super) async fn list_orders(
        &self,
        window: Window,
        token: Option<&PageToken>,
    ) -> Result<Page<OrderListing>, PlatformError> {
        let mut cursor = Cursor::resume(token, Some(window.since));
        let since = cursor.since.unwrap_or(window.since);
        let plans: &[Plan] = match window.by {
            _ if since.year() < EVERYTHING_BEFORE => &[],
            WindowKind::Created => &BY_CREATION,
            WindowKind::Changed => &FOR_CHANGED,
        };
        loop {
            let plan = plans.get(cursor.plan);
            match self.order_page(&cursor, plan, since).await {
                Err(error) if cursor.is_first() && cursor.plan + 1 < plans.len() && is_refused_value(&error) => {
                    tracing::debug!(
                        filter = plan.map(|plan| plan.filter),
                        "a filter of orders is refused; asking otherwise"
                    );
                    cursor.plan += 1;
                }
                Err(error) => return Err(error),
                Ok(list) => {
                    let is_doubtful = cursor.is_first() && plan.is_some_and(|plan| plan.filter == CHANGED);
                    if is_doubtful && cursor.after(&list).is_some() && self.is_ignored(CHANGED).await? {
                        tracing::debug!(filter = CHANGED, "a filter of orders is ignored; asking otherwise");
                        cursor.plan = FIRST_RECENT;
                        continue;
                    }
                    return Ok(self.read_orders(&cursor, &list, plan, since));
                }
            }
        }
    }

    async fn order_page(
        &self,
        cursor: &Cursor,
        plan: Option<&Plan>,
        since: DateTime<Utc>,
    ) -> Result<List, PlatformError> {
        let from = plan.map(|plan| (plan.filter, (plan.format)(since - plan.look_back)));
        let mut query = vec![("orderDirection", "asc")];
        query.extend(self.shop.as_deref().map(|shop| ("loja", shop)));
        query.extend(from.as_ref().map(|(filter, from)| (*filter, from.as_str())));
        self.list(ORDERS, cursor, &query).await
    }

    /// Whether a filter changes nothing: nothing can have happened in the far future, so any row
    /// shows that it is not heeded.
    async fn is_ignored(&self, filter: &str) -> Result<bool, PlatformError> {
        match self.list(ORDERS, &Cursor::first(None), &[(filter, FAR_FUTURE)]).await {
            Ok(list) => Ok(!list.rows.is_empty()),
            Err(error) if is_refused_value(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_orders(
        &self,
        cursor: &Cursor,
        list: &List,
        plan: Option<&Plan>,
        since: DateTime<Utc>,
    ) -> Page<OrderListing> {
        // Only a creation filter can be judged again: rows bear their date, seldom their change.
        let earliest = plan
            .filter(|plan| plan.filter == CREATED)
            .map(|plan| since - plan.look_back);
        read_page(cursor, list, |record, row| {
            let shop = shop_of(record)?;
            let placed_at = record.instant("dataHora").ok().flatten();
            let is_too_early =
                matches!((earliest, placed_at), (Some(earliest), Some(placed_at)) if placed_at < earliest);
            if is_too_early || !self.is_ours(shop.as_deref()) {
                return Ok(Vec::new());
            }
            let listing = OrderListing {
                external_id: record.id("id")?.ok_or_else(|| FieldError::missing("id"))?,
                fingerprint: fingerprint(record),
                changed_at: changed_at(record),
                row: row.to_owned(),
            };
            Ok(vec![listing])
        })
    }
}

impl Magazord {
    /// The order with a code, as its detail tells it. A detail has another fingerprint than the row of the same order, so
    /// the next import reads it once more.
    pub(super) async fn order_by_code(&self, code: &str) -> Result<OrderListing, PlatformError> {
        let missing = || PlatformError::NotFound {
            what: format!("pedido {code}"),
        };
        let path = format!("{}/{}", ORDERS.path, encode_segment(code));
        let answer = self.api.get(&path, &[]).await?;
        let row = answers::expect_single(&answer, ORDERS.name)?;
        let unread = |fault: FieldError| PlatformError::Malformed { detail: fault.message };
        let record = Record::read(&row).map_err(unread)?;
        let id = record.id("id").map_err(unread)?.ok_or_else(missing)?;
        let is_it = id == code || record.text_or_none("codigo").as_deref() == Some(code);
        if !is_it || !self.is_ours(shop_of(&record).map_err(unread)?.as_deref()) {
            return Err(missing());
        }
        let listing = OrderListing {
            external_id: id,
            fingerprint: fingerprint(&record),
            changed_at: changed_at(&record),
            row: row.clone(),
        };
        Ok(listing)
    }
}

fn is_refused_value(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::Refused {
            reason: RefusalReason::InvalidValue,
            ..
        }
    )
}

/// The shop of an order, under whichever name this answer gives it.
pub(super) fn shop_of(record: &Record<'_>) -> Result<Option<String>, FieldError> {
    for field in ["lojaId", "id_loja", "loja_id"] {
        if let Some(shop) = record.id(field)? {
            return Ok(Some(shop));
        }
    }
    Ok(None)
}

/// When the order's situation changed, where this panel tells.
pub(super) fn changed_at(record: &Record<'_>) -> Option<DateTime<Utc>> {
    ["dataHoraUltimaAlteracaoSituacao", "dataHoraUltimaAlteracao"]
        .iter()
        .find_map(|field| record.instant(field).ok().flatten())
}

fn fingerprint(record: &Record<'_>) -> String {
    let values = TELLING.map(|field| record.raw(field).map(RawValue::get).unwrap_or_default());
    digest(&values, 32)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn print(json: &str) -> String {
        fingerprint(&Record::read(&RawValue::from_string(json.to_owned()).unwrap()).unwrap())
    }

    #[test]
    fn a_fingerprint_follows_what_matters_and_nothing_else() {
        let base = print(r#"{"id":1,"pedidoSituacao":4,"valorTotal":"10.00","cupomId":null}"#);
        assert_eq!(base.len(), 32);
        assert_eq!(
            base,
            print(r#"{"id":1,"pedidoSituacao":4,"valorTotal":"10.00","pedidoSituacaoDescricao":"x"}"#)
        );
        for other in [
            r#"{"pedidoSituacao":5,"valorTotal":"10.00"}"#,
            r#"{"pedidoSituacao":4,"valorTotal":"11.00"}"#,
            r#"{"pedidoSituacao":4,"valorTotal":"10.00","cupomId":7}"#,
        ] {
            assert_ne!(base, print(other), "{other}");
        }
    }
}
