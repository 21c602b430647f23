//! SOAP on the wire: what a request holds, and records as elements.

use quick_xml::{Reader, escape::escape, events::Event};
use serde_json::Value;

use super::switches::{EmptyValues, SoapStyle, Switches};

/// An element of a request.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Without its prefix.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first element of a request's body.
    pub(super) fn of_request(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => open.push(Self {
                    name: tag.local_name().as_ref().to_owned(),
                    ..Self::default()
                }),
                Event::Empty(tag) => open.last_mut()?.children.push(Self {
                    name: tag.local_name().as_ref().to_owned(),
                    ..Self::default()
                }),
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(text.trim()),
                Event::GeneralRef(name) => {
                    let character = quick_xml::escape::resolve_xml_entity(&name)?;
                    open.last_mut()?.text.push_str(character);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let envelope = open.pop()?.children.into_iter().find(|root| root.name == "Envelope")?;
        let body = envelope.children.into_iter().find(|child| child.name == "Body")?;
        body.children.into_iter().next()
    }

    /// The text of a child.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// What a call gives, in its envelope.
pub(super) fn result(switches: Switches, call: &str, value: &Value) -> String {
    let (element, inner) = match (switches.soap_style, call) {
        (SoapStyle::Rpc, "login") => ("loginResponse".to_owned(), "loginReturn"),
        (SoapStyle::Rpc, call) => (format!("{call}Response"), "result"),
        (SoapStyle::Document, call) => (format!("{call}ResponseParam"), "result"),
    };
    let mut text = String::new();
    write(switches, inner, value, &mut text);
    envelope(&format!(
        "<ns1:{element} xmlns:ns1=\"urn:Magento\">{text}</ns1:{element}>"
    ))
}

/// A fault in its envelope.
pub(super) fn fault(code: &str, text: &str) -> String {
    envelope(&format!(
        "<SOAP-ENV:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></SOAP-ENV:Fault>"
    ))
}

/// The description of the service, as far as anybody needs it: the style and the address.
pub(super) fn wsdl(switches: Switches, address: &str) -> String {
    let style = match switches.soap_style {
        SoapStyle::Rpc => "rpc",
        SoapStyle::Document => "document",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wsdl:definitions \
         xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
         name=\"Magento\" targetNamespace=\"urn:Magento\"><wsdl:binding name=\"Binding\" type=\"typens:PortType\">\
         <soap:binding style=\"{style}\" transport=\"http://schemas.xmlsoap.org/soap/http\"/></wsdl:binding>\
         <wsdl:service name=\"MagentoService\"><wsdl:port name=\"Port\" binding=\"typens:Binding\">\
         <soap:address location=\"{}\"/></wsdl:port></wsdl:service></wsdl:definitions>",
        escape(address)
    )
}

fn envelope(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><SOAP-ENV:Body>{inner}</SOAP-ENV:Body>\
         </SOAP-ENV:Envelope>"
    )
}

fn write(switches: Switches, name: &str, value: &Value, text: &mut String) {
    let inner = match value {
        Value::Null => {
            return match switches.empty_values {
                EmptyValues::Empty => text.extend(["<", name, "></", name, ">"]),
                EmptyValues::Missing => {}
                EmptyValues::Nil => text.extend(["<", name, " xsi:nil=\"true\"/>"]),
            };
        }
        Value::Array(entries) => {
            let entry = match switches.soap_style {
                SoapStyle::Rpc => "item",
                SoapStyle::Document => "complexObjectArray",
            };
            let mut inner = String::new();
            for value in entries {
                write(switches, entry, value, &mut inner);
            }
            inner
        }
        Value::Object(fields) => {
            let mut inner = String::new();
            for (name, value) in fields {
                write(switches, name, value, &mut inner);
            }
            inner
        }
        Value::String(plain) => escape(plain.as_str()).into_owned(),
        other => other.to_string(),
    };
    text.extend(["<", name, ">", &inner, "</", name, ">"]);
}
