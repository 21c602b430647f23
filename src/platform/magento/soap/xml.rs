//! SOAP's answers as JSON, so that both doors bring the same records.
//!
//! An answer is read by depth, since the tag of an array's entries is used again for arrays within them. Nothing is
//! expanded but characters, and neither depth nor size beyond the client's limit is followed.

use quick_xml::{Reader, escape::unescape, events::Event};
use serde_json::{Map, Value};

/// No answer is nested deeper.
const DEEPEST: usize = 40;
/// What the entries of an array are called, in either style.
const ENTRIES: [&str; 2] = ["item", "complexObjectArray"];

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Without its prefix.
    pub(super) name: String,
    pub(super) children: Vec<Node>,
    text: String,
    is_nil: bool,
}

/// What an answer says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// What was asked for.
    Result(Value),
    /// Why not.
    Fault { code: String, text: String },
}

impl Node {
    /// Reads a document; none when it is no XML, or cut short.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    if open.len() > DEEPEST {
                        return None;
                    }
                    open.push(Self::open(tag.local_name().as_ref(), tag.attributes_raw()));
                }
                Event::Empty(tag) => {
                    let node = Self::open(tag.local_name().as_ref(), tag.attributes_raw());
                    open.last_mut()?.children.push(node);
                }
                Event::End(_) => {
                    let node = open.pop()?;
                    open.last_mut()?.children.push(node);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text),
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(reference) => {
                    let name = format!("&{};", &*reference);
                    let character = unescape(&name).ok()?;
                    open.last_mut()?.text.push_str(&character);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let mut root = (open.len() == 1).then(|| open.pop())??;
        (root.children.len() == 1).then(|| root.children.pop())?
    }

    fn open(name: &str, attributes: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_nil: ["nil=\"true\"", "nil=\"1\"", "nil='true'"]
                .iter()
                .any(|nil| attributes.contains(nil)),
            ..Self::default()
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Elements with elements are objects, or arrays where all of these are entries; the rest is text.
    fn json(&self) -> Value {
        if self.children.is_empty() {
            return if self.is_nil {
                Value::Null
            } else {
                Value::String(self.text.trim().to_owned())
            };
        }
        if self.children.iter().all(|child| ENTRIES.contains(&child.name.as_str())) {
            return Value::Array(self.children.iter().map(Self::json).collect());
        }
        let fields: Map<String, Value> = self
            .children
            .iter()
            .map(|child| (child.name.clone(), child.json()))
            .collect();
        Value::Object(fields)
    }
}

/// What an envelope holds; none when it is no envelope.
pub(super) fn read(body: &str) -> Option<Said> {
    let envelope = Node::parse(body).filter(|root| root.name == "Envelope")?;
    let answer = envelope.child("Body")?.children.first()?;
    if answer.name == "Fault" {
        let text = |name| answer.child(name).map(|node| node.text.trim().to_owned());
        return Some(Said::Fault {
            code: text("faultcode").unwrap_or_default(),
            text: text("faultstring").unwrap_or_default(),
        });
    }
    // `result` in one style, `loginReturn` and the like in the other.
    let result = answer.child("result").or_else(|| answer.children.first());
    Some(Said::Result(result.map_or(Value::Null, Node::json)))
}

/// Whether a body is an envelope, whatever the status that it came with.
pub(super) fn is_envelope(body: &str) -> bool {
    body.contains("Envelope") && read(body).is_some()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use serde_json::json;

    use super::*;

    fn envelope(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <SOAP-ENV:Body>{inner}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
    }

    #[test]
    fn both_styles_bring_the_same_records() {
        let rpc = "<ns1:salesOrderListResponse><result><item><increment_id>1</increment_id><total>1.0000</total>\
                   <items><item><sku>A &amp; B&#33;</sku></item></items><none xsi:nil=\"true\"/><empty/></item></result>\
                   </ns1:salesOrderListResponse>";
        let wsi = rpc
            .replace("item>", "complexObjectArray>")
            .replace("Response", "ResponseParam");
        let expected = json!([{ "increment_id": "1", "total": "1.0000", "items": [{ "sku": "A & B!" }], "none": null,
            "empty": "" }]);
        for body in [rpc.to_owned(), wsi] {
            assert_eq!(read(&envelope(&body)), Some(Said::Result(expected.clone())), "{body}");
        }
        let login = "<ns1:loginResponse><loginReturn>abc</loginReturn></ns1:loginResponse>";
        assert_eq!(read(&envelope(login)), Some(Said::Result(json!("abc"))));
        let empty = "<ns1:salesOrderListResponseParam><result/></ns1:salesOrderListResponseParam>";
        assert_eq!(read(&envelope(empty)), Some(Said::Result(json!(""))));
    }

    #[test]
    fn faults_and_strange_bodies_are_told_apart() {
        let fault =
            "<SOAP-ENV:Fault><faultcode>5</faultcode><faultstring>Session expired.</faultstring></SOAP-ENV:Fault>";
        assert_eq!(
            read(&envelope(fault)).unwrap(),
            Said::Fault {
                code: "5".into(),
                text: "Session expired.".into()
            }
        );
        let cut = envelope(fault);
        let deep = envelope(&"<a>".repeat(100));
        for body in ["", "<html><body>x</body></html>", "{}", &cut[..cut.len() / 2], &deep] {
            assert!(read(body).is_none() && !is_envelope(body), "{body}");
        }
    }
}
