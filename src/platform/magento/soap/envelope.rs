//! What is sent: envelopes in either of the two styles, and how a WSDL tells which one a shop speaks.

use quick_xml::{Reader, escape::escape, events::Event};

/// How a shop wants its calls written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Rpc,
    /// Document style, as WS-I wants it.
    Document,
}

/// A condition on a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter<'a> {
    pub(super) field: &'a str,
    pub(super) condition: &'a str,
    pub(super) value: &'a str,
}

/// An argument of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Argument<'a> {
    Text(&'a str, &'a str),
    Filters(&'a [Filter<'a>]),
}

impl Style {
    /// The style of the binding that a WSDL describes; none when the text is no WSDL.
    pub(super) fn of_wsdl(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "binding" => {
                    let style = tag.try_get_attribute("style").ok().flatten();
                    match style.as_ref().map(|style| style.value.as_ref()) {
                        Some("rpc") => return Some(Self::Rpc),
                        Some("document") => return Some(Self::Document),
                        // WSDL's own element of that name has none.
                        _ => {}
                    }
                }
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    /// A call in its envelope.
    pub(super) fn envelope(self, call: &str, arguments: &[Argument<'_>]) -> String {
        let element = match (self, call) {
            (Self::Rpc, call) => call.to_owned(),
            (Self::Document, "login") => "loginParam".to_owned(),
            (Self::Document, call) => format!("{call}RequestParam"),
        };
        let arguments: String = arguments.iter().map(|argument| self.argument(*argument)).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:urn=\"urn:Magento\">\
             <soapenv:Body><urn:{element}>{arguments}</urn:{element}></soapenv:Body></soapenv:Envelope>"
        )
    }

    fn argument(self, argument: Argument<'_>) -> String {
        let entry = match self {
            Self::Rpc => "item",
            Self::Document => "complexObjectArray",
        };
        match argument {
            Argument::Text(name, value) => format!("<{name}>{}</{name}>", escape(value)),
            Argument::Filters(filters) => {
                let filters: Vec<String> = filters
                    .iter()
                    .map(|filter| {
                        format!(
                            "<{entry}><key>{}</key><value><key>{}</key><value>{}</value></value></{entry}>",
                            filter.field,
                            filter.condition,
                            escape(filter.value)
                        )
                    })
                    .collect();
                format!(
                    "<filters><complex_filter>{}</complex_filter></filters>",
                    filters.concat()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_envelopes() {
        let filters = [Filter {
            field: "updated_at",
            condition: "from",
            value: "2026-01-31 00:00:00",
        }];
        let list = [Argument::Text("sessionId", "a<b"), Argument::Filters(&filters)];
        let text = Style::Document.envelope("salesOrderList", &list);
        assert!(
            text.contains(
                "<urn:salesOrderListRequestParam><sessionId>a&lt;b</sessionId><filters><complex_filter>\
                 <complexObjectArray><key>updated_at</key><value><key>from</key><value>2026-01-31 00:00:00</value>\
                 </value></complexObjectArray></complex_filter></filters></urn:salesOrderListRequestParam>"
            ),
            "{text}"
        );
        let login = [Argument::Text("username", "u"), Argument::Text("apiKey", "k")];
        assert!(
            Style::Document
                .envelope("login", &login)
                .contains("<urn:loginParam><username>u</username><apiKey>k</apiKey></urn:loginParam>")
        );
        assert!(
            Style::Rpc
                .envelope("login", &login)
                .contains("<urn:login><username>u</username><apiKey>k</apiKey></urn:login>")
        );
    }

    #[test]
    fn the_binding_tells_the_style() {
        let wsdl = |style| {
            format!(
                "<definitions><binding name=\"b\"><soap:binding style=\"{style}\" transport=\"t\"/></binding></definitions>"
            )
        };
        assert_eq!(Style::of_wsdl(&wsdl("rpc")), Some(Style::Rpc));
        assert_eq!(Style::of_wsdl(&wsdl("document")), Some(Style::Document));
        for text in ["", "<html><body/></html>", "nichts", "{}"] {
            assert_eq!(Style::of_wsdl(text), None, "{text}");
        }
    }
}
