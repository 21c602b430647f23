//! GraphiQL with the ready-made queries as its tabs. The page loads GraphiQL itself from a public
//! server; the console at `/` needs none.

use async_graphql::http::GraphiQLSource;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{ADDRESS, SOCKET_ADDRESS};
use crate::http::pages::Pages;

/// A property of the stock page, after which the tabs are put.
const MARK: &str = "defaultEditorToolsVisibility: true,";

/// The page. The stock page has no place for queries, so the tabs are added to its properties.
pub(super) fn page(pages: &Pages) -> String {
    let tabs: Vec<Value> = pages.queries.iter().map(tab).collect();
    // Inside a script element, which only `<` could end.
    let tabs = Value::from(tabs).to_string().replace('<', "\\u003c");
    GraphiQLSource::build()
        .endpoint(ADDRESS)
        .subscription_endpoint(SOCKET_ADDRESS)
        .title(&pages.title)
        .finish()
        .replace(MARK, &format!("{MARK}\n          defaultTabs: {tabs},"))
}

fn tab(query: &crate::http::ReadyQuery) -> Value {
    json!({
        "query": format!("# {}\n{}", query.title, query.query),
        "variables": format!("{:#}", query.variables),
        "headers": "{\n  \"Authorization\": \"Bearer …\"\n}",
    })
}

/// The page as an answer that no other site can frame.
pub(super) fn answer(page: &str) -> Response {
    let mut response = Html(page.to_owned()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("frame-ancestors 'none'"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ReadyQuery;

    #[test]
    fn the_ready_made_queries_are_tabs_and_never_end_the_script() {
        let query = ReadyQuery {
            title: "Who".to_owned(),
            query: "{ viewer { id } } # </script>".to_owned(),
            variables: json!({ "a": 1 }),
        };
        let pages = Pages {
            queries: vec![query],
            ..Pages::default()
        };
        let page = page(&pages);
        assert!(
            page.contains("defaultTabs: [{"),
            "the stock page has lost the mark: {page}"
        );
        assert!(page.contains("viewer { id }") && !page.contains("# </script>"));
    }
}
