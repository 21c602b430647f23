//! An e-mail address of a customer, in the one form in which it is stored, compared and hashed.
//!
//! Decides whether a text looks like an address that mail can be sent to; whether the mailbox
//! exists only the mail server knows. Also tells the addresses that marketplaces make up for their
//! buyers, which belong to no customer of the shop. Imports, sign-up and sign-in call it.

use std::fmt;

/// The most characters that an address may have.
const MAX_LENGTH: usize = 254;

/// The most characters before the `@`.
const MAX_LOCAL_LENGTH: usize = 64;

/// Domains of marketplaces and hubs: an address there is a stand-in for a buyer, or a mailbox of
/// the marketplace itself. Subdomains count too. The list is what has been met, not a complete one.
const RELAY_DOMAINS: &[&str] = &[
    "aliexpress.com",
    "americanas.com.br",
    "b2wdigital.com",
    "casasbahia.com.br",
    "ct.vtex.com.br",
    "extra.com.br",
    "magalu.com",
    "magazineluiza.com.br",
    "mercadolibre.com",
    "mercadolivre.com",
    "mercadolivre.com.br",
    "pontofrio.com.br",
    "shein.com",
    "shopee.com",
    "shopee.com.br",
    "skyhub.com.br",
    "tiktok.com",
    "viavarejo.com.br",
];

/// Labels of a domain that only a marketplace's relay has: `marketplace.amazon.com.br`,
/// `mktp.extra.com.br`.
const RELAY_LABELS: &[&str] = &["marketplace", "mktp"];

/// A well-formed e-mail address, trimmed and in lower case.
///
/// It is personal data: there is no `Display`, and `Debug` shows the masked form only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a text is not an e-mail address. The messages do not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but blanks.
    #[error("the e-mail address is empty")]
    Empty,
    /// Longer than any mail server accepts.
    #[error("the e-mail address has more than {MAX_LENGTH} characters")]
    TooLong,
    /// There is no `@`, more than one, or nothing before it.
    #[error("the e-mail address needs one '@' with 1 to {MAX_LOCAL_LENGTH} characters before it")]
    Parts,
    /// A character before the `@` is not allowed, or dots stand at an end or side by side.
    #[error("the part of the e-mail address before the '@' has a blank, a stray dot or another unusable character")]
    Local,
    /// What follows the `@` is not a domain name.
    #[error("the part of the e-mail address after the '@' is not a domain name such as 'example.com'")]
    Domain,
}

impl Email {
    /// Reads an address: trims it, lowers its case, and checks its form.
    ///
    /// # Errors
    /// [`EmailError`] says which part is wrong. Addresses with letters outside ASCII are refused:
    /// hardly a mail server delivers them, and in imports they are typing mistakes.
    pub fn parse(input: &str) -> Result<Self, EmailError> {
        let text = input.trim_matches(is_blank).to_ascii_lowercase();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Parts)?;
        if domain.contains('@') || local.is_empty() || local.len() > MAX_LOCAL_LENGTH {
            return Err(EmailError::Parts);
        }
        if !is_local_part(local) {
            return Err(EmailError::Local);
        }
        if !is_domain(domain) {
            return Err(EmailError::Domain);
        }
        Ok(Self(text))
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether a marketplace or hub made the address up for a buyer, or owns it. Such an address
    /// identifies nobody: two orders of one person carry different ones.
    pub fn is_relay(&self) -> bool {
        let domain = self.domain();
        let known = RELAY_DOMAINS.iter().any(|relay| {
            domain
                .strip_suffix(relay)
                .is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
        });
        known || domain.split('.').any(|label| RELAY_LABELS.contains(&label))
    }

    /// What somebody recognises their own address by, and others hardly: `m…a@example.com`.
    pub fn hint(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        let mut letters = local.chars();
        let first: String = letters.next().into_iter().collect();
        // Of two letters both would be all.
        let last: String = letters.next_back().filter(|_| local.len() > 2).into_iter().collect();
        format!("{first}…{last}@{domain}")
    }

    /// The form for screens and logs: the first character and the domain, `m***@example.com`.
    pub fn mask(&self) -> String {
        let first = self.0.chars().next().unwrap_or('*');
        format!("{first}***@{}", self.domain())
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Email({})", self.mask())
    }
}

/// White space, and the invisible characters that spreadsheets and web pages leave behind.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}')
}

fn is_local_part(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, top)) = domain.rsplit_once('.') else {
        return false;
    };
    // The last label is never a number, which keeps out IP addresses.
    top.len() >= 2 && top.bytes().any(|byte| byte.is_ascii_alphabetic()) && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lowered() {
        let cases = [
            (" Maria.Silva@Example.COM.br\n", "maria.silva@example.com.br"),
            (
                "\u{feff}joao+loja@mail.example.com\u{200b}",
                "joao+loja@mail.example.com",
            ),
            ("o'neil_1@x-y.example", "o'neil_1@x-y.example"),
            ("a@b.xn--p1ai", "a@b.xn--p1ai"),
        ];
        for (input, expected) in cases {
            assert_eq!(Email::parse(input).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_no_mail_can_reach_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}com", "abcdefg.".repeat(32));
        let cases = [
            ("", EmailError::Empty),
            (" \u{a0} ", EmailError::Empty),
            (long.as_str(), EmailError::TooLong),
            ("maria", EmailError::Parts),
            ("@example.com", EmailError::Parts),
            ("a@b@example.com", EmailError::Parts),
            (long_local.as_str(), EmailError::Parts),
            ("maria silva@example.com", EmailError::Local),
            ("maria..silva@example.com", EmailError::Local),
            (".maria@example.com", EmailError::Local),
            ("maria.@example.com", EmailError::Local),
            ("joão@example.com", EmailError::Local),
            ("a\r\nbcc:x@example.com", EmailError::Local),
            ("<maria@example.com>", EmailError::Local),
            ("maria@example", EmailError::Domain),
            ("maria@", EmailError::Domain),
            ("maria@.com", EmailError::Domain),
            ("maria@example..com", EmailError::Domain),
            ("maria@-example.com", EmailError::Domain),
            ("maria@example.com.", EmailError::Domain),
            ("maria@exa mple.com", EmailError::Domain),
            ("maria@192.168.0.1", EmailError::Domain),
            ("maria@example.c", EmailError::Domain),
        ];
        for (input, expected) in cases {
            assert_eq!(Email::parse(input), Err(expected), "{input:?}");
        }
    }

    #[test]
    fn the_longest_address_is_accepted() {
        let longest = format!("{}@{}com", "a".repeat(58), "abcdefg.".repeat(24));
        assert_eq!(longest.len(), 254);
        assert!(Email::parse(&longest).is_ok());
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
    }

    #[test]
    fn relay_addresses_are_known() {
        let relays = [
            "ttest.wb84r71+2-oge3donrz@mail.mercadolivre.com",
            "m1z9b3mk8gb1c26@marketplace.amazon.com",
            "m1z9b3mk8gb1c26@marketplace.amazon.com.br",
            "417030351829@mktp.extra.com.br",
            "26e6a2f59cef@ct.vtex.com.br",
            "maria@gmail.com-29169b.ct.vtex.com.br",
            "pedido-1@marketplace.americanas.com",
            "123@cliente.magazineluiza.com.br",
            "x@shopee.com",
        ];
        for relay in relays {
            assert!(Email::parse(relay).unwrap().is_relay(), "{relay}");
        }
        let own = [
            "maria@gmail.com",
            "maria@amazon.com",
            "x@notshopee.com",
            "mktp@example.com",
            "a@mktplace.com.br",
        ];
        for address in own {
            assert!(!Email::parse(address).unwrap().is_relay(), "{address}");
        }
    }

    #[test]
    fn masked_in_debug_too() {
        let email = Email::parse("maria@example.com").unwrap();
        assert_eq!(email.mask(), "m***@example.com");
        assert_eq!(format!("{email:?}"), "Email(m***@example.com)");
        for (address, hint) in [
            ("maria@example.com", "m…a@example.com"),
            ("ana@example.com", "a…a@example.com"),
            ("jo@example.com", "j…@example.com"),
            ("x@example.com", "x…@example.com"),
        ] {
            assert_eq!(Email::parse(address).unwrap().hint(), hint);
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_stable_and_safe_in_a_header(input in "\\PC{0,30}|[ -~\r\n]{1,12}@[ -~\r\n]{1,12}\\.[a-z]{2}") {
            if let Ok(email) = Email::parse(&input) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic() && !b"<>,;:\"".contains(&byte)));
            }
        }
    }
}
