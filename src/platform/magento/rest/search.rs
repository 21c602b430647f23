//! What is asked of a list, and what it answers.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::platform::magento::record::elements;

/// A search in a list. All filters hold together.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform::magento) struct Search<'a> {
    /// Field, condition and value.
    pub(in crate::platform::magento) filter: Option<(&'a str, &'a str, &'a str)>,
    /// Fields in the order in which they count, and the direction.
    pub(in crate::platform::magento) sort: &'a [&'a str],
    pub(in crate::platform::magento) direction: &'a str,
    pub(in crate::platform::magento) size: u32,
    /// From 1.
    pub(in crate::platform::magento) page: u32,
}

impl Search<'_> {
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        let mut add = |path: String, value: String| query.push((format!("searchCriteria{path}"), value));
        if let Some((field, condition, value)) = self.filter {
            let group = "[filter_groups][0][filters][0]";
            add(format!("{group}[field]"), field.to_owned());
            add(format!("{group}[value]"), value.to_owned());
            add(format!("{group}[condition_type]"), condition.to_owned());
        }
        for (place, field) in self.sort.iter().enumerate() {
            add(format!("[sortOrders][{place}][field]"), (*field).to_owned());
            add(format!("[sortOrders][{place}][direction]"), self.direction.to_owned());
        }
        add("[pageSize]".to_owned(), self.size.to_string());
        add("[currentPage]".to_owned(), self.page.to_string());
        query
    }
}

/// A page of a list.
#[derive(Debug)]
pub(in crate::platform::magento) struct List {
    pub(in crate::platform::magento) rows: Vec<Box<RawValue>>,
    /// Of the whole search.
    pub(in crate::platform::magento) total: Option<u64>,
}

impl List {
    /// Whether the search has no page after this one. A page past the end repeats the last one, so an empty page is
    /// never waited for.
    pub(in crate::platform::magento) fn is_last(&self, search: &Search<'_>) -> bool {
        let seen = u64::from(search.size) * u64::from(search.page);
        match self.total {
            Some(total) => seen >= total,
            None => self.rows.len() < search.size as usize,
        }
    }
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    items: &'a RawValue,
    total_count: Option<u64>,
}

pub(super) fn read(body: &str) -> Option<List> {
    let told: Told<'_> = serde_json::from_str(body).ok()?;
    let is_list = told.items.get().starts_with('[') || told.items.get() == "null";
    is_list.then(|| List {
        rows: elements(told.items).into_iter().map(ToOwned::to_owned).collect(),
        total: told.total_count,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    #[test]
    fn the_documented_search() {
        let search = Search {
            filter: Some(("updated_at", "gteq", "2026-01-31 00:00:00")),
            sort: &["updated_at"],
            direction: "ASC",
            size: 100,
            page: 1,
        };
        let text: Vec<String> = search
            .query()
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            text.join("&"),
            "searchCriteria[filter_groups][0][filters][0][field]=updated_at\
             &searchCriteria[filter_groups][0][filters][0][value]=2026-01-31 00:00:00\
             &searchCriteria[filter_groups][0][filters][0][condition_type]=gteq\
             &searchCriteria[sortOrders][0][field]=updated_at\
             &searchCriteria[sortOrders][0][direction]=ASC\
             &searchCriteria[pageSize]=100&searchCriteria[currentPage]=1"
        );
        let list = read(r#"{"items":[{"a":1},{"a":2}],"search_criteria":{},"total_count":101}"#).unwrap();
        assert_eq!(list.rows.len(), 2);
        assert!(!list.is_last(&search) && list.is_last(&Search { page: 2, ..search }));
        assert!(read(r#"{"items":null,"total_count":0}"#).unwrap().rows.is_empty());
        for body in ["", "[]", "<html>", r#"{"message":"x"}"#, r#"{"items":"x"}"#] {
            assert!(read(body).is_none(), "{body}");
        }
    }
}
