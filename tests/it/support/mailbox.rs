//! The e-mails that a program wrote into its folder, as their readers see them.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An e-mail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mail {
    /// The recipient's address, in lower case.
    pub(crate) to: String,
    /// The body as plain text, on one line.
    pub(crate) text: String,
}

impl Mail {
    /// The number of the sale that gave the points that the e-mail is about.
    pub(crate) fn order_number(&self) -> Option<&str> {
        self.text.split_once("Seu pedido ")?.1.split_once(" rendeu")?.0.into()
    }

    /// The code of the coupon that the e-mail is about.
    pub(crate) fn coupon_code(&self) -> Option<&str> {
        self.text.split_once("Código do cupom: ")?.1.split_whitespace().next()
    }

    /// Whether it tells that a redemption failed.
    pub(crate) fn is_about_failure(&self) -> bool {
        self.text.contains("Não foi possível concluir o seu resgate")
    }
}

/// All e-mails in a folder, sorted. A folder that is not there has none.
pub(crate) fn read(folder: &Path) -> Vec<Mail> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let whole = paths.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    let mut mails: Vec<Mail> = whole
        .map(|path| parse(&std::fs::read_to_string(path).unwrap()))
        .collect();
    mails.sort();
    mails
}

fn parse(source: &str) -> Mail {
    let source = source.replace("\r\n", "\n");
    let (head, body) = source.split_once("\n\n").unwrap();
    let to = header(head, "To").unwrap();
    let to = to
        .trim_end_matches('>')
        .rsplit('<')
        .next()
        .unwrap()
        .trim()
        .to_lowercase();
    let boundary =
        header(head, "Content-Type").and_then(|kind| kind.split_once("boundary=").map(|kind| kind.1.to_owned()));
    let boundary = format!("--{}", boundary.unwrap().trim().trim_matches('"'));
    let plain = body.split(&boundary).find(|part| part.contains("text/plain")).unwrap();
    let (head, body) = plain.trim_start().split_once("\n\n").unwrap();
    let text = match header(head, "Content-Transfer-Encoding").as_deref() {
        Some("base64") => String::from_utf8(STANDARD.decode(body.replace('\n', "")).unwrap()).unwrap(),
        Some("quoted-printable") => quoted_printable(body),
        _ => body.to_owned(),
    };
    Mail {
        to,
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// A header's value, its continuation lines joined.
fn header(head: &str, name: &str) -> Option<String> {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let prefix = format!("{name}:");
    let line = unfolded.lines().find_map(|line| line.strip_prefix(&prefix));
    line.map(|value| value.trim().to_owned())
}

fn quoted_printable(body: &str) -> String {
    let body = body.replace("=\n", "");
    let mut pieces = body.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
