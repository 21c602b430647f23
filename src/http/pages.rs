//! The page at `/`: the server's addresses and, where it is switched on, a console for queries.
//!
//! It works without any other server, and its content security policy allows nothing but its own two
//! files, so that what a query returns can never run. The composition says what stands on it.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FRAME: &str = include_str!("pages/index.html");
const CONSOLE: &str = include_str!("pages/console.html");
const SCRIPT: &str = include_str!("pages/console.js");
const STYLE: &str = include_str!("pages/console.css");

/// What stands on the page at `/`.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The server's name.
    pub title: String,
    /// One sentence about it.
    pub about: String,
    /// Addresses worth knowing beside those of this module.
    pub links: Vec<Link>,
    /// Queries that the console offers.
    pub queries: Vec<ReadyQuery>,
}

/// An address and what it is.
#[derive(Debug, Clone)]
pub struct Link {
    /// A path, or a whole address.
    pub address: String,
    /// What is found there.
    pub title: String,
}

/// A query ready to be sent from the console.
#[derive(Debug, Clone, Serialize)]
pub struct ReadyQuery {
    /// What it shows.
    pub title: String,
    /// The document.
    pub query: String,
    /// Its variables: an object, or null.
    pub variables: serde_json::Value,
}

pub(super) fn routes(pages: &Pages, console: bool) -> Router {
    let page: Arc<str> = page(pages, console).into();
    let router = Router::new()
        .route("/", get(async move || with_policy(Html(page.to_string()))))
        .route("/console.css", get(async || file("text/css; charset=utf-8", STYLE)));
    if console {
        router.route(
            "/console.js",
            get(async || file("text/javascript; charset=utf-8", SCRIPT)),
        )
    } else {
        router
    }
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    with_policy(([(header::CONTENT_TYPE, content_type)], text))
}

fn with_policy(page: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, page).into_response()
}

fn page(pages: &Pages, console: bool) -> String {
    let own = [
        (
            "/graphql",
            if console {
                "GraphQL; in a browser GraphiQL with the queries below (loads its parts from a public server)"
            } else {
                "GraphQL"
            },
        ),
        ("/graphql/ws", "GraphQL over WebSocket (graphql-transport-ws)"),
        ("/health/live", "whether the server runs"),
        ("/health/ready", "whether it can answer"),
    ];
    let others = pages
        .links
        .iter()
        .map(|link| (link.address.as_str(), link.title.as_str()));
    let mut links = String::new();
    for (address, title) in own.into_iter().chain(others) {
        let (address, title) = (escaped(address), escaped(title));
        // Writing to a string cannot fail.
        let _ = writeln!(links, r#"<li><a href="{address}">{address}</a> {title}</li>"#);
    }
    let console = if console {
        CONSOLE.replace("{{queries}}", &queries(&pages.queries))
    } else {
        String::new()
    };
    FRAME
        .replace("{{title}}", &escaped(&pages.title))
        .replace("{{about}}", &escaped(&pages.about))
        .replace("{{links}}", &links)
        // Last, so that a query may contain the marks above.
        .replace("{{console}}", &console)
}

/// The queries as JSON inside a `script` element, which only `<` could end.
fn queries(queries: &[ReadyQuery]) -> String {
    serde_json::to_string(queries)
        .unwrap_or_else(|_| "[]".to_owned())
        .replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_passed_in_becomes_markup() {
        let query = ReadyQuery {
            title: "</script><b>".to_owned(),
            query: "{ a } # {{links}}".to_owned(),
            variables: serde_json::json!({ "x": "<!--" }),
        };
        let pages = Pages {
            title: "<i>".to_owned(),
            about: "a & b".to_owned(),
            links: vec![Link {
                address: "\"><b>".to_owned(),
                title: "<b>".to_owned(),
            }],
            queries: vec![query],
        };
        let page = page(&pages, true);
        for markup in ["<b>", "<i>", "<!--", "</script><"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("a &amp; b") && page.contains("# {{links}}"));
    }

    #[test]
    fn without_the_console_there_is_no_script() {
        let page = page(&Pages::default(), false);
        assert!(page.contains("/health/ready") && !page.contains("<script"));
    }
}
