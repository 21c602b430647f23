//! How a letter is set: once as plain text, once as HTML.
//!
//! Every text that comes from outside passes through [`one_line`] here, and into HTML through
//! [`escape`], whatever message it belongs to. The HTML is small on purpose: headings, paragraphs
//! and links, with inline styles only, since that is what mail programs and screen readers share.

use url::Url;

use super::message::MailContext;

/// The most characters of one part; what is longer is cut.
const MAX_PART: usize = 1_000;

/// The most characters of a name.
const MAX_NAME: usize = 80;

/// A message in parts, none of them safe or formatted yet.
pub(super) struct Letter {
    /// The subject, without the store's name.
    pub(super) subject: String,
    /// The heading of the body.
    pub(super) heading: String,
    /// What the letter says.
    pub(super) parts: Vec<Part>,
    /// Who writes, and why.
    pub(super) footer: Footer,
}

/// A piece of a letter.
pub(super) enum Part {
    /// A sentence or two.
    Paragraph(String),
    /// A named value.
    Fact { label: &'static str, value: String },
    /// A code to copy, set large.
    Code { label: &'static str, code: String },
}

/// The end of a letter.
pub(super) struct Footer {
    /// Completes the sentence "you receive this because ...".
    pub(super) why: &'static str,
    /// Whether the customer may opt out of such letters.
    pub(super) can_opt_out: bool,
    /// Where to opt out, if there is such a page.
    pub(super) opt_out: Option<Url>,
}

/// The letter as plain text, lines parted by `\n`.
pub(super) fn text(letter: &Letter, context: &MailContext) -> String {
    let mut paragraphs = vec![greeting(context), one_line(&letter.heading, MAX_PART)];
    paragraphs.extend(letter.parts.iter().map(|part| match part {
        Part::Paragraph(text) => one_line(text, MAX_PART),
        Part::Fact { label, value } | Part::Code { label, code: value } => {
            format!("{label}: {}", one_line(value, MAX_PART))
        }
    }));
    paragraphs.extend(link(&context.site_url).map(|url| format!("{}: {url}", action(context))));
    paragraphs.push("----------".to_owned());
    paragraphs.push(imprint(&letter.footer, context));
    paragraphs.extend(
        opt_out_words(&letter.footer).map(|words| match letter.footer.opt_out.as_ref().and_then(link) {
            Some(url) => format!("{words}: {url}"),
            None => format!("{words}."),
        }),
    );
    paragraphs.join("\n\n") + "\n"
}

/// The letter as a whole HTML document.
pub(super) fn html(letter: &Letter, context: &MailContext) -> String {
    let heading = escape(&one_line(&letter.heading, MAX_PART));
    let body: String = letter.parts.iter().map(html_part).collect();
    let action = link(&context.site_url)
        .map(|url| format!("<p><a href=\"{}\">{}</a></p>\n", escape(url), escape(&action(context))))
        .unwrap_or_default();
    let imprint = escape(&imprint(&letter.footer, context));
    let opt_out = opt_out_words(&letter.footer)
        .map(|words| match letter.footer.opt_out.as_ref().and_then(link) {
            Some(url) => format!("<br>\n<a href=\"{}\">{words}</a>", escape(url)),
            None => format!("<br>\n{words}."),
        })
        .unwrap_or_default();
    format!(
        "<!doctype html>\n\
         <html lang=\"pt-BR\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{heading}</title>\n\
         </head>\n\
         <body style=\"margin:0 auto;padding:24px;max-width:600px;font:16px/1.5 sans-serif;\
         color:#1a1a1a;background:#ffffff\">\n\
         <p>{greeting}</p>\n\
         <h1 style=\"font-size:24px;line-height:1.25\">{heading}</h1>\n\
         {body}{action}\
         <hr>\n\
         <p style=\"font-size:14px;color:#555555\">{imprint}{opt_out}</p>\n\
         </body>\n\
         </html>\n",
        greeting = escape(&greeting(context)),
    )
}

fn html_part(part: &Part) -> String {
    let safe = |text: &str| escape(&one_line(text, MAX_PART));
    match part {
        Part::Paragraph(text) => format!("<p>{}</p>\n", safe(text)),
        Part::Fact { label, value } => format!("<p><strong>{label}:</strong> {}</p>\n", safe(value)),
        Part::Code { label, code } => format!(
            "<p>{label}:<br>\n<strong style=\"font:bold 24px monospace;letter-spacing:2px\">{}</strong></p>\n",
            safe(code)
        ),
    }
}

fn greeting(context: &MailContext) -> String {
    match context.customer_first_name.as_deref().and_then(usable_name) {
        Some(name) => format!("Olá, {name}!"),
        None => "Olá!".to_owned(),
    }
}

/// The name in one line, unless it is empty or carries a web address: some sign up under such a
/// "name" to have a shop spread their link, and mail programs make links of bare addresses too.
fn usable_name(name: &str) -> Option<String> {
    let name = one_line(name, MAX_NAME);
    let dot_inside = name
        .split('.')
        .skip(1)
        .any(|rest| rest.starts_with(char::is_alphanumeric));
    (!name.is_empty() && !dot_inside && !name.contains(['@', ':'])).then_some(name)
}

fn action(context: &MailContext) -> String {
    format!("Visite {}", one_line(&context.store_name, MAX_NAME))
}

fn imprint(footer: &Footer, context: &MailContext) -> String {
    let store = one_line(&context.store_name, MAX_NAME);
    format!("Este e-mail foi enviado por {store} porque {}.", footer.why)
}

fn opt_out_words(footer: &Footer) -> Option<&'static str> {
    match (footer.can_opt_out, &footer.opt_out) {
        (false, _) => None,
        (true, Some(_)) => Some("Não quero mais receber estes avisos"),
        (true, None) => Some("Para não receber mais estes avisos, fale com a loja"),
    }
}

/// The address, if it is one that a mail program may open.
fn link(url: &Url) -> Option<&str> {
    matches!(url.scheme(), "http" | "https").then_some(url.as_str())
}

/// One line of visible text: line breaks and other control characters become blanks, runs of blanks
/// one blank, characters that hide or turn text are dropped, and the rest is cut at `max`
/// characters. A no-break space stays.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            ' ' | '\u{2028}' | '\u{2029}' => push_blank(&mut line),
            control if control.is_control() => push_blank(&mut line),
            visible => line.push(visible),
        }
    }
    let line = line.trim();
    match line.char_indices().nth(max) {
        Some(_) => line.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
        None => line.to_owned(),
    }
}

fn push_blank(line: &mut String) {
    if !line.ends_with(' ') {
        line.push(' ');
    }
}

/// Makes text safe between tags and inside a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
