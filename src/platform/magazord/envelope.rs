//! The wrapping around rows, in every variant that was ever seen.
//!
//! Rows come out as raw text, each to be read alone, so one bad row never costs the others.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::fields::{elements, scalar};

/// A page of rows and what the platform says of the whole.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) rows: Vec<Box<RawValue>>,
    pub(super) page: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) total_pages: Option<u64>,
    pub(super) has_more: Option<bool>,
}

/// Why a body with a successful status gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// It says of itself that it is an error.
    SaysError,
    /// It is not what the platform wraps its answers in.
    NotAnEnvelope,
}

type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a list: `data.items`, `data` as a bare array or a single object, `items` as a single
/// object or under `seq`, or a bare array.
pub(super) fn list(body: &str) -> Result<List, Odd> {
    let top: &RawValue = serde_json::from_str(body.trim()).map_err(|_| Odd::NotAnEnvelope)?;
    let Some(outer) = fields(top) else {
        return if is_array(top) {
            Ok(List {
                rows: rows(top),
                ..List::default()
            })
        } else {
            Err(Odd::NotAnEnvelope)
        };
    };
    if says_error(&outer) {
        return Err(Odd::SaysError);
    }
    let data = outer.get("data").copied();
    let inner = data.and_then(fields);
    let meta = inner.as_ref().unwrap_or(&outer);
    let items = inner.as_ref().unwrap_or(&outer).get("items").copied();
    let found = match (items, data) {
        (Some(items), _) => rows(items),
        (None, Some(data)) if is_array(data) || data.get() == "null" => rows(data),
        // An object without items is a row itself, or a page without rows.
        (None, Some(data)) if inner.as_ref().is_some_and(|inner| inner.contains_key("id")) => rows(data),
        (None, Some(_))
            if inner
                .as_ref()
                .is_some_and(|inner| inner.is_empty() || inner.contains_key("page")) =>
        {
            Vec::new()
        }
        _ => return Err(Odd::NotAnEnvelope),
    };
    let number = |key: &str| {
        meta.get(key)
            .or_else(|| outer.get(key))
            .and_then(|raw| scalar(raw)?.parse().ok())
    };
    let has_more = meta
        .get("has_more")
        .and_then(|raw| scalar(raw))
        .map(|text| matches!(text.as_str(), "true" | "1"));
    Ok(List {
        rows: found,
        page: number("page"),
        total: number("total"),
        total_pages: number("total_pages"),
        has_more,
    })
}

/// Reads a single record, with or without its wrapping.
pub(super) fn single(body: &str) -> Result<Box<RawValue>, Odd> {
    let top: &RawValue = serde_json::from_str(body.trim()).map_err(|_| Odd::NotAnEnvelope)?;
    let outer = fields(top).ok_or(Odd::NotAnEnvelope)?;
    if says_error(&outer) {
        return Err(Odd::SaysError);
    }
    let record = match outer.get("data").copied() {
        Some(data) => elements(data).first().copied(),
        None if outer.contains_key("id") || outer.contains_key("codigo") => Some(top),
        None => None,
    };
    let record = record.ok_or(Odd::NotAnEnvelope)?;
    match fields(record)
        .as_ref()
        .and_then(|inner| inner.get("items"))
        .map(|items| rows(items))
    {
        Some(mut items) if !items.is_empty() => Ok(items.swap_remove(0)),
        _ => Ok(unwrap_seq(record).to_owned()),
    }
}

fn fields(raw: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(raw.get()).ok()
}

fn is_array(raw: &RawValue) -> bool {
    raw.get().starts_with('[')
}

fn says_error(fields: &Fields<'_>) -> bool {
    let says = |key: &str| {
        fields
            .get(key)
            .and_then(|raw| scalar(raw))
            .unwrap_or_default()
            .to_lowercase()
    };
    matches!(says("status").as_str(), "error" | "erro" | "fail") || says("sucesso") == "false"
}

/// The rows of a list, or of an object that holds one under `seq`.
fn rows(raw: &RawValue) -> Vec<Box<RawValue>> {
    elements(unwrap_seq(raw))
        .into_iter()
        .map(|row| unwrap_seq(row).to_owned())
        .collect()
}

/// What an object holds under `seq`, if that is a record or a list.
fn unwrap_seq(raw: &RawValue) -> &RawValue {
    let inner = fields(raw).and_then(|fields| fields.get("seq").copied());
    inner.filter(|inner| inner.get().starts_with(['{', '['])).unwrap_or(raw)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        list(body)
            .unwrap()
            .rows
            .iter()
            .map(|row| row.get().to_owned())
            .collect()
    }

    #[test]
    fn the_documented_page() {
        let page = list(
            r#"{"status":"success","data":{"items":[{"id":1},{"id":2}],"page_count":2,"page":1,"limit":100,"total":2,"total_pages":"1","has_more":false}}"#,
        )
        .unwrap();
        assert_eq!(page.rows.len(), 2);
        assert_eq!(
            (page.page, page.total, page.total_pages, page.has_more),
            (Some(1), Some(2), Some(1), Some(false))
        );
    }

    #[test]
    fn every_variant_gives_the_same_row() {
        for body in [
            r#"{"status":"success","data":[{"id":1}]}"#,
            r#"{"status":"success","data":{"items":{"id":1},"has_more":false}}"#,
            r#"{"status":"success","data":{"items":[{"seq":{"id":1}}]}}"#,
            r#"{"status":"success","data":{"items":{"seq":[{"id":1}]}}}"#,
            r#"{"status":"success","data":{"items":{"seq":{"id":1}}}}"#,
            r#"{"status":"success","data":{"id":1}}"#,
            r#"{"total":1,"data":[{"id":1}]}"#,
            r#"{"items":[{"id":1}]}"#,
            r#" [{"id":1}]"#,
        ] {
            assert_eq!(texts(body), [r#"{"id":1}"#], "{body}");
        }
    }

    #[test]
    fn empty_pages_are_pages() {
        for body in [
            r#"{"status":"success","data":{"items":[],"has_more":true}}"#,
            r#"{"status":"success","data":[]}"#,
            r#"{"status":"success","data":null}"#,
            r#"{"status":"success","data":{"items":null,"page":2}}"#,
            r#"{"status":"success","data":{}}"#,
            "[]",
        ] {
            assert!(texts(body).is_empty(), "{body}");
        }
    }

    #[test]
    fn errors_and_strange_bodies_are_told_apart() {
        assert_eq!(list(r#"{"status":"error","message":"x"}"#).unwrap_err(), Odd::SaysError);
        assert_eq!(list(r#"{"sucesso":false,"mensagem":"x"}"#).unwrap_err(), Odd::SaysError);
        for body in ["", "<html></html>", "\"x\"", "7", r#"{"hello":"world"}"#] {
            assert_eq!(list(body).unwrap_err(), Odd::NotAnEnvelope, "{body}");
            assert_eq!(single(body).unwrap_err(), Odd::NotAnEnvelope, "{body}");
        }
    }

    #[test]
    fn a_single_record_comes_with_or_without_wrapping() {
        for body in [
            r#"{"status":"success","data":{"id":1}}"#,
            r#"{"id":1}"#,
            r#"{"status":"success","data":[{"id":1}]}"#,
            r#"{"data":{"seq":{"id":1}}}"#,
            r#"{"data":{"items":[{"id":1}]}}"#,
        ] {
            assert_eq!(single(body).unwrap().get(), r#"{"id":1}"#, "{body}");
        }
    }
}
