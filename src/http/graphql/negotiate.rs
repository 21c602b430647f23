//! Reads `Accept`: in which form the caller wants its answer.
//!
//! Knows the forms that GraphQL over HTTP has, and nothing of what is answered.

use axum::http::{HeaderMap, header};

use super::super::fault;

/// The forms of an answer that is complete when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status says whether there is a result.
    GraphQlResponse,
    /// `application/json`, of before GraphQL had a media type: 200 also for documents that are wrong.
    Json,
}

impl MediaType {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => fault::JSON,
        }
    }
}

/// What the caller accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The better of the two JSON forms, where either will do.
    pub(super) json: Option<MediaType>,
    /// Server-sent events were named; a wildcard does not mean them.
    pub(super) events: bool,
    /// A page is wanted rather than JSON, as by a browser's address bar.
    pub(super) page: bool,
}

impl Accepted {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let texts: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        if texts.is_empty() {
            return Self {
                json: Some(MediaType::Json),
                events: false,
                page: false,
            };
        }
        let ranges: Vec<Range<'_>> = texts
            .iter()
            .flat_map(|text| text.split(','))
            .filter_map(Range::parse)
            .collect();
        let response = wish(&ranges, "application", "graphql-response+json");
        let json = wish(&ranges, "application", "json");
        let events = wish(&ranges, "text", "event-stream");
        let html = wish(&ranges, "text", "html");
        Self {
            json: match (response, json) {
                (None, None) => None,
                // A caller that names the newer form knows it; a wildcard asks for the safe one.
                (Some(response), Some(json)) if response.named && response.weight >= json.weight => {
                    Some(MediaType::GraphQlResponse)
                }
                (Some(_), None) => Some(MediaType::GraphQlResponse),
                (_, Some(_)) => Some(MediaType::Json),
            },
            events: events.is_some_and(|wish| wish.named),
            page: html.is_some_and(|html| {
                html.named
                    && [response, json]
                        .into_iter()
                        .flatten()
                        .all(|other| other.weight < html.weight)
            }),
        }
    }

    /// The form for an answer that must be given even where none was accepted.
    pub(super) fn json_or_default(self) -> MediaType {
        self.json.unwrap_or(MediaType::Json)
    }
}

/// One entry of the header, such as `text/*;q=0.5`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(Self {
            kind,
            subtype,
            weight: weight.map_or(1000, thousandths),
        })
    }

    /// How exactly this entry means that type; `None` where it does not.
    fn matches(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => Some(2),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wish {
    weight: u16,
    named: bool,
}

/// How much a type is wanted. The most exact entry decides, and `q=0` means not at all.
fn wish(ranges: &[Range<'_>], kind: &str, subtype: &str) -> Option<Wish> {
    ranges
        .iter()
        .filter_map(|range| Some((range.matches(kind, subtype)?, range.weight)))
        .max()
        .filter(|&(_, weight)| weight > 0)
        .map(|(exactness, weight)| Wish {
            weight,
            named: exactness == 2,
        })
}

fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return 1000;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(accept: &'static str) -> Accepted {
        Accepted::of(&HeaderMap::from_iter([(
            header::ACCEPT,
            HeaderValue::from_static(accept),
        )]))
    }

    #[test]
    fn the_newer_form_is_given_to_those_who_name_it() {
        use MediaType::{GraphQlResponse, Json};
        for (accept, expected) in [
            ("application/graphql-response+json", Some(GraphQlResponse)),
            ("application/json", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*;q=0.2", Some(Json)),
            (
                "application/json, application/graphql-response+json",
                Some(GraphQlResponse),
            ),
            ("application/json, application/graphql-response+json;q=0.9", Some(Json)),
            (
                "application/graphql-response+json; charset=utf-8, */*;q=0.1",
                Some(GraphQlResponse),
            ),
            ("Application/JSON;q=0, */*", Some(GraphQlResponse)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("nonsense", None),
        ] {
            assert_eq!(of(accept).json, expected, "{accept}");
        }
        assert_eq!(Accepted::of(&HeaderMap::new()).json, Some(Json));
    }

    #[test]
    fn events_must_be_named_and_pages_preferred() {
        assert!(of("text/event-stream").events && of("application/json, text/event-stream;q=0.1").events);
        assert!(!of("*/*").events && !of("text/*").events && !of("text/event-stream;q=0").events);
        assert!(of("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8").page);
        assert!(!of("*/*").page && !of("application/json, text/html").page && !of("text/html;q=0.5, */*").page);
    }
}
